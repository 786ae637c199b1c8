"""The projection of households: a row each, one per person that ever belonged to it, and how many they
are."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.households import facts as f
from domain.households.rules import KIND_UNSAID, household_of
from domain.messages import Recorded, Sealed
from projections.case import Kept, micros
from projections.rowing import kept
from projections.views import Row, Table

HOUSEHOLDS = Table(
    "households",
    {
        "id": "text",
        "grid": "text",
        "compound": "text",
        "people": "int",
        "kind": "text",
        "classified": "int",
        "dwelling": "text",
        "tenancy": "text",
        "housed": "int",
        "vacant": "int",
        "members": "int",
        "since": "int",
        "name": "text",
        "phone": "text",
        "erased": "int",
        "source": "text",
        "registered_at": "int",
        "registered_position": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(
        ("registered_position",),
        ("grid", "registered_position"),
        ("grid", "kind", "vacant"),
        ("dwelling",),
    ),
)
"""`id` as the register has it (the stream is `hh-` and the id). `people` is null until they were counted;
`kind` is `resident` where nobody classified it (`classified` 0). `housed` says whether a dwelling is known,
`vacant` that it moved out (1): `grid` is then the last it lived in. `since` is when it came to live so, in
microseconds since 1970 UTC. `name` and `phone` are `Kept` JSON, null where there is none and once it is
erased. `registered_position` orders lists, newest first."""

MEMBERS = Table(
    "household_members",
    {"household": "text", "position": "int", "person": "text", "joined_at": "int", "left_at": "int"},
    key=("household", "position"),
    indexes=(("person",),),
)
"""One row each time somebody joined; `left_at` is null while he belongs to it."""

COUNTS = Table(
    "household_counts",
    {
        "grid": "text",
        "kind": "text",
        "classified": "int",
        "counted": "int",
        "housed": "int",
        "vacant": "int",
        "households": "int",
        "people": "int",
    },
    key=("grid", "kind", "classified", "counted", "housed", "vacant"),
    adds=("households", "people"),
)
"""How many households, and people in them, each grid has now. `counted`: their number is known."""


class Member(NamedTuple):
    person: str
    position: int
    joined_at: int
    left_at: int = 0


class Household(NamedTuple):
    """`people` is -1 until they were counted."""

    id: str
    registered_position: int
    registered_at: int
    since: int
    version: int
    position: int
    grid: str
    compound: str
    people: int
    kind: str
    dwelling: str
    tenancy: str
    source: str
    vacant: bool = False
    erased: bool = False
    name: Kept | None = None
    phone: Kept | None = None
    members: tuple[Member, ...] = ()


def fold(state: Household | None, line: Recorded) -> Household:
    """The household after the fact. ValueError for a stream that does not begin with its registration."""
    fact, at = line.fact, micros(line.occurred_at)
    if isinstance(fact, f.HouseholdRegistered):
        return _registered(fact, line)
    if state is None:
        raise ValueError(f"{line.stream} does not begin with its registration")
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.HouseholdRecounted(people):
            return state._replace(people=people)
        case f.HouseholdReclassified(kind):
            return state._replace(kind=kind)
        case f.ContactChanged(name, phone):
            return state._replace(name=_kept(line, name, "name"), phone=_kept(line, phone, "phone"))
        case f.MovedIn(grid, compound, dwelling, tenancy):
            return state._replace(
                grid=grid, compound=compound, dwelling=dwelling, tenancy=tenancy, since=at, vacant=False
            )
        case f.MovedOut():
            return state._replace(dwelling="", tenancy="", since=at, vacant=True)
        case f.MemberJoined(person):
            return state._replace(members=(*state.members, Member(person, line.position, at)))
        case f.MemberLeft(person):
            members = [
                each._replace(left_at=at) if each.person == person and not each.left_at else each
                for each in state.members
            ]
            return state._replace(members=tuple(members))
        case f.HouseholdErased():
            return state._replace(name=None, phone=None, erased=True)
    return state


def _registered(fact: f.HouseholdRegistered, line: Recorded) -> Household:
    at = micros(line.occurred_at)
    return Household(
        id=household_of(line.stream),
        registered_position=line.position,
        registered_at=at,
        since=at,
        version=line.version,
        position=line.position,
        grid=fact.grid,
        compound=fact.compound,
        people=-1 if fact.people is None else fact.people,
        kind=fact.kind,
        dwelling=fact.dwelling,
        tenancy=fact.tenancy,
        source=fact.source,
        name=_kept(line, fact.name, "name"),
        phone=_kept(line, fact.phone, "phone"),
    )


def _kept(line: Recorded, value: Sealed | None, field: str) -> Kept | None:
    return None if value is None else kept(line, value, field)


class Households:
    NAME = "households"
    VERSION = 1
    TABLES = (HOUSEHOLDS, MEMBERS, COUNTS)
    FACTS: frozenset[type] = frozenset(f.HouseholdFact.__args__)
    STATE = Household

    def subject(self, line: Recorded) -> str:
        """A household is its stream."""
        return line.stream

    def fold(self, state: Household | None, line: Recorded) -> Household:
        return fold(state, line)

    def rows(self, state: Household) -> Mapping[str, Sequence[Row]]:
        return {"households": [row(state)], "household_members": member_rows(state)}

    def marks(
        self, before: Household | None, after: Household, line: Recorded
    ) -> Mapping[str, Sequence[Row]]:
        now = count(after, 1)
        if before is None:
            return {"household_counts": [now]}
        if count(before, 1) == now:
            return {}
        return {"household_counts": [count(before, -1), now]}


def count(state: Household, sign: int) -> Row:
    return {
        "grid": state.grid,
        "kind": state.kind or KIND_UNSAID,
        "classified": int(bool(state.kind)),
        "counted": int(state.people >= 0),
        "housed": int(bool(state.dwelling)),
        "vacant": int(state.vacant),
        "households": sign,
        "people": sign * max(0, state.people),
    }


def row(state: Household) -> Row:
    return {
        "id": state.id,
        "grid": state.grid,
        "compound": state.compound,
        "people": None if state.people < 0 else state.people,
        "kind": state.kind or KIND_UNSAID,
        "classified": int(bool(state.kind)),
        "dwelling": state.dwelling,
        "tenancy": state.tenancy,
        "housed": int(bool(state.dwelling)),
        "vacant": int(state.vacant),
        "members": sum(not each.left_at for each in state.members),
        "since": state.since,
        "name": None if state.name is None else state.name.json,
        "phone": None if state.phone is None else state.phone.json,
        "erased": int(state.erased),
        "source": state.source,
        "registered_at": state.registered_at,
        "registered_position": state.registered_position,
        "version": state.version,
        "position": state.position,
    }


def member_rows(state: Household) -> list[Row]:
    return [
        {
            "household": state.id,
            "position": each.position,
            "person": each.person,
            "joined_at": each.joined_at,
            "left_at": each.left_at or None,
        }
        for each in state.members
    ]


HOUSEHOLD_REGISTER = Households()
