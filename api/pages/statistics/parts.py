"""How many stand in each part, by month and for several families of marks at once: a handful of sums, where
each indicator and month alone would be some of its own.

The period is cut where its months begin, and at a past moment asked about. A piece is then a month of the
tallies, or days of them and single marks of less than half a day; where no tally is kept by day, the marks of
the piece, or the month less those of the rest, whichever is shorter. Where time turns parts into others
within a piece, those that it has not turned yet are turned back; what lies on the other side of a past moment
is taken off and added at the end (projections/adding_up.py).
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api import lines
from api.remembered import remembered_parts
from api.settled import then_of
from engine.engine import Engine
from engine.views import Reading
from projections.adding_up import AHEAD, EARLIEST, Then, faced, of_marks, of_tallies
from projections.asking import EVERY_LAG, Condition, Either, Question, Sum, Where
from projections.case import micros
from projections.cells import AREA
from projections.days import months, year_before
from projections.indicators import Indicator
from projections.standing import NEVER, TURNS_AFTER
from projections.tallies import BY_DAY, STARTS, TURNING, TURNS, begins, month_of, nearest_day

Parts = dict[tuple[str, int], dict[str, int]]
"""How many stand in each part, by family and month (counted from January 1970)."""


Across = dict[Hashable, list[dict[str, Any]]]
"""The marks on both sides of a past moment, by unit: those of all units are those of one, too."""


def counted(
    engine: Engine,
    reading: Reading,
    chosen: Sequence[Indicator],
    question: Question,
    seen: Across | None = None,
) -> Parts | None:
    """The parts of every family and month; None where only a figure of its own can tell: another cohort,
    dimensions that no face tells, a time zone whose months are not those of the tallies. What is past is
    remembered. `seen` is shared by the questions of one page that differ in the unit they are narrowed to."""
    found = faced(question)
    if found is None or question.cohort != "deadline" or question.start is None or question.end is None:
        return None
    face, question = found
    families = list(dict.fromkeys(each.family for each in chosen))
    old = list(dict.fromkeys(each.family for each in chosen if each.versus_year_before))
    spans = stretches(question)
    if spans is None:
        return None
    then = then_of(engine, reading, question, families)
    if then is not None and not then.told:
        return None

    def made() -> Parts:
        parts: Parts = {}
        for which, span in ((families, spans[0]), (old, spans[1])):
            if which:
                _Months(reading, question, then, face, which, span, seen).into(parts)
        return parts

    if question.as_of > micros(engine.clock()) - AHEAD:
        return made()
    return remembered_parts(engine, reading, question, families, made)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is asked of one month of the tallies: all of it, or the days from `start` to just before `end`."""

    month: int
    start: int
    end: int


def stretches(question: Question) -> tuple[list[Stretch], list[Stretch]] | None:
    """The months of the period, and those a year before; None where the months of where people live are not
    those of the tallies."""
    assert question.start is not None and question.end is not None
    zone = question.zone
    if year_before(question.start, zone) < EARLIEST:
        return None
    now = [(start, end) for _, start, end in months(question.start, question.end, zone)]
    found = []
    for span in (now, [(year_before(start, zone), year_before(end, zone)) for start, end in now]):
        made = [Stretch(month_of(start), start, end) for start, end in span]
        within = all(each.start < each.end and month_of(each.end - 1) == each.month for each in made)
        if not within or len({each.month for each in made}) < len(made):
            return None
        found.append(made)
    return found[0], found[1]


Piece = tuple[Stretch, int, int]
"""Of one month, from when to just before when."""


