"""The same question answered from tallies: whole months as they are kept, and mark by mark only what the
period cuts off a month, and what came after the moment asked about.

    figure = tallies of the months + marks of the edges
           − marks due by the moment that count only later + marks due later that count already

An edge is taken from the nearest end of its month, so that never more than half a month is read; of a
community it is days, and marks of less than half a day. Where time
turns a part into another, the period is cut in two at that moment. Where something came later, the period is
cut at the moment asked about (`Then.cut`); what lies on its other side is found by its lag
(projections/lags.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from projections import lags
from projections.asking import (
    EVERY_LAG,
    Condition,
    Either,
    Question,
    Spans,
    Sum,
    Where,
    check,
    needs_span,
)
from projections.cells import AREA, TOLD
from projections.days import months, year_before
from projections.lags import AHEAD as AHEAD
from projections.standing import TURNS_AFTER
from projections.tallies import BY_DAY, STARTS, UNTALLIED, begins, month_of, nearest_day

Bounds = tuple[int | None, int | None]
"""From when, and until just before when; None is open."""

EARLIEST = STARTS[24]
"""1972: a year before it is still counted from 1970."""

COMMUNITY_NODES = 3


@dataclass(frozen=True, slots=True)
class Then:
    """A moment asked about, after which something came. `known`: the position asked about, where more is
    recorded by now; nothing up to it was recorded after `before`, nothing beyond it before `after`."""

    as_of: int
    known: int | None = None
    before: int | None = None
    after: int | None = None
    early: bool = False
    """Little was known by then: all of that is read."""

    @property
    def cut(self) -> int:
        """Marks with an earlier `at` are the tallies less a few; of the others few count."""
        if self.early:
            return -lags.OPEN
        return self.as_of if self.before is None else min(self.as_of, self.before)

    @property
    def told(self) -> bool:
        """Whether the cut lies where the tallies tell."""
        return self.early or self.cut >= EARLIEST

    def beyond(self, first: int | None, last: int) -> list[tuple[Condition, ...]]:
        """The marks of a period before the cut that the question must not count: those true only later, and
        those recorded later, apart by whether they were told at once."""
        begin = -lags.OPEN if first is None else first
        spans = lags.true_later(begin, last, self.as_of, self.after)
        near: tuple[Condition, ...] = (Spans("lag", "at", spans),)
        true = Where("effective", "<=", self.as_of)
        found = [(*near, Where("effective", ">", self.as_of))] if spans else []
        if self.known is None:
            return found
        position = Where("position", ">", self.known)
        if spans:
            after = Where("position", "widely>=", self.known + 1)
            found.append((*near, Where("lag", "<=", lags.DEEPEST), true, after))
        late = (Where("lag", "widely-in", lags.TOLD_LATE), position, true)
        return [*found, (*late, Where("at", "widely>=", begin), Where("at", "widely<", last))]

    def already(self, first: int, last: int | None) -> list[tuple[Condition, ...]]:
        """The marks of a period from the cut on that the question counts."""
        end = lags.OPEN if last is None else last
        if self.early:
            inside = Where("at", "widely>=", first), Where("at", "widely<", end)
            return [(Where("position", "<=", self.known), Where("effective", "<=", self.as_of), *inside)]
        spans = lags.true_before(first, end, self.as_of, self.before)
        known = () if self.known is None else (Where("position", "widely<", self.known + 1),)
        return [(Spans("lag", "at", spans), Where("effective", "<=", self.as_of), *known)] if spans else []


def by_tallies(question: Question, then: Then | None) -> tuple[Sum, ...] | None:
    """The sums that answer the question, or None where only the marks can: a cohort, dimensions that no face
    of the tallies tells together, a period from before 1972. `then` None: nothing came later.
    BadQuestion as `plan`."""
    check(question)
    found = faced(question)
    if found is None or needs_span(question) or question.cohort != "deadline":
        return None
    earliest = min(at for at in (question.start, question.end, question.as_of) if at is not None)
    if question.indicator.family in UNTALLIED or earliest < EARLIEST or not (then is None or then.told):
        return None
    face, question = found
    by = tuple(dim for dim in question.group_by if dim != "month")
    periods: list[tuple[str, int | None, int | None]] = [("", question.start, question.end)]
    if "month" in question.group_by and question.start is not None and question.end is not None:
        periods = [*months(question.start, question.end, question.zone)]
    sums: list[Sum] = []
    for month, first, last in periods:
        sums += _Period(question, face, (*by, "part"), (first, last), month).sums(then)
        if question.indicator.versus_year_before and first is not None and last is not None:
            before = year_before(first, question.zone), year_before(last, question.zone)
            year = _Period(question, face, (*by, "part"), before, month).sums(then)
            sums += [replace(each, year_before=True) for each in year]
    return tuple(sums)


def later(question: Question, settled: int) -> tuple[Condition, ...]:
    """The marks of the family that the tallies hold and the question must not count. All stand behind
    `settled`, up to which every mark had taken effect by `as_of` and is known by `known_at`."""
    beyond = [Where("effective", ">", question.as_of)]
    if question.known_at is not None:
        beyond.append(Where("position", ">", question.known_at))
    family = Where("family", "=", question.indicator.family)
    return (family, Where("position", ">", settled), Either(tuple(beyond)))


def faced(question: Question) -> tuple[int, Question] | None:
    """The smallest face that tells every dimension the question names, and the question in its terms."""
    where = tuple(_lifted(each) for each in question.where)
    asked = {dim for dim in question.group_by if dim != "month"} | {each.column for each in where}
    for face, told in TOLD.items():
        if asked <= told:
            return face, replace(question, where=where)
    return None


def of_tallies(face: int, where: tuple[Where, ...]) -> tuple[Where, ...]:
    """Which tallies of a face a question counts: those of a few cells, each looked up by itself."""
    return (Where("side", "=", face), *where)


def of_marks(where: tuple[Where, ...]) -> tuple[Where, ...]:
    """Which marks a question counts: a community has thousands of cells, and each mark looks for its own."""
    wide = ("community", "street")
    return tuple(
        replace(each, op="widely-under") if each.op == "under" and each.column in wide else each
        for each in where
    )


def _lifted(where: Where) -> Where:
    """Under a community or what lies above it, a grid is where its community is."""
    if where.column == "grid" and where.op == "under" and where.value.count("/") < COMMUNITY_NODES:
        return replace(where, column="community")
    return where


class _Period:
    """The sums of one period. `by` ends with the part."""

    def __init__(
        self, question: Question, face: int, by: tuple[str, ...], bounds: Bounds, month: str
    ) -> None:
        self.question = question
        self.face = face
        self.by = by
        self.bounds = bounds
        self.month = month
        self.family = question.indicator.family
        start, end = bounds
        left = [("<", start)] if start is not None else []
        left += [(">=", end)] if end is not None else []
        gone = tuple(Where("moved_to", op, edge) for op, edge in left)
        stands = Where("part", "!=", "moved_out")
        self.counts: Condition = Either((stands, *gone)) if gone else stands
        """What moved out of the period counts as moved out; what moved within it does not."""
        self.narrowed = of_marks(question.where)

    def sums(self, then: Then | None) -> Iterator[Sum]:
        start, end = self.bounds
        if then is None:
            yield from self.turning(start, end)
            return
        cut = then.cut
        least = 1 if start is None and end is not None else start
        if not then.early and (start is None or start < cut):
            last = cut if end is None else min(cut, end)
            yield from self.turning(start, last)
            for beyond in then.beyond(least, last):
                yield from self.single(beyond, -1)
        if end is None or end > cut:
            for already in then.already(cut if least is None else max(cut, least), end):
                yield from self.single(already, 1)

    def turning(self, start: int | None, end: int | None) -> Iterator[Sum]:
        """A stretch of the tallies, cut in two where time turns."""
        after = TURNS_AFTER.get(self.family)
        if after is None:
            yield from self.piece(start, end, False)
            return
        cut = self.question.as_of - after + 1
        if start is None or start < cut:
            yield from self.piece(start, cut if end is None else min(cut, end), True)
        if end is None or end > cut:
            yield from self.piece(cut if start is None else max(cut, start), end, False)

    def piece(self, start: int | None, end: int | None, turned: bool) -> Iterator[Sum]:
        """One stretch in which time has turned all that turns, or none of it."""
        least = 0 if self.bounds == (None, None) else 1
        first, begin = (least, None) if start is None else _nearest(start)
        last, finish = (None, None) if end is None else _nearest(end)
        if last is not None and first >= last:
            yield from self.edge(start, end, turned, 1)
            return
        span = [Where("month", ">=", first)] + ([Where("month", "<", last)] if last is not None else [])
        yield self.tallies(self.face, span, turned, 1)
        for one, other in ((start, begin), (finish, end)):
            if one is None or other is None or one == other:
                continue
            yield from self.edge(min(one, other), max(one, other), turned, 1 if one < other else -1)

    def edge(self, start: int | None, end: int | None, turned: bool, times: int) -> Iterator[Sum]:
        """What lies between the months: days, where tallies are kept by day, and single marks."""
        if self.face != AREA or start is None or end is None:
            yield from self.marks(start, end, turned, times)
            return
        first, last = nearest_day(start), nearest_day(end)
        if first >= last:
            yield from self.marks(start, end, turned, times)
            return
        days = [Where("month", ">=", first), Where("month", "<", last)]
        yield self.tallies(BY_DAY, days, turned, times)
        for one, other in ((start, begins(first)), (begins(last), end)):
            if one != other:
                sign = times if one < other else -times
                yield from self.marks(min(one, other), max(one, other), turned, sign)

    def tallies(self, face: int, span: list[Where], turned: bool, times: int) -> Sum:
        where = (Where("face", "=", face), Where("family", "=", self.family), *span, self.counts)
        chosen = (*where, *of_tallies(self.face, self.question.where))
        return Sum(self.by, chosen, self.month, table="tallies", times=times, turned=turned)

    def marks(self, start: int | None, end: int | None, turned: bool, times: int) -> Iterator[Sum]:
        """The single marks of an edge, read as its stretch is."""
        least = 1 if start is None and end is not None else start
        inside = tuple(Where("at", op, edge) for op, edge in ((">=", least), ("<", end)) if edge is not None)
        where = (Where("family", "=", self.family), EVERY_LAG, *inside, self.counts)
        by = (*self.by[:-1], "turns_to", "part") if turned else self.by
        yield Sum(by, (*where, *self.narrowed), self.month, times=times, turned=turned)

    def single(self, chosen: tuple[Condition, ...], times: int) -> Iterator[Sum]:
        """Marks, each as time has turned it by the moment asked about."""
        as_of, by = self.question.as_of, self.by
        where = (Where("family", "=", self.family), *chosen, self.counts, *self.narrowed)
        if self.family not in TURNS_AFTER:
            yield Sum(by, where, self.month, times=times)
        elif isinstance(chosen[0], Spans):  # few: once for both
            by = (*by[:-1], "turns_at", "turns_to", "part")
            yield Sum(by, where, self.month, times=times, turned=as_of)
        else:
            yield Sum(by, (*where, Where("turns_at", ">", as_of)), self.month, times=times)
            turned = (*where, Where("turns_at", "<=", as_of))
            yield Sum((*by[:-1], "turns_to"), turned, self.month, times=times)


def _nearest(at: int) -> tuple[int, int]:
    """The month that begins nearest to a moment, and when it begins. Counted as tallies are."""
    month = month_of(at) or 1
    begin = STARTS[month - 1]
    if month < len(STARTS) and STARTS[month] - at < at - begin:
        return month + 1, STARTS[month]
    return month, begin
