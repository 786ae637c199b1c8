"""One indicator: the answer in words, its months as a line, its formula with every part, a table by any
dimension, another period beside it, and the same numbers as CSV and JSON."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from api import answering
from api.lists import caught_up
from api.orders import AtEngine
from api.pages.forms import Fault
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import series, wording
from api.pages.statistics.months import monthly
from api.pages.statistics.question import LABELS, Wish, bounded, month_names, read
from api.pages.statistics.tables import spreadsheet
from api.problems import not_found
from api.questions import Asked, UnknownIndicator, indicator_of
from domain.messages import Actor
from engine.engine import Engine
from projections.asking import MINIMUM, BadQuestion
from projections.indicators import INDICATORS, Indicator

router = APIRouter(include_in_schema=False)

COLUMNS = (
    "group", "dimensions", "numerator", "denominator", "percent", "excluded", "moved_out", "late_entries",
    "compare_numerator", "compare_denominator", "small_group", "cases",
)  # fmt: skip
PICKED = ("as_of", "known_at")
"""Moments with two fields each: a day, and a time of day if it matters."""


@router.get("/statistics/{indicator}", dependencies=[Depends(caught_up)])
async def shown(request: Request, indicator: str, viewer: Viewer, engine: AtEngine) -> Response:
    """422 with the form as it was filled, where something of it does not fit."""
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    try:
        found = indicator_of(indicator[:80])
    except UnknownIndicator as error:
        raise not_found() from error

    def answer() -> Response:
        wish = bounded(page, read(page, found.id))
        if not wish.faults:
            try:
                return answered(page, engine, actor, found, wish)
            except BadQuestion as bad:
                wish = refused(page, wish, bad)
        return page.show("statistics/indicator.html", 422, **asked_again(page, found, wish))

    return await asyncio.to_thread(answer)


def refused(page: Page, wish: Wish, bad: BadQuestion) -> Wish:
    """What the figures themselves could not be asked, beside its field."""
    label = page.say(LABELS[bad.field]) if bad.field in LABELS else bad.field
    says = page.say("“{label}”（{name}）不适用于这个指标：{why}", label=label, name=bad.field, why=bad)
    return replace(wish, faults=(Fault(bad.field, f"s-{bad.field}", says),))


def asked_again(page: Page, indicator: Indicator, wish: Wish) -> dict[str, Any]:
    return form(page, indicator, wish) | {"faults": wish.faults, "answer": None}


def form(page: Page, indicator: Indicator, wish: Wish) -> dict[str, Any]:
    """The fields, as they were filled; where nothing was typed, what is meant."""
    facing, typed = page.facing, wish.typed
    fields = {name: typed.get(name, "") for name in ("compare_from", "compare_to", "minimum")}
    fields |= {"from": typed.get("from") or wish.asked.first, "to": typed.get("to") or wish.asked.last}
    picked = {name: picker(page, typed, name) for name in PICKED}
    first = wish.asked.group_by[0] if wish.asked.group_by else "month"
    narrow = [
        {"name": name, "value": value, "label": facing.say(wording.DIMENSIONS[name]),
         "says": wording.one_group(facing, name, value), "without": page.same(**{name: None, "exact": None})}
        for name, value in wish.asked.narrow
    ]  # fmt: skip
    return {
        "indicator": indicator, "title": wording.title(facing, indicator),
        "formula": wording.formula(facing, indicator), "fields": fields, "picked": picked, "wish": wish,
        "by": first, "cohort": typed.get("cohort", "") or "deadline", "narrow": narrow,
        "dimensions": [(name, facing.say(zh)) for name, zh in wording.DIMENSIONS.items()],
        "cohorts": [(name, facing.say(wording.COHORTS[name])) for name in indicator.cohorts],
        "others": [(each.id, wording.title(facing, each)) for each in INDICATORS],
        "printing": typed.get("print") == "1", "default_minimum": MINIMUM,
    }  # fmt: skip


def picker(page: Page, typed: Mapping[str, str], name: str) -> dict[str, str]:
    """A day and a time where the moment is one; else the text as it is (a position, a moment to the
    microsecond)."""
    text, time = typed.get(name, ""), typed.get(f"{name}_time", "")
    day = not text or (len(text) == len("2026-10-31") and text.count("-") == 2)
    return {"kind": "day" if day else "text", "value": text, "time": time}


def answered(page: Page, engine: Engine, actor: Actor, indicator: Indicator, wish: Wish) -> Response:
    asked, facing = wish.asked, page.facing
    by = asked.group_by or ("month",)
    whole = answering.figure(engine, replace(asked, group_by=()), actor=actor, lang=page.lang)
    fixed = replace(asked, as_of=whole["as_of"], known_at=str(whole["known_at"]))
    _, rows = monthly(engine, (indicator,), fixed, actor, page.lang)
    spread = wish.typed.get("format") == "csv"
    grouped: Mapping[str, Any] = {"rows": rows[indicator.id], "small_groups": []}
    if spread or by != ("month",):
        grouped = answering.figure(engine, replace(fixed, group_by=by), actor=actor, lang=page.lang)
    if spread:
        return as_csv(indicator, grouped)
    months = series.by_month(facing, indicator, rows[indicator.id], month_names(page, asked), whole["as_of"])
    (total,) = whole["rows"]
    row = series.counts(page, indicator, fixed, total, "")
    return page.show(
        "statistics/indicator.html",
        **form(page, indicator, wish), faults=(),
        answer=heading(page, indicator, wish, row, total, months),
        period=wording.period(facing, asked.first, asked.last),
        row=row, counted=facing.say(wording.counted(indicator)), excluded=series.excluded(page, total),
        asked_as=wording.shown_as(facing, asked), as_of=facing.when(whole["as_of"]),
        known_at=whole["known_at"], **line(page, indicator, months),
        **table(page, indicator, wish, fixed, grouped, months),
        **compared(page, indicator, wish, total), links=addresses(page, indicator, wish, fixed),
    )  # fmt: skip


def heading(
    page: Page, indicator: Indicator, wish: Wish, row: series.Counts, total: Mapping[str, Any],
    months: Sequence[series.Month],
) -> str:  # fmt: skip
    """The answer in words: of the period beside the other one where two are compared, else of a month."""
    if not wish.compares or row.value is None:
        return series.headline(page.facing, indicator, months)
    asked, was = wish.asked, wording.value(indicator, total["compare"])
    said = wording.answer(
        page.facing, indicator, wording.period(page.facing, asked.first, asked.last), row.value
    )
    other = wording.period(page.facing, asked.compare_first, asked.compare_last)
    return said if was is None else said + wording.beside(page.facing, row.value, was, other)


def line(page: Page, indicator: Indicator, months: Sequence[series.Month]) -> dict[str, Any]:
    axis = series.axis_for(indicator, months)
    return {
        "chart": series.drawn(page.facing, indicator, months, axis), "axis": axis,
        "low": f"{axis.low:g}{series.unit(indicator)}",
        "finding": series.finding(page.facing, indicator, months),
    }  # fmt: skip


def table(
    page: Page, indicator: Indicator, wish: Wish, fixed: Asked, grouped: Mapping[str, Any],
    months: Sequence[series.Month],
) -> dict[str, Any]:  # fmt: skip
    """The rows of the grouping asked for: months in their order, those without cases too; other groups from
    the highest rate down, small ones apart."""
    facing, by = page.facing, wish.asked.group_by or ("month",)
    heading = " · ".join(facing.say(wording.DIMENSIONS[name]) for name in by)
    if by == ("month",):
        lines = [
            series.counts(page, indicator, fixed, month.row, month.label) if month.row else month.label
            for month in months
        ]
        return {"lines": lines, "small": [], "heading": heading, "by_month": True}
    found = [made(page, indicator, wish, fixed, row) for row in grouped["rows"]]
    if "month" not in by:
        found.sort(key=lambda each: (each.value is None, -(each.value or 0), each.label))
    small = [made(page, indicator, wish, fixed, row) for row in grouped["small_groups"]]
    return {"lines": found, "small": small, "heading": heading, "by_month": False}


def made(page: Page, indicator: Indicator, wish: Wish, fixed: Asked, row: Mapping[str, Any]) -> series.Counts:
    """A row of a group, whose name narrows the page to it."""
    group = {name: value for name, value in row["dimensions"].items() if name != "month" and value}
    already = {name for name, _ in wish.asked.narrow}
    narrow = ""
    if group and not already & set(group):
        exact = {"exact": "true"} if {"grid", "community", "street"} & set(group) else {}
        narrow = page.same(group_by=None, format=None, **group, **exact)
    return series.counts(page, indicator, fixed, row, wording.group(page.facing, row["dimensions"]), narrow)


def compared(page: Page, indicator: Indicator, wish: Wish, total: Mapping[str, Any]) -> dict[str, Any]:
    """The other period as a whole, its numbers as links, and the difference in points."""
    if not wish.compares:
        return {"then": None}
    asked, then = wish.asked, total["compare"]
    other = replace(asked, first=asked.compare_first, last=asked.compare_last)
    row = series.counts(page, indicator, other, then | {"dimensions": {}}, "")
    return {
        "then": row, "then_period": wording.period(page.facing, other.first, other.last),
        "difference": wording.points(wording.value(indicator, total), row.value),
    }  # fmt: skip


def addresses(page: Page, indicator: Indicator, wish: Wish, fixed: Asked) -> dict[str, str]:
    """The same question: as a spreadsheet, at the api, printed, and with its moment written out."""
    query = wish.query() | {"group_by": ",".join(wish.asked.group_by) or "month"}
    always = query | {"as_of": fixed.as_of, "known_at": fixed.known_at}
    here = f"/statistics/{quote(indicator.id)}"
    year = series.year_before(wish.asked)
    return {
        "csv": series.linked(page, here, always | {"format": "csv"}),
        "json": series.linked(page, series.API + here, always),
        "kept": series.linked(page, here, always),
        "print": series.linked(page, here, wish.query() | {"print": "1"}),
        "year_before": series.linked(
            page, here, wish.query() | {"compare_from": year.first, "compare_to": year.last}
        ),
        "alone": page.same(compare_from=None, compare_to=None),
        "now": page.same(as_of=None, as_of_time=None, known_at=None, known_at_time=None),
    }


def as_csv(indicator: Indicator, grouped: Mapping[str, Any]) -> Response:
    return spreadsheet(f"{indicator.name}.csv", COLUMNS, flat(indicator, grouped))


def flat(indicator: Indicator, grouped: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for small, rows in ((False, grouped["rows"]), (True, grouped["small_groups"])):
        for row in rows:
            then = row.get("compare") or {}
            yield (
                row["group"], " ".join(f"{name}={value}" for name, value in row["dimensions"].items()),
                row["numerator"], row["denominator"], wording.value(indicator, row),
                " ".join(f"{name}={n}" for name, n in row["excluded"].items()), row["moved_out"],
                row["late_entries"], then.get("numerator"), then.get("denominator"),
                "yes" if small else "no", row["cases"],
            )  # fmt: skip
