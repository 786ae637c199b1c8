"""The weekly spot check (每周抽核) of a place: first the frame is fixed, then a public value draws from it.

Order is everything: a value known before the frame would let who makes the frame choose the cases. So the
frame names a signed checkpoint, the value is refused before there is a frame, and both are said once. The
re-check itself is the complaint's own command (spot-check), which reopens what it contradicts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, assert_never

from domain.bounds import NAME, names, one_of, text, whole
from domain.deciding import check_role, local_day
from domain.messages import Envelope, command
from domain.refusals import Refused
from domain.sampling.draw import (
    Ticket,
    days_of,
    drawn,
    frame_root,
    how_many,
    in_order,
    seed,
    week_of,
)
from domain.sampling.facts import Fact, FrameFixed, SampleDrawn
from domain.scene import Scene

__all__ = [
    "INITIAL", "Command", "DrawSample", "Fact", "FixFrame", "FrameFixed", "SampleDrawn", "Sampling", "Ticket",
    "check_week", "days_of", "decide", "evolve", "stream_of", "week_of",
]  # fmt: skip

LARGEST = 5_000
"""Cases of one frame. A place with more in a week is sampled by its parts."""
METHODS = ("dice", "lottery")
THROWS = 10
"""Dice throws at least: 60 million values, more than anybody tries out by hand at a table."""
DIGITS = 6
"""Letters and digits of a lottery's value at least."""
SOURCE = 200


@command
class FixFrame:
    """All but `week` and `place` is told by the engine, out of the log and its last checkpoint."""

    week: str
    place: str
    position: int
    size: int
    size_root: str
    witnesses: tuple[str, ...]
    tickets: tuple[Ticket, ...]


@command
class DrawSample:
    """`value` as it was read out; of dice, the numbers of points. `source` names dice and table, or the
    lottery and its draw. `present`: who saw it, by their names in the system. The checkpoint is the
    engine's."""

    method: str
    source: str
    value: str
    drawn_on: date
    present: tuple[str, ...]
    size: int = 0
    size_root: str = ""
    witnesses: tuple[str, ...] = ()


Command = FixFrame | DrawSample

ROLES: Mapping[type, frozenset[str]] = {
    FixFrame: frozenset({"panel", "street", "admin"}),
    DrawSample: frozenset({"panel"}),
}


@dataclass(frozen=True, slots=True)
class Sampling:
    """`root` is "" before the frame is fixed; `drawn_on` None before the draw."""

    root: str = ""
    many: int = 0
    cases: tuple[str, ...] = ()
    fixed_on: date | None = None
    drawn_on: date | None = None


INITIAL = Sampling()
State = Sampling


def stream_of(week: str, place: str) -> str:
    """spots-2026-W07-demo.north; the whole deployment's ends after the week."""
    return f"spots-{week}-{place.replace('/', '.')}" if place else f"spots-{week}"


def decide(command: Command, state: Sampling, scene: Scene) -> tuple[Fact, ...]:
    check_role(type(command), scene, ROLES[type(command)])
    decision: Callable[[Any, Sampling, Scene], tuple[Fact, ...]] = DECISIONS[type(command)]
    return decision(command, state, scene)


def evolve(state: Sampling, fact: Fact, envelope: Envelope) -> Sampling:
    match fact:
        case FrameFixed():
            cases = tuple(ticket.case for ticket in fact.tickets)
            return Sampling(fact.root, fact.many, cases, fact.fixed_on)
        case SampleDrawn():
            return Sampling(state.root, state.many, state.cases, state.fixed_on, fact.drawn_on)
        case _:
            assert_never(fact)


# ------------------------------------------------------------------ the frame


def check_week(week: str) -> tuple[date, date]:
    """Its Monday and the Monday after. Refused `period.form`."""
    try:
        return days_of(week)
    except (ValueError, OverflowError) as error:
        raise Refused(
            "period.form",
            f"week cannot be {week!r}",
            help="week: 2026-W07",
            field="week",
            value=week,
        ) from error


