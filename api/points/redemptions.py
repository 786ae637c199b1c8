"""Orders over HTTP: what points buy, handed out or cancelled; and what each partner is owed for."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api import problems
from api.bodies import StrictRoute
from api.listing import chosen
from api.lists import now_of
from api.orders import Ask, Asking, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.points.answers import Reader
from api.points.bodies import Cancelling, Fulfilling, Ordering
from api.points.permissions import of_redemption
from api.points.saves import save, scene_of, seen
from api.points.sight import must_redemption, neighbours, of_redemptions, sees_account
from api.points.subjects import AtPoints, Points
from api.points.told import foreseen, recorded
from api.registers_then import Register, Shown
from api.registers_then import listed as page_of
from api.routing import OWN_COMMANDED, CaughtUp, Grid, Limit, Word, example
from api.sign_in import Caller
from api.then import AtThen
from domain.messages import Actor
from domain.points import orders
from domain.points.redemption import ItemAsked
from domain.refusals import Refused
from domain.steps import Steps
from engine.desk import Receipt
from engine.ids import new_id
from projections.points.redemptions import REDEMPTIONS

router = APIRouter(prefix="/api/v1/points/redemptions", tags=["points: orders"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^rdm-[0-9a-z-]{1,60}$", description="An order's id.")]

REGISTER = Register(
    REDEMPTIONS,
    "redemptions",
    ("requested_position", "desc"),
    frozenset({"account", "place"}),
    first="requested_position",
    begun="requested_at",
)


@router.post(
    "",
    status_code=201,
    summary="Order goods or services for points",
    responses=OWN_COMMANDED,
    openapi_extra=example({"account": "acct-resident", "items": [{"item": "flour", "quantity": 1}]}),
)
async def order(body: Ordering, ask: Ask, points: AtPoints) -> Response:
    """At the prices in force. The points are held and the goods reserved until it is handed out. Whoever
    orders for another says so: `proxy`, with the holder's consent."""
    receipt = await ordered(ask, points, body)
    redemption = receipt.lines[0].stream
    created = f"/api/v1/points/redemptions/{redemption}"
    return answered(ask, points, redemption, receipt, created=created)


async def ordered(ask: Asking, points: Points, body: Ordering) -> Receipt:
    """Order it; the first line's stream is the order. Problem 404 for an account he may not know of."""
    reaches(points, ask.actor, body)
    await evidenced(ask, body.proxy.consent if body.proxy else "")
    redemption = new_id("rdm")

    def compose() -> Steps:
        return orders.request(
            redemption,
            body.account,
            seen(points, "account", body.account).state,
            scene_of(ask, redemption, body.occurred_at),
            items=[ItemAsked(each.item, each.quantity) for each in body.items],
            beneficiary=body.beneficiary,
            proxy=body.proxy.person if body.proxy else "",
            consent=body.proxy.consent if body.proxy else "",
        )

    return await save(ask, points, redemption, compose, body, body.occurred_at)


@router.post(
    "/{redemption}/fulfil",
    summary="Handed out: the points are spent",
    responses=OWN_COMMANDED,
    openapi_extra=example({"partner": "property-co"}),
)
async def fulfil(redemption: Id, body: Fulfilling, ask: Ask, points: AtPoints) -> Response:
    return answered(ask, points, redemption, await fulfilled(ask, points, redemption, body))


async def fulfilled(ask: Asking, points: Points, redemption: str, body: Fulfilling) -> Receipt:
    must_redemption(points, ask.actor, redemption)
    await evidenced(ask, body.delivery)
    partner = body.partner or (ask.actor.scope if ask.actor.role == "unit" else "")

    def compose() -> Steps:
        state = seen(points, "redemption", redemption).state
        return orders.fulfil(redemption, state, delivery=body.delivery, partner=partner)

    return await save(ask, points, redemption, compose, body, body.occurred_at)


@router.post(
    "/{redemption}/cancel",
    summary="Cancelled: points and goods are free again",
    responses=OWN_COMMANDED,
    openapi_extra=example({"reason": "holder"}),
)
async def cancel(redemption: Id, body: Cancelling, ask: Ask, points: AtPoints) -> Response:
    return answered(ask, points, redemption, await cancelled(ask, points, redemption, body))


async def cancelled(ask: Asking, points: Points, redemption: str, body: Cancelling) -> Receipt:
    must_redemption(points, ask.actor, redemption)
    reason = body.reason or ("holder" if ask.actor.role == "resident" else "desk")

    def compose() -> Steps:
        return orders.cancel(redemption, seen(points, "redemption", redemption).state, reason=reason)

    return await save(ask, points, redemption, compose, body, body.occurred_at)


def reaches(points: Points, actor: Actor, body: Ordering) -> None:
    """Problem 404 for an account the caller may not know of; a neighbour may order as the holder's proxy."""
    found = points.accounts.must(body.account)
    proxy = body.proxy is not None and body.proxy.person == actor.person
    if not (sees_account(actor, found) or (proxy and neighbours(actor, found.place))):
        raise problems.not_found()


async def evidenced(ask: Asking, id: str) -> None:
    """Refused for evidence nobody has handed in."""
    if id and not await asyncio.to_thread(ask.engine.blobs.has, id):
        raise Refused(
            "evidence.unknown", f"no evidence {id!r} is kept", help="POST /api/v1/evidence", value=id
        )


def answered(ask: Asking, points: Points, id: str, receipt: Receipt, *, created: str = "") -> Response:
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    found = points.redemptions.at(id, receipt.versions[id])
    answer = Reader(points, ask.actor, now_of(ask.engine)).redemption(found)
    answer |= of_redemption(ask.engine, ask.actor, id, ask.lang)
    return recorded(ask, points, receipt, id, answer, created=created)


# ------------------------------------------------------------------ reading


@router.get(
    "", summary="Orders, newest first", dependencies=[CaughtUp], responses=problems.responses(401, 422, 503)
)
async def listed(
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    then: AtThen,
    state: Word = "",
    account: Word = "",
    partner: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    named = {"state": state, "account": account, "partner": partner}
    where = chosen(named, grid, "place")

    def shown(at: int) -> Shown:
        return Reader(points, caller, at).redemption_row

    return await page_of(
        engine, REGISTER, [of_redemptions(caller)], where, shown, then=then, after=cursor, limit=limit
    )


@router.get(
    "/{redemption}",
    summary="One order, as it is now",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def detail(
    redemption: Id, engine: AtEngine, points: AtPoints, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """With `as_of` or `known_at`: as it was then, and nothing is allowed."""

    def read() -> dict[str, Any]:
        found = must_redemption(points, caller, redemption)
        if then is not None:
            was = REGISTER.must(engine, redemption, then)
            return Reader(points, caller, then.as_of).redemption(was) | then.over()
        answer = Reader(points, caller, now_of(engine)).redemption(found)
        return answer | of_redemption(engine, caller, redemption, lang)

    answer = await asyncio.to_thread(read)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))
