"""The pages that read: what is here, the register, one case as a story, the figures. Plain HTML."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import evidence, facing, showing, stories
from api.answers import Reader
from api.lists import Asked, Filters, complaints
from api.orders import AtCases, AtEngine
from api.pages.asked import QUESTIONS
from api.pages.frame import Page, Viewer, signed_in
from api.sight import must_see
from engine.read import Filter, count

router = APIRouter(include_in_schema=False)

SHOWN = 50
ON_HOME = 8


@router.get("/")
async def home(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    page = Page(request, viewer, "home")

    def read() -> Response:
        organisation = engine.desk.stage().organisation
        now = engine.clock()
        today = organisation.local_date(now)
        registered, rows = 0, []
        if viewer is not None:
            reader = Reader(cases, viewer, page.facing.now)
            asked = Asked(registered_from=today.isoformat())
            found = complaints(engine, reader, viewer, asked, None, ON_HOME, total=True)
            registered, rows = found["total"], [page.facing.row(item) for item in found["items"]]
        else:
            midnight = page.facing.midnight(today)
            with engine.views.read() as reading:
                registered = count(reading, "cases", [Filter("registered_at", ">=", midnight)])
        rates, period = showing.three_rates(engine, page.facing)
        return page.show(
            "home.html", today=page.facing.day(today), rates=rates, period=period,
            registered_today=registered,
            rows=rows,
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/complaints")
async def register(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    cases: AtCases,
    filters: Filters,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)

    def read() -> Response:
        reader = Reader(cases, actor, page.facing.now)
        found = complaints(engine, reader, actor, filters, cursor, SHOWN, total=True)
        asked = {name: request.query_params.get(name, "") for name in (*facing.CHOICES, "q", "cursor")}
        return page.show(
            "complaints.html", rows=[page.facing.row(item) for item in found["items"]], next=found["next"],
            asked=asked, choices=page.facing.choices(actor), applied=page.facing.applied(asked),
            heading=page.say("{n} 件工单", n=f"{found['total']:,}"),
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/complaints/{complaint}")
async def case_page(
    request: Request, complaint: str, viewer: Viewer, engine: AtEngine, cases: AtCases,
    key: Annotated[bool, Query()] = False, done: Annotated[int, Query(ge=0)] = 0,
) -> Response:  # fmt: skip
    """`done` is the version a command given from a page has just left: what it recorded is said on top."""
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)

    def read() -> Response:
        case = must_see(cases, actor, complaint)
        answer = Reader(cases, actor, page.facing.now).of_case(case)
        row = page.facing.row(answer)
        lines = stories.history(engine, cases, actor, case, page.lang, key=key)
        may = stories.permissions(engine, actor, complaint, page.lang)
        return page.show(
            "complaint.html", case=answer, row=row, key=key, rounds=page.facing.rounds(lines),
            clocks=page.facing.clocks(stories.clocks(engine, case, page.lang), answer["next_clock"]),
            facts=page.facing.key_facts(answer),
            allowed=[(name, page.facing.button(name)) for name in may["allowed"] if name in QUESTIONS],
            said=[line["sentence"] for line in lines if done and line["version"] >= done] if done else [],
            refused=[no | {"name": page.facing.command(no["command"])} for no in may["refused"]],
            text=page.say("（内容已删除）") if answer["erased"] else answer["text"], print=request.query_params.get("print") == "1",
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/evidence/{kept}")
async def picture(kept: str, engine: AtEngine, viewer: Viewer) -> Response:
    return await evidence.fetch(engine, signed_in(viewer), kept)
