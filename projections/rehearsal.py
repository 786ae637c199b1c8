"""What another version of the book `deadlines` would have promised for the same cases. Nothing is written
back.

Each promise is derived again from its own start, with the case as it was when the promise was made, and on
the calendar of that time; a moment that was granted by an extension stands. Under the version it was made
under, a promise comes out as it was: a test holds that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.complaint import INITIAL, clocks, evolve
from domain.complaint import facts as f
from domain.complaint.state import Case, Unregistered
from domain.deadlines import Deadline
from domain.messages import Recorded
from domain.rule_books import Books
from domain.rule_books.deadline_rules import DeadlineRules

CLOCKS = clocks.CLOCKS
SHOWN = 200
"""Promises an answer names one by one, those whose verdict changes first."""

Key = tuple[int, str, str]
"""Round, clock, and the unit where the clock is a unit's."""


@dataclass(slots=True)
class Promise:
    """The last promise of one clock in one round. `case` is the case when it was made; `stopped_at` when the
    clock stopped, `kept` whether that was by doing what was promised."""

    round: int
    clock: str
    unit: str
    case: Case
    deadline: Deadline
    stopped_at: datetime | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A promise, and what it would have been. Verdicts: `on_time`, `late`, `running`, `overdue`, `ended`
    (the round ended otherwise)."""

    promise: Promise
    other: Deadline
    was: str
    would: str

    @property
    def seconds(self) -> int:
        """How much later it would have been due; negative: sooner."""
        return int((self.other.due - self.promise.deadline.due).total_seconds())


def promises(lines: Iterable[Recorded]) -> list[Promise]:
    """Every promise of a case, round by round. `lines` are all its facts."""
    state: Any = INITIAL
    found: dict[Key, Promise] = {}
    for line in lines:
        state = evolve(state, line.fact, line)  # type: ignore[arg-type]
        if isinstance(state, Unregistered):
            continue
        case: Case = state.case
        for key, deadline in _running(case):
            if key not in found or (found[key].stopped_at is None and found[key].deadline != deadline):
                found[key] = Promise(*key, case, deadline)
        for key, at, kept in _stopped(line, case):
            if key in found and found[key].stopped_at is None:
                found[key].stopped_at, found[key].kept = at, kept
    return list(found.values())


def _running(case: Case) -> Iterator[tuple[Key, Deadline]]:
    this = case.round
    for clock in ("dispatch", "resolution", "follow_up"):
        deadline = this.deadline(clock)
        if deadline is not None:
            yield (this.number, clock, ""), deadline
    for task in this.tasks:
        if task.response is not None:
            yield (this.number, "response", task.unit), task.response


def _stopped(line: Recorded, case: Case) -> Iterator[tuple[Key, datetime, bool]]:
    """Which clocks the fact stopped, when, and whether by what was promised."""
    round = case.round.number
    match line.fact:
        case f.ComplaintDispatched(judged_at=at) if at is not None:
            yield (round, "dispatch", ""), at, True
        case f.UnitResponded(unit=unit, judged_at=at):
            yield (round, "response", unit), at, True
        case f.DispatchDeclined(unit=unit):
            yield (round, "response", unit), line.occurred_at, False
        case f.ResolutionReported(judged_at=at):
            yield (round, "resolution", ""), at, True
        case f.FollowUpRecorded(judged_at=at):
            yield (round, "follow_up", ""), at, True
        case f.ComplaintRejected() | f.ComplaintWithdrawn() | f.ComplaintMerged() | f.ComplaintReopened():
            number = round - 1 if isinstance(line.fact, f.ComplaintReopened) else round
            for clock in ("dispatch", "resolution", "follow_up"):
                yield (number, clock, ""), line.occurred_at, False
            for task in case.round.tasks:
                yield (number, "response", task.unit), line.occurred_at, False


def compared(promise: Promise, rules: DeadlineRules, books: Books, now: datetime) -> Compared | None:
    """None for a promise that no version made: an imported one, or one whose category is not known."""
    was, case = promise.deadline, promise.case
    known = books.categories_of(case.category_version)
    calendar = books.calendar_of(was.calendar) or books.calendar(was.start)
    if was.book != "deadlines" or known is None:
        return None
    category = known.of(case.category)
    other = clocks.derived(case, promise.clock, promise.unit, was.start, category, rules, calendar)
    if promise.clock == "resolution" and case.round.granted:
        other = replace(other, due=max(other.due, was.due))
    return Compared(promise, other, verdict(promise, was.due, now), verdict(promise, other.due, now))


def verdict(promise: Promise, due: datetime, now: datetime) -> str:
    if promise.stopped_at is None:
        return "running" if now <= due else "overdue"
    if not promise.kept:
        return "ended"
    return "on_time" if promise.stopped_at <= due else "late"


LATE = ("late", "overdue")


class Rehearsal:
    """Adds up what was compared; `plain` is the answer."""

    def __init__(self, rules: DeadlineRules, books: Books, now: datetime) -> None:
        self.rules, self.books, self.now = rules, books, now
        self.cases = self.left_out = self.differing = 0
        self.sums: dict[str, Counter[str]] = {clock: Counter() for clock in CLOCKS}
        self.turned: list[dict[str, Any]] = []
        self.moved: list[dict[str, Any]] = []

    def take(self, case: str, number: str, lines: Sequence[Recorded]) -> None:
        self.cases += 1
        for promise in promises(lines):
            found = compared(promise, self.rules, self.books, self.now)
            if found is None:
                self.left_out += 1
            else:
                self._add(case, number, found)

    def _add(self, case: str, number: str, found: Compared) -> None:
        sums, seconds = self.sums[found.promise.clock], found.seconds
        sums["promises"] += 1
        sums["same" if not seconds else "later" if seconds > 0 else "sooner"] += 1
        sums["late"] += found.was in LATE
        sums["late_under"] += found.would in LATE
        sums["newly_late"] += found.would in LATE and found.was not in LATE
        sums["no_longer_late"] += found.was in LATE and found.would not in LATE
        if not seconds:
            return
        self.differing += 1
        kept = self.turned if found.was != found.would else self.moved
        if len(kept) < SHOWN:
            promise = found.promise
            kept.append({
                "id": case, "number": number, "round": promise.round, "clock": promise.clock,
                "unit": promise.unit, "start": promise.deadline.start, "due": promise.deadline.due,
                "due_under": found.other.due, "seconds": seconds, "line": found.promise.deadline.line,
                "line_under": found.other.line, "done_at": promise.stopped_at if promise.kept else None,
                "was": found.was, "would_be": found.would,
            })  # fmt: skip

    def plain(self) -> dict[str, Any]:
        """`{version, cases, clocks: [{clock, promises, same, sooner, later, late, late_under, newly_late,
        no_longer_late}], items, differing, left_out}`. Moments are datetimes in UTC."""
        names = ("promises", "same", "sooner", "later", "late", "late_under", "newly_late", "no_longer_late")
        return {
            "version": self.rules.version,
            "cases": self.cases,
            "clocks": [{"clock": clock} | {n: self.sums[clock][n] for n in names} for clock in CLOCKS],
            "items": (self.turned + self.moved)[:SHOWN],
            "differing": self.differing,
            "left_out": self.left_out,
        }
