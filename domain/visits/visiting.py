"""One household's visits in one round: the slots agreed, and what came of each attempt.

Whoever tried writes it down: when, in which window and mode, what came of it, how many were met. People met
count once a household and round, the largest number met at one attempt; a door counts as opened once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, assert_never

from domain.bounds import NAME, TEXT, evidence, items, one_of, said_if, text, whole
from domain.deciding import Decision, local_day, permit
from domain.entering import in_entry_window
from domain.households.rules import stream_of
from domain.messages import Envelope, Sealed
from domain.refusals import Refused
from domain.scene import Scene
from domain.visits.commands import Attempt, Book, CancelBooking, Command, Companion, Target
from domain.visits.facts import (
    BookingCancelled,
    Measured,
    VisitAttempted,
    VisitBooked,
    VisitFact,
    Visitor,
)
from domain.visits.rules import COMPLAINTS, DESK, MINUTES, MODES, OUTCOMES, PEOPLE, TEAM, WINDOWS, WORKERS

__all__ = [
    "INITIAL", "NAMES", "ROLES", "TABLE", "Attempt", "Book", "CancelBooking", "Command", "Companion", "Slot",
    "State", "Target", "Tried", "Visit", "decide", "evolve",
]  # fmt: skip

BOOKINGS = 20
"""Slots open at once for one household."""

ANYWHERE, GUESTS = 20, 3
"""Met at one attempt at most: so many at any door, or so many times whom the register counts."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt as later ones need it."""

    at: datetime
    by: str
    window: str
    mode: str
    outcome: str
    people_met: int


@dataclass(frozen=True, slots=True)
class Slot:
    round: str
    household: str
    grid: str
    day: date
    window: str


@dataclass(frozen=True, slots=True)
class Visit:
    tried: tuple[Tried, ...] = ()
    best: int = 0
    booked: int = 0
    slots: Mapping[str, Slot] = field(default_factory=dict)
    """Open ones, by name; `booked` counts all there ever were."""

    def opened(self, mode: str = "") -> bool:
        return any(each.outcome == "opened" and mode in ("", each.mode) for each in self.tried)


State = Visit
INITIAL: State = Visit()
NAMES: Mapping[type, str] = {Visit: "open"}


def evolve(state: State, fact: VisitFact, envelope: Envelope) -> State:
    match fact:
        case VisitAttempted():
            by = envelope.actor.person
            tried = Tried(envelope.occurred_at, by, fact.window, fact.mode, fact.outcome, fact.people_met)
            slots = {name: slot for name, slot in state.slots.items() if name != fact.booking}
            return replace(state, tried=(*state.tried, tried), best=fact.best_after, slots=slots)
        case VisitBooked(round, household, grid, booking, day, window):
            slot = Slot(round, household, grid, day, window)
            return replace(state, booked=state.booked + 1, slots={**state.slots, booking: slot})
        case BookingCancelled():
            slots = {name: slot for name, slot in state.slots.items() if name != fact.booking}
            return replace(state, slots=slots)
        case _:
            assert_never(fact)


# ------------------------------------------------------------------ attempts


