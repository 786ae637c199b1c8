"""Which lines of care plans, patrols, sweeps, looks after a closing, duties and captures a caller knows of:
those of what he may open. What a line says is told nowhere here."""

from collections.abc import Callable, Mapping

from api import problems
from api.capture.settling import must_capture
from api.care.seeing import knows as knows_plan
from api.duty_calendar.seeing import shows
from api.patrols.told import BOOK_OF, known
from api.sight import everywhere
from domain import care
from domain.messages import Actor, Recorded
from engine.engine import Engine

REMEMBERED = 10_000
"""Streams of which one reader remembers whether they are his."""

Shows = Callable[[Engine, Actor, str], bool]


def of_plan(engine: Engine, actor: Actor, stream: str) -> bool:
    """By where the household lives now."""
    state, _ = engine.desk.state("care-plan", stream)
    return not isinstance(state, care.Unopened) and knows_plan(actor, state.plan.grid)


def of_walk(engine: Engine, actor: Actor, stream: str) -> bool:
    kind = stream.partition("-")[0]
    table = "patrol_routes" if stream.startswith("patrol-route-") else BOOK_OF[kind]
    return known(engine, actor, table, stream) is not None


def of_capture(engine: Engine, actor: Actor, stream: str) -> bool:
    return must_capture(engine, actor, stream) is not None


KINDS: Mapping[str, Shows] = {
    "care": of_plan,
    "patrol": of_walk,
    "sweep": of_walk,
    "recurrence": of_walk,
    "duty": shows,
    "cap": of_capture,
}
MOVES = ("care", "patrol")
"""What may come to lie in another place: a household, a route."""


class Outside:
    """What one reader may know of. He is asked of the same streams again and again."""

    def __init__(self, engine: Engine, actor: Actor) -> None:
        self._engine, self._actor = engine, actor
        self._known: dict[str, bool] = {}

    def of_line(self, line: Recorded) -> bool | None:
        """None for a line of another kind."""
        kind = line.stream.partition("-")[0]
        if kind not in KINDS:
            return None
        if everywhere(self._actor):
            return True
        if (known := self._known.get(line.stream)) is not None:
            return known
        try:
            his = KINDS[kind](self._engine, self._actor, line.stream)
        except problems.Problem:
            his = False
        if kind not in MOVES and len(self._known) < REMEMBERED:
            self._known[line.stream] = his
        return his
