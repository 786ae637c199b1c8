"""What a device may bring in, and how each of it is recorded: by the very command a page with signal gives.

A subject adds its way here: the schema of what the device sends, whom it is about, and the steps it takes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.bodies import Body, command_of
from api.care import seeing as cared
from api.care.plans import Visiting, visit_steps
from api.commands import COMMANDS, kept
from api.orders import Asking
from api.problems import Problem
from api.sight import must_see
from api.visits.attempts import Attempt, steps_of
from api.visits.bookings import Booking
from api.visits.bookings import steps_of as slot_steps
from api.visits.seeing import must_round, must_target
from domain import care
from domain.complaint import commands as c
from domain.households.rules import stream_of
from domain.steps import Step


@dataclass(frozen=True, slots=True)
class About:
    """Where it lies, and under whose key words about it are sealed."""

    grid: str
    subject: str


@dataclass(frozen=True, slots=True)
class Way:
    """`moment` is the body's field that the device's clock fills where it is left out. `find` raises
    what keeps the caller from it: problem 404, Refused."""

    body: type[Body]
    moment: str
    find: Callable[[Asking, str], About]
    steps: Callable[[Asking, str, Any, datetime], Awaitable[tuple[Step, ...]]]


def of_case(ask: Asking, complaint: str) -> About:
    """Problem 404 where there is none, or the caller may not know of it."""
    opening = must_see(ask.cases, ask.actor, complaint).opening
    return About(opening.grid, opening.reporter or opening.id)


async def follow_up(ask: Asking, complaint: str, body: Body, at: datetime) -> tuple[Step, ...]:
    await asyncio.to_thread(must_see, ask.cases, ask.actor, complaint)
    await kept(ask, body)
    return (Step("complaint", complaint, command_of(c.FollowUp, body)),)


def of_door(ask: Asking, named: str) -> About:
    """`named` is the round and the household: round-…/sl-0007. Problem 404, or Refused, where the caller may
    not know of either."""
    round, _, household = named.partition("/")
    must_round(ask.engine, ask.actor, round)
    target = must_target(ask.engine, ask.actor, household)
    return About(target.grid, stream_of(target.id))


async def attempt(ask: Asking, named: str, body: Attempt, at: datetime) -> tuple[Step, ...]:
    """Problem 422 where the body is about another household than the item."""
    round, _, household = named.partition("/")
    if body.household != household:
        raise Problem(422, "body.invalid")
    return await steps_of(ask, round, body, at)


async def booking(ask: Asking, named: str, body: Booking, at: datetime) -> tuple[Step, ...]:
    """As for an attempt."""
    round, _, household = named.partition("/")
    if body.household != household:
        raise Problem(422, "body.invalid")
    return await slot_steps(ask, round, body)


def of_plan(ask: Asking, plan: str) -> About:
    """Problem 404 where there is none, or the caller may not know of it."""
    found = cared.must_plan(ask.engine, ask.actor, plan)
    state: care.State = ask.engine.desk.state("care-plan", plan)[0]
    subject = "" if isinstance(state, care.Unopened) else state.plan.subject
    return About(found.grid, subject)


async def care_visit(ask: Asking, plan: str, body: Visiting, at: datetime) -> tuple[Step, ...]:
    return await visit_steps(ask, plan, body)


WAYS: Mapping[str, Way] = {
    "follow-up": Way(COMMANDS["follow-up"].body, "visited_at", of_case, follow_up),
    "attempt": Way(Attempt, "occurred_at", of_door, attempt),
    "booking": Way(Booking, "occurred_at", of_door, booking),
    "care-visit": Way(Visiting, "occurred_at", of_plan, care_visit),
}