def attempt(command: Attempt, state: Visit, scene: Scene) -> tuple[VisitAttempted]:
    """Refused where it was told already: a device that sends twice doubles nothing, its needs neither."""
    target, subject = command.target, stream_of(command.target.id)
    _a_target(target)
    one_of("window", command.window, WINDOWS)
    one_of("mode", command.mode, MODES)
    one_of("outcome", command.outcome, OUTCOMES)
    met = whole("people_met", command.people_met, 0, PEOPLE)
    if met and command.outcome != "opened":
        raise Refused(
            "visit.met-nobody",
            f"people are met where the door was opened, not at {command.outcome}",
            help="outcome: opened, or people_met: 0",
            outcome=command.outcome,
            people_met=met,
        )
    _not_too_many(met, target)
    _about_then(command, scene)
    tried = Tried(scene.occurred_at, scene.actor.person, command.window, command.mode, command.outcome, met)
    if tried in state.tried:
        raise Refused(
            "visit.told-already",
            "this attempt was recorded already",
            help="nothing to do",
            household=target.id,
            at=scene.occurred_at,
        )
    booking = command.booking
    if booking and booking not in state.slots:
        raise Refused("visit.no-booking", f"there is no open booking {booking!r}", booking=booking)
    items("team", command.team, most=TEAM)
    items("readings", command.readings)
    items("needs", command.complaints, most=COMPLAINTS)
    return (
        VisitAttempted(
            round=command.round,
            household=target.id,
            grid=target.grid,
            number=len(state.tried) + 1,
            window=command.window,
            mode=command.mode,
            outcome=command.outcome,
            people_met=met,
            minutes=_minutes(command),
            started_at=command.started_at,
            ended_at=command.ended_at,
            people=target.people,
            kind=target.kind,
            best_before=state.best,
            best_after=max(state.best, met),
            opened_before=state.opened(),
            opened_in_mode_before=state.opened(command.mode),
            team=tuple(_visitor(each, subject) for each in command.team),
            readings=tuple(_measured(each) for each in command.readings),
            complaints=command.complaints,
            note=said_if(subject, "note", command.note, TEXT),
            registered=_registered(command, scene),
            booking=booking,
            photos=evidence("photos", command.photos),
        ),
    )


def _not_too_many(met: int, target: Target) -> None:
    """The register may be behind, and guests are met too: more than it counts is taken down, and is something
    to look after. Twenty behind a door of two is a slip, until somebody has counted them."""
    most = PEOPLE if target.people is None else max(ANYWHERE, GUESTS * target.people)
    if met > most:
        raise Refused(
            "visit.too-many-met",
            f"{met} met where {target.people} are registered",
            help=f"people_met: {most} at most, or count the household anew first",
            people_met=met,
            registered=target.people,
            most=most,
        )


def _about_then(command: Attempt, scene: Scene) -> None:
    """When it began and ended, as the device says, lies about when it was tried."""
    for name in ("started_at", "ended_at"):
        moment = getattr(command, name)
        if moment is not None and abs(moment - scene.occurred_at) > timedelta(days=1):
            raise Refused(
                "visit.times-apart",
                f"{name} lies more than a day from when it was tried",
                help=f"{name}: about {scene.occurred_at.isoformat()}",
                field=name,
                told=moment,
                tried=scene.occurred_at,
            )


def _a_target(target: Target) -> None:
    if target.vacant:
        raise Refused(
            "visit.vacant",
            f"nobody lives in {target.id}: it is no target of the round",
            help="register who lives there first",
            household=target.id,
        )


