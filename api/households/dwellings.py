"""Dwellings: who lived in each, when, and the way of their points cards."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import problems
from api.bodies import StrictRoute
from api.households.cards import cards_of
from api.households.seeing import must_dwelling, of_households
from api.households.told import Teller, speaker, story
from api.listing import newest
from api.orders import AtEngine, Language, etag, said
from api.parameters import Cursor
from api.problems import not_found
from api.routing import CaughtUp, Grid, Limit
from api.sign_in import Caller
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Condition, Filter, one, rows

router = APIRouter(prefix="/api/v1/dwellings", tags=["households"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^dw-[0-9a-z-]{1,60}$", description="A dwelling's id.")]
TOLD = 500
"""Tenancies and entries of one dwelling that are told, the latest."""


@router.get(
    "",
    summary="The dwellings of one's place, newest first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)
async def listed(
    engine: AtEngine,
    caller: Caller,
    grid: Grid = "",
    vacant: Annotated[bool | None, Query(description="Nobody lives there now.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    where: list[Condition] = [of_households(caller)]
    if grid:
        where.append(Filter("grid", "under", grid.strip("/")))
    if vacant is not None:
        where.append(Filter("occupants", "=", 0) if vacant else Filter("occupants", ">", 0))

    show = Teller(engine, caller).dwelling
    by = "registered_position"
    return await newest(engine, "dwellings", by, where, show, after=cursor, limit=limit, alone=True)


@router.get(
    "/{dwelling}",
    summary="One dwelling: who lived in it, and when",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 404, 503),
)
async def detail(dwelling: Id, engine: AtEngine, caller: Caller, lang: Language) -> Response:
    """With every tenancy it ever had, the way of the points cards of those households, and its history."""
    answer = await asyncio.to_thread(whole, engine, caller, dwelling, lang)
    return said(answer, ETag=etag(answer["version"]))


def whole(engine: Engine, caller: Actor, dwelling: str, lang: str) -> dict[str, Any]:
    """Problem 404 if there is none, or the caller may not know of it."""
    must_dwelling(engine, caller, dwelling)
    teller = Teller(engine, caller)
    with engine.views.read() as reading:
        row = one(reading, "dwellings", [Filter("id", "=", dwelling)])
        if row is None:  # the views are behind
            raise not_found()
        tenancies = rows(
            reading,
            "tenancies",
            where=[Filter("dwelling", "=", dwelling)],
            order=("started_position", "desc"),
            limit=TOLD,
        ).items
        cards = cards_of(reading, caller, [each["household"] for each in tenancies])
    lines = list(engine.log.stream(dwelling))[-TOLD:]
    return teller.dwelling(row) | {
        "tenancies": [teller.tenancy(each) for each in tenancies],
        "cards": cards,
        "history": story(lines, speaker(engine, lang, caller)),
    }
