"""One person of the register: a resident, a worker, or both. What he may do are grants of the organisation.

A person known only by his telephone number (a reporter) has no entry; he can be held and erased all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from domain.messages import Envelope
from domain.organisation import within
from domain.people.commands import (
    Bar,
    Command,
    Enrol,
    Erase,
    LiftHold,
    LinkIdentity,
    PlaceHold,
    Readmit,
    Reveal,
    SetPassword,
    SignOut,
)
from domain.people.facts import (
    Barred,
    Enrolled,
    Erased,
    Fact,
    HoldLifted,
    HoldPlaced,
    IdentityLinked,
    PasswordSet,
    PersonalDataRevealed,
    Readmitted,
    SignedOut,
)
from domain.refusals import Refused
from domain.scene import Scene

__all__ = [
    "FIELDS", "INITIAL", "REVEALED_FOR",
    "Bar", "Barred", "Command", "Enrol", "Enrolled", "Erase", "Erased", "Fact", "Hold", "HoldLifted",
    "HoldPlaced", "IdentityLinked", "LiftHold", "LinkIdentity", "PasswordSet", "Person",
    "PersonalDataRevealed", "PlaceHold", "Readmit", "Readmitted", "Reveal", "SetPassword", "SignOut",
    "SignedOut", "State", "decide", "evolve", "person_of", "stream_of",
]  # fmt: skip

FIELDS = ("name", "phone")
REVEALED_FOR = timedelta(minutes=30)
REASON = 500


@dataclass(frozen=True, slots=True)
class Hold:
    id: str
    reason: str
    until_at: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.until_at is None or at < self.until_at


@dataclass(frozen=True, slots=True)
class Person:
    """`enrolled` is False for one nobody entered. Tokens made before `valid_from` have ended.

    `identities` are (issuer, look-up) pairs; `holds` those placed and not lifted."""

    enrolled: bool = False
    home: str = ""
    demo: bool = False
    barred: bool = False
    erased: bool = False
    valid_from: datetime | None = None
    identities: frozenset[tuple[str, str]] = frozenset()
    holds: Mapping[str, Hold] = field(default_factory=dict)
    holds_placed: int = 0

    @property
    def may_sign_in(self) -> bool:
        return self.enrolled and not self.barred and not self.erased


State = Person
INITIAL = Person()


def stream_of(person: str) -> str:
    return f"person-{person}"


def person_of(stream: str) -> str:
    """The person's id, of his stream's."""
    return stream.removeprefix("person-")


# ------------------------------------------------------------------ decide


def decide(command: Command, state: Person, scene: Scene) -> tuple[Fact, ...]:
    """Refused `person.erased` for whoever was erased; only to erase him again says nothing."""
    if state.erased:
        if isinstance(command, Erase):
            return ()
        raise Refused("person.erased", "this person was erased", help="nothing can be said about him")
    match command:
        case Enrol():
            return _enrol(command, scene)
        case SetPassword():
            _enrolled(state)
            _himself_or_admin(scene, state)
            return (PasswordSet(),)
        case LinkIdentity(issuer, look_up):
            _enrolled(state)
            _admin(scene, state)
            known = (issuer, look_up) in state.identities
            return () if known else (IdentityLinked(issuer, look_up),)
        case SignOut(reason):
            _enrolled(state)
            _himself_or_admin(scene, state)
            return (SignedOut(_reason(reason)),)
        case Bar(reason):
            _enrolled(state)
            _admin(scene, state)
            if person_of(scene.stream) == scene.actor.person:
                raise Refused("person.himself", "nobody bars himself", help="ask another administrator")
            return () if state.barred else (Barred(_reason(reason)),)
        case Readmit(reason):
            _enrolled(state)
            _admin(scene, state)
            return (Readmitted(_reason(reason)),) if state.barred else ()
        case Reveal(field, reason):
            return _reveal(field, reason, state, scene)
        case PlaceHold(reason, until_at):
            _admin(scene, state)
            return (HoldPlaced(f"h-{state.holds_placed + 1}", _reason(reason), until_at),)
        case LiftHold(hold, reason):
            _admin(scene, state)
            if hold not in state.holds:
                raise Refused("person.no-hold", f"there is no hold {hold!r}", hold=hold)
            return (HoldLifted(hold, _reason(reason)),)
        case Erase(reason):
            return _erase(reason, state, scene)
        case _:
            assert_never(command)


def _enrol(command: Enrol, scene: Scene) -> tuple[Fact, ...]:
    home = command.home
    if home and scene.organisation.grid(home) is None:
        raise Refused("grant.unknown-place", f"{home!r} is no node of the grid tree", scope=home)
    if scene.actor.role != "admin" or (home and not within(home, scene.actor.scope)):
        raise Refused("person.not-his-admin", "an administrator of the place enrols", help="role: admin")
    return (Enrolled(command.name, command.phone, home, command.demo),)


def _reveal(field: str, reason: str, state: Person, scene: Scene) -> tuple[Fact, ...]:
    _enrolled(state)
    if field not in FIELDS:
        raise Refused("person.unknown-field", f"{field!r} is no sealed field", help=", ".join(FIELDS))
    himself = person_of(scene.stream) == scene.actor.person
    near = bool(state.home) and bool(scene.actor.scope) and within(state.home, scene.actor.scope)
    if not himself and not (scene.actor.role in ("gridworker", "dispatcher", "street") and near):
        raise Refused(
            "actor.role", "only who serves his place reads it", help="role: gridworker"
        )
    return (PersonalDataRevealed(field, _reason(reason), scene.now + REVEALED_FOR),)


def _erase(reason: str, state: Person, scene: Scene) -> tuple[Fact, ...]:
    _admin(scene, state)
    held = [hold for hold in state.holds.values() if hold.holds(scene.now)]
    if held:
        raise Refused(
            "person.held",
            f"a legal hold stands: {held[0].reason}",
            help="lift the hold first",
            hold=held[0].id,
            reason=held[0].reason,
        )
    return (Erased(_reason(reason)),)


def _enrolled(state: Person) -> None:
    if not state.enrolled:
        raise Refused("person.unknown", "nobody of this id is enrolled", help="enrol him first")


def _admin(scene: Scene, state: Person) -> None:
    if scene.actor.role != "admin" or not within(state.home, scene.actor.scope):
        raise Refused("person.not-his-admin", "only an administrator of his place may", help="role: admin")


def _himself_or_admin(scene: Scene, state: Person) -> None:
    if person_of(scene.stream) != scene.actor.person:
        _admin(scene, state)


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > REASON:
        raise Refused("organisation.reason", f"a reason has 1 to {REASON} characters", most=REASON)
    return said


# ------------------------------------------------------------------ evolve


def evolve(state: Person, fact: Fact, envelope: Envelope) -> Person:
    match fact:
        case Enrolled(home=home, demo=demo):
            return replace(state, enrolled=True, home=home, demo=demo)
        case PasswordSet() | SignedOut():
            return replace(state, valid_from=envelope.occurred_at)
        case IdentityLinked(issuer, look_up):
            return replace(state, identities=state.identities | {(issuer, look_up)})
        case Barred():
            return replace(state, barred=True, valid_from=envelope.occurred_at)
        case Readmitted():
            return replace(state, barred=False)
        case PersonalDataRevealed():
            return state
        case HoldPlaced(hold, reason, until_at):
            holds = {**state.holds, hold: Hold(hold, reason, until_at)}
            return replace(state, holds=holds, holds_placed=state.holds_placed + 1)
        case HoldLifted(hold):
            return replace(state, holds={k: v for k, v in state.holds.items() if k != hold})
        case Erased():
            return replace(state, erased=True, barred=True, valid_from=envelope.occurred_at, home="")
        case _:
            assert_never(fact)
