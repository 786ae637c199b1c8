"""Figures month by month, and what a page makes of them. Numbers come from `api.answering` alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from api import lines
from api.facing import Facing
from api.pages import moments
from api.pages.frame import Page, address
from api.pages.statistics import charts, wording
from api.pages.statistics.question import month_over
from api.questions import Asked
from projections.indicators import Indicator

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Month:
    """One month of an indicator: its figure (`row`, as the api gives it), None where nothing was counted."""

    name: str
    label: str
    row: Mapping[str, Any] | None
    value: Decimal | None
    over: bool

    @property
    def count(self) -> int:
        return int(self.row["numerator"]) if self.row else 0


def by_month(
    facing: Facing, indicator: Indicator, rows: Sequence[Mapping[str, Any]], names: Sequence[str], now: str
) -> list[Month]:
    """Every month of the period, those without cases too."""
    found = {row["dimensions"]["month"]: row for row in rows}
    return [
        Month(
            name,
            moments.month(facing, name),
            row := found.get(name),
            None if row is None else wording.value(indicator, row),
            month_over(facing, name, now),
        )
        for name in names
    ]


def total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The months added up: numerator, denominator and exclusions (what moved from a month into another moved
    out of neither, so that `moved_out` does not add up)."""
    reasons = dict.fromkeys(reason for row in rows for reason in row["excluded"])
    return {
        "numerator": sum(row["numerator"] for row in rows),
        "denominator": sum(row["denominator"] for row in rows),
        "excluded": {reason: sum(row["excluded"].get(reason, 0) for row in rows) for reason in reasons},
    }


def whole(indicator: Indicator, fixed: Asked) -> dict[str, Any]:
    """The part of a row that says which cases stand behind it: all of the period."""
    asked = replace(fixed, indicator=indicator.id)
    return {"dimensions": {}, "cases": lines.cases_url(asked, {})}


def drawn(facing: Facing, indicator: Indicator, months: Sequence[Month], axis: charts.Axis) -> charts.Chart:
    names = [moments.month(facing, month.name, bare=True) for month in months]
    return charts.chart(plotted(indicator, months), names, axis, unit=unit(indicator))


def plotted(indicator: Indicator, months: Sequence[Month]) -> list[Decimal | None]:
    """What the chart draws: the rate, or for a change from the year before the count."""
    if indicator.versus_year_before or indicator.unit == "count":
        return [Decimal(month.count) for month in months]
    return [month.value for month in months]


def unit(indicator: Indicator) -> str:
    return "" if indicator.versus_year_before or indicator.unit != "percent" else "%"


def axis_for(indicator: Indicator, months: Sequence[Month]) -> charts.Axis:
    values = [value for value in plotted(indicator, months) if value is not None]
    return charts.rate_axis(values) if unit(indicator) else charts.count_axis(values)


def finding(facing: Facing, indicator: Indicator, months: Sequence[Month]) -> str:
    """What the chart shows, in words: its lowest month and its last."""
    values = plotted(indicator, months)
    known = [(value, at) for at, value in enumerate(values) if value is not None]
    name = wording.title(facing, indicator)
    if not known:
        return facing.say("{title}：这一时期没有可以计算的月份。", title=name)
    (least, low), (last, at) = min(known), known[-1]
    end = f"{charts.plain(last)}{unit(indicator)}"
    if low == at:
        line = (
            "{title}：{month} {last}，是这一时期最低的一个月。"
            if len(known) > 1
            else "{title}：{month} {last}。"
        )
        return facing.say(line, title=name, month=months[at].label, last=end)
    return facing.say(
        "{title}：最低 {low} {least}，{month} {last}。", title=name, low=months[low].label,
        least=f"{charts.plain(least)}{unit(indicator)}", month=months[at].label, last=end,
    )  # fmt: skip


def headline(facing: Facing, indicator: Indicator, months: Sequence[Month]) -> str:
    """The answer: the last month that is over, beside the month before; the running one where none is."""
    known = [month for month in months if month.value is not None]
    if not known:
        name = wording.title(facing, indicator)
        return facing.say("{title}：这一时期还没有可以计算的", title=name)
    over = [month for month in known if month.over] or known
    now = over[-1]
    assert now.value is not None
    label = now.label if now.over else facing.say("{month}到目前", month=now.label)
    said = wording.answer(facing, indicator, label, now.value)
    if len(over) > 1 and not indicator.versus_year_before and (before := over[-2].value) is not None:
        said += wording.beside(facing, now.value, before, over[-2].label, indicator.unit)
    return said


