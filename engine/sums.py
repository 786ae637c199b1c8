"""Sums over rows of the views, and their parts.

A statement is made once for all questions of one shape (the same columns, operators and joins, as many values
in each list) and asked again with other values: a page asks thirty, and making one takes longer than most of
them take to answer.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from engine.conditions import (
    COMPARISONS,
    MANY,
    WIDELY,
    AllOf,
    Among,
    AnyOf,
    Bare,
    Condition,
    Filter,
    Join,
    Spans,
    column_named,
    columns_of,
    expressed,
    in_spans,
    told_as,
    under,
)
from engine.views import Reading

SHAPES = 1_000
"""Statements remembered; then the memory starts anew."""
HELD = frozenset({*COMPARISONS, *WIDELY, "!="})
HELD_LISTS = frozenset({"in", "widely-in"})


def sums(
    reading: Reading,
    table: str,
    add: str,
    *,
    by: Sequence[str],
    where: Sequence[Condition] = (),
    joins: Sequence[Join] = (),
    straight: bool = False,
) -> list[dict[str, Any]]:
    """The column `add` summed for each combination of `by`; combinations that sum to nothing are left out.

    The answer's rows have the columns of `by`, and the sum under the name of the column. `straight`: most of
    the joined rows pass, or few rows are added up: each looks for the one it goes with.
    """
    values = Values(reading)
    held = [values.hold(each) for each in where]
    shape = (id(reading.tables), table, add, *by, *joins, straight, *(shape for _, shape in held))
    known = None if values.alone else _MADE.get(shape)
    if known is None:
        known = reading.tables, _made(reading, table, add, by, [each for each, _ in held], joins, straight)
        if len(_MADE) >= SHAPES:
            _MADE.clear()
        if not values.alone:
            _MADE[shape] = known
    found = reading.connection.execute(known[1], values.told)
    names = (*by, add)
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


_MADE: dict[Hashable, tuple[Mapping[str, sa.Table], sa.Select[Any]]] = {}
"""By shape, with the tables, which are kept so that their identity stays theirs."""


class Values:
    """The values of a question, taken out of its conditions: parameters stand where they stood."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.told: dict[str, Any] = {}
        self.alone = False
        """Something was left in its condition: the statement is of this question alone."""

    def hold(self, condition: Condition) -> tuple[Condition, Hashable]:
        """The condition with parameters, and its shape: conditions of one shape make the same SQL."""
        match condition:
            case AnyOf(conditions) | AllOf(conditions):
                held = [self.hold(each) for each in conditions]
                shape: Hashable = (type(condition), *(shape for _, shape in held))
                return replace(condition, conditions=[each for each, _ in held]), shape
            case Among(column, table, select, where, absent):
                held = [self.hold(each) for each in where]
                shape = ("among", column, table, select, absent, *(shape for _, shape in held))
                return replace(condition, where=[each for each, _ in held]), shape
            case Spans(column, within, spans):
                told = [self.parameter(*each) for each in told_as(self.reading, spans)] if spans else []
                return Spans(column, within, told), ("spans", column, within, bool(spans))
            case Filter(column, op, int() | str() as value) if op in HELD and not isinstance(value, bool):
                return Filter(column, op, self.parameter(value)), (column, op, type(value))
            case Filter(column, op, value) if op in HELD_LISTS and len(value) <= MANY:
                listed = list(value)
                shape = (column, op, *map(type, listed)) if listed else (column, op)
                return Filter(column, op, [self.parameter(each) for each in listed]), shape
            case Filter(column, "under" | "widely-under" as op, str() as path) if path:
                return self.hold(under(column, path, "widely" if op == "widely-under" else ""))
        self.alone = True
        return condition, None

    def parameter(self, value: Any, kind: sa.types.TypeEngine[Any] | None = None) -> sa.BindParameter[Any]:
        name = f"v{len(self.told)}"
        self.told[name] = value
        return sa.bindparam(name, type_=kind or (sa.BigInteger() if isinstance(value, int) else sa.Text()))


