"""The lists behind a round's figures: households, attempts, bookings; and one household's visits."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from api import problems
from api.answers import at, page
from api.bodies import StrictRoute
from api.listing import chosen, newest_of, paged
from api.lists import MOST
from api.orders import AtCases, AtEngine, Language, said
from api.parameters import Cursor
from api.routing import READ, CaughtUp, Grid, Limit, Word
from api.sight import everywhere
from api.sign_in import Caller
from api.telling import Reading
from api.visits.bookings import AHousehold
from api.visits.rounds import Id
from api.visits.seeing import must_round, part_of
from api.visits.told import TRIED, Teller
from domain.messages import Actor
from domain.organisation import within
from domain.visits import rounds
from domain.visits.rules import visit_stream
from engine.engine import Engine
from engine.read import Among, Condition, Filter, rows
from engine.views import Reading as Views
from projections.outreach.tables import OVER
from projections.views import Row

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], route_class=StrictRoute)

COUNTS = ("attempts", "failed", "best", "complaints")
Status = Literal["unvisited", "untried", "tried", "reached", "vacant", "more_met", ""]


def place(caller: Actor, round: rounds.Round, grid: str) -> Condition:
    """The caller's part of the round, or `grid` where that lies in it."""
    part, wanted = part_of(caller, round), grid.strip("/")
    if wanted and within(part, wanted):
        wanted = ""
    if wanted and not everywhere(caller) and not within(wanted, part):
        raise problems.not_found()
    return Filter("grid", "under", wanted or part)


# ------------------------------------------------------------------ households


@router.get(
    "/rounds/{round}/households",
    summary="The round's households, and how far each is",
    dependencies=[CaughtUp],
    responses=READ,
)
async def households(
    round: Id,
    engine: AtEngine,
    caller: Caller,
    status: Status = "",
    grid: Grid = "",
    kind: Word = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """`unvisited`: whom the round has not reached, `tried` or `untried`; `reached`; `vacant`: who has moved
    out, and is no target; `more_met`: where more people were met than are registered."""

    def read() -> dict[str, Any]:
        of = must_round(engine, caller, round)
        where = [
            place(caller, of, grid),
            Filter("vacant", "=", int(status == "vacant")),
            *how_far(round, status),
        ]
        if kind:
            where.append(Filter("kind", "=", kind))
        return households_of(engine, round, where, cursor, limit)

    return said(await asyncio.to_thread(read))


def how_far(round: str, status: str) -> list[Condition]:
    whose = Filter("round", "=", round)
    reached, missed = Filter("reached", "=", 1), Filter("reached", "=", 0)
    tried = Filter("attempts", ">=", 1)
    match status:
        case "reached":
            return [Among("id", "visits", "household", (whose, reached))]
        case "unvisited":
            return [Among("id", "visits", "household", (whose, reached), absent=True)]
        case "tried":
            return [Among("id", "visits", "household", (whose, missed, tried))]
        case "more_met":
            return [Among("id", OVER.name, "household", (whose, Filter("open", "=", 1)))]
        case "untried":
            return [Among("id", "visits", "household", (whose, tried), absent=True)]
    return []


def households_of(
    engine: Engine, round: str, where: list[Condition], cursor: str | None, limit: int
) -> dict[str, Any]:
    """A page by id. Problem 422 for a cursor of another list."""
    with engine.views.read() as reading:
        got = paged(reading, "households", where, ("id", "asc"), cursor, limit)
        tried = visits_of(reading, round, [row["id"] for row in got.items])
    return page([_household(row, tried.get(row["id"])) for row in got.items], got.next)


def visits_of(reading: Views, round: str, households: list[str]) -> dict[str, Row]:
    if not households:
        return {}
    where = [Filter("round", "=", round), Filter("household", "in", households)]
    found = rows(reading, "visits", where=where, limit=len(households)).items
    return {row["household"]: row for row in found}


def _household(row: Row, visit: Row | None) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "grid", "compound", "people", "kind")}
    shown["vacant"] = bool(row["vacant"])
    shown["status"] = status_of(row, visit)
    for name in TRIED:
        shown[name] = visit[name] if visit else (0 if name in COUNTS else None)
    return shown | {"last_at": at(visit["last_at"]) if visit else None}


def status_of(row: Row, visit: Row | None) -> str:
    if visit and visit["reached"]:
        return "reached"
    if row["vacant"]:
        return "vacant"
    return "tried" if visit and visit["attempts"] else "untried"


@router.get(
    "/rounds/{round}/households/{household}",
    summary="One household's visits in the round",
    dependencies=[CaughtUp],
    responses=READ,
)
async def visits(
    round: Id, household: AHousehold, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language
) -> Response:
    """Its attempts and bookings, and what happened in sentences."""

    def read() -> dict[str, Any]:
        of = must_round(engine, caller, round)
        teller = Teller(Reading(engine, cases, caller, lang))
        stream = visit_stream(round, household)
        with engine.views.read() as reading:
            home = rows(reading, "households", where=[Filter("id", "=", household), place(caller, of, "")])
            if not home.items:
                raise problems.not_found()
            visit = visits_of(reading, round, [household]).get(household)
            mine = [Filter("visit", "=", stream)]
            tried = rows(reading, "visit_attempts", where=mine, order=("number", "asc"), limit=MOST).items
            slots = rows(reading, "visit_bookings", where=mine, limit=MOST).items
        return {
            **_household(home.items[0], visit),
            "visit": stream,
            "version": visit["version"] if visit else 0,
            "attempts_made": [teller.attempt(row) for row in tried],
            "bookings": [teller.booking(row) for row in slots],
            "history": teller.facts(engine.log.stream(stream)),
        }

    return said(await asyncio.to_thread(read))


# ------------------------------------------------------------------ attempts and bookings


@router.get(
    "/rounds/{round}/attempts",
    summary="The round's attempts, the last recorded first",
    dependencies=[CaughtUp],
    responses=READ,
)
async def attempts(
    round: Id,
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    lang: Language,
    outcome: Word = "",
    window: Word = "",
    mode: Word = "",
    household: Word = "",
    by: Word = "",
    needs: Annotated[bool, Query(description="Only those that brought complaints.")] = False,
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    named = {"outcome": outcome, "window": window, "mode": mode, "household": household, "by": by}
    more = [Filter("needs", ">=", 1)] if needs else []

    def read() -> dict[str, Any]:
        where = [
            *chosen({"round": round} | named),
            *more,
            place(caller, must_round(engine, caller, round), grid),
        ]
        show = Teller(Reading(engine, cases, caller, lang)).attempt
        return newest_of(engine, "visit_attempts", "position", where, show, after=cursor, limit=limit)

    return said(await asyncio.to_thread(read))


@router.get(
    "/rounds/{round}/bookings",
    summary="The round's bookings, newest first",
    dependencies=[CaughtUp],
    responses=READ,
)
async def bookings(
    round: Id,
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    lang: Language,
    state: Annotated[str, Query(max_length=20, description="open, kept or cancelled")] = "",
    day: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d|)$")] = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    def read() -> dict[str, Any]:
        named = {"round": round, "state": state, "day": day}
        where = [*chosen(named), place(caller, must_round(engine, caller, round), grid)]
        show = Teller(Reading(engine, cases, caller, lang)).booking
        return newest_of(engine, "visit_bookings", "position", where, show, after=cursor, limit=limit)

    return said(await asyncio.to_thread(read))
