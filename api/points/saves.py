"""Orders of several steps: composed from what the streams say now, composed anew where somebody was faster.

The steps are the domain's (domain/points/orders.py); this is the one place that hands them to the desk.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from api.orders import Asking
from api.points import uncomposed
from api.points.subjects import Points
from domain.refusals import Refused
from domain.scene import Scene
from domain.steps import Seen, Step, Steps
from engine.desk import Receipt
from engine.errors import Conflict, StoreUnavailable

AGAIN = 3
"""How often an order is composed anew before the caller is asked to come back."""

Compose = Callable[[], Steps]


def seen(points: Points, kind: str, stream: str) -> Seen:
    return Seen(*points.engine.desk.state(kind, stream))


def scene_of(ask: Asking, stream: str, occurred_at: datetime | None = None) -> Scene:
    """What a decision on the stream would look at now."""
    now, stage = ask.engine.clock(), ask.engine.desk.stage()
    return Scene(now, occurred_at or now, ask.actor, stream, stage.books, stage.organisation)


async def save(
    ask: Asking,
    points: Points,
    stream: str,
    compose: Compose,
    body: object,
    occurred_at: datetime | None = None,
) -> Receipt:
    """Compose the order and record it, all of it or nothing. `stream` is the one the caller addressed: his
    `If-Match` is about it.

    Raises Conflict where he has not seen its last version, StoreUnavailable where others keep being faster.
    """
    try:
        return await _once(ask, stream, compose, body, occurred_at)
    except Conflict as conflict:
        _own(ask, stream, conflict)
    async with points.turns:
        for _ in range(AGAIN):
            try:
                return await _once(ask, stream, compose, body, occurred_at)
            except Conflict as conflict:
                _own(ask, stream, conflict)
    raise StoreUnavailable("others keep changing the same account; nothing was recorded")


async def _once(
    ask: Asking, stream: str, compose: Compose, body: object, occurred_at: datetime | None
) -> Receipt:
    try:
        steps = tuple(_pinned(ask, stream, compose()))
    except Refused as refused:
        steps = (Step(uncomposed.KIND, uncomposed.STREAM, uncomposed.Uncomposed(refused)),)
    return await ask.give(*steps, body=body, occurred_at=occurred_at)


def _pinned(ask: Asking, stream: str, steps: Steps) -> Iterator[Step]:
    """The engine's steps; the first one of the addressed stream rests on the version the caller has seen."""
    told = ask.expected
    for step in steps:
        expected = step.expected
        if step.stream == stream and told is not None:
            expected, told = told, None
        yield replace(step, expected=expected)


def _own(ask: Asking, stream: str, conflict: Conflict) -> None:
    """Raises the conflict again where it is about what the caller himself said he had seen."""
    if ask.expected is not None and conflict.stream == stream and conflict.expected == ask.expected:
        raise conflict
