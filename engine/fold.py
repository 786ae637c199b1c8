"""What projections make of lines of the log, in memory, until it is written. The follower and the rebuild
run this same code: live views and rebuilt ones can only differ where one of them was tampered with.
"""

import gc
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec
import psycopg

from domain.messages import Recorded
from engine.codec import UPCASTERS
from engine.log import Row as LogRow
from engine.log import recorded
from engine.tables import RowShape, TableSpec, Writer

CACHED_SUBJECTS = 30_000

encode_state = msgspec.msgpack.Encoder(order="deterministic").encode
"""Equal states have equal bytes: the verification compares them."""


Sums = dict[tuple[Any, ...], list[int]]
"""Key -> what is added up, in the order of `adds`."""

FirstRows = dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]]
"""Key -> the position where it was first met, and its row."""


Net = dict[tuple[Any, ...], int]
"""What is left of one subject's marks once those that cancel out are gone."""

SPREAD_AT_ONCE = 50_000


class Projection(Protocol):
    """What the engine asks of a projection; projections/views.py says what each name means."""

    @property
    def NAME(self) -> str: ...
    @property
    def VERSION(self) -> int: ...
    @property
    def TABLES(self) -> tuple[TableSpec, ...]: ...
    @property
    def FACTS(self) -> frozenset[type]: ...
    @property
    def STATE(self) -> Any: ...

    def subject(self, line: Recorded, /) -> str: ...
    def fold(self, state: Any, line: Recorded, /) -> Any: ...
    def rows(self, state: Any, /) -> Mapping[str, Sequence[Mapping[str, Any]]]: ...
    def marks(
        self, before: Any, after: Any, line: Recorded, /
    ) -> Mapping[str, Sequence[Mapping[str, Any] | tuple[Any, ...]]]: ...


class Poison(Exception):
    """A line of the log that a projection cannot fold."""

    def __init__(self, projection: str, position: int, stream: str, name: str, error: Exception) -> None:
        super().__init__(f"{projection} cannot fold {name} at position {position}: {error!r}")
        self.projection = projection
        self.position = position
        self.stream = stream
        self.name = name
        self.error = error


def names_folded(projections: Sequence[Projection]) -> tuple[str, ...]:
    """The names on disk that any of the projections folds, old ones included."""
    named = {str(fact.NAME) for projection in projections for fact in projection.FACTS}  # type: ignore[attr-defined]
    return tuple(sorted(named | set(UPCASTERS)))


