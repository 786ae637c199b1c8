"""Questions to the views: rows with filters and keyset pages, and counts; sums are in engine/sums.py.

A question is plain data (engine/conditions.py) and knows no database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.conditions import COMPARISONS as COMPARISONS
from engine.conditions import AllOf as AllOf
from engine.conditions import Among as Among
from engine.conditions import AnyOf as AnyOf
from engine.conditions import Condition as Condition
from engine.conditions import Filter as Filter
from engine.conditions import Join as Join
from engine.conditions import Spans as Spans
from engine.conditions import bare, column_named, columns_of, expressed, led_by, unindexed
from engine.cursors import read_cursor, write_cursor
from engine.sums import sums as sums
from engine.sums import totals as totals
from engine.views import Reading

MAX_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is where the next page begins, None after the last."""

    items: list[dict[str, Any]]
    next: str | None


# ------------------------------------------------------------------ rows


def rows(
    reading: Reading,
    table: str,
    *,
    where: Sequence[Condition] = (),
    order: tuple[str, str] | None = None,
    after: str | None = None,
    limit: int = 50,
    joins: Sequence[Join] = (),
    checked: Sequence[Condition] = (),
    few: bool = False,
    alone: bool = False,
    along: bool = False,
) -> Page:
    """A page of rows, in order of one column (`asc` or `desc`) and then of the key in the same direction.

    Rows without a value in that column come last, either way; without an index on (column, key) they are
    sorted for each page, so ask for rows that have one where you can. `after` is the `next` of the page
    before. `checked` are conditions that no index is asked for: each row found is held against them.
    `few`: what `where` finds is little, sort it rather than walk the order's index. `alone`: every row has
    a value of its own in the order's column. `along`: few rows have a value there; they are walked in order,
    and `where` finds only those without.

    Raises ValueError for a cursor that is not of this question's order, and for unknown names.
    """
    columns = columns_of(reading, table, joins)
    first, direction = order or (_key(reading, table)[0], "asc")
    if direction not in ("asc", "desc"):
        raise ValueError(f"there is no direction {direction!r}")
    keys = [name for name in _key(reading, table) if name != first]
    ordered = [column_named(columns, first), *(columns[name] for name in keys)]
    sign = f"{table}|{first}|{direction}"
    at = None if after is None else read_cursor(after, sign, ordered)
    count = max(1, min(limit, MAX_LIMIT)) + 1
    found: list[dict[str, Any]] = []
    every, held = _joined(reading, table, columns, joins), unindexed(reading, table, checked)
    select = every.where(*(expressed(reading, columns, each) for each in where), *held)
    by = _by(ordered[:1] if alone else ordered, direction, few)
    bare_too = (
        not alone and first not in _key(reading, table) and not any(_has_value(each, first) for each in where)
    )
    if at is None or at[0] is not None:
        walked = every.where(*unindexed(reading, table, where), *held) if along else select
        valued = walked.where(ordered[0].is_not(None)) if bare_too else walked
        if at is not None:
            valued = valued.where(
                _beyond(ordered[:1], at[:1], direction) if alone else _beyond(ordered, at, direction)
            )
        # The places or keys first, which an index may hold: what is sorted is short, few rows are looked up.
        if alone and where and not (few or joins) and led_by(reading, table, first):
            chosen = valued.with_only_columns(ordered[0]).order_by(*by).limit(count)
            valued = every.where(ordered[0].in_(chosen))
        elif where and len(ordered) == 2 and not (few or joins or led_by(reading, table, first)):
            chosen = valued.with_only_columns(ordered[1]).order_by(*by).limit(count)
            valued = every.where(ordered[1].in_(chosen))
        found += _fetch(reading, valued.order_by(*by), count)
    if len(found) < count and bare_too:
        bare = select.where(ordered[0].is_(None))
        if at is not None and at[0] is None:
            bare = bare.where(_beyond(ordered[1:], at[1:], direction))
        by = _by(ordered[1:], direction)
        if not joins and len(ordered) == 2:
            # The keys first, which an index may hold: what is sorted is short, and few rows are looked up.
            chosen = bare.with_only_columns(ordered[1]).order_by(*by).limit(count - len(found))
            bare = every.where(ordered[1].in_(chosen))
        found += _fetch(reading, bare.order_by(*by), count - len(found))
    if len(found) < count:
        return Page(found, None)
    items = found[: count - 1]
    return Page(items, write_cursor(sign, [items[-1][column.name] for column in ordered]))


def cursor_after(reading: Reading, table: str, order: tuple[str, str], row: Mapping[str, Any]) -> str:
    """The cursor of a page that ends with this row, for who keeps only some of the rows found."""
    first, direction = order
    keys = [name for name in _key(reading, table) if name != first]
    return write_cursor(f"{table}|{first}|{direction}", [row[name] for name in (first, *keys)])


def one(reading: Reading, table: str, where: Sequence[Condition]) -> dict[str, Any] | None:
    """The first row that passes, or None."""
    page = rows(reading, table, where=where, limit=1)
    return page.items[0] if page.items else None


