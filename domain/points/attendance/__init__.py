"""An attendance list (活动名单): who was there when something was done together.

    taking ──confirm──▶ confirmed
       └───cancel──────────┴────▶ cancelled

Whoever keeps the list says who is present; a second person, who neither kept it nor stands on it, confirms.
The confirmed list is the cause of the points each account on it earns (domain/reactions.py); who is taken off
later, and everybody on a list that is cancelled, gives them back. Its stream is `att-…`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.bounds import NAME, TEXT, items, said, text
from domain.deciding import Decision, in_order, local_day, permit
from domain.messages import clear
from domain.organisation import within
from domain.points.attendance.commands import (
    CancelList,
    Command,
    Confirm,
    NoteAbsent,
    NotePresent,
    OpenList,
    Person,
)
from domain.points.attendance.facts import (
    AbsentNoted,
    AttendanceCancelled,
    AttendanceConfirmed,
    AttendanceFact,
    AttendanceOpened,
    PresentNoted,
    TakenOff,
)
from domain.points.attendance.state import (
    INITIAL,
    NAMES,
    Attendance,
    Cancelled,
    Confirmed,
    State,
    Taking,
    Unlisted,
    evolve,
)
from domain.points.rules import may_vouch, quantity, tariff_line, tariff_rule
from domain.refusals import Refused
from domain.scene import Scene

__all__ = [
    "CAUSE", "INITIAL", "NAMES", "PRESENT", "ROUTES", "TABLE", "Attendance", "CancelList", "Cancelled",
    "Command", "Confirm", "Confirmed", "NoteAbsent", "NotePresent", "OpenList", "Person", "State", "Taking",
    "Unlisted", "decide", "evolve", "people", "permitted",
]  # fmt: skip

PRESENT = 500
"""People on one list at most: what a hall holds."""

CAUSE = "attendance"
"""The kind of cause of the points a list earns."""

DESK = frozenset({"gridworker", "dispatcher"})
VERIFIERS = DESK | {"street", "panel"}

# ------------------------------------------------------------------ taking the list


def open_list(command: OpenList, state: Unlisted, scene: Scene) -> tuple[AttendanceOpened]:
    actor, on = scene.actor, command.occurred_on
    if scene.organisation.grid(command.place) is None:
        raise Refused("grid.unknown", f"there is no grid {command.place!r}", grid=command.place)
    if not actor.scope or not within(command.place, actor.scope):
        raise Refused(
            "attendance.outside-scope",
            "the place lies outside what you answer for",
            help=f"place: {actor.scope} or below",
            place=command.place,
            scope=actor.scope,
        )
    if on > local_day(scene):
        raise Refused(
            "attendance.in-the-future",
            f"{on} is still to come",
            help=f"occurred_on: {local_day(scene)} at the latest",
            on=on.isoformat(),
        )
    line, version = tariff_line(command.activity, on, scene)
    if line.cause_kind == "complaint":
        raise Refused(
            "attendance.not-by-list",
            f"{command.activity} is proven by a complaint, not by a list",
            activity=command.activity,
        )
    if command.quantity is None and line.basis == "hours":
        raise Refused(
            "attendance.hours-asked",
            f"{command.activity} is paid by the hour",
            help="quantity: how many hours",
            activity=command.activity,
        )
    many = quantity(1 if command.quantity is None else command.quantity)
    points = line.pays(many)
    if not points:
        raise Refused(
            "attendance.pays-nothing",
            f"{command.activity} pays for every full {line.per} {line.basis}",
            help=f"quantity: {line.per} or more",
            activity=command.activity,
            quantity=many,
            per=line.per,
        )
    rule = tariff_rule(line, version)
    return (AttendanceOpened(command.activity, command.place, on, many, line.basis, points, rule),)


def note_present(command: NotePresent, state: Taking, scene: Scene) -> tuple[PresentNoted, ...]:
    """Who is on the list already is passed over."""
    of = state.attendance
    items("accounts", command.people, least=1, most=PRESENT)
    found: dict[str, PresentNoted] = {}
    for person in command.people:
        _may_earn(person, of)
        if person.account not in of.present:
            found[person.account] = PresentNoted(person.account, person.holder)
    items("accounts", (*of.present, *found), most=PRESENT)
    return tuple(found.values())


def _may_earn(person: Person, of: Attendance) -> None:
    if person.kind == "staff":
        raise Refused(
            "attendance.staff",
            f"{person.account} is for staff: deeds earn it nothing",
            account=person.account,
        )
    if of.occurred_on < person.opened_on:
        raise Refused(
            "attendance.before-account",
            f"{person.account} was opened on {person.opened_on}, the list is of {of.occurred_on}",
            account=person.account,
            on=of.occurred_on.isoformat(),
            opened_on=person.opened_on.isoformat(),
        )


def note_absent(command: NoteAbsent, state: Taking, scene: Scene) -> tuple[AbsentNoted, ...]:
    present = state.attendance.present.get(command.account)
    return () if present is None else (AbsentNoted(command.account, present.holder),)


def may_confirm(of: Attendance, scene: Scene) -> None:
    """A second person, of a role the tariff's line names: nobody vouches for his own list, or for himself."""
    person = scene.actor.person
    if person in of.keepers or person in of.holders:
        raise Refused(
            "attendance.confirmed-by-party",
            "whoever keeps the list, or stands on it, does not confirm it",
            help="another grid member, or the dispatcher",
            person=person,
        )
    may_vouch("attendance", of.activity, of.rule.version, scene)


