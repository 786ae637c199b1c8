"""What a device may bring in, and how each of it is recorded: by the very command a page with signal gives.

A subject adds its way here: the schema of what the device sends, whom it is about, and the steps it takes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.bodies import Body, command_of
from api.commands import COMMANDS, kept
from api.orders import Asking
from api.sight import must_see
from domain.complaint import commands as c
from engine.desk import Step


@dataclass(frozen=True, slots=True)
class About:
    """Where it lies, and under whose key words about it are sealed."""

    grid: str
    subject: str


@dataclass(frozen=True, slots=True)
class Way:
    """`moment` is the body's field that the device's clock fills. `find` raises what keeps the caller from
    it: problem 404, Refused."""

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


WAYS: Mapping[str, Way] = {
    "follow-up": Way(COMMANDS["follow-up"].body, "visited_at", of_case, follow_up),
}
