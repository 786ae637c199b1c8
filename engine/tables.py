"""Tables of read models for both databases, and the few statements that write them.

A generation is one making of all views: the file `views.<name>.db`, or the PostgreSQL schema `views_<name>`.
Beside the projections' tables it holds how far it has come (`progress`), which version of each projection
made it (`makers`), and the state of every subject (`subjects`): one transaction moves them all.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

import orjson
import sqlalchemy as sa


class TableSpec(Protocol):
    """A table as plain data, as a projection declares it (projections/views.py says what each name means)."""

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def key(self) -> tuple[str, ...]: ...
    @property
    def indexes(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def adds(self) -> tuple[str, ...]: ...
    @property
    def once(self) -> bool: ...
    @property
    def grows(self) -> bool: ...


SQLITE_TYPES = {"text": "TEXT", "int": "INTEGER", "float": "REAL", "bytes": "BLOB"}
POSTGRES_TYPES = {"text": "text", "int": "bigint", "float": "double precision", "bytes": "bytea"}
CORE_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "int": sa.BigInteger(),
    "float": sa.Float(53),
    "bytes": sa.LargeBinary(),
}

OWN = {
    "progress": '("name" text PRIMARY KEY, "position" bigint NOT NULL, "epoch" bigint NOT NULL)',
    "makers": '("projection" text PRIMARY KEY, "version" bigint NOT NULL)',
    "subjects": '("projection" text{collate}, "subject" text{collate}, "state" {bytes} NOT NULL, '
    'PRIMARY KEY ("projection", "subject"))',
}


def core_tables(specs: Sequence[TableSpec], schema: str | None) -> dict[str, sa.Table]:
    """The tables as SQLAlchemy Core knows them, for reading. Made once for the same specs: that takes longer
    than opening a store."""
    made = _MADE.get((schema, *map(id, specs)))
    if made is None:
        made = _MADE[(schema, *map(id, specs))] = tuple(specs), _made(specs, schema)
    return made[1]


_MADE: dict[tuple[Any, ...], tuple[tuple[TableSpec, ...], dict[str, sa.Table]]] = {}
"""By the identity of the specs, which are kept so that it stays theirs."""


def _made(specs: Sequence[TableSpec], schema: str | None) -> dict[str, sa.Table]:
    metadata = sa.MetaData(schema=schema)
    return {
        spec.name: sa.Table(
            spec.name,
            metadata,
            *(
                sa.Column(name, CORE_TYPES[kind], primary_key=name in spec.key)
                for name, kind in spec.columns.items()
            ),
        )
        for spec in specs
    }


def quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


class Dialect(ABC):
    """How one database spells what the engine writes. `where` is the prefix of a table's name."""

    types: Mapping[str, str]
    collate = ""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def table(self, name: str) -> str:
        return f'{self.prefix}"{name}"'

    def create(self, spec: TableSpec, *, keyed: bool = True, name: str | None = None) -> str:
        """`keyed` False leaves the primary key out, for a bulk load that adds it (or merges) afterwards."""
        columns = [
            f'"{column}" {self.types[kind]}{self.collate if kind == "text" else ""}'
            f"{' NOT NULL' if column in spec.key or column in spec.adds else ''}"
            for column, kind in spec.columns.items()
        ]
        if keyed:
            columns.append(f"PRIMARY KEY ({quoted(spec.key)})")
        return f"CREATE TABLE IF NOT EXISTS {self.table(name or spec.name)} ({', '.join(columns)})"

    def create_own(self, name: str) -> str:
        shape = OWN[name].replace("{bytes}", self.types["bytes"]).replace("{collate}", self.collate)
        return f"CREATE TABLE IF NOT EXISTS {self.table(name)} {shape}"

    def add_key(self, spec: TableSpec) -> str:
        """For a table that was created without it."""
        return f"ALTER TABLE {self.table(spec.name)} ADD PRIMARY KEY ({quoted(spec.key)})"

    def create_indexes(self, spec: TableSpec) -> list[str]:
        return [
            f'CREATE INDEX IF NOT EXISTS "{spec.name}_{"_".join(columns)}"'
            f" ON {self.table(spec.name)} ({quoted(columns)})"
            for columns in spec.indexes
        ]

    @abstractmethod
    def values(self, kinds: Sequence[str]) -> str:
        """The rows to write, as an expression."""

    @abstractmethod
    def rows(self, rows: Sequence[tuple[Any, ...]], kinds: Sequence[str]) -> list[Any]:
        """The parameters of `values`, for one `executemany`."""

    def on_conflict(self, spec: TableSpec) -> str:
        """What an insert does when its key is there: add, keep the old, or replace."""
        target = f" ON CONFLICT ({quoted(spec.key)}) DO "
        if spec.once:
            return target + "NOTHING"
        if spec.adds:
            sums = (f'"{c}" = old."{c}" + excluded."{c}"' for c in spec.adds)
            return target + "UPDATE SET " + ", ".join(sums)
        rest = [c for c in spec.columns if c not in spec.key]
        if not rest:
            return target + "NOTHING"
        return target + "UPDATE SET " + ", ".join(f'"{c}" = excluded."{c}"' for c in rest)

    def insert(self, spec: TableSpec) -> str:
        columns = list(spec.columns)
        kinds = list(spec.columns.values())
        return f"INSERT INTO {self.table(spec.name)} AS old ({quoted(columns)}) {self.values(kinds)}"

    @abstractmethod
    def delete(self, spec: TableSpec) -> str:
        """Deletes by key: the parameters are the key's columns."""


