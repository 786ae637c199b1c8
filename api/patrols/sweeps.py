"""Sweeps of a class (举一反三): opened from an ended case, grid by grid with their yield, closed."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.bodies import StrictRoute
from api.listing import chosen
from api.orders import Ask, Asking, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.patrols import bodies as b
from api.patrols import recording
from api.patrols.told import REGISTERS, Teller, days, known, listed, reading, shares, story
from api.routing import COMMANDED, READ, CaughtUp, Grid, Limit, Word, example
from api.sign_in import Caller
from api.telling import Reading
from api.then import AtThen, Then
from engine.desk import Receipt
from projections.patrols.sweeps import Sweep, grid_rows, place_rows, row

router = APIRouter(prefix="/api/v1/sweeps", tags=["patrols"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^sweep-[0-9a-z-]{1,60}$", description="A sweep's id.")]
CLAIMED = {
    "grids": ["demo/north/sl/grid-01", "demo/north/sl/grid-02"],
    "due_on": "2027-01-31",
    "category": "heating",
    "what": "同型号换热站的阀门都查一遍",
}
CHECKED = {
    "grid": "demo/north/sl/grid-01",
    "looked_at": 12,
    "hazards": [{"category": "heating", "text": "5 号楼换热站阀门渗水"}],
}
SURVEYED = {"grid": "demo/north/sl/grid-01", "place": "门店-017", "status": "同意改气", "label": "柳园面馆"}


def one(ask: Reading, id: str, then: Then | None = None) -> dict[str, Any]:
    """The sweep with its yield by grid. Who answers for a part of it sees that part, and its sums."""
    state: Sweep = known(ask.engine, ask.actor, "sweeps", id)
    if then is not None:
        state = REGISTERS["sweeps"].must(ask.engine, id, then)
    teller = Teller(ask)
    grids = [each for each in grid_rows(state) if shares(ask.actor, each["grid"])]
    places = place_rows(state)
    told = teller.row(row(state)) | {"by_grid": [teller.row(each) for each in grids]}
    told["complaints"] = [case for each in grids for case in json.loads(each["complaints"])]
    told["grids"], told["found"] = len(grids), len(told["complaints"])
    told["checked"] = sum(each["looks"] > 0 for each in grids)
    told["looked_at"] = sum(each["looked_at"] for each in grids)
    told["places"] = [teller.row(each) for each in places if shares(ask.actor, each["grid"])]
    told |= story(ask, "sweep", id, then)
    if len(grids) < len(state.grids):
        told["history"] = []
    return told


async def answered(ask: Asking, receipt: Receipt, *, created: bool = False) -> Response:
    told = Teller(ask).recorded(receipt, ask.dry_run)
    if ask.dry_run:
        return said(told)
    id = receipt.lines[0].stream
    answer = await asyncio.to_thread(one, reading(ask), id)
    version = receipt.versions[id]
    headers = {"ETag": etag(version)} | ({"Location": f"/api/v1/sweeps/{id}"} if created else {})
    return said(answer | told | {"version": version}, 201 if created else 200, **headers)


async def seen(ask: Asking, sweep: str) -> None:
    """Problem 404 for one the caller may not know of."""
    await asyncio.to_thread(known, ask.engine, ask.actor, "sweeps", sweep)


@router.post(
    "",
    status_code=201,
    summary="Open a sweep of a class over grids",
    responses=COMMANDED,
    openapi_extra=example(CLAIMED),
)
async def open_sweep(body: b.Sweeping, ask: Ask) -> Response:
    """From one case to everything like it. Each grid is a task, due on that day."""
    return await answered(ask, await recording.open_sweep(ask, body), created=True)


@router.post(
    "/{sweep}/checks",
    summary="Tell what looking through a grid came to",
    responses=COMMANDED,
    openapi_extra=example(CHECKED),
)
async def check(sweep: Id, body: b.Check, ask: Ask) -> Response:
    await seen(ask, sweep)
    return await answered(ask, await recording.check(ask, sweep, body))


@router.post(
    "/{sweep}/places",
    summary="Note one place of the survey",
    responses=COMMANDED,
    openapi_extra=example(SURVEYED),
)
async def survey(sweep: Id, body: b.Survey, ask: Ask) -> Response:
    """A register with one row for each place (shop, lamp, household) and its status."""
    await seen(ask, sweep)
    return await answered(ask, await recording.survey(ask, sweep, body))


@router.post("/{sweep}/close", summary="Close a sweep", responses=COMMANDED, openapi_extra=example({}))
async def close(sweep: Id, body: b.Closing, ask: Ask) -> Response:
    await seen(ask, sweep)
    return await answered(ask, await recording.close(ask, sweep, body))


@router.get("", summary="Sweeps, newest first", dependencies=[CaughtUp], responses=READ)
async def every(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    state: Word = "",
    category: Word = "",
    case: Word = "",
    first: Annotated[str, Query(alias="from", max_length=10, description="A local day or a month.")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="Included.")] = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """By the local day they were opened. `state`: sweeping, closed; `case`: those one case led to. The sums
    of a row are the whole sweep's where the caller answers for all of it, else null."""
    named = {"state": state, "category": category, "case": case}
    where = [*chosen(named, grid), *days(engine, "opened_at", first, last)]
    teller = Teller(Reading(engine, cases, caller))

    def show(row: Mapping[str, Any]) -> dict[str, Any]:
        told = teller.row(dict(row))
        if not shares(caller, row["grid"]):
            told |= dict.fromkeys(("grids", "checked", "looked_at", "found")) | {"complaints": []}
        return told

    return said(
        await asyncio.to_thread(
            listed, engine, caller, "sweeps", where, show, after=cursor, limit=limit, then=then
        )
    )


@router.get("/{sweep}", summary="One sweep, and its yield by grid", dependencies=[CaughtUp], responses=READ)
async def detail(
    sweep: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    answer = await asyncio.to_thread(one, Reading(engine, cases, caller, lang), sweep, then)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))
