"""Attendance lists: opened where something was done together, people noted, confirmed by a second person."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.listing import chosen
from api.pages import forms, looking_back
from api.pages.asked import WHEN, reason
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.looking_back import NOTHING
from api.pages.points.window import Window
from api.pages.points.words import BUTTONS, COMMANDS, LIST_RINGS, LIST_STATES
from api.points import attendance as api
from api.points.permissions import of_attendance
from api.points.sight import must_attendance, of_accounts, of_attendances
from api.problems import not_found
from api.registers_then import listing
from api.routing import CaughtUp, Nth, Word
from engine.desk import Receipt
from engine.read import Filter, rows
from projections.points.attendance import Attendance

router = APIRouter(include_in_schema=False)

SHOWN, OFFERED = 50, 60
"""Lists on a page; accounts offered to tick at once."""
Command = Annotated[str, Path(max_length=40)]
OPENERS = ("gridworker", "dispatcher")


@router.get("/points/attendance", dependencies=[CaughtUp])
async def listed(
    request: Request, viewer: Viewer, state: Word = "", activity: Word = "", grid: Word = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    window = Window(request, signed_in(viewer), "points-attendance")
    asked = {"state": state, "activity": activity, "grid": grid}

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        named = {"state": state, "activity": activity}

        def shown(found: dict[str, Any]) -> dict[str, Any]:
            return row(window, api.row(window.points, window.actor, found))

        found = listing(
            window.engine, api.REGISTER, [of_attendances(window.actor)], chosen(named, grid, "place"),
            lambda _: shown, then=past.then, after=cursor, limit=SHOWN,
        )  # fmt: skip
        query = {name: value for name, value in asked.items() if value}
        return window.show(
            "points/attendances.html", rows=found["items"], next=found["next"], cursor=cursor, asked=asked,
            states=[(code, window.say(name)) for code, name in LIST_STATES.items()],
            deeds=window.activity_options(), grids=window.grid_filter(), past=past,
            opens=past.now and window.role in OPENERS,
            json=address("/api/v1/points/attendance", query | past.clocks),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def row(window: Window, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"], "state": item["state"], "ring": LIST_RINGS[item["state"]],
        "state_name": window.say(LIST_STATES[item["state"]]), "deed": window.deed(item["activity"]),
        "on": window.day(item["occurred_on"]), "grid": window.facing.grid(item["place"]),
        "present": item["present"], "points": item["points"],
        "many": window.many(item["quantity"], item["basis"]), "opened_by": window.who(item["opened_by"]),
        "confirmed_by": window.who(item["confirmed_by"]), "rule": item["rule"]["version"],
        "rule_text": window.rule_text(item["rule"]["text"]), "reason": item["reason"],
    }  # fmt: skip


# ------------------------------------------------------------------ opening one


def opening_fields(window: Window) -> tuple[Field, ...]:
    return (
        Field("activity", "什么活动", "select", options=window.activity_options(), required=True),
        Field(
            "occurred_on", "哪天", "day", required=True, value=window.facing.today().isoformat(),
            hint="按那天的积分规则算。",
        ),
        Field(
            "place", "在哪里", "select", options=window.grid_options(), required=True,
            value=window.actor.scope,
        ),
        Field("quantity", "几小时（几次）", "number", hint="按小时计的活动必须填；别的不用填。"),
    )  # fmt: skip


def opening(window: Window, sheet: Sheet) -> Response:
    back = window.to("/points/attendance")
    return window.form(
        sheet, window.say("开一张活动名单"), window.say("开名单"), back,
        crumbs=[(window.say("活动名单"), back)],
        explain="先开名单，再记到场的人，最后由另一个人核对。核对后名单上每个人一起入账。",
    )  # fmt: skip


@router.get("/points/attendance/new")
async def blank(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-attendance")
    return await asyncio.to_thread(lambda: opening(window, forms.blank(opening_fields(window))))


@router.post("/points/attendance/new")
async def open_list(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-attendance")

    async def record(ask: Any, body: Any) -> Receipt:
        return await api.begun(ask, window.points, body)

    made = await window.given(opening_fields(window), api.Opening, "points/attendance", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(opening, window, made)
    stream = next(iter(made.versions))
    return window.done(f"/points/attendance/{stream}", made, stream)


# ------------------------------------------------------------------ one list


@router.get("/points/attendance/{attendance}", dependencies=[CaughtUp])
async def detail(request: Request, attendance: api.Id, viewer: Viewer, done: Nth = 0) -> Response:
    window = Window(request, signed_in(viewer), "points-attendance")

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        found, may = must_attendance(window.points, window.actor, attendance), NOTHING
        if past.then is None:
            may = of_attendance(window.engine, window.actor, attendance, window.lang)
        else:
            found = api.REGISTER.must(window.engine, attendance, past.then)
        item = api.answer(window.points, window.actor, found)
        people = [
            each | {"who": window.who(each["holder"]), "by": window.who(each["noted_by"])}
            for each in item["people"]
        ]
        return window.show(
            "points/attendance.html", item=item, row=row(window, item), people=people,
            said=window.said_since(attendance, done), past=past,
            allowed=[(name, window.say(BUTTONS[name])) for name in may["allowed"]],
            refused=[no | {"name": window.say(COMMANDS[no["command"]])} for no in may["refused"]],
        )  # fmt: skip

    return await asyncio.to_thread(read)


def questions(window: Window, found: Attendance, name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a list."""
    match name:
        case "present":
            return (
                Field(
                    "accounts", "谁到场了", "checks", options=offered(window, found), required=True,
                    hint="只列这个地方有账户、还不在名单上的人。",
                ),
            )  # fmt: skip
        case "absent":
            here = tuple(
                (each.account, window.who(each.holder)) for each in found.people if each.state == "present"
            )
            return (
                Field("account", "划掉谁", "select", options=here, required=True),
                reason("为什么", required=found.state == "confirmed"),
            )
        case "confirm":
            return (WHEN,)
        case "cancel":
            return (reason("为什么作废"),)
    raise not_found()


