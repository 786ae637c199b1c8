"""Lists of the views: what they are narrowed to, in one order, page by page."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Response

from api.answers import page
from api.orders import said
from api.problems import Problem
from engine.engine import Engine
from engine.read import Condition, Filter, Page, count, rows
from engine.views import Reading
from projections.views import Row


def chosen(named: Mapping[str, str], grid: str = "", place: str = "grid") -> list[Condition]:
    """What the address narrows a list to: columns that are named, and a grid's path (itself and below), which
    stands in the column `place`."""
    where: list[Condition] = [Filter(name, "=", value) for name, value in named.items() if value]
    return [*where, Filter(place, "under", grid.strip("/"))] if grid else where


def paged(
    reading: Reading,
    table: str,
    where: Sequence[Condition],
    order: tuple[str, str],
    after: str | None,
    limit: int,
    *,
    alone: bool = False,
    checked: Sequence[Condition] = (),
) -> Page:
    """A page of a table. `alone`: no two rows stand at the same place of the order; `checked`: as
    engine.read.rows. Problem 422 for a cursor that is none of this list's."""
    try:
        return rows(
            reading, table, where=where, order=order, after=after, limit=limit,
            checked=checked, alone=alone,
        )  # fmt: skip
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error


async def newest(
    engine: Engine,
    table: str,
    by: str,
    where: Sequence[Condition],
    shown: Callable[[Row], dict[str, Any]],
    *,
    after: str | None,
    limit: int,
    alone: bool = False,
) -> Response:
    def read() -> dict[str, Any]:
        return newest_of(engine, table, by, where, shown, after=after, limit=limit, alone=alone)

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
    alone: bool = False,
    total: bool = False,
) -> dict[str, Any]:
    """One page, greatest `by` first; with `total`, how many pass in all. Problem 422 as `paged`."""
    with engine.views.read() as reading:
        found = paged(reading, table, where, (by, "desc"), after, limit, alone=alone)
        more = {"total": count(reading, table, where)} if total else {}
    return page([shown(row) for row in found.items], found.next, **more)
