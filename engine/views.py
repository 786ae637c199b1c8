"""The views: which generation of them is live, opening it for reading, and waiting until it has caught up.

Views live apart from the log. The live generation's name is one setting in the log's database (`views.live`),
read at the start of each read, so that every process follows a swap at once.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa

from engine.errors import StoreUnavailable
from engine.sqlite_file import into_wal
from engine.tables import (
    OWN,
    Dialect,
    Postgres,
    RowShape,
    SQLite,
    TableSpec,
    Writer,
    core_tables,
    views_file,
)

LIVE = "views.live"
AS_COMPILED = {"_result_disable_adapt_to_context": True}
"""Rows are read by position and by name, never by column: a statement that was compiled before need not have
its columns matched with those of the one asked now, which takes longer than most answers."""
POLL = 0.01
"""Seconds between looks at the position while a caller waits: another process may be the one that follows."""


class Settings(Protocol):
    """What of the log the views need."""

    def setting(self, name: str) -> str | None: ...
    def set_setting(self, name: str, value: str | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One consistent look at the views: a transaction that sees one position."""

    connection: sa.Connection
    tables: Mapping[str, sa.Table]
    generation: "Generation"

    def position(self) -> int:
        """Up to which position of the log these rows tell."""
        return self.generation.position_in(self.connection)


