"""The coverage page: doors opened, households reached, people met, side by side and each with its own base;
by month, by community or grid, beside another period; and the list behind each number."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from api import answering, lines
from api.lists import caught_up
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import series, wording
from api.pages.statistics.counted import checked
from api.pages.statistics.indicator import PICKED, picker, refused
from api.pages.statistics.question import Wish, bounded, month_names, read
from api.problems import not_found
from api.questions import Asked, UnknownIndicator, within_month
from api.statistics import read_cursor, write_cursor
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
LISTED = (*OWN, "part", "month", "cursor")
SHOWN = 50
PATH = "/statistics/coverage"
REASONS = {
    "vacant": "已搬走的户", "people_unknown": "人数未知的户", "no_round": "没有走访轮次的户",
    "untimed": "没记时长", "no_answer": "没人应门", "refused": "不愿意",
    "moved": "已搬走", "kept": "如约", "cancelled": "取消",
}  # fmt: skip


@router.get(PATH, dependencies=[Depends(caught_up)])
async def coverage(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    """422 with the form as it was filled, where something of it does not fit."""
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)

    def answer() -> Response:
        wish = bounded(page, wished(page, find(THREE[1]).id, OWN))
        if not wish.faults:
            try:
                return shown(page, engine, actor, wish)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        return page.show("statistics/coverage.html", 422, **form(page, wish), faults=wish.faults, answer=None)

    return await asyncio.to_thread(answer)


def called(page: Page, one: Mapping[str, Any]) -> str:
    """What is beside or left out: in the words of doors where a complaint means something else by it."""
    return page.say(REASONS[one["part"]]) if one["part"] in REASONS else str(one["reason"])


def wished(page: Page, indicator: str, extra: Sequence[str]) -> Wish:
    """The wish of the address, with the dimensions of outreach among what it is narrowed to."""
    wish = read(page, indicator, extra=extra)
    more = tuple((name, wish.typed[name]) for name in OWN if wish.typed.get(name))
    return replace(wish, asked=replace(wish.asked, narrow=(*wish.asked.narrow, *more)))


def form(page: Page, wish: Wish) -> dict[str, Any]:
    typed, asked = wish.typed, wish.asked
    fields = {name: typed.get(name, "") for name in ("compare_from", "compare_to")}
    fields |= {"from": typed.get("from") or asked.first, "to": typed.get("to") or asked.last}
    return {"fields": fields, "picked": {name: picker(page, typed, name) for name in PICKED}, "wish": wish}


def shown(page: Page, engine: Engine, actor: Actor, wish: Wish) -> Response:
    facing, asked = page.facing, replace(wish.asked, group_by=(), minimum=0)
    first = answering.figure(engine, replace(asked, indicator=THREE[0]), actor=actor, lang=page.lang)
    fixed = replace(asked, as_of=first["as_of"], known_at=str(first["known_at"]))

    def figure(name: str, *by: str) -> dict[str, Any]:
        one = replace(fixed, indicator=name, group_by=by)
        return answering.figure(engine, one, actor=actor, lang=page.lang)

    names = month_names(page, asked)
    cards = [card(page, find(name), fixed, figure(name), figure(name, "month"), names) for name in THREE]
    beside = [line(page, find(name), fixed, figure(name)["rows"][0]) for name in BESIDE]
    dimension, lines = places(page, fixed, figure)
    told = [f"{each['title']} {each['row'].rate}" for each in cards]
    return page.show(
        "statistics/coverage.html", **form(page, wish), faults=(), answer=facing.say("、").join(told),
        period=wording.period(facing, asked.first, asked.last), cards=cards, beside=beside, lines=lines,
        dimension=dimension, compares=wish.compares, asked_as=wording.shown_as(facing, wish.asked),
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
    plain = {name: value for name, value in row.items() if name != "value"}
    return {
        "id": indicator.id, "title": wording.title(page.facing, indicator), "unit": indicator.unit,
        "row": counts(page, indicator, fixed, row, wording.title(page.facing, indicator)),
        "excluded": [
            one | {"link": here(one["link"]), "reason": called(page, one)}
            for one in series.excluded(page, plain)
        ],
    }  # fmt: skip


def counts(
    page: Page, indicator: Indicator, fixed: Asked, row: Mapping[str, Any], label: str
) -> series.Counts:
    """As of complaints; a mean and a count are no percentage."""
    plain = {name: value for name, value in row.items() if name != "value"}
    found = series.counts(page, indicator, replace(fixed, indicator=indicator.id), plain, label)
    then = row.get("compare")
    return replace(
        found,
        rate=wording.measured(page.facing, indicator, row),
        other="" if then is None else wording.measured(page.facing, indicator, then),
        points=found.points if indicator.unit == "percent" else "",
        numerator_link=here(found.numerator_link),
        denominator_link=here(found.denominator_link),
        other_link=here(found.other_link),
    )


def here(link: str) -> str:
    """The list's address among these pages."""
    return link.replace("/statistics/", f"{PATH}/", 1)


