"""The replay of a claim and of an account: step by step, with what changed, by which rule, who knew of it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import problems
from api.answers import page, receipt_link
from api.bodies import StrictRoute
from api.naming import acting
from api.orders import AtEngine, Language, said
from api.points import accounts, claims
from api.points.sight import must_account, must_claim
from api.points.subjects import AtPoints, Points
from api.points.told import speaker
from api.sign_in import Caller
from api.then import AtThen, Then
from domain.messages import Actor, Recorded
from domain.points import facts as f
from engine.engine import Engine
from projections.points.replay import Step, replay_account, replay_claim
from projections.words import Speaker

router = APIRouter(prefix="/api/v1/points", tags=["points: replay"], route_class=StrictRoute)

OPERATOR = Actor("operator", "admin")
"""Who asks on the command line."""
Nth = Annotated[int, Query(ge=1, le=1_000_000, description="Only this step, from 1.")]


@router.get(
    "/claims/{claim}/replay", summary="A claim step by step", responses=problems.responses(401, 404, 422)
)
async def of_claim(
    claim: claims.Id,
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    lang: Language,
    then: AtThen,
    step: Nth | None = None,
) -> Response:
    """`step` gives that one; without it, all. `before` and `after` carry the state and every figure. With
    `as_of` or `known_at`: of what had happened and was known then."""

    def read() -> dict[str, Any]:
        must_claim(points, caller, claim)
        return shown(claim_steps(points, claim, lang, caller, then), step, speaker(points, lang, caller))

    return said(await asyncio.to_thread(read))


@router.get(
    "/accounts/{account}/replay",
    summary="An account step by step",
    responses=problems.responses(401, 404, 422),
)
async def of_account(
    account: accounts.Id,
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    lang: Language,
    then: AtThen,
    step: Nth | None = None,
) -> Response:
    def read() -> dict[str, Any]:
        must_account(points, caller, account)
        return shown(account_steps(points, account, lang, caller, then), step, speaker(points, lang, caller))

    return said(await asyncio.to_thread(read))


def shown(steps: list[Step], nth: int | None, told: Speaker) -> dict[str, Any]:
    """One step, or all as a list; who acted with his name, where the caller may hear it. Problem 404 for a
    step that is not there."""
    plain = [step.plain(receipt_link(step.position)) | {"actor": acting(told, step.actor)} for step in steps]
    if nth is None:
        return page(plain, None)
    if nth > len(plain):
        raise problems.not_found()
    return plain[nth - 1]


def claim_steps(
    points: Points, claim: str, lang: str, to: Actor = OPERATOR, then: Then | None = None
) -> list[Step]:
    """Problem 404 where `then` lies before it was filed."""
    books = points.engine.desk.stage().books
    lines = past(claim_lines(points.engine, claim), claim, then)
    return replay_claim(claim, lines, books, speaker(points, lang, to))


def past(lines: list[Recorded], stream: str, then: Then | None) -> list[Recorded]:
    """What of them had happened and was known. Problem 404 where the stream had not begun."""
    if then is None:
        return lines
    kept = then.kept(lines)
    if not any(line.stream == stream and line.version == 1 for line in kept):
        raise problems.not_found()
    return kept


def claim_lines(engine: Engine, claim: str) -> list[Recorded]:
    """The claim's lines, its account's, and those of the orders that ended with a ruling."""
    lines = engine.log.stream(claim)
    filed = lines[0].fact if lines else None
    if not isinstance(filed, f.ClaimFiled):
        return lines
    account = engine.log.stream(filed.account)
    ended = {
        line.fact.hold
        for line in account
        if isinstance(line.fact, f.HoldReleased) and line.fact.reason == "suspended"
    }
    for order in sorted(ended):
        lines += engine.log.stream(order)
    return lines + account


def account_steps(
    points: Points, account: str, lang: str, to: Actor = OPERATOR, then: Then | None = None
) -> list[Step]:
    """Problem 404 where `then` lies before it was opened."""
    books = points.engine.desk.stage().books
    lines = past(points.engine.log.stream(account), account, then)
    return replay_account(account, lines, books, speaker(points, lang, to))