class Generation:
    """One making of the views: the file `views.<name>.db`, or the schema `views_<name>`."""

    def __init__(self, name: str, specs: Sequence[TableSpec], data_dir: Path, database: str | None) -> None:
        self.name = name
        self.specs = tuple(specs)
        self.database = database
        self.path = views_file(data_dir, name)
        self.schema = None if database is None else f"views_{name}"
        self.dialect: Dialect = SQLite("") if database is None else Postgres(f'"{self.schema}".')
        self.shapes = {spec.name: RowShape(spec) for spec in specs}
        self.tables = core_tables(specs, self.schema)
        self._core: sa.Engine | None = None
        self._looking: LifoQueue[sqlite3.Connection] = LifoQueue()
        progress = self.dialect.table("progress")
        self._select_position = f'SELECT "position" FROM {progress} WHERE "name" = \'views\''

    def connect(self) -> Any:
        """A DB-API connection that writes, in autocommit mode."""
        if self.database is not None:
            return psycopg.connect(self.database, autocommit=True)
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute("PRAGMA busy_timeout = 10000")
        into_wal(connection)
        # The position is in the same transaction as the rows: what a power cut takes is folded again.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    def writer(self) -> Writer:
        return Writer(self.connect(), self.dialect, self.shapes)

    def exists(self) -> bool:
        if self.database is None:
            return self.path.exists()
        with closing(self.connect()) as connection:
            found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self.schema,))
            return found.fetchone() is not None

    def create(self, makers: Mapping[str, int], *, loading: bool = False) -> None:
        """Make its tables, at position 0. `loading`: without keys and indexes, which the rebuild adds."""
        with closing(self.connect()) as connection:
            connection.execute("BEGIN" if self.schema else "BEGIN IMMEDIATE")
            if self.schema is not None:
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (self.schema,))
                connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
            for own in OWN:
                connection.execute(self.dialect.create_own(own))
            for statement in self._unkeyed() if loading else self._keyed():
                connection.execute(statement)
            progress, made = self.dialect.table("progress"), self.dialect.table("makers")
            connection.execute(f"INSERT INTO {progress} VALUES ('views', 0, 0) ON CONFLICT DO NOTHING")
            for projection, version in makers.items():
                connection.execute(
                    f"INSERT INTO {made} VALUES ('{projection}', {int(version)}) ON CONFLICT DO NOTHING"
                )
            connection.execute("COMMIT")

    def _keyed(self) -> Iterator[str]:
        for spec in self.specs:
            yield self.dialect.create(spec)
            yield from self.dialect.create_indexes(spec)

    def _unkeyed(self) -> Iterator[str]:
        if self.database is not None:  # SQLite loads files of their own first, and merges them by key
            for spec in self.specs:
                yield self.dialect.create(spec, keyed=False)

    def makers(self) -> dict[str, int]:
        """Which version of each projection made it."""
        with closing(self.connect()) as connection:
            found = connection.execute(f"SELECT * FROM {self.dialect.table('makers')}").fetchall()
            return {projection: int(version) for projection, version in found}

    def drop(self) -> None:
        """Delete it. Raises the database's error while somebody reads it (PostgreSQL, after a second)."""
        self.dispose()
        if self.database is None:
            for end in ("", "-wal", "-shm"):
                Path(f"{self.path}{end}").unlink(missing_ok=True)
            return
        with closing(self.connect()) as connection:
            connection.execute("SET lock_timeout = '1s'")
            connection.execute(f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE')

    @property
    def core(self) -> sa.Engine:
        if self._core is None:
            self._core = self._make_core()
        return self._core

    def _make_core(self) -> sa.Engine:
        if self.database is not None:
            database = self.database
            return sa.create_engine(
                "postgresql+psycopg://",
                creator=lambda: psycopg.connect(database),
                pool_size=8,
                max_overflow=24,
                execution_options=AS_COMPILED,
            )

        return sa.create_engine(
            "sqlite://",
            creator=self._open_for_reading,
            poolclass=sa.pool.QueuePool,
            pool_size=8,
            max_overflow=64,
            isolation_level="AUTOCOMMIT",
            execution_options=AS_COMPILED,
        )

    def _open_for_reading(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{self.path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA mmap_size = 268435456")
        return connection

    @contextmanager
    def read(self) -> Iterator[Reading]:
        with self.core.connect() as connection:
            if self.database is None:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield Reading(connection, self.tables, self)
            finally:
                if self.database is None:
                    connection.exec_driver_sql("ROLLBACK")
                else:
                    connection.rollback()

    def position(self) -> int:
        """Asked several times for every page: SQLite tells it on a connection kept for that, eight times as
        fast as through the pool."""
        if self.database is not None:
            with self.core.connect() as connection:
                return self.position_in(connection)
        try:
            looking = self._looking.get_nowait()
        except Empty:
            looking = self._open_for_reading()
        try:
            return int(looking.execute(self._select_position).fetchone()[0])
        finally:
            self._looking.put(looking)

    def position_in(self, connection: sa.Connection) -> int:
        return int(connection.exec_driver_sql(self._select_position).scalar_one())

    def dispose(self) -> None:
        if self._core is not None:
            self._core.dispose()
            self._core = None
        while True:
            try:
                self._looking.get_nowait().close()
            except Empty:
                return


class Views:
    """The live generation, whichever it is now."""

    def __init__(
        self,
        log: Settings,
        specs: Sequence[TableSpec],
        makers: Mapping[str, int],
        data_dir: Path,
        database: str | None = None,
    ) -> None:
        self.log = log
        self.specs = tuple(specs)
        self.makers = dict(makers)
        self.data_dir = Path(data_dir)
        self.database = database
        self.moved = threading.Condition()
        self._open: dict[str, Generation] = {}
        self._lock = threading.Lock()

    def generation(self, name: str) -> Generation:
        """The generation of that name, which need not exist yet."""
        return Generation(name, self.specs, self.data_dir, self.database)

    def live(self) -> Generation:
        """The live generation. The first is made when there is none."""
        name = self.log.setting(LIVE)
        if name is None:
            name = "1"
            self.generation(name).create(self.makers)
            self.log.set_setting(LIVE, name)
        found = self._open.get(name)
        return found if found is not None else self._switch(name)

    def _switch(self, name: str) -> Generation:
        with self._lock:
            if name not in self._open:
                for old in self._open.values():
                    old.dispose()
                generation = self.generation(name)
                if not generation.exists():
                    generation.create(self.makers)
                self._open = {name: generation}
            return self._open[name]

    def outdated(self) -> list[str]:
        """Projections whose stored rows are older than the code, or missing. StoreUnavailable if some are
        newer: then this program is the old one, and must not write."""
        stored = self.live().makers()
        newer = [name for name, version in self.makers.items() if stored.get(name, 0) > version]
        if newer:
            raise StoreUnavailable(f"a newer program made the views {', '.join(newer)}")
        return [name for name, version in self.makers.items() if stored.get(name, 0) < version]

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """Open the live generation for one consistent look. Raises StoreUnavailable."""
        try:
            with self.live().read() as reading:
                yield reading
        except sa.exc.OperationalError as error:
            raise StoreUnavailable(f"the views cannot be read: {error.orig}") from error

    def position(self) -> int:
        """Up to which position of the log the live views have come."""
        try:
            return self.live().position()
        except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
            why = error if isinstance(error, sqlite3.OperationalError) else error.orig
            raise StoreUnavailable(f"the views cannot be read: {why}") from error

    def announce(self) -> None:
        """Wake whoever waits for a position: the follower moved on."""
        with self.moved:
            self.moved.notify_all()

    def wait_for(self, position: int, timeout: float) -> bool:
        """Wait until the views have come to `position`; False when `timeout` seconds were not enough."""
        ends = time.monotonic() + timeout
        while self.position() < position:
            left = ends - time.monotonic()
            if left <= 0:
                return False
            with self.moved:
                self.moved.wait(min(left, POLL))
        return True

    async def reach(self, position: int, timeout: float) -> bool:
        """`wait_for` on an event loop."""
        ends = time.monotonic() + timeout
        while self.position() < position:
            left = ends - time.monotonic()
            if left <= 0:
                return False
            await asyncio.sleep(min(left, POLL))
        return True

    def swap(self, name: str) -> str:
        """Put generation `name` live in one step. Returns the name of the one that was."""
        was = self.live().name
        self.log.set_setting(LIVE, name)
        self.announce()
        return was

    def close(self) -> None:
        with self._lock:
            for generation in self._open.values():
                generation.dispose()
            self._open = {}
