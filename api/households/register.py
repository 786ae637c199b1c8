"""The register of households: lists with their counts, one household with all that is told of it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import problems
from api.answers import at, page
from api.bodies import StrictRoute
from api.households.cards import cards_of
from api.households.dwellings import REGISTER as DWELLINGS
from api.households.dwellings import tenancies_then
from api.households.seeing import must_household, of_households
from api.households.told import Teller, allowed, speaker, story
from api.listing import paged
from api.naming import people_for
from api.orders import AtEngine, Language, etag, said
from api.parameters import Cursor
from api.registers_then import Register, found_then
from api.registers_then import told as told_page
from api.routing import CaughtUp, Grid, Limit
from api.sign_in import Caller
from api.then import AtThen, Then
from api.visits.counting import every
from domain.households.rules import KINDS, stream_of
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Among, Condition, Filter, count, one, rows
from engine.views import Reading
from projections.households.register import HOUSEHOLD_REGISTER, Household, member_rows, row
from projections.views import Row

router = APIRouter(prefix="/api/v1/households", tags=["households"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$", description="A household's id.")]
UNCLASSIFIED = "unclassified"
KIND = Annotated[
    str,
    Query(
        pattern=f"^({'|'.join((*KINDS, UNCLASSIFIED))}|)$",
        description="resident (those nobody classified too), employed, key, shop; unclassified.",
    ),
]
LACKS = {"people": Filter("people", "null", True), "dwelling": Filter("housed", "=", 0),
         "members": Filter("members", "=", 0), "contact": Filter("phone", "null", True)}  # fmt: skip
"""What may be missing of a household, and who misses it."""
TOLD = 500
"""Entries of one household's history that are told, the latest."""
REGISTER = Register(
    HOUSEHOLD_REGISTER,
    "households",
    ("registered_position", "desc"),
    frozenset(),
    first="registered_position",
    begun="registered_at",
    stream=stream_of,
)


def chosen(
    actor: Actor, grid: str, kind: str, vacant: bool | None, person: str, dwelling: str, lacks: str
) -> list[Condition]:
    """What the caller may know of first, then what the list is narrowed to."""
    where: list[Condition] = [of_households(actor)]
    if grid:
        where.append(Filter("grid", "under", grid.strip("/")))
    where += of_kind(kind)
    if vacant is not None:
        where.append(Filter("vacant", "=", int(vacant)))
    if person:
        named = (Filter("person", "=", person), Filter("left_at", "null", True))
        where.append(Among("id", "household_members", "household", named))
    if dwelling:
        where.append(Filter("dwelling", "=", dwelling))
    if lacks:
        where.append(LACKS[lacks])
    return where


def of_kind(kind: str) -> list[Condition]:
    if kind == UNCLASSIFIED:
        return [Filter("classified", "=", 0)]
    return [Filter("kind", "=", kind)] if kind else []


