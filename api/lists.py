"""The register as a list: its filters, its cursor, and the search in sealed text."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Any, Literal

from fastapi import Depends, Query

from api import sight
from api.answers import Reader, page
from api.orders import AtEngine
from api.periods import end, start
from api.problems import Problem
from domain.messages import Actor
from engine.engine import Engine
from engine.read import AnyOf, Condition, Filter, count, rows
from engine.views import Reading
from projections.case import micros

LONGEST_WAIT = 2.0
"""Seconds to wait for the views to catch up with `min_position`."""

MOST = 200
MANY = 1_000
"""Cases of a grid from which on its newest are found sooner by going through all cases from the newest on."""
Words = Annotated[list[str], Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a list. Those that may be repeated mean *one of these*."""

    state: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    grid: str = ""
    lead: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    origin: str = ""
    track: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    overdue: bool | None = None
    registered_from: str = ""
    registered_to: str = ""
    number: str = ""
    external_number: str = ""
    q: str = ""


Word = Annotated[str, Query(max_length=120)]


async def asked(
    state: Words = [], category: Words = [],  # noqa: B006
    grid: Annotated[str, Query(max_length=200, description="A grid's path: itself and below.")] = "",
    lead: Words = [], channel: Words = [],  # noqa: B006
    origin: Word = "", track: Words = [], urgency: Words = [],  # noqa: B006
    overdue: Annotated[Literal["true",
    "false", ""], Query(description="Whether a running deadline passed.")] = "",
    registered_from: Annotated[str, Query(max_length=40, examples=["2026-11-01"])] = "",
    registered_to: Annotated[str, Query(max_length=40, description="Included.", examples=["2026-11"])] = "",
    number: Word = "", external_number: Word = "",
    q: Annotated[str, Query(max_length=100,
    description="Words in text, address, progress or answer; a number.")] = "",
) -> Asked:  # fmt: skip
    return Asked(
        tuple(state),
        tuple(category),
        grid,
        tuple(lead),
        tuple(channel),
        origin,
        tuple(track),
        tuple(urgency),
        None if not overdue else overdue == "true",
        registered_from,
        registered_to,
        number,
        external_number,
        q.strip(),
    )


Filters = Annotated[Asked, Depends(asked)]


def conditions(engine: Engine, asked: Asked, now: int, *, reads: bool = True) -> Iterator[Condition]:
    """The filters as conditions on the register. An empty filter narrows nothing. Who does not read (`reads`)
    finds no case by its words either."""
    for column in ("state", "category", "lead", "channel", "track", "urgency"):
        wanted = [value for value in getattr(asked, column) if value]
        if wanted:
            yield Filter(column, "in", wanted)
    for column in ("origin", "number", "external_number"):
        if getattr(asked, column):
            yield Filter(column, "=", getattr(asked, column))
    if asked.grid:
        yield Filter("grid", "under", asked.grid.strip("/"))
    if asked.overdue is True:
        yield Filter("next_by", "<", now)
    elif asked.overdue is False:
        yield AnyOf((Filter("next_by", "null", True), Filter("next_by", ">=", now)))
    zone = engine.desk.stage().organisation.zone
    if asked.registered_from:
        yield Filter("registered_at", ">=", micros(start(asked.registered_from, "registered_from", zone)))
    if asked.registered_to:
        yield Filter("registered_at", "<=", micros(end(asked.registered_to, "registered_to", zone)))
    if asked.q:
        searched = reads and engine.search.searchable(asked.q)
        found = engine.search.search(asked.q) if searched else []
        numbered = [Filter(column, "=", asked.q.upper()) for column in ("number", "external_number")]
        yield AnyOf((Filter("id", "in", found), Filter("external_number", "=", asked.q), *numbered))


def complaints(
    engine: Engine,
    reader: Reader,
    actor: Actor,
    asked: Asked,
    cursor: str | None,
    limit: int,
    total: bool = False,
) -> dict[str, Any]:
    """A page of the register, newest first. Reads and opens: call it in a thread."""
    where = (
        *sight.condition(actor, reader.now, reader.cases.places()),
        *conditions(engine, asked, reader.now, reads=reader.reads),
    )
    try:
        with engine.views.read() as reading:
            found = rows(
                reading,
                "cases",
                where=[widened(reading, each) for each in where],
                order=("registered_position", "desc"),
                after=cursor,
                limit=limit,
            )
            more = {"total": count(reading, "cases", where)} if total else {}
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error
    return page(reader.of_rows(found.items), found.next, **more)


def widened(reading: Reading, condition: Condition) -> Condition:
    """The same condition, asked so that a grid of many cases is read newest first instead of sorted whole."""
    match condition:
        case AnyOf(parts):
            return AnyOf([widened(reading, part) for part in parts])
        case Filter("grid", "under", path) if count(reading, "cases", [condition], up_to=MANY) == MANY:
            return Filter("grid", "widely-under", path)
        case _:
            return condition


def now_of(engine: Engine) -> int:
    return micros(engine.clock().astimezone(UTC))


async def caught_up(
    engine: AtEngine,
    min_position: Annotated[
        int | None,
        Query(ge=0, le=2**53, description="Wait, at most 2 s, until the lists have come this far."),
    ] = None,
    q: Annotated[str, Query(include_in_schema=False)] = "",
) -> None:
    """Read your own writes. Problem 503 with Retry-After when 2 s were not enough."""
    if min_position is None:
        return
    until = time.monotonic() + LONGEST_WAIT
    reached = await engine.views.reach(min_position, LONGEST_WAIT)
    while reached and q and engine.search.position() < min_position:
        reached = time.monotonic() < until
        await asyncio.sleep(0.01)
    if not reached:
        raise Problem(503, "views.behind", headers={"Retry-After": "1"})
