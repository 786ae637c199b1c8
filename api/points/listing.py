"""Accounts, claims and orders in lists: newest first, filtered, page by page."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Response

from api.answers import page
from api.orders import said
from api.problems import Problem
from engine.engine import Engine
from engine.read import Condition, Filter, rows
from projections.views import Row


def chosen(named: Mapping[str, str], grid: str) -> list[Condition]:
    """What the address narrows a list to: columns that are named, and a grid's path (itself and below)."""
    where: list[Condition] = [Filter(name, "=", value) for name, value in named.items() if value]
    return [*where, Filter("place", "under", grid.strip("/"))] if grid else where


async def newest(
    engine: Engine,
    table: str,
    by: str,
    where: Sequence[Condition],
    shown: Callable[[Row], dict[str, Any]],
    *,
    after: str | None,
    limit: int,
) -> Response:
    def read() -> dict[str, Any]:
        return newest_of(engine, table, by, where, shown, after=after, limit=limit)

    return said(await asyncio.to_thread(read))


def newest_of(
    engine: Engine,
    table: str,
    by: str,
    where: Sequence[Condition],
    shown: Callable[[Row], dict[str, Any]],
    *,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page of the view, greatest `by` first. Problem 422 for a cursor that is none of this list's."""
    try:
        with engine.views.read() as reading:
            found = rows(reading, table, where=where, order=(by, "desc"), after=after, limit=limit)
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error
    return page([shown(row) for row in found.items], found.next)
