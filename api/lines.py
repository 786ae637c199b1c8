"""The rows of a figure as they are told, each with the address of what it counts; and the sums they are made
from, as the views are asked for them. Complaints and outreach tell their figures the same way.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from api.questions import Asked
from engine import read
from engine.views import Reading
from projections import asking
from projections.asking import Question, Where
from projections.indicators import BESIDE, Figure, Indicator

PREFIX = "/api/v1/statistics"


def headed(indicator: Indicator, fixed: Asked, lang: str) -> dict[str, Any]:
    """What stands above the rows of an answer: the formula, and the question with *now* written out."""
    english = lang == "en"
    return {
        "indicator": indicator.id,
        "title": indicator.en if english else indicator.zh,
        "formula": indicator.formula_en if english else indicator.formula_zh,
        "unit": indicator.unit,
        "from": fixed.first or None,
        "to": fixed.last or None,
        "cohort": fixed.cohort,
        "group_by": list(fixed.group_by),
        "as_of": fixed.as_of,
        "known_at": int(fixed.known_at),
        "position": int(fixed.known_at),
        "minimum": fixed.minimum,
    }


def row(line: asking.Line, asked: Asked) -> dict[str, Any]:
    """`group` is the label (several dimensions joined by ` / `), null where nothing is grouped."""
    label = " / ".join(line.group.values()) if line.group else None
    return {
        "group": label,
        "dimensions": dict(line.group),
        **counts(line.figure),
        "cases": cases_url(asked, line.group),
    }


def counts(figure: Figure) -> dict[str, Any]:
    return {
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "excluded": dict(figure.excluded),
        **{name: figure.beside.get(name, 0) for name in (*BESIDE, *figure.beside)},
    }


def empty(group: Mapping[str, str]) -> asking.Line:
    """The row of a group that counts nothing."""
    return asking.Line(group, Figure(0, 0, {}, {}))


def value(indicator: Indicator, figure: Figure) -> float | int | None:
    """A share of 1, a mean of minutes, a count; None where there is nothing to divide by."""
    if indicator.unit == "count":
        return figure.numerator
    return round(figure.numerator / figure.denominator, 6) if figure.denominator else None


def cases_url(asked: Asked, group: Mapping[str, str]) -> str:
    """The address of the cases behind a row. Its numbers stay those of the row, whenever it is opened."""
    query = {**dict(asked.narrow), **group}
    if any(name in ("grid", "community", "street") for name in group):
        query["exact"] = "true"
    text = _encoded(tuple((name, value) for name, value in query.items() if value != "" or name in group))
    return f"{begun(asked)}{text and '&'}{text}"


@lru_cache(maxsize=1024)
def _encoded(query: tuple[tuple[str, str], ...]) -> str:
    """A period, a month or a place is in an address of every indicator."""
    return urlencode(query)


@lru_cache(maxsize=256)
def begun(asked: Asked) -> str:
    """How the address begins for every row of an answer."""
    query = {"from": asked.first, "to": asked.last, "cohort": asked.cohort}
    query |= {"as_of": asked.as_of, "known_at": asked.known_at}
    text = _encoded(tuple((name, value) for name, value in query.items() if value != ""))
    return f"{PREFIX}/{quote(asked.indicator)}/cases?{text}"


# ------------------------------------------------------------------ sums


def added(reading: Reading, each: asking.Sum, straight: bool = False) -> list[dict[str, Any]]:
    """`straight`: as engine/sums.py has it; so too where most of the joined rows pass."""
    where = [conditioned(one) for one in each.where]
    own = reading.tables[each.table].columns
    named = {*each.by, *(one.column for one in each.where if isinstance(one, Where | asking.Within))}
    joins = (read.Join(each.join, each.on, each.on),) if named - set(own.keys()) else ()
    beside = [one for one in each.where if isinstance(one, Where) and one.column not in own] if joins else ()
    straight = straight or bool(beside and all(one.op == "widely-under" for one in beside))
    return read.sums(reading, each.table, each.add, by=each.by, where=where, joins=joins, straight=straight)


def conditioned(condition: asking.Condition) -> read.Condition:
    match condition:
        case Where(column, op, value):
            return read.Filter(column, op, value)
        case asking.Either(conditions):
            return read.AnyOf(tuple(conditioned(each) for each in conditions))
        case asking.Within(column, table, select, where):
            return read.Among(column, table, select, tuple(conditioned(each) for each in where))
        case asking.Spans(column, within, spans):
            return read.Spans(column, within, spans)


def bounded(reading: Reading, table: str, question: Question, where: Sequence[asking.Condition]) -> Question:
    """The question with the open ends of its period set to the moments that the table holds."""
    asked = [conditioned(each) for each in where]
    least, greatest = (
        read.rows(reading, table, where=asked, order=("at", way), limit=1).items for way in ("asc", "desc")
    )
    ends = (found[0]["at"] if found else question.as_of for found in (least, greatest))
    return asking.bounded(question, *ends)
