"""Published figures, for everybody: what was said and when, where it can be checked, and the pack."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from api import published
from api.answering import every_indicator
from api.pages.frame import Page, Viewer
from api.pages.statistics import wording
from api.parameters import Cursor
from api.problems import Problem, not_found
from api.publishing import Id, counts_there
from api.routing import CaughtUp

router = APIRouter(include_in_schema=False)

PAGE = 25


@router.get("/figures", dependencies=[CaughtUp])
async def listed(request: Request, viewer: Viewer, cursor: Cursor = None) -> Response:
    page = Page(request, viewer, "figures")

    def read() -> Response:
        try:
            found = published.listed(page.engine, page.lang, cursor, PAGE)
        except ValueError as error:
            raise Problem(422, "cursor.unknown") from error
        rows = [
            row | {"period": period(row), "when": page.facing.when(row["published_at"])}
            for row in found["items"]
        ]
        return page.show("statistics/publications.html", rows=rows, next=found["next"], cursor=cursor)

    return await asyncio.to_thread(read)


@router.get("/figures/{figure}", dependencies=[CaughtUp])
async def one(request: Request, figure: Id, viewer: Viewer) -> Response:
    page = Page(request, viewer, "figures")

    def read() -> Response:
        try:
            told = published.told(page.engine, figure, page.lang)
        except published.NoSuchFigure as error:
            raise not_found() from error
        indicator = every_indicator(told["indicator"])
        rows = [
            row
            | {"rate": wording.measured(page.facing, indicator, row)}
            | {"name": wording.group(page.facing, row["dimensions"])}
            for row in told["rows"]
        ]
        filters = [
            (wording.dimension_of(page.facing, name), wording.one_group(page.facing, name, value))
            for name, value in told["filters"].items()
        ]
        return page.show(
            "statistics/publication.html", told=told, rows=rows, period=period(told),
            as_of=page.facing.when(told["as_of"]), when=page.facing.when(told["published_at"]),
            scope=page.facing.scope(told["scope"]), filters=filters,
            packs=viewer is not None and viewer.role not in ("resident", "unit")
            and counts_there(viewer, told["scope"]),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def period(told: dict[str, Any]) -> str:
    """As it was asked for; "…" where it is open."""
    first, last = told["from"] or "…", told["to"] or "…"
    return str(first) if first == last else f"{first} – {last}"
