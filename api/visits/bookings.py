"""Slots agreed with a household (预约): booked, kept by an attempt that names them, or cancelled."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api import kinds, problems
from api.bodies import Moment, StrictRoute
from api.orders import Ask, Asking, etag, said
from api.routing import COMMANDED, example
from api.visits.attempts import Household, Mode, Window
from api.visits.rounds import Id
from api.visits.seeing import must_round, must_target
from api.visits.told import Teller
from domain.households.rules import ID
from domain.steps import Step
from domain.visits import rounds, visiting
from domain.visits.facts import VisitBooked
from domain.visits.rules import visit_stream
from engine.desk import Receipt

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], route_class=StrictRoute)

AHousehold = Annotated[str, Path(pattern=rf"^{ID.pattern}$", description="A household's id.")]
Slot = Annotated[str, Path(pattern=r"^b\d{1,6}$", description="A booking's name within the visit.")]


class Booking(kinds.Command):
    household: Household
    day: kinds.Day
    window: Window
    mode: Mode = "in_person"
    from_at: Moment | None = None
    until_at: Moment | None = None
    note: kinds.MaybeText = ""


class Cancelling(kinds.Command):
    reason: kinds.MaybeText = ""


EXAMPLE = {"household": "hh-0001", "day": "2026-11-20", "window": "evening", "note": "八点以后在家"}


async def steps_of(ask: Asking, round: str, body: Booking) -> tuple[Step, ...]:
    """The round lets it in, the household's visits take it."""
    target = await asyncio.to_thread(must_target, ask.engine, ask.actor, body.household)
    slot = visiting.Book(
        round, target, body.day, body.window, body.mode, body.from_at, body.until_at, body.note
    )
    return (
        Step("round", round, rounds.Admit(target.grid, body.day, booking=True), ask.expected),
        Step("visit", visit_stream(round, target.id), slot),
    )


@router.post(
    "/rounds/{round}/bookings",
    status_code=201,
    summary="Book a slot with a household",
    responses=COMMANDED,
    openapi_extra=example(EXAMPLE),
)
async def book(round: Id, body: Booking, ask: Ask) -> Response:
    """On a day of the round, today or later. The same day and window agreed twice is one slot."""
    must_round(ask.engine, ask.actor, round)
    receipt = await ask.give(*await steps_of(ask, round, body), body=body, occurred_at=body.occurred_at)
    stream, booking = visit_stream(round, body.household), booked(receipt)
    return _answered(ask, receipt, stream, body.household, booking, created=booking is not None)


def booked(receipt: Receipt) -> str | None:
    """The slot's name within the visit; None where none was booked anew."""
    facts = (line.fact for line in receipt.lines)
    return next((fact.booking for fact in facts if isinstance(fact, VisitBooked)), None)


@router.post(
    "/rounds/{round}/households/{household}/bookings/{booking}/cancel",
    summary="Cancel a booked slot",
    responses=COMMANDED,
)
async def cancel(round: Id, household: AHousehold, booking: Slot, body: Cancelling, ask: Ask) -> Response:
    must_round(ask.engine, ask.actor, round)
    target = await asyncio.to_thread(must_target, ask.engine, ask.actor, household)
    stream = visit_stream(round, target.id)
    if not ask.engine.desk.state("visit", stream)[1]:
        raise problems.not_found()
    steps = (
        Step("round", round, rounds.Reach(target.grid)),
        Step("visit", stream, visiting.CancelBooking(booking, body.reason), ask.expected),
    )
    receipt = await ask.give(*steps, body=body, occurred_at=body.occurred_at)
    return _answered(ask, receipt, stream, target.id, booking, created=False)


def _answered(
    ask: Asking, receipt: Receipt, stream: str, household: str, booking: str | None, *, created: bool
) -> Response:
    """`booking` is None where the slot was agreed already."""
    told = Teller(ask).recorded(receipt, ask.dry_run)
    answer = {"visit": stream, "household": household, "booking": booking} | told
    if ask.dry_run:
        return said(answer)
    version = receipt.versions[stream]
    return said(answer | {"version": version}, 201 if created else 200, ETag=etag(version))
