"""What the panel made public of a half-year: totals, the months' reviews, and where it can be checked. No
names, and nobody needs to sign in to read it."""

import asyncio
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page, Viewer, signed_in
from api.pages.points.checkpoint import health, last_signed
from api.pages.points.window import Window
from api.points import panel as api
from api.points.saves import save
from api.points.subjects import Points
from api.problems import not_found
from api.routing import CaughtUp
from domain.points import panel as panels
from domain.steps import Step
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

HalfYear = Annotated[str, Path(pattern=r"^\d{4}-H[12]$")]
OFFERED = 6


def name_of(page: Page, half: str) -> str:
    return page.say("{y}年上半年" if half.endswith("1") else "{y}年下半年", y=half[:4])


@router.get("/points/disclosures", dependencies=[CaughtUp])
async def listed(request: Request, viewer: Viewer) -> Response:
    page = Page(request, viewer, "points-disclosures")

    def read() -> Response:
        points: Points = request.app.state.points
        rows = [row(page, each) for each in api.published(points)]
        return page.show(
            "points/disclosures.html", rows=rows, publishes=page.role == "panel",
            checkpoint=last_signed(page), health=health(page),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def row(page: Page, found: dict[str, Any]) -> dict[str, Any]:
    return found | {
        "name": name_of(page, found["half_year"]),
        "where": page.facing.grid(found["place"]),
        "when": page.facing.when(found["published_at"]),
        "reviews": [each | {"name": page.facing.month(each["month"])} for each in found["reviews"]],
    }


@router.get("/points/disclosures/new")
async def blank(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-disclosures")
    return await asyncio.to_thread(lambda: publishing(window, forms.blank(halves(window))))


@router.post("/points/disclosures/new")
async def publish(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-disclosures")

    async def record(ask: Any, body: Any) -> Receipt:
        stream, place = api.mine(window.points, ask.actor)
        await api.fresh(window.engine)
        told = await asyncio.to_thread(api.handed_out, window.engine, place, body.half_year)
        step = Step("panel", stream, panels.PublishDisclosure(body.half_year, *told))
        return await save(ask, window.points, stream, lambda: (step,), body, body.occurred_at)

    made = await window.given(halves(window), api.Disclosure, "panel/disclosures", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(publishing, window, made)
    return RedirectResponse(window.to("/points/disclosures", min_position=made.position), 303)


def halves(window: Window) -> tuple[Field, ...]:
    """Half-years that are over, the latest first."""
    today: date = window.facing.today()
    year, half = today.year, 1 if today.month < 7 else 2
    found = []
    for _ in range(OFFERED):
        year, half = (year, 1) if half == 2 else (year - 1, 2)
        found.append((f"{year}-H{half}", name_of(window, f"{year}-H{half}")))
    return (Field("half_year", "公示哪半年", "select", options=tuple(found), required=True),)


def publishing(window: Window, sheet: Sheet) -> Response:
    back = window.to("/points/disclosures")
    return window.form(
        sheet, window.say("半年公示"), window.say("公示"), back,
        crumbs=[(window.say("公示"), back)],
        explain="数字由引擎算好：兑付了多少单、多少分。公示以后任何人都能看，不含任何人的名字。",
    )  # fmt: skip


@router.get("/points/disclosures/{half_year}", dependencies=[CaughtUp])
async def one(
    request: Request, half_year: HalfYear, viewer: Viewer,
    place: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """To print and hang up. `place` where several communities have made the half-year public."""
    page = Page(request, viewer, "points-disclosures")

    def read() -> Response:
        points: Points = request.app.state.points
        found = [
            each for each in api.published(points)
            if each["half_year"] == half_year and place in ("", each["place"])
        ]  # fmt: skip
        if not found:
            raise not_found()
        return page.show(
            "points/disclosure.html", row=row(page, found[0]), checkpoint=last_signed(page),
            health=health(page), today=page.facing.day(page.facing.today()),
        )  # fmt: skip

    return await asyncio.to_thread(read)
