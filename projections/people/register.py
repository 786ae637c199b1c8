"""The projection of the register of people: who was entered, where he lives, whether he may sign in, and what
keeps him from being erased.

Who may act where stands in no table: that is asked of the organisation itself, which is never behind.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.people import facts as f
from domain.people import person_of
from projections.case import Kept, micros
from projections.rowing import kept
from projections.views import Row, Table

PEOPLE = Table(
    "people",
    {
        "stream": "text",
        "id": "text",
        "name": "text",
        "phone": "text",
        "home": "text",
        "demo": "int",
        "enrolled": "int",
        "barred": "int",
        "erased": "int",
        "holds": "text",
        "enrolled_at": "int",
        "entered_position": "int",
        "version": "int",
        "position": "int",
    },
    key=("stream",),
    indexes=(("id",), ("entered_position",), ("home", "entered_position")),
)
"""`name` and `phone` are `Kept` JSON, null where there is none and for whoever was erased; `demo`,
`enrolled`, `barred`, `erased` are 0 or 1. `enrolled` is 0 for a reporter who was only held or erased.
`holds` is a JSON list of the legal holds not lifted, `[{hold, reason, until}]`. `entered_position`, that of
his first fact, orders lists."""


class Hold(NamedTuple):
    """`until` is None for one that stands until it is lifted."""

    hold: str
    reason: str
    until: int | None


class Person(NamedTuple):
    id: str
    entered_position: int
    version: int = 0
    position: int = 0
    name: Kept | None = None
    phone: Kept | None = None
    home: str = ""
    demo: bool = False
    enrolled: bool = False
    enrolled_at: int = 0
    barred: bool = False
    erased: bool = False
    holds: tuple[Hold, ...] = ()


def fold(state: Person | None, line: Recorded) -> Person:
    if state is None:
        state = Person(person_of(line.stream), line.position)
    state = state._replace(version=line.version, position=line.position)
    fact = line.fact
    match fact:
        case f.Enrolled():
            return state._replace(
                name=kept(line, fact.name, "name"),
                phone=None if fact.phone is None else kept(line, fact.phone, "phone"),
                home=fact.home,
                demo=fact.demo,
                enrolled=True,
                enrolled_at=state.enrolled_at or micros(line.occurred_at),
            )
        case f.Barred():
            return state._replace(barred=True)
        case f.Readmitted():
            return state._replace(barred=False)
        case f.HoldPlaced():
            until = None if fact.until_at is None else micros(fact.until_at)
            return state._replace(holds=(*state.holds, Hold(fact.hold, fact.reason, until)))
        case f.HoldLifted():
            return state._replace(holds=tuple([each for each in state.holds if each.hold != fact.hold]))
        case f.Erased():
            return state._replace(name=None, phone=None, home="", barred=True, erased=True, holds=())
    return state


class People:
    NAME = "people"
    VERSION = 1
    TABLES = (PEOPLE,)
    FACTS: frozenset[type] = frozenset(f.Fact.__args__)
    STATE = Person

    def subject(self, line: Recorded) -> str:
        """A person is his stream."""
        return line.stream

    def fold(self, state: Person | None, line: Recorded) -> Person:
        return fold(state, line)

    def rows(self, state: Person) -> Mapping[str, Sequence[Row]]:
        return {"people": [row(state)]}

    def marks(self, before: Person | None, after: Person, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(person: Person) -> Row:
    return {
        "stream": f"person-{person.id}",
        "id": person.id,
        "name": None if person.name is None else person.name.json,
        "phone": None if person.phone is None else person.phone.json,
        "home": person.home,
        "demo": int(person.demo),
        "enrolled": int(person.enrolled),
        "barred": int(person.barred),
        "erased": int(person.erased),
        "holds": json.dumps([hold._asdict() for hold in person.holds], ensure_ascii=False),
        "enrolled_at": person.enrolled_at,
        "entered_position": person.entered_position,
        "version": person.version,
        "position": person.position,
    }


REGISTER = People()
