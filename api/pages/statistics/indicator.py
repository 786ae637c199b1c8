"""One indicator: the answer in words, its months as a line, its formula with every part, a table by any
dimension, another period beside it, and the same numbers as CSV and JSON."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from api import answering
from api.orders import AtEngine
from api.pages import moments
from api.pages.forms import Fault
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics import gone_out, series, wording
from api.pages.statistics.months import monthly
from api.pages.statistics.question import LABELS, Wish, bounded, month_names, read
from api.pages.statistics.tables import spreadsheet
from api.problems import not_found
from api.questions import Asked, UnknownIndicator
from api.routing import CaughtUp
from domain.messages import Actor
from engine.engine import Engine
from projections.asking import MINIMUM, BadQuestion
from projections.indicators import INDICATORS, Indicator
from projections.outreach.indicators import OUTREACH_INDICATORS, knows

router = APIRouter(include_in_schema=False)

MOST = 60
"""Rows of a table: of hundreds of grids the first, all of them in the files beside it."""
COLUMNS = (
    "group", "dimensions", "numerator", "denominator", "percent", "excluded", "moved_out", "late_entries",
    "compare_numerator", "compare_denominator", "small_group", "cases",
)  # fmt: skip


@router.get("/statistics/{indicator}", dependencies=[CaughtUp])
async def shown(request: Request, indicator: str, viewer: Viewer, engine: AtEngine) -> Response:
    """422 with the form as it was filled, where something of it does not fit."""
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    try:
        found = answering.every_indicator(indicator[:80])
    except UnknownIndicator as error:
        raise not_found() from error

    def answer() -> Response:
        wish = bounded(page, read(page, found.id, dims=found.dims))
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
    picked = {name: moments.picker(typed, name) for name in moments.CLOCKS}
    first = wish.asked.group_by[0] if wish.asked.group_by else "month"
    narrow = [
        {"name": name, "value": value, "label": wording.dimension_of(facing, name),
         "says": group_name(page, {name: value}), "without": page.same(**{name: None, "exact": None})}
        for name, value in wish.asked.narrow
    ]  # fmt: skip
    return {
        "indicator": indicator, "title": wording.title(facing, indicator),
        "formula": wording.formula(facing, indicator), "fields": fields, "picked": picked, "wish": wish,
        "by": first, "cohort": typed.get("cohort", "") or "deadline", "narrow": narrow,
        "dimensions": [(name, wording.dimension_of(facing, name)) for name in dimensions(indicator)],
        "cohorts": [(name, facing.say(wording.COHORTS[name])) for name in indicator.cohorts],
        "others": [(each.id, wording.title(facing, each)) for each in book(indicator)],
        "outreach": knows(indicator.name), "listing": listing(page, indicator),
        "printing": typed.get("print") == "1", "default_minimum": MINIMUM,
    }  # fmt: skip


def book(indicator: Indicator) -> Sequence[Indicator]:
    """The indicators it stands among."""
    return OUTREACH_INDICATORS if knows(indicator.name) else INDICATORS


def dimensions(indicator: Indicator) -> Iterator[str]:
    """What it can be grouped by, months first."""
    return (name for name in (*wording.DIMENSIONS, *wording.OF_OUTREACH) if name in indicator.dims)


def listing(page: Page, indicator: Indicator) -> str:
    """What a number of it opens."""
    return page.say("打开名单") if knows(indicator.name) else page.say("打开工单")


def group_name(page: Page, dimensions: Mapping[str, str]) -> str:
    """What a group is called; a round and who went by their names."""
    assert page.viewer is not None
    return " · ".join(
        (code and gone_out.group_names(page.engine, page.lang, page.viewer, name, code))
        or wording.one_group(page.facing, name, code)
        for name, code in dimensions.items()
    )


def answered(page: Page, engine: Engine, actor: Actor, indicator: Indicator, wish: Wish) -> Response:
    asked, facing = wish.asked, page.facing
    by = asked.group_by or ("month",)
    whole = answering.figure(engine, replace(asked, group_by=()), actor=actor, lang=page.lang)
    fixed = replace(asked, as_of=whole["as_of"], known_at=str(whole["known_at"]))
    rows = by_months(engine, indicator, fixed, actor, page.lang)
    spread = wish.typed.get("format") == "csv"
    grouped: Mapping[str, Any] = {"rows": rows, "small_groups": []}
    if spread or by != ("month",):
        grouped = answering.figure(engine, replace(fixed, group_by=by), actor=actor, lang=page.lang)
    if spread:
        return as_csv(indicator, grouped)
    months = series.by_month(facing, indicator, rows, month_names(page, asked), whole["as_of"])
    (total,) = whole["rows"]
    row = series.counts(page, indicator, fixed, total, "")
    return page.show(
        "statistics/indicator.html",
        **form(page, indicator, wish), faults=(),
        answer=heading(page, indicator, wish, row, total, months),
        period=wording.period(facing, asked.first, asked.last),
        row=row, counted=facing.say(wording.counted(indicator)),
        excluded=series.excluded(page, total, indicator),
        asked_as=moments.shown_as(facing, asked), as_of=facing.when(whole["as_of"]),
        known_at=whole["known_at"], **line(page, indicator, months),
        **table(page, indicator, wish, fixed, grouped, months),
        **compared(page, indicator, wish, total), links=addresses(page, indicator, wish, fixed),
    )  # fmt: skip


def by_months(
    engine: Engine, indicator: Indicator, fixed: Asked, actor: Actor, lang: str
) -> Sequence[Mapping[str, Any]]:
    """The rows of its months, as the api gives them."""
    if knows(indicator.name):
        each = replace(fixed, group_by=("month",), compare_first="", compare_last="")
        found: list[dict[str, Any]] = answering.figure(engine, each, actor=actor, lang=lang)["rows"]
        return found
    return monthly(engine, (indicator,), fixed, actor, lang)[1][indicator.id]


def heading(
    page: Page, indicator: Indicator, wish: Wish, row: series.Counts, total: Mapping[str, Any],
    months: Sequence[series.Month],
) -> str:  # fmt: skip
    """The answer in words: of the period where two are compared, or a coverage grows month by month; else
    of a month."""
    whole = bool(indicator.base) and row.value is not None
    if not whole and (not wish.compares or row.value is None):
        return series.headline(page.facing, indicator, months)
    assert row.value is not None
    asked = wish.asked
    said = wording.answer(
        page.facing, indicator, wording.period(page.facing, asked.first, asked.last), row.value
    )
    if not wish.compares or (was := wording.value(indicator, total["compare"])) is None:
        return said
    other = wording.period(page.facing, asked.compare_first, asked.compare_last)
    return said + wording.beside(page.facing, row.value, was, other, indicator.unit)


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
    heading = " · ".join(wording.dimension_of(facing, name) for name in by)
    if by == ("month",):
        lines = [
            series.counts(page, indicator, fixed, month.row, month.label) if month.row else month.label
            for month in months
        ]
        of_months = {"small": [], "heading": heading, "by_month": True, "many": 0}
        return of_months | {"lines": scaled(indicator, lines)}
    rows = sorted_rows(page, indicator, grouped["rows"]) if "month" not in by else grouped["rows"]
    small = grouped["small_groups"][: max(0, MOST - len(rows))]
    found = [made(page, indicator, wish, fixed, row) for row in rows[:MOST]]
    return {
        "lines": scaled(indicator, found),
        "small": [made(page, indicator, wish, fixed, row) for row in small],
        "heading": heading, "by_month": False, "most": MOST,
        "many": len(grouped["rows"]) + len(grouped["small_groups"]),
    }  # fmt: skip


def sorted_rows(
    page: Page, indicator: Indicator, rows: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """From the highest value down, those without one last; alike by name."""

    def place(row: Mapping[str, Any]) -> tuple[bool, Decimal, str]:
        value = wording.value(indicator, row)
        return value is None, -(value or Decimal(0)), group_name(page, row["dimensions"])

    return sorted(rows, key=place)


def scaled(indicator: Indicator, lines: Sequence[series.Counts | str]) -> list[series.Counts | str]:
    """The bars of what is no share of a whole, against the longest of them."""
    if indicator.unit == "percent" and not indicator.versus_year_before:
        return list(lines)
    counts = [0 if isinstance(each, str) else long(indicator, each) for each in lines]
    most = max(counts, default=0) or 1
    return [
        each if isinstance(each, str) else replace(each, width=round(float(100 * n / most), 1))
        for each, n in zip(lines, counts, strict=True)
    ]


def long(indicator: Indicator, line: series.Counts) -> Decimal:
    return Decimal(line.numerator) if indicator.versus_year_before else line.value or Decimal(0)


def made(page: Page, indicator: Indicator, wish: Wish, fixed: Asked, row: Mapping[str, Any]) -> series.Counts:
    """A row of a group, whose name narrows the page to it."""
    group = {name: value for name, value in row["dimensions"].items() if name != "month" and value}
    already = {name for name, _ in wish.asked.narrow}
    narrow = ""
    if group and not already & set(group):
        exact = {"exact": "true"} if {"grid", "community", "street"} & set(group) else {}
        narrow = page.same(group_by=None, format=None, **group, **exact)
    return series.counts(page, indicator, fixed, row, group_name(page, row["dimensions"]), narrow)


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
