"""Looks after a closing (防反弹): a watch set on an ended case, what was seen, and what came back."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.bodies import StrictRoute
from api.commands import Id
from api.listing import chosen
from api.orders import Ask, Asking, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.patrols import bodies as b
from api.patrols import recording
from api.patrols.told import REGISTERS, Teller, days, found, listed, reading, story
from api.routing import COMMANDED, READ, CaughtUp, Grid, Limit, Word, example
from api.sight import must_see
from api.sign_in import Caller
from api.telling import Reading
from api.then import AtThen, Then
from domain.patrols.recurrence import stream_of
from engine.desk import Receipt

router = APIRouter(prefix="/api/v1", tags=["patrols"], route_class=StrictRoute)

WATCH = "/complaints/{complaint}/recurrence-watch"


def one(ask: Reading, complaint: str, then: Then | None = None) -> dict[str, Any]:
    """The last watch of the case, every look at it, and what the caller may do; `state` is "" where none was
    ever set. Problem 404 for a case he may not know of."""
    must_see(ask.cases, ask.actor, complaint)
    id = stream_of(complaint)
    if then is None:
        none = not ask.engine.desk.state("recurrence", id)[1]
    else:
        none = REGISTERS["recurrence_watches"].state(ask.engine, id, then) is None
    if none:
        return {"id": id, "case": complaint, "state": "", "version": 0} | story(ask, "recurrence", id, then)
    row = found(ask.engine, ask.actor, "recurrence_watches", id, then)
    return Teller(ask).row(row) | story(ask, "recurrence", id, then)


async def answered(ask: Asking, complaint: str, receipt: Receipt, *, created: bool = False) -> Response:
    told = Teller(ask).recorded(receipt, ask.dry_run)
    if ask.dry_run:
        return said(told)
    answer = await asyncio.to_thread(one, reading(ask), complaint)
    headers = {"ETag": etag(answer["version"])}
    return said(answer | told, 201 if created else 200, **headers)


@router.post(
    WATCH,
    status_code=201,
    summary="Watch an ended case for its coming back",
    responses=COMMANDED,
    openapi_extra=example({"until": "2026-12-10", "note": "夜里十点以后再看一次"}),
)
async def set_watch(complaint: Id, body: b.Watching, ask: Ask) -> Response:
    """Somebody looks until that day; that nobody did is recorded."""
    return await answered(ask, complaint, await recording.watch(ask, complaint, body), created=True)


@router.post(
    f"{WATCH}/look",
    summary="Tell what a look came to",
    responses=COMMANDED,
    openapi_extra=example({"result": "stayed_away"}),
)
async def look(complaint: Id, body: b.Looking, ask: Ask) -> Response:
    """What came back is reopened, or a new case, in the same save."""
    return await answered(ask, complaint, await recording.look(ask, complaint, body))


@router.post(
    f"{WATCH}/end",
    summary="Give a watch up",
    responses=COMMANDED,
    openapi_extra=example({"reason": "整栋楼已改造"}),
)
async def end(complaint: Id, body: b.Ending, ask: Ask) -> Response:
    return await answered(ask, complaint, await recording.end(ask, complaint, body))


@router.get(WATCH, summary="The watch of a case", dependencies=[CaughtUp], responses=READ)
async def detail(
    complaint: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    answer = await asyncio.to_thread(one, Reading(engine, cases, caller, lang), complaint, then)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))


@router.get("/recurrence-watches", summary="Watches, newest first", dependencies=[CaughtUp], responses=READ)
async def every(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    state: Word = "",
    first: Annotated[str, Query(alias="from", max_length=10, description="A local day or a month.")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="Included.")] = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """By the local day they were set. `state`: watching, stayed_away, came_back, ended. With `as_of` or
    `known_at`: as they were then, in the order of their ids."""
    where = [*chosen({"state": state}, grid), *days(engine, "set_at", first, last)]
    show = Teller(Reading(engine, cases, caller)).row
    return said(
        await asyncio.to_thread(
            listed, engine, caller, "recurrence_watches", where, show, after=cursor, limit=limit, then=then
        )
    )
