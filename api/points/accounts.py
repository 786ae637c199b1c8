"""Accounts over HTTP: opening one, what stands in it, its statement of a month, a card that goes on."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import problems
from api.bodies import StrictRoute
from api.listing import chosen
from api.lists import now_of
from api.orders import Ask, Asking, AtEngine, etag, said
from api.parameters import Cursor
from api.points.answers import Reader
from api.points.bodies import Opening, Transfer
from api.points.saves import save, seen
from api.points.sight import inside, must_account, of_accounts
from api.points.statements import months_statement
from api.points.subjects import AtPoints, Points
from api.points.told import foreseen, recorded
from api.registers_then import Register, Shown
from api.registers_then import listed as page_of
from api.routing import OWN_COMMANDED, CaughtUp, Grid, Limit, Word, example
from api.sign_in import Caller
from api.then import AtThen, account_then
from domain.messages import Actor
from domain.people import Person, stream_of
from domain.points import account as accounts
from domain.points import orders
from domain.points.account.commands import Open
from domain.refusals import Refused
from domain.steps import Step, Steps
from engine.desk import Receipt
from engine.engine import Engine
from projections.points.accounts import ACCOUNTS

router = APIRouter(prefix="/api/v1/points/accounts", tags=["points: accounts"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^acct-[\w.-]{1,100}$", description="An account's id: acct-<holder>.")]

REGISTER = Register(
    ACCOUNTS,
    "accounts",
    ("opened_position", "desc"),
    frozenset({"holder", "kind", "place"}),
    first="opened_position",
    begun="opened_at",
)


def place_of(engine: Engine, body: Opening, actor: Actor) -> str:
    """The holder's place, else the opener's; never one the opener does not answer for. (Who opens no accounts
    at all is told so by the domain.)"""
    holder: Person = engine.desk.state("person", stream_of(body.holder))[0]
    place = body.place or holder.home or actor.scope
    if actor.role not in ("resident", "unit") and not inside(actor, place):
        raise Refused(
            "account.outside-scope",
            "the place lies outside what you answer for",
            help=actor.scope,
            place=place,
        )
    return place


@router.post(
    "",
    status_code=201,
    summary="Open an account",
    responses=problems.responses(400, 401, 409, 412, 413, 422, 503),
    openapi_extra=example({"holder": "resident", "kind": "resident"}),
)
async def open_account(body: Opening, ask: Ask, points: AtPoints) -> Response:
    """One for each holder. It belongs to his place, else to the opener's."""
    account = accounts.account_of(body.holder)
    receipt = await opened(ask, points, body)
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    found = points.accounts.at(account, receipt.versions[account])
    answer = Reader(points, ask.actor, now_of(ask.engine)).account(found)
    return recorded(ask, points, receipt, account, answer, created=f"/api/v1/points/accounts/{account}")


async def opened(ask: Asking, points: Points, body: Opening) -> Receipt:
    """Open it. Refused where its place lies outside what the caller answers for."""
    account = accounts.account_of(body.holder)
    place = place_of(ask.engine, body, ask.actor)
    step = Step("account", account, Open(body.holder, body.kind, place))
    return await save(ask, points, account, lambda: (step,), body, body.occurred_at)


@router.get(
    "", summary="Accounts, newest first", dependencies=[CaughtUp], responses=problems.responses(401, 422, 503)
)
async def listed(
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    then: AtThen,
    holder: Word = "",
    kind: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    where = chosen({"holder": holder, "kind": kind}, grid, "place")

    def shown(at: int) -> Shown:
        return Reader(points, caller, at).account_row

    return await page_of(
        engine, REGISTER, [of_accounts(caller)], where, shown, then=then, after=cursor, limit=limit
    )


@router.get(
    "/{account}",
    summary="One account, as it is now",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def detail(account: Id, engine: AtEngine, points: AtPoints, caller: Caller, then: AtThen) -> Response:
    """Folded from its own facts: never behind. With `as_of` or `known_at`: as it was then."""

    def read() -> dict[str, Any]:
        found = must_account(points, caller, account)
        if then is not None:
            was = account_then(engine, account, then)
            return Reader(points, caller, then.as_of).account(was) | then.plain()
        return Reader(points, caller, now_of(engine)).account(found)

    answer = await asyncio.to_thread(read)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))


@router.get(
    "/{account}/statement",
    summary="A month of an account",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def statement(
    account: Id,
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    then: AtThen,
    month: Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2025-03"])],
) -> Response:
    """What stood at its beginning, every entry in the order recorded, what stood at its end. A month that is
    over never changes. With `as_of` or `known_at`: of what had happened and was known then."""

    def read() -> dict[str, Any]:
        found = must_account(points, caller, account)
        if then is not None:
            was = account_then(engine, account, then)
            return months_statement(points, was, month, then) | then.plain()
        return months_statement(points, found, month)

    return said(await asyncio.to_thread(read))


@router.post(
    "/{account}/transfer",
    summary="A temporary card's points go on to the next household",
    responses=OWN_COMMANDED,
    openapi_extra=example({"to": "acct-hh-0042", "reason": "租户搬走"}),
)
async def transfer(account: Id, body: Transfer, ask: Ask, points: AtPoints) -> Response:
    """All of them or none, where the rules in force allow it; both sides stand in the trail."""
    receipt = await transferred(ask, points, account, body)
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    found = points.accounts.at(account, receipt.versions[account])
    return recorded(
        ask, points, receipt, account, Reader(points, ask.actor, now_of(ask.engine)).account(found)
    )


async def transferred(ask: Asking, points: Points, account: str, body: Transfer) -> Receipt:
    """Both accounts must be ones the caller may know of; problem 404."""
    must_account(points, ask.actor, account)
    must_account(points, ask.actor, body.to)

    def compose() -> Steps:
        return orders.transfer(account, body.to, seen(points, "account", account), body.reason)

    return await save(ask, points, account, compose, body, body.occurred_at)
