"""An attendance list as its facts leave it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from domain.messages import Envelope
from domain.points.attendance.facts import (
    AbsentNoted,
    AttendanceCancelled,
    AttendanceConfirmed,
    AttendanceFact,
    AttendanceOpened,
    PresentNoted,
    TakenOff,
)
from domain.points.facts import Rule


@dataclass(frozen=True, slots=True)
class Present:
    holder: str
    noted_by: str


@dataclass(frozen=True, slots=True)
class Attendance:
    """`present` is who is on the list now, by account; `milestone_at` when it was opened or confirmed."""

    activity: str
    place: str
    occurred_on: date
    quantity: int
    rule: Rule
    opened_by: str
    milestone_at: datetime
    present: Mapping[str, Present] = field(default_factory=dict)

    @property
    def keepers(self) -> frozenset[str]:
        """Who opened it, and who noted anybody that is on it."""
        return frozenset({self.opened_by, *(each.noted_by for each in self.present.values())})

    @property
    def holders(self) -> frozenset[str]:
        return frozenset(each.holder for each in self.present.values())


@dataclass(frozen=True, slots=True)
class Unlisted:
    pass


@dataclass(frozen=True, slots=True)
class Taking:
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class Confirmed:
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class Cancelled:
    attendance: Attendance


State = Unlisted | Taking | Confirmed | Cancelled
INITIAL: State = Unlisted()

NAMES: Mapping[type, str] = {
    Unlisted: "unlisted",
    Taking: "taking",
    Confirmed: "confirmed",
    Cancelled: "cancelled",
}


def evolve(state: State, fact: AttendanceFact, envelope: Envelope) -> State:
    by, at = envelope.actor.person, envelope.occurred_at
    if isinstance(fact, AttendanceOpened):
        place, on = fact.place, fact.occurred_on
        return Taking(Attendance(fact.activity, place, on, fact.quantity, fact.rule, by, at))
    assert not isinstance(state, Unlisted), "a list begins by being opened"
    of = state.attendance
    match fact:
        case PresentNoted(account, holder):
            return Taking(replace(of, present={**of.present, account: Present(holder, by)}))
        case AbsentNoted(account):
            return Taking(_without(of, account))
        case AttendanceConfirmed():
            return Confirmed(replace(of, milestone_at=at))
        case TakenOff(account):
            return Confirmed(_without(of, account))
        case AttendanceCancelled():
            return Cancelled(of)
        case _:
            assert_never(fact)


def _without(of: Attendance, account: str) -> Attendance:
    return replace(of, present={name: each for name, each in of.present.items() if name != account})
