"""The watch of an ended case: until when, what each look saw, and what may be done."""

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from api.commands import Id
from api.pages import forms, looking_back
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.patrols.desk import COMMANDS, WATCH_STATES, Desk
from api.patrols import bodies, recording
from api.patrols.looks import one
from api.problems import not_found
from api.routing import CaughtUp, Nth
from api.sight import must_see
from domain.patrols.recurrence import stream_of
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

HERE = "complaints"
DAYS = timedelta(days=30)
"""Until when a new watch is proposed; whoever sets it says another."""
PATH = "/complaints/{complaint}/recurrence-watch"
RESULTS = (("stayed_away", "没有反弹"), ("came_back", "反弹了"))
THEN = (("reopen", "原诉求返工"), ("register", "另行登记"))


@router.get(PATH, dependencies=[CaughtUp])
async def detail(request: Request, complaint: Id, viewer: Viewer, done: Nth = 0) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        item = one(desk.asked, complaint, past.then)
        case = desk.request.app.state.cases.must(complaint)
        return desk.show(
            "patrols/watch.html", item=item, number=case.opening.number, said=said(desk, complaint, done),
            shown=desk.state(WATCH_STATES, item["state"]) if item["state"] else None,
            until=desk.day(item["until"]) if item["state"] else "",
            first=desk.day(item["look_from"]) if item["state"] else "",
            looker=desk.who(item["looker"]) if item["state"] else "",
            history=[each["sentence"] for each in item["history"]], **desk.may(item), past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def said(desk: Desk, complaint: str, done: int) -> list[str]:
    return desk.said_since(stream_of(complaint), done)


def questions(desk: Desk, complaint: str, name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a watch."""
    note = Field("note", "记录", "area", rows=2)
    match name:
        case "set":
            until = (desk.facing.today() + DAYS).isoformat()
            grid = must_see(desk.request.app.state.cases, desk.actor, complaint).opening.grid
            return (
                Field("until", "看到哪天为止", "day", required=True, value=until),
                Field("look_from", "最后一次复看从哪天起", "day", hint="不填就是截止日前三天。"),
                Field(
                    "looker",
                    "谁去看",
                    "select",
                    options=desk.at_work(grid),
                    hint="不选就是在这个网格工作的人。",
                ),
                Field("note", "看什么", "area", rows=2),
            )
        case "look":
            return (
                Field("result", "看到什么", "choice", options=RESULTS, required=True),
                Field("then", "反弹了怎么办", "choice", options=THEN, hint="没有反弹的不选。"),
                Field("text", "反弹的情况", "area", rows=3, hint="反弹了必须写。"),
                Field("evidence", "照片", "photos"),
                note,
            )
        case "end":
            return (Field("reason", "为什么停止", "area", required=True, rows=3),)
    raise not_found()


def shown(desk: Desk, complaint: str, name: str, sheet: Sheet) -> Response:
    item = one(desk.asked, complaint)
    back = desk.to(f"/complaints/{complaint}/recurrence-watch")
    no = None if sheet.wrong else next((no for no in item["refused"] if no["command"] == name), None)
    number = desk.request.app.state.cases.must(complaint).opening.number
    return desk.form(
        sheet, desk.say(COMMANDS[name]), desk.say(COMMANDS[name]), back, no=no,
        crumbs=[(number, desk.to(f"/complaints/{complaint}")), (desk.say("防反弹复看"), back)],
    )  # fmt: skip


@router.get(f"{PATH}/do/{{watch_command}}", dependencies=[CaughtUp])
async def form(request: Request, complaint: Id, watch_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    return await asyncio.to_thread(
        lambda: shown(desk, complaint, watch_command, forms.blank(questions(desk, complaint, watch_command)))
    )


GIVEN: dict[str, tuple[Any, Any]] = {
    "set": (bodies.Watching, recording.watch),
    "look": (bodies.Looking, recording.look),
    "end": (bodies.Ending, recording.end),
}


@router.post(f"{PATH}/do/{{watch_command}}")
async def give(request: Request, complaint: Id, watch_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    await asyncio.to_thread(one, desk.asked, complaint)
    asked = await asyncio.to_thread(questions, desk, complaint, watch_command)
    body, way = GIVEN[watch_command]

    async def record(ask: Any, read: Any) -> Receipt:
        receipt: Receipt = await way(ask, complaint, read)
        return receipt

    path = f"complaints/{complaint}/recurrence-watch/{watch_command}"
    made = await desk.given(asked, body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, complaint, watch_command, made)
    stream = stream_of(complaint)
    return desk.done(f"/complaints/{complaint}/recurrence-watch", made, stream)
