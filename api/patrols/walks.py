"""Patrols: recorded with their stops, readings and hazards; listed by day; hazards of any period."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import sight
from api.answers import Reader, page
from api.bodies import StrictRoute
from api.cases import Cases
from api.listing import chosen, paged
from api.lists import NEWEST, now_of
from api.orders import Ask, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.patrols import bodies as b
from api.patrols import recording
from api.patrols.told import Teller, days, found, listed
from api.patrols.ways import answered, one
from api.registers_then import cases_then
from api.routing import COMMANDED, READ, CaughtUp, Grid, Limit, Word, example
from api.sign_in import Caller
from api.telling import Reading
from api.then import AtThen, Then
from domain.messages import Actor
from domain.patrols.finding import CHANNEL
from engine.engine import Engine
from engine.read import Condition, Filter, count

router = APIRouter(prefix="/api/v1/patrols", tags=["patrols"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^patrol-[0-9a-z-]{1,60}$", description="A patrol's id.")]
HAZARD = {"category": "heating", "text": "换热站阀门渗水", "stop": "换热站", "urgency": "urgent"}
EXAMPLE: dict[str, Any] = {
    "grid": "demo/north/sl/grid-01",
    "kind": "daily",
    "category": "heating",
    "minutes": 45,
    "stops": [
        {"stop": "换热站", "readings": [{"quantity": "room_temperature", "value": 19.5, "unit": "°C"}]},
        {"stop": "3 号楼前管沟"},
    ],
    "hazards": [HAZARD],
}


@router.post(
    "",
    status_code=201,
    summary="Record a patrol or a joint inspection",
    responses=COMMANDED,
    openapi_extra=example(EXAMPLE),
)
async def record(body: b.Walk, ask: Ask) -> Response:
    """Each hazard becomes a proactive case in the same save: all of it, or nothing."""
    receipt = await recording.walk(ask, body)
    return await answered(ask, receipt, "patrols", "patrol", "/api/v1/patrols")


@router.post(
    "/{patrol}/hazards",
    summary="Add hazards found on a patrol",
    responses=COMMANDED,
    openapi_extra=example({"hazards": [HAZARD]}),
)
async def hazards(patrol: Id, body: b.MoreHazards, ask: Ask) -> Response:
    row = await asyncio.to_thread(found, ask.engine, ask.actor, "patrols", patrol)
    receipt = await recording.more_hazards(ask, patrol, row["grid"], body)
    return await answered(ask, receipt, "patrols", "patrol", "")


@router.get(
    "/hazards",
    summary="Hazards found in any period, with their cases and how many they are",
    dependencies=[CaughtUp],
    responses=READ,
)
async def hazards_found(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    first: Annotated[str, Query(alias="from", max_length=10, description="A local day or a month.")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="Included.")] = "",
    grid: Grid = "",
    category: Word = "",
    found_by: Annotated[str, Query(max_length=200, description="One patrol, sweep or watch.")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Cases that a patrol, a sweep or a look brought home, by the day they were registered; `total` counts
    all of the period, and `items` are those cases. With `as_of` or `known_at`: as they were then, counted
    nowhere."""
    named = {"category": category, "found_by": found_by}
    where = [*chosen(named, grid), *days(engine, "registered_at", first, last)]
    return said(await asyncio.to_thread(hazards_of, engine, cases, caller, where, cursor, limit, then))


def hazards_of(
    engine: Engine,
    cases: Cases,
    actor: Actor,
    where: list[Condition],
    cursor: str | None,
    limit: int,
    then: Then | None = None,
) -> dict[str, Any]:
    """A page of them, newest first, and how many pass; as they were, not counted. Problem 422 for a cursor
    of another list."""
    reader = Reader(cases, actor, now_of(engine))
    own = (Filter("channel", "=", CHANNEL), Filter("found_by", "!=", ""))
    if then is not None:
        return cases_then(engine, reader, actor, lambda _: (*own, *where), then, cursor, limit)
    # What found a case is in no index, and in few rows: it is looked at first, whoever asks afterwards.
    held = [*own[1:], *where, *sight.condition(actor, reader.now, cases.places())]
    with engine.views.read() as reading:
        got = paged(reading, "cases", own[:1], NEWEST, cursor, limit, alone=True, checked=held)
        # What fits a page is counted already.
        whole = cursor is None and got.next is None
        total = len(got.items) if whole else count(reading, "cases", own[:1], checked=held)
    return page(reader.of_rows(got.items), got.next, total=total)


@router.get("", summary="Patrols, newest first", dependencies=[CaughtUp], responses=READ)
async def every(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    first: Annotated[str, Query(alias="from", max_length=10, description="A local day or a month.")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="Included.")] = "",
    kind: Word = "",
    route: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """By the local day they were walked. `kind`: daily, joint, sweep."""
    where = [*chosen({"kind": kind, "route": route}, grid), *days(engine, "patrolled_at", first, last)]
    show = Teller(Reading(engine, cases, caller)).row
    return said(
        await asyncio.to_thread(
            listed, engine, caller, "patrols", where, show, after=cursor, limit=limit, then=then
        )
    )


@router.get("/{patrol}", summary="One patrol", dependencies=[CaughtUp], responses=READ)
async def detail(
    patrol: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    asked = Reading(engine, cases, caller, lang)
    answer = await asyncio.to_thread(one, asked, "patrols", "patrol", patrol, then)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))