# ------------------------------------------------------------------ links


def opening(page: Page, url: str, part: str = "") -> str:
    """The page of the cases behind a row (`url`: its address in the api). A dimension that is empty stays:
    it asks for what has none."""
    path, asked = parsed(url)
    found = dict(asked)
    if found.get("cohort") == "deadline":
        del found["cohort"]
    if found.get("month") and len(found.get("from", "")) == len(found.get("to", "")) == len(found["month"]):
        found["from"] = found["to"] = found.pop("month")
    return linked(page, path.removeprefix(API), found | ({"part": part} if part else {}))


@lru_cache(maxsize=256)
def parsed(url: str) -> tuple[str, Sequence[tuple[str, str]]]:
    """An address for its numerator, and at once for its denominator."""
    path, _, query = url.partition("?")
    return path, parse_qsl(query, keep_blank_values=True)


def linked(page: Page, path: str, query: Mapping[str, str]) -> str:
    """An address that keeps the language, and values that are empty."""
    return address(path, {**page.kept, **query})


def year_before(asked: Asked, month: str = "") -> Asked:
    """The question about the same period a year before: for the denominator of a change."""

    def earlier(text: str) -> str:
        if not text:
            return text
        day = "02-28" + text[10:] if text[5:10] == "02-29" else text[5:]
        return f"{int(text[:4]) - 1:04}-{day}"

    first, last = (month, month) if month else (asked.first, asked.last)
    return replace(asked, first=earlier(first), last=earlier(last))


@dataclass(frozen=True, slots=True)
class Counts:
    """A row with its two numbers as links. `denominator_link` of a change opens the year before."""

    label: str
    numerator: int
    denominator: int
    numerator_link: str
    denominator_link: str
    rate: str
    value: Decimal | None
    width: float
    narrow: str = ""
    other: str = ""
    other_link: str = ""
    points: str = ""


def counts(
    page: Page, indicator: Indicator, fixed: Asked, row: Mapping[str, Any], label: str, narrow: str = ""
) -> Counts:
    """`fixed`: the question with its moment and position written out, so that the links stay true."""
    found = wording.value(indicator, row)
    below = opening(page, row["cases"], "denominator")
    if indicator.versus_year_before:
        fixed = replace(fixed, indicator=indicator.id)
        group = {name: one for name, one in row["dimensions"].items() if name != "month"}
        before = year_before(fixed, row["dimensions"].get("month", ""))
        below = opening(page, lines.cases_url(before, group), "numerator")
    plain = wording.share(row["numerator"], row["denominator"])
    then = row.get("compare")
    was = None if then is None else wording.value(indicator, then)
    return Counts(
        label, row["numerator"], row["denominator"], opening(page, row["cases"], "numerator"), below,
        wording.said(page.facing, indicator, found), found,
        float(min(plain or Decimal(0), Decimal(100))), narrow,
        "" if then is None else wording.said(page.facing, indicator, was),
        "" if then is None else opening(page, then["cases"], "denominator"),
        "" if then is None else wording.points(found, was),
    )  # fmt: skip


def plain(page: Page, indicator: Indicator, row: Mapping[str, Any]) -> Counts:
    """The same without its links: of many rows, which lead to where they are."""
    found, then = wording.value(indicator, row), row.get("compare")
    other = "" if then is None else wording.said(page.facing, indicator, wording.value(indicator, then))
    rate = wording.said(page.facing, indicator, found)
    return Counts("", row["numerator"], row["denominator"], "", "", rate, found, 0.0, other=other)


def excluded(page: Page, row: Mapping[str, Any], indicator: Indicator | None = None) -> list[dict[str, Any]]:
    """What is not counted, and what stands beside the figure, each with the link to its cases."""
    shown = [("excluded", name, n) for name, n in row["excluded"].items()]
    known = ("numerator", "denominator", "excluded", "group", "dimensions", "cases", "compare", "value")
    shown += [("beside", name, n) for name, n in row.items() if name not in known and n]
    return [
        {
            "part": name, "reason": wording.reason(page.facing, name, indicator), "n": n,
            "beside": kind == "beside",
            "link": opening(page, row["cases"], f"{kind}:{name}"),
        }
        for kind, name, n in shown
    ]  # fmt: skip
