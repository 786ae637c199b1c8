"""Hashes what was recorded into the tiles, in the one process that holds the lease `audit`.

It reads and hashes outside any transaction and writes whole batches, so a commit of the desk waits for one
short write of hashes now and then, never for the hashing.
"""

import threading
import time
import uuid
from collections.abc import Callable

from engine.ledgerbook.book import Book, Overtaken, Run, State
from engine.ledgerbook.leaf import row_hashes
from engine.ledgerbook.tiles import Growth, Tile
from engine.log import Log, Row

BATCH = 20_000
LEASE = "audit"
LEASE_SECONDS = 5.0
RENEW_SECONDS = 1.5
BESIDE = 0.3
"""Seconds the holder of the lease is waited for: it may be dead, or in no hurry."""
PATIENCE = 30.0
"""Seconds without a step forward after which `catch_up` gives up waiting for another process."""

Progress = Callable[[int, int], None]


class Follower:
    """The tree's own follower. Safe to use from any thread."""

    def __init__(self, log: Log, book: Book, holder: str | None = None) -> None:
        self._log = log
        self._book = book
        self._holder = holder or uuid.uuid4().hex
        self._epoch: int | None = None
        self._renewed = 0.0
        self._turn = threading.RLock()
        self._at: tuple[State, Growth] | None = None

    def acquire(self) -> bool:
        """Take or renew the lease; False when another process holds it."""
        with self._turn:
            if self._epoch is not None and time.monotonic() - self._renewed < RENEW_SECONDS:
                return True
            asked = time.monotonic()
            self._epoch = self._log.lease(LEASE, self._holder, LEASE_SECONDS)
            self._renewed = asked
            return self._epoch is not None

    def release(self) -> None:
        with self._turn:
            if self._epoch is not None:
                self._epoch = None
                self._log.release(LEASE, self._holder)

    def step(self, limit: int = BATCH) -> int:
        """Hash the next rows under the lease held; returns how many. Raises Overtaken, TilesDamaged,
        StoreUnavailable; nothing is written then."""
        with self._turn:
            if self._epoch is None:
                raise Overtaken
            try:
                return self._step(limit, self._epoch)
            except BaseException:
                self._at = None
                raise

    def _step(self, limit: int, epoch: int) -> int:
        state = self._book.state()
        if self._at is None or self._at[0] != state:
            self._at = state, Growth.at(state.size, self._book.tile)
        rows = self._log.rows(state.position, limit)
        if not rows:
            return 0
        growth = self._at[1]
        tiles = latest(growth.add(row_hashes(rows)))
        after = State(rows[-1][0], growth.size, epoch)
        self._book.append(state, after, tiles, runs_of(rows, state))
        self._at = after, growth
        return len(rows)

    def catch_up(self, progress: Progress = lambda done, of: None) -> State:
        """Hash everything up to the head; where another process holds the lease, and takes no step for
        BESIDE seconds, go on beside it: what is written names the state it was made from, so of two one is
        refused. TimeoutError after PATIENCE without a step forward."""
        target = self._log.head()
        seen, since = -1, time.monotonic()
        while (state := self._book.state()).position < target:
            if state.position != seen:
                seen, since = state.position, time.monotonic()
                progress(state.position, target)
            elif time.monotonic() - since > PATIENCE:
                raise TimeoutError(f"the audit trail stands at position {state.position} of {target}")
            try:
                if self.acquire():
                    self.step()
                    continue
                if time.monotonic() - since > BESIDE:
                    self._step_beside(state.epoch)
                    continue
            except Overtaken:
                self._epoch = None
            time.sleep(0.05)
        return state

    def _step_beside(self, epoch: int) -> None:
        with self._turn:
            try:
                self._step(BATCH, epoch)
            finally:
                self._at = None


def latest(tiles: list[Tile]) -> list[Tile]:
    """Of a tile that is there several times, the longest, which is the last."""
    return list({(level, n): (level, n, width, data) for level, n, width, data in tiles}.values())


def runs_of(rows: list[Row], state: State) -> list[Run]:
    """Where unbroken runs of positions begin among these rows."""
    if rows[0][0] == state.position + 1 and state.size and rows[-1][0] - rows[0][0] == len(rows) - 1:
        return []
    found, before = [], state.position if state.size else None
    for index, row in enumerate(rows, state.size):
        if before is None or row[0] != before + 1:
            found.append((index, row[0]))
        before = row[0]
    return found
