"""One worker's plan of one day. It is worked out from the register (`planning.py`) and recorded as it stood;
made again, the later one stands, and one that says the same is nothing new."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.bounds import NAME, items, one_of, text
from domain.deciding import Decision, permit
from domain.messages import Envelope, command
from domain.scene import Scene
from domain.visits.facts import PlanMade, Planned
from domain.visits.rules import DESK, MODES, WINDOWS

HOUSEHOLDS = 2_000
"""Households in one window of one worker's day, at most."""


@command
class MakePlan:
    round: str
    worker: str
    day: date
    grids: tuple[str, ...]
    shares: tuple[Planned, ...]
    rule: str


Command = MakePlan
State = PlanMade | None
INITIAL: State = None
NAMES: Mapping[type, str] = {type(None): "unplanned", PlanMade: "planned"}


def evolve(state: State, fact: PlanMade, envelope: Envelope) -> State:
    return fact


def make(command: MakePlan, state: State, scene: Scene) -> tuple[PlanMade, ...]:
    text("worker", command.worker, NAME)
    items("grids", command.grids, least=1, most=500)
    for share in command.shares:
        one_of("window", share.window, WINDOWS)
        one_of("mode", share.mode, MODES)
        items("households", share.households, most=HOUSEHOLDS)
    made = PlanMade(command.round, command.worker, command.day, command.grids, command.shares, command.rule)
    return () if made == state else (made,)


ROLES: Mapping[type, frozenset[str]] = {MakePlan: DESK}
TABLE: Mapping[type, Mapping[type, Decision]] = {type(None): {MakePlan: make}, PlanMade: {MakePlan: make}}


def decide(command: Command, state: State, scene: Scene) -> tuple[Any, ...]:
    return permit("visit-plan", type(command), state, scene, tables=TABLE, roles=ROLES, names=NAMES)(
        command, state, scene
    )
