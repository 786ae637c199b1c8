"""All rates at a glance: each by month as a small chart, its counts and what they leave out beside it."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from api import showing
from api.orders import AtEngine
from api.pages import moments
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import charts, series, wording
from api.pages.statistics.indicator import form, refused
from api.pages.statistics.months import monthly
from api.pages.statistics.question import Wish, bounded, month_names, read
from api.questions import Asked
from api.routing import CaughtUp
from domain.messages import Actor
from engine.engine import Engine
from projections.asking import BadQuestion
from projections.indicators import Indicator, find
from projections.outreach.indicators import OUTREACH_INDICATORS

router = APIRouter(include_in_schema=False)

SECTIONS = (
    ("说到做到了吗", ("response_rate", "on_time_closure_rate", "on_time_first_promise")),
    ("居民怎么说", ("satisfaction_rate", "solved_rate", "measured_pass_rate")),
    ("动手早不早", ("dispatch_on_time_rate", "follow_up_24h_rate", "proactive_share")),
    ("会不会再来", ("reopen_rate", "repeat_rate", "same_class_change")),
)
"""A section has charts that one compares; those of a row share their axis."""
REST = ("on_time_closure_rate@closed_only", "spot_check_confirm_rate")
TABLE = ("response_rate", "on_time_closure_rate", "on_time_first_promise", "satisfaction_rate")
BOTH = ("on_time_closure_rate", "on_time_closure_rate@closed_only")
NEVER_DRAWN = tuple(find(name).id for name in REST)
ALL = tuple(dict.fromkeys((*(name for _, names in SECTIONS for name in names), *REST)))


@router.get("/statistics", dependencies=[CaughtUp])
async def statistics(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    """A resident is told what this is, and sees the three rates everybody may see."""
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)

    def answer() -> Response:
        if actor.role == "resident":
            rates, period = showing.three_rates(engine, page.facing)
            return page.show("statistics/resident.html", rates=rates, period=period)
        wish = bounded(page, read(page, ALL[0]))
        if not wish.faults:
            try:
                return shown(page, engine, actor, wish)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        asked = form(page, find(ALL[0]), wish) | {"faults": wish.faults, "answer": None}
        return page.show("statistics/overview.html", 422, **asked)

    return await asyncio.to_thread(answer)


def shown(page: Page, engine: Engine, actor: Actor, wish: Wish) -> Response:
    facing = page.facing
    indicators = [find(name) for name in ALL]
    fixed, found = monthly(engine, indicators, wish.asked, actor, page.lang)
    names = month_names(page, wish.asked)
    months = {
        each.id: series.by_month(facing, each, found[each.id], names, fixed.as_of) for each in indicators
    }
    cards = {each.id: card(page, each, fixed, wish, found[each.id], months[each.id]) for each in indicators}
    sections = []
    for title, members in SECTIONS:
        chosen = [find(name) for name in members]
        axes = axes_of([(each, months[each.id]) for each in chosen])
        sections.append(
            {
                "title": facing.say(title),
                "cards": [cards[each.id] | chart(page, each, months[each.id], axis)
                          for each, axis in zip(chosen, axes, strict=True)],
            }
        )  # fmt: skip
    table = [find(name) for name in TABLE]
    first = find(TABLE[1])
    return page.show(
        "statistics/overview.html", **form(page, find(ALL[0]), wish), faults=(),
        answer=series.headline(facing, first, months[first.id]),
        period=wording.period(facing, wish.asked.first, wish.asked.last), sections=sections,
        all=[cards[each.id] for each in indicators], both=[cards[find(name).id] for name in BOTH],
        heads=[wording.title(facing, each) for each in table],
        lines=lines(page, fixed, table, months), asked_as=moments.shown_as(facing, wish.asked),
        as_of=facing.when(fixed.as_of), known_at=int(fixed.known_at),
        gone_out=[(each.id, wording.title(facing, each)) for each in OUTREACH_INDICATORS],
        units=[(unit.id, unit.name) for unit in units(page, actor)],
    )  # fmt: skip


def units(page: Page, actor: Actor) -> list[Any]:
    """The established units whose pages the caller may open: all, for a unit its own."""
    known = page.facing.organisation.units.values()
    return [each for each in known if actor.role != "unit" or each.id == actor.scope]


def card(
    page: Page, indicator: Indicator, fixed: Asked, wish: Wish, rows: Sequence[Mapping[str, Any]],
    months: Sequence[series.Month],
) -> dict[str, Any]:  # fmt: skip
    """An indicator over the whole period: the sum of its months. `drawn`: it has a chart, and its two numbers
    stand there."""
    total = series.total(rows) | series.whole(indicator, fixed)
    kept = {name: value for name, value in wish.query().items() if name != "group_by"}
    counted = page.say(wording.counted(indicator))
    return {
        "indicator": indicator, "title": wording.title(page.facing, indicator),
        "formula": wording.formula(page.facing, indicator), "counted": counted,
        "row": series.counts(page, indicator, fixed, total, ""),
        "excluded": series.excluded(page, total), "drawn": indicator.id not in NEVER_DRAWN,
        "finding": series.finding(page.facing, indicator, months),
        "link": series.linked(page, f"/statistics/{indicator.id}", kept),
    }  # fmt: skip


def chart(
    page: Page, indicator: Indicator, months: Sequence[series.Month], axis: charts.Axis
) -> dict[str, Any]:
    return {"chart": series.drawn(page.facing, indicator, months, axis), "axis": axis}


def axes_of(chosen: Sequence[tuple[Indicator, Sequence[series.Month]]]) -> list[charts.Axis]:
    """One axis for the rates of a row that never fall low, one for the others, its own for a count."""
    high: list[Decimal] = []
    low: list[Decimal] = []
    for indicator, months in chosen:
        if not indicator.versus_year_before:
            values = [value for value in series.plotted(indicator, months) if value is not None]
            (high if charts.is_high(values) else low).extend(values)
    shared = {True: charts.rate_axis(high), False: charts.rate_axis(low)}
    return [
        series.axis_for(indicator, months)
        if indicator.versus_year_before
        else shared[charts.is_high([v for v in series.plotted(indicator, months) if v is not None])]
        for indicator, months in chosen
    ]


def lines(
    page: Page, fixed: Asked, table: Sequence[Indicator], months: Mapping[str, Sequence[series.Month]]
) -> list[dict[str, Any]]:
    """The table by month: one link a cell, to all that the month's figure counts."""
    found = []
    for at, month in enumerate(months[table[0].id]):
        cells = []
        for indicator in table:
            here = months[indicator.id][at]
            row = here.row
            link = "" if row is None else series.opening(page, row["cases"], "denominator")
            n, d = (row["numerator"], row["denominator"]) if row else (0, 0)
            cells.append({"n": n, "d": d, "link": link, "rate": wording.rate(indicator, here.value)})
        found.append({"label": month.label, "cells": cells})
    return found
