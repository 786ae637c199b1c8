"""The projection of attendance lists: a row each, and one per account that was ever noted on it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.points.attendance import facts as f
from projections.case import micros
from projections.rowing import kept
from projections.views import Row, Table

LISTS = Table(
    "attendance",
    {
        "id": "text",
        "state": "text",
        "activity": "text",
        "place": "text",
        "occurred_on": "text",
        "quantity": "int",
        "basis": "text",
        "points": "int",
        "rule_version": "text",
        "rule_text": "text",
        "present": "int",
        "opened_by": "text",
        "opened_at": "int",
        "confirmed_by": "text",
        "confirmed_at": "int",
        "cancelled_by": "text",
        "cancelled_at": "int",
        "reason": "text",
        "version": "int",
        "position": "int",
        "opened_position": "int",
    },
    key=("id",),
    indexes=(("opened_position",), ("state", "opened_position"), ("place", "opened_position")),
)
"""`state`: taking, confirmed, cancelled. `points` is what each who was there earns, `present` how many they
are. `reason` is sealed. `opened_position` orders lists, newest first."""

PEOPLE = Table(
    "attendance_people",
    {"attendance": "text", "account": "text", "holder": "text", "noted_by": "text", "state": "text"},
    key=("attendance", "account"),
    indexes=(("holder",),),
)
"""`state`: present, or taken_off after the list was confirmed."""


class Person(NamedTuple):
    account: str
    holder: str
    noted_by: str
    state: str = "present"
    reason: str = ""
    """Why he was taken off, sealed, as JSON."""


class Attendance(NamedTuple):
    id: str
    state: str
    version: int
    position: int
    opened_position: int
    opened_at: int
    opened_by: str
    activity: str
    place: str
    occurred_on: str
    quantity: int
    basis: str
    points: int
    rule_version: str
    rule_text: str
    people: tuple[Person, ...] = ()
    confirmed_by: str = ""
    confirmed_at: int = 0
    cancelled_by: str = ""
    cancelled_at: int = 0
    reason: str = ""

    @property
    def present(self) -> int:
        return sum(each.state == "present" for each in self.people)


def fold(state: Attendance | None, line: Recorded) -> Attendance:
    """The list after the fact. ValueError for a stream that does not begin with its opening."""
    fact, at, by = line.fact, micros(line.occurred_at), line.actor.person
    if isinstance(fact, f.AttendanceOpened):
        return _opened(fact, line)
    if state is None:
        raise ValueError(f"{line.stream} does not begin with its opening")
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.PresentNoted(account, holder):
            return state._replace(people=(*state.people, Person(account, holder, by)))
        case f.AbsentNoted(account):
            return state._replace(people=tuple([each for each in state.people if each.account != account]))
        case f.AttendanceConfirmed():
            return state._replace(state="confirmed", confirmed_by=by, confirmed_at=at)
        case f.TakenOff(account, _, reason):
            said = kept(line, reason, "reason").json
            people = [
                each._replace(state="taken_off", reason=said) if each.account == account else each
                for each in state.people
            ]
            return state._replace(people=tuple(people))
        case f.AttendanceCancelled(_, reason):
            said = kept(line, reason, "reason").json
            return state._replace(state="cancelled", cancelled_by=by, cancelled_at=at, reason=said)
    return state


def _opened(fact: f.AttendanceOpened, line: Recorded) -> Attendance:
    return Attendance(
        id=line.stream,
        state="taking",
        version=line.version,
        position=line.position,
        opened_position=line.position,
        opened_at=micros(line.occurred_at),
        opened_by=line.actor.person,
        activity=fact.activity,
        place=fact.place,
        occurred_on=fact.occurred_on.isoformat(),
        quantity=fact.quantity,
        basis=fact.basis,
        points=fact.points,
        rule_version=fact.rule.version,
        rule_text=fact.rule.text,
    )


class Attendances:
    NAME = "attendance"
    VERSION = 1
    TABLES = (LISTS, PEOPLE)
    FACTS: frozenset[type] = frozenset(f.AttendanceFact.__args__)
    STATE = Attendance

    def subject(self, line: Recorded) -> str:
        """A list is its stream."""
        return line.stream

    def fold(self, state: Attendance | None, line: Recorded) -> Attendance:
        return fold(state, line)

    def rows(self, state: Attendance) -> Mapping[str, Sequence[Row]]:
        return {"attendance": [row(state)], "attendance_people": people_rows(state)}

    def marks(
        self, before: Attendance | None, after: Attendance, line: Recorded
    ) -> Mapping[str, Sequence[Row]]:
        return {}


def row(state: Attendance) -> Row:
    return {
        "id": state.id,
        "state": state.state,
        "activity": state.activity,
        "place": state.place,
        "occurred_on": state.occurred_on,
        "quantity": state.quantity,
        "basis": state.basis,
        "points": state.points,
        "rule_version": state.rule_version,
        "rule_text": state.rule_text,
        "present": state.present,
        "opened_by": state.opened_by,
        "opened_at": state.opened_at,
        "confirmed_by": state.confirmed_by,
        "confirmed_at": state.confirmed_at or None,
        "cancelled_by": state.cancelled_by,
        "cancelled_at": state.cancelled_at or None,
        "reason": state.reason or None,
        "version": state.version,
        "position": state.position,
        "opened_position": state.opened_position,
    }


def people_rows(state: Attendance) -> list[Row]:
    return [
        {
            "attendance": state.id,
            "account": each.account,
            "holder": each.holder,
            "noted_by": each.noted_by,
            "state": each.state,
        }
        for each in state.people
    ]


ATTENDANCES = Attendances()
