"""Adds up marks in memory, as the engine's reader does in a database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from domain.messages import Recorded
from projections.asking import Answer, Condition, Either, Question, Spans, Sum, Where, Within, answer, plan
from projections.case import Case
from projections.cases import CASES
from projections.marks import MARKS
from projections.tallies import TALLIES, Tally, keys_of
from projections.views import Row

Tables = dict[str, list[Row]]
Appended = Mapping[str, Sequence[Row | tuple[Any, ...]]]
OPERATORS: dict[str, Any] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "widely<": lt,
    "widely>=": ge,
}
OPERATORS["in"] = OPERATORS["widely-in"] = lambda value, of: value in of


def rows_of(appended: Appended, table: str) -> list[Row]:
    """What a fact appends to a table that is not spread."""
    return [
        row if isinstance(row, dict) else dict(zip(MARKS.columns, row, strict=True))
        for row in appended.get(table, ())
    ]


def tallied(appended: Appended) -> list[Tally]:
    """What a fact adds to the tallies, before it is spread."""
    found: Sequence[Any] = appended.get("tallies", ())
    return list(found)


def tables(lines: Iterable[Recorded]) -> Tables:
    """What the views hold after these lines."""
    cases: dict[str, Case] = {}
    marks: list[Row] = []
    tallies: list[Tally] = []
    cells: dict[int, Row] = {}
    for line in lines:
        before = cases.get(line.stream)
        after = CASES.fold(before, line)
        appended = CASES.marks(before, after, line)
        marks += rows_of(appended, "marks")
        tallies += tallied(appended)
        for cell in rows_of(appended, "cells"):
            cells.setdefault(cell["cell"], cell)
        cases[line.stream] = after
    found: Tables = {
        "marks": marks,
        "tallies": spread(tallies),
        "cells": [*cells.values()],
        "cases": [],
        "due": [],
        "tasks": [],
    }
    found["supporters"] = []
    for case in cases.values():
        for table, rows in CASES.rows(case).items():
            found[table] += rows
    return found


def spread(tallies: Iterable[Tally]) -> list[dict[str, Any]]:
    """The rows of the tallies."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for counted, n in tallies:
        for key in keys_of(counted):
            sums[key] += n
    return [dict(zip(TALLIES.columns, (*key, n), strict=True)) for key, n in sorted(sums.items()) if n]


def passes(row: Mapping[str, Any], condition: Condition, held: Tables) -> bool:
    match condition:
        case Where(column, "under" | "widely-under", value):
            return bool(row[column] == value or row[column].startswith(f"{value}/"))
        case Where(column, op, value):
            return bool(OPERATORS[op](row[column], value))
        case Either(conditions):
            return any(passes(row, each, held) for each in conditions)
        case Spans(column, within, spans):
            return any(row[column] == of and first <= row[within] < last for of, first, last in spans)
        case Within(column, table, select, where):
            chosen = {
                other[select] for other in held[table] if all(passes(other, each, held) for each in where)
            }
            return row[column] in chosen


def added(held: Tables, asked: Sum) -> list[dict[str, Any]]:
    joined = {row[asked.on]: row for row in held[asked.join]}
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in held[asked.table]:
        whole = joined.get(row[asked.on], {}) | row
        if all(passes(whole, each, held) for each in asked.where):
            sums[tuple(whole[column] for column in asked.by)] += row[asked.add]
    return [dict(zip(asked.by, key, strict=True)) | {asked.add: n} for key, n in sums.items() if n]


def asked_of(held: Tables, question: Question, sums: Sequence[Sum] | None = None) -> Answer:
    return answer(question, [(each, added(held, each)) for each in sums or plan(question)])
