"""A question for a figure, as plain data: which sums over the marks answer it, and how the sums become rows.

Nothing here knows a database. `plan` says what to add up, whoever asks adds it up, `answer` makes the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from projections.days import BadQuestion as BadQuestion
from projections.days import as_of_text as as_of_text
from projections.days import from_text as from_text
from projections.days import months, year_before
from projections.days import to_text as to_text
from projections.indicators import DIMS, Figure, Indicator, figure, role
from projections.lags import LAGS
from projections.standing import NO_PERIOD
from projections.tallies import TURNS

MINIMUM = 20
"""Groups with a smaller denominator are listed apart: a ranking of them would be noise."""

MEMBERS = {"dispatched": "dispatched", "resolved": "reopen", "closed": "repeat"}
"""The family that says who belongs to a cohort, and when."""


@dataclass(frozen=True, slots=True)
class Where:
    """`op`: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` (a collection), `under` (a path: itself or below), or
    `widely>=`, `widely<`, `widely-in`, `widely-under` (most rows pass: another condition finds them)."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Either:
    conditions: "tuple[Where, ...]"


@dataclass(frozen=True, slots=True)
class Within:
    """The column's value is one of `select` in the rows of `table` that pass `where`."""

    column: str
    table: str
    select: str
    where: "tuple[Where, ...]"


@dataclass(frozen=True, slots=True)
class Spans:
    """`column` has one of the values, and `within` lies from its first to just before its last. `spans` hold
    (value, first, last); they find the rows."""

    column: str
    within: str
    spans: tuple[tuple[int, int, int], ...]


Condition = Where | Either | Within | Spans
EVERY_LAG = Where("lag", "in", LAGS)
"""Of a family's marks by `at`: they are kept by lag."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Add up `add` of `table` for each combination of `by`, the last of which is the part. The columns that
    the table has not are those of `cells`, joined by `cell`. `month` and `year_before` say what it is for;
    what comes out counts `times` over, as time has `turned` it: tallies and rows with `turns_to` all or none,
    rows with `turns_at` by that moment."""

    by: tuple[str, ...]
    where: tuple[Condition, ...]
    month: str = ""
    year_before: bool = False
    table: str = "marks"
    add: str = "n"
    join: str = "cells"
    on: str = "cell"
    times: int = 1
    turned: bool | int = False

    def part(self, row: Mapping[str, Any]) -> str:
        """The part that a row stands in."""
        part: str = row[self.by[-1]]
        if TURNS in part:
            return part.split(TURNS)[bool(self.turned)]
        turned = row["turns_at"] <= self.turned if "turns_at" in row else self.turned
        return row.get("turns_to") or part if turned else part


@dataclass(frozen=True, slots=True)
class Question:
    """Moments are microseconds UTC. The period is `start` ≤ deadline < `end`; None is open. `as_of` is
    included, so is the position `known_at`. `where` names columns of `cells` (a group's cases, a scope)."""

    indicator: Indicator
    as_of: int
    zone: ZoneInfo
    start: int | None = None
    end: int | None = None
    known_at: int | None = None
    cohort: str = "deadline"
    group_by: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()
    minimum: int = MINIMUM


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the answer: the values of `group_by`, and the figure."""

    group: Mapping[str, str]
    figure: Figure


@dataclass(frozen=True, slots=True)
class Answer:
    lines: tuple[Line, ...]
    small_groups: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that a figure counts, shows or excludes: a round, or a share of it. `share` is the unit for a
    rate of units, the number of the answer or check where a round has several, else empty."""

    case: str
    round: int
    share: str
    role: str


# ------------------------------------------------------------------ the plan


def check(question: Question) -> None:
    """BadQuestion for a cohort, grouping or period that the indicator cannot answer."""
    indicator = question.indicator
    if question.cohort not in indicator.cohorts:
        raise BadQuestion("cohort", f"{indicator.id} knows {', '.join(indicator.cohorts)}")
    for dim in question.group_by:
        if dim not in DIMS:
            raise BadQuestion("group_by", f"{dim!r} is no dimension; there are {', '.join(DIMS)}")
    if question.start is not None and question.end is not None and question.start >= question.end:
        raise BadQuestion("to", "the period ends before it begins")


def span(question: Question) -> tuple[Condition, ...]:
    """Which marks could be counted at all: the least and greatest `at` among them bound an open period."""
    return (Where("family", "=", period_family(question)), Where("at", ">", NO_PERIOD))


def period_family(question: Question) -> str:
    return MEMBERS.get(question.cohort, question.indicator.family)


def needs_span(question: Question) -> bool:
    """Whether an open period needs its ends (`bounded`) to be planned: for its months, or the year before."""
    shifted = "month" in question.group_by or question.indicator.versus_year_before
    return shifted and (question.start is None or question.end is None)


def bounded(question: Question, least: int, greatest: int) -> Question:
    """The question with the open ends of its period set to the data's own."""
    return replace(
        question,
        start=least if question.start is None else question.start,
        end=greatest + 1 if question.end is None else question.end,
    )


def plan(question: Question) -> tuple[Sum, ...]:
    """The sums that answer the question. BadQuestion as `check`, and where `bounded` has to come first."""
    return _sums(question, tuple(dim for dim in question.group_by if dim != "month"))


def listing(question: Question) -> tuple[Sum, ...]:
    """The sums that name the rounds behind the figure instead of counting them: see `counted`."""
    return _sums(question, ("subject", "share"))


def _sums(question: Question, by: tuple[str, ...]) -> tuple[Sum, ...]:
    check(question)
    start, end = question.start, question.end
    periods: list[tuple[str, int | None, int | None]] = [("", start, end)]
    if needs_span(question):
        raise BadQuestion("from", "an open period has to be bounded first")
    if "month" in question.group_by:
        assert start is not None and end is not None
        periods = [*months(start, end, question.zone)]
    found: list[Sum] = []
    for month, first, last in periods:
        found += _of_period(question, by, first, last, month)
    if question.indicator.versus_year_before:
        for month, first, last in periods:
            assert first is not None and last is not None
            before = year_before(first, question.zone), year_before(last, question.zone)
            found += [replace(each, year_before=True) for each in _of_period(question, by, *before, month)]
    return tuple(found)


def _of_period(
    question: Question, by: tuple[str, ...], start: int | None, end: int | None, month: str
) -> list[Sum]:
    """What stands in a part, what time has turned, and what moved out of the period."""
    known: tuple[Condition, ...] = (Where("effective", "<=", question.as_of),)
    if question.known_at is not None:
        known = (*known, Where("position", "widely<", question.known_at + 1))
    family: tuple[Condition, ...] = (Where("family", "=", question.indicator.family), EVERY_LAG)
    inside = _inside("at", start, end)
    if question.cohort == "deadline":
        chosen: tuple[Condition, ...] = (*family, *inside, *known, *question.where)
    else:
        member = (Where("family", "=", MEMBERS[question.cohort]), EVERY_LAG, *inside, *known)
        plain = tuple(each for each in member if isinstance(each, Where))
        chosen = (*family, Within("subject", "marks", "subject", plain), *known, *question.where)
    stands = Where("part", "!=", "moved_out")
    sums = [
        Sum((*by, "part"), (*chosen, stands, Where("turns_at", ">", question.as_of)), month),
        Sum((*by, "turns_to"), (*chosen, stands, Where("turns_at", "<=", question.as_of)), month),
    ]
    outside = tuple(
        Where("moved_to", op, edge) for op, edge in (("<", start), (">=", end)) if edge is not None
    )
    if outside and question.cohort == "deadline":
        moved: tuple[Condition, ...] = (*chosen, Where("part", "=", "moved_out"), Either(outside))
        sums.append(Sum((*by, "part"), moved, month))
    return sums


def _inside(column: str, start: int | None, end: int | None) -> tuple[Where, ...]:
    least = NO_PERIOD + 1 if start is None and end is not None else start
    edges = ((">=", least), ("<", end))
    return tuple(Where(column, op, edge) for op, edge in edges if edge is not None)


# ------------------------------------------------------------------ the answer

Found = Iterable[tuple[Sum, Sequence[Mapping[str, Any]]]]
"""Each sum of the plan, and what adding up gave: rows with the columns of `by` and the sum as `n`."""


def answer(question: Question, found: Found) -> Answer:
    """The rows, in order of their groups. Without grouping there is exactly one, even if all is zero.

    Groups below the minimum are listed apart; months are no ranking and never are.
    """
    groups: dict[tuple[str, ...], tuple[dict[str, int], dict[str, int]]] = {}
    if not question.group_by:
        groups[()] = ({}, {})
    for asked, rows in found:
        for row in rows:
            key = tuple(asked.month if dim == "month" else row[dim] for dim in question.group_by)
            now, before = groups.setdefault(key, ({}, {}))
            counts = before if asked.year_before else now
            part = asked.part(row)
            counts[part] = counts.get(part, 0) + int(row[asked.add]) * asked.times
    compares = question.indicator.versus_year_before
    ranked = any(dim != "month" for dim in question.group_by)
    lines: list[Line] = []
    small: list[Line] = []
    for key, (now, before) in sorted(groups.items()):
        if key and not any(now.values()) and not any(before.values()):
            continue
        made = figure(question.indicator, now, before if compares else None)
        line = Line(dict(zip(question.group_by, key, strict=True)), made)
        (small if ranked and made.denominator < question.minimum else lines).append(line)
    return Answer(tuple(lines), tuple(small))


RANK = {"numerator": 0, "denominator": 1, "excluded": 2, "beside": 3}


def counted(question: Question, found: Found, part: str = "") -> list[Counted]:
    """The rounds behind a figure, from the sums of `listing`: one entry a round and share,
    under the weightiest of its roles. `part` chooses `numerator`, `denominator` (the numerator
    included: it opens the denominator's number), `excluded:REASON` or `beside:PART`."""
    roles: dict[tuple[str, str], dict[str, int]] = {}
    for asked, rows in found:
        for row in rows:
            if asked.year_before:
                continue
            name = role(question.indicator, row[asked.by[-1]])
            counts = roles.setdefault((row["subject"], row["share"]), {})
            counts[name] = counts.get(name, 0) + int(row[asked.add])
    chosen: list[Counted] = []
    for (subject, share), counts in sorted(roles.items()):
        names = [name for name, n in counts.items() if n > 0]
        if part in ("numerator", "denominator"):
            names = [n for n in names if n == part or (part == "denominator" and n == "numerator")]
        elif part:
            names = [n for n in names if n == part]
        if names:
            case, round = case_of(subject)
            chosen.append(Counted(case, round, share, min(names, key=lambda n: RANK[n.partition(":")[0]])))
    return chosen


def case_of(subject: str) -> tuple[str, int]:
    """The case and round that a mark's subject names."""
    case, _, round = subject.rpartition("#")
    return case, int(round)
