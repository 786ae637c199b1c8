"""The watch: finds clocks whose moment has come in the due book, and says so at the desk; and in other tables
the rows whose own moment has passed (a `Duty`).

A deadline stands in a fact; overdue is found by the clock and recorded once, dated at the deadline. The due
book is a view, so after a crash the watch just looks again: the decider knows what has been recorded, and the
command's id is the same each time.

The wall clock is checked against the monotonic one. After a step of more than five minutes nothing is noticed
until the two have agreed for an hour, or an operator confirms the new time: a wrong overdue fact would stay.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson
import structlog

from domain.complaint.commands import NoticeOverdue, NoticeWarning
from domain.messages import ENGINE
from domain.steps import Step
from engine.desk import Order, Receipt
from engine.errors import StoreUnavailable
from engine.log import micros, moment
from engine.loop import Loop
from engine.read import AnyOf, Filter, rows
from engine.views import Reading, Views

STEP = timedelta(minutes=5)
AGREEMENT = timedelta(hours=1)
LONGEST_SLEEP = 1.0
AT_ONCE = 500
"""Due rows looked at in one turn."""
REFUSED_AGAIN = 60.0
"""Seconds before a notice that was refused is tried once more: its row ought to leave the due book."""
STEPPED = "watch.clock-stepped"
TABLE = "due"
DUTY = "duty"

report = structlog.get_logger("huisheng.watch")


class TakesOrders(Protocol):
    def do(self, order: Order, /) -> Receipt: ...


class Settings(Protocol):
    def setting(self, name: str, /) -> str | None: ...
    def set_setting(self, name: str, value: str | None, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Due:
    """One line of the due book."""

    stream: str
    clock: str
    unit: str
    kind: str
    at: int
    due: int

    @property
    def command_id(self) -> str:
        """The same for the same clock and deadline, whoever notices it and how often."""
        told = "\x1f".join((self.stream, self.clock, self.unit, str(self.due), self.kind))
        return "watch-" + hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


Look = Callable[[str, str], tuple[Any, int]]
"""State and version of (kind, stream)."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Duty:
    """What is to be done once the moment in `column` of a row of `table` has passed (null: nothing is due).
    `steps` composes it for the row's `id`: none, or what decides nothing, where the stream knows better.

    With `before`, the moment must lie before what that says now: a rule in force may ask for what is old, by
    its own count of months. None: it asks for nothing."""

    name: str
    table: str
    column: str
    steps: Callable[[Look, str], Sequence[Step]]
    before: Callable[[Look, datetime], datetime | None] | None = None


