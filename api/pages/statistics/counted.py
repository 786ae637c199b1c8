"""The cases behind a number: each part with its count, a page at a time, and as a spreadsheet."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from api import answering, figures, lines
from api.facing import ENDED, STATES
from api.orders import AtEngine
from api.pages import moments
from api.pages.forms import Fault
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import gone_out, series, wording
from api.pages.statistics.indicator import refused
from api.pages.statistics.months import monthly
from api.pages.statistics.question import Wish, read
from api.pages.statistics.tables import spreadsheet
from api.problems import not_found
from api.questions import Asked, UnknownIndicator, within_month
from api.routing import CaughtUp
from api.statistics import read_cursor, write_cursor
from domain.messages import Actor
from engine.engine import Engine
from projections.asking import BadQuestion, Line
from projections.days import months
from projections.indicators import Figure, Indicator
from projections.indicators import figure as made
from projections.outreach.indicators import knows
from projections.rounds import MISSED as MISSED

router = APIRouter(include_in_schema=False)

SHOWN = 50
PART = re.compile(r"numerator|denominator|missed|excluded:\w{1,40}|beside:\w{1,40}|")
MONTH = re.compile(r"(19[7-9]\d|2[01]\d\d)-(0[1-9]|1[0-2])|")
OWN = ("part", "month", "cursor")
COLUMNS = ("number", "external_number", "id", "round", "part", "unit", "state", "category", "grid")
KNOWN = ("numerator", "denominator", "excluded", "group", "dimensions", "cases")
"""Of a row; what else it has stands beside."""


@router.get("/statistics/{indicator}/cases", dependencies=[CaughtUp])
async def counted(request: Request, indicator: str, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    try:
        found = answering.every_indicator(indicator[:80])
    except UnknownIndicator as error:
        raise not_found() from error

    def answer() -> Response:
        wish = checked(page, read(page, found.id, extra=OWN, empties=True, dims=found.dims))
        if not wish.faults:
            try:
                list_of = gone_out.listed if knows(found.name) else listed
                return list_of(page, engine, actor, found, wish)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        return page.show("statistics/unasked.html", 422, faults=wish.faults, indicator=found,
            title=wording.title(page.facing, found))  # fmt: skip

    return await asyncio.to_thread(answer)


def checked(page: Page, wish: Wish) -> Wish:
    faults = list(wish.faults)
    for name, pattern, says in (
        ("part", PART, "“part”：没有这一部分。"),
        ("month", MONTH, "“month”：要填月份，比如 2026-10。"),
    ):
        if not pattern.fullmatch(wish.typed.get(name, "")):
            faults.append(Fault(name, "", page.say(says)))
    return replace(wish, faults=tuple(faults))


def listed(page: Page, engine: Engine, actor: Actor, indicator: Indicator, wish: Wish) -> Response:
    facing, month = page.facing, wish.typed.get("month", "")
    asked = replace(wish.asked, group_by=(), compare_first="", compare_last="")
    asked = within_month(engine, asked, month)
    part = wish.typed.get("part", "")
    fixed, row = whole(engine, asked, actor, indicator, page.lang)
    everything = wish.typed.get("format") == "csv"
    cursor = wish.typed.get("cursor", "")
    after, limit = read_cursor(cursor) if cursor else "", None if everything else SHOWN
    items, more, n = figures.counted(
        engine, fixed, part, actor=actor, after=after, limit=limit, figure=figure_of(row)
    )
    if everything:
        rows = (tuple(item[name] for name in COLUMNS) for item in items)
        return spreadsheet(f"{indicator.name}-cases.csv", COLUMNS, rows)
    return page.show(
        "statistics/counted.html", title=wording.title(facing, indicator), indicator=indicator,
        formula=wording.formula(facing, indicator), what=part_name(page, indicator, part), total=n,
        tabs=tabs(page, indicator, row, part, n), rows=[told(page, indicator, item) for item in items],
        more=None if more is None else page.same(cursor=write_cursor(more)),
        first=page.same(cursor=None) if cursor else "",
        csv=page.same(format="csv", cursor=None), json=address(page, indicator, wish, fixed, part),
        asked_as=moments.shown_as(facing, wish.asked),
        conditions=gone_out.conditions(page, wish, month),
        back=series.linked(page, f"/statistics/{indicator.id}", dict(wish.query())), of_units=of_units(items),
    )  # fmt: skip


def whole(
    engine: Engine, asked: Asked, actor: Actor, indicator: Indicator, lang: str
) -> tuple[Asked, dict[str, Any]]:
    """The question with its moment written out, and the figure's one row. Of days within one month that row
    is the month's, which fewer marks tell."""
    question, fixed = figures.frame(engine, asked, indicator, actor)
    start, end = question.start, question.end
    bounded = question.cohort == "deadline" and start is not None and end is not None and start < end
    if bounded and len(months(start or 0, end or 0, question.zone)) == 1:
        fixed, found = monthly(engine, (indicator,), fixed, actor, lang)
        nothing = lines.row(Line({}, made(indicator, {})), fixed)
        return fixed, next(iter(found[indicator.id]), nothing)
    told = answering.figure(engine, fixed, actor=actor, lang=lang)
    return fixed, told["rows"][0]


