"""Dwellings: who lived in each, when, and the way of their points cards."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import problems
from api.bodies import StrictRoute
from api.households.cards import cards_of
from api.households.seeing import must_dwelling, of_households
from api.households.told import Teller, speaker, story
from api.orders import AtEngine, Language, etag, said
from api.parameters import Cursor
from api.problems import not_found
from api.registers_then import Register, Shown, found_then
from api.registers_then import listed as page_of
from api.routing import CaughtUp, Grid, Limit
from api.sign_in import Caller
from api.then import AtThen, Then
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Condition, Filter, one, rows
from projections.households.dwellings import DWELLING_REGISTER, TENANCY_REGISTER
from projections.views import Row

router = APIRouter(prefix="/api/v1/dwellings", tags=["households"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^dw-[0-9a-z-]{1,60}$", description="A dwelling's id.")]
REGISTER = Register(
    DWELLING_REGISTER,
    "dwellings",
    ("registered_position", "desc"),
    frozenset({"grid"}),
    first="registered_position",
    begun="registered_at",
)
TENANCIES = Register(
    TENANCY_REGISTER,
    "tenancies",
    ("started_position", "desc"),
    frozenset({"dwelling", "household", "grid"}),
    first="started_position",
    begun="started_at",
)
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
    then: AtThen,
    grid: Grid = "",
    vacant: Annotated[bool | None, Query(description="Nobody lives there now.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    where: list[Condition] = []
    if grid:
        where.append(Filter("grid", "under", grid.strip("/")))
    if vacant is not None:
        where.append(Filter("occupants", "=", 0) if vacant else Filter("occupants", ">", 0))

    def show(_: int) -> Shown:
        return Teller(engine, caller).dwelling

    return await page_of(
        engine, REGISTER, [of_households(caller)], where, show, then=then, after=cursor, limit=limit
    )


@router.get(
    "/{dwelling}",
    summary="One dwelling: who lived in it, and when",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 404, 422, 503),
)
async def detail(dwelling: Id, engine: AtEngine, caller: Caller, lang: Language, then: AtThen) -> Response:
    """With every tenancy it ever had, the way of the points cards of those households, and its history. With
    `as_of` or `known_at`: as it was then, without the cards; each account has its own clocks."""
    if then is not None:
        return said(await asyncio.to_thread(whole_then, engine, caller, dwelling, lang, then))
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


def whole_then(engine: Engine, caller: Actor, dwelling: str, lang: str, then: Then) -> dict[str, Any]:
    """The same as it was then, but for the cards. Problem 404 where it was not registered yet."""
    must_dwelling(engine, caller, dwelling)
    teller = Teller(engine, caller)
    row = REGISTER.must_row(engine, dwelling, then)
    homes = tenancies_then(engine, Filter("dwelling", "=", dwelling), then)
    lines = then.kept(engine.log.stream(dwelling, until=then.known_at))[-TOLD:]
    return teller.dwelling(row) | {
        "tenancies": [teller.tenancy(each) for each in homes],
        "history": story(lines, speaker(engine, lang, caller)),
        **then.plain(),
    }


def tenancies_then(engine: Engine, of: Condition, then: Then) -> list[Row]:
    """The tenancies of one household or dwelling that had begun, the latest first."""
    return found_then(engine, TENANCIES, then, (), lambda _: [of], after=None, limit=TOLD).rows
