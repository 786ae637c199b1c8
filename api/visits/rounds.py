"""Rounds of visits: opened, closed, listed, and what one of them has come to."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api import kinds, problems
from api.bodies import StrictRoute
from api.listing import chosen
from api.orders import Ask, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.permitted import permitted
from api.registers_then import Register, Shown
from api.registers_then import listed as page_of
from api.routing import COMMANDED, READ, CaughtUp, Grid, Limit, example
from api.sign_in import Caller
from api.telling import Reading
from api.then import AtThen, Then
from api.visits.counting import coverage_of
from api.visits.seeing import must_round, of_rounds
from api.visits.told import Teller
from domain.organisation import within
from domain.steps import Step
from domain.visits import rounds
from engine.engine import Engine
from engine.ids import new_id
from projections.asking import BadQuestion
from projections.visits.rounds import VISIT_ROUNDS, Round, fold, row

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^round-[0-9a-z-]{1,60}$", description="A round's id.")]
Name = kinds.Name

REGISTER = Register(
    VISIT_ROUNDS,
    "visit_rounds",
    ("opened_position", "desc"),
    frozenset({"grid"}),
    first="opened_position",
    begun="opened_at",
)


class Opening(kinds.Command):
    """`from` and `to` are local days, both included."""

    name: kinds.Name
    grid: kinds.Name
    from_day: Annotated[kinds.Day, Field(alias="from")]
    to_day: Annotated[kinds.Day, Field(alias="to")]


class Closing(kinds.Command):
    reason: kinds.MaybeText = ""


EXAMPLE = {"name": "走千家入万户", "grid": "demo/north/sl", "from": "2026-11-16", "to": "2026-12-15"}


def found(engine: Engine, id: str) -> Round:
    """The round, folded from its own facts. Problem 404 if there is none."""
    state: Round | None = None
    for line in engine.log.stream(id):
        state = fold(state, line)
    if state is None:
        raise problems.not_found()
    return state


def one(ask: Reading, id: str) -> dict[str, Any]:
    """A round with what it came to so far, as far as the caller sees, and what he may do next."""
    round = must_round(ask.engine, ask.actor, id)
    said: dict[str, Any] = Teller(ask).round(row(found(ask.engine, id)))
    said["coverage"] = coverage_of(ask.engine, ask.actor, id, round, by_grid=False)
    return said | permitted(ask.engine, ask.actor, "round", id, rounds.ROUTES, rounds.permitted, ask.lang)


def one_then(ask: Reading, id: str, then: Then) -> dict[str, Any]:
    """The same of then. Problem 404 where it was not opened yet."""
    round = must_round(ask.engine, ask.actor, id)
    said: dict[str, Any] = Teller(ask).round(row(REGISTER.must(ask.engine, id, then)))
    clocks = {"as_of": then.plain()["as_of"], "known_at": str(then.known_at)}
    said["coverage"] = coverage_of(ask.engine, ask.actor, id, round, by_grid=False, **clocks)
    return said | then.over()


@router.post(
    "/rounds",
    status_code=201,
    summary="Open a round of visits through a grid",
    responses=COMMANDED,
    openapi_extra=example(EXAMPLE),
)
async def open_round(body: Opening, ask: Ask) -> Response:
    """Its targets are the households registered under the grid; whoever moved out is none."""
    id = new_id("round")
    command = rounds.OpenRound(body.name, body.grid.strip("/"), body.from_day, body.to_day)
    receipt = await ask.give(Step("round", id, command, 0), body=body, occurred_at=body.occurred_at)
    told = Teller(ask).recorded(receipt, ask.dry_run)
    if ask.dry_run:
        return said(told)
    id = receipt.lines[0].stream
    reading = Reading(ask.engine, ask.cases, ask.actor, ask.lang)
    answer = await asyncio.to_thread(one, reading, id)
    version = receipt.versions[id]
    return said(
        answer | told | {"version": version}, 201, ETag=etag(version), Location=f"/api/v1/visits/rounds/{id}"
    )


@router.post("/rounds/{round}/close", summary="Close a round", responses=COMMANDED)
async def close_round(round: Id, body: Closing, ask: Ask) -> Response:
    """What was tried before may still be told afterwards."""
    must_round(ask.engine, ask.actor, round)
    step = Step("round", round, rounds.CloseRound(body.reason), ask.expected)
    receipt = await ask.give(step, body=body, occurred_at=body.occurred_at)
    told = Teller(ask).recorded(receipt, ask.dry_run)
    if ask.dry_run:
        return said(told)
    reading = Reading(ask.engine, ask.cases, ask.actor, ask.lang)
    answer = await asyncio.to_thread(one, reading, round)
    version = receipt.versions[round]
    return said(answer | told | {"version": version}, ETag=etag(version))


@router.get("/rounds", summary="Rounds, newest first", dependencies=[CaughtUp], responses=READ)
async def listed(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    state: Annotated[str, Query(max_length=20, description="open or closed")] = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Those through the caller's place, and through what it lies in."""
    where = chosen({"state": state}, grid)

    def show(_: int) -> Shown:
        return Teller(Reading(engine, cases, caller)).round

    return await page_of(
        engine, REGISTER, of_rounds(caller), where, show, then=then, after=cursor, limit=limit
    )


@router.get(
    "/rounds/{round}", summary="One round, and what it came to", dependencies=[CaughtUp], responses=READ
)
async def detail(
    round: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """With `as_of` or `known_at`: as it was then, its coverage too, and nothing is allowed."""
    ask = Reading(engine, cases, caller, lang)
    if then is not None:
        return said(await asyncio.to_thread(one_then, ask, round, then))
    answer = await asyncio.to_thread(one, ask, round)
    return said(answer, ETag=etag(answer["version"]))


@router.get(
    "/coverage",
    summary="Doors opened, households reached, people met: each with its base",
    dependencies=[CaughtUp],
    responses=READ,
)
async def coverage(
    engine: AtEngine,
    caller: Caller,
    round: Annotated[str, Query(pattern=r"^round-[0-9a-z-]{1,60}$", description="A round's id.")],
    grid: Grid = "",
    as_of: Annotated[
        str, Query(max_length=40, description="The world as it was then; a day is included.")
    ] = "",
    known_at: Annotated[
        str, Query(max_length=40, description="What was recorded by then; also a position.")
    ] = "",
) -> Response:
    """Three numbers that are never mixed, in person and online apart, for the whole round and by grid."""

    def read() -> dict[str, Any]:
        of = must_round(engine, caller, round)
        wanted = grid.strip("/")
        if wanted and not within(wanted, of.grid):
            raise problems.Problem(422, "query.unknown", name="grid")
        try:
            return coverage_of(engine, caller, round, of, wanted, as_of=as_of, known_at=known_at)
        except BadQuestion as error:
            raise problems.Problem(422, "query.invalid", message=f"{error.field}: {error}") from error

    return said(await asyncio.to_thread(read))
