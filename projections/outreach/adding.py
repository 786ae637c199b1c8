"""Which sums over the book of outreach answer a question: whole months as they are kept, the single marks a
period cuts off a month, less what was not known or not in effect then.

Nothing here knows a database; `api` adds up what `plan` says.
"""

from projections.asking import BadQuestion, Condition, Question, Sum, Where
from projections.days import months
from projections.outreach.tables import CELLS, MARKS, TALLIES
from projections.tallies import STARTS, month_of

LATER_EFFECT = frozenset({"care"})
"""Families whose marks take effect at another moment than that whose period they belong to."""

Span = tuple[int | None, int | None]
"""From when, and until just before when; None is open."""


def check(question: Question) -> None:
    """BadQuestion for what the indicator cannot be asked."""
    indicator = question.indicator
    if question.cohort not in indicator.cohorts:
        raise BadQuestion("cohort", f"{indicator.id} knows {', '.join(indicator.cohorts)}")
    for dim in question.group_by:
        if dim not in indicator.dims:
            raise BadQuestion("group_by", f"{dim!r} is no dimension; there are {', '.join(indicator.dims)}")
    if question.start is not None and question.end is not None and question.start >= question.end:
        raise BadQuestion("to", "the period ends before it begins")


def periods(question: Question) -> list[tuple[str, int | None, int | None]]:
    """The months of a question by month, else its period. BadQuestion where an end is missing for it."""
    if "month" not in question.group_by:
        return [("", question.start, question.end)]
    if question.start is None or question.end is None:
        raise BadQuestion("from", "an open period has to be bounded first")
    return list(months(question.start, question.end, question.zone))


def until(question: Question, family: str, end: int | None) -> int | None:
    """Where a period ends for marks that take effect when they happen: `as_of` cuts it."""
    if family in LATER_EFFECT:
        return end
    return question.as_of + 1 if end is None else min(end, question.as_of + 1)


def tallied(
    question: Question, family: str, by: tuple[str, ...], span: Span, where: tuple[Where, ...], last: int
) -> list[Sum]:
    """Sums from tallies. `last` is the moment of the family's last mark: beyond it nothing needs a look."""
    start, end = span[0], until(question, family, span[1])
    if end is not None and start is not None and start >= end:
        return []
    if end is not None and end > last:
        end = None
    if start is not None and start > last:
        return []
    first, begin = (0, None) if start is None else _nearest(start)
    final, finish = (None, None) if end is None else _nearest(end)
    if final is not None and first >= final:
        return [_marks(family, by, where, (start, end)), *_unknown(question, family, by, where, (start, end))]
    bounds = [Where("month", ">=", first)] + ([Where("month", "<", final)] if final is not None else [])
    own: tuple[Condition, ...] = (Where("family", "=", family), *bounds, *where)
    sums = [_sum(by, own, table=TALLIES.name)]
    for edge, month, sign in ((start, begin, 1), (end, finish, -1)):
        if edge is not None and month is not None and edge != month:
            times = sign if edge < month else -sign
            sums.append(_marks(family, by, where, (min(edge, month), max(edge, month)), times))
    return [*sums, *_unknown(question, family, by, where, (start, end))]


def singly(question: Question, family: str, by: tuple[str, ...], span: Span, where: tuple[Where, ...]) -> Sum:
    """The same from marks alone: for lists, which name subjects."""
    start, end = span[0], until(question, family, span[1])
    known = _known(question, family)
    return _marks(family, by, (*where, *known), (start, end))


def _known(question: Question, family: str) -> tuple[Where, ...]:
    known: list[Where] = []
    if question.known_at is not None:
        known.append(Where("position", "<=", question.known_at))
    if family in LATER_EFFECT:
        known.append(Where("effective", "<=", question.as_of))
    return tuple(known)


def _unknown(
    question: Question, family: str, by: tuple[str, ...], where: tuple[Where, ...], span: Span
) -> list[Sum]:
    """What tallies and edges hold, and was not known or not in effect: each mark once."""
    wide = tuple(
        Where("at", op, edge)
        for op, edge in (("widely>=", span[0]), ("widely<", span[1]))
        if edge is not None
    )
    own: tuple[Condition, ...] = (Where("family", "=", family), *wide, *where)
    sums: list[Sum] = []
    known: tuple[Where, ...] = ()
    if question.known_at is not None:
        sums.append(_sum(by, (*own, Where("position", ">", question.known_at)), times=-1))
        known = (Where("position", "<=", question.known_at),)
    if family in LATER_EFFECT:
        sums.append(_sum(by, (*own, *known, Where("effective", ">", question.as_of)), times=-1))
    return sums


def _marks(family: str, by: tuple[str, ...], where: tuple[Where, ...], span: Span, times: int = 1) -> Sum:
    inside = tuple(
        Where("at", op, edge) for op, edge in ((">=", span[0]), ("<", span[1])) if edge is not None
    )
    return _sum(by, (Where("family", "=", family), *inside, *where), times=times)


def _sum(by: tuple[str, ...], where: tuple[Condition, ...], table: str = MARKS.name, times: int = 1) -> Sum:
    return Sum((*by, "part"), where, table=table, join=CELLS.name, times=times)


def _nearest(at: int) -> tuple[int, int]:
    """The month that begins nearest to a moment, and when it begins."""
    month = month_of(at) or 1
    begin = STARTS[month - 1]
    if month < len(STARTS) and STARTS[month] - at < at - begin:
        return month + 1, STARTS[month]
    return month, begin