def _made(
    reading: Reading,
    table: str,
    add: str,
    by: Sequence[str],
    where: Sequence[Condition],
    joins: Sequence[Join],
    straight: bool,
) -> sa.Select[Any]:
    columns = columns_of(reading, table, joins)
    for name in (*by, add):
        column_named(columns, name)
    own = {column.name for column in reading.tables[table].columns}
    first = [each for each in where if _columns(each) <= own]
    rest = [each for each in where if not _columns(each) <= own]
    straight = straight and bool(joins)
    if (
        not straight
        and rest
        and len(joins) == 1
        and all(_columns(each) <= _names(reading, joins[0]) for each in rest)
    ):
        # Which of the joined rows pass is asked once, and not of every sum.
        (join,) = joins
        first, rest = [*first, Among(join.own, join.table, join.column, rest)], []
        joins = () if own.issuperset(by) else joins
    few: sa.FromClause = reading.tables[table]
    spans: list[Any] = []
    if straight:
        spans = [each for each in first if isinstance(each, Spans)]
        first = [each for each in first if not isinstance(each, Spans)]
    else:
        few, first = _added_up(reading, table, add, by, first, rest, joins), []
    source = few
    for join in joins:
        other = reading.tables[join.table]
        source = source.join(other, other.c[join.column] == few.c[join.own])
    known: dict[str, Any] = columns | {column.name: column for column in few.columns}
    groups = [known[name] for name in by]
    total = sa.cast(sa.func.sum(known[add]), sa.BigInteger()).label(add)
    held = Bare(known) if straight else known
    return (
        sa.select(*groups, total)
        .select_from(source)
        .where(*(one for each in spans for one in in_spans(reading, known, each)))
        .where(*(expressed(reading, known, each) for each in first))
        .where(*(expressed(reading, held, each) for each in rest))
        .group_by(*groups)
        .having(sa.func.sum(known[add]) != 0)
    )


def totals(
    reading: Reading, table: str, add: Sequence[str], *, by: str, where: Sequence[Condition] = ()
) -> list[dict[str, Any]]:
    """Several columns of a small table summed in one question, for each value of `by` that a row has."""
    columns = columns_of(reading, table)
    added = [sa.cast(sa.func.sum(column_named(columns, name)), sa.BigInteger()).label(name) for name in add]
    group = column_named(columns, by)
    select = sa.select(group, *added).where(*(expressed(reading, columns, each) for each in where))
    found = reading.connection.execute(select.group_by(group)).fetchall()
    return [dict(zip((by, *add), row, strict=True)) for row in found]


def _added_up(
    reading: Reading,
    table: str,
    add: str,
    by: Sequence[str],
    first: Sequence[Condition],
    rest: Sequence[Condition],
    joins: Sequence[Join],
) -> sa.Subquery:
    """The table's own rows added up before others are joined: a few sums are joined instead of many rows."""
    columns = columns_of(reading, table)
    wanted = {*by, *(join.own for join in joins), *(name for each in rest for name in _columns(each))}
    kept = [column for name, column in columns.items() if name in wanted]
    spans = [each for each in first if isinstance(each, Spans)]
    chosen = sa.select(*kept, sa.func.sum(column_named(columns, add)).label(add))
    for each in spans:
        chosen = chosen.where(*in_spans(reading, columns, each))
    plain = (expressed(reading, columns, each) for each in first if not isinstance(each, Spans))
    return chosen.where(*plain).group_by(*kept).subquery()


def _names(reading: Reading, join: Join) -> frozenset[str]:
    return frozenset(column.name for column in reading.tables[join.table].columns)


def _columns(condition: Condition) -> frozenset[str]:
    """The columns of the row that the condition names."""
    if isinstance(condition, AnyOf | AllOf):
        return frozenset().union(*(_columns(each) for each in condition.conditions))
    if isinstance(condition, Spans):
        return frozenset({condition.column, condition.within})
    return frozenset({condition.column})
