"""A command given from a page: its form, what would happen, and the case as it is afterwards.

Every command of a case has the address `/complaints/{id}/do/{command}`; the form's answers become the same
body, and go the same way, as a call of the api.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api import stories
from api.cases import Cases
from api.commands import COMMANDS, Id, recorded
from api.orders import AtCases, AtEngine
from api.pages import asked, follow_up, forms
from api.pages.forms import Sheet
from api.pages.frame import Page, Viewer, signed_in
from api.problems import not_found
from api.receipts import foreseen
from api.sight import must_see, sees
from domain.messages import Actor
from projections.case import Case

router = APIRouter(include_in_schema=False)

STALE = 412
TEMPLATES = {"follow-up": "follow_up.html"}
"""A command with a page of its own; the others share one."""


def shown(page: Page, case: Case, name: str, sheet: Sheet) -> Response:
    """The form, below what it is about; 422 where something has to be mended, 412 where somebody was
    faster: what came between stands above it."""
    reader = page.reader()
    case = reader.cases.must(case.opening.id)
    may = stories.permissions(page.engine, reader.actor, case.opening.id, page.lang)
    no: Mapping[str, Any] | None = next((one for one in may["refused"] if one["command"] == name), None)
    answer = reader.of_case(case)
    meanwhile: list[dict[str, Any]] = []
    status = 422 if sheet.wrong else 200
    if sheet.refused and sheet.refused["status"] == STALE:
        status, meanwhile = STALE, list(since(page, case, sheet))
        sheet = replace(sheet, refused=None, filled=replace(sheet.filled, version=sheet.refused["actual"]))
    own = follow_up.about(page, case, answer) if name == "follow-up" else {}
    return page.show(
        TEMPLATES.get(name, "acting.html"), status, sheet=sheet, name=name, case=answer,
        row=page.facing.row(answer), title=page.facing.command(name), no=no,
        main=page.facing.button(name), meanwhile=meanwhile, wish=page.facing.command(name), about=own,
    )  # fmt: skip


def since(page: Page, case: Case, sheet: Sheet) -> Iterator[dict[str, Any]]:
    """What was recorded after the form was opened."""
    reader = page.reader()
    lines = stories.history(page.engine, reader.cases, reader.actor, case, page.lang)
    new = [line for line in lines if line["version"] > (sheet.filled.version or 0)]
    for round in page.facing.rounds(new):
        yield from round["facts"]


def still_seen(cases: Cases, actor: Actor, complaint: str) -> bool:
    """Whoever follows up for a grid that has no member has no more to do with the case afterwards."""
    return sees(actor, cases.must(complaint), cases.now(), cases.places())


@router.get("/complaints/{complaint}/do/{name}")
async def form(
    request: Request, complaint: Id, name: str, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)

    def read() -> Response:
        case = must_see(cases, actor, complaint)
        if name not in asked.QUESTIONS:
            raise not_found()
        return shown(page, case, name, forms.blank(asked.QUESTIONS[name](page, case), version=case.version))

    return await asyncio.to_thread(read)


@router.post("/complaints/{complaint}/do/{name}")
async def give(
    request: Request, complaint: Id, name: str, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)
    case = await asyncio.to_thread(must_see, cases, actor, complaint)
    if name not in asked.QUESTIONS:
        raise not_found()
    fields = asked.QUESTIONS[name](page, case)
    filled, faults = await forms.typed(request, page, fields)
    if name == "follow-up":
        faults += follow_up.gaps(page, fields, filled)
    sheet = Sheet(fields, filled, tuple(faults))
    ask = forms.asking(page, cases, actor, f"/api/v1/complaints/{complaint}/{name}", filled)
    try:
        body = forms.body_from(page, COMMANDS[name].body, fields, filled)
        if faults:
            raise forms.Unreadable(())
        receipt = await recorded(ask, complaint, name, body)
    except Exception as error:
        sheet = forms.refused(page, sheet, error)
        return await asyncio.to_thread(shown, page, case, name, sheet)
    if filled.preview:
        told = await asyncio.to_thread(foreseen, ask, receipt)
        return await asyncio.to_thread(shown, page, case, name, replace(sheet, foreseen=told))
    if not await asyncio.to_thread(still_seen, cases, actor, complaint):
        return RedirectResponse(page.to("/day", told=name, min_position=receipt.position), 303)
    done = page.to(
        f"/complaints/{complaint}", done=receipt.versions[complaint], min_position=receipt.position
    )
    return RedirectResponse(done, 303)
