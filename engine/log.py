"""The log of facts: what is read from it, and the one way to write to it.

A row is `(position, stream, version, name, recorded_at, body)`: positions begin at 1 and grow in the order of
commits, versions begin at 1 within a stream, `recorded_at` is whole microseconds UTC and never goes back.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Condition
from typing import Any, Protocol

from domain.messages import Recorded
from engine.codec import decode
from engine.errors import StoreUnavailable

Row = tuple[int, str, int, str, int, bytes]
AnswerKey = tuple[str, str, str]
"""(actor, route, idempotency key)"""
KeptAnswer = tuple[str, str, str, str, bytes, int]
"""(actor, route, key, hash of the body, what was answered, kept at in microseconds)"""

PAGE = 5_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970, UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@lru_cache(256)
def moment(micros: int) -> datetime:
    """The other way round. The last are remembered: the rows of one commit share theirs."""
    return EPOCH + timedelta(microseconds=micros)


def recorded(row: Row) -> Recorded:
    """The row with its fact in today's shape. UnknownFact if a newer program wrote it."""
    position, stream, version, name, at, body = row
    fact, envelope = decode(name, body)
    return Recorded(position, stream, version, moment(at), envelope, fact)


class Writing(Protocol):
    """One durable transaction. No other writer of this log, in any process, comes between begin and end."""

    def head(self) -> tuple[int, int]:
        """Position and `recorded_at` of the last row, (0, 0) in an empty log. No position is used twice."""

    def streams(self, streams: Collection[str]) -> dict[str, list[Row]]:
        """All rows of each of these streams; [] for one that does not exist."""

    def streams_after(self, position: int) -> list[str]:
        """The streams of the rows after this position, each once."""

    def streams_named(self, prefix: str) -> list[str]: ...

    def between(self, first: int, last: int) -> list[Row]:
        """The rows at these positions, both included."""

    def insert(self, rows: Sequence[Row]) -> None:
        """Add rows after those there are and those inserted before; read them only after the commit."""

    def answers(self, keys: Collection[AnswerKey], since: int) -> dict[AnswerKey, tuple[str, bytes]]:
        """(hash of the body, what was answered) of those kept at or after `since` (microseconds)."""

    def keep_answers(self, answers: Sequence[KeptAnswer]) -> None: ...

    def forget_answers(self, before: int) -> None: ...

    def beside(self, sql: str, times: Sequence[Sequence[Any]]) -> list[Any]:
        """A statement on the tables of the audit trail (`?` for a value), once for each of `times`; the rows
        of the last time. Part of this transaction."""


