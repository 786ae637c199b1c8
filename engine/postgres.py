"""The log in PostgreSQL: the library's recorder with our columns, and one transaction for whole groups.

Writers hold one advisory lock from reading the head to the commit, so positions are in the order of the
commits and have no gaps: whoever has read position n has seen everything before it. (The library locks the
table instead; its insert function locks nothing, and its followers then miss events.)
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import DatabaseError, IntegrityError, Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from engine.errors import StoreUnavailable
from engine.ledgerbook.book import spoken
from engine.log import AnswerKey, KeptAnswer, Row
from engine.postgres_database import Connection, LogDatabase, unavailable

WRITER = 0x4855_4953_0001
"""The advisory lock of whoever appends."""

CHANNEL = "huisheng_log"
POLL = 1.0
"""Seconds between two looks: the net under a notification that was lost."""

BULK = 200
"""From this many rows on they are copied in rather than inserted."""

COLUMNS = "position, stream, version, name, recorded_at, body"
LEASE = """INSERT INTO huisheng.leases AS l VALUES (%(name)s, %(holder)s, 1, %(until)s)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,
        epoch = l.epoch + (CASE WHEN l.holder <> excluded.holder OR l.until <= %(now)s THEN 1 ELSE 0 END)
    WHERE l.holder = excluded.holder OR l.until <= %(now)s
    RETURNING epoch"""


class PostgresWriting:
    """engine.log.Writing on one transaction. What is inserted goes out with the commit, in one round trip."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Row] = []
        self._answers: list[KeptAnswer] = []
        self._forget: int | None = None
        with connection.pipeline():
            connection.execute("BEGIN")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER,))
            head = connection.execute("SELECT position, recorded_at FROM huisheng.head")
        position, recorded_at = head.fetchall()[0]
        self._head = (position, recorded_at)

    def _select(self, sql: str, values: Sequence[Any]) -> list[Any]:
        cursor: Any = self._connection.cursor(binary=True)
        found: list[Any] = cursor.execute(sql, values, prepare=True).fetchall()
        return found

    def head(self) -> tuple[int, int]:
        return self._head

    def streams(self, streams: Collection[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {stream: [] for stream in streams}
        if found:
            sql = f"SELECT {COLUMNS} FROM huisheng.log WHERE stream = ANY(%s) ORDER BY stream, version"
            for row in self._select(sql, (list(found),)):
                found[row[1]].append(row)
        return found

    def streams_after(self, position: int) -> list[str]:
        found = self._select("SELECT DISTINCT stream FROM huisheng.log WHERE position > %s", (position,))
        return [stream for (stream,) in found]

    def streams_named(self, prefix: str) -> list[str]:
        return [stream for (stream,) in self._select(NAMED, (prefix,))]

    def between(self, first: int, last: int) -> list[Row]:
        sql = f"SELECT {COLUMNS} FROM huisheng.log WHERE position BETWEEN %s AND %s ORDER BY position"
        return self._select(sql, (first, last))

    def insert(self, rows: Sequence[Row]) -> None:
        self._rows.extend(rows)

    def answers(self, keys: Collection[AnswerKey], since: int) -> dict[AnswerKey, tuple[str, bytes]]:
        sql = """SELECT actor, route, key, body_hash, answer FROM huisheng.answers
            WHERE (actor, route, key) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))
            AND kept_at >= %s"""
        found = self._select(sql, (*map(list, zip(*keys, strict=True)), since)) if keys else []
        return {(actor, route, key): (body_hash, answer) for actor, route, key, body_hash, answer in found}

    def keep_answers(self, answers: Sequence[KeptAnswer]) -> None:
        self._answers.extend(answers)

    def forget_answers(self, before: int) -> None:
        self._forget = before

    def beside(self, sql: str, times: Sequence[Sequence[Any]]) -> list[Any]:
        statement = spoken(sql).encode()
        with self._connection.cursor() as cursor:
            if len(times) == 1:
                cursor.execute(statement, times[0], prepare=True)
            else:
                cursor.executemany(statement, times)
            return cursor.fetchall() if cursor.description else []

    def commit(self) -> None:
        """Send what was inserted and kept, tell the followers, and make it durable."""
        connection, rows = self._connection, self._rows
        if len(rows) >= BULK:
            with connection.cursor().copy(
                f"COPY huisheng.log ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.set_types(["int8", "text", "int8", "text", "int8", "bytea"])
                for row in rows:
                    copy.write_row(row)
        with connection.pipeline():
            if 0 < len(rows) < BULK:
                connection.execute(INSERT, [list(column) for column in zip(*rows, strict=True)], prepare=True)
            if rows:
                last = rows[-1]
                connection.execute(
                    "UPDATE huisheng.head SET position = %s, recorded_at = %s",
                    (last[0], last[4]),
                    prepare=True,
                )
                connection.execute(f"NOTIFY {CHANNEL}")
            if self._answers:
                columns = [list(column) for column in zip(*self._answers, strict=True)]
                connection.execute(KEEP, columns, prepare=True)
            if self._forget is not None:
                connection.execute("DELETE FROM huisheng.answers WHERE kept_at < %s", (self._forget,))
            connection.execute("COMMIT")


INSERT = f"""INSERT INTO huisheng.log ({COLUMNS}) SELECT * FROM unnest(
    %s::int8[], %s::text[], %s::int8[], %s::text[], %s::int8[], %s::bytea[])"""
KEEP = """INSERT INTO huisheng.answers SELECT * FROM unnest(
    %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::int8[])
    ON CONFLICT (actor, route, key) DO UPDATE
    SET body_hash = excluded.body_hash, answer = excluded.answer, kept_at = excluded.kept_at"""
NAMED = "SELECT DISTINCT stream FROM huisheng.log WHERE starts_with(stream, %s) ORDER BY stream"


class PostgresLogRecorder(PostgresApplicationRecorder):
    """engine.log.LogRecorder; also a recorder of the library, so that its own test cases hold for it."""

    datastore: LogDatabase

    def __init__(self, database: LogDatabase) -> None:
        super().__init__(database, events_table_name="log")
        self._stop = Event()
        self._listener: Thread | None = None

    @classmethod
    def open(cls, url: str) -> "PostgresLogRecorder":
        """Opens the log in this database, or makes it. StoreUnavailable if it cannot be used."""
        try:
            recorder = cls(LogDatabase(url))
        except psycopg.Error as error:
            raise unavailable(error) from error
        try:
            recorder.create_table()
        except psycopg.Error as error:
            recorder.close()
            raise unavailable(error) from error
        except BaseException:
            recorder.close()
            raise
        return recorder

    def create_table(self) -> None:
        self.datastore.make_tables()

    # ------------------------------------------------------------------ as the library asks

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        try:
            with self._writing() as writing:
                position, last = writing.head()
                at = max(last, time.time_ns() // 1_000)
                rows = [
                    (n, str(event.originator_id), event.originator_version, event.topic, at, event.state)
                    for n, event in enumerate(stored_events, position + 1)
                ]
                writing.insert(rows)
            return [row[0] for row in rows]
        except psycopg.IntegrityError as error:
            raise IntegrityError(error) from error
        except psycopg.Error as error:
            raise DatabaseError(error) from error

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        found = self.datastore.read(
            f"SELECT stream, version, name, body FROM huisheng.log WHERE stream = %s AND version > %s"
            f" AND version <= %s ORDER BY version {'DESC' if desc else 'ASC'} LIMIT %s",
            (str(originator_id), -1 if gt is None else gt, (1 << 62) if lte is None else lte, limit),
        )
        return [StoredEvent(*row) for row in found]

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

    def max_notification_id(self) -> int | None:
        return self.head() or None

    # ------------------------------------------------------------------ as the log asks

    def rows(
        self, after: int, limit: int, until: int | None = None, names: Collection[str] | None = None
    ) -> list[Row]:
        sql = f"SELECT {COLUMNS} FROM huisheng.log WHERE position > %s"
        values: list[Any] = [after]
        if until is not None:
            sql += " AND position <= %s"
            values.append(until)
        if names is not None:
            sql += " AND name = ANY(%s)"
            values.append(list(names))
        rows: list[Row] = self.datastore.read(sql + " ORDER BY position LIMIT %s", [*values, limit])
        return rows

    def stream_rows(self, stream: str, after_version: int = 0, until: int | None = None) -> list[Row]:
        sql = f"SELECT {COLUMNS} FROM huisheng.log WHERE stream = %s AND version > %s ORDER BY version"
        rows: list[Row] = self.datastore.read(sql, (stream, after_version))
        return rows if until is None else [row for row in rows if row[0] <= until]

    def streams_named(self, prefix: str) -> list[str]:
        return [stream for (stream,) in self.datastore.read(NAMED, (prefix,))]

    def head(self) -> int:
        found: int = self.datastore.read("SELECT coalesce(max(position), 0) FROM huisheng.log")[0][0]
        return found

    def at_or_before(self, position: int) -> tuple[int, int]:
        found = self.datastore.read(
            "SELECT position, recorded_at FROM huisheng.log WHERE position <= %s"
            " ORDER BY position DESC LIMIT 1",
            (position,),
        )
        return found[0] if found else (0, 0)

    @contextmanager
    def _writing(self) -> Iterator[PostgresWriting]:
        with self.datastore.write() as connection:
            writing = PostgresWriting(connection)
            yield writing
            writing.commit()

    @contextmanager
    def writing(self) -> Iterator[PostgresWriting]:
        try:
            with self._writing() as writing:
                yield writing
        except psycopg.Error as error:
            raise unavailable(error) from error

    def setting(self, name: str) -> str | None:
        found = self.datastore.read("SELECT value FROM huisheng.settings WHERE name = %s", (name,))
        return found[0][0] if found else None

    def set_setting(self, name: str, value: str | None) -> None:
        if value is None:
            self.datastore.read("DELETE FROM huisheng.settings WHERE name = %s RETURNING name", (name,))
        else:
            self.datastore.read(
                "INSERT INTO huisheng.settings VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value RETURNING name",
                (name, value),
            )

    def aside(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.datastore.read(sql.replace("@", "huisheng.").replace("?", "%s"), values)

    def lease(self, name: str, holder: str, now: int, until: int) -> int | None:
        found = self.datastore.read(LEASE, {"name": name, "holder": holder, "now": now, "until": until})
        return found[0][0] if found else None

    def release(self, name: str, holder: str) -> None:
        self.datastore.read(
            "UPDATE huisheng.leases SET until = 0 WHERE name = %s AND holder = %s RETURNING name",
            (name, holder),
        )

    def lease_epoch(self, name: str) -> int:
        found = self.datastore.read("SELECT epoch FROM huisheng.leases WHERE name = %s", (name,))
        return found[0][0] if found else 0

    # ------------------------------------------------------------------ listening

    def listen(self, wake: Callable[[], None]) -> float:
        self._listener = Thread(target=self._listen, args=(wake,), name="log-listener", daemon=True)
        self._listener.start()
        return POLL

    def _listen(self, wake: Callable[[], None]) -> None:
        """Hold a connection that hears of commits; a lost one is made again, and followers look at once."""
        pause = 0.1
        while not self._stop.is_set():
            with suppress(psycopg.Error), self.datastore.connect() as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                pause = 0.1
                wake()
                while not self._stop.is_set():
                    for _ in connection.notifies(timeout=0.5, stop_after=1):
                        wake()
            self._stop.wait(pause)
            pause = min(2 * pause, 5.0)

    def close(self) -> None:
        self._stop.set()
        if self._listener is not None:
            with suppress(StoreUnavailable):
                self.datastore.read(f"SELECT pg_notify('{CHANNEL}', '')")  # it looks up at once
            self._listener.join()
        self.datastore.close()
