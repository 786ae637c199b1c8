"""Questions to the views: rows with filters and keyset pages, counts, and sums with their parts.

A question is plain data and knows no database. Columns that a table has not are a ValueError, so that a
name from outside never reaches SQL.
"""

import base64
import binascii
import operator
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine.views import Reading

MAX_LIMIT = 5_000
AFTER_SLASH = "0"
"""The character after `/`: a path is under another when it lies between `<other>/` and `<other>0`."""

COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Filter:
    """`op`: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` (a collection), `null` (True: is null, False: is not) and
    `under` (a path: itself or below; the empty path: everything). `widely-under`, `widely>=` and `widely<`
    say the same where most rows pass: another condition's index, or the order's, finds the rows."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Among:
    """The column's value is one of `select` in the rows of another table that pass `where`."""

    column: str
    table: str
    select: str
    where: "Sequence[Condition]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds. None at all: nothing passes."""

    conditions: "Sequence[Condition]"


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: "Sequence[Condition]"


Condition = Filter | Among | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of another table that go with each row: `column` there equals `own` here."""

    table: str
    column: str
    own: str


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is where the next page begins, None after the last."""

    items: list[dict[str, Any]]
    next: str | None


def columns_of(reading: Reading, table: str, joins: Sequence[Join] = ()) -> dict[str, sa.Column[Any]]:
    """The columns a question may name. Those of the table win over those of a joined one."""
    found: dict[str, sa.Column[Any]] = {}
    for name in (table, *(join.table for join in joins)):
        if name not in reading.tables:
            raise ValueError(f"there is no view {name!r}")
        for column in reading.tables[name].columns:
            found.setdefault(column.name, column)
    return found


def column_named(columns: Mapping[str, sa.Column[Any]], name: str) -> sa.Column[Any]:
    if name not in columns:
        raise ValueError(f"there is no column {name!r}")
    return columns[name]


def expressed(
    reading: Reading, columns: Mapping[str, sa.Column[Any]], condition: Condition
) -> sa.ColumnElement[bool]:
    """The condition as SQL. Raises ValueError for unknown columns and operators."""
    if isinstance(condition, AnyOf):
        return sa.or_(sa.false(), *(expressed(reading, columns, each) for each in condition.conditions))
    if isinstance(condition, AllOf):
        return sa.and_(sa.true(), *(expressed(reading, columns, each) for each in condition.conditions))
    column = column_named(columns, condition.column)
    if isinstance(condition, Among):
        other = columns_of(reading, condition.table)
        inner = [expressed(reading, other, each) for each in condition.where]
        return column.in_(sa.select(column_named(other, condition.select)).where(*inner))
    return compared(column, condition.op, condition.value)


def compared(column: sa.Column[Any], op: str, value: Any) -> sa.ColumnElement[bool]:
    if op in COMPARISONS:
        found: sa.ColumnElement[bool] = COMPARISONS[op](column, value)
        return found
    match op:
        case "!=":
            return column.is_distinct_from(value)
        case "in":
            return column.in_(list(value))
        case "null":
            return column.is_(None) if value else column.is_not(None)
        case "under" if value == "":
            return sa.true()
        case "widely-under":
            # As under, where most rows pass: an index on the column would find all of them only to sort them.
            plain = sa.func.coalesce(column, "")
            below = sa.and_(plain >= f"{value}/", plain < f"{value}{AFTER_SLASH}")
            return sa.or_(plain == value, below)
        case "widely>=" | "widely<":
            return COMPARISONS[op.removeprefix("widely")](column + 0, value)  # type: ignore[no-any-return]
        case "under":
            below = sa.and_(column >= f"{value}/", column < f"{value}{AFTER_SLASH}")
            return sa.or_(column == value, below)
    raise ValueError(f"there is no operator {op!r}")


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
) -> Page:
    """A page of rows, in order of one column (`asc` or `desc`) and then of the key in the same direction.

    Rows without a value in that column come last, either way; without an index on (column, key) they are
    sorted for each page, so ask for rows that have one where you can. `after` is the `next` of the page
    before. Raises ValueError for a cursor that is not of this question's order, and for unknown names.
    """
    columns = columns_of(reading, table, joins)
    first, direction = order or (_key(reading, table)[0], "asc")
    if direction not in ("asc", "desc"):
        raise ValueError(f"there is no direction {direction!r}")
    keys = [name for name in _key(reading, table) if name != first]
    ordered = [column_named(columns, first), *(columns[name] for name in keys)]
    sign = f"{table}|{first}|{direction}"
    at = None if after is None else _read_cursor(after, sign, ordered)
    count = max(1, min(limit, MAX_LIMIT)) + 1
    found: list[dict[str, Any]] = []
    select = _joined(reading, table, columns, joins).where(
        *(expressed(reading, columns, each) for each in where)
    )
    bare_too = first not in _key(reading, table) and not any(_has_value(each, first) for each in where)
    if at is None or at[0] is not None:
        valued = select.where(ordered[0].is_not(None)) if bare_too else select
        if at is not None:
            valued = valued.where(_beyond(ordered, at, direction))
        found += _fetch(reading, valued.order_by(*_by(ordered, direction)), count)
    if len(found) < count and bare_too:
        bare = select.where(ordered[0].is_(None))
        if at is not None and at[0] is None:
            bare = bare.where(_beyond(ordered[1:], at[1:], direction))
        found += _fetch(reading, bare.order_by(*_by(ordered[1:], direction)), count - len(found))
    if len(found) < count:
        return Page(found, None)
    items = found[: count - 1]
    return Page(items, _write_cursor(sign, [items[-1][column.name] for column in ordered]))