def figure_of(row: Mapping[str, Any]) -> Figure:
    """What a row of a figure says, as it was counted."""
    beside = {name: n for name, n in row.items() if name not in KNOWN}
    return Figure(row["numerator"], row["denominator"], row["excluded"], beside)


def of_units(items: list[dict[str, Any]]) -> bool:
    return any(item["unit"] for item in items)


def told(page: Page, indicator: Indicator, item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in words."""
    facing, state = page.facing, item["state"]
    return {
        "id": item["id"], "number": item["number"], "external_number": item["external_number"],
        "round": item["round"], "part": role_name(page, indicator, item["part"]),
        "unit": facing.unit(item["unit"]) if item["unit"] else "",
        "state": facing.named(STATES, state), "ring": "ended" if state in ENDED else state,
        "category": facing.category(item["category"]), "grid": facing.grid(item["grid"]),
    }  # fmt: skip


def role_name(page: Page, indicator: Indicator, part: str) -> str:
    role, _, reason = part.partition(":")
    if reason:
        return wording.reason(page.facing, reason)
    if role == "numerator":
        return page.say("计入分子")
    return page.say("只在分母")


def part_name(page: Page, indicator: Indicator, part: str) -> str:
    role, _, reason = part.partition(":")
    if reason:
        return wording.reason(page.facing, reason)
    names = {"numerator": "分子", "denominator": "分母", MISSED: "在分母、不在分子", "": "全部"}
    return page.say(names[role])


def tabs(page: Page, indicator: Indicator, row: Mapping[str, Any], part: str, n: int) -> list[dict[str, Any]]:
    """The parts there are, each with its number; the one shown is always among them."""
    found: dict[str, int | None] = {"": None}
    if indicator.versus_year_before:
        found["numerator"] = row["numerator"]
    else:
        found["denominator"] = row["denominator"]
        found["numerator"] = row["numerator"]
        found[MISSED] = row["denominator"] - row["numerator"]
    for name, count in row["excluded"].items():
        found[f"excluded:{name}"] = count
    for name, count in row.items():
        if name not in KNOWN and count:
            found[f"beside:{name}"] = count
    found[part] = n
    return [
        {
            "part": each, "name": part_name(page, indicator, each), "n": count, "here": each == part,
            "link": page.same(part=each or None, cursor=None, format=None),
        }
        for each, count in found.items()
    ]  # fmt: skip


def address(page: Page, indicator: Indicator, wish: Wish, fixed: Asked, part: str) -> str:
    """The same list at the api, which has no part `missed`: there it is told apart by `part` of each item."""
    query = wish.query() | {"as_of": fixed.as_of, "known_at": fixed.known_at}
    query |= {"month": wish.typed["month"]} if wish.typed.get("month") else {}
    query |= {"part": "denominator" if part == MISSED else part} if part else {}
    for name in ("group_by", "compare_from", "compare_to", "minimum"):
        query.pop(name, None)
    return series.linked(page, f"{series.API}/statistics/{indicator.id}/cases", query)
