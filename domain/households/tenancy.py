"""A tenancy (居住关系): one household in one dwelling, from when to when. Its stream is `ten-…`.

none ──Start──▶ running ──End──▶ over
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from domain.bounds import one_of
from domain.deciding import Decision, in_order, local_day, permit
from domain.households.commands import End, Start, TenancyCommand
from domain.households.facts import TenancyEnded, TenancyFact, TenancyStarted
from domain.households.rules import DESK, TENURES, place
from domain.messages import Envelope
from domain.refusals import Refused
from domain.scene import Scene


@dataclass(frozen=True, slots=True)
class Unstarted:
    pass


@dataclass(frozen=True, slots=True)
class Running:
    dwelling: str
    household: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Over:
    dwelling: str
    household: str


State = Unstarted | Running | Over
INITIAL: State = Unstarted()
NAMES: Mapping[type, str] = {Unstarted: "unstarted", Running: "running", Over: "over"}


def start(command: Start, state: Unstarted, scene: Scene) -> tuple[TenancyStarted]:
    place(command.grid, scene)
    if command.tenure:
        one_of("tenure", command.tenure, TENURES)
    if command.since is not None and command.since > local_day(scene):
        raise Refused(
            "tenancy.in-the-future",
            f"{command.since} is still to come",
            help=f"since: {local_day(scene)} at the latest",
            field="since",
            on=command.since.isoformat(),
        )
    return (TenancyStarted(command.dwelling, command.household, command.grid, command.tenure, command.since),)


def runs(command: Start, state: Running | Over, scene: Scene) -> tuple[()]:
    """A file told again: whether it still runs is not for the file to say."""
    return ()


def end(command: End, state: Running, scene: Scene) -> tuple[TenancyEnded]:
    in_order(state.started_at, scene)
    return (TenancyEnded(state.dwelling, state.household),)


ROLES: Mapping[type, frozenset[str]] = {Start: DESK, End: DESK}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unstarted: {Start: start},
    Running: {Start: runs, End: end},
    Over: {Start: runs},
}


def decide(command: TenancyCommand, state: State, scene: Scene) -> tuple[TenancyFact, ...]:
    decision = permit("tenancy", type(command), state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    return decision(command, state, scene)


def evolve(state: State, fact: TenancyFact, envelope: Envelope) -> State:
    match fact:
        case TenancyStarted(dwelling, household):
            return Running(dwelling, household, envelope.occurred_at)
        case TenancyEnded(dwelling, household):
            return Over(dwelling, household)
        case _:
            assert_never(fact)
