"""One SQLite file that several processes may write: its connections, and whether it is whole.

WAL keeps readers and the writer out of each other's way; every commit is on the disk when it returns
(`synchronous=FULL`); `BEGIN IMMEDIATE`, because a deferred transaction that reads before it writes fails at
once when another process writes.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any

from eventsourcing.persistence import DatabaseError, IntegrityError
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore

from engine.errors import StoreDamaged, StoreUnavailable

BUSY_SECONDS = 10.0
"""How long a writer waits for the writers of other processes."""

FORMAT = 1
"""The layout of the file, kept in its `user_version`."""

CHECKED_BYTES = 64 << 20
"""A file up to this size is checked page by page when it is opened (some 0.2 s), a larger one by its ends."""


class LogFile(SQLiteDatastore):
    """The connections to one file: a writer behind a lock, and as many readers as read at once."""

    def __init__(self, path: Path) -> None:
        super().__init__(db_name=str(path), originator_id_type="text")
        self.path = path
        self._turn = Lock()
        self._writer: sqlite3.Connection | None = None
        self._readers: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._closed = False

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=128,
        )
        into_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA journal_size_limit=67108864")
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection nobody else uses meanwhile; it never waits for a writer."""
        try:
            try:
                connection = self._readers.get_nowait()
            except Empty:
                connection = self.connect()
                connection.execute("PRAGMA query_only=ON")
            try:
                yield connection
            finally:
                if self._closed:
                    connection.close()
                else:
                    self._readers.put(connection)
        except sqlite3.Error as error:
            raise unavailable(error, self.path) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The one writer's transaction. Writers of this process wait for each other here, not in SQLite.

        An sqlite3.Error goes out as it is.
        """
        with self._turn:
            if self._closed:
                raise StoreUnavailable(f"{self.path} is closed")
            if self._writer is None:
                self._writer = self.connect()
            connection = self._writer
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):  # whatever state it is in, the next one starts afresh
                    self._writer = None
                    connection.close()
                raise

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """What the library calls; its own errors go out."""
        try:
            with self.write() if commit else self.reading() as connection:
                cursor = connection.cursor()
                cursor.row_factory = sqlite3.Row
                yield SQLiteCursor(cursor)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except (sqlite3.Error, StoreUnavailable) as error:
            raise DatabaseError(error) from error

    def close(self) -> None:
        """Closed once, and for good."""
        with self._turn:
            self._closed = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        while True:
            try:
                self._readers.get_nowait().close()
            except Empty:
                break
        super().close()


def into_wal(connection: sqlite3.Connection, seconds: float = BUSY_SECONDS) -> None:
    """SQLite does not wait when two processes change a new file's journal at once: we do, so many seconds.
    Then sqlite3.OperationalError."""
    until = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)


def insert_many(
    connection: sqlite3.Connection,
    into: str,
    rows: Sequence[tuple[Any, ...]],
    together: int = 50,
    conflict: str = "",
) -> None:
    """Insert rows into a table, `together` of them in one statement: a third less time a row, and as many
    times less often another thread comes between. `into` is the table as SQL spells it, `conflict` what
    becomes of a key that is there."""
    if not rows:
        return
    row = f"({', '.join('?' * len(rows[0]))})"
    whole = len(rows) - len(rows) % together
    parts = (rows[at : at + together] for at in range(0, whole, together))
    insert = f"INSERT INTO {into} VALUES "
    many = insert + ", ".join([row] * together) + conflict
    connection.executemany(many, map(tuple, map(chain.from_iterable, parts)))
    connection.executemany(insert + row + conflict, rows[whole:])


def unavailable(error: sqlite3.Error, path: Path) -> StoreUnavailable:
    """What an SQLite error means for whoever asked, in one line."""
    damaged = getattr(error, "sqlite_errorname", "") in ("SQLITE_CORRUPT", "SQLITE_NOTADB")
    return (StoreDamaged if damaged else StoreUnavailable)(f"{path}: {error}")


def check(file: LogFile) -> None:
    """StoreDamaged if the file is torn, StoreUnavailable if a newer program made it."""
    with file.reading() as connection:
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
        if layout > FORMAT:
            raise StoreUnavailable(f"{file.path} was written by a newer version (layout {layout})")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        size = pages * connection.execute("PRAGMA page_size").fetchone()[0]
        if file.path.stat().st_size + _size(file.path.with_name(file.path.name + "-wal")) < size:
            raise StoreDamaged(
                f"{file.path} is cut off: {size} bytes expected, {file.path.stat().st_size} found"
            )
        if size <= CHECKED_BYTES:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise StoreDamaged(f"{file.path} is damaged: {' '.join(found.split())}")
        elif layout:
            connection.execute("SELECT * FROM log ORDER BY position LIMIT 100").fetchall()
            connection.execute("SELECT * FROM log ORDER BY position DESC LIMIT 1000").fetchall()
            connection.execute(
                "SELECT name FROM log ORDER BY stream DESC, version DESC LIMIT 1000"
            ).fetchall()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