@dataclass(frozen=True, slots=True)
class _Months:
    """Months one after another, of several families."""

    reading: Reading
    question: Question
    then: Then | None
    face: int
    families: Sequence[str]
    stretches: Sequence[Stretch]
    seen: Across | None

    def into(self, parts: Parts) -> None:
        pieces = list(self.pieces())
        whole = [piece for piece in pieces if piece[1:] == month(piece[0])]
        if whole:
            self.months(parts, {piece[0].month: piece for piece in whole})
        for piece in pieces:
            if piece not in whole:
                self.cut(parts, piece)
        for after in sorted({TURNS_AFTER[family] for family in self.families if family in TURNS_AFTER}):
            for piece in pieces:
                if piece[1] < self.question.as_of - after + 1 < piece[2]:
                    self.turn(parts, piece, after)
        if self.then is not None:
            self.across(parts, self.then)

    def pieces(self) -> Iterator[Piece]:
        """What is read of the tallies."""
        for stretch in self.stretches:
            end = stretch.end if self.then is None else min(stretch.end, self.then.cut)
            if stretch.start < end:
                yield stretch, stretch.start, end

    def turned(self, family: str, piece: Piece) -> bool:
        """Whether a piece is counted as time has turned it: if so much as its beginning is (`turn`)."""
        after = TURNS_AFTER.get(family)
        return after is not None and piece[1] <= self.question.as_of - after

    # -------------------------------------------------------------- from the tallies

    def months(self, parts: Parts, whole: dict[int, Piece]) -> None:
        span = Where("month", ">=", min(whole)), Where("month", "<=", max(whole))
        where = (Where("face", "=", self.face), *span)
        for row in self.summed(("family", "month", "moved_to", "part"), where, "tallies"):
            piece = whole.get(int(row["month"]))
            if piece is not None:
                self.put(parts, piece, row)

    def cut(self, parts: Parts, piece: Piece) -> None:
        """A piece of a month."""
        stretch, first, last = piece
        begin, end = month(stretch)
        if self.face == AREA:
            self.days(parts, piece)
        elif last - first <= (first - begin) + (end - last):
            self.marks(parts, piece, (first, last), 1)
        else:
            whole = Where("face", "=", self.face), Where("month", "=", stretch.month)
            for row in self.summed(("family", "moved_to", "part"), whole, "tallies"):
                self.put(parts, piece, row)
            for rest in ((begin, first), (last, end)):
                self.marks(parts, piece, rest, -1)

    def days(self, parts: Parts, piece: Piece) -> None:
        """The days that begin nearest to both ends, and the marks between."""
        _, first, last = piece
        from_day, to_day = nearest_day(first), nearest_day(last)
        if from_day >= to_day:
            self.marks(parts, piece, (first, last), 1)
            return
        for row in self.summed(("family", "moved_to", "part"), within_days(from_day, to_day), "tallies"):
            self.put(parts, piece, row)
        for one, other in ((first, begins(from_day)), (begins(to_day), last)):
            self.marks(parts, piece, (min(one, other), max(one, other)), 1 if one < other else -1)

    def marks(self, parts: Parts, piece: Piece, span: tuple[int, int], times: int) -> None:
        """Single marks, counted as the piece they belong to, or are taken from."""
        if span[0] >= span[1]:
            return
        stretch = piece[0]
        gone = Where("moved_to", "<", stretch.start), Where("moved_to", ">=", stretch.end)
        stays = Either((Where("part", "!=", "moved_out"), *gone))
        for row in self.summed(("family", "part", "turns_to"), (*within(span), stays)):
            turned = row["turns_to"] and self.turned(row["family"], piece)
            part = row["turns_to"] if turned else row["part"]
            add(parts, row["family"], stretch.month, part, times * row["n"])

    def put(self, parts: Parts, piece: Piece, row: dict[str, Any]) -> None:
        """A tally of a piece. What moved out of the month counts as moved out; what moved within it does
        not."""
        stretch = piece[0]
        if row["part"] == "moved_out" and stretch.start <= row["moved_to"] < stretch.end:
            return
        part, _, turns_to = row["part"].partition(TURNS)
        turned = turns_to and self.turned(row["family"], piece)
        add(parts, row["family"], stretch.month, turns_to if turned else part, row["n"])

    def turn(self, parts: Parts, piece: Piece, after: int) -> None:
        """The end of a piece that time has not turned yet: what is counted as turned is not."""
        stretch, _, last = piece
        cut = self.question.as_of - after + 1
        families = [family for family in self.families if TURNS_AFTER.get(family) == after]
        spans = [(cut, last)]
        if self.face == AREA and (day := nearest_day(cut)) < (to_day := nearest_day(last)):
            spans = [(cut, begins(day)), (begins(to_day), last)]
            turning = Where("part", "in", TURNING)
            where = (*within_days(day, to_day), turning)
            for row in self.summed(("family", "part"), where, "tallies", families):
                part, _, turns_to = row["part"].partition(TURNS)
                turned_back(parts, stretch, row["family"], part, turns_to, row["n"])
        for one, other in spans:
            span = min(one, other), max(one, other)
            where = (*within(span), Where("turns_at", "<", NEVER))
            for row in (
                self.summed(("family", "part", "turns_to"), where, of=families) if one != other else ()
            ):
                times = 1 if one < other else -1
                self.turn_back(parts, stretch, row["family"], row["part"], row["turns_to"], times * row["n"])

    def turn_back(
        self, parts: Parts, stretch: Stretch, family: str, part: str, turns_to: str, n: int
    ) -> None:
        add(parts, family, stretch.month, turns_to, -n)
        add(parts, family, stretch.month, part, n)

    # -------------------------------------------------------------- what lies across the moment

    def across(self, parts: Parts, then: Then) -> None:
        first, last = self.stretches[0].start, self.stretches[-1].end
        if first < then.cut:
            for beyond in then.beyond(first, min(then.cut, last)):
                self.each(parts, beyond, -1)
        begin = max(then.cut, first)
        awaited = last if then.early else max(then.cut, self.question.as_of)
        if begin < min(awaited, last):
            for already in then.already(begin, min(awaited, last)):
                self.each(parts, already, 1)
        for stretch in self.stretches:
            if stretch.end > awaited:
                for already in then.already(max(awaited, stretch.start), stretch.end):
                    self.promised(parts, stretch, already)

    def promised(self, parts: Parts, stretch: Stretch, chosen: tuple[Condition, ...]) -> None:
        """What was due after the moment asked about: much, and time has turned none of it."""
        for row in self.crossing(("family", "moved_to", "part"), chosen):
            if row["part"] != "moved_out" or not stretch.start <= row["moved_to"] < stretch.end:
                add(parts, row["family"], stretch.month, row["part"], row["n"])

    def each(self, parts: Parts, chosen: tuple[Condition, ...], times: int) -> None:
        starts = [stretch.start for stretch in self.stretches]
        for row in self.crossing(("family", "at", "moved_to", "part", "turns_to"), chosen):
            stretch = self.stretches[bisect_right(starts, row["at"]) - 1]
            within = stretch.start <= row["moved_to"] < stretch.end
            if row["at"] >= stretch.end or (row["part"] == "moved_out" and within):
                continue
            after = TURNS_AFTER.get(row["family"])
            turned = row["turns_to"] and after is not None and row["at"] + after <= self.question.as_of
            add(parts, row["family"], stretch.month, row["turns_to" if turned else "part"], times * row["n"])

    def crossing(self, by: tuple[str, ...], chosen: tuple[Condition, ...]) -> list[dict[str, Any]]:
        """Rows of all units at once, each with its own; of one alone where nobody asked for all before."""
        if self.seen is None:
            return self.summed(by, chosen)
        of_units = [each for each in self.question.where if each.column == "unit"]
        rest = tuple(each for each in self.question.where if each.column != "unit")
        key = (by, chosen, tuple(self.families), rest)
        if key not in self.seen:
            if of_units:
                return self.summed(by, chosen)
            self.seen[key] = self.summed((*by, "unit"), chosen)
        rows = self.seen[key]
        return [row for row in rows if all(row["unit"] == each.value for each in of_units)]

    def summed(
        self, by: tuple[str, ...], where: tuple[Condition, ...], table: str = "marks", of: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        narrowed = self.question.where
        narrowed = of_tallies(self.face, narrowed) if table == "tallies" else of_marks(narrowed)
        named = (Where("family", "in", list(of or self.families)), *where, *narrowed)
        return lines.added(self.reading, Sum(by, named, table=table))


def month(stretch: Stretch) -> tuple[int, int]:
    """When the month of a stretch begins, and when the next one does."""
    return STARTS[stretch.month - 1], STARTS[stretch.month]


def within(span: tuple[int, int]) -> tuple[Condition, ...]:
    return EVERY_LAG, Where("at", ">=", span[0]), Where("at", "<", span[1])


def within_days(first: int, last: int) -> tuple[Condition, ...]:
    return Where("face", "=", BY_DAY), Where("month", ">=", first), Where("month", "<", last)


def turned_back(parts: Parts, stretch: Stretch, family: str, part: str, turns_to: str, n: int) -> None:
    add(parts, family, stretch.month, turns_to, -n)
    add(parts, family, stretch.month, part, n)


def add(parts: Parts, family: str, month: int, part: str, n: int) -> None:
    counts = parts.setdefault((family, month), {})
    counts[part] = counts.get(part, 0) + int(n)