class SQLite(Dialect):
    types = SQLITE_TYPES

    def create(self, spec: TableSpec, *, keyed: bool = True, name: str | None = None) -> str:
        # A narrow table that is read by its key: without a rowid it is half the size.
        narrow = keyed and (spec.adds or spec.once or spec.grows)
        return super().create(spec, keyed=keyed, name=name) + (" WITHOUT ROWID" if narrow else "")

    def values(self, kinds: Sequence[str]) -> str:
        return f"VALUES ({', '.join('?' * len(kinds))})"

    def rows(self, rows: Sequence[tuple[Any, ...]], kinds: Sequence[str]) -> list[Any]:
        return list(rows)

    def delete(self, spec: TableSpec) -> str:
        return f"DELETE FROM {self.table(spec.name)} WHERE " + " AND ".join(f'"{c}" = ?' for c in spec.key)


class Postgres(Dialect):
    """Rows travel as one array a column: one statement and one round trip for a whole batch."""

    types = POSTGRES_TYPES
    collate = ' COLLATE "C"'  # paths are compared by prefix, and both databases must sort alike

    def values(self, kinds: Sequence[str]) -> str:
        return f"SELECT * FROM unnest({', '.join(f'%s::{self.types[kind]}[]' for kind in kinds)})"

    def rows(self, rows: Sequence[tuple[Any, ...]], kinds: Sequence[str]) -> list[Any]:
        columns = zip(*rows, strict=True)
        return [
            tuple(
                [v if v is None else int(v) for v in values] if kind == "int" else list(values)
                for kind, values in zip(kinds, columns, strict=True)
            )
        ]

    def delete(self, spec: TableSpec) -> str:
        kinds = [spec.columns[column] for column in spec.key]
        return f"DELETE FROM {self.table(spec.name)} WHERE ({quoted(spec.key)}) IN ({self.values(kinds)})"


