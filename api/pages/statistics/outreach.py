"""The coverage page: doors opened, households reached, people met, side by side and each with its own base;
by month, by community or grid, beside another period. Each leads on to the page of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from api import answering, lines
from api.orders import AtEngine
from api.outreach.looked import Looked, looked
from api.pages import moments
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import series, wording
from api.pages.statistics.indicator import refused
from api.pages.statistics.question import Wish, bounded, month_names, read
from api.questions import Asked
from api.routing import CaughtUp
from domain.messages import Actor
from engine.engine import Engine
from projections.asking import BadQuestion
from projections.indicators import Indicator
from projections.outreach.indicators import find

router = APIRouter(include_in_schema=False)

THREE = ("door_open_rate", "coverage_households", "coverage_people")
"""Drawn, and by place. They have a base each."""
BESIDE = (
    "door_open_rate@in_person", "door_open_rate@online", "minutes_per_visit", "visits_booked", "needs_found",
    "care_cadence_kept", "hazards_found", "sweep_yield",
)  # fmt: skip
OWN = ("round", "window", "mode", "worker", "risk", "kind")
"""Dimensions that complaints do not have."""
LINKED = 30
"""Places of whose numbers each is a link; of more, each place leads to its own page, where they are."""
PATH = "/statistics/coverage"


@router.get(PATH, dependencies=[CaughtUp])
async def coverage(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    """422 with the form as it was filled, where something of it does not fit."""
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)

    def answer() -> Response:
        wish = bounded(page, wished(page, find(THREE[1]).id, OWN))
        if not wish.faults:
            try:
                with engine.views.read() as reading:
                    look = looked(reading, finest(page, actor, wish.asked), actor.role != "gridworker")
                    return shown(page, engine, actor, wish, look)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        return page.show("statistics/coverage.html", 422, **form(page, wish), faults=wish.faults, answer=None)

    return await asyncio.to_thread(answer)


def finest(page: Page, actor: Actor, asked: Asked) -> tuple[str, ...]:
    """What all sums are asked by, for the figures to share them: the places of the table (`places`), and in
    person and online."""
    place = page.facing.organisation.grid(dict(asked.narrow).get("grid") or actor.scope)
    several = place is None or place.level not in ("community", "grid")
    return ("community", "mode") if several else ("community", "grid", "mode")


def wished(page: Page, indicator: str, extra: Sequence[str]) -> Wish:
    """The wish of the address, with the dimensions of outreach among what it is narrowed to."""
    wish = read(page, indicator, extra=extra)
    more = tuple((name, wish.typed[name]) for name in OWN if wish.typed.get(name))
    return replace(wish, asked=replace(wish.asked, narrow=(*wish.asked.narrow, *more)))


def form(page: Page, wish: Wish) -> dict[str, Any]:
    typed, asked = wish.typed, wish.asked
    fields = {name: typed.get(name, "") for name in ("compare_from", "compare_to")}
    fields |= {"from": typed.get("from") or asked.first, "to": typed.get("to") or asked.last}
    picked = {name: moments.picker(typed, name) for name in moments.CLOCKS}
    return {"fields": fields, "picked": picked, "wish": wish}


def shown(page: Page, engine: Engine, actor: Actor, wish: Wish, look: Looked) -> Response:
    """`look` remembers the sums that the figures share."""
    facing, asked = page.facing, replace(wish.asked, group_by=(), minimum=0)
    asked = replace(asked, known_at=asked.known_at or str(look.now()))
    first = answering.figure(
        engine, replace(asked, indicator=THREE[0]), actor=actor, lang=page.lang, reading=look
    )
    alone = replace(look, finest=())
    fixed = replace(asked, as_of=first["as_of"], known_at=str(first["known_at"]))

    def figure(name: str, *by: str) -> dict[str, Any]:
        one = replace(fixed, indicator=name, group_by=by)
        own = look if name.partition("@")[0] in THREE else alone
        return answering.figure(engine, one, actor=actor, lang=page.lang, reading=own)

    names, whole = month_names(page, asked), {THREE[0]: first}
    cards = [
        card(page, find(name), fixed, whole.get(name) or figure(name), figure(name, "month"), names)
        for name in THREE
    ]
    beside = [line(page, find(name), fixed, figure(name)["rows"][0]) for name in BESIDE]
    dimension, lines = places(page, fixed, figure)
    told = [f"{each['title']} {each['row'].rate}" for each in cards]
    return page.show(
        "statistics/coverage.html", **form(page, wish), faults=(), answer=facing.say("、").join(told),
        period=wording.period(facing, asked.first, asked.last), cards=cards, beside=beside, lines=lines,
        dimension=dimension, linked=len(lines) <= LINKED, compares=wish.compares,
        asked_as=moments.shown_as(facing, wish.asked),
        other=wording.period(facing, asked.compare_first, asked.compare_last) if wish.compares else "",
        as_of=facing.when(fixed.as_of), known_at=int(fixed.known_at),
    )  # fmt: skip


def card(
    page: Page, indicator: Indicator, fixed: Asked, whole: Mapping[str, Any], monthly: Mapping[str, Any],
    names: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """One of the three: its number, its base, its months, what it leaves out."""
    facing = page.facing
    months = series.by_month(facing, indicator, monthly["rows"], names, fixed.as_of)
    axis = series.axis_for(indicator, months)
    return line(page, indicator, fixed, whole["rows"][0]) | {
        "formula": wording.formula(facing, indicator), "axis": axis,
        "chart": series.drawn(facing, indicator, months, axis),
        "finding": series.finding(facing, indicator, months),
    }  # fmt: skip


def line(page: Page, indicator: Indicator, fixed: Asked, row: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: value for name, value in page.request.query_params.items() if name != "lang"}
    return {
        "id": indicator.id, "title": wording.title(page.facing, indicator), "unit": indicator.unit,
        "row": counts(page, indicator, fixed, row, wording.title(page.facing, indicator)),
        "excluded": series.excluded(page, row, indicator),
        "link": series.linked(page, f"/statistics/{indicator.id}", asked),
    }  # fmt: skip


def counts(
    page: Page, indicator: Indicator, fixed: Asked, row: Mapping[str, Any], label: str
) -> series.Counts:
    return series.counts(page, indicator, replace(fixed, indicator=indicator.id), row, label)


def places(page: Page, fixed: Asked, figure: Any) -> tuple[str, list[dict[str, Any]]]:
    """The three by community, or by grid where there is one community only."""
    for dimension in ("community", "grid"):
        found = [{row["group"]: row for row in figure(name, dimension)["rows"]} for name in THREE]
        groups = sorted({group for each in found for group in each})
        if len(groups) > 1 or dimension == "grid":
            break
    asked, linked = replace(fixed, exact=True), len(groups) <= LINKED
    empty = {"numerator": 0, "denominator": 0, "excluded": {}, "value": None}
    told = []
    for group in groups:
        cells = []
        for name, rows in zip(THREE, found, strict=True):
            indicator = find(name)
            row = rows.get(group) or empty | {"dimensions": {dimension: group}}
            if linked:
                link = lines.cases_url(replace(asked, indicator=name), {dimension: group})
                label = wording.title(page.facing, indicator)
                cells.append(counts(page, indicator, fixed, {"cases": link} | row, label))
            else:
                cells.append(series.plain(page, indicator, row))
        narrow = page.same(grid=group) if dimension != "grid" or not linked else ""
        told.append({"label": page.facing.grid(group), "narrow": narrow, "cells": cells})
    return wording.DIMENSIONS[dimension], told
