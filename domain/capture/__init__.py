"""A capture (离线记录): what a grid member noted at a door without signal, brought in later.

    nothing ──record──▶ recorded
       └────keep──────▶ kept ──settle──▶ settled

Its stream is `cap-` and the id the device made, so whatever is brought in twice meets itself. `record` stands
in one save with the command it brings; where that command is refused, `keep` makes a fact of what was noted,
and a person settles it: recorded anew by hand, or dropped with a reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from domain.bounds import NAME, TEXT, items, one_of, said, text
from domain.capture.facts import CaptureKept, CaptureRecorded, CaptureSettled, Fact
from domain.deciding import Decision, permit
from domain.messages import Envelope, clear, command
from domain.organisation import within
from domain.refusals import Refused
from domain.scene import Scene

__all__ = [
    "HOWS", "ID", "INITIAL", "KINDS", "LONGEST", "NAMES", "ROLES", "TABLE",
    "Command", "Fact", "KeepCapture", "Kept", "Nothing", "RecordCapture", "Recorded", "SettleCapture",
    "Settled", "State", "decide", "evolve", "stream_of",
]  # fmt: skip

KINDS = ("follow-up", "attempt", "booking", "care-visit")
HOWS = ("recorded", "dropped")
LONGEST = 100_000
"""Characters of one capture's content: more than any form has, whose texts are bounded one by one."""
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
"""The device's id of what was noted: a UUID in small letters."""
FIELD = frozenset({"gridworker", "dispatcher", "street"})
"""Who goes to doors, and whoever answers for them."""


@command
class RecordCapture:
    """The fields are the fact's (CaptureRecorded)."""

    what: str
    about: str
    grid: str
    device_at: datetime
    offset: int | None = None
    taken_at: datetime | None = None


@command
class KeepCapture:
    """`subject`: whose key seals `content`; "" keeps no content, for whom it speaks of was erased."""

    what: str
    about: str
    grid: str
    device_at: datetime
    refusal: str
    content: str
    subject: str
    offset: int | None = None
    taken_at: datetime | None = None
    photos: tuple[str, ...] = ()


@command
class SettleCapture:
    """`recorded_as` names the case or visit it was recorded as; "" where it is dropped."""

    how: str
    reason: str
    recorded_as: str = ""


Command = RecordCapture | KeepCapture | SettleCapture

ROLES: Mapping[type, frozenset[str]] = {
    RecordCapture: FIELD,
    KeepCapture: FIELD,
    SettleCapture: FIELD,
}


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Recorded:
    person: str


@dataclass(frozen=True, slots=True)
class Kept:
    """`subject` is whose words it holds; "" where they are gone."""

    person: str
    grid: str
    subject: str


@dataclass(frozen=True, slots=True)
class Settled:
    person: str


State = Nothing | Recorded | Kept | Settled
INITIAL = Nothing()

NAMES: Mapping[type, str] = {
    Nothing: "not-captured",
    Recorded: "capture-recorded",
    Kept: "capture-kept",
    Settled: "capture-settled",
}


def stream_of(id: str) -> str:
    """cap-0b7c…: of the device's id. ValueError for what is no such id."""
    if not re.fullmatch(ID, id):
        raise ValueError(f"{id!r} is no id of a capture")
    return f"cap-{id}"


def record(command: RecordCapture, state: Nothing, scene: Scene) -> tuple[CaptureRecorded]:
    what, about = one_of("what", command.what, KINDS), text("about", command.about, NAME)
    return (CaptureRecorded(what, about, command.grid, command.device_at, command.offset, command.taken_at),)


def keep(command: KeepCapture, state: Nothing, scene: Scene) -> tuple[CaptureKept]:
    what, about = one_of("what", command.what, KINDS), text("about", command.about, NAME)
    items("photos", command.photos)
    content = clear(command.subject, text("content", command.content, LONGEST)) if command.subject else None
    return (
        CaptureKept(
            what,
            about,
            command.grid,
            command.device_at,
            command.offset,
            command.taken_at,
            text("refusal", command.refusal, NAME),
            content,
            command.photos,
        ),
    )


def already(command: RecordCapture | KeepCapture, state: State, scene: Scene) -> tuple[Fact, ...]:
    """What came in stands, whatever comes again under its id."""
    raise Refused(
        "capture.already",
        "this was brought in before; nothing was recorded again",
        help="nothing is left to do",
        state=NAMES[type(state)],
    )


def settle(command: SettleCapture, state: Kept, scene: Scene) -> tuple[CaptureSettled]:
    """By whoever brought it, or whoever answers for the place. To drop it takes another person than noted it:
    what somebody saw at a door is not his alone to make away with."""
    how = one_of("how", command.how, HOWS)
    actor = scene.actor
    if actor.person != state.person and not (actor.scope and within(state.grid, actor.scope)):
        raise Refused(
            "capture.outside-scope",
            "it was noted by somebody else, at a place outside what you answer for",
            help=f"grid: {state.grid}",
            grid=state.grid,
        )
    if how == "dropped" and actor.person == state.person:
        raise Refused(
            "capture.own-drop",
            "what you noted yourself is dropped by somebody else",
            help="record it anew; or another of the place, or the dispatcher, drops it",
            person=state.person,
        )
    if (how == "recorded") != bool(command.recorded_as.strip()):
        raise Refused(
            "capture.recorded-as",
            "what was recorded anew names what it was recorded as; what is dropped names nothing",
            help="recorded_as: the case's or the visit's id",
        )
    named = text("recorded_as", command.recorded_as, NAME) if how == "recorded" else ""
    reason = said(state.subject or scene.stream, "reason", command.reason, TEXT)
    return (CaptureSettled(how, named, reason),)


TABLE: Mapping[type, Mapping[type, Decision]] = {
    Nothing: {RecordCapture: record, KeepCapture: keep},
    Recorded: {RecordCapture: already, KeepCapture: already},
    Kept: {RecordCapture: already, KeepCapture: already, SettleCapture: settle},
    Settled: {RecordCapture: already, KeepCapture: already},
}


def decide(command: Command, state: State, scene: Scene) -> tuple[Fact, ...]:
    decision = permit("capture", type(command), state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    return decision(command, state, scene)


def evolve(state: State, fact: Fact, envelope: Envelope) -> State:
    match fact:
        case CaptureRecorded():
            return Recorded(envelope.actor.person)
        case CaptureKept():
            return Kept(envelope.actor.person, fact.grid, fact.content.subject if fact.content else "")
        case CaptureSettled():
            assert isinstance(state, Kept)
            return Settled(state.person)
        case _:
            assert_never(fact)