def confirm(command: Confirm, state: Taking, scene: Scene) -> tuple[AttendanceConfirmed]:
    of = state.attendance
    in_order(of.milestone_at, scene)
    may_confirm(of, scene)
    if not of.present:
        raise Refused("attendance.empty", "nobody is on the list", help="note who was present first")
    return (
        AttendanceConfirmed(
            of.activity, of.quantity, of.occurred_on, of.opened_by, tuple(sorted(of.present))
        ),
    )


# ------------------------------------------------------------------ putting it right


def take_off(command: NoteAbsent, state: Confirmed, scene: Scene) -> tuple[TakenOff, ...]:
    in_order(state.attendance.milestone_at, scene)
    present = state.attendance.present.get(command.account)
    if present is None:
        return ()
    return (TakenOff(command.account, present.holder, said(present.holder, "reason", command.reason)),)


def cancel(command: CancelList, state: Taking | Confirmed, scene: Scene) -> tuple[AttendanceCancelled]:
    in_order(state.attendance.milestone_at, scene)
    earned = tuple(sorted(state.attendance.present)) if isinstance(state, Confirmed) else ()
    return (AttendanceCancelled(earned, clear(scene.stream, text("reason", command.reason, TEXT))),)


# ------------------------------------------------------------------ decide and evolve

ROLES: Mapping[type, frozenset[str]] = {
    OpenList: DESK,
    NotePresent: DESK,
    NoteAbsent: VERIFIERS,
    Confirm: VERIFIERS,
    CancelList: VERIFIERS,
}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unlisted: {OpenList: open_list},
    Taking: {NotePresent: note_present, NoteAbsent: note_absent, Confirm: confirm, CancelList: cancel},
    Confirmed: {NoteAbsent: take_off, CancelList: cancel},
    Cancelled: {},
}

ROUTES: Mapping[str, type] = {
    "present": NotePresent,
    "absent": NoteAbsent,
    "confirm": Confirm,
    "cancel": CancelList,
}
"""What the outside calls each command that people give to a list."""


def decide(command: Command, state: State, scene: Scene) -> tuple[AttendanceFact, ...]:
    return permitted(type(command), state, scene)(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    decision = permit("attendance", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    if kind is Confirm and isinstance(state, Taking):
        may_confirm(state.attendance, scene)
    return decision


def people(told: Sequence[tuple[str, Any]], scene: Scene) -> tuple[Person, ...]:
    """Accounts (id, opened state) as a list wants to know them."""
    return tuple(
        Person(text("account", id, NAME), each.holder, each.kind, local_day(scene, each.opened_at))
        for id, each in told
    )