class Fold:
    """What one projection makes of lines of the log, in memory, until it is written.

    `states` holds the subjects' states: those loaded before, then those after. `before` remembers, for each
    subject met, the state its stored rows were made from.
    """

    def __init__(self, projection: Projection, shapes: Mapping[str, RowShape]) -> None:
        self.projection = projection
        self.shapes = {spec.name: shapes[spec.name] for spec in projection.TABLES}
        self.states: dict[str, Any] = {}
        self.before: dict[str, Any] = {}
        self.appended: dict[str, list[tuple[Any, ...]]] = {}
        self.kept: dict[str, FirstRows] = {}
        self.sums: dict[str, Sums] = {}
        self.nets: dict[str, dict[str, Net]] = {}
        for name, shape in self.shapes.items():
            if shape.spread is not None:
                self.nets[name] = {}
            elif shape.added is not None:
                self.sums[name] = {}
            elif shape.spec.once:
                self.kept[name] = {}
        self._decode_state = msgspec.msgpack.Decoder(projection.STATE).decode

    def load(self, states: Mapping[str, bytes]) -> None:
        for subject, state in states.items():
            self.states[subject] = self._decode_state(state)

    def take(self, subject: str, line: Recorded) -> None:
        """Fold one line. Raises whatever the projection raises."""
        states = self.states
        before = states.get(subject)
        after = self.projection.fold(before, line)
        marks = self.projection.marks(before, after, line)
        if subject not in self.before:
            self.before[subject] = before
        states[subject] = after
        for table, rows in marks.items():
            if not rows:
                continue
            if table in self.nets:
                nets = self.nets[table]
                left = nets.get(subject)
                if left is None:
                    left = nets[subject] = {}
                net(left, rows)  # type: ignore[arg-type]
            else:
                self._mark(table, rows, line.position)

    def _mark(self, table: str, rows: Sequence[Any], position: int) -> None:
        shape = self.shapes[table]
        if shape.added is not None:
            sums = self.sums[table]
            for row in rows:
                key = shape.key(row)
                adds = shape.added(row)
                if key in sums:
                    sums[key] = [a + b for a, b in zip(sums[key], adds, strict=True)]
                else:
                    sums[key] = list(adds)
        elif table in self.kept:
            kept, key_of = self.kept[table], shape.key
            for row in rows:
                key = key_of(row)
                if key not in kept:
                    kept[key] = (position, shape.tuple(row))
        else:
            plain = type(rows[0]) is tuple
            self.appended.setdefault(table, []).extend(rows if plain else map(shape.tuple, rows))

    def spread(self, table: str) -> Sums:
        """What the subjects met add to a table that spreads: each subject's marks have cancelled out before,
        so that few are left to spread. What adds up to nothing is left out."""
        spreading = self.shapes[table].spread
        assert spreading is not None
        counts: Counter[tuple[Any, ...]] = Counter()
        ones: list[tuple[Any, ...]] = []
        for left in self.nets[table].values():
            for key, n in left.items():
                keys = spreading(key)
                if n == 1:
                    ones += keys
                else:
                    for one in keys:
                        counts[one] += n
            if len(ones) > SPREAD_AT_ONCE:
                counts.update(ones)
                ones.clear()
        counts.update(ones)
        return {key: [n] for key, n in counts.items() if n}

    def made(self, state: Any) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of one subject."""
        if state is None:
            return {}
        return {
            table: [self.shapes[table].tuple(row) for row in rows]
            for table, rows in self.projection.rows(state).items()
        }

    def write(self, writer: Writer) -> None:
        """Bring the generation from the states before to those after. Within the caller's transaction."""
        if not self.before:
            return
        removed: dict[str, list[tuple[Any, ...]]] = {}
        put: dict[str, list[tuple[Any, ...]]] = {}
        for subject, before in self.before.items():
            self._difference(self.made(before), self.made(self.states[subject]), removed, put)
        for table, keys in removed.items():
            writer.remove(table, keys)
        for table, rows in put.items():
            writer.put(table, rows)
        for table, rows in self.appended.items():
            writer.append(table, rows)
        for table, kept in self.kept.items():
            writer.put(table, [row for _, row in kept.values()])
        for table in self.sums:
            writer.put(table, summed(self.shapes[table].spec, self.sums[table]))
        for table in self.nets:
            sums = self.spread(table)
            writer.put(table, summed(self.shapes[table].spec, sums))
            writer.remove_nothings(table, [key for key, (n,) in sums.items() if n < 0])
        states = [(subject, encode_state(self.states[subject])) for subject in self.before]
        writer.put_states(self.projection.NAME, states)

    def _difference(
        self,
        old: Mapping[str, list[tuple[Any, ...]]],
        new: Mapping[str, list[tuple[Any, ...]]],
        removed: dict[str, list[tuple[Any, ...]]],
        put: dict[str, list[tuple[Any, ...]]],
    ) -> None:
        for table in {**old, **new}:
            key = self.shapes[table].key_at
            was = {key(row): row for row in old.get(table, ())}
            changed = put.setdefault(table, [])
            for row in new.get(table, ()):
                if was.pop(key(row), None) != row:
                    changed.append(row)
            if was:
                removed.setdefault(table, []).extend(was)

    def settle(self) -> None:
        """Forget what was written; keep the newest states at hand for the next batch."""
        self.before = {}
        self.appended = {}
        for kept in self.kept.values():
            kept.clear()
        for sums in self.sums.values():
            sums.clear()
        for nets in self.nets.values():
            nets.clear()
        if len(self.states) > CACHED_SUBJECTS:
            newest = list(self.states.items())[-CACHED_SUBJECTS // 2 :]
            self.states = dict(newest)

    def forget(self) -> None:
        self.settle()
        self.states = {}


def net(left: Net, rows: Sequence[tuple[tuple[Any, ...], int]]) -> None:
    """Add rows, each a key and its count, to what is left of a subject's."""
    for key, more in rows:
        n = left.get(key, 0) + more
        if n:
            left[key] = n
        else:
            del left[key]


@contextmanager
def uncollected(pause: bool = True) -> Iterator[None]:
    """Pause the garbage collector: folding makes no cycles, and the collector would walk every new state
    again and again (a quarter of the time of a large batch)."""
    pause = pause and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def summed(spec: TableSpec, sums: Sums) -> list[tuple[Any, ...]]:
    """The rows of an additive table, in the order of its columns."""
    if (*spec.key, *spec.adds) == tuple(spec.columns):
        return [(*key, *adds) for key, adds in sorted(sums.items())]
    place = {column: at for at, column in enumerate((*spec.key, *spec.adds))}
    order = [place[column] for column in spec.columns]
    return [
        tuple([whole[at] for at in order]) for whole in ((*key, *adds) for key, adds in sorted(sums.items()))
    ]


def fold_batch(folds: Sequence[Fold], rows: Sequence[LogRow], writer: Writer) -> None:
    """Decode and fold rows of the log, loading the states they need. Raises Poison at the first line that
    cannot be folded; the folds then hold a part and must be forgotten."""
    row, fold = rows[0], folds[0]
    try:
        lines = []
        for row in rows:
            lines.append(recorded(row))
        kinds = {type(line.fact) for line in lines}
        for fold in folds:
            facts = fold.projection.FACTS
            if facts.isdisjoint(kinds):
                continue  # most folds, in a small batch
            chosen = []
            for row, line in zip(rows, lines, strict=True):
                if type(line.fact) in facts:
                    chosen.append((row, fold.projection.subject(line), line))
            unknown = {subject for _, subject, _ in chosen} - fold.states.keys()
            if unknown:
                fold.load(writer.states(fold.projection.NAME, sorted(unknown)))
            for row, subject, line in chosen:  # noqa: B007  (`row` names the culprit below)
                fold.take(subject, line)
    except (sqlite3.Error, psycopg.Error):
        raise
    except Exception as error:
        raise Poison(fold.projection.NAME, row[0], row[1], row[3], error) from error
