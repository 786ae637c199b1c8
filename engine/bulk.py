"""The fast half of a rebuild: one share of the log read raw, folded in memory, and written in bulk.

A share is the streams whose id ends in certain letters, so several processes each read their own part of the
log and no subject is in two of them. On SQLite one process writes the new generation and each other a file
of its own, in the order of the keys and without a journal, and the files are then merged; on PostgreSQL each
copies straight into the new tables, which get their keys afterwards.
"""

import importlib
import os
import pickle
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg

from engine.fold import (
    FirstRows,
    Fold,
    Poison,
    Projection,
    Sums,
    encode_state,
    names_folded,
    summed,
    uncollected,
)
from engine.log import Row, recorded
from engine.sqlite_file import insert_many
from engine.tables import TableSpec, quoted
from engine.views import Generation

READ_ROWS = 10_000
WRITE_ROWS = 100_000
SHARE_EVENTS = 600_000
"""About how many events one process folds at a time: bounds its memory (some 4 kB a case)."""
SUBJECTS = "subjects"
SUBJECT_KINDS = ("text", "text", "bytes")


class Scattered(Exception):
    """The subject of a projection is not the stream, so its facts cannot be shared out by stream."""


@dataclass(frozen=True, slots=True)
class Work:
    """One share to fold: `share` of `shares`. Plain data, so that another process can be told of it."""

    data_dir: Path
    database: str | None
    generation: str
    projections: bytes
    share: int
    shares: int
    until: int


@dataclass(frozen=True, slots=True)
class Folded:
    """What a share came to beside the rows it wrote: sums, and first rows of a key with their position."""

    events: int
    sums: dict[str, Sums]
    kept: dict[str, FirstRows]


def packed(projections: Sequence[Projection]) -> bytes:
    """Projections as another process can find them: modules by name, objects pickled."""
    return pickle.dumps([p.__name__ if isinstance(p, ModuleType) else p for p in projections])


def unpacked(data: bytes) -> list[Projection]:
    found = pickle.loads(data)
    return [importlib.import_module(p) if isinstance(p, str) else p for p in found]


def part_file(generation: Generation, share: int) -> Path:
    return generation.path.with_suffix(f".part-{share}")


# ------------------------------------------------------------------ reading


def raw_rows(work: Work, names: Sequence[str], connection: Any) -> Iterator[list[Row]]:
    """The share's rows of the log, in order, some thousands at a time."""
    sqlite = work.database is None
    mark = "?" if sqlite else "%s"
    table = "log" if sqlite else "huisheng.log"
    letter = (
        "coalesce(unicode(substr(stream, -{0}, 1)), 0)"
        if sqlite
        else "ascii(substr(stream, length(stream) - {0} + 1, 1))"
    )
    rest = "%" if sqlite else "%%"  # psycopg reads one as a placeholder
    share = f"({letter.format(1)} + 31 * {letter.format(2)}) {rest} {work.shares} = {work.share} AND "
    sql = (
        f"SELECT position, stream, version, name, recorded_at, body FROM {table} WHERE"
        f" {share if work.shares > 1 else ''}"
        f" name IN ({', '.join([mark] * len(names))}) AND position > {mark} AND position <= {mark}"
        f" ORDER BY position LIMIT {READ_ROWS}"
    )
    after = 0
    while True:
        cursor = connection.cursor() if sqlite else connection.cursor(binary=True)
        rows: list[Row] = cursor.execute(sql, (*names, after, work.until)).fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def open_log(work: Work) -> Any:
    if work.database is not None:
        return psycopg.connect(work.database, autocommit=True)
    return sqlite3.connect(f"file:{work.data_dir / 'log.db'}?mode=ro", uri=True, isolation_level=None)


# ------------------------------------------------------------------ writing


