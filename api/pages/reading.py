"""The pages that read: what is here, the register, one case as a story, the figures. Plain HTML."""

import asyncio

from fastapi import APIRouter, Request, Response

from api import evidence, showing
from api.answers import Reader
from api.demo_users import PASSWORD
from api.lists import Asked, complaints
from api.orders import AtCases, AtEngine
from api.pages import hints, my_day
from api.pages.frame import Page, Viewer, signed_in
from api.pages.queue import OPEN
from api.points.subjects import AtPoints
from engine.read import Filter, count

router = APIRouter(include_in_schema=False)

ON_HOME = 8


@router.get("/")
async def home(
    request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases, points: AtPoints
) -> Response:
    """Who handles cases finds his day here; everybody else what this is."""
    if viewer is not None and viewer.role in my_day.WORKERS:
        page = Page(request, viewer, "day")
        return await asyncio.to_thread(my_day.shown, page, cases, points)
    page = Page(request, viewer, "home")

    def read() -> Response:
        organisation = engine.desk.stage().organisation
        now = engine.clock()
        today = organisation.local_date(now)
        registered, rows = 0, []
        mine: int | None = None
        if viewer is not None:
            reader = Reader(cases, viewer, page.facing.now)
            asked = Asked(registered_from=today.isoformat())
            found = complaints(engine, reader, viewer, asked, None, ON_HOME, total=True)
            registered, rows = found["total"], [page.facing.row(item) for item in found["items"]]
            if viewer.role == "resident":
                still = Asked(state=OPEN)
                mine = complaints(engine, reader, viewer, still, None, 1, total=True)["total"]
        else:
            midnight = page.facing.midnight(today)
            with engine.views.read() as reading:
                registered = count(reading, "cases", [Filter("registered_at", ">=", midnight)])
        rates, period = showing.three_rates(engine, page.facing)
        return page.show(
            "home.html", today=page.facing.day(today), rates=rates, period=period,
            registered_today=registered,
            rows=rows, mine=mine, users=hints.users(page), password=PASSWORD,
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/evidence/{kept}")
async def picture(kept: str, engine: AtEngine, viewer: Viewer) -> Response:
    return await evidence.fetch(engine, signed_in(viewer), kept)
