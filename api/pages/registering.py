"""Registering for somebody who calls or comes to the counter: under a minute, with the cases it may repeat
shown while it is typed."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api import facing, stories
from api.answers import Reader
from api.commands import Id
from api.complaints import RegisterBody, registered
from api.orders import AtCases, AtEngine
from api.pages import forms
from api.pages.forms import Field, Filled, Sheet
from api.pages.frame import PLACES, Page, Viewer, signed_in
from api.receipts import foreseen
from api.sight import must_see
from api.similar import similar_to
from domain.messages import Actor
from domain.organisation import within

router = APIRouter(include_in_schema=False)

LEAST = 4
"""Characters from which on a text is compared with others."""
SUGGESTED = 4
COMPARED = 150
WHO = ("reporter.name", "reporter.phone")
BEHIND = ("urgency", "channel", "origin", "external_number")
"""Questions that have a usual answer stand behind a click."""
ICONS = {
    "heating": "thermometer", "water": "droplet", "property": "building", "noise": "volume",
    "dispute": "users", "streetlight": "lightbulb", "consultation": "circle-help",
}  # fmt: skip


def questions(page: Page, actor: Actor) -> tuple[Field, ...]:
    categories = page.engine.desk.stage().books.categories(page.engine.clock())
    kinds = tuple((code, page.facing.category(code)) for code in categories.codes())
    places = page.facing.organisation
    grids = sorted(
        (grid.path, grid.name)
        for grid in places.grids.values()
        if grid.level == "grid" and within(grid.path, actor.scope or "")
    )
    only = grids[0][0] if len(grids) == 1 else ""
    channels = pairs(facing.CHANNELS)
    return (
        Field("category", "哪一类", "tiles", options=kinds, required=True),
        Field("text", "什么事", "area", required=True, hint="照对方的话记，先记最要紧的。", rows=3),
        Field("place.grid", "在哪个网格", "select", options=tuple(grids), required=True, value=only),
        Field("place.address", "详细地址", hint="楼号、单元、房号。同一地址以后再来，会认得出。"),
        Field("reporter.name", "姓名"),
        Field("reporter.phone", "手机号", "tel", hint="不留号码也能登记，只是回访时找不到人。"),
        Field("urgency", "轻重", "choice", options=pairs(facing.URGENCIES), required=True, value="normal"),
        Field("channel", "从哪里来", "select", options=channels, required=True, value=came(page)),
        Field("origin", "来路", "choice", options=pairs(facing.ORIGINS), required=True, value="reactive"),
        Field("external_number", "外部编号", hint="例如 12345 热线的工单号。"),
    )


def came(page: Page) -> str:
    """The channel that is usual, or the one the link here names."""
    asked = page.request.query_params.get("channel", "")
    return asked if asked in facing.CHANNELS else "phone"


def pairs(table: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(table.items())


@router.get("/register")
async def form(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "register"), signed_in(viewer)
    return await asyncio.to_thread(shown, page, forms.blank(questions(page, actor)))


@router.post("/register")
async def register(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    """`similar` asks for cases like it: `page` for the form again, with them; `list` for them alone."""
    page, actor = Page(request, viewer, "register"), signed_in(viewer)
    fields = questions(page, actor)
    filled, faults = await forms.typed(request, page, fields)
    sheet = Sheet(fields, filled, tuple(faults))
    wanted = (await request.form()).get("similar")

    def again(sheet: Sheet) -> Response:
        """The form once more, with what may repeat still beside it."""
        alike = like(page, Reader(cases, actor, page.facing.now), actor, filled)
        if wanted == "list":
            return partial(page, alike)
        return shown(page, sheet, alike, looked=bool(wanted) or bool(alike))

    if wanted:
        return await asyncio.to_thread(again, sheet)
    ask = forms.asking(page, cases, actor, "/api/v1/complaints", filled)
    try:
        body: Any = forms.body_from(page, RegisterBody, fields, filled)
        complaint, receipt = await registered(body, ask)
    except Exception as error:
        return await asyncio.to_thread(again, forms.refused(page, sheet, error))
    if filled.preview:
        told = await asyncio.to_thread(foreseen, ask, receipt)
        return await asyncio.to_thread(again, Sheet(fields, filled, foreseen=told))
    return RedirectResponse(page.to(f"/complaints/{complaint}/registered"), 303)


def like(page: Page, reader: Reader, actor: Actor, filled: Filled) -> list[dict[str, Any]]:
    """Cases of the place that may be about the same thing; they are suggested, never merged."""
    text = filled.one("text").strip()
    if len(text) < LEAST:
        return []
    key = page.engine.vault.place_key(filled.one("place.address"))
    grid = filled.one("place.grid") or actor.scope
    found = similar_to(page.engine, reader, actor, text, grid, key, among=COMPARED)
    return [page.facing.row(item) for item in found["items"][:SUGGESTED]]


def partial(page: Page, alike: Sequence[dict[str, Any]]) -> Response:
    html = PLACES.get_template("alike.html").render(_=page.say, to=page.to, alike=alike, looked=True)
    return Response(html, media_type="text/html; charset=utf-8")


def shown(
    page: Page, sheet: Sheet, alike: Sequence[dict[str, Any]] = (), *, looked: bool = False
) -> Response:
    behind = any(sheet.fault(name) for name in BEHIND)
    return page.show(
        "registering.html", 422 if sheet.wrong else 200, sheet=sheet, behind=BEHIND, opened=behind, who=WHO,
        alike=alike, looked=looked, icons=ICONS,
    )  # fmt: skip


@router.get("/complaints/{complaint}/registered")
async def after(
    request: Request, complaint: Id, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    """Its number, until when it will be dispatched and why, and whose turn it is. The tracking code is the
    reporter's alone: it is never shown to who registers for him."""
    page, actor = Page(request, viewer, "register"), signed_in(viewer)

    def read() -> Response:
        case = must_see(cases, actor, complaint)
        answer = Reader(cases, actor, page.facing.now).of_case(case)
        clocks = page.facing.clocks(stories.clocks(engine, case, page.lang, actor), answer["next_clock"])
        may = stories.permissions(engine, actor, complaint, page.lang)["allowed"]
        return page.show(
            "registered.html", case=answer, row=page.facing.row(answer), clocks=clocks[:1],
            may_dispatch="dispatch" in may,
        )  # fmt: skip

    return await asyncio.to_thread(read)
