"""Several indicators month by month, as a page with many charts needs them: the same rows as `api.answering`
gives for the grouping `month`, from a handful of sums instead of some for every indicator and month.

Of what one face of the tallies tells, the tallies of all families are read at once. A month that the period
cuts is the sum of its marks, or its tallies less the marks of the days left out, whichever is shorter; of a
past moment, what counts only later is taken off month by month. Whatever else is asked goes the way of a
single figure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api import answering, figures, lines
from api.questions import Asked
from api.remembered import remembered_parts
from domain.messages import Actor
from engine import read
from engine.engine import Engine
from engine.views import Reading
from projections import asking, indicators
from projections.adding_up import AHEAD, EARLIEST, LATER, faced, later
from projections.asking import Condition, Either, Question, Sum, Where
from projections.case import micros, moment
from projections.days import months, year_before
from projections.indicators import Indicator
from projections.standing import NEVER, TURNS_AFTER
from projections.tallies import STARTS, TURNS, month_of

YEAR = 12
Parts = dict[tuple[str, int], dict[str, int]]
"""How many stand in each part, by family and month (counted from January 1970)."""


def monthly(
    engine: Engine, chosen: Sequence[Indicator], asked: Asked, actor: Actor, lang: str
) -> tuple[Asked, dict[str, list[dict[str, Any]]]]:
    """The question with its moment and position written out, and by indicator the rows of its months: the
    same moment and the same position for all of them. BadQuestion."""
    question, fixed = figures.frame(engine, replace(asked, group_by=()), chosen[0], actor)
    fixed = replace(fixed, compare_first="", compare_last="")
    with engine.views.read() as reading:
        parts = counted(engine, reading, chosen, question)
    if parts is None:
        each_alone = replace(fixed, group_by=("month",))
        return fixed, {
            each.id: answering.figure(engine, replace(each_alone, indicator=each.id), actor=actor, lang=lang)[
                "rows"
            ]
            for each in chosen
        }
    return fixed, {each.id: list(rows(each, fixed, question, parts)) for each in chosen}


def rows(indicator: Indicator, fixed: Asked, question: Question, parts: Parts) -> Iterator[dict[str, Any]]:
    """The months in which anything stands, as the api gives them."""
    asked = replace(fixed, indicator=indicator.id, group_by=("month",))
    assert question.start is not None and question.end is not None
    for name, start, _ in months(question.start, question.end, question.zone):
        now = parts.get((indicator.family, month_of(start)), {})
        before = parts.get((indicator.family, month_of(start) - YEAR), {})
        if any(now.values()) or (indicator.versus_year_before and any(before.values())):
            made = indicators.figure(indicator, now, before if indicator.versus_year_before else None)
            yield lines.row(asking.Line({"month": name}, made), asked)


def counted(
    engine: Engine, reading: Reading, chosen: Sequence[Indicator], question: Question
) -> Parts | None:
    """The parts of every family and month; None where only a figure of its own can tell: another cohort,
    dimensions that no face tells, a time zone whose months are not those of the tallies. What is past is
    remembered."""
    found = faced(question)
    if found is None or question.cohort != "deadline" or question.start is None or question.end is None:
        return None
    face, question = found
    families = list(dict.fromkeys(each.family for each in chosen))
    old = list(dict.fromkeys(each.family for each in chosen if each.versus_year_before))
    spans = stretches(question)
    if spans is None:
        return None

    def made() -> Parts:
        parts: Parts = {}
        for which, span in ((families, spans[0]), (old, spans[1])):
            if which:
                gone = since(engine, reading, question, which)
                _Span(reading, question, face, which, span, gone).into(parts)
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

    @property
    def whole(self) -> tuple[int, int]:
        return STARTS[self.month - 1], STARTS[self.month]

    @property
    def left_out(self) -> list[tuple[int, int]]:
        first, last = self.whole
        return [(a, b) for a, b in ((first, self.start), (self.end, last)) if a < b]

    @property
    def shorter_alone(self) -> bool:
        """Whether the days asked about are fewer than those left out."""
        return self.end - self.start < sum(b - a for a, b in self.left_out)


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


def since(
    engine: Engine, reading: Reading, question: Question, families: Sequence[str]
) -> tuple[Condition, ...] | None:
    """What the tallies hold and the question must not count: conditions on marks, None where there is
    nothing. By position, where few came after the moment."""
    settled = engine.log.position_at(moment(max(0, question.as_of - AHEAD)))
    if question.known_at is not None:
        settled = min(settled, question.known_at)
    _, after, beyond = later(question, settled)
    if reading.position() - settled > LATER:
        return (beyond,)
    looked = [lines.conditioned(each) for each in (Where("family", "in", families), after, beyond)]
    return (after, beyond) if read.count(reading, "marks", looked, up_to=1) else None


@dataclass(frozen=True, slots=True)
class _Span:
    """Months one after another, of several families. `since`: what of their marks counts only later."""

    reading: Reading
    question: Question
    face: int
    families: Sequence[str]
    stretches: Sequence[Stretch]
    since: tuple[Condition, ...] | None

    def into(self, parts: Parts) -> None:
        alone = [each for each in self.stretches if self.by_marks(each)]
        for each in alone:
            self.marks(parts, each)
        rest = [each for each in self.stretches if each not in alone]
        if not rest:
            return
        self.tallies(parts, rest)
        for each in rest:
            for first, last in each.left_out:
                self.less(parts, each, self.within(first, last))
            if self.since is not None:
                wide = "widely" if len(self.since) > 1 else ""
                self.less(parts, each, (*self.since, *self.within(each.start, each.end, wide)))
        if self.since is None:
            for after in set(TURNS_AFTER.values()):
                self.turn(parts, rest, after)

    def by_marks(self, stretch: Stretch) -> bool:
        """Whether a month is added up mark by mark: few of its days are asked about, or it is no whole month
        of now and time turns in it."""
        if stretch.left_out and stretch.shorter_alone:
            return True
        first, last = stretch.whole
        turns = any(first < self.cut(family) < last for family in self.families)
        return turns and bool(stretch.left_out or self.since)

    def cut(self, family: str) -> int:
        """From which `at` on time has not turned yet what it turns; 0 where it turns nothing."""
        after = TURNS_AFTER.get(family)
        return 0 if after is None else self.question.as_of - after + 1

    def within(self, first: int, last: int, wide: str = "") -> tuple[Where, ...]:
        return Where("at", f"{wide}>=", first), Where("at", f"{wide}<", last)

    def summed(self, by: tuple[str, ...], where: tuple[Condition, ...], table: str = "marks") -> Any:
        named = (Where("family", "in", list(self.families)), *where, *self.question.where)
        return lines.added(self.reading, Sum(by, named, table=table))

    def stays(self, stretch: Stretch) -> Either:
        """What moved out of the month counts as moved out; what moved within it does not."""
        gone = Where("moved_to", "<", stretch.start), Where("moved_to", ">=", stretch.end)
        return Either((Where("part", "!=", "moved_out"), *gone))

    def marks(self, parts: Parts, stretch: Stretch) -> None:
        """The single marks of a month."""
        as_of, known = self.question.as_of, self.question.known_at
        held: tuple[Condition, ...] = (*self.within(stretch.start, stretch.end), self.stays(stretch))
        held = (*held, Where("effective", "<=", as_of))
        held = held if known is None else (*held, Where("position", "<=", known))
        for column, op in (("part", ">"), ("turns_to", "<=")):
            for row in self.summed(("family", column), (*held, Where("turns_at", op, as_of))):
                put(parts, row["family"], stretch.month, row[column], row["n"])

    def tallies(self, parts: Parts, rest: Sequence[Stretch]) -> None:
        """What time has turned is counted as such, but for the month that the turn goes through (`turn`)."""
        bounds = {each.month: each for each in rest}
        span = Where("month", ">=", min(bounds)), Where("month", "<=", max(bounds))
        where = (Where("face", "=", self.face), *span)
        for row in self.summed(("family", "month", "moved_to", "part"), where, "tallies"):
            month, part = int(row["month"]), row["part"]
            asked = bounds.get(month)
            if asked is None or (part == "moved_out" and asked.start <= row["moved_to"] < asked.end):
                continue
            part, _, turned = part.partition(TURNS)
            if turned and self.turned(row["family"], asked):
                part = turned
            put(parts, row["family"], month, part, row["n"])

    def turned(self, family: str, stretch: Stretch) -> bool:
        """Whether time has turned most of the month."""
        first, last = stretch.whole
        cut = self.cut(family)
        return last <= cut or cut - first > last - cut

    def less(self, parts: Parts, stretch: Stretch, where: tuple[Condition, ...]) -> None:
        """Marks that the tallies of the month hold and the question must not count."""
        for row in self.summed(("family", "part", "turns_to"), (*where, self.stays(stretch))):
            turned = row["turns_to"] and self.turned(row["family"], stretch)
            put(parts, row["family"], stretch.month, row["turns_to"] if turned else row["part"], -row["n"])

    def turn(self, parts: Parts, rest: Sequence[Stretch], after: int) -> None:
        """The month in which some have turned and some have not: taken as most of it is (`tallies`), and the
        others one mark by one."""
        families = [family for family in self.families if TURNS_AFTER.get(family) == after]
        cut = self.question.as_of - after + 1
        through = [each for each in rest if each.month == month_of(cut)]
        if not families or not through:
            return
        first, last = through[0].whole
        mostly = cut - first > last - cut
        edge = self.within(cut, last) if mostly else self.within(first, cut)
        of = Where("family", "in", families)
        for row in self.summed(("family", "turns_to", "part"), (of, *edge, Where("turns_at", "<", NEVER))):
            was, now = (row["turns_to"], row["part"]) if mostly else (row["part"], row["turns_to"])
            put(parts, row["family"], through[0].month, was, -row["n"])
            put(parts, row["family"], through[0].month, now, row["n"])


def put(parts: Parts, family: str, month: int, part: str, n: int) -> None:
    counts = parts.setdefault((family, month), {})
    counts[part] = counts.get(part, 0) + int(n)
