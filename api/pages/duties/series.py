"""One duty of one place: what is asked for now, what became of each period, and the forms that say so."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api import kinds
from api.duty_calendar import serving as api
from api.duty_calendar.reading import Id
from api.duty_calendar.seeing import must_series
from api.duty_calendar.told import whole
from api.pages import forms
from api.pages.duties.desk import BY, RHYTHMS, WAYS, Desk
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.problems import not_found
from api.routing import CaughtUp, Nth
from domain import duties
from engine.desk import Receipt
from engine.read import Filter, rows
from projections.duties.series import Series

router = APIRouter(include_in_schema=False)

Command = Annotated[str, Path(max_length=20)]
COMMANDS = {"done": "记录完成", "explain": "说明漏办原因", "close": "停办这一项"}
BUTTONS = {"done": "记录完成", "explain": "说明原因", "close": "停办"}
REGISTRARS = ("gridworker", "dispatcher", "street")
OFFERED = 60
"""Missed periods offered to be explained or made good, the latest first."""


@router.get("/duties/{duty}", dependencies=[CaughtUp])
async def one(request: Request, duty: Id, viewer: Viewer, done: Nth = 0) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        series = must_series(desk.engine, desk.actor, duty)
        found = whole(desk.engine, desk.request.app.state.cases, desk.actor, series, desk.lang)
        allowed = [name for name in found["allowed"] if asked_for(desk, series, name)]
        return desk.show(
            "duties/series.html", item=found, name=desk.name(found), place=desk.facing.grid(series.place),
            rhythm=desk.say(RHYTHMS[series.rhythm]), owner=owner(desk, series),
            now=current(desk, series, found),
            rows=[period(desk, each) for each in found["periods"]], said=desk.said_since(duty, done),
            allowed=[(name, desk.say(BUTTONS[name])) for name in allowed],
            refused=[
                no | {"name": desk.say(COMMANDS[no["command"]])}
                for no in found["refused"]
            ],
            way=WAYS.get(series.what, ""),
            desk_day=series.what == "listening" and desk.role in REGISTRARS,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def asked_for(desk: Desk, series: Series, name: str) -> bool:
    """Whether there is anything to do it to, and it is his to do."""
    terms_owner = desk.role == series.role and (series.role != "unit" or desk.actor.scope == series.unit)
    match name:
        case "done":
            return terms_owner and bool(options(desk, series, "done"))
        case "explain":
            return bool(options(desk, series, "explain"))
    return True


def owner(desk: Desk, series: Series) -> str:
    if series.role == "unit":
        return desk.facing.unit(series.unit)
    return desk.say(
        "{place}的{role}", place=desk.facing.grid(series.place), role=desk.speaker.word(series.role, "role")
    )


def current(desk: Desk, series: Series, found: dict[str, Any]) -> dict[str, Any] | None:
    if not series.period:
        return None
    opened = series.opens_at <= desk.facing.now
    return {
        "key": series.period, "span": desk.span(series.first, series.last),
        "state": desk.state("open" if opened else "coming"), "open": opened,
        "due": desk.facing.due(series.next_by, ""), "opens": desk.facing.when(series.opens_at),
        "by": desk.facing.when(series.next_by), "moved": desk.moved(found | {"dated": found["dated"]}),
    }  # fmt: skip


def period(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": row["period"], "span": desk.span(row["first"], row["last"]),
        "state": desk.state(row["state"]), "moved": desk.moved(row), "due": desk.when(row["due_by"]),
        "done": desk.when(row["done_at"]), "who": desk.who(row["done_by"] or ""),
        "by": desk.say(BY[row["fact"]]) if row["fact"] in BY else "",
        "note": row["note"], "evidence": row["evidence"], "explanation": row["explanation"],
        "explained_by": desk.who(row["explained_by"] or ""), "missed": row["missed_at"] is not None,
        "first": row["first"], "last": row["last"],
    }  # fmt: skip


# ------------------------------------------------------------------ forms


def options(desk: Desk, series: Series, name: str) -> tuple[tuple[str, str], ...]:
    """The periods it can be said of: the open one first, then what was missed, the latest first."""
    found: list[tuple[str, str]] = []
    if name == "done" and series.period and series.opens_at <= desk.facing.now:
        found.append((series.period, desk.span(series.first, series.last)))
    where = [Filter("series", "=", series.id), Filter("state", "=", "missed")]
    with desk.engine.views.read() as reading:
        missed = rows(reading, "duty_periods", where=where, order=("due_by", "desc"), limit=OFFERED).items
    late = [
        (row["period"], desk.say("{days}（漏办）", days=desk.span(row["first"], row["last"])))
        for row in missed
    ]
    return (*found, *late)


def questions(desk: Desk, series: Series, name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a series."""
    match name:
        case "done":
            periods = options(desk, series, name)
            first = periods[0][0] if periods else ""
            return (
                Field("period", "哪一期", "select", options=periods, required=True, value=first),
                Field(
                    "note", "做了什么", "area", required=True, hint="几句话：做了什么、发现什么；不写名字。"
                ),
                Field("evidence", "照片或材料", "photos"),
                Field("occurred_at", "什么时候做的", "moment", asks="（不填就是现在）"),
            )
        case "explain":
            periods = options(desk, series, name)
            first = periods[0][0] if periods else ""
            return (
                Field("period", "哪一期", "select", options=periods, required=True, value=first),
                Field("reason", "为什么漏办", "area", required=True, hint="漏办记录不会消失，原因写在旁边。"),
            )
        case "close":
            return (Field("reason", "为什么停办", "area", required=True),)
    raise not_found()


def shown(desk: Desk, series: Series, name: str, sheet: Sheet) -> Response:
    back = desk.to(f"/duties/{series.id}")
    found = whole(desk.engine, desk.request.app.state.cases, desk.actor, series, desk.lang)
    called = desk.say("{what}，{place}", what=desk.name(found), place=desk.facing.grid(series.place))
    return desk.form(
        sheet, desk.say(COMMANDS[name]), desk.say(BUTTONS[name]), back,
        no=None if sheet.wrong else next((no for no in found["refused"] if no["command"] == name), None),
        subject=called, crumbs=[(desk.say("履职日历"), desk.to("/duties")), (called, back)],
    )  # fmt: skip


@router.get("/duties/{duty}/do/{duty_command}", dependencies=[CaughtUp])
async def form(request: Request, duty: Id, duty_command: Command, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        series = must_series(desk.engine, desk.actor, duty)
        return shown(desk, series, duty_command, forms.blank(questions(desk, series, duty_command)))

    return await asyncio.to_thread(read)


@router.post("/duties/{duty}/do/{duty_command}")
async def give(request: Request, duty: Id, duty_command: Command, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))
    series = await asyncio.to_thread(must_series, desk.engine, desk.actor, duty)
    fields = await asyncio.to_thread(questions, desk, series, duty_command)

    async def record(ask: Any, body: Any) -> Receipt:
        match body:
            case api.Doing():
                return await api.doing(ask, duty, body)
            case api.Explaining():
                return await api.given(ask, duty, duties.Explain(body.period, body.reason), body)
        return await api.given(ask, duty, duties.CloseSeries(body.reason), body)

    made = await desk.given(fields, BODIES[duty_command], f"duties/{duty}/{duty_command}", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, series, duty_command, made)
    return desk.done(f"/duties/{duty}", made, duty)


BODIES: Mapping[str, type[kinds.Command]] = {
    "done": api.Doing,
    "explain": api.Explaining,
    "close": api.Closing,
}
