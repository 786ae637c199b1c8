"""An attempt at a door, and the complaints its needs become: one save, linked both ways."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from api import kinds
from api.bodies import Body, Moment, StrictRoute
from api.commands import kept
from api.needs import Need, registrations
from api.orders import Ask, Asking, etag, said
from api.routing import COMMANDED, example
from api.visits.duties import more_met
from api.visits.rounds import Id
from api.visits.seeing import must_round, must_target
from api.visits.told import Teller
from domain.households.rules import ID
from domain.steps import Step
from domain.visits import rounds, visiting
from domain.visits.facts import Measured, VisitAttempted
from domain.visits.rules import COMPLAINTS, MINUTES, PEOPLE, TEAM, visit_stream

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], route_class=StrictRoute)

PHOTOS = 10
Photo = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Household = Annotated[str, StringConstraints(pattern=rf"^{ID.pattern}$")]
Window = Literal["day", "evening", "weekend"]
Mode = Literal["in_person", "online"]


class Companion(Body):
    """1+N: who went along, in which capacity; by a person's id, or by name."""

    capacity: kinds.Name
    person: kinds.MaybeName = ""
    name: kinds.MaybeName = ""


class Reading(Body):
    quantity: kinds.Name
    value: Annotated[float, Field(ge=-1e9, le=1e9)]
    unit: kinds.Name


class Attempt(kinds.Command):
    """`occurred_at` is when it was tried, by the device's clock; `minutes` may be left out where `started_at`
    and `ended_at` say it. `registered`: holders of accounts who helped with the registration, the household
    itself if left out. `photos`: ids of stored evidence."""

    household: Household
    window: Window
    mode: Mode = "in_person"
    outcome: Literal["opened", "no_answer", "refused", "moved"]
    people_met: Annotated[int, Field(ge=0, le=PEOPLE)] = 0
    minutes: Annotated[int, Field(ge=0, le=MINUTES)] | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    needs: Annotated[list[Need], Field(max_length=COMPLAINTS, default_factory=list)]
    team: Annotated[list[Companion], Field(max_length=TEAM, default_factory=list)]
    readings: Annotated[list[Reading], Field(max_length=50, default_factory=list)]
    note: kinds.MaybeText = ""
    registered: Annotated[list[kinds.Name], Field(max_length=50)] | None = None
    booking: Annotated[str, StringConstraints(pattern=r"^(b\d{1,6}|)$")] = ""
    photos: Annotated[list[Photo], Field(max_length=PHOTOS, default_factory=list)]


EXAMPLE = {
    "household": "hh-0001",
    "window": "evening",
    "mode": "in_person",
    "outcome": "opened",
    "people_met": 2,
    "minutes": 15,
    "needs": [{"category": "heating", "text": "客厅晚上只有 15℃"}],
    "readings": [{"quantity": "room_temperature", "value": 15.0, "unit": "°C"}],
    "occurred_at": "2026-11-18T19:30:00+08:00",
}


async def steps_of(ask: Asking, round: str, body: Attempt, occurred_at: datetime | None) -> tuple[Step, ...]:
    """The round lets it in, the household's visit takes it, and each need is registered: together, or not at
    all. The last one told of a need names the visit it was found by."""
    target = await asyncio.to_thread(must_target, ask.engine, ask.actor, body.household)
    await kept(ask, body)
    stream = visit_stream(round, target.id)
    places = ask.engine.desk.stage().organisation
    day = places.local_date(occurred_at or ask.engine.clock())
    complaints = tuple(ask.engine.vault.new_id("c") for _ in body.needs)
    attempt = visiting.Attempt(
        round=round,
        target=target,
        window=body.window,
        mode=body.mode,
        outcome=body.outcome,
        people_met=body.people_met,
        minutes=body.minutes,
        started_at=body.started_at,
        ended_at=body.ended_at,
        team=tuple(visiting.Companion(x.capacity, x.person, x.name) for x in body.team),
        readings=tuple(Measured(x.quantity, x.value, x.unit) for x in body.readings),
        complaints=complaints,
        note=body.note,
        registered=None if body.registered is None else tuple(body.registered),
        booking=body.booking,
        photos=tuple(body.photos),
    )
    steps = [
        Step("round", round, rounds.Admit(target.grid, day), ask.expected),
        Step("visit", stream, attempt),
    ]
    return (*steps, *await registrations(ask, body.needs, complaints, target.grid, stream))


@router.post(
    "/rounds/{round}/attempts",
    status_code=201,
    summary="Record an attempt; its needs become complaints",
    responses=COMMANDED,
    openapi_extra=example(EXAMPLE),
)
async def attempt(round: Id, body: Attempt, ask: Ask) -> Response:
    """By the grid member of the household's grid, within the days of the round. Told late it counts on the
    day it was tried."""
    return await record(ask, round, body)


def check_register(fact: VisitAttempted, lang: str) -> dict[str, Any]:
    """What is to be looked after where more were met than are registered."""
    if fact.outcome != "opened" or fact.people_met <= (fact.people or 0):
        return {}
    return {"check_register": {"met": fact.people_met, "registered": fact.people}} | {
        "check": more_met(fact.people_met, fact.people, lang)
    }


async def record(ask: Asking, round: str, body: Attempt, occurred_at: datetime | None = None) -> Response:
    """Also for what was noted without signal: `occurred_at` is then the device's."""
    must_round(ask.engine, ask.actor, round)
    at = body.occurred_at or occurred_at or body.ended_at
    steps = await steps_of(ask, round, body, at)
    receipt = await ask.give(*steps, body=body, occurred_at=at)
    told = Teller(ask).recorded(receipt, ask.dry_run)
    (line,) = (line for line in receipt.lines if isinstance(line.fact, VisitAttempted))
    fact: Any = line.fact
    answer = {
        "id": f"{line.stream}-{fact.number}",
        "visit": line.stream,
        "number": fact.number,
        "round": fact.round,
        "household": fact.household,
        "grid": fact.grid,
        "window": fact.window,
        "mode": fact.mode,
        "outcome": fact.outcome,
        "people_met": fact.people_met,
        "minutes": fact.minutes,
        "best": fact.best_after,
        "complaints": list(fact.complaints),
        "photos": list(fact.photos),
    } | check_register(fact, ask.lang)
    if ask.dry_run:
        return said(answer | told)
    version = receipt.versions[line.stream]
    where = f"/api/v1/visits/rounds/{round}/households/{fact.household}"
    return said(answer | told | {"version": version}, 201, ETag=etag(version), Location=where)
