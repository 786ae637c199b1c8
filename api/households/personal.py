"""Reading in full what a household is called, with a reason; forgetting who it was."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import StringConstraints

from api import erasing
from api.answers import z
from api.bodies import Body, StrictRoute
from api.households.register import Id
from api.households.seeing import find, must_household
from api.households.told import answered
from api.orders import Ask, Asking
from api.routing import COMMANDED, example
from domain.households.commands import Erase, Reveal
from domain.households.facts import HouseholdRevealed
from domain.households.household import FIELDS
from domain.households.rules import REASON, stream_of
from domain.steps import Step
from engine.desk import Receipt
from engine.engine import Engine
from engine.forgetting import subjects_of
from engine.read import Filter, rows

router = APIRouter(prefix="/api/v1/households", tags=["households"], route_class=StrictRoute)

Because = Annotated[str, StringConstraints(min_length=1, max_length=REASON, pattern=r"\S")]


class Reading(Body):
    field: Literal[FIELDS]  # type: ignore[valid-type]
    reason: Because


class Erasing(Body):
    reason: Because


@router.post(
    "/{household}/reveal",
    summary="Read a household's name or number, with a reason that everybody sees",
    responses=COMMANDED,
    openapi_extra=example({"field": "phone", "reason": "约定上门时间"}),
)
async def reveal(household: Id, body: Reading, ask: Ask) -> Response:
    """Who read what, and why, is recorded before the value is opened; it may be used for 30 minutes."""
    receipt, value = await read_in_full(ask, household, body)
    until = next(line.fact.until_at for line in receipt.lines if isinstance(line.fact, HouseholdRevealed))
    answer = {"id": household, "field": body.field, "value": value, "until_at": z(until)}
    return answered(ask, receipt, stream_of(household), answer)


async def read_in_full(ask: Asking, household: str, body: Reading) -> tuple[Receipt, str | None]:
    """Record it, then open the value: None where there is none, for a dry run, and for a retry of long ago.
    Problem 404 where the caller may not know of the household."""
    await asyncio.to_thread(must_household, ask.engine, ask.actor, household)
    command = Reveal(body.field, body.reason)
    receipt = await ask.give(Step("household", stream_of(household), command, ask.expected), body=body)
    until = next(line.fact.until_at for line in receipt.lines if isinstance(line.fact, HouseholdRevealed))

    def read() -> str | None:
        found = find(ask.engine, household)
        kept = None if found is None else getattr(found, body.field)
        return None if kept is None else ask.engine.vault.open_kept(kept)

    if ask.dry_run or ask.engine.clock() >= until:
        return receipt, None
    return receipt, await asyncio.to_thread(read)


@router.post(
    "/{household}/erase",
    summary="Forget who a household is",
    responses=COMMANDED,
    openapi_extra=example({"reason": "住户申请删除"}),
)
async def erase(household: Id, body: Erasing, ask: Ask) -> Response:
    """Its key is destroyed: no name, number, reason or note sealed under it can be read again. The history of
    the dwelling stays, and so do the counts."""
    await asyncio.to_thread(must_household, ask.engine, ask.actor, household)
    stream = stream_of(household)
    step = await asyncio.to_thread(erasing_of, ask.engine, household, body.reason, ask.expected)
    receipt = await ask.give(step, body=body)
    if not ask.dry_run:
        await asyncio.to_thread(destroy, ask.engine, household)
    return answered(ask, receipt, stream, {"id": household, "erased": not ask.dry_run})


def erasing_of(engine: Engine, household: str, reason: str, expected: int | None = None) -> Step:
    """The command, with the claims that speak against it."""
    return Step("household", stream_of(household), Erase(reason, unsettled(engine, household)), expected)


def destroy(engine: Engine, household: str) -> None:
    """Destroy its keys, once the fact is recorded. Where this breaks off, the next start finishes it."""
    for subject in subjects_of(stream_of(household)):
        engine.forget(subject, (subject,))


def unsettled(engine: Engine, household: str) -> tuple[str, ...]:
    """The claims on its card that are not settled."""
    engine.views.wait_for(engine.log.head(), erasing.WAIT)
    holder = Filter("holder", "in", (household, stream_of(household)))
    with engine.views.read() as reading:
        where = [holder, Filter("state", "in", erasing.UNSETTLED)]
        return tuple(row["id"] for row in rows(reading, "claims", where=where, limit=erasing.PAGE).items)
