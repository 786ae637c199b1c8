"""Who earned most in a period: as it stands while it runs, as it was frozen afterwards; and the honours."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import problems
from api.bodies import StrictRoute
from api.orders import AtEngine, said
from api.points.claims import panel_over
from api.points.sight import inside, neighbours
from api.points.subjects import AtPoints, Points
from api.problems import Problem
from api.routing import CaughtUp
from api.sign_in import Caller
from domain.messages import Actor
from domain.points.facts import Rule
from domain.points.panel import periods
from domain.points.panel.commands import Earned
from engine.engine import Engine
from engine.read import Condition, Filter, Join, sums
from engine.views import Reading
from projections.points.rankings import earned_of, rankings
from projections.points.spans import days_of

router = APIRouter(prefix="/api/v1/points", tags=["points: panel"], route_class=StrictRoute)

KINDS = ("month", "quarter", "year")


@router.get(
    "/rankings",
    summary="Who earned most",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def ranking(
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    period: Annotated[str, Query(max_length=10, examples=["2025-03"], description="2025-03, 2025-Q1, 2025")],
    grid: Annotated[str, Query(max_length=200, description="Whose; your community's if left out.")] = "",
) -> Response:
    """Earned points: credits less reversals, by the day they were recorded. Equal points share a rank; the
    first n of the rule, all who share the last included. `frozen` once the panel has frozen it."""
    checked(period)

    def read() -> dict[str, Any]:
        place = place_of(points, caller, grid.strip("/"))
        return ranked(engine, points, place, period)

    return said(await asyncio.to_thread(read))


def checked(period: str) -> str:
    """Problem 422 for what is no month, quarter or year."""
    if periods.kind_of(period) not in KINDS or period[:4] in ("0000", "9999"):
        raise Problem(422, "query.invalid", message="period: 2025-03, 2025-Q1, 2025")
    return period


def place_of(points: Points, caller: Actor, grid: str) -> str:
    """The place asked for, else the one of the panel over the caller, else his own. Problem 404 for a place
    he does not belong to."""
    _, found = panel_over(points, caller.scope)
    mine = found.state.place or caller.scope
    grid = grid or mine
    if not (grid == mine or inside(caller, grid) or neighbours(caller, grid)):
        raise problems.not_found()
    return grid


def ranked(engine: Engine, points: Points, place: str, period: str) -> dict[str, Any]:
    _, panel = panel_over(points, place)
    frozen = panel.state.rankings.get(period) if panel.state.place == place else None
    supervision = engine.desk.stage().books.supervision(engine.clock())
    rule = supervision.rankings[periods.kind_of(period)]
    answer: dict[str, Any] = {"period": period, "place": place, "frozen": frozen is not None}
    if frozen is not None:
        told, position, minimum, order = frozen.rule, frozen.position, frozen.minimum, frozen.ranked
    else:
        name = f"rankings.{periods.kind_of(period)}"
        told = Rule("supervision", supervision.version, name, f"{rule.zh} · {rule.en}: {rule.top}")
        minimum = rule.minimum
        with engine.views.read() as reading:
            position, order = reading.position(), rankings(earned_rows(reading, place, period), rule)
    honours = {
        honour.account: name
        for name, honour in panel.state.honours.items()
        if honour.period == period and not honour.revoked
    }
    return answer | {
        "position": position,
        "top": rule.top,
        "minimum": minimum,
        "rule": {"book": told.book, "version": told.version, "line": told.line, "text": told.text},
        "items": [
            {
                "rank": each.rank,
                "account": each.account,
                "points": each.points,
                "honour": honours.get(each.account),
            }
            for each in order
        ],
        "next": None,
    }


def earned_rows(reading: Reading, place: str, period: str) -> list[dict[str, Any]]:
    """What each account of the place earned in the period."""
    first, after = days_of(period)
    where: list[Condition] = [Filter("day", ">=", first), Filter("day", "<", after)]
    where.append(Filter("place", "under", place))
    joins = (Join("accounts", "id", "account"),)
    return sums(reading, "earned", "points", by=("account", "kind"), where=where, joins=joins)


def earned(engine: Engine, place: str, period: str) -> tuple[int, tuple[Earned, ...]]:
    """The position the views tell of, and what a freezing takes."""
    with engine.views.read() as reading:
        return reading.position(), earned_of(earned_rows(reading, place, period))