def one(reading: Reading, table: str, where: Sequence[Condition]) -> dict[str, Any] | None:
    """The first row that passes, or None."""
    page = rows(reading, table, where=where, limit=1)
    return page.items[0] if page.items else None


def count(reading: Reading, table: str, where: Sequence[Condition] = (), *, up_to: int | None = None) -> int:
    """How many rows pass. With `up_to`, counting stops there."""
    columns = columns_of(reading, table)
    passing = sa.select(sa.literal(1).label("one")).select_from(reading.tables[table])
    passing = passing.where(*(expressed(reading, columns, each) for each in where))
    if up_to is not None:
        passing = passing.limit(up_to)
    return int(
        reading.connection.execute(sa.select(sa.func.count()).select_from(passing.subquery())).scalar_one()
    )


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


def _by(ordered: Sequence[sa.Column[Any]], direction: str) -> list[sa.ColumnElement[Any]]:
    return [column.desc() if direction == "desc" else column.asc() for column in ordered]


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


def _write_cursor(sign: str, values: Sequence[Any]) -> str:
    body = orjson.dumps([zlib.crc32(sign.encode()), *values])
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def _read_cursor(cursor: str, sign: str, ordered: Sequence[sa.Column[Any]]) -> list[Any]:
    """Its values. A cursor is not secret: it names values of the row it follows, and is checked as input."""
    try:
        if len(cursor) > 2_000:
            raise ValueError
        found = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, binascii.Error) as error:
        raise ValueError("the cursor cannot be read") from error
    if not isinstance(found, list) or len(found) != len(ordered) + 1 or found[0] != zlib.crc32(sign.encode()):
        raise ValueError("the cursor belongs to another question")
    for value, column in zip(found[1:], ordered, strict=True):
        kinds = {sa.BigInteger: (int,), sa.Float: (int, float)}.get(type(column.type), (str,))
        fits = type(value) in kinds or (value is None and column is ordered[0])
        if not fits or (type(value) is int and not -(2**63) <= value < 2**63):
            raise ValueError("the cursor belongs to another question")
    return found[1:]


# ------------------------------------------------------------------ sums


def sums(
    reading: Reading,
    table: str,
    add: str,
    *,
    by: Sequence[str],
    where: Sequence[Condition] = (),
    joins: Sequence[Join] = (),
) -> list[dict[str, Any]]:
    """The column `add` summed for each combination of `by`; combinations that sum to nothing are left out.

    The answer's rows have the columns of `by`, and the sum under the name of the column.
    """
    columns = columns_of(reading, table, joins)
    for name in (*by, add):
        column_named(columns, name)
    own = {column.name for column in reading.tables[table].columns}
    first = [each for each in where if _columns(each) <= own]
    rest = [each for each in where if each not in first]
    few = _added_up(reading, table, add, by, first, rest, joins)
    source: sa.FromClause = few
    for join in joins:
        other = reading.tables[join.table]
        source = source.join(other, other.c[join.column] == few.c[join.own])
    known: dict[str, Any] = columns | {column.name: column for column in few.columns}
    groups = [known[name] for name in by]
    total = sa.cast(sa.func.sum(known[add]), sa.BigInteger()).label(add)
    select = (
        sa.select(*groups, total)
        .select_from(source)
        .where(*(expressed(reading, known, each) for each in rest))
        .group_by(*groups)
        .having(sa.func.sum(known[add]) != 0)
    )
    found = reading.connection.execute(select)
    names = list(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


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
    return (
        sa.select(*kept, sa.func.sum(column_named(columns, add)).label(add))
        .where(*(expressed(reading, columns, each) for each in first))
        .group_by(*kept)
        .subquery()
    )


def _columns(condition: Condition) -> frozenset[str]:
    """The columns of the row that the condition names."""
    if isinstance(condition, AnyOf | AllOf):
        return frozenset().union(*(_columns(each) for each in condition.conditions))
    return frozenset({condition.column})
