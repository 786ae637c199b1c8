"""The log in one SQLite file: the library's recorder with our columns, one writer, read connections of its own.

Several processes may write the same file. WAL keeps readers and the writer out of each other's way; every
commit is on the disk when it returns (`synchronous=FULL`); `BEGIN IMMEDIATE` because a deferred transaction
that reads before it writes fails at once when another process writes.
"""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any
from uuid import UUID

from eventsourcing.persistence import DatabaseError, IntegrityError, Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from engine.errors import StoreDamaged, StoreUnavailable
from engine.log import Row

BUSY_SECONDS = 10.0
FORMAT = 1
"""The layout of the file, kept in its `user_version`."""

CHECKED_BYTES = 64 << 20
"""A file up to this size is checked page by page when it is opened (about 0.2 s); a larger one by its ends."""

COLUMNS = "position, stream, version, name, recorded_at, body"
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS log (
        position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, version INTEGER NOT NULL,
        name TEXT NOT NULL, recorded_at INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (stream, version))""",
    """CREATE TABLE IF NOT EXISTS answers (
        actor TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, body_hash TEXT NOT NULL,
        answer BLOB NOT NULL, kept_at INTEGER NOT NULL, PRIMARY KEY (actor, route, key)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS answers_kept_at ON answers (kept_at)",
    """CREATE TABLE IF NOT EXISTS leases (
        name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch INTEGER NOT NULL, until INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


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
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
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

        An sqlite3.Error leaves as it is: see `SQLiteLogRecorder.writing`."""
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


class SQLiteWriting:
    """engine.log.Writing on one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany

    def head(self) -> tuple[int, int]:
        used = self._execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
        last = self._execute("SELECT recorded_at FROM log ORDER BY position DESC LIMIT 1").fetchone()
        return (used[0] if used else 0, last[0] if last else 0)

    def stream(self, stream: str, after_version: int = 0) -> list[Row]:
        return self._execute(SELECT_STREAM, (stream, after_version)).fetchall()

    def streams_after(self, position: int) -> list[str]:
        found = self._execute("SELECT DISTINCT stream FROM log WHERE position > ?", (position,))
        return [stream for (stream,) in found]

    def streams_named(self, prefix: str) -> list[str]:
        return streams_named(self._execute, prefix)

    def between(self, first: int, last: int) -> list[Row]:
        return self._execute(
            f"SELECT {COLUMNS} FROM log WHERE position BETWEEN ? AND ? ORDER BY position", (first, last)
        ).fetchall()

    def insert(self, rows: Sequence[Row]) -> None:
        self._executemany(f"INSERT INTO log ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)

    def answer(self, actor: str, route: str, key: str, since: int) -> tuple[str, bytes] | None:
        found: tuple[str, bytes] | None = self._execute(
            "SELECT body_hash, answer FROM answers WHERE actor = ? AND route = ? AND key = ? AND kept_at >= ?",
            (actor, route, key, since),
        ).fetchone()
        return found

    def keep_answers(self, answers: Sequence[tuple[str, str, str, str, bytes, int]]) -> None:
        self._executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", answers)

    def forget_answers(self, before: int) -> None:
        self._execute("DELETE FROM answers WHERE kept_at < ?", (before,))


SELECT_STREAM = f"SELECT {COLUMNS} FROM log WHERE stream = ? AND version > ? ORDER BY version"


class SQLiteLogRecorder(SQLiteApplicationRecorder):
    """engine.log.LogRecorder; also a recorder of the library, so that its own test cases hold for it."""

    datastore: LogFile

    def __init__(self, file: LogFile) -> None:
        super().__init__(file, events_table_name="log")

    @classmethod
    def open(cls, path: Path) -> "SQLiteLogRecorder":
        """Opens the file, or makes it. StoreDamaged if it is torn, StoreUnavailable if it cannot be used."""
        recorder = cls(LogFile(path))
        try:
            check(recorder.datastore)
            recorder.create_table()
        except BaseException:
            recorder.close()
            raise
        return recorder

    def construct_create_table_statements(self) -> list[str]:
        return [*SCHEMA, f"PRAGMA user_version = {FORMAT}"]

    # ------------------------------------------------------------------ as the library asks

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int] | None:
        writing = SQLiteWriting(c.sqlite_cursor.connection)
        position, last = writing.head()
        at = max(last, time.time_ns() // 1_000)
        rows = [
            (n, str(event.originator_id), event.originator_version, event.topic, at, event.state)
            for n, event in enumerate(stored_events, position + 1)
        ]
        writing.insert(rows)
        return [row[0] for row in rows]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with self.datastore.transaction(commit=False) as c:
            c.execute(
                f"SELECT {COLUMNS} FROM log WHERE stream = ? AND version > ? AND version <= ? "
                f"ORDER BY version {'DESC' if desc else 'ASC'} LIMIT ?",
                (
                    str(originator_id),
                    -1 if gt is None else gt,
                    (1 << 62) if lte is None else lte,
                    -1 if limit is None else limit,
                ),
            )
            return [StoredEvent(r["stream"], r["version"], r["name"], r["body"]) for r in c.fetchall()]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        rows = self.rows(after, limit, stop, topics or None)
        return [Notification(stream, version, name, body, id=n) for n, stream, version, name, _, body in rows]

    # ------------------------------------------------------------------ as the log asks

    def rows(
        self, after: int, limit: int, until: int | None = None, names: Collection[str] | None = None
    ) -> list[Row]:
        sql = f"SELECT {COLUMNS} FROM log WHERE position > ?"
        values: list[Any] = [after]
        if until is not None:
            sql += " AND position <= ?"
            values.append(until)
        if names is not None:
            sql += f" AND name IN ({','.join('?' * len(names))})"
            values += names
        with self.datastore.reading() as connection:
            return connection.execute(sql + " ORDER BY position LIMIT ?", [*values, limit]).fetchall()

    def stream_rows(self, stream: str, after_version: int = 0, until: int | None = None) -> list[Row]:
        with self.datastore.reading() as connection:
            rows: list[Row] = connection.execute(SELECT_STREAM, (stream, after_version)).fetchall()
        return rows if until is None else [row for row in rows if row[0] <= until]

    def streams_named(self, prefix: str) -> list[str]:
        with self.datastore.reading() as connection:
            return streams_named(connection.execute, prefix)

    def head(self) -> int:
        with self.datastore.reading() as connection:
            return connection.execute("SELECT max(position) FROM log").fetchone()[0] or 0

    def at_or_before(self, position: int) -> tuple[int, int]:
        with self.datastore.reading() as connection:
            found: tuple[int, int] | None = connection.execute(
                "SELECT position, recorded_at FROM log WHERE position <= ? ORDER BY position DESC LIMIT 1",
                (position,),
            ).fetchone()
        return found or (0, 0)

    @contextmanager
    def writing(self) -> Iterator[SQLiteWriting]:
        try:
            with self.datastore.write() as connection:
                yield SQLiteWriting(connection)
        except sqlite3.Error as error:
            raise unavailable(error, self.datastore.path) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self.datastore.write() as connection:
                yield connection
        except sqlite3.Error as error:
            raise unavailable(error, self.datastore.path) from error

    def setting(self, name: str) -> str | None:
        with self.datastore.reading() as connection:
            found = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set_setting(self, name: str, value: str | None) -> None:
        with self._writing() as connection:
            if value is None:
                connection.execute("DELETE FROM settings WHERE name = ?", (name,))
            else:
                connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def lease(self, name: str, holder: str, now: int, until: int) -> int | None:
        with self._writing() as connection:
            found = connection.execute(
                "SELECT holder, epoch, until FROM leases WHERE name = ?", (name,)
            ).fetchone()
            had, epoch, ends = found or ("", 0, 0)
            if had != holder and ends > now:
                return None
            epoch += had != holder or ends <= now
            connection.execute(
                "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)", (name, holder, epoch, until)
            )
            return int(epoch)

    def release(self, name: str, holder: str) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE leases SET until = 0 WHERE name = ? AND holder = ?", (name, holder))

    def lease_epoch(self, name: str) -> int:
        with self.datastore.reading() as connection:
            found = connection.execute("SELECT epoch FROM leases WHERE name = ?", (name,)).fetchone()
        return found[0] if found else 0

    def listen(self, wake: Callable[[], None]) -> None:
        """SQLite cannot tell of another process's commit: the log polls."""

    def close(self) -> None:
        self.datastore.close()


def streams_named(execute: Callable[..., sqlite3.Cursor], prefix: str) -> list[str]:
    found = execute(
        "SELECT DISTINCT stream FROM log WHERE stream >= ? AND stream < ? ORDER BY stream",
        (prefix, prefix + "\U0010ffff"),
    )
    return [stream for (stream,) in found]


def unavailable(error: sqlite3.Error, path: Path) -> StoreUnavailable:
    """What an SQLite error means for whoever asked, in one line."""
    damaged = getattr(error, "sqlite_errorname", "") in ("SQLITE_CORRUPT", "SQLITE_NOTADB")
    return (StoreDamaged if damaged else StoreUnavailable)(f"{path}: {error}")


def check(file: LogFile) -> None:
    """Say before the first write whether the file is torn. StoreDamaged, or StoreUnavailable for another layout."""
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
