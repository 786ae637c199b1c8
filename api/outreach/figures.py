"""A figure of outreach as it is published: the same question, answer and lists as one of complaints
(api/figures.py), counted from the book of outreach.

A coverage has the register as its base: as it was on `as_of`, known at `known_at`, once for each round that
ran in the period. By what the register does not know (a window, a mode, who went) the base stays whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from api import figures
from api.answers import at
from api.figures import PREFIX, Asked, UnknownIndicator
from api.outreach.base import Base, based, last_of, lived
from api.periods import moment_text
from api.sight import everywhere
from domain.messages import Actor
from engine import read
from engine.engine import Engine
from engine.views import Reading
from projections import asking
from projections.asking import BadQuestion, Line, Question, Where
from projections.case import micros
from projections.indicators import Figure, Indicator
from projections.indicators import figure as made
from projections.outreach import adding
from projections.outreach.indicators import BELOW, OUTREACH_INDICATORS, find
from projections.outreach.tables import MARKS, PLACES

Key = tuple[str, ...]


def figure(
    engine: Engine, asked: Asked, *, actor: Actor | None = None, lang: str = "zh-CN"
) -> dict[str, Any]:
    """The answer of `GET /statistics/{indicator}`, with `unit` and each row's `value`. UnknownIndicator,
    BadQuestion. Reads: call it in a thread. `actor` narrows to what he may count; None counts everything."""
    indicator = indicator_of(asked.indicator)
    question, fixed = frame(engine, asked, indicator, actor)
    with engine.views.read() as reading:
        answer = evaluate(reading, question)
        lines = [row(indicator, line, fixed) for line in answer.lines]
        small = [row(indicator, line, fixed) for line in answer.small_groups]
        if asked.compare_first or asked.compare_last:
            other = replace(fixed, first=asked.compare_first, last=asked.compare_last)
            then = evaluate(reading, frame(engine, other, indicator, actor)[0])
            compared(indicator, lines + small, (*then.lines, *then.small_groups), other)
    english = lang == "en"
    return {
        "indicator": indicator.id,
        "title": indicator.en if english else indicator.zh,
        "formula": indicator.formula_en if english else indicator.formula_zh,
        "unit": indicator.unit,
        "from": asked.first or None,
        "to": asked.last or None,
        "cohort": asked.cohort,
        "group_by": list(asked.group_by),
        "as_of": fixed.as_of,
        "known_at": int(fixed.known_at),
        "position": int(fixed.known_at),
        "minimum": asked.minimum,
        "rows": lines,
        "small_groups": small,
    }


def indicator_of(name: str) -> Indicator:
    try:
        return find(name)
    except KeyError as error:
        raise UnknownIndicator(name) from error


def frame(engine: Engine, asked: Asked, indicator: Indicator, actor: Actor | None) -> tuple[Question, Asked]:
    """The question in moments and positions, and the asked one with *now* written out."""
    zone = engine.desk.stage().organisation.zone
    as_of = asking.as_of_text(moment_text(asked.as_of), zone) if asked.as_of else micros(engine.clock())
    known = figures.position_of(engine, asked.known_at)
    confined = tuple(Where(name, "=", value) for name, value in indicator.where)
    question = Question(
        indicator=indicator,
        as_of=as_of,
        zone=zone,
        start=asking.from_text(moment_text(asked.first), zone) if asked.first else None,
        end=asking.to_text(moment_text(asked.last), zone) if asked.last else None,
        known_at=known,
        cohort=asked.cohort,
        group_by=asked.group_by,
        where=(*confined, *narrowed(asked, indicator), *scope_of(actor)),
        minimum=asked.minimum,
    )
    adding.check(question)
    return question, replace(asked, as_of=at(as_of) or "", known_at=str(known))


def narrowed(asked: Asked, indicator: Indicator) -> Iterator[Where]:
    for name, value in asked.narrow:
        if name not in indicator.dims or name == "month":
            raise BadQuestion(name, f"is no dimension of {indicator.id}")
        yield Where(name, "under" if name in PLACES and not asked.exact else "=", value)


def scope_of(actor: Actor | None) -> tuple[Where, ...]:
    """The node of the caller and below; a unit answers for no place."""
    if actor is None or everywhere(actor):
        return ()
    return (Where("grid", "under", actor.scope if actor.role != "unit" and actor.scope else "-"),)


# ------------------------------------------------------------------ adding up


def evaluate(reading: Reading, question: Question) -> asking.Answer:
    question = with_ends(reading, question)
    by = tuple(dim for dim in question.group_by if dim != "month")
    family, last = question.indicator.family, last_of(reading, question.indicator.family)
    found: dict[Key, Counter[str]] = {}
    bases: dict[Key, Base] = {}
    known = lived(reading, question) if question.indicator.base else None
    for month, start, end in adding.periods(question):
        place = question.group_by.index("month") if month else None
        for each in adding.tallied(question, family, by, (start, end), question.where, last):
            for given in figures.added(reading, each):
                key = put(tuple(given[dim] for dim in by), place, month)
                found.setdefault(key, Counter())[given["part"]] += int(given[each.add]) * each.times
        if known is not None:
            own = tuple(dim for dim in by if dim in BELOW)
            for group, base in based(reading, question, own, (start, end), known).items():
                bases[month, *group] = base
                if own == by:
                    found.setdefault(put(group, place, month), Counter())
    return answered(question, found, bases)


def put(key: Key, place: int | None, month: str) -> Key:
    return key if place is None else (*key[:place], month, *key[place:])


def answered(
    question: Question, found: Mapping[Key, Counter[str]], bases: Mapping[Key, Base]
) -> asking.Answer:
    """The rows in order of their groups; without grouping exactly one. Groups below the minimum are listed
    apart; months are no ranking and never are."""
    groups = dict(found) if question.group_by else {(): found.get((), Counter())}
    ranked = any(dim != "month" for dim in question.group_by)
    lines: list[Line] = []
    small: list[Line] = []
    for key, parts in sorted(groups.items()):
        group = dict(zip(question.group_by, key, strict=True))
        one = made(question.indicator, parts)
        if question.indicator.base:
            own = (group[dim] for dim in question.group_by if dim in BELOW)
            base = bases.get((group.get("month", ""), *own), Base())
            one = Figure(one.numerator, base.whole(question.indicator.base), base.excluded(), {})
        if key and not one.numerator and not one.denominator and not any(one.excluded.values()):
            continue
        (small if ranked and one.denominator < question.minimum else lines).append(Line(group, one))
    return asking.Answer(tuple(lines), tuple(small))


def with_ends(reading: Reading, question: Question) -> Question:
    """The months of an open period are those that hold marks."""
    if "month" not in question.group_by or (question.start is not None and question.end is not None):
        return question
    where = [read.Filter("family", "=", question.indicator.family), read.Filter("at", "<=", question.as_of)]
    ends = [
        read.rows(reading, MARKS.name, where=where, order=("at", way), limit=1).items
        for way in ("asc", "desc")
    ]
    least, greatest = (found[0]["at"] if found else question.as_of for found in ends)
    return adding.bounded(question, least, greatest)


# ------------------------------------------------------------------ the answer


def row(indicator: Indicator, line: Line, asked: Asked) -> dict[str, Any]:
    return figures.row(line, asked) | {"value": value(indicator, line.figure)}


def value(indicator: Indicator, figure: Figure) -> float | int | None:
    """A share of 1, a mean of minutes, a count; None where there is nothing to divide by."""
    if indicator.unit == "count":
        return figure.numerator
    return round(figure.numerator / figure.denominator, 6) if figure.denominator else None


def compared(
    indicator: Indicator, rows: Sequence[dict[str, Any]], then: Sequence[Line], asked: Asked
) -> None:
    """Each row beside the same group in the other period."""
    found = {tuple(line.group.items()): line for line in then}
    for each in rows:
        line = found.get(tuple(each["dimensions"].items()))
        other = row(indicator, line or Line(each["dimensions"], Figure(0, 0, {}, {})), asked)
        each["compare"] = {name: other[name] for name in other if name not in ("group", "dimensions")}


def listed(lang: str = "zh-CN") -> list[dict[str, Any]]:
    """The indicators of outreach."""
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
            "link": f"{PREFIX}/{quote(each.id)}",
        }
        for each in OUTREACH_INDICATORS
    ]
