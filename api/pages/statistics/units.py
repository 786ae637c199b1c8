"""One unit: its rates beside those of the community, and its cases that were late, declined, reopened."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from api.orders import AtEngine
from api.pages import moments
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import series, wording
from api.pages.statistics.counted import MISSED
from api.pages.statistics.indicator import form, refused
from api.pages.statistics.months import monthly
from api.pages.statistics.parts import Across
from api.pages.statistics.question import Wish, bounded, month_names, read
from api.problems import not_found
from api.questions import Asked
from api.routing import CaughtUp
from domain.messages import Actor
from engine.engine import Engine
from projections.asking import BadQuestion
from projections.indicators import Indicator, find

router = APIRouter(include_in_schema=False)

RATES = (
    ("response_rate", "unit"), ("on_time_closure_rate", "lead"), ("on_time_first_promise", "lead"),
    ("satisfaction_rate", "lead"), ("solved_rate", "lead"), ("reopen_rate", "lead"),
)  # fmt: skip
"""Each with the dimension that says whose it is: an assisting unit answers for its response itself, the lead
for the rest. What the lead answers for has it as its unit too (projections/cells.py, `round_dims`): one
question finds both."""
DRAWN = "on_time_closure_rate"


@router.get("/statistics/units/{unit}", dependencies=[CaughtUp])
async def shown(request: Request, unit: str, viewer: Viewer, engine: AtEngine) -> Response:
    """A unit knows itself only. 404 for one that is not established."""
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    known = page.facing.organisation.units.get(unit)
    if known is None or (actor.role == "unit" and actor.scope != unit):
        raise not_found()

    def answer() -> Response:
        wish = bounded(page, read(page, find(DRAWN).id))
        if not wish.faults:
            try:
                return answered(page, engine, actor, wish, unit, known.name)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        asked = form(page, find(DRAWN), wish) | {"faults": wish.faults, "answer": None}
        return page.show("statistics/unit.html", 422, **asked, unit=unit, name=known.name)

    return await asyncio.to_thread(answer)


def answered(page: Page, engine: Engine, actor: Actor, wish: Wish, unit: str, name: str) -> Response:
    facing, chosen = page.facing, [find(each) for each, _ in RATES]
    seen: Across = {}
    fixed, everyone = monthly(engine, chosen, replace(wish.asked, group_by=()), actor, page.lang, seen)
    own = everyone  # a unit counts itself alone
    if actor.role != "unit":
        own = monthly(engine, chosen, narrowed(fixed, "unit", unit), actor, page.lang, seen)[1]
    rows = [
        beside(page, wish, fixed, find(each), (dimension, unit), own, everyone) for each, dimension in RATES
    ]
    indicator = find(DRAWN)
    found = own[indicator.id]
    months = series.by_month(facing, indicator, found, month_names(page, wish.asked), fixed.as_of)
    axis = series.axis_for(indicator, months)
    return page.show(
        "statistics/unit.html", **form(page, indicator, wish), faults=(), unit=unit, name=name,
        answer=series.headline(facing, indicator, months), rows=rows, opened=opened(rows),
        period=wording.period(facing, wish.asked.first, wish.asked.last),
        chart=series.drawn(facing, indicator, months, axis), axis=axis, low=f"{axis.low:g}",
        finding=series.finding(facing, indicator, months), asked_as=moments.shown_as(facing, wish.asked),
        known_at=int(fixed.known_at), as_of=facing.when(fixed.as_of), alone=actor.role == "unit",
    )  # fmt: skip


def narrowed(asked: Asked, dimension: str, value: str) -> Asked:
    return replace(asked, narrow=(*asked.narrow, (dimension, value)))


def beside(
    page: Page, wish: Wish, fixed: Asked, indicator: Indicator, own: tuple[str, str],
    mine: Mapping[str, Sequence[Mapping[str, Any]]], everyone: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:  # fmt: skip
    """One rate: the unit's, and that of all the caller counts. A unit counts itself alone."""
    asked = narrowed(fixed, *own)
    of_unit = series.total(mine[indicator.id]) | series.whole(indicator, asked)
    of_all = series.total(everyone[indicator.id]) | series.whole(indicator, fixed)
    row = series.counts(page, indicator, asked, of_unit, "")
    all_ = series.counts(page, indicator, fixed, of_all, "")
    query = {name: value for name, value in wish.query().items() if name != "group_by"}
    return {
        "title": wording.title(page.facing, indicator), "name": indicator.name, "row": row, "all": all_,
        "points": wording.points(row.value, all_.value),
        "link": series.linked(page, f"/statistics/{indicator.id}", query | {own[0]: own[1]}),
        "missed": of_unit["denominator"] - of_unit["numerator"],
        "declined": of_unit["excluded"].get("declined", 0),
        "open": lambda part: series.opening(page, of_unit["cases"], part),
    }  # fmt: skip


def opened(rows: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    """What a unit is asked about first: a line, how many, and where they are listed."""
    by = {row["name"]: row for row in rows}
    response, closure = by["response_rate"], by["on_time_closure_rate"]
    again, said = by["reopen_rate"], by["satisfaction_rate"]
    return [
        ("没有按时响应的", response["missed"], response["open"](MISSED)),
        ("没有按时办结的", closure["missed"], closure["open"](MISSED)),
        ("时限内退单的", response["declined"], response["open"]("excluded:declined")),
        ("返工的", again["row"].numerator, again["open"]("numerator")),
        ("居民不满意的", said["missed"], said["open"](MISSED)),
    ]
