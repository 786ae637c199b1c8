"""Conditions on rows of the views, as plain data, and as SQL.

A column that a table has not is a ValueError, so that a name from outside never reaches SQL.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from engine.views import Reading

AFTER_SLASH = "0"
"""The character after `/`: a path is under another when it lies between `<other>/` and `<other>0`."""

MANY = 500
"""Values of one `in` that are parameters of their own, at most."""

COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
WIDELY = {f"widely{op}": compare for op, compare in COMPARISONS.items() if op != ">"}


@dataclass(frozen=True, slots=True)
class Filter:
    """`op`: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` (a collection), `null` (True: is null, False: is not) and
    `under` (a path: itself or below; the empty path: everything). `widely-under`, `widely-in`, `widely=`,
    `widely>=`, `widely<` say the same where most rows pass: another condition's index, or the order's, finds
    the rows."""

    column: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Among:
    """The column's value is one of `select` in the rows of another table that pass `where`; `absent`: it is
    none of them."""

    column: str
    table: str
    select: str
    where: "Sequence[Condition]" = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds. None at all: nothing passes."""

    conditions: "Sequence[Condition]"


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: "Sequence[Condition]"


@dataclass(frozen=True, slots=True)
class Spans:
    """`column` has one of the values, and `within` lies from its first to just before its last: `spans` are
    (value, first, last), or the parameters that hold them (`told_as`). Sums go through an index on the two,
    value by value (engine/sums.py)."""

    column: str
    within: str
    spans: "Sequence[Any]"


Condition = Filter | Among | AnyOf | AllOf | Spans


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of another table that go with each row: `column` there equals `own` here."""

    table: str
    column: str
    own: str


def columns_of(reading: Reading, table: str, joins: Sequence[Join] = ()) -> dict[str, sa.Column[Any]]:
    """The columns a question may name. Those of the table win over those of a joined one."""
    found: dict[str, sa.Column[Any]] = {}
    for name in (table, *(join.table for join in joins)):
        if name not in reading.tables:
            raise ValueError(f"there is no view {name!r}")
        for column in reading.tables[name].columns:
            found.setdefault(column.name, column)
    return found


def led_by(reading: Reading, table: str, column: str) -> bool:
    """Whether rows are found by the column: the key or an index begins with it."""
    spec = reading.generation.shapes[table].spec
    return any(each[0] == column for each in (spec.key, *spec.indexes))


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
    if isinstance(condition, Spans):
        within = column_named(columns, condition.within)
        each = (sa.and_(column == of, within >= a, within < b) for of, a, b in condition.spans)
        return sa.or_(sa.false(), *each)
    if isinstance(condition, Among):
        other = columns_of(reading, condition.table)
        if condition.absent:
            inner = [expressed(reading, other, each) for each in condition.where]
            return ~sa.exists().where(column_named(other, condition.select) == column, *inner)
        inner = [expressed(reading, other, each) for each in condition.where]
        if not isinstance(column, sa.Column):
            inner = unindexed(reading, condition.table, condition.where)
            return sa.exists().where(column_named(other, condition.select) == column, *inner)
        return column.in_(sa.select(column_named(other, condition.select)).where(*inner))
    if condition.op == "in" and len(condition.value) > MANY and reading.generation.database is None:
        # One parameter: the statement stays short, and the same for the next list.
        told = sa.func.json_each(orjson.dumps(list(condition.value)).decode()).table_valued("value")
        return column.in_(sa.select(told.c.value))
    return compared(column, condition.op, condition.value)


def unindexed(reading: Reading, table: str, conditions: Sequence[Condition]) -> list[sa.ColumnElement[bool]]:
    """The conditions such that no index serves them: the planner takes another way to the rows."""
    columns: Any = Bare(columns_of(reading, table)) if conditions else {}
    return [expressed(reading, columns, each) for each in conditions]


class Bare(Mapping[str, Any]):
    """The columns as expressions, each made when a condition names it."""

    def __init__(self, columns: Mapping[str, sa.Column[Any]]) -> None:
        self.columns = columns

    def __getitem__(self, name: str) -> Any:
        return bare(self.columns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.columns


class Unnamed(FunctionElement[str]):
    """A text that no index is looked up for. SQLite has a sign for it, which copies nothing."""

    inherit_cache = True
    type = sa.Text()


@compiles(Unnamed)
def _joined_to_nothing(element: Unnamed, compiler: Any, **more: Any) -> str:
    return f"({compiler.process(element.clauses.clauses[0], **more)} || '')"


@compiles(Unnamed, "sqlite")
def _signed(element: Unnamed, compiler: Any, **more: Any) -> str:
    return f"+{compiler.process(element.clauses.clauses[0], **more)}"


def bare(column: sa.Column[Any]) -> Any:
    """The same value, as an expression."""
    return column + 0 if isinstance(column.type, sa.BigInteger) else Unnamed(column)


def compared(column: sa.Column[Any], op: str, value: Any) -> sa.ColumnElement[bool]:
    if op in COMPARISONS:
        found: sa.ColumnElement[bool] = COMPARISONS[op](column, value)
        return found
    if op in WIDELY:
        wide: sa.ColumnElement[bool] = WIDELY[op](bare(column), value)
        return wide
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
        case "widely-in":
            return bare(column).in_(list(value))  # type: ignore[no-any-return]
        case "under":
            below = sa.and_(column >= f"{value}/", column < f"{value}{AFTER_SLASH}")
            return sa.or_(column == value, below)
    raise ValueError(f"there is no operator {op!r}")


def under(column: str, path: str, widely: str = "") -> AnyOf:
    """The path itself or below it, as comparisons alone."""
    below = (Filter(column, f"{widely}>=", f"{path}/"), Filter(column, f"{widely}<", f"{path}{AFTER_SLASH}"))
    return AnyOf((Filter(column, f"{widely}=", path), AllOf(below)))


def in_spans(
    reading: Reading, columns: Mapping[str, sa.Column[Any]], condition: Spans
) -> list[sa.ColumnElement[bool]]:
    """As a join with the spans, so that each is looked up by itself."""
    if not condition.spans:
        return [sa.false()]
    column, within = column_named(columns, condition.column), column_named(columns, condition.within)
    held = condition.spans
    if not isinstance(held[0], sa.BindParameter):
        held = [sa.bindparam(None, *told) for told in told_as(reading, held)]
    if reading.generation.database is None:
        told = sa.func.json_each(*held).table_valued("value", name="spans")
        span: list[Any] = [sa.func.json_extract(told.c.value, f"$[{nth}]") for nth in range(3)]
    else:
        named = (sa.column(name, sa.BigInteger()) for name in ("value", "first", "last"))
        table = sa.func.unnest(*held).table_valued(*named, name="spans").render_derived()
        span = [table.c.value, table.c.first, table.c.last]
    return [column == span[0], within >= span[1], within < span[2]]


def told_as(
    reading: Reading, spans: Sequence[tuple[int, int, int]]
) -> list[tuple[Any, sa.types.TypeEngine[Any]]]:
    """Spans as values of parameters, so that the statement stays the same: one text, or an array a place."""
    if reading.generation.database is None:
        return [(orjson.dumps(spans).decode(), sa.Text())]
    return [(list(each), ARRAY(sa.BigInteger())) for each in zip(*spans, strict=True)]