def offered(window: Window, found: Attendance) -> tuple[tuple[str, str], ...]:
    """Accounts of the place that are not on the list, staff left out; the newest first."""
    on = {each.account for each in found.people if each.state == "present"}
    where = [of_accounts(window.actor), Filter("place", "under", found.place), Filter("kind", "!=", "staff")]
    with window.engine.views.read() as reading:
        there = rows(
            reading, "accounts", where=where, order=("opened_position", "desc"), limit=OFFERED + len(on)
        ).items
    return tuple((row["id"], window.who(row["holder"])) for row in there if row["id"] not in on)


def shown(window: Window, found: Attendance, name: str, sheet: Sheet) -> Response:
    item = row(window, api.answer(window.points, window.actor, found))
    may = of_attendance(window.engine, window.actor, found.id, window.lang)
    back = window.to(f"/points/attendance/{found.id}")
    subject = window.say("{deed}，{day}，{n} 人", deed=item["deed"], day=item["on"], n=item["present"])
    return window.form(
        sheet, window.say(COMMANDS[name]), window.say(BUTTONS[name]), back,
        no=None if sheet.wrong else next((no for no in may["refused"] if no["command"] == name), None),
        subject=subject, about=[(window.say("每人"), window.say("{n} 分", n=item["points"]))],
        crumbs=[(window.say("活动名单"), window.to("/points/attendance")), (subject, back)],
    )  # fmt: skip


@router.get("/points/attendance/{attendance}/do/{list_command}", dependencies=[CaughtUp])
async def form(request: Request, attendance: api.Id, list_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-attendance")

    def read() -> Response:
        found = must_attendance(window.points, window.actor, attendance)
        sheet = forms.blank(questions(window, found, list_command), version=found.version)
        return shown(window, found, list_command, sheet)

    return await asyncio.to_thread(read)


@router.post("/points/attendance/{attendance}/do/{list_command}")
async def give(request: Request, attendance: api.Id, list_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-attendance")
    found = await asyncio.to_thread(must_attendance, window.points, window.actor, attendance)
    fields = await asyncio.to_thread(questions, window, found, list_command)

    async def record(ask: Any, body: Any) -> Receipt:
        return await api.given(ask, window.points, attendance, list_command, body)

    path = f"points/attendance/{attendance}/{list_command}"
    made = await window.given(fields, api.COMMANDS[list_command].body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, found, list_command, made)
    return window.done(f"/points/attendance/{attendance}", made, attendance)