class Part:
    """Where one share's rows go: on SQLite the first share's into the new generation itself, the others' into
    files of their own; on PostgreSQL all into the new tables."""

    def __init__(self, work: Work, generation: Generation) -> None:
        self.generation = generation
        self.database = work.database
        self.columns: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
            spec.name: (tuple(spec.columns), tuple(spec.columns.values())) for spec in generation.specs
        }
        self.columns[SUBJECTS] = (("projection", "subject", "state"), SUBJECT_KINDS)
        self.key_at: dict[str, Callable[[Any], Any]] = {
            name: shape.key_at for name, shape in generation.shapes.items()
        }
        self.key_at[SUBJECTS] = itemgetter(0, 1)
        self.connection = self._open(work)

    def _open(self, work: Work) -> Any:
        if self.database is not None:
            return psycopg.connect(self.database, autocommit=True)
        path = self.generation.path
        if work.share > 0:
            path = part_file(self.generation, work.share)
            path.unlink(missing_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
        without_journal(connection)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        dialect = self.generation.dialect
        for statement in (dialect.create_own(SUBJECTS), *map(dialect.create, self.generation.specs)):
            connection.execute(statement)
        connection.execute("BEGIN")
        return connection

    def write(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Write rows, which are sorted by their key first: a tree takes them three times as fast."""
        if not rows:
            return
        columns, kinds = self.columns[table]
        if self.database is None:
            rows.sort(key=self.key_at[table])
            insert_many(self.connection, f'"{table}"', rows)
            return
        types = self.generation.dialect.types
        target = self.generation.dialect.table(table)
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {target} ({quoted(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types([types[kind] for kind in kinds])
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        if self.database is None:
            self.connection.execute("COMMIT")
        self.connection.close()


def without_journal(connection: sqlite3.Connection) -> None:
    """For a file nobody reads yet: a load that is killed is begun again."""
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -131072"):
        connection.execute(f"PRAGMA {pragma}")


def flush(fold: Fold, part: Part, *, everything: bool = False) -> None:
    """Write the rows that only grow, once there are many."""
    for table, rows in fold.appended.items():
        if everything or len(rows) >= WRITE_ROWS:
            part.write(table, rows)
            rows.clear()


def finish(fold: Fold, part: Part) -> None:
    """Write the rows of every subject, and its state."""
    flush(fold, part, everything=True)
    made: dict[str, list[tuple[Any, ...]]] = {}
    states: list[tuple[str, str, bytes]] = []
    for subject, state in fold.states.items():
        for table, rows in fold.made(state).items():
            made.setdefault(table, []).extend(rows)
        states.append((fold.projection.NAME, subject, encode_state(state)))
    for table, rows in made.items():
        part.write(table, rows)
    part.write(SUBJECTS, states)


def fold_share(work: Work, told: Callable[[int], None] = lambda _: None) -> Folded:
    """Fold one share and write its rows. `told` hears how many more events are done.

    Raises Poison for a fact that cannot be folded, Scattered where a share is not a whole.
    """
    projections = unpacked(work.projections)
    specs: list[TableSpec] = [table for projection in projections for table in projection.TABLES]
    generation = Generation(work.generation, specs, work.data_dir, work.database)
    part = Part(work, generation)
    folds = [Fold(projection, generation.shapes) for projection in projections]
    takers = takers_of(folds)
    events = 0
    with uncollected(), closing(open_log(work)) as connection, closing(part):
        for rows in raw_rows(work, names_folded(projections), connection):
            _take(takers, rows, work.shares > 1)
            for fold in folds:
                flush(fold, part)
            events += len(rows)
            told(len(rows))
        for fold in folds:
            finish(fold, part)
            fold.sums.update({table: fold.spread(table) for table in fold.nets})
    return Folded(
        events,
        {table: sums for fold in folds for table, sums in fold.sums.items()},
        {table: kept for fold in folds for table, kept in fold.kept.items()},
    )


def takers_of(folds: Sequence[Fold]) -> dict[type, list[Fold]]:
    """Which folds take a fact, by its type: of some thirty, two or three."""
    takers: dict[type, list[Fold]] = {}
    for fold in folds:
        for fact in fold.projection.FACTS:
            takers.setdefault(fact, []).append(fold)
    return takers


def _take(takers: Mapping[type, Sequence[Fold]], rows: Sequence[Row], shared: bool) -> None:
    name = next((fold.projection.NAME for folds in takers.values() for fold in folds), "")
    for row in rows:
        try:
            line = recorded(row)
            for fold in takers.get(type(line.fact), ()):
                name = fold.projection.NAME
                subject = fold.projection.subject(line)
                if shared and subject != row[1]:
                    raise Scattered(name)
                fold.take(subject, line)
        except Scattered:
            raise
        except Exception as error:
            raise Poison(name, row[0], row[1], row[3], error) from error


# ------------------------------------------------------------------ merging


class Load:
    """Turns what the shares left into a generation with keys and indexes, at a position."""

    def __init__(self, side: Generation, hold: Callable[[], None]) -> None:
        self.side = side
        self.hold = hold

    def finish(self, folded: Sequence[Folded], target: int) -> None:
        with closing(self.side.connect()) as connection:
            if self.side.database is None:
                without_journal(connection)
                for share in range(1, len(folded)):
                    self._take_over(connection, part_file(self.side, share))
            else:
                for spec in self.side.specs:
                    connection.execute(self.side.dialect.add_key(spec))
            for spec in self.side.specs:
                for statement in self.side.dialect.create_indexes(spec):
                    connection.execute(statement)
                    self.hold()
        self._small_tables(folded, target)
        if self.side.database is None:
            _sync(self.side.path)

    def _take_over(self, connection: sqlite3.Connection, part: Path) -> None:
        """The rows of another share's file; its tables hold them in the order of their keys already."""
        connection.execute("ATTACH ? AS part", (str(part),))
        connection.execute("BEGIN")
        names = [spec.name for spec in self.side.specs if not spec.adds and not spec.once]
        for table in (*names, SUBJECTS):
            connection.execute(f'INSERT INTO main."{table}" SELECT * FROM part."{table}"')
            self.hold()
        connection.execute("COMMIT")
        connection.execute("DETACH part")

    def _small_tables(self, folded: Sequence[Folded], target: int) -> None:
        with uncollected(), closing(self.side.writer()) as writer, writer.transaction():
            for spec in self.side.specs:
                if spec.adds:
                    sums = added_up(each.sums.get(spec.name, {}) for each in folded)
                    writer.put(spec.name, summed(spec, sums))
                elif spec.once:
                    met = [first for each in folded for first in each.kept.get(spec.name, {}).values()]
                    key_at = writer.shapes[spec.name].key_at
                    first_rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
                    for _, row in sorted(met, key=lambda first: first[0]):
                        first_rows.setdefault(key_at(row), row)
                    writer.put(spec.name, list(first_rows.values()))
            writer.advance(target, 0)


def added_up(pieces: Iterable[Sums]) -> Sums:
    """The sums of the whole from those of its shares."""
    whole: Sums = {}
    for piece in pieces:
        for key, adds in piece.items():
            known = whole.get(key)
            whole[key] = adds if known is None else [a + b for a, b in zip(known, adds, strict=True)]
    return whole


def _sync(path: Path) -> None:
    """Onto the disk: the load was written without a journal."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
