"""我的诉求: what somebody who is signed in has reported, in plain words, and his own word about each."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import stories
from api.answers import Reader
from api.commands import COMMANDS, Id, recorded
from api.lists import Asked, complaints
from api.orders import AtCases, AtEngine
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.resident import following
from api.pages.resident.following import BUTTONS, SAYS, TITLES, Do, Done, worded
from api.pages.resident.plain import Plain, status_of
from api.pages.resident.telling import told
from api.problems import not_found
from api.routing import CaughtUp
from api.sight import must_see
from projections.case import Case

router = APIRouter(include_in_schema=False)

A_PAGE = 20
MINE = {**SAYS, "withdraw": (Field("reason", "为什么撤回", "area", rows=2),)}
MY_BUTTONS = BUTTONS | {"withdraw": "撤回"}
MY_TITLES = TITLES | {"withdraw": "撤回这件事"}


@router.get("/my/cases", dependencies=[CaughtUp])
async def mine(
    request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases,
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:  # fmt: skip
    page, actor = Plain(request, viewer, "my-cases"), signed_in(viewer)

    def read() -> Response:
        reader = Reader(cases, actor, page.facing.now)
        found = complaints(engine, reader, actor, Asked(), cursor or None, A_PAGE, total=True)
        items = [
            page.facing.row(item) | told(page.facing, engine, cases.must(item["id"]), item)
            for item in found["items"]
        ]
        return page.show("resident/my_cases.html", items=items, following=found["next"], total=found["total"])

    return await asyncio.to_thread(read)


@router.get("/my/cases/{complaint}", dependencies=[CaughtUp])
async def detail(
    request: Request, complaint: Id, viewer: Viewer, engine: AtEngine, cases: AtCases, do: Do = "",
    done: Done = 0,
) -> Response:  # fmt: skip
    page, actor = Plain(request, viewer, "my-cases"), signed_in(viewer)

    def read() -> Response:
        return seen(page, must_see(cases, actor, complaint), do, None, done)

    return await asyncio.to_thread(read)


def seen(page: Plain, case: Case, do: str, sheet: Sheet | None, done: int = 0) -> Response:
    """As with a code, and with the words that were said."""
    engine, actor, id = page.engine, signed_in(page.viewer), case.opening.id
    reader = page.reader()
    answer = reader.of_case(case)
    may = stories.permissions(engine, actor, id, page.lang)
    allowed = [name for name in MINE if name in may["allowed"]]
    wanted = do if do in MINE else "rate" if "rate" in allowed and not done else ""
    no = next((one for one in may["refused"] if one["command"] == wanted), None)
    if sheet is None and wanted and no is None:
        sheet = forms.blank(MINE[wanted])
    now = told(page.facing, engine, case, answer)
    lines = engine.log.stream(id, done - 1) if done else ()
    history = stories.history(engine, reader.cases, actor, case, page.lang, apart=True)
    return page.show(
        "resident/progress.html", status_of(sheet), case=now, base=f"/my/cases/{id}",
        story=following.story(page, history), sheet=worded(sheet, bool(now["past"])), wanted=wanted, no=no,
        others=[(name, page.say(MY_BUTTONS[name])) for name in allowed if name != wanted],
        button=page.say(MY_BUTTONS[wanted]) if wanted else "",
        title=page.say(MY_TITLES[wanted]) if wanted else "", words=answer["text"], code="",
        said=stories.sentences(engine, reader.cases, lines, page.lang, actor),
    )  # fmt: skip


@router.post("/my/cases/{complaint}")
async def speak(
    request: Request, complaint: Id, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Plain(request, viewer, "my-cases"), signed_in(viewer)
    await asyncio.to_thread(must_see, cases, actor, complaint)
    name = (await request.form()).get("do")
    if not isinstance(name, str) or name not in MINE:
        raise not_found()
    filled, faults = await forms.typed(request, page, MINE[name])
    sheet = Sheet(MINE[name], filled, tuple(faults))
    ask = forms.asking(page, cases, actor, f"/api/v1/complaints/{complaint}/{name}", filled)
    try:
        body = forms.body_from(page, COMMANDS[name].body, MINE[name], filled)
        receipt = await recorded(ask, complaint, name, body)
    except Exception as error:
        sheet = forms.refused(page, sheet, error)
        now = await asyncio.to_thread(cases.must, complaint)
        return await asyncio.to_thread(seen, page, now, name, sheet)
    since = min(line.version for line in receipt.lines) if receipt.lines else 0
    return RedirectResponse(page.to(f"/my/cases/{complaint}", done=since, min_position=receipt.position), 303)