def _fix(command: FixFrame, state: Sampling, scene: Scene) -> tuple[Fact, ...]:
    _, after = check_week(command.week)
    if scene.stream != stream_of(command.week, command.place):
        raise ValueError(f"{command.week} of {command.place!r} was sent to the stream {scene.stream}")
    if command.place and scene.organisation.grid(command.place) is None:
        raise Refused("grid.unknown", f"there is no grid {command.place!r}", grid=command.place)
    if local_day(scene) < after:
        raise Refused(
            "sampling.week-running",
            f"{command.week} is over on {after} only",
            help=f"from {after} on",
            week=command.week,
            after=after.isoformat(),
        )
    if state.root:
        raise Refused(
            "sampling.fixed-already",
            f"the frame of {command.week} is fixed, and stays as it is",
            help="record the public value",
            week=command.week,
        )
    if len(command.tickets) > LARGEST:
        raise Refused(
            "sampling.too-many",
            f"{len(command.tickets)} cases ended there in the week; a frame has at most {LARGEST}",
            help="sample a smaller place",
            found=len(command.tickets),
            most=LARGEST,
        )
    tickets = in_order(command.tickets)
    supervision = scene.books.supervision(scene.now)
    many = how_many(len(tickets), supervision.spot_check_percent, supervision.spot_check_minimum)
    root = frame_root(command.week, command.place, tickets)
    return (
        FrameFixed(
            command.week,
            command.place,
            command.position,
            whole("size", command.size, 1, 1 << 62),
            command.size_root,
            command.witnesses,
            tickets,
            root,
            many,
            supervision.version,
            local_day(scene),
        ),
    )


# ------------------------------------------------------------------ the draw


def _draw(command: DrawSample, state: Sampling, scene: Scene) -> tuple[Fact, ...]:
    if not state.root:
        raise Refused(
            "sampling.no-frame",
            "the frame is not fixed; a value recorded before it would draw what somebody chose",
            help="fix the frame first, then draw the value",
        )
    if state.drawn_on is not None:
        raise Refused("sampling.drawn-already", "the value is recorded, and what it drew stays")
    if not state.many:
        raise Refused("sampling.nothing-to-draw", "no case ended there in the week")
    method = one_of("method", command.method, METHODS)
    source = text("source", command.source, SOURCE)
    value = value_of(method, command.value)
    _check_day(command, state, scene)
    present = names("present", command.present, least=2 if method == "dice" else 1)
    for person in present:
        if not scene.organisation.by_person.get(person):
            raise Refused(
                "sampling.present.unknown",
                f"nobody who holds a role is called {person!r}",
                help="present: people with a role",
                person=person,
            )
    return (
        SampleDrawn(
            method,
            source,
            value,
            command.drawn_on,
            present,
            whole("size", command.size, 1, 1 << 62),
            command.size_root,
            command.witnesses,
            seed(state.root, value),
            drawn(state.root, value, state.cases, state.many),
        ),
    )


def value_of(method: str, given: str) -> str:
    """The value as it enters the seed: of dice the bare digits, else without spaces at its ends."""
    value = text("value", given.strip(), NAME)
    if method == "dice":
        value = re.sub(r"[\s,，、]", "", value)
        if not re.fullmatch(rf"[1-6]{{{THROWS},}}", value):
            raise Refused(
                "sampling.dice",
                f"a value of dice is {THROWS} throws or more, each from 1 to 6",
                help="value: 3 5 1 6 2 2 4 1 6 3",
                least=THROWS,
            )
    elif sum(letter.isalnum() for letter in value) < DIGITS:
        raise Refused(
            "sampling.lottery",
            f"a lottery's value has {DIGITS} digits at least",
            help="value: 03 11 17 22 26 30 + 09",
            least=DIGITS,
        )
    return value


def _check_day(command: DrawSample, state: Sampling, scene: Scene) -> None:
    """Dice are thrown before those present, once the frame is fixed. A lottery tells its day only, so it has
    to be a later one."""
    assert state.fixed_on is not None
    if command.drawn_on > local_day(scene):
        raise Refused(
            "sampling.drawn-ahead",
            f"{command.drawn_on} has not come yet",
            help="record the value once it is drawn",
            drawn_on=command.drawn_on.isoformat(),
        )
    later = command.method == "lottery"
    if command.drawn_on < state.fixed_on or (later and command.drawn_on == state.fixed_on):
        raise Refused(
            "sampling.drawn-before",
            f"the frame was fixed on {state.fixed_on}; a value of {command.drawn_on} may have been known",
            help=f"drawn_on {'after' if later else 'from'} {state.fixed_on}",
            drawn_on=command.drawn_on.isoformat(),
            fixed_on=state.fixed_on.isoformat(),
        )


DECISIONS: Mapping[type, Callable[..., tuple[Fact, ...]]] = {FixFrame: _fix, DrawSample: _draw}
