"""A round of visits (走千家入万户): a name, a grid, and the days from which to which it goes.

    unopened ──open──▶ open ──close──▶ closed

What was tried while it was open may be told after it was closed: a device without signal comes home late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, assert_never

from domain.bounds import NAME, TEXT, said_if, text
from domain.deciding import Decision, in_order, local_day, permit
from domain.entering import earliest, in_entry_window
from domain.messages import Envelope, command
from domain.organisation import within
from domain.refusals import Refused
from domain.scene import Scene
from domain.visits.facts import RoundClosed, RoundFact, RoundOpened
from domain.visits.rules import DESK, check_grid

DAYS = 366
"""The longest round, in days."""


@command
class OpenRound:
    name: str
    grid: str
    from_day: date
    to_day: date


@command
class CloseRound:
    reason: str = ""


@command
class Admit:
    """Asked of the round in the save of an attempt or a booking: whether a household of `grid` may be visited
    on `day`. Nothing is recorded for it."""

    grid: str
    day: date
    booking: bool = False


@command
class AdmitPlan:
    """Asked of the round in the save of a plan for `day`."""

    day: date


@command
class Reach:
    """Asked of the round where something is put right about a household of `grid`, whatever the day."""

    grid: str


Command = OpenRound | CloseRound | Admit | AdmitPlan | Reach


@dataclass(frozen=True, slots=True)
class Round:
    name: str
    grid: str
    from_day: date
    to_day: date
    opened_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Unopened:
    pass


@dataclass(frozen=True, slots=True)
class Open:
    round: Round


@dataclass(frozen=True, slots=True)
class Closed:
    round: Round
    closed_at: datetime


State = Unopened | Open | Closed
INITIAL: State = Unopened()
NAMES: Mapping[type, str] = {Unopened: "unopened", Open: "open", Closed: "closed"}


def evolve(state: State, fact: RoundFact, envelope: Envelope) -> State:
    match fact:
        case RoundOpened(name, grid, first, last):
            return Open(Round(name, grid, first, last, envelope.actor.person, envelope.occurred_at))
        case RoundClosed():
            assert not isinstance(state, Unopened), "a round begins by being opened"
            return Closed(state.round, envelope.occurred_at)
        case _:
            assert_never(fact)


# ------------------------------------------------------------------ decisions


def open_round(command: OpenRound, state: Unopened, scene: Scene) -> tuple[RoundOpened]:
    text("name", command.name, NAME)
    check_grid(command.grid, scene)
    in_scope(command.grid, scene)
    first, last = command.from_day, command.to_day
    if not 0 <= (last - first).days < DAYS:
        raise Refused(
            "visit-round.days",
            f"a round goes from a day to the same or a later one, {DAYS} days at most",
            help="from, to",
            first=first.isoformat(),
            last=last.isoformat(),
            most=DAYS,
        )
    _not_long_past(first, scene)
    return (RoundOpened(command.name.strip(), command.grid, first, last),)


def _not_long_past(first: date, scene: Scene) -> None:
    """What is tried on its first day can still be told."""
    since = local_day(scene, earliest(scene))
    if first < since:
        raise Refused(
            "visit-round.long-past",
            f"{first} lies longer ago than may still be told",
            help=f"from: {since} or later",
            first=first.isoformat(),
            since=since.isoformat(),
        )


def close_round(command: CloseRound, state: Open, scene: Scene) -> tuple[RoundClosed]:
    in_scope(state.round.grid, scene)
    in_order(state.round.opened_at, scene)
    return (RoundClosed(said_if(scene.stream, "reason", command.reason, TEXT)),)


def admit(command: Admit, state: Open | Closed, scene: Scene) -> tuple[()]:
    round = state.round
    if not within(command.grid, round.grid):
        raise Refused(
            "visit.outside-round",
            f"the household stands in {command.grid}, the round goes through {round.grid}",
            grid=command.grid,
            round_grid=round.grid,
        )
    in_scope(command.grid, scene)
    if isinstance(state, Closed) and (command.booking or scene.occurred_at > state.closed_at):
        raise Refused(
            "visit-round.closed",
            "the round is closed",
            help="occurred_at before it was closed",
            state="closed",
        )
    _within_days(command.day, round)
    return ()


def reach(command: Reach, state: Open | Closed, scene: Scene) -> tuple[()]:
    in_scope(command.grid, scene)
    return ()


def admit_plan(command: AdmitPlan, state: Open, scene: Scene) -> tuple[()]:
    _within_days(command.day, state.round)
    return ()


def _within_days(day: date, round: Round) -> None:
    if not round.from_day <= day <= round.to_day:
        raise Refused(
            "visit.outside-days",
            f"{day} is not within the round, {round.from_day} to {round.to_day}",
            help=f"{round.from_day} … {round.to_day}",
            day=day.isoformat(),
            first=round.from_day.isoformat(),
            last=round.to_day.isoformat(),
        )


def in_scope(grid: str, scene: Scene) -> None:
    """Refused where the caller does not answer for the place. The street and above answer for all below."""
    if scene.actor.role == "engine" or within(grid, scene.actor.scope):
        return
    raise Refused(
        "visit.outside-scope",
        "the place lies outside what you answer for",
        help=f"grid: {scene.actor.scope} or below",
        grid=grid,
        scope=scene.actor.scope,
    )


ROLES: Mapping[type, frozenset[str]] = {
    OpenRound: DESK,
    CloseRound: DESK,
    Admit: DESK,
    Reach: DESK,
    AdmitPlan: DESK,
}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unopened: {OpenRound: open_round},
    Open: {CloseRound: close_round, Admit: admit, Reach: reach, AdmitPlan: admit_plan},
    Closed: {Admit: admit, Reach: reach},
}

ROUTES: Mapping[str, type] = {"close": CloseRound}


def decide(command: Command, state: State, scene: Scene) -> tuple[Any, ...]:
    decision = permitted(type(command), state, scene)
    in_entry_window(scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    decision = permit("visit-round", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    if not isinstance(state, Unopened) and kind in (CloseRound, AdmitPlan):
        near = scene.actor.scope if within(scene.actor.scope, state.round.grid) else state.round.grid
        in_scope(state.round.grid if kind is CloseRound else near, scene)
    return decision


def known(state: State) -> Round:
    """The round, opened or closed."""
    if isinstance(state, Unopened):
        raise Refused("visit-round.unknown", "there is no such round", help="open it first")
    return state.round
