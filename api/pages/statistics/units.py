"""One unit: its rates beside those of the community, and its cases that were late, declined, reopened."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from api import figures
from api.figures import Asked
from api.lists import caught_up
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import series, wording
from api.pages.statistics.counted import MISSED
from api.pages.statistics.indicator import form, refused
from api.pages.statistics.question import Wish, bounded, month_names, read
from api.problems import not_found
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
for the rest."""
DRAWN = "on_time_closure_rate"


@router.get("/statistics/units/{unit}", dependencies=[Depends(caught_up)])
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
    facing = page.facing
    _, fixed = figures.frame(engine, replace(wish.asked, group_by=()), find(DRAWN), actor)
    rows = [
        beside(page, engine, actor, fixed, wish, find(each), dimension, unit) for each, dimension in RATES
    ]
    indicator = find(DRAWN)
    own = replace(fixed, group_by=("month",), narrow=(*fixed.narrow, ("lead", unit)))
    found = figures.figure(engine, own, actor=actor, lang=page.lang)["rows"]
    months = series.by_month(facing, indicator, found, month_names(page, wish.asked), fixed.as_of)
    axis = series.axis_for(indicator, months)
    low = f"{axis.low:g}"
    return page.show(
        "statistics/unit.html", **form(page, indicator, wish), faults=(), unit=unit, name=name,
        answer=series.headline(facing, indicator, months), rows=rows, opened=opened(rows),
        period=wording.period(facing, wish.asked.first, wish.asked.last),
        chart=series.drawn(facing, indicator, months, axis), axis=axis, low=low,
        finding=series.finding(facing, indicator, months), asked_as=wording.shown_as(facing, wish.asked),
        known_at=int(fixed.known_at), as_of=facing.when(fixed.as_of), alone=actor.role == "unit",
    )  # fmt: skip


def beside(
    page: Page, engine: Engine, actor: Actor, fixed: Asked, wish: Wish, indicator: Indicator, dimension: str,
    unit: str,
) -> dict[str, Any]:  # fmt: skip
    """One rate: the unit's, and that of all the caller counts. A unit counts itself alone."""
    whole = replace(fixed, indicator=indicator.id, group_by=())
    own = replace(whole, narrow=(*whole.narrow, (dimension, unit)))
    mine = row_of(engine, actor, own, page.lang)
    everyone = row_of(engine, actor, whole, page.lang)
    row, all_ = (
        series.counts(page, indicator, asked, found, "") for asked, found in ((own, mine), (whole, everyone))
    )
    query = {name: value for name, value in wish.query().items() if name != "group_by"}
    return {
        "title": wording.title(page.facing, indicator), "name": indicator.name, "row": row, "all": all_,
        "points": wording.points(row.value, all_.value),
        "link": series.linked(page, f"/statistics/{indicator.id}", query | {dimension: unit}),
        "missed": mine["denominator"] - mine["numerator"], "declined": mine["excluded"].get("declined", 0),
        "cases": mine["cases"], "open": lambda part: series.opening(page, mine["cases"], part),
    }  # fmt: skip


def row_of(engine: Engine, actor: Actor, asked: Asked, lang: str) -> Mapping[str, Any]:
    (row,) = figures.figure(engine, asked, actor=actor, lang=lang)["rows"]
    found: Mapping[str, Any] = row
    return found


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
