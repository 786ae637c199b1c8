"""Sweeps: opened from a closed case's page, looked through grid by grid, with what each grid yielded."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.listing import chosen
from api.pages import forms, looking_back
from api.pages.asked import WHEN
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.patrols.desk import COMMANDS, GRID_STATES, SWEEP_STATES, Desk, hazards
from api.patrols import bodies, recording
from api.patrols.sweeps import one
from api.patrols.told import listed
from api.problems import not_found
from api.routing import CaughtUp, Nth, Word
from api.sight import must_see
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

HERE, SHOWN = "sweeps", 50
OPENERS = ("dispatcher", "street")
DAYS = timedelta(days=14)
"""The day a new sweep is proposed to be done by; whoever opens it says another."""
Id = Annotated[str, Path(pattern=r"^sweep-[0-9a-z-]{1,60}$")]


@router.get("/sweeps", dependencies=[CaughtUp])
async def every(
    request: Request, viewer: Viewer, state: Word = "", grid: Word = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    desk = Desk(request, signed_in(viewer), HERE)
    asked = {"state": state, "grid": grid}
    query = {name: value for name, value in asked.items() if value}

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        got = listed(
            desk.engine, desk.actor, "sweeps", chosen({"state": state}, grid), lambda each: each,
            after=cursor, limit=SHOWN, then=past.then,
        )  # fmt: skip
        items = [row(desk, one(desk.asked, each["id"], past.then)) for each in got["items"]]
        return desk.show(
            "patrols/sweeps.html", rows=items, next=got["next"], cursor=cursor, asked=asked,
            states=[(code, desk.say(name)) for code, (_, name) in SWEEP_STATES.items()],
            grids=desk.grid_filter(), opens=past.now and desk.role in OPENERS, past=past,
            json=address("/api/v1/sweeps", query | past.clocks),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def row(desk: Desk, item: dict[str, Any]) -> dict[str, Any]:
    return item | {
        "shown": desk.state(SWEEP_STATES, item["state"]), "class": desk.facing.category(item["category"]),
        "by": desk.day(item["due_on"]),
    }  # fmt: skip


# ------------------------------------------------------------------ opening one


def opening_fields(desk: Desk, case: str) -> tuple[Field, ...]:
    of = must_see(desk.request.app.state.cases, desk.actor, case) if case else None
    due = (desk.facing.today() + DAYS).isoformat()
    return (
        Field("case", "由哪件诉求引出", "hidden", value=case),
        Field(
            "category", "查哪一类", "select", options=desk.category_options(), required=True,
            value=of.category if of else "",
        ),
        Field("what", "查什么", "area", required=True, hint="例如：同型号换热站的阀门都查一遍。"),
        Field("grids", "查哪些网格", "checks", options=desk.grid_options(), required=True),
        Field("due_on", "哪天前完成", "day", required=True, value=due),
    )  # fmt: skip


def opening(desk: Desk, case: str, sheet: Sheet) -> Response:
    back = desk.to(f"/complaints/{case}" if case else "/sweeps")
    return desk.form(
        sheet, desk.say("发起举一反三排查"), desk.say("发起排查"), back,
        crumbs=[(desk.say("举一反三"), desk.to("/sweeps"))],
        explain="从一件办结的诉求，查遍同类。每个网格是一项任务；查出的隐患登记为工单，成效按网格看。",
    )  # fmt: skip


@router.get("/sweeps/new")
async def blank(request: Request, viewer: Viewer, case: Word = "") -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    return await asyncio.to_thread(lambda: opening(desk, case, forms.blank(opening_fields(desk, case))))


@router.post("/sweeps/new")
async def open_sweep(request: Request, viewer: Viewer, case: Word = "") -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    asked = await asyncio.to_thread(opening_fields, desk, case)

    async def record(ask: Any, body: Any) -> Receipt:
        return await recording.open_sweep(ask, body)

    made = await desk.given(asked, bodies.Sweeping, "sweeps", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(opening, desk, case, made)
    stream = made.lines[0].stream
    return desk.done(f"/sweeps/{stream}", made, stream)


# ------------------------------------------------------------------ one sweep


@router.get("/sweeps/{sweep}", dependencies=[CaughtUp])
async def detail(request: Request, sweep: Id, viewer: Viewer, done: Nth = 0) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        item = one(desk.asked, sweep, past.then)
        grids = [
            each | {"name": desk.facing.grid(each["grid"]), "shown": desk.state(GRID_STATES, each["state"])}
            for each in item["by_grid"]
        ]
        places = [each | {"name": desk.facing.grid(each["grid"])} for each in item["places"]]
        return desk.show(
            "patrols/sweep.html", item=item, row=row(desk, item), by_grid=grids, places=places,
            said=desk.said_since(sweep, done), history=[each["sentence"] for each in item["history"]],
            past=past, **desk.may(item),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def questions(desk: Desk, item: dict[str, Any], name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a sweep."""
    grids = tuple((each["grid"], desk.facing.grid(each["grid"])) for each in item["by_grid"])
    which = Field(
        "grid", "哪个网格", "select", options=grids, required=True, value=grids[0][0] if grids else ""
    )
    note = Field("note", "记录", "area", rows=2)
    match name:
        case "checks":
            many = Field("looked_at", "查看了多少处", "number", required=True)
            return which, many, *hazards(desk), Field("evidence", "照片", "photos"), note, WHEN
        case "places":
            return (
                which,
                Field("place", "编号", required=True, hint="例如：门店-017、路灯-32。每次用同一个编号。"),
                Field("status", "情况", required=True, hint="例如：同意改气、故障、已办证。"),
                Field("label", "叫什么"),
                note,
                WHEN,
            )
        case "close":
            return (Field("note", "说明", "area", rows=2, hint="还有网格没有查的，必须写明原因。"),)
    raise not_found()


def shown(desk: Desk, item: dict[str, Any], name: str, sheet: Sheet) -> Response:
    back = desk.to(f"/sweeps/{item['id']}")
    no = None if sheet.wrong else next((no for no in item["refused"] if no["command"] == name), None)
    return desk.form(
        sheet, desk.say(COMMANDS[name]), desk.say(COMMANDS[name]), back, no=no,
        crumbs=[(desk.say("举一反三"), desk.to("/sweeps")), (desk.facing.category(item["category"]), back)],
    )  # fmt: skip


@router.get("/sweeps/{sweep}/do/{sweep_command}", dependencies=[CaughtUp])
async def form(request: Request, sweep: Id, sweep_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        item = one(desk.asked, sweep)
        return shown(desk, item, sweep_command, forms.blank(questions(desk, item, sweep_command)))

    return await asyncio.to_thread(read)


GIVEN: dict[str, tuple[Any, Any]] = {
    "checks": (bodies.Check, recording.check),
    "places": (bodies.Survey, recording.survey),
    "close": (bodies.Closing, recording.close),
}


@router.post("/sweeps/{sweep}/do/{sweep_command}")
async def give(request: Request, sweep: Id, sweep_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    item = await asyncio.to_thread(one, desk.asked, sweep)
    asked = questions(desk, item, sweep_command)
    body, way = GIVEN[sweep_command]

    async def record(ask: Any, read: Any) -> Receipt:
        receipt: Receipt = await way(ask, sweep, read)
        return receipt

    made = await desk.given(asked, body, f"sweeps/{sweep}/{sweep_command}", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, item, sweep_command, made)
    return desk.done(f"/sweeps/{sweep}", made, sweep)
