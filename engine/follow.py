"""Follows the log and applies it to the live views exactly once: rows, marks, sums, subject states and the
position go in one transaction, fenced by the epoch of the lease.

Nothing it meets kills it. A database that is busy or full is tried again with back-off; a fact it cannot
fold stops it in front of that fact, says so in `stuck` (and in the setting `views.stuck`), and is
never skipped.
"""

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import orjson
import psycopg
import structlog

from engine.fold import Fold, Poison, Projection, fold_batch, names_folded, uncollected
from engine.log import Row
from engine.loop import Loop
from engine.tables import Writer
from engine.views import Views

BATCH = 5_000
SMALL = 500
"""Rows up to which a batch leaves the garbage collector alone."""
LEASE_SECONDS = 5.0
RENEW_SECONDS = 1.5
IDLE = 0.5
"""Seconds to wait for a commit before looking again: a commit of this process wakes it at once."""
PATIENCE = 30.0
"""Seconds without a step forward after which `catch_up` gives up waiting for another process."""
STUCK_PAUSE = 5.0
"""Seconds between two tries of a fact that could not be folded."""
STUCK = "views.stuck"

Progress = Callable[[int, int], None]
"""Called with (position reached, position to reach) now and then."""

report = structlog.get_logger("huisheng.follow")


class FollowedLog(Protocol):
    """What of the log the follower needs."""

    def rows(
        self, after: int, limit: int, until: int | None = None, names: Collection[str] | None = None
    ) -> list[Row]: ...
    def head(self) -> int: ...
    def wait(self, after: int, timeout: float) -> int: ...
    def lease(self, name: str, holder: str, seconds: float) -> int | None: ...
    def release(self, name: str, holder: str) -> None: ...
    def setting(self, name: str) -> str | None: ...
    def set_setting(self, name: str, value: str | None) -> None: ...


class Fenced(Exception):
    """Another process follows now; nothing was written."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A fact stops the views. `position` is its own: the views stand in front of it."""

    position: int
    stream: str
    name: str
    projection: str
    error: str


class Applier:
    """Applies the log to one generation, batch by batch. One thread at a time."""

    def __init__(self, log: FollowedLog, projections: Sequence[Projection], writer: Writer) -> None:
        self.log = log
        self.writer = writer
        self.folds = [Fold(projection, writer.shapes) for projection in projections]
        self.names = names_folded(projections)
        self.last: tuple[int, int] | None = None

    def step(self, epoch: int, *, limit: int = BATCH, until: int | None = None) -> int:
        """Apply the next batch; returns how many positions it went forward.

        Raises Poison (what stands before the poison is applied), Fenced, or the database's error; nothing is
        written then.
        """
        head = self.log.head()
        target = head if until is None else min(until, head)
        start = self.writer.progress()[0]
        if start >= target:
            return 0
        try:
            return self._apply(epoch, limit, target) - start
        except Poison as poison:
            self._forget()
            if poison.position - 1 > start:
                self._apply(epoch, limit, poison.position - 1)
            raise
        except BaseException:
            self._forget()
            raise

    def _apply(self, epoch: int, limit: int, target: int) -> int:
        with self.writer.transaction():
            position, written = self.writer.progress(lock=True)
            if written > epoch:
                raise Fenced
            if (position, written) != self.last:
                self._forget()  # another follower wrote meanwhile: the states at hand may be old
            rows = self.log.rows(position, limit, target, self.names)
            reached = rows[-1][0] if len(rows) >= limit else target
            if rows:
                with uncollected(len(rows) > SMALL):
                    fold_batch(self.folds, rows, self.writer)
                    for fold in self.folds:
                        fold.write(self.writer)
            self.writer.advance(reached, epoch)
        self.last = (reached, epoch)
        for fold in self.folds:
            fold.settle()
        return reached

    def _forget(self) -> None:
        self.last = None
        for fold in self.folds:
            fold.forget()

    def close(self) -> None:
        self.writer.close()


