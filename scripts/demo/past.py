"""Writing a past: decisions at moments long ago, made by the real deciders, recorded as they would have been.

The desk's clock is now; a history needs each decision at its own moment, with `recorded_at` in step. So the
lines are decided here in the order of time, on an empty store, and written in one transaction: a history that
was interrupted does not exist.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from domain import complaint
from domain.complaint.commands import NoticeOverdue, NoticeWarning
from domain.complaint.facts import (
    ComplaintDispatched,
    ComplaintRegistered,
    ComplaintReopened,
    ExtensionGranted,
    ResolutionReported,
)
from domain.deadlines import Deadline
from domain.messages import ENGINE, Actor, Recorded
from domain.reactions import react
from domain.refusals import Refused
from domain.steps import Step
from domain.visits.facts import VisitAttempted
from engine.desk import AHEAD, Held, Order, Stage
from engine.engine import Engine
from engine.group import Group
from engine.log import Row

COMPLAINT = "complaint"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Act:
    """One order of a story: who, when, what. Steps that rest on what other stories do meanwhile are a
    function, asked when the moment has come."""

    at: datetime
    actor: Actor
    steps: tuple[Step, ...] | Callable[[], tuple[Step, ...]]
    caused_by: str = ""


Story = Generator[Act, tuple[Recorded, ...], None]
"""What happens to a case, act by act; each act is answered by the lines it recorded."""


class NotEmpty(ValueError):
    """The store holds facts already; a past cannot be put before them."""


class Past:
    """A history being made. Nothing is in the log before `write`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.deciders = engine.desk.deciders
        self.stage = Stage()
        self.rows: list[Row] = []
        self.refused: list[tuple[str, str]] = []
        """(stream, rule) of what a story asked for in vain; its story ends there."""
        self.listeners: list[Callable[[Recorded], None]] = []
        """Told of every line, in order."""
        self._held: dict[str, Held] = {}
        self._order = count()
        self._now: datetime | None = None
        self._ahead: list[tuple[datetime, int, Any]] = []

    def state(self, stream: str) -> Any:
        return self._load(COMPLAINT, stream).state

    def seen(self, kind: str, stream: str) -> Held:
        """The state of any stream, with its version."""
        return self._load(kind, stream)

    @property
    def head(self) -> int:
        """The position of the latest line."""
        return len(self.rows)

    def _load(self, kind: str, stream: str) -> Held:
        return self._held.get(stream) or Held(self.deciders[kind].INITIAL, 0)

    def do(self, at: datetime, actor: Actor, *steps: Step, caused_by: str = "") -> tuple[Recorded, ...]:
        """Carry the steps out as of `at`, recorded at `at`. Raises what refuses them."""
        cases = {step.stream: self.state(step.stream) for step in steps if step.kind == COMPLAINT}
        group = Group(self.deciders, self._load, self.stage, at, AHEAD)
        group.take(Order(steps, actor, caused_by=caused_by))
        rows, receipts = group.written(self.engine.vault, len(self.rows))
        self._held.update(group.held)
        self.stage = group.stage
        self.rows.extend(rows)
        lines = receipts[0].lines
        for line in lines:
            for listener in self.listeners:
                listener(line)
            self._watch(line)
        for line in lines:
            if line.stream in cases:
                self._react(line, cases)
            elif isinstance(line.fact, VisitAttempted):
                self._grant(line, complaint.INITIAL)
        return lines

    def _react(self, line: Recorded, cases: dict[str, Any]) -> None:
        """What the line earns or costs somebody, at once; `cases` are the states before it."""
        before = cases[line.stream]
        fact: Any = line.fact
        cases[line.stream] = complaint.evolve(before, fact, line.envelope)
        self._grant(line, before)

    def _grant(self, line: Recorded, before: Any) -> None:
        for wish in react(line, before):
            step = Step(wish.kind, wish.stream, wish.command)
            self.do(line.recorded_at, ENGINE, step, caused_by=wish.caused_by)

    # ------------------------------------------------------------------ the order of time

    def begin(self, at: datetime, story: Story) -> None:
        """Let a story tell what happens from `at` on."""
        heappush(self._ahead, (at, next(self._order), story))

    def until(self, end: datetime) -> None:
        """Tell all stories, in turn as time goes by, up to `end`; what comes later does not happen."""
        waiting: dict[int, tuple[Story, Act]] = {}
        while self._ahead and self._ahead[0][0] <= end:
            moment, turn, next_up = heappop(self._ahead)
            # A deadline may have passed before it was promised (a late dispatch): it is noticed after that.
            self._now = at = max(moment, self._now or moment)
            if isinstance(next_up, Step):
                self._notice(at, next_up)
                continue
            told = waiting.pop(turn, None)
            if told is None:
                self._wait(waiting, next_up, at, self._next(next_up))
                continue
            story, act = told
            steps: tuple[Step, ...] = ()
            try:
                steps = act.steps() if callable(act.steps) else act.steps
                lines = self.do(at, act.actor, *steps, caused_by=act.caused_by)
            except Refused as no:
                self.refused.append((steps[0].stream if steps else "", no.rule))
                continue
            self._wait(waiting, story, at, self._next(story, lines))

    @staticmethod
    def _next(story: Story, lines: tuple[Recorded, ...] = ()) -> Act | None:
        try:
            return story.send(lines) if lines else next(story)
        except StopIteration:
            return None

    def _wait(
        self, waiting: dict[int, tuple[Story, Act]], story: Story, at: datetime, act: Act | None
    ) -> None:
        if act is not None:
            turn = next(self._order)
            waiting[turn] = (story, act)
            heappush(self._ahead, (max(act.at, at), turn, story))

    # ------------------------------------------------------------------ the watch

    def _watch(self, line: Recorded) -> None:
        for unit, deadline in _promised(line.fact):
            clock, due = deadline.clock, deadline.due
            warning = Step(COMPLAINT, line.stream, NoticeWarning(clock, due, unit))
            overdue = Step(COMPLAINT, line.stream, NoticeOverdue(clock, due, unit))
            heappush(self._ahead, (deadline.warn_at + SECOND, next(self._order), warning))
            heappush(self._ahead, (due + SECOND, next(self._order), overdue))

    def _notice(self, at: datetime, step: Step) -> None:
        """What has been done in time is not noticed: the decider says so."""
        self.do(at, ENGINE, step)

    # ------------------------------------------------------------------ into the log

    def write(self) -> int:
        """Put all of it into the log at once; returns the position. NotEmpty if something is there."""
        with self.engine.log.writing() as writing:
            head, _ = writing.head()
            if head:
                raise NotEmpty(f"the store holds {head} facts already; a demo is loaded into an empty one")
            writing.insert(self.rows)
        self.engine.log.committed()
        return len(self.rows)


def _promised(fact: object) -> Iterator[tuple[str, Deadline]]:
    """The clocks a fact starts or moves, each with its unit ("" for the case's own)."""
    match fact:
        case ComplaintRegistered(dispatch=deadline) | ComplaintReopened(dispatch=deadline):
            found = [("", deadline)]
        case ComplaintDispatched(tasks=tasks, resolution=deadline):
            found = [*((task.unit, task.response) for task in tasks), ("", deadline)]
        case ExtensionGranted(resolution=deadline):
            found = [("", deadline)]
        case ResolutionReported(follow_up=deadline):
            found = [("", deadline)]
        case _:
            found = []
    for unit, promised in found:
        if promised is not None:
            yield unit, promised