def count(
    reading: Reading,
    table: str,
    where: Sequence[Condition] = (),
    *,
    up_to: int | None = None,
    checked: Sequence[Condition] = (),
) -> int:
    """How many rows pass. With `up_to`, counting stops there. `checked`: as `rows`."""
    columns = columns_of(reading, table)
    passing = sa.select(sa.literal(1).label("one")).select_from(reading.tables[table])
    passing = passing.where(
        *(expressed(reading, columns, each) for each in where), *unindexed(reading, table, checked)
    )
    if up_to is not None:
        passing = passing.limit(up_to)
    return int(
        reading.connection.execute(sa.select(sa.func.count()).select_from(passing.subquery())).scalar_one()
    )


def spread(
    reading: Reading,
    table: str,
    by: Sequence[str],
    where: Sequence[Condition],
    up_to: int,
    checked: Sequence[Condition] = (),
) -> list[dict[str, Any]]:
    """How many of the rows that pass stand at each combination of the columns, as `n`; of `up_to` rows.
    `checked`: as `rows`."""
    columns = columns_of(reading, table)
    passing = sa.select(*(column_named(columns, name) for name in by)).select_from(reading.tables[table])
    passing = passing.where(*(expressed(reading, columns, each) for each in where))
    few = passing.where(*unindexed(reading, table, checked)).limit(up_to).subquery()
    found = reading.connection.execute(
        sa.select(*few.c, sa.func.count().label("n")).group_by(*few.c)
    ).fetchall()
    return [dict(zip((*by, "n"), row, strict=True)) for row in found]


def extremes(reading: Reading, table: str, column: str, where: Sequence[Condition]) -> tuple[int, int]:
    """The least and the greatest value among the rows that pass; (1, 0) where none does."""
    columns = columns_of(reading, table)
    value = column_named(columns, column)
    select = sa.select(sa.func.min(bare(value)), sa.func.max(bare(value)))
    least, greatest = reading.connection.execute(
        select.where(*(expressed(reading, columns, each) for each in where))
    ).one()
    return (1, 0) if least is None else (int(least), int(greatest))


def ends(
    reading: Reading, table: str, column: str, apart: tuple[str, Sequence[int]], where: Sequence[Condition]
) -> tuple[int, int] | None:
    """The least and the greatest value among the rows that pass, looked up for each of the values of a column
    (`apart`) that stands before it in the key. None where no row passes."""
    columns = columns_of(reading, table)
    name, values = apart
    spans = (
        sa.values(sa.column("value", sa.BigInteger()), name="apart").data([(each,) for each in values]).cte()
    )
    passing = [expressed(reading, columns, each) for each in where]
    passing.append(column_named(columns, name) == spans.c.value)
    value = column_named(columns, column)
    found = [
        sa.select(of(value)).where(*passing).correlate(spans).scalar_subquery()
        for of in (sa.func.min, sa.func.max)
    ]
    each = sa.select(found[0].label("least"), found[1].label("greatest")).select_from(spans).subquery()
    least, greatest = reading.connection.execute(
        sa.select(sa.func.min(each.c.least), sa.func.max(each.c.greatest))
    ).one()
    return None if least is None else (int(least), int(greatest))


def _key(reading: Reading, table: str) -> list[str]:
    if table not in reading.tables:
        raise ValueError(f"there is no view {table!r}")
    return [column.name for column in reading.tables[table].primary_key.columns]


def _has_value(condition: Condition, column: str) -> bool:
    """Whether the condition lets no row through that has nothing in the column."""
    if not isinstance(condition, Filter) or condition.column != column:
        return False
    return condition.op in COMPARISONS or (condition.op == "null" and not condition.value)


def _joined(
    reading: Reading, table: str, columns: Mapping[str, sa.Column[Any]], joins: Sequence[Join]
) -> sa.Select[Any]:
    chosen = columns.values() if joins else reading.tables[table].columns
    return sa.select(*chosen).select_from(_source(reading, table, joins))


def _source(reading: Reading, table: str, joins: Sequence[Join]) -> sa.FromClause:
    source: sa.FromClause = reading.tables[table]
    for join in joins:
        other = reading.tables[join.table]
        source = source.join(other, other.c[join.column] == reading.tables[table].c[join.own])
    return source


def _by(ordered: Sequence[sa.Column[Any]], direction: str, few: bool = False) -> list[sa.ColumnElement[Any]]:
    named = [bare(column) if few else column for column in ordered]
    return [column.desc() if direction == "desc" else column.asc() for column in named]


def _beyond(ordered: Sequence[sa.Column[Any]], at: Sequence[Any], direction: str) -> sa.ColumnElement[bool]:
    here: Any = sa.tuple_(*ordered) if len(ordered) > 1 else ordered[0]
    there: Any = sa.tuple_(
        *(sa.bindparam(None, v, column.type) for v, column in zip(at, ordered, strict=True))
    )
    if len(ordered) == 1:
        there = at[0]
    beyond: sa.ColumnElement[bool] = here < there if direction == "desc" else here > there
    return beyond


def _fetch(reading: Reading, select: sa.Select[Any], limit: int) -> list[dict[str, Any]]:
    found = reading.connection.execute(select.limit(limit))
    names = list(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