class Follower:
    """Keeps the live views up to date, in the one process that holds the lease `views`."""

    LEASE = "views"

    def __init__(
        self, log: FollowedLog, views: Views, projections: Sequence[Projection], holder: str | None = None
    ) -> None:
        self.log = log
        self.views = views
        self.projections = tuple(projections)
        self.holder = holder or uuid.uuid4().hex
        self.renew: Callable[[], object] | None = None
        """Makes a new live generation, when the rows of the present one are of older code."""
        self.epoch: int | None = None
        self.stuck: Stuck | None = None
        self.loop = Loop("views", self._turn)
        self.events_applied = 0
        self._renewed = 0.0
        self._applier: tuple[str, Applier] | None = None
        self._apply_lock = threading.RLock()

    @property
    def leads(self) -> bool:
        """Whether this process holds the lease (and so also runs the watch and the reactions)."""
        return self.epoch is not None and time.monotonic() - self._renewed < LEASE_SECONDS

    def acquire(self) -> bool:
        """Take or renew the lease; False when another process holds it."""
        with self._apply_lock:
            if self.epoch is not None and time.monotonic() - self._renewed < RENEW_SECONDS:
                return True
            asked = time.monotonic()
            self.epoch = self.log.lease(self.LEASE, self.holder, LEASE_SECONDS)
            self._renewed = asked
            return self.epoch is not None

    def catch_up(self, until: int | None = None, progress: Progress = lambda done, of: None) -> int:
        """Apply everything there is up to `until` (default: the head). Returns the position of the views.

        Where another process holds the lease, waits for it instead. Raises Poison, TimeoutError after
        PATIENCE without a step forward, or the database's error.
        """
        target = self.log.head() if until is None else min(until, self.log.head())
        seen, since = -1, time.monotonic()
        while (position := self.views.position()) < target:
            if position != seen:
                seen, since = position, time.monotonic()
                progress(position, target)
            elif time.monotonic() - since > PATIENCE:
                raise TimeoutError(f"the views stand at position {position} of {target}")
            if not self.acquire():
                self.views.wait_for(position + 1, 0.2)
                continue
            with suppress(Fenced):  # another process took over meanwhile: wait for it
                self.step(until=target)
        return position

    def step(self, *, limit: int = BATCH, until: int | None = None) -> int:
        """One batch of the live generation, under the lease held."""
        with self._apply_lock:
            if self.epoch is None:
                raise Fenced
            try:
                forward = self._current().step(self.epoch, limit=limit, until=until)
            except Fenced:
                self.epoch = None
                raise
            except (sqlite3.Error, psycopg.Error):
                self._drop_applier()
                raise
            if forward:
                self.events_applied += forward
                self._clear_stuck()
                self.views.announce()
            return forward

    def _current(self) -> Applier:
        generation = self.views.live()
        if self._applier is None or self._applier[0] != generation.name:
            self._drop_applier()
            if self.renew is not None and self.views.outdated():
                self.renew()
                generation = self.views.live()
            self._applier = (generation.name, Applier(self.log, self.projections, generation.writer()))
        return self._applier[1]

    def _drop_applier(self) -> None:
        if self._applier is not None:
            self._applier[1].close()
            self._applier = None

    def start(self) -> None:
        self.loop.start()

    def _turn(self) -> float:
        """One round of the thread; returns how long to pause before the next."""
        try:
            if not self.acquire():
                return 0.5
            if self.step() == 0:
                self.log.wait(self.views.position(), IDLE)
        except Poison as poison:
            self._note_stuck(poison)
            return STUCK_PAUSE
        except Fenced:
            return 0.2
        return 0.0

    def _note_stuck(self, poison: Poison) -> None:
        error = repr(poison.error)
        found = Stuck(poison.position, poison.stream, poison.name, poison.projection, error)
        if self.stuck != found:
            report.error("views.stuck", position=found.position, name=found.name, error=error)
            self.log.set_setting(STUCK, orjson.dumps(found).decode())
            self.stuck = found

    def _clear_stuck(self) -> None:
        if self.stuck is not None and self.views.position() >= self.stuck.position:
            self.log.set_setting(STUCK, None)
            self.stuck = None

    def stop(self) -> None:
        self.loop.stop()
        with self._apply_lock:
            self._drop_applier()
            if self.epoch is not None:
                self.epoch = None
                self.log.release(self.LEASE, self.holder)