@router.get(
    "",
    summary="The households of one's place, newest first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)
async def listed(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    grid: Grid = "",
    kind: KIND = "",
    vacant: Annotated[bool | None, Query(description="Moved out, and nowhere in the register since.")] = None,
    person: Annotated[str, Query(max_length=100, description="Who belongs to it now.")] = "",
    dwelling: Annotated[str, Query(max_length=64, description="Where it lives now.")] = "",
    lacks: Annotated[
        str, Query(pattern=f"^({'|'.join(LACKS)}|)$", description="What nobody has told of it yet.")
    ] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """With `total`, and `facets`: how many households and people of the grid are of each kind and place;
    these two of today only."""
    where = chosen(caller, grid, kind, vacant, person, dwelling, lacks)
    if then is not None:
        return said(await asyncio.to_thread(listing_then, engine, caller, where, then, cursor, limit))
    return said(await asyncio.to_thread(listing, engine, caller, where, grid, cursor, limit))


def listing(
    engine: Engine, caller: Actor, where: Sequence[Condition], grid: str, cursor: str | None, limit: int
) -> dict[str, Any]:
    """A page of the list. Problem 422 for a cursor of another one."""
    with engine.views.read() as reading:
        order = ("registered_position", "desc")
        found = paged(reading, "households", where, order, cursor, limit, alone=True)
        total = count(reading, "households", where)
        teller = Teller(engine, caller)
        items = [teller.household(each) for each in found.items]
        return page(items, found.next, total=total, facets=facets(reading, caller, grid))


def listing_then(
    engine: Engine, caller: Actor, where: Sequence[Condition], then: Then, cursor: str | None, limit: int
) -> dict[str, Any]:
    """The same of then, counted nowhere."""
    mine, *asked = where
    found = found_then(engine, REGISTER, then, [mine], lambda _: asked, after=cursor, limit=limit)
    return told_page(found, Teller(engine, caller).household)


def facets(reading: Reading, caller: Actor, grid: str) -> dict[str, list[dict[str, Any]]]:
    """Of the grid (itself and below) as far as it is the caller's; who was never classified stands apart as
    `unclassified`."""
    where: list[Condition] = [of_households(caller)]
    if grid:
        where.append(Filter("grid", "under", grid.strip("/")))
    told: dict[str, dict[str, list[int]]] = {"grid": {}, "kind": {}, "state": {}, "lacks": {}}
    for each in every(reading, "household_counts", where):
        n, heads = each["households"], each["people"]
        for facet, value in _facets_of(each) if n or heads else ():
            both = told[facet].setdefault(value, [0, 0])
            both[0] += n
            both[1] += heads
    return {
        facet: [
            {"value": value, "households": n, "people": heads} for value, (n, heads) in sorted(values.items())
        ]
        for facet, values in told.items()
    }


def _facets_of(each: Row) -> list[tuple[str, str]]:
    found = [("grid", each["grid"]), ("state", "vacant" if each["vacant"] else "living")]
    found.append(("kind", each["kind"] if each["classified"] else UNCLASSIFIED))
    if not each["counted"]:
        found.append(("lacks", "people"))
    if not each["housed"]:
        found.append(("lacks", "dwelling"))
    return found


@router.get(
    "/{household}",
    summary="One household, as it is now",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 404, 422, 503),
)
async def detail(household: Id, engine: AtEngine, caller: Caller, lang: Language, then: AtThen) -> Response:
    """With its dwelling, where it lived before, who belongs to it, the way of its points card, its history,
    and what the caller may do next. Each history is told apart. With `as_of` or `known_at`: as it was then,
    without the cards, each account having its own clocks; and nothing is allowed."""

    def read() -> dict[str, Any]:
        found = must_household(engine, caller, household)
        if then is not None:
            return whole_then(engine, caller, REGISTER.must(engine, household, then), lang, then)
        return whole(engine, caller, found, lang)

    answer = await asyncio.to_thread(read)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))


def whole(engine: Engine, caller: Actor, found: Household, lang: str) -> dict[str, Any]:
    teller = Teller(engine, caller)
    answer = teller.household(row(found))
    with engine.views.read() as reading:
        homes = rows(
            reading,
            "tenancies",
            where=[Filter("household", "=", found.id)],
            order=("started_position", "desc"),
            limit=TOLD,
        ).items
        home = one(reading, "dwellings", [Filter("id", "=", found.dwelling)]) if found.dwelling else None
        answer["cards"] = cards_of(reading, caller, [found.id])
    answer["home"] = None if home is None else teller.dwelling(home)
    answer["tenancies"] = [teller.tenancy(each) for each in homes]
    answer["people_of_it"] = people_of(engine, caller, found, lang)
    lines = list(engine.log.stream(stream_of(found.id)))[-TOLD:]
    answer["history"] = story(lines, speaker(engine, lang, caller))
    return answer | allowed(engine, caller, found.id, lang)


def whole_then(engine: Engine, caller: Actor, found: Household, lang: str, then: Then) -> dict[str, Any]:
    """The same as it was then, but for the cards."""
    teller = Teller(engine, caller)
    home = DWELLINGS.row(engine, found.dwelling, then, ()) if found.dwelling else None
    homes = tenancies_then(engine, Filter("household", "=", found.id), then)
    lines = then.kept(engine.log.stream(stream_of(found.id), until=then.known_at))[-TOLD:]
    return teller.household(row(found)) | {
        "home": None if home is None else teller.dwelling(home),
        "tenancies": [teller.tenancy(each) for each in homes],
        "people_of_it": people_of(engine, caller, found, lang),
        "history": story(lines, speaker(engine, lang, caller)),
        **then.over(),
    }


def people_of(engine: Engine, caller: Actor, found: Household, lang: str) -> list[dict[str, Any]]:
    """Everybody who belongs or belonged to it, named for who hears names."""
    people, named = people_for(engine, lang, caller), Teller(engine, caller).names
    return [
        {
            "person": each["person"],
            "name": people.name(each["person"]) if named else None,
            "joined_at": at(each["joined_at"]),
            "left_at": at(each["left_at"]),
        }
        for each in member_rows(found)
    ]
