"""How the book of outreach is asked and added up: the same question and answer as of complaints
(api/figures.py), counted from the marks of visits, care and patrols.

A coverage has the register as its base: as it was on `as_of`, known at `known_at`, once for each round that
ran in the period. By what the register does not know (a window, a mode, who went) the base stays whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from api import lines
from api.outreach.base import Base, based, last_of, lived
from api.outreach.looked import looked
from api.questions import Asked, question_of
from api.sight import everywhere
from domain.messages import Actor
from engine.engine import Engine
from engine.views import Reading
from projections import asking
from projections.asking import BadQuestion, Line, Question, Where
from projections.indicators import Figure, Indicator
from projections.indicators import figure as made
from projections.outreach import adding
from projections.outreach.indicators import BELOW
from projections.outreach.tables import MARKS, PLACES

Key = tuple[str, ...]


def frame(engine: Engine, asked: Asked, indicator: Indicator, actor: Actor | None) -> tuple[Question, Asked]:
    """The question, confined to what the indicator counts and narrowed to what the caller may count, and the
    asked one with *now* written out. BadQuestion."""
    confined = (Where(name, "=", value) for name, value in indicator.where)
    where = (*confined, *narrowed(asked, indicator), *scope_of(actor))
    question, fixed = question_of(engine, asked, indicator, where)
    adding.check(question)
    return question, fixed


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


def evaluate(engine: Engine, reading: Reading, question: Question) -> asking.Answer:
    question, look = with_ends(reading, question), looked(reading)
    if question.known_at is not None and look.now() <= question.known_at:
        question = replace(question, known_at=None)  # nothing was told later: no look for it
    by = tuple(dim for dim in question.group_by if dim != "month")
    family, last = question.indicator.family, last_of(look, question.indicator.family)
    first = look.edge(family, "asc")
    found: dict[Key, Counter[str]] = {}
    bases: dict[Key, Base] = {}
    known = lived(look, question) if question.indicator.base else None
    for month, start, end in adding.periods(question):
        place = question.group_by.index("month") if month else None
        if end is not None and end <= first:
            asked = []
        else:  # nothing stands before the first mark: from wherever before it, the sums are the same
            since = None if start is not None and start <= first else start
            asked = adding.tallied(question, family, by, (since, end), question.where, last)
        for each in asked:
            for given in look.added(each):
                key = put(tuple(given[dim] for dim in by), place, month)
                found.setdefault(key, Counter())[given["part"]] += int(given[each.add]) * each.times
        if known is not None:
            own = tuple(dim for dim in by if dim in BELOW)
            for group, base in based(look, question, own, (start, end), known).items():
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
    told: list[Line] = []
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
        (small if ranked and one.denominator < question.minimum else told).append(Line(group, one))
    return asking.Answer(tuple(told), tuple(small))


def with_ends(reading: Reading, question: Question) -> Question:
    """The months of an open period are those that hold marks."""
    if not asking.needs_span(question):
        return question
    where = (Where("family", "=", question.indicator.family), Where("at", "<=", question.as_of))
    return lines.bounded(reading, MARKS.name, question, where)


def row(indicator: Indicator, line: Line, asked: Asked) -> dict[str, Any]:
    """With its `value`: a share of 1, a mean of minutes, a count."""
    return lines.row(line, asked) | {"value": lines.value(indicator, line.figure)}
