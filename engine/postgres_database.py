"""One PostgreSQL database that keeps the log: its connections and its tables.

Readers take connections from the library's pool, the writer has one of its own. They are made again when they
break, so a restart of the server costs an error or two, not a restart of ours.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow, tuple_row
from psycopg_pool import PoolTimeout

from engine.accounts import SCHEMA as ACCOUNTS
from engine.errors import StoreUnavailable
from engine.failures import SCHEMA as FAILURES
from engine.forgetting import INDEX as FORGETTING

FORMAT = "1"
"""The layout of the tables, kept among the settings."""

MIGRATION = 0x4855_4953_0002
"""The advisory lock of whoever makes the tables."""

ATTEMPTS = 3
"""A read is tried so often: after a restart of the server the pool still holds dead connections."""

SCHEMA = (
    "CREATE SCHEMA IF NOT EXISTS huisheng",
    """CREATE TABLE IF NOT EXISTS huisheng.log (
        position bigint PRIMARY KEY, stream text COLLATE "C" NOT NULL, version bigint NOT NULL,
        name text COLLATE "C" NOT NULL, recorded_at bigint NOT NULL, body bytea NOT NULL,
        UNIQUE (stream, version))""",
    """CREATE TABLE IF NOT EXISTS huisheng.head (
        one bool PRIMARY KEY CHECK (one), position bigint NOT NULL, recorded_at bigint NOT NULL)
        WITH (fillfactor = 10)""",
    "INSERT INTO huisheng.head VALUES (true, 0, 0) ON CONFLICT DO NOTHING",
    """CREATE TABLE IF NOT EXISTS huisheng.answers (
        actor text NOT NULL, route text NOT NULL, key text NOT NULL, body_hash text NOT NULL,
        answer bytea NOT NULL, kept_at bigint NOT NULL, PRIMARY KEY (actor, route, key))""",
    "CREATE INDEX IF NOT EXISTS answers_kept_at ON huisheng.answers (kept_at)",
    """CREATE TABLE IF NOT EXISTS huisheng.leases (
        name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL, until bigint NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS huisheng.settings (name text PRIMARY KEY, value text NOT NULL)",
    *(statement.replace("@", "huisheng.") for statement in (*ACCOUNTS, *FAILURES)),
    FORGETTING.replace("@", "huisheng."),
)

WRITER_SETTINGS = (
    "SET synchronous_commit = on",
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
"""Durable whatever the server's default is; no writer waits for ever, nor holds up the others for ever."""

Connection = psycopg.Connection[TupleRow]


class LogDatabase(PostgresDatastore):
    """The connections to one database: the library's pool for reading, one connection for the writer."""

    def __init__(self, url: str) -> None:
        given = conninfo_to_dict(url)
        super().__init__(
            dbname=str(given.get("dbname", "")),
            host=str(given.get("host", "")),
            port=str(given.get("port", "5432")),
            user=str(given.get("user", "")),
            password=str(given.get("password", "")),
            pool_size=1,
            max_overflow=15,
            schema="huisheng",
            originator_id_type="text",
        )
        options = {key: value for key, value in given.items() if value is not None}
        self.options: dict[str, Any] = {"connect_timeout": 5, **options}
        self.pool.kwargs = {**self.options, "row_factory": tuple_row}
        self._turn = Lock()
        self._writer: Connection | None = None
        self.closed = False

    def register_type_adapters(self) -> None:
        """None: rows go in as arrays, or are copied."""

    def connect(self) -> Connection:
        return psycopg.connect(**self.options, autocommit=True, row_factory=tuple_row)

    def read(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """The rows of one statement. StoreUnavailable when the database cannot be reached in ATTEMPTS."""
        for attempt in range(1, ATTEMPTS + 1):
            if self.closed:
                raise StoreUnavailable("the log is closed")
            try:
                self.pool.open()
                with self.pool.connection() as connection:
                    cursor: Any = connection.cursor(binary=True)
                    found: list[Any] = cursor.execute(sql, values, prepare=True).fetchall()
                    return found
            except psycopg.OperationalError as error:
                if attempt == ATTEMPTS or isinstance(error, PoolTimeout):
                    raise unavailable(error) from error
                self.pool.check()
            except psycopg.Error as error:
                raise unavailable(error) from error
        raise AssertionError("unreachable")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The writer's connection, for one thread at a time.

        A psycopg.Error goes out as it is, and the connection is made anew the next time.
        """
        with self._turn:
            if self.closed:
                raise StoreUnavailable("the log is closed")
            connection = self._writer
            if connection is None or connection.closed:
                connection = self._writer = self.connect()
                for setting in WRITER_SETTINGS:
                    connection.execute(setting)
            try:
                yield connection
            except BaseException as error:
                if isinstance(error, psycopg.Error):
                    self._writer = None
                    connection.close()
                else:
                    with suppress(psycopg.Error):
                        connection.execute("ROLLBACK")
                raise

    def make_tables(self) -> None:
        """Make what is missing: one process at a time, and nothing where all is there."""
        with self.connect() as connection:
            if connection.execute("SELECT to_regclass('huisheng.failures')").fetchall() == [(None,)]:
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION,))
                    for statement in SCHEMA:
                        connection.execute(statement)
                    connection.execute(
                        "INSERT INTO huisheng.settings VALUES ('layout', %s) ON CONFLICT DO NOTHING",
                        (FORMAT,),
                    )
            sql = "SELECT value FROM huisheng.settings WHERE name = 'layout'"
            layout = connection.execute(sql).fetchall()
            if layout != [(FORMAT,)]:
                raise StoreUnavailable(f"the log was written by a newer version (layout {layout})")

    def close(self) -> None:
        with self._turn:
            self.closed = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        super().close()


def unavailable(error: psycopg.Error) -> StoreUnavailable:
    """What a PostgreSQL error means for whoever asked, in one line."""
    return StoreUnavailable("PostgreSQL: " + " ".join(str(error).split()))
