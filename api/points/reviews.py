"""The panel's monthly review (积分审核) over HTTP: the engine's figures and a draw of entries to look at,
findings, and signatures until enough members have signed."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import StringConstraints

from api import kinds, problems
from api.answers import page
from api.bodies import StrictRoute
from api.orders import Ask, said
from api.points.panel import Grid, fresh, give, mine, readable, unpacked
from api.points.subjects import AtPoints, Points
from api.problems import Problem
from api.routing import OWN_COMMANDED, example
from api.sign_in import Caller
from domain.points import facts as f
from domain.points import panel as panels
from engine.engine import Engine
from engine.read import Condition, Filter, Join, rows
from engine.views import Reading
from projections.points.panel import Panel
from projections.points.panels import finding_row, review_row
from projections.points.reviewing import draw, month_figures, stock_count
from projections.points.spans import month_bounds
from projections.views import Row

router = APIRouter(prefix="/api/v1/panel/reviews", tags=["points: panel"], route_class=StrictRoute)

PAGE = 5_000
Month = Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2025-03"])]
LISTS = ("sample", "findings", "signed_by")


class Review(kinds.Command):
    month: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Finding(kinds.Command):
    """`entry` names the entry it is about, where it is about one."""

    text: kinds.Text
    entry: kinds.MaybeName = ""


class Signature(kinds.Command):
    pass


# ------------------------------------------------------------------ reading


@router.get("", summary="The reviews, the latest first", responses=problems.responses(401, 404))
async def listed(points: AtPoints, caller: Caller, grid: Grid = "") -> Response:
    def read() -> dict[str, Any]:
        panel = readable(points, caller, grid)
        found = sorted(panel.reviews, key=lambda each: each.month, reverse=True)
        return page([review(points, panel, each.month) for each in found], None)

    return said(await asyncio.to_thread(read))


@router.get(
    "/{month}",
    summary="One review: figures, draw, stock, findings, signatures",
    responses=problems.responses(401, 404),
)
async def detail(month: Month, points: AtPoints, caller: Caller, grid: Grid = "") -> Response:
    def read() -> dict[str, Any]:
        return whole(points, readable(points, caller, grid), month)

    return said(await asyncio.to_thread(read))


def whole(points: Points, panel: Panel, month: str) -> dict[str, Any]:
    """The review with the entries that were drawn, the month's stock, and the findings' words."""
    found = review(points, panel, month)
    with points.engine.views.read() as reading:
        drawn = entries_of(reading, found["sample"])
        stock = stock_of_month(points.engine, reading, month)
    return found | {"drawn": drawn, "stock": stock, "noted": noted(points, panel.id, month)}


def review(points: Points, panel: Panel, month: str) -> dict[str, Any]:
    """Problem 404 for a month nobody has opened."""
    for each in panel.reviews:
        if each.month == month:
            return unpacked(points, review_row(panel, each), lists=LISTS)
    raise problems.not_found()


def noted(points: Points, panel: str, month: str) -> list[dict[str, Any]]:
    """The findings with their words."""
    return [
        unpacked(points, finding_row(line.fact, line))
        for line in points.engine.log.stream(panel)
        if isinstance(line.fact, f.FindingNoted) and line.fact.month == month
    ]


def entries_of(reading: Reading, entries: Sequence[str]) -> list[dict[str, Any]]:
    """The entries in their order; one that is none says no more than its name."""
    accounts = sorted({entry.partition("#")[0] for entry in entries})
    where = [Filter("account", "in", accounts), Filter("entry", "in", list(entries))]
    known = {row["entry"]: row for row in rows(reading, "entries", where=where, limit=len(entries)).items}
    shown = ("entry", "account", "day", "kind", "activity", "quantity", "points", "cause", "rule_version")
    return [
        {name: known[entry][name] for name in shown} if entry in known else {"entry": entry}
        for entry in entries
    ]


def stock_of_month(engine: Engine, reading: Reading, month: str) -> list[dict[str, Any]]:
    """Opening, received, corrected, issued, closing of each item."""
    zone = engine.desk.stage().organisation.zone
    first, after = month_bounds(month, zone)
    moves = rows(reading, "stock_moves", where=[Filter("recorded_at", "<", after)], limit=PAGE)
    found: dict[str, list[Row]] = {}
    opening: dict[str, int] = {}
    for row in every(reading, "stock_moves", [Filter("recorded_at", "<", after)], moves.items, moves.next):
        item = row["item"]
        found.setdefault(item, [])
        if row["recorded_at"] < first:
            opening[item] = row["on_hand"]
        else:
            found[item].append(row)
    return [
        {"item": item, **stock_count(rows_of, opening.get(item, 0))}
        for item, rows_of in sorted(found.items())
    ]


def every(
    reading: Reading,
    table: str,
    where: list[Condition],
    items: list[Row],
    cursor: str | None,
    joins: tuple[Join, ...] = (),
) -> list[Row]:
    """All rows, page after page."""
    found = list(items)
    while cursor is not None:
        more = rows(reading, table, where=where, after=cursor, limit=PAGE, joins=joins)
        found += more.items
        cursor = more.next
    return found


# ------------------------------------------------------------------ commands


@router.post(
    "",
    status_code=201,
    summary="Open the review of a month that is over",
    responses=OWN_COMMANDED,
    openapi_extra=example({"month": "2025-03"}),
)
async def open_review(body: Review, ask: Ask, points: AtPoints) -> Response:
    """The engine adds the month up and draws the entries to look at; what it says then never changes."""
    stream, place = mine(points, ask.actor)
    await fresh(ask.engine)
    command = await asyncio.to_thread(figures, ask.engine, stream, place, body.month)
    path = f"reviews/{body.month}"
    return await give(
        ask, points, stream, command, body, path, lambda found: review(points, found, body.month)
    )


def figures(engine: Engine, stream: str, place: str, month: str) -> panels.OpenReview:
    """The draw's seed is the panel, the month and the position: whoever has them draws the same."""
    zone = engine.desk.stage().organisation.zone
    try:
        first, after = month_bounds(month, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "query.invalid", message=f"month: {error}") from error
    where: list[Condition] = [
        Filter("recorded_at", ">=", first),
        Filter("recorded_at", "<", after),
        Filter("place", "under", place),
    ]
    joins = (Join("accounts", "id", "account"),)
    with engine.views.read() as reading:
        position = reading.position()
        start = rows(reading, "entries", where=where, limit=PAGE, joins=joins)
        found = every(reading, "entries", where, start.items, start.next, joins)
    told = month_figures(found)
    sample = draw((row["entry"] for row in found), f"{stream} {month} {position}")
    return panels.OpenReview(
        month, position, told.entries, told.credited, told.redeemed, told.reversed, sample
    )


@router.post(
    "/{month}/findings",
    status_code=201,
    summary="Note a finding",
    responses=OWN_COMMANDED,
    openapi_extra=example({"text": "第 3 笔缺照片", "entry": "acct-resident#3"}),
)
async def note(month: Month, body: Finding, ask: Ask, points: AtPoints) -> Response:
    stream, _ = mine(points, ask.actor)
    command = panels.NoteFinding(month, body.text, body.entry)
    return await give(
        ask,
        points,
        stream,
        command,
        body,
        f"reviews/{month}",
        lambda found: review(points, found, month) | {"noted": noted(points, stream, month)},
    )


@router.post(
    "/{month}/sign",
    status_code=201,
    summary="Sign the review",
    responses=OWN_COMMANDED,
    openapi_extra=example({}),
)
async def sign(month: Month, body: Signature, ask: Ask, points: AtPoints) -> Response:
    """The signature that makes the quorum ends the review."""
    stream, _ = mine(points, ask.actor)
    command = panels.SignReview(month)
    return await give(
        ask,
        points,
        stream,
        command,
        body,
        f"reviews/{month}",
        lambda found: review(points, found, month),
    )
