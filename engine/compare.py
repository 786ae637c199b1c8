"""Compares two generations row by row, in the order of their keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.tables import TableSpec
from engine.views import Reading

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not the same. `column` is empty where a whole row is missing on one side;
    then that side's value is None, and the other's is the row."""

    table: str
    key: tuple[Any, ...]
    column: str
    live: Any
    rebuilt: Any

    def __str__(self) -> str:
        key = ", ".join(map(str, self.key))
        if self.column:
            return f"{self.table} [{key}] {self.column}: live {self.live!r}, rebuilt {self.rebuilt!r}"
        where = "live" if self.rebuilt is None else "rebuilt"
        return f"{self.table} [{key}] is only in the {where} views"


@dataclass(frozen=True, slots=True)
class OwnTable:
    """The table of subject states, for a comparison."""

    name: str = "subjects"
    columns: tuple[str, ...] = ("projection", "subject", "state")
    key: tuple[str, ...] = ("projection", "subject")


def first_difference(
    live: Reading, rebuilt: Reading, specs: Sequence[TableSpec], projections: Sequence[str]
) -> Difference | None:
    """Compares the tables of `specs` and the subject states of `projections`. None if all is the same."""
    for spec in specs:
        found = _compare(live, rebuilt, spec.name, tuple(spec.columns), spec.key, "")
        if found is not None:
            return found
    own = OwnTable()
    for projection in projections:
        only = f"\"projection\" = '{projection}'"
        found = _compare(live, rebuilt, own.name, own.columns, own.key, only)
        if found is not None:
            return found
    return None


def _compare(
    live: Reading,
    rebuilt: Reading,
    table: str,
    columns: tuple[str, ...],
    key: tuple[str, ...],
    only: str,
) -> Difference | None:
    at = [columns.index(column) for column in key]

    def key_of(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(row[place] for place in at)

    left = _rows(live, table, columns, key, only)
    right = _rows(rebuilt, table, columns, key, only)
    mine, theirs = next(left, None), next(right, None)
    while mine is not None or theirs is not None:
        if mine is None or (theirs is not None and key_of(theirs) < key_of(mine)):
            assert theirs is not None
            return Difference(table, key_of(theirs), "", None, _named(columns, theirs))
        if theirs is None or key_of(mine) < key_of(theirs):
            return Difference(table, key_of(mine), "", _named(columns, mine), None)
        if mine != theirs:
            for column, one, other in zip(columns, mine, theirs, strict=True):
                if one != other:
                    return Difference(table, key_of(mine), column, one, other)
        mine, theirs = next(left, None), next(right, None)
    return None


def _named(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(columns, row, strict=True))


def _rows(
    reading: Reading, table: str, columns: Sequence[str], key: Sequence[str], only: str
) -> Iterator[tuple[Any, ...]]:
    """All rows in the order of the key, as plain tuples, a page at a time."""
    dialect = reading.generation.dialect
    named = ", ".join(f'"{column}"' for column in columns)
    order = ", ".join(f'"{column}"' for column in key)
    where = f" WHERE {only}" if only else ""
    sql = f"SELECT {named} FROM {dialect.table(table)}{where} ORDER BY {order}"
    found = reading.connection.execution_options(yield_per=PAGE).exec_driver_sql(sql)
    for row in found:
        yield tuple(row)
