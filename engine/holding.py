"""A condition asked of a row at hand instead of the database: what a list lets through and what one look at a
row says can then not differ (tests/api/test_permissions_sight.py holds both to each other)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.read import COMPARISONS, AllOf, Among, AnyOf, Condition, Filter, Spans

AtHand = Mapping[str, Any]
Related = Mapping[str, Callable[[], Sequence[AtHand]]]
"""By table: the rows that go with the one at hand, made only when a condition asks for them."""


def holds(condition: Condition, row: AtHand, related: Related | None = None) -> bool:
    """Whether the row passes, as the database would say. KeyError for a column or table that was not given,
    ValueError for an operator that does not exist."""
    match condition:
        case AllOf(parts):
            return all(holds(part, row, related) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row, related) for part in parts)
        case Among(column, table, select, where, absent):
            found = any(
                other[select] == row[column] and all(holds(each, other, related) for each in where)
                for other in (related or {})[table]()
            )
            return found != absent
        case Spans(column, within, spans):
            of, at = row[column], row[within]
            return at is not None and any(of == value and first <= at < end for value, first, end in spans)
        case Filter(column, op, value):
            return passes(row[column], op, value)


def passes(found: Any, op: str, value: Any) -> bool:
    """As SQL compares: nothing is less, more or equal to a value that is not there."""
    match op:
        case "!=":
            return bool(found != value)
        case "null":
            return (found is None) == bool(value)
        case "under" | "widely-under" if value == "":
            return True
        case "under" | "widely-under":
            return found is not None and (found == value or found.startswith(f"{value}/"))
        case "in":
            return found is not None and found in value
    if op not in COMPARISONS:
        raise ValueError(f"there is no operator {op!r}")
    return found is not None and value is not None and bool(COMPARISONS[op](found, value))
