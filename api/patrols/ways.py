"""Patrol routes: the stops of a grid, set, listed, retired."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.bodies import StrictRoute
from api.listing import chosen
from api.orders import Ask, Asking, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.patrols import bodies as b
from api.patrols.recording import given
from api.patrols.told import Teller, found, listed, reading, story
from api.routing import COMMANDED, READ, CaughtUp, Grid, Limit, Word, example
from api.sign_in import Caller
from api.telling import Reading
from api.then import AtThen, Then
from domain.patrols import commands as c
from domain.steps import Step
from engine.desk import Receipt
from engine.ids import new_id

router = APIRouter(prefix="/api/v1/patrols/routes", tags=["patrols"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^patrol-route-[0-9a-z-]{1,60}$", description="A route's id.")]
EXAMPLE = {
    "name": "换热站与老旧管网",
    "grid": "demo/north/sl/grid-01",
    "kind": "daily",
    "category": "heating",
    "stops": ["换热站", "3 号楼前管沟", "柳园小区北门"],
}


async def answered(ask: Asking, receipt: Receipt, table: str, kind: str, root: str) -> Response:
    """The answer to a command: the subject as its view has it now, what was recorded, what comes next."""
    told = Teller(ask).recorded(receipt, ask.dry_run)
    if ask.dry_run:
        return said(told)
    id = next(iter(receipt.versions))
    id = receipt.lines[0].stream if receipt.lines else id
    answer = await asyncio.to_thread(one, reading(ask), table, kind, id)
    version = receipt.versions[id] if id in receipt.versions else answer["version"]
    created = bool(receipt.lines) and receipt.lines[0].version == 1 and bool(root)
    headers = {"ETag": etag(version)} | ({"Location": f"{root}/{id}"} if created else {})
    return said(answer | told | {"version": version}, 201 if created else 200, **headers)


def one(ask: Reading, table: str, kind: str, id: str, then: Then | None = None) -> dict[str, Any]:
    """As a reader gets it: the row, its story, what he may do."""
    return Teller(ask).row(found(ask.engine, ask.actor, table, id, then)) | story(ask, kind, id, then)


def command_of(body: b.Way) -> c.SetRoute:
    return c.SetRoute(body.name, body.grid.strip("/"), tuple(body.stops), body.kind, body.category)


async def set_new(ask: Asking, body: b.Way) -> Receipt:
    return await given(ask, (Step("patrol-route", new_id("patrol-route"), command_of(body), 0),), body)


async def set_anew(ask: Asking, route: str, body: b.Way) -> Receipt:
    await asyncio.to_thread(found, ask.engine, ask.actor, "patrol_routes", route)
    return await given(ask, (Step("patrol-route", route, command_of(body)),), body)


async def retired(ask: Asking, route: str, body: b.Retiring) -> Receipt:
    await asyncio.to_thread(found, ask.engine, ask.actor, "patrol_routes", route)
    return await given(ask, (Step("patrol-route", route, c.RetireRoute(body.reason)),), body)


@router.post(
    "",
    status_code=201,
    summary="Set a patrol route",
    responses=COMMANDED,
    openapi_extra=example(EXAMPLE),
)
async def set_route(body: b.Way, ask: Ask) -> Response:
    """Its stops are walked one after another; what is measured at them is judged by the `category`."""
    receipt = await set_new(ask, body)
    return await answered(ask, receipt, "patrol_routes", "patrol-route", "/api/v1/patrols/routes")


@router.post("/{route}/set", summary="Set a route anew", responses=COMMANDED, openapi_extra=example(EXAMPLE))
async def set_again(route: Id, body: b.Way, ask: Ask) -> Response:
    """All of it as it shall be. Patrols walked before keep the stops they had."""
    receipt = await set_anew(ask, route, body)
    return await answered(ask, receipt, "patrol_routes", "patrol-route", "")


@router.post(
    "/{route}/retire",
    summary="Retire a route",
    responses=COMMANDED,
    openapi_extra=example({"reason": "管网已改造"}),
)
async def retire(route: Id, body: b.Retiring, ask: Ask) -> Response:
    return await answered(ask, await retired(ask, route, body), "patrol_routes", "patrol-route", "")


@router.get("", summary="Patrol routes, newest first", dependencies=[CaughtUp], responses=READ)
async def every(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    state: Word = "",
    kind: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """`state`: set, retired; `kind`: daily, joint, sweep."""
    where = chosen({"state": state, "kind": kind}, grid)
    show = Teller(Reading(engine, cases, caller)).row
    return said(
        await asyncio.to_thread(
            listed, engine, caller, "patrol_routes", where, show, after=cursor, limit=limit, then=then
        )
    )


@router.get("/{route}", summary="One patrol route", dependencies=[CaughtUp], responses=READ)
async def detail(
    route: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    asked = Reading(engine, cases, caller, lang)
    answer = await asyncio.to_thread(one, asked, "patrol_routes", "patrol-route", route, then)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))