class LogRecorder(Protocol):
    """What a database does for the log. Every method may raise StoreUnavailable."""

    def rows(
        self, after: int, limit: int, until: int | None = None, names: Collection[str] | None = None
    ) -> list[Row]: ...

    def stream_rows(self, stream: str, after_version: int = 0, until: int | None = None) -> list[Row]: ...

    def streams_named(self, prefix: str) -> list[str]: ...

    def head(self) -> int: ...

    def at_or_before(self, position: int) -> tuple[int, int]:
        """(position, recorded_at) of the last row at or before the position; (0, 0) if there is none."""

    def writing(self) -> AbstractContextManager[Writing]:
        """Commits when the block ends and is durable then; rolls back when the block raises."""

    def setting(self, name: str) -> str | None: ...

    def set_setting(self, name: str, value: str | None) -> None: ...

    def lease(self, name: str, holder: str, now: int, until: int) -> int | None: ...

    def release(self, name: str, holder: str) -> None: ...

    def lease_epoch(self, name: str) -> int: ...

    def aside(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement on a table beside the log, in a transaction of its own. `@` stands before
        a table's name, `?` for a value; a statement that writes ends with RETURNING."""

    def listen(self, wake: Callable[[], None]) -> float:
        """From now on call `wake` when another process may have committed, if the database can tell.
        Returns after how many seconds to look all the same."""

    def close(self) -> None: ...


class Log:
    """The log of one deployment. Safe to use from any thread."""

    def __init__(self, recorder: LogRecorder) -> None:
        self.recorder = recorder
        self._grown = Condition()
        self._woken = 0
        self._closed = False
        self._poll = recorder.listen(self._wake)

    @classmethod
    def open(cls, database: str | None, data_dir: Path) -> "Log":
        """PostgreSQL at the URL `database`, or else `log.db` in the directory.

        StoreUnavailable if it cannot be reached, StoreDamaged if the file is torn: both say so in one line.
        """
        if database:
            from engine.postgres import PostgresLogRecorder  # the embedded store needs no driver

            return cls(PostgresLogRecorder.open(database))
        from engine.sqlite import SQLiteLogRecorder

        data_dir.mkdir(parents=True, exist_ok=True)
        return cls(SQLiteLogRecorder.open(data_dir / "log.db"))

    # ------------------------------------------------------------------ reading

    def rows(
        self,
        after: int = 0,
        limit: int = PAGE,
        until: int | None = None,
        names: Collection[str] | None = None,
    ) -> list[Row]:
        """Rows after a position, in order, up to `until` (a position, included); only the facts `names`."""
        return self.recorder.rows(after, limit, until, names)

    def read(self, after: int = 0, limit: int = PAGE, until: int | None = None) -> list[Recorded]:
        return [recorded(row) for row in self.recorder.rows(after, limit, until)]

    def stream(self, stream: str, after_version: int = 0, until: int | None = None) -> list[Recorded]:
        """The stream's facts after a version, up to the position `until` (included); [] if there is none."""
        return [recorded(row) for row in self.recorder.stream_rows(stream, after_version, until)]

    def stream_rows(self, stream: str, after_version: int = 0, until: int | None = None) -> list[Row]:
        return self.recorder.stream_rows(stream, after_version, until)

    def line(self, position: int) -> Recorded | None:
        """The line at this position, or None."""
        found = self.recorder.rows(position - 1, 1, position)
        return recorded(found[0]) if found else None

    def head(self) -> int:
        """The last position; 0 in an empty log."""
        return self.recorder.head()

    def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before the moment; 0 if none was (20 look-ups in a million)."""
        wanted = micros(moment)
        known, beyond = 0, self.head() + 1
        while beyond - known > 1:
            middle = (known + beyond) // 2
            position, at = self.recorder.at_or_before(middle)
            if position <= known or at <= wanted:
                known = middle
            else:
                beyond = position
        return self.recorder.at_or_before(known)[0]

    def streams_named(self, prefix: str) -> list[str]:
        """The ids of all streams that begin so."""
        return self.recorder.streams_named(prefix)

    # ------------------------------------------------------------------ waiting for more

    @property
    def closed(self) -> bool:
        """Whether it was closed here: nothing more comes, and `wait` returns at once."""
        return self._closed

    def wait(self, after: int, timeout: float) -> int:
        """Wait at most `timeout` seconds for a position after `after`; returns the head, whatever came.

        A commit of this process wakes it at once, one of another by the database's word or at the next poll.
        So does `committed`, whether there is more or not: whoever is asked to stop looks up.
        """
        until = time.monotonic() + timeout
        while True:
            woken = self._woken
            head = self.head()
            left = until - time.monotonic()
            if head > after or left <= 0 or self._closed:
                return head
            with self._grown:
                if woken == self._woken:
                    self._grown.wait(min(left, self._poll))
                looked_up = woken != self._woken
            if looked_up:
                return self.head()

    def committed(self) -> None:
        """Wake those who wait: there is more to read (or someone should look again)."""
        self._wake()

    def _wake(self) -> None:
        with self._grown:
            self._woken += 1
            self._grown.notify_all()

    # ------------------------------------------------------------------ writing, settings, leases

    def writing(self) -> AbstractContextManager[Writing]:
        """The writer's transaction: only the desk and a restore use it."""
        if self._closed:
            raise StoreUnavailable("the log is closed")
        return self.recorder.writing()

    def setting(self, name: str) -> str | None:
        return self.recorder.setting(name)

    def set_setting(self, name: str, value: str | None) -> None:
        """Durable on return; None forgets it."""
        self.recorder.set_setting(name, value)

    def aside(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """One statement on what is kept beside the log (engine/accounts.py); durable on return."""
        return self.recorder.aside(sql, values)

    def lease(self, name: str, holder: str, seconds: float) -> int | None:
        """Take or renew a lease: its epoch, or None while another holds it. A new holder's is greater."""
        now = time.time_ns() // 1_000
        return self.recorder.lease(name, holder, now, now + int(seconds * 1_000_000))

    def release(self, name: str, holder: str) -> None:
        """Let another take it at once; nothing happens if `holder` no longer has it."""
        self.recorder.release(name, holder)

    def lease_epoch(self, name: str) -> int:
        """The epoch of the last holder; 0 if it was never held. Whoever has a smaller one writes no more."""
        return self.recorder.lease_epoch(name)

    def close(self) -> None:
        self._closed = True
        self._wake()
        self.recorder.close()