def _minutes(command: Attempt) -> int | None:
    """What was told, else from beginning to end in full minutes, half a minute rounded up."""
    started, ended = command.started_at, command.ended_at
    if started is not None and ended is not None and not started <= ended <= started + timedelta(days=1):
        raise Refused(
            "visit.ends-before-it-starts",
            "a visit ends after it started, within a day",
            help="started_at, ended_at",
        )
    if command.minutes is not None:
        return whole("minutes", command.minutes, 0, MINUTES)
    if started is None or ended is None:
        return None
    return int(((ended - started).total_seconds() + 30) // 60)


def _visitor(who: Companion, subject: str) -> Visitor:
    """Whoever is known by his id needs no name here."""
    text("team.capacity", who.capacity, NAME)
    if bool(who.person.strip()) == bool(who.name.strip()):
        raise Refused(
            "visit.team", "each of the team is named by a person's id or by a name", help="person, or name"
        )
    person = text("team.person", who.person, NAME, least=0).strip()
    return Visitor(person, said_if(subject, "team.name", who.name, NAME), who.capacity.strip())


def _measured(reading: Measured) -> Measured:
    text("readings.quantity", reading.quantity, NAME)
    text("readings.unit", reading.unit, NAME)
    return reading


def _registered(command: Attempt, scene: Scene) -> tuple[str, ...]:
    """Nobody visits himself for points: neither who writes it down, nor who went along."""
    if command.outcome != "opened" or command.mode != "in_person":
        return ()
    told = (command.target.id,) if command.registered is None else command.registered
    items("registered", told)
    for each in told:
        text("registered", each, NAME)
    team = {scene.actor.person, *(each.person for each in command.team if each.person)}
    if own := next((each for each in told if each in team), None):
        raise Refused(
            "visit.own-registration",
            f"{own} made this visit, and earns nothing by it",
            help="registered: who lives there",
            person=own,
        )
    return tuple(dict.fromkeys(told))


# ------------------------------------------------------------------ bookings (预约)


def book(command: Book, state: Visit, scene: Scene) -> tuple[VisitBooked, ...]:
    """The same day, window and mode agreed twice is one slot."""
    target = command.target
    _a_target(target)
    one_of("window", command.window, WINDOWS)
    one_of("mode", command.mode, MODES)
    today = local_day(scene)
    if command.day < today:
        raise Refused(
            "visit.booked-for-the-past",
            f"{command.day} is over",
            help=f"day: {today} or later",
            day=command.day.isoformat(),
        )
    if any((slot.day, slot.window) == (command.day, command.window) for slot in state.slots.values()):
        return ()
    items("bookings", (*state.slots, ""), most=BOOKINGS)
    from_at, until_at = command.from_at, command.until_at
    if from_at is not None and until_at is not None and until_at < from_at:
        raise Refused("visit.ends-before-it-starts", "a slot ends after it starts", help="from_at, until_at")
    _on_its_day(command, scene)
    return (
        VisitBooked(
            command.round,
            target.id,
            target.grid,
            f"b{state.booked + 1}",
            command.day,
            command.window,
            command.mode,
            from_at,
            until_at,
            said_if(stream_of(target.id), "note", command.note, TEXT),
        ),
    )


def _on_its_day(command: Book, scene: Scene) -> None:
    """A slot may last until midnight. It still lies ahead, whenever it was agreed: what was noted without
    signal may be over when it comes in, and nobody was sent to keep it."""
    until = None if command.until_at is None else command.until_at - timedelta(microseconds=1)
    for name, moment in (("from_at", command.from_at), ("until_at", until)):
        if moment is not None and local_day(scene, moment) != command.day:
            raise Refused(
                "visit.slot-day",
                f"{name} is on another day than the slot, {command.day}",
                help=f"{name}: on {command.day}",
                field=name,
                day=command.day.isoformat(),
            )
    if command.until_at is not None and command.until_at <= scene.now:
        raise Refused(
            "visit.slot-over",
            f"the slot ended at {command.until_at.isoformat()}, and is over",
            help="agree on another one; record the visit where it was kept",
            until_at=command.until_at,
        )


def cancel(command: CancelBooking, state: Visit, scene: Scene) -> tuple[BookingCancelled]:
    slot = state.slots.get(command.booking)
    if slot is None:
        raise Refused(
            "visit.no-booking", f"there is no open booking {command.booking!r}", booking=command.booking
        )
    reason: Sealed | None = said_if(stream_of(slot.household), "reason", command.reason, TEXT)
    booking = command.booking
    return (BookingCancelled(slot.round, slot.household, slot.grid, booking, slot.day, slot.window, reason),)


ROLES: Mapping[type, frozenset[str]] = {Attempt: WORKERS, Book: DESK, CancelBooking: DESK}
TABLE: Mapping[type, Mapping[type, Decision]] = {Visit: {Attempt: attempt, Book: book, CancelBooking: cancel}}


def decide(command: Command, state: State, scene: Scene) -> tuple[Any, ...]:
    decision = permit("visit", type(command), state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    in_entry_window(scene)
    return decision(command, state, scene)