def places(page: Page, fixed: Asked, figure: Any) -> tuple[str, list[dict[str, Any]]]:
    """The three by community, or by grid where there is one community only."""
    for dimension in ("community", "grid"):
        found = [{row["group"]: row for row in figure(name, dimension)["rows"]} for name in THREE]
        groups = sorted({group for each in found for group in each})
        if len(groups) > 1 or dimension == "grid":
            break
    asked = replace(fixed, exact=True)
    empty = {"numerator": 0, "denominator": 0, "excluded": {}, "value": None}
    told = []
    for group in groups:
        cells = []
        for name, rows in zip(THREE, found, strict=True):
            link = lines.cases_url(replace(asked, indicator=name), {dimension: group})
            row = rows.get(group) or empty | {"dimensions": {dimension: group}, "cases": link}
            cells.append(counts(page, find(name), fixed, row, wording.title(page.facing, find(name))))
        narrow = "" if dimension == "grid" else page.same(grid=group)
        told.append({"label": page.facing.grid(group), "narrow": narrow, "cells": cells})
    return wording.DIMENSIONS[dimension], told


# ------------------------------------------------------------------ the list behind a number


@router.get(PATH + "/{indicator}/cases", dependencies=[Depends(caught_up)])
async def listed(request: Request, indicator: str, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    try:
        found = find(indicator[:80])
    except KeyError as error:
        raise not_found() from UnknownIndicator(error)

    def answer() -> Response:
        wish = checked(page, wished(page, found.id, LISTED))
        if not wish.faults:
            try:
                return a_list(page, engine, actor, found, wish)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        return page.show("statistics/unasked.html", 422, faults=wish.faults, indicator=found,
            title=wording.title(page.facing, found))  # fmt: skip

    return await asyncio.to_thread(answer)


def a_list(page: Page, engine: Engine, actor: Actor, indicator: Indicator, wish: Wish) -> Response:
    asked = within_month(engine, replace(wish.asked, group_by=()), wish.typed.get("month", ""))
    part, cursor = wish.typed.get("part", ""), wish.typed.get("cursor", "")
    after = read_cursor(cursor) if cursor else ""
    items, more, total = answering.counted_cases(engine, asked, part, actor=actor, after=after, limit=SHOWN)
    return page.show(
        "statistics/outreach_list.html", title=wording.title(page.facing, indicator), total=total,
        formula=wording.formula(page.facing, indicator), rows=[told(page, item) for item in items],
        more=None if more is None else page.same(cursor=write_cursor(more)),
        first=page.same(cursor=None) if cursor else "", asked_as=wording.shown_as(page.facing, wish.asked),
    )  # fmt: skip


def told(page: Page, item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in words; whoever only counts has no link."""
    paths = {
        "attempt": f"/households/{item['household']}", "household": f"/households/{item['household']}",
        "booking": f"/households/{item['household']}", "care-period": f"/care/{item['id']}",
        "sweep": f"/sweeps/{item['id']}", "case": f"/complaints/{item['number']}",
    }  # fmt: skip
    role, _, reason = item["part"].partition(":")
    names = {"numerator": page.say("计入分子"), "denominator": page.say("只在分母")}
    return {
        "id": item["id"], "link": page.to(paths[item["kind"]]) if item["link"] else "",
        "number": item["number"], "round": item["round"] or "", "grid": page.facing.grid(item["grid"]),
        "n": item["n"], "part": page.say(REASONS.get(reason, reason)) if reason else names[role],
    }  # fmt: skip