class RowShape:
    """Turns a projection's row into the tuple of its columns. A column left out is null; a column that
    the table has not is a mistake (KeyError)."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.columns = tuple(spec.columns)
        self.kinds = tuple(spec.columns.values())
        self.key_kinds = tuple(spec.columns[column] for column in spec.key)
        self.whole = _picker(self.columns)
        self.key = _picker(spec.key)
        self.added = _picker(spec.adds) if spec.adds else None
        self.spread = getattr(spec, "spread", None)
        self.key_at = _picker(tuple(self.columns.index(column) for column in spec.key))

    def tuple(self, row: Mapping[str, Any]) -> Any:
        try:
            if len(row) == len(self.columns):
                return self.whole(row)
        except KeyError:
            pass
        if strange := row.keys() - set(self.columns):
            raise KeyError(f"table {self.spec.name} has no column {', '.join(sorted(strange))}")
        return tuple(row.get(column) for column in self.columns)


def _picker(names: tuple[Any, ...]) -> Any:
    if len(names) == 1:
        name = names[0]
        return lambda row: (row[name],)
    return itemgetter(*names)


class Writer:
    """One connection that writes one generation. Not for two threads at once.

    `connection` is a DB-API connection in autocommit mode (sqlite3 or psycopg).
    """

    def __init__(self, connection: Any, dialect: Dialect, shapes: Mapping[str, RowShape]) -> None:
        self.connection = connection
        self.dialect = dialect
        self.shapes = shapes

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE" if isinstance(self.dialect, SQLite) else "BEGIN")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise

    def progress(self, *, lock: bool = False) -> tuple[int, int]:
        """(position, epoch of the lease under which it was last written)."""
        held = " FOR UPDATE" if lock and isinstance(self.dialect, Postgres) else ""
        found = self.connection.execute(
            f'SELECT "position", "epoch" FROM {self.dialect.table("progress")} WHERE "name" = \'views\'{held}'
        ).fetchone()
        return (int(found[0]), int(found[1]))

    def advance(self, position: int, epoch: int) -> None:
        mark = "?" if isinstance(self.dialect, SQLite) else "%s"
        self.connection.execute(
            f'UPDATE {self.dialect.table("progress")} SET "position" = {mark}, "epoch" = {mark}'
            " WHERE \"name\" = 'views'",
            (position, epoch),
        )

    def put(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows: added up, kept or replaced where their key is there. Keys must differ within `rows`."""
        self._write(table, rows, self.dialect.on_conflict(self.shapes[table].spec))

    def append(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows whose keys are new. Raises the database's IntegrityError for one that is not."""
        self._write(table, rows, "")

    def _write(self, table: str, rows: Sequence[tuple[Any, ...]], conflict: str) -> None:
        if rows:
            shape = self.shapes[table]
            self._many(self.dialect.insert(shape.spec) + conflict, rows, shape.kinds)

    def remove_nothings(self, table: str, keys: Sequence[tuple[Any, ...]]) -> None:
        """Of an additive table, those of the keys whose sum has become 0."""
        if keys:
            shape = self.shapes[table]
            only = f' AND "{shape.spec.adds[0]}" = 0'
            self._many(self.dialect.delete(shape.spec) + only, keys, shape.key_kinds)

    def remove(self, table: str, keys: Sequence[tuple[Any, ...]]) -> None:
        if keys:
            shape = self.shapes[table]
            self._many(self.dialect.delete(shape.spec), keys, shape.key_kinds)

    def _many(self, sql: str, rows: Sequence[tuple[Any, ...]], kinds: Sequence[str]) -> None:
        cursor = self.connection.cursor()
        cursor.executemany(sql, self.dialect.rows(rows, kinds))
        cursor.close()

    def states(self, projection: str, subjects: Sequence[str]) -> dict[str, bytes]:
        table = self.dialect.table("subjects")
        if isinstance(self.dialect, SQLite):
            found = self.connection.execute(
                f'SELECT "subject", "state" FROM {table} WHERE "projection" = ?'
                ' AND "subject" IN (SELECT value FROM json_each(?))',
                (projection, orjson.dumps(subjects).decode()),
            )
        else:
            found = self.connection.execute(
                f'SELECT "subject", "state" FROM {table} WHERE "projection" = %s AND "subject" = ANY(%s)',
                (projection, list(subjects)),
            )
        return {subject: bytes(state) for subject, state in found.fetchall()}

    def put_states(self, projection: str, states: Sequence[tuple[str, bytes]]) -> None:
        if states:
            columns = f'INSERT INTO {self.dialect.table("subjects")} ("projection", "subject", "state") '
            conflict = ' ON CONFLICT ("projection", "subject") DO UPDATE SET "state" = excluded."state"'
            kinds = ("text", "text", "bytes")
            rows = [(projection, subject, state) for subject, state in states]
            self._many(columns + self.dialect.values(kinds) + conflict, rows, kinds)

    def close(self) -> None:
        self.connection.close()


def views_file(data_dir: Path, generation: str) -> Path:
    return data_dir / f"views.{generation}.db"
