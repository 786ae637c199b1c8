"""The log in one SQLite file: the library's recorder with our columns, and a transaction for whole groups."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from engine.accounts import SCHEMA as ACCOUNTS
from engine.failures import SCHEMA as FAILURES
from engine.forgetting import INDEX as FORGETTING
from engine.log import AnswerKey, KeptAnswer, Row
from engine.sqlite_file import FORMAT, LogFile, check, insert_many, unavailable

POLL = 0.1
"""Seconds between two looks for what another process wrote."""

TOGETHER = 16
"""Rows of the log in one statement: of a busy desk's groups hardly one is smaller."""

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
    *(statement.replace("@", "") for statement in (*ACCOUNTS, *FAILURES)),
    FORGETTING.replace("@", ""),
)


class SQLiteWriting:
    """engine.log.Writing on one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def head(self) -> tuple[int, int]:
        used = self._execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
        last = self._execute("SELECT recorded_at FROM log ORDER BY position DESC LIMIT 1").fetchone()
        return (used[0] if used else 0, last[0] if last else 0)

    def streams(self, streams: Collection[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {stream: [] for stream in streams}
        for row in self._execute(SELECT_STREAMS, (orjson.dumps(list(found)).decode(),)):
            found[row[1]].append(row)
        return found

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
        insert_many(self._connection, f"log ({COLUMNS})", rows, TOGETHER)

    def answers(self, keys: Collection[AnswerKey], since: int) -> dict[AnswerKey, tuple[str, bytes]]:
        sql = (
            "SELECT body_hash, answer FROM answers WHERE actor = ? AND route = ? AND key = ? AND kept_at >= ?"
        )
        found = {key: self._execute(sql, (*key, since)).fetchone() for key in keys}
        return {key: answer for key, answer in found.items() if answer}

    def keep_answers(self, answers: Sequence[KeptAnswer]) -> None:
        self._connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", answers)

    def forget_answers(self, before: int) -> None:
        self._execute("DELETE FROM answers WHERE kept_at < ?", (before,))

    def beside(self, sql: str, times: Sequence[Sequence[Any]]) -> list[Any]:
        found: list[Any] = []
        for values in times:
            found = self._execute(sql, values).fetchall()
        return found


SELECT_STREAM = f"SELECT {COLUMNS} FROM log WHERE stream = ? AND version > ? ORDER BY version"
SELECT_STREAMS = (
    f"SELECT {COLUMNS} FROM log WHERE stream IN (SELECT value FROM json_each(?)) ORDER BY stream, version"
)


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
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self.datastore.write() as connection:
                yield connection
        except sqlite3.Error as error:
            raise unavailable(error, self.datastore.path) from error

    @contextmanager
    def writing(self) -> Iterator[SQLiteWriting]:
        with self._writing() as connection:
            yield SQLiteWriting(connection)

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

    def aside(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        statement = sql.replace("@", "")
        with self.datastore.reading() if sql.startswith("SELECT") else self._writing() as connection:
            return connection.execute(statement, values).fetchall()

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

    def listen(self, wake: Callable[[], None]) -> float:
        """SQLite cannot tell of another process's commit."""
        return POLL

    def close(self) -> None:
        self.datastore.close()


def streams_named(execute: Callable[..., sqlite3.Cursor], prefix: str) -> list[str]:
    found = execute(
        "SELECT DISTINCT stream FROM log WHERE stream >= ? AND stream < ? ORDER BY stream",
        (prefix, prefix + "\U0010ffff"),
    )
    return [stream for (stream,) in found]
