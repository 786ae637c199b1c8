"""A figure as it is published: one question put to its book, answered with its parts and the address of its
cases. There are two books: complaints (api/figures.py), and outreach (api/outreach).

HTTP, pages and the command line ask here, so that they say the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import quote

from api import figures, lines
from api.outreach import book as outreach
from api.questions import Asked, indicator_of
from domain.messages import Actor
from engine.engine import Engine
from engine.views import Reading
from projections import asking
from projections.indicators import INDICATORS, Indicator
from projections.outreach.indicators import OUTREACH_INDICATORS, knows

EVERY_INDICATOR = (*INDICATORS, *OUTREACH_INDICATORS)


class Book(Protocol):
    """What a book of figures knows. Its functions read: call them in a thread."""

    def frame(
        self, engine: Engine, asked: Asked, indicator: Indicator, actor: Actor | None
    ) -> tuple[asking.Question, Asked]: ...

    def evaluate(self, engine: Engine, reading: Reading, question: asking.Question) -> asking.Answer: ...

    def row(self, indicator: Indicator, line: asking.Line, asked: Asked) -> dict[str, Any]: ...

    def counted(
        self, engine: Engine, asked: Asked, part: str = "", *, actor: Actor | None = None, after: str = "",
        limit: int | None = None,
    ) -> tuple[list[dict[str, Any]], str | None, int]: ...  # fmt: skip

    def roles(self, reading: Reading, question: asking.Question) -> Mapping[Any, str]: ...

    def named(
        self, reading: Reading, indicator: Indicator, keys: Sequence[Any], actor: Actor | None
    ) -> list[dict[str, Any]]: ...

    def behind(self, reading: Reading, question: asking.Question) -> Iterator[int]: ...


def book_of(name: str) -> Book:
    """The book that an indicator is counted from."""
    return outreach if knows(name) else figures


def figure(
    engine: Engine, asked: Asked, *, actor: Actor | None = None, lang: str = "zh-CN",
    reading: Reading | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The answer of `GET /statistics/{indicator}`. UnknownIndicator, BadQuestion. Reads: call it in a thread.

    `actor` narrows to what he may count; None counts everything. `reading`: the look that several figures
    share, opened by whoever asks.
    """
    indicator, book = every_indicator(asked.indicator), book_of(asked.indicator)
    question, fixed = book.frame(engine, asked, indicator, actor)
    with nullcontext(reading) if reading else engine.views.read() as reading:
        answer = book.evaluate(engine, reading, question)
        rows = [book.row(indicator, line, fixed) for line in answer.lines]
        small = [book.row(indicator, line, fixed) for line in answer.small_groups]
        if asked.compare_first or asked.compare_last:
            other = replace(fixed, first=asked.compare_first, last=asked.compare_last)
            then = book.evaluate(engine, reading, book.frame(engine, other, indicator, actor)[0])
            found = {tuple(line.group.items()): line for line in (*then.lines, *then.small_groups)}
            for each in rows + small:
                line = found.get(tuple(each["dimensions"].items())) or lines.empty(each["dimensions"])
                each["compare"] = compared(book.row(indicator, line, other))
    return {**lines.headed(indicator, fixed, lang), "rows": rows, "small_groups": small}


def compared(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same group in the other period, as it stands in a row."""
    return {name: value for name, value in row.items() if name not in ("group", "dimensions")}


def counted_cases(
    engine: Engine,
    asked: Asked,
    part: str = "",
    *,
    actor: Actor | None = None,
    after: str = "",
    limit: int | None = None,
) -> tuple[list[dict[str, Any]], str | None, int]:
    """(items, cursor of the next page, how many in all): what the figure counts. All without `limit`."""
    book = book_of(asked.indicator)
    return book.counted(engine, asked, part, actor=actor, after=after, limit=limit)


def every_indicator(name: str) -> Indicator:
    """The indicator of this name, of whichever book. UnknownIndicator."""
    return indicator_of(name, EVERY_INDICATOR)


def listed(lang: str = "zh-CN") -> list[dict[str, Any]]:
    """The indicators there are."""
    english = lang == "en"
    return [
        {
            "indicator": each.id,
            "name": each.name,
            "version": each.version,
            "title": each.en if english else each.zh,
            "formula": each.formula_en if english else each.formula_zh,
            "group_by": list(each.dims),
            "cohorts": list(each.cohorts),
            "unit": each.unit,
            "link": f"{lines.PREFIX}/{quote(each.id)}",
        }
        for each in EVERY_INDICATOR
    ]
