"""A household (住户): how many people, of which kind, where it lives now, who belongs to it.

    unregistered ──Register──▶ living ⇄ away
                                 └──Erase──▶ erased

`kind` says when its people are met. Its stream is `hh-` and the id the register gives it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from domain.bounds import NAME, items, one_of, said, said_if, text, whole
from domain.complaint.disclosure import reads_reporters
from domain.deciding import Decision, in_order, permit
from domain.households.commands import (
    ChangeContact,
    Erase,
    HouseholdCommand,
    JoinHousehold,
    LeaveHousehold,
    MoveIn,
    MoveOut,
    Reclassify,
    Recount,
    Register,
    Reveal,
    TakeOver,
)
from domain.households.facts import (
    ContactChanged,
    HouseholdErased,
    HouseholdFact,
    HouseholdReclassified,
    HouseholdRecounted,
    HouseholdRegistered,
    HouseholdRevealed,
    MemberJoined,
    MemberLeft,
    MovedIn,
    MovedOut,
)
from domain.households.rules import (
    COMPOUND,
    DESK,
    KINDS,
    MEMBERS,
    PEOPLE,
    READERS,
    REASON,
    answers_for,
    check_id,
    household_of,
    place,
)
from domain.messages import Envelope
from domain.refusals import Refused
from domain.scene import Scene

FIELDS = ("name", "phone")
REVEALED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Household:
    """`since` is when it was registered or last moved; `people` None and `kind` "" are not known yet."""

    grid: str
    compound: str
    people: int | None
    kind: str
    dwelling: str
    tenancy: str
    since: datetime
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unregistered:
    pass


@dataclass(frozen=True, slots=True)
class Living:
    household: Household


@dataclass(frozen=True, slots=True)
class Away:
    """Moved out, and nowhere in the register since; `grid` is where it lived."""

    household: Household


@dataclass(frozen=True, slots=True)
class Erased:
    household: Household


State = Unregistered | Living | Away | Erased
INITIAL: State = Unregistered()
NAMES: Mapping[type, str] = {
    Unregistered: "unregistered",
    Living: "living",
    Away: "away",
    Erased: "erased",
}

# ------------------------------------------------------------------ entering it


def register(command: Register | TakeOver, state: Unregistered, scene: Scene) -> tuple[HouseholdRegistered]:
    check_id(household_of(scene.stream))
    place(command.grid, scene)
    return (
        HouseholdRegistered(
            command.grid,
            text("compound", command.compound, COMPOUND, least=0),
            None if command.people is None else whole("people", command.people, 0, PEOPLE),
            one_of("kind", command.kind, KINDS) if command.kind else "",
            said_if(scene.stream, "name", command.name, NAME),
            said_if(scene.stream, "phone", command.phone, NAME),
            command.dwelling,
            command.tenancy,
            command.source if isinstance(command, TakeOver) else "",
        ),
    )


def compare(command: TakeOver, state: Living, scene: Scene) -> tuple[HouseholdFact, ...]:
    """A later file. Names and numbers are sealed and cannot be compared: only people change them."""
    of = state.household
    answers_for(of.grid, scene)
    if command.grid != of.grid:
        raise Refused(
            "household.grid-differs",
            f"the record says {of.grid}, the file {command.grid}",
            help="record the move (move-in), or correct the file",
            field="grid",
            grid=of.grid,
            told=command.grid,
        )
    if command.dwelling and of.dwelling and command.dwelling != of.dwelling:
        raise Refused(
            "household.lives-elsewhere",
            "the record says that it lives at another address",
            help="record the move (move-in), or correct the file",
            field="address",
            dwelling=of.dwelling,
            told=command.dwelling,
        )
    found: list[HouseholdFact] = []
    if command.dwelling and not of.dwelling:
        found.append(MovedIn(command.grid, command.compound, command.dwelling, command.tenancy))
    if command.people is not None and command.people != of.people:
        found.append(HouseholdRecounted(whole("people", command.people, 0, PEOPLE), of.people))
    if command.kind and command.kind != of.kind:
        found.append(HouseholdReclassified(one_of("kind", command.kind, KINDS), of.kind, None))
    return tuple(found)


# ------------------------------------------------------------------ keeping it right


def recount(command: Recount, state: Living, scene: Scene) -> tuple[HouseholdRecounted, ...]:
    """That they are as many as before is said too: somebody has looked."""
    return (HouseholdRecounted(whole("people", command.people, 0, PEOPLE), state.household.people),)


def reclassify(command: Reclassify, state: Living, scene: Scene) -> tuple[HouseholdReclassified, ...]:
    kind, before = one_of("kind", command.kind, KINDS), state.household.kind
    if kind == before:
        return ()
    if "key" in (kind, before) and not command.reason.strip():
        raise Refused(
            "household.reason-needed",
            "a key household's file is opened and closed with a reason",
            help="reason: why",
            field="reason",
        )
    return (HouseholdReclassified(kind, before, said_if(scene.stream, "reason", command.reason, REASON)),)


def change_contact(command: ChangeContact, state: Living, scene: Scene) -> tuple[ContactChanged]:
    return (
        ContactChanged(
            said_if(scene.stream, "name", command.name, NAME),
            said_if(scene.stream, "phone", command.phone, NAME),
        ),
    )


def join(command: JoinHousehold, state: Living, scene: Scene) -> tuple[MemberJoined, ...]:
    members = state.household.members
    person = text("person", command.person, NAME)
    if person in members:
        return ()
    items("members", (*members, person), most=MEMBERS)
    return (MemberJoined(person),)


def leave(command: LeaveHousehold, state: Living | Away, scene: Scene) -> tuple[MemberLeft]:
    if command.person not in state.household.members:
        raise Refused(
            "household.not-a-member",
            f"{command.person} does not belong to this household",
            person=command.person,
        )
    return (MemberLeft(command.person, said_if(scene.stream, "reason", command.reason, REASON)),)


# ------------------------------------------------------------------ moving


def move_in(command: MoveIn, state: Living | Away, scene: Scene) -> tuple[HouseholdFact, ...]:
    of = state.household
    if isinstance(state, Living) and of.dwelling == command.dwelling:
        return ()
    place(command.grid, scene)
    in_order(of.since, scene)
    moved = MovedIn(command.grid, command.compound, command.dwelling, command.tenancy)
    if isinstance(state, Away) or not of.dwelling:
        return (moved,)
    return (MovedOut(of.dwelling, of.tenancy, None), moved)


def move_out(command: MoveOut, state: Living, scene: Scene) -> tuple[MovedOut]:
    of = state.household
    in_order(of.since, scene)
    return (MovedOut(of.dwelling, of.tenancy, said(scene.stream, "reason", command.reason, REASON)),)


# ------------------------------------------------------------------ reading and forgetting


def reveal(command: Reveal, state: Living | Away, scene: Scene) -> tuple[HouseholdRevealed]:
    if not reads_reporters(scene.actor, scene.organisation):
        raise Refused("reveal.level-above", "levels above the street see aggregates", help="role: dispatcher")
    one_of("field", command.field, FIELDS)
    reason = text("reason", command.reason, REASON).strip()
    return (HouseholdRevealed(command.field, reason, scene.now + REVEALED_FOR),)


def erase(command: Erase, state: Living | Away, scene: Scene) -> tuple[HouseholdErased]:
    if command.disputes:
        raise Refused(
            "household.disputed",
            "claims on its points card are not settled yet",
            help="wait for the ruling and the appeal",
            claims=", ".join(command.disputes),
        )
    return (HouseholdErased(text("reason", command.reason, REASON).strip()),)


def erased(command: Erase, state: Erased, scene: Scene) -> tuple[()]:
    return ()


# ------------------------------------------------------------------ decide and evolve

ROLES: Mapping[type, frozenset[str]] = {
    Register: DESK,
    TakeOver: frozenset({"admin"}),
    Recount: DESK,
    Reclassify: DESK,
    ChangeContact: DESK,
    MoveIn: DESK,
    MoveOut: DESK,
    JoinHousehold: DESK,
    LeaveHousehold: DESK,
    Reveal: READERS,
    Erase: frozenset({"admin"}),
}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unregistered: {Register: register, TakeOver: register},
    Living: {
        TakeOver: compare,
        Recount: recount,
        Reclassify: reclassify,
        ChangeContact: change_contact,
        MoveIn: move_in,
        MoveOut: move_out,
        JoinHousehold: join,
        LeaveHousehold: leave,
        Reveal: reveal,
        Erase: erase,
    },
    Away: {MoveIn: move_in, LeaveHousehold: leave, Reveal: reveal, Erase: erase},
    Erased: {Erase: erased},
}

ROUTES: Mapping[str, type] = {
    "recount": Recount,
    "reclassify": Reclassify,
    "contact": ChangeContact,
    "move-in": MoveIn,
    "move-out": MoveOut,
    "join": JoinHousehold,
    "leave": LeaveHousehold,
}
"""What the outside calls each command that people give to a household."""


def decide(command: HouseholdCommand, state: State, scene: Scene) -> tuple[HouseholdFact, ...]:
    return permitted(type(command), state, scene)(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    decision = permit("household", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    if not isinstance(state, Unregistered):
        answers_for(state.household.grid, scene)
    return decision


def evolve(state: State, fact: HouseholdFact, envelope: Envelope) -> State:
    at = envelope.occurred_at
    if isinstance(fact, HouseholdRegistered):
        return Living(
            Household(fact.grid, fact.compound, fact.people, fact.kind, fact.dwelling, fact.tenancy, at)
        )
    assert not isinstance(state, Unregistered), "a household begins by being registered"
    of = state.household
    match fact:
        case HouseholdRecounted(people):
            return replace(state, household=replace(of, people=people))
        case HouseholdReclassified(kind):
            return replace(state, household=replace(of, kind=kind))
        case ContactChanged() | HouseholdRevealed():
            return state
        case MovedIn(grid, compound, dwelling, tenancy):
            moved = replace(of, grid=grid, compound=compound, dwelling=dwelling, tenancy=tenancy, since=at)
            return Living(moved)
        case MovedOut():
            return Away(replace(of, dwelling="", tenancy="", since=at))
        case MemberJoined(person):
            return replace(state, household=replace(of, members=of.members | {person}))
        case MemberLeft(person):
            return replace(state, household=replace(of, members=of.members - {person}))
        case HouseholdErased():
            return Erased(of)
        case _:
            assert_never(fact)