class ClockGuard:
    """Compares the wall clock with the monotonic one, and holds the watch back after a step."""

    def __init__(
        self,
        settings: Settings,
        wall: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.wall = wall
        self.monotonic = monotonic
        self.start_over()

    def start_over(self) -> None:
        """Compare from now on: after the process was stopped, or a test has set the clocks."""
        self._last = (self.wall(), self.monotonic())
        self._agreed_since = self._last[1]

    def trusted(self) -> bool:
        """Whether the wall clock may be believed now. A step is kept in the settings, so that a restart
        does not forget it; a restart begins the hour anew."""
        wall, mono = self.wall(), self.monotonic()
        was_wall, was_mono = self._last
        self._last = (wall, mono)
        jump = (wall - was_wall) - timedelta(seconds=mono - was_mono)
        if abs(jump) > STEP:
            self._agreed_since = mono
            told = {"from": (wall - jump).isoformat(), "to": wall.isoformat()}
            self.settings.set_setting(STEPPED, orjson.dumps(told).decode())
            report.error("watch.clock-stepped", **told)
            return False
        if self.settings.setting(STEPPED) is None:
            return True
        if mono - self._agreed_since < AGREEMENT.total_seconds():
            return False
        self.confirm()
        return True

    def confirm(self) -> None:
        """The time is right: by an operator, or after an hour of agreement."""
        self.settings.set_setting(STEPPED, None)

    def stepped(self) -> dict[str, str] | None:
        """What the unconfirmed step was (`from`, `to`), or None."""
        told = self.settings.setting(STEPPED)
        found: dict[str, str] | None = None if told is None else orjson.loads(told)
        return found


class Watch:
    """Notices warnings and deadlines. Runs where `leads` is true: in the process that keeps the views."""

    def __init__(
        self,
        settings: Settings,
        views: Views,
        desk: TakesOrders,
        clock: Callable[[], datetime],
        leads: Callable[[], bool] = lambda: True,
        *,
        kind: str = "complaint",
        monotonic: Callable[[], float] = time.monotonic,
        duties: Sequence[Duty] = (),
        look: Look | None = None,
    ) -> None:
        self.duties = {duty.name: duty for duty in duties}
        self.look = look
        self.views = views
        self.desk = desk
        self.clock = clock
        self.leads = leads
        self.kind = kind
        self.monotonic = monotonic
        self.guard = ClockGuard(settings, clock, monotonic)
        self.loop = Loop("watch", self._turn)
        self.noticed = 0
        self._said: dict[Due, tuple[int, float]] = {}

    def start(self) -> None:
        self.loop.start()

    def stop(self) -> None:
        self.loop.stop()

    def _turn(self) -> float:
        return self.turn() if self.leads() else LONGEST_SLEEP

    def turn(self) -> float:
        """Notice what is due now; returns how many seconds to sleep until the next moment, at most one."""
        if not self.guard.trusted():
            return LONGEST_SLEEP
        now = self.clock()
        found, next_at = self._look(now)
        if not found:
            return LONGEST_SLEEP if next_at is None else _until(next_at, now)
        for due in found:
            self._notice(due)
        return 0.0

    def _look(self, now: datetime) -> tuple[list[Due], int | None]:
        """What is due and was not said yet, and the next moment after now."""
        with self.views.read() as reading:
            if TABLE not in reading.tables:
                return [], None
            position = reading.position()
            self._said = {due: said for due, said in self._said.items() if not self._over(said, position)}
            at = micros(now)
            limit = AT_ONCE + len(self._said)
            # Exactly at the deadline is in time; and a warning after it warns of nothing.
            passed = (Filter("at", "<", at), AnyOf((Filter("kind", "=", "overdue"), Filter("due", ">", at))))
            page = rows(reading, TABLE, where=passed, order=("at", "asc"), limit=limit)
            coming = rows(reading, TABLE, where=[Filter("at", ">=", at)], order=("at", "asc"), limit=1)
            due = [_due(row) for row in page.items]
            next_at = [row["at"] for row in coming.items]
            for duty in self.duties.values():
                until = self._until(duty, now)
                if until is not None:
                    passed_rows, ahead = _of_duty(reading, duty, micros(until), limit)
                    due += passed_rows
                    next_at += ahead if duty.before is None else []
        found = [each for each in due if each not in self._said]
        return found, min(next_at, default=None)

    def _until(self, duty: Duty, now: datetime) -> datetime | None:
        """Before what a row's moment must lie for the duty to be due; None: nothing is."""
        if duty.before is None:
            return now
        return None if self.look is None else duty.before(self.look, now)

    def _over(self, said: tuple[int, float], position: int) -> bool:
        """Whether a row said before may be looked at again: the views have passed what it led to."""
        at, when = said
        return position >= at and self.monotonic() - when > REFUSED_AGAIN

    def _notice(self, due: Due) -> None:
        try:
            steps = self._steps(due)
            if not steps:
                self._said[due] = (0, self.monotonic())
                return
            receipt = self.desk.do(Order(steps, ENGINE, command_id=due.command_id))
        except StoreUnavailable:
            raise
        except Exception as error:  # one case that cannot be decided must not keep the others waiting
            report.warning(
                "watch.refused", stream=due.stream, clock=due.clock, kind=due.kind, error=repr(error)
            )
            self._said[due] = (0, self.monotonic())
            return
        self.noticed += len(receipt.lines) > 0
        self._said[due] = (receipt.position, self.monotonic())

    def _steps(self, due: Due) -> tuple[Step, ...]:
        duty = self.duties.get(due.clock) if due.kind == DUTY else None
        if duty is not None and self.look is not None:
            return tuple(duty.steps(self.look, due.stream))
        notice = NoticeWarning if due.kind == "warn" else NoticeOverdue
        command = notice(clock=due.clock, due=moment(due.due), unit=due.unit)
        return (Step(self.kind, due.stream, command),)


def _of_duty(reading: Reading, duty: Duty, at: int, limit: int) -> tuple[list[Due], list[int]]:
    """What is due of it before `at`, and the next moment from then on."""
    if duty.table not in reading.tables:
        return [], []
    order = (duty.column, "asc")
    passed = rows(reading, duty.table, where=[Filter(duty.column, "<", at)], order=order, limit=limit)
    coming = rows(reading, duty.table, where=[Filter(duty.column, ">=", at)], order=order, limit=1)
    found = [Due(row["id"], duty.name, "", DUTY, row[duty.column], row[duty.column]) for row in passed.items]
    return found, [row[duty.column] for row in coming.items]


def _due(row: Row) -> Due:
    return Due(row["case"], row["clock"], row["unit"] or "", row["kind"], row["at"], row["due"])


def _until(at: int, now: datetime) -> float:
    left = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at) - now).total_seconds()
    return min(max(left, 0.0) + 0.001, LONGEST_SLEEP)
