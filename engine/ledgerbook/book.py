"""Where the tree and its checkpoints are kept: four small tables beside the log, in either database.

`audit_tiles` holds the hashes, `audit_runs` which leaf is which position (one row for each unbroken run of
positions), `audit_state` how far the log is hashed, `audit_checkpoints` what was signed. What is written
names what it was made from, in the same transaction: of two writers one is refused.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from engine.ledgerbook.tiles import FULL, WIDTH, Place, Shelf, Tile
from engine.ledgerbook.tree import HASH
from engine.log import Log

if TYPE_CHECKING:
    import psycopg

    from engine.postgres_database import LogDatabase
    from engine.sqlite_file import LogFile

Values = Sequence[Any]
Run = tuple[int, int]
"""(index of the first leaf, its position)"""

TABLES = (
    """CREATE TABLE IF NOT EXISTS audit_tiles (
        level bigint NOT NULL, n bigint NOT NULL, width bigint NOT NULL, data {blob} NOT NULL,
        PRIMARY KEY (level, n))""",
    """CREATE TABLE IF NOT EXISTS audit_runs (
        first_index {key} PRIMARY KEY, first_position bigint NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS audit_checkpoints (
        size {key} PRIMARY KEY, root {blob} NOT NULL, note text NOT NULL, made_at bigint NOT NULL,
        daily bigint NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS audit_state (
        one {key} PRIMARY KEY CHECK (one = 1), position bigint NOT NULL, size bigint NOT NULL,
        epoch bigint NOT NULL)""",
    "INSERT INTO audit_state VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING",
)
NAMED = re.compile(r"(?<![.\w])audit_")
AT_ONCE = 32
"""Tiles one question asks for."""
PUT_TILE = """INSERT INTO audit_tiles VALUES (?, ?, ?, ?)
    ON CONFLICT (level, n) DO UPDATE SET width = excluded.width, data = excluded.data"""

POSITION = """SELECT first_index, first_position FROM audit_runs WHERE first_index <= ?
    ORDER BY first_index DESC LIMIT 1"""
INDEX = """SELECT r.first_index, r.first_position,
    (SELECT min(f.first_index) FROM audit_runs f WHERE f.first_index > r.first_index), s.position, s.size
    FROM audit_runs r CROSS JOIN audit_state s WHERE r.first_position <= ?
    ORDER BY r.first_position DESC LIMIT 1"""


TILE = "SELECT data FROM audit_tiles WHERE level = ? AND n = ?"
MOVE = "UPDATE audit_state SET position = ?, size = ?, epoch = ? WHERE position = ? AND size = ?"
STATE = "SELECT position, size, epoch FROM audit_state"


class Overtaken(Exception):
    """Another process wrote meanwhile; nothing was written. Read again."""


class Access(Protocol):
    """A database, spoken to in the SQL that both understand."""

    def read(self, sql: str, values: Values = ()) -> list[Any]: ...

    def write(self) -> AbstractContextManager["Execute"]:
        """One durable transaction. Raises StoreUnavailable."""

    def close(self) -> None: ...


Execute = Callable[[str, Sequence[Values]], list[Any]]
"""(statement, the values of each time it is carried out) -> the rows of the last time"""


class SQLiteAccess:
    """The log's own file. Its writers take turns, so this one holds the turn as shortly as it can."""

    def __init__(self, file: "LogFile") -> None:
        self._file = file
        if not self.read("SELECT 1 FROM sqlite_master WHERE name = 'audit_state'"):
            with self.write() as execute:
                for statement in TABLES:
                    execute(statement.format(key="INTEGER", blob="BLOB"), [()])

    def read(self, sql: str, values: Values = ()) -> list[Any]:
        with self._file.reading() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[Execute]:
        from engine.sqlite_file import unavailable

        try:
            with self._file.write() as connection:

                def execute(sql: str, times: Sequence[Values]) -> list[Any]:
                    found: list[Any] = []
                    for values in times:
                        found = connection.execute(sql, values).fetchall()
                    return found

                yield execute
        except sqlite3.Error as error:
            raise unavailable(error, self._file.path) from error

    def close(self) -> None:
        """The log closes its file."""


class PostgresAccess:
    """The log's database, over a connection of its own: the desk's writer never waits for it."""

    def __init__(self, database: "LogDatabase") -> None:
        from engine.postgres_database import MIGRATION

        self._database = database
        self._turn = Lock()
        self._connection: psycopg.Connection[Any] | None = None
        if self.read("SELECT to_regclass('huisheng.audit_state')") == [(None,)]:
            with self.write() as execute:
                execute("SELECT pg_advisory_xact_lock(?)", [(MIGRATION,)])
                for statement in TABLES:
                    execute(statement.format(key="bigint", blob="bytea"), [()])
                # Hashes do not compress: trying costs more than storing them.
                execute("ALTER TABLE audit_tiles ALTER COLUMN data SET STORAGE EXTERNAL", [()])

    def read(self, sql: str, values: Values = ()) -> list[Any]:
        return self._database.read(spoken(sql), values)

    @contextmanager
    def write(self) -> Iterator[Execute]:
        import psycopg

        from engine.postgres_database import WRITER_SETTINGS, unavailable

        with self._turn:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._database.connect()
                    for setting in WRITER_SETTINGS:
                        self._connection.execute(setting.encode())
                connection = self._connection
                with connection.transaction(), connection.cursor() as cursor:

                    def execute(sql: str, times: Sequence[Values]) -> list[Any]:
                        if len(times) == 1:
                            cursor.execute(spoken(sql).encode(), times[0])
                        else:
                            cursor.executemany(spoken(sql).encode(), times)
                        return cursor.fetchall() if cursor.description else []

                    yield execute
            except psycopg.Error as error:
                self._drop()
                raise unavailable(error) from error

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def close(self) -> None:
        with self._turn:
            self._drop()


def spoken(sql: str) -> str:
    """The statement as PostgreSQL takes it."""
    return (
        sql.replace("audit_", "huisheng.audit_").replace("huisheng.huisheng.", "huisheng.").replace("?", "%s")
    )


@dataclass(frozen=True, slots=True)
class State:
    """How far the log is hashed: up to `position`, in `size` leaves, by the holder of the lease `epoch`."""

    position: int
    size: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint as it is kept: the whole note. `made_at` in microseconds; `daily`: the first of its
    day."""

    size: int
    root: bytes
    note: str
    made_at: int
    daily: bool


class Book:
    """The tables of one deployment. Safe to use from any thread. Every method may raise StoreUnavailable."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @classmethod
    def of(cls, log: Log) -> "Book":
        """The book beside a log; makes its tables where there are none."""
        from engine.sqlite import SQLiteLogRecorder

        if isinstance(log.recorder, SQLiteLogRecorder):
            return cls(SQLiteAccess(log.recorder.datastore))
        from engine.postgres import PostgresLogRecorder

        assert isinstance(log.recorder, PostgresLogRecorder)
        return cls(PostgresAccess(log.recorder.datastore))

    def close(self) -> None:
        self._access.close()

    @property
    def locking(self) -> str:
        """Follows a SELECT of the state that will be changed; SQLite's writers take turns anyway."""
        return " FOR UPDATE" if isinstance(self._access, PostgresAccess) else ""

    # ------------------------------------------------------------------ the tree

    def state(self) -> State:
        return State(*self._access.read(STATE)[0])

    def tile(self, level: int, n: int) -> bytes | None:
        found = self._access.read(TILE, (level, n))
        return bytes(found[0][0]) if found else None

    def tiles(self, level: int, first: int, last: int) -> dict[int, bytes]:
        """The tiles of a level from number `first` on, up to and without `last`."""
        found = self._access.read(
            "SELECT n, data FROM audit_tiles WHERE level = ? AND n >= ? AND n < ?", (level, first, last)
        )
        return {n: bytes(data) for n, data in found}

    def tiles_at(self, places: Sequence[Place]) -> dict[Place, bytes]:
        """The tiles at these places, as far as they are there: one question for a proof's dozen."""
        found: dict[Place, bytes] = {}
        for first in range(0, len(places), AT_ONCE):
            some = places[first : first + AT_ONCE]
            where = " OR ".join(["level = ? AND n = ?"] * len(some))
            values = [number for place in some for number in place]
            sql = f"SELECT level, n, data FROM audit_tiles WHERE {where}"
            found |= {(level, n): bytes(data) for level, n, data in self._access.read(sql, values)}
        return found

    def leaves(self, first: int, last: int) -> bytes:
        """The hashes of the leaves [first, last), end to end; shorter where tiles are."""
        tiles = self.tiles(0, first // WIDTH, (last - 1) // WIDTH + 1)
        numbers = range(first // WIDTH, -(-last // WIDTH))
        whole = b"".join(tiles.get(n, b"").ljust(FULL, b"\0") for n in numbers)
        at = first % WIDTH * HASH
        return whole[at : at + (last - first) * HASH]

    def shelf(self) -> Shelf:
        return Shelf(self.tile, self.tiles_at)

    def append(self, before: State, after: State, tiles: Sequence[Tile], runs: Sequence[Run]) -> None:
        """Write tiles and position in one transaction. Overtaken if the state is no longer `before`, or a
        later holder of the lease has written."""
        with self._access.write() as execute:
            stands = State(*execute(STATE + self.locking, [()])[0])
            if stands != before or stands.epoch > after.epoch:
                raise Overtaken
            hashed(execute, before, after, tiles, runs)

    def runs(self) -> list[Run]:
        """All of them, in order."""
        found = self._access.read("SELECT first_index, first_position FROM audit_runs ORDER BY first_index")
        return [(index, position) for index, position in found]

    def position_of(self, index: int) -> int:
        """The position of a leaf that is in the tree."""
        ((first, position),) = self._access.read(POSITION, (index,))
        return int(position + index - first)

    def index_of(self, position: int) -> int | None:
        """The leaf of a position; None where it is not hashed, or no row has it."""
        found = self._access.read(INDEX, (position,))
        if not found:
            return None
        first_index, first_position, follows, hashed, size = found[0]
        index = int(position - first_position + first_index)
        return index if position <= hashed and index < (size if follows is None else follows) else None

    # ------------------------------------------------------------------ checkpoints

    def last(self) -> Kept | None:
        """The largest checkpoint."""
        found = self._checkpoints("ORDER BY size DESC LIMIT 1", ())
        return found[0] if found else None

    def at(self, size: int) -> Kept | None:
        found = self._checkpoints("WHERE size = ?", (size,))
        return found[0] if found else None

    def checkpoints(self, below: int | None = None, limit: int = 50) -> list[Kept]:
        """The largest first, those smaller than `below`."""
        where = "" if below is None else "WHERE size < ? "
        values: list[int] = [limit] if below is None else [below, limit]
        return self._checkpoints(f"{where}ORDER BY size DESC LIMIT ?", values)

    def checkpoints_from(self, size: int, limit: int = 1_000) -> list[Kept]:
        """The smallest first."""
        return self._checkpoints("WHERE size > ? ORDER BY size LIMIT ?", (size, limit))

    def _checkpoints(self, sql: str, values: Values) -> list[Kept]:
        found = self._access.read(
            f"SELECT size, root, note, made_at, daily FROM audit_checkpoints {sql}", values
        )
        return [Kept(size, bytes(root), note, at, bool(daily)) for size, root, note, at, daily in found]

    def put(self, kept: Kept, after: Kept | None) -> None:
        """Keep a checkpoint that was proven to follow `after`. Overtaken if that is no longer the last."""
        with self._access.write() as execute:
            if isinstance(self._access, PostgresAccess):
                execute("LOCK TABLE audit_checkpoints IN EXCLUSIVE MODE", [()])
            last = execute("SELECT max(size) FROM audit_checkpoints", [()])[0][0]
            if last != (None if after is None else after.size):
                raise Overtaken
            row = (kept.size, kept.root, kept.note, kept.made_at, int(kept.daily))
            execute("INSERT INTO audit_checkpoints VALUES (?, ?, ?, ?, ?)", [row])

    def sign_also(self, size: int, before: str, after: str) -> None:
        """The same checkpoint with more signature lines. Overtaken if it is no longer as `before`."""
        with self._access.write() as execute:
            changed = execute(
                "UPDATE audit_checkpoints SET note = ? WHERE size = ? AND note = ? RETURNING size",
                [(after, size, before)],
            )
            if not changed:
                raise Overtaken


def hashed(execute: Execute, before: State, after: State, tiles: Sequence[Tile], runs: Sequence[Run]) -> None:
    """Write tiles and position in the transaction of `execute`, in which the state was seen as `before`."""
    execute(PUT_TILE, tiles)
    if runs:
        execute("INSERT INTO audit_runs VALUES (?, ?)", runs)
    moved = (after.position, after.size, after.epoch, before.position, before.size)
    execute(MOVE, [moved])
