"""The register as a list: its filters, its cursor, and the search in sealed text."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Annotated, Any, Literal

from fastapi import Depends, Query

from api import searching, sight
from api.answers import Reader, page
from api.orders import AtEngine
from api.periods import end, start
from api.problems import Problem
from domain.messages import Actor
from engine.engine import Engine
from engine.read import AllOf, Among, AnyOf, Condition, Filter, Page, count, extremes, rows
from engine.views import Reading
from projections.case import micros, moment
from projections.register import CASES_TABLE

LONGEST_WAIT = 2.0
"""Seconds to wait for the views to catch up with `min_position`."""

MOST = 200
MANY = 1_000
"""Cases from which on the newest are found sooner by going through the register than by sorting."""
SEVERAL = 4_000
"""The same where there are several conditions: few may pass all of them, and the walk would be long."""
COUNTED = 20_000
"""Cases up to which conditions are compared by how many pass each, before those that pass all are counted."""
NEWEST = ("registered_position", "desc")
DAY = timedelta(days=1)
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
    due: str = ""
    returned: bool = False
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
    due: Annotated[Literal["today",
    ""], Query(description="Whether the next deadline is later today.")] = "",
    returned: Annotated[Literal["true", ""],
    Query(description="Sent back by a unit, and waiting to be dispatched anew.")] = "",
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
        due,
        returned == "true",
        registered_from,
        registered_to,
        number,
        external_number,
        q.strip(),
    )


Filters = Annotated[Asked, Depends(asked)]


def conditions(engine: Engine, asked: Asked, now: int, *, reads: bool = True) -> Iterator[Condition]:
    """The filters as conditions on the register. An empty filter narrows nothing. Who does not read (`reads`)
    finds no case by its words either. What `q` lets through still has to be opened (api/searching.py)."""
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
    if asked.due:
        midnight = datetime.combine(moment(now).astimezone(zone) + DAY, clock.min, zone)
        yield AllOf((Filter("next_by", ">=", now), Filter("next_by", "<=", micros(midnight))))
    if asked.returned:
        yield AllOf((Filter("state", "=", "received"), Filter("declines", ">", 0)))
    if asked.registered_from:
        yield Filter("registered_at", ">=", micros(start(asked.registered_from, "registered_from", zone)))
    if asked.registered_to:
        yield Filter("registered_at", "<=", micros(end(asked.registered_to, "registered_to", zone)))
    if asked.q:
        found = searching.candidates(engine, asked.q) if reads else []
        yield AnyOf((Filter("id", "in", found), *searching.numbers(asked.q)))


def complaints(
    engine: Engine,
    reader: Reader,
    actor: Actor,
    asked: Asked,
    cursor: str | None,
    limit: int,
    total: bool = False,
    seen: Sequence[Condition] | None = None,
) -> dict[str, Any]:
    """A page of the register, newest first. Reads and opens: call it in a thread. `seen`: the caller's sight,
    where it is `settled` already."""
    where = (
        *(sight.condition(actor, reader.now, reader.cases.places()) if seen is None else seen),
        *conditions(engine, asked, reader.now, reads=reader.reads),
    )
    try:
        with engine.views.read() as reading:
            way = course(reading, where)

            def fetch(after: str | None, most: int) -> Page:
                return rows(
                    reading, "cases", where=way.where, order=NEWEST, after=after, limit=most,
                    checked=way.checked, few=way.few, alone=True,
                )  # fmt: skip

            if asked.q:
                found = searching.page(engine, reading, asked.q, fetch, NEWEST, limit, cursor)
            else:
                found = fetch(cursor, limit)
            more: dict[str, Any] = {}
            if total and asked.q and not engine.search.proven(asked.q):
                every = searching.kept(engine, asked.q, fetch, None, MOST)
                more = {"total": sum(1 for _ in every)}
            elif total:
                more = {"total": total_of(reading, where, way)}
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error
    return page(reader.of_rows(found.items), found.next, **more)


@dataclass(frozen=True, slots=True)
class Course:
    """How a page is found: `where` by an index, `checked` row by row. `few`: the rows found are sorted; else
    the register is walked from its newest case on until the page is full."""

    where: Sequence[Condition]
    checked: Sequence[Condition] = ()
    few: bool = False


def course(reading: Reading, where: Sequence[Condition]) -> Course:
    """By the condition that the fewest cases pass, where they are few enough to be sorted; else along the
    order, of one state, class, unit … where one is asked for, within the positions of the days asked for."""
    enough = MANY if len(where) == 1 else SEVERAL
    found = [(at_most(reading, each, enough), nth) for nth, each in enumerate(where)]
    if found and (fewest := min(found))[0] < enough:
        best = fewest[1]
        return Course([where[best]], [each for nth, each in enumerate(where) if nth != best], few=True)
    leading = next((each for each in where if followed(each)), None)
    ends = [Filter("registered_position", op, edge) for op, edge in positions(reading, where)]
    return Course([*([leading] if leading else []), *ends], [each for each in where if each is not leading])


def at_most(reading: Reading, condition: Condition, most: int) -> int:
    """No more cases pass the condition than this; counting stops at `most`."""
    match condition:
        case Filter("id", "in", value):
            return min(most, len(value))
        case AnyOf(parts):
            related = [each for each in parts if isinstance(each, Among)]
            own = AnyOf(tuple(each for each in parts if each not in related))
            found = count(reading, "cases", [own], up_to=most) if own.conditions else 0
            return min(most, found + sum(at_most(reading, each, most) for each in related))
        case Among(_, table, _, where):
            return count(reading, table, where, up_to=most)
    return count(reading, "cases", [condition], up_to=most)


def followed(condition: Condition) -> bool:
    """Whether an index holds its cases in the order of the list."""
    match condition:
        case Filter(column, "in", value):
            return (column, "registered_position") in CASES_TABLE.indexes and len(value) == 1
        case Filter(column, "="):
            return (column, "registered_position") in CASES_TABLE.indexes
    return False


def positions(reading: Reading, where: Sequence[Condition]) -> Iterator[tuple[str, int]]:
    """Between which positions the cases registered in the days asked for stand."""
    yield ">", 0
    days = [each for each in where if isinstance(each, Filter) and each.column == "registered_at"]
    if days:
        least, greatest = extremes(reading, "cases", "registered_position", days)
        yield from ((">=", least), ("<=", greatest))


def total_of(reading: Reading, where: Sequence[Condition], way: Course) -> int:
    """How many pass, counted by the condition that the fewest pass."""
    if way.few:
        return count(reading, "cases", way.where, checked=way.checked)
    if len(where) < 2:
        return count(reading, "cases", where)
    best = min((at_most(reading, each, COUNTED), nth) for nth, each in enumerate(where))[1]
    return count(
        reading,
        "cases",
        [where[best]],
        checked=[each for nth, each in enumerate(where) if nth != best],
    )


def parted(where: Sequence[Condition]) -> tuple[list[Condition], list[Condition]]:
    """Those that an index is asked for, and those each row is held against: most cases are in one state, so
    that class or lead find fewer."""
    finer = {each.column for each in where if isinstance(each, Filter)} & {"category", "lead"}
    loose: list[Condition] = [
        each for each in where if finer and isinstance(each, Filter) and each.column == "state"
    ]
    return [each for each in where if each not in loose], loose


def nearest(
    reading: Reading, asked: Asked, where: Sequence[Condition], seen: Sequence[Condition]
) -> tuple[list[Condition], list[Condition]]:
    """Of what is asked and what the caller sees: those that an index is asked for, and those each row is held
    against. What is due soon is little; of what was registered in some days the fewest are found."""
    if asked.overdue is True or asked.due:
        return [*where], [*seen]
    found, held = parted(where)
    days: list[Condition] = [
        each for each in found if isinstance(each, Filter) and each.column == "registered_at"
    ]
    if not days:
        return [*found, *seen], held
    least, least_of = count(reading, "cases", days, up_to=COUNTED), days
    for each in ([one] for one in [*found, *seen] if one not in days):
        if (n := at_most(reading, each[0], least)) < least:
            least, least_of = n, each
    return least_of, [each for each in [*found, *seen, *held] if each not in least_of]


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
