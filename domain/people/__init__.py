"""One person of the register: a resident, a worker, or both. What he may do are grants of the organisation.

A person known only by his telephone number (a reporter) has no entry; he can be held and erased all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never
from urllib.parse import urlsplit

from domain.messages import Dated, Envelope
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
MOST_HOLDS = 50
READERS = ("gridworker", "dispatcher", "street")
"""Who may read a sealed field of somebody of his place."""


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


def decide(command: Command, state: Person, scene: Scene) -> tuple[Fact | Dated, ...]:
    """Refused `person.erased` for whoever was erased; only to erase him again says nothing.

    Whatever moment is told, what opens or ends his access does so by the engine's clock: a token made after
    the moment somebody names, and before he says so, must end with the others."""
    facts = _decide(command, state, scene)
    if isinstance(command, Enrol) or scene.occurred_at == scene.now:
        return facts
    return tuple(Dated(fact, scene.now) for fact in facts)


def _decide(command: Command, state: Person, scene: Scene) -> tuple[Fact, ...]:
    if state.erased:
        if isinstance(command, Erase):
            return ()
        raise Refused("person.erased", "this person was erased", help="nothing can be said about him")
    match command:
        case Enrol():
            return _enrol(command, state, scene)
        case SetPassword():
            _enrolled(state)
            _himself_or_admin(scene, state)
            return (PasswordSet(),)
        case LinkIdentity(issuer, look_up):
            _enrolled(state)
            _admin(scene, state)
            _issuer(issuer)
            known = (issuer, look_up) in state.identities
            return () if known else (IdentityLinked(issuer, look_up),)
        case SignOut(reason):
            _enrolled(state)
            _himself_or_admin(scene, state)
            return (SignedOut(_reason(reason)),)
        case Bar(reason):
            _enrolled(state)
            _admin(scene, state)
            _not_himself(scene)
            _not_the_last(scene)
            return () if state.barred else (Barred(_reason(reason)),)
        case Readmit(reason):
            _enrolled(state)
            _admin(scene, state)
            return (Readmitted(_reason(reason)),) if state.barred else ()
        case Reveal(field, reason):
            return _reveal(field, reason, state, scene)
        case PlaceHold():
            return _hold(command, state, scene)
        case LiftHold(hold, reason):
            _admin(scene, state)
            if hold not in state.holds:
                raise Refused("person.no-hold", f"there is no hold {hold!r}", hold=hold)
            return (HoldLifted(hold, _reason(reason)),)
        case Erase():
            return _erase(command, state, scene)
        case _:
            assert_never(command)


def _enrol(command: Enrol, state: Person, scene: Scene) -> tuple[Fact, ...]:
    """Moving him takes an administrator of both places: else any could fetch anybody into his own. A user of
    the demo, entered anew, stays one: everybody knows his password."""
    home = command.home
    if home and scene.organisation.grid(home) is None:
        raise Refused("grant.unknown-place", f"{home!r} is no node of the grid tree", scope=home)
    if state.enrolled:
        _admin(scene, state)
    if scene.actor.role != "admin" or (home and not within(home, scene.actor.scope)):
        raise Refused("person.not-his-admin", "an administrator of the place enrols", help="role: admin")
    return (Enrolled(command.name, command.phone, home, command.demo or state.demo),)


def _reveal(field: str, reason: str, state: Person, scene: Scene) -> tuple[Fact, ...]:
    _enrolled(state)
    if field not in FIELDS:
        raise Refused(
            "person.unknown-field", f"{field!r} is no sealed field", help=", ".join(FIELDS), field=field
        )
    himself = person_of(scene.stream) == scene.actor.person
    if not himself and not (scene.actor.role in READERS and _near(scene, state)):
        raise Refused(
            "actor.role",
            "only who serves his place reads it",
            help=f"role: {', '.join(READERS)}",
            command="Reveal",
            role=scene.actor.role,
            roles=READERS,
        )
    return (PersonalDataRevealed(field, _reason(reason), scene.now + REVEALED_FOR),)


def _near(scene: Scene, state: Person) -> bool:
    """Whether he lives or serves where the actor answers."""
    served = scene.organisation.places_of(person_of(scene.stream), scene.now)
    scope = scene.actor.scope
    return bool(scope) and any(within(place, scope) for place in (state.home, *served) if place)


def _hold(command: PlaceHold, state: Person, scene: Scene) -> tuple[Fact, ...]:
    _admin(scene, state)
    if command.until_at is not None and command.until_at <= scene.now:
        raise Refused("person.hold-ended", "a hold ends after it begins", until_at=command.until_at)
    if len(state.holds) >= MOST_HOLDS:
        raise Refused("person.too-many-holds", f"at most {MOST_HOLDS} holds stand at once", most=MOST_HOLDS)
    return (HoldPlaced(f"h-{state.holds_placed + 1}", _reason(command.reason), command.until_at),)


def _erase(command: Erase, state: Person, scene: Scene) -> tuple[Fact, ...]:
    _admin(scene, state)
    _not_himself(scene)
    _not_the_last(scene)
    held = [hold for hold in state.holds.values() if hold.holds(scene.now)]
    if held:
        raise Refused(
            "person.held",
            f"a legal hold stands: {held[0].reason}",
            help="lift the hold first",
            hold=held[0].id,
            reason=held[0].reason,
        )
    if command.disputes:
        raise Refused(
            "person.disputed",
            "claims about his points are not settled yet",
            help="wait for the ruling and the appeal",
            claims=", ".join(command.disputes),
        )
    if command.kept_until is not None and command.kept_until > scene.now:
        raise Refused(
            "person.retained",
            f"his cases are to be kept until {command.kept_until:%Y-%m-%d}",
            help="wait until then, or redact single fields",
            until=f"{command.kept_until:%Y-%m-%d}",
        )
    return (Erased(_reason(command.reason)),)


def _issuer(address: str) -> None:
    """Over http anybody on the way could say who signs in; on this machine nobody is on the way."""
    try:
        asked = urlsplit(address)
    except ValueError:  # such as http://[
        asked = urlsplit("")
    here = asked.scheme == "http" and asked.hostname in ("127.0.0.1", "::1", "localhost")
    if not (here or (asked.scheme == "https" and asked.hostname)) or asked.query or asked.fragment:
        raise Refused(
            "person.issuer",
            f"{address!r} is no address of an issuer",
            help="an https address, as HUISHENG_OIDC_ISSUER writes it",
            issuer=address,
        )


def _enrolled(state: Person) -> None:
    if not state.enrolled:
        raise Refused("person.unknown", "nobody of this id is enrolled", help="enrol him first")


def _admin(scene: Scene, state: Person) -> None:
    """An administrator of every place he lives or acts in: who could set the password of somebody with wider
    rights would have these rights. Someone with neither home nor rights is any administrator's."""
    places = scene.organisation.places_of(person_of(scene.stream), scene.now)
    reached = [within(place, scene.actor.scope) for place in ((state.home,) if state.home else ()) + places]
    if scene.actor.role != "admin" or not all(reached):
        raise Refused("person.not-his-admin", "only an administrator of his place may", help="role: admin")


def _himself_or_admin(scene: Scene, state: Person) -> None:
    if person_of(scene.stream) != scene.actor.person:
        _admin(scene, state)


def _not_himself(scene: Scene) -> None:
    if person_of(scene.stream) == scene.actor.person:
        raise Refused("person.himself", "nobody does this to himself", help="ask another administrator")


def _not_the_last(scene: Scene) -> None:
    if scene.organisation.last_admin(person_of(scene.stream), scene.now):
        raise Refused(
            "grant.last-admin", "the last administrator stays one", help="grant another one the role first"
        )


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
            return Person(
                enrolled=state.enrolled,
                demo=state.demo,
                barred=True,
                erased=True,
                valid_from=envelope.occurred_at,
            )
        case _:
            assert_never(fact)
