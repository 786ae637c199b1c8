"""The projections of dwellings and of tenancies: a row each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.households import facts as f
from domain.messages import Recorded
from projections.case import Kept, micros
from projections.rowing import kept
from projections.views import Row, Table

DWELLINGS = Table(
    "dwellings",
    {
        "id": "text",
        "grid": "text",
        "compound": "text",
        "address": "text",
        "occupants": "int",
        "registered_at": "int",
        "registered_position": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("registered_position",), ("grid", "registered_position")),
)
"""`address` is `Kept` JSON. `occupants` is how many households live there now: 0 is an empty dwelling."""

TENANCIES = Table(
    "tenancies",
    {
        "id": "text",
        "dwelling": "text",
        "household": "text",
        "grid": "text",
        "tenure": "text",
        "since": "text",
        "started_at": "int",
        "ended_at": "int",
        "started_position": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("dwelling", "started_position"), ("household", "started_position")),
)
"""`since` is the day the household says it moved in (null: not told); `ended_at` is null while it lives
there."""


class Dwelling(NamedTuple):
    id: str
    registered_at: int
    registered_position: int
    version: int
    position: int
    grid: str
    compound: str
    address: Kept
    occupants: tuple[str, ...] = ()


class Dwellings:
    NAME = "dwellings"
    VERSION = 1
    TABLES = (DWELLINGS,)
    FACTS: frozenset[type] = frozenset(f.DwellingFact.__args__)
    STATE = Dwelling

    def subject(self, line: Recorded) -> str:
        """A dwelling is its stream."""
        return line.stream

    def fold(self, state: Dwelling | None, line: Recorded) -> Dwelling:
        """The dwelling after the fact. ValueError for a stream that does not begin with its registration."""
        fact = line.fact
        if isinstance(fact, f.DwellingRegistered):
            return Dwelling(
                line.stream,
                micros(line.occurred_at),
                line.position,
                line.version,
                line.position,
                fact.grid,
                fact.compound,
                kept(line, fact.address, "address"),
            )
        if state is None:
            raise ValueError(f"{line.stream} does not begin with its registration")
        state = state._replace(version=line.version, position=line.position)
        match fact:
            case f.DwellingOccupied(tenancy):
                return state._replace(occupants=(*state.occupants, tenancy))
            case f.DwellingVacated(tenancy):
                left = [each for each in state.occupants if each != tenancy]
                return state._replace(occupants=tuple(left))
        return state

    def rows(self, state: Dwelling) -> Mapping[str, Sequence[Row]]:
        row: Row = {
            "id": state.id,
            "grid": state.grid,
            "compound": state.compound,
            "address": state.address.json,
            "occupants": len(state.occupants),
            "registered_at": state.registered_at,
            "registered_position": state.registered_position,
            "version": state.version,
            "position": state.position,
        }
        return {"dwellings": [row]}

    def marks(self, before: Dwelling | None, after: Dwelling, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


class Tenancy(NamedTuple):
    id: str
    dwelling: str
    household: str
    grid: str
    tenure: str
    since: str
    started_at: int
    started_position: int
    version: int
    position: int
    ended_at: int = 0


class Tenancies:
    NAME = "tenancies"
    VERSION = 1
    TABLES = (TENANCIES,)
    FACTS: frozenset[type] = frozenset(f.TenancyFact.__args__)
    STATE = Tenancy

    def subject(self, line: Recorded) -> str:
        """A tenancy is its stream."""
        return line.stream

    def fold(self, state: Tenancy | None, line: Recorded) -> Tenancy:
        """The tenancy after the fact. ValueError for a stream that does not begin with its start."""
        fact, at = line.fact, micros(line.occurred_at)
        if isinstance(fact, f.TenancyStarted):
            since = "" if fact.since is None else fact.since.isoformat()
            return Tenancy(
                line.stream,
                fact.dwelling,
                fact.household,
                fact.grid,
                fact.tenure,
                since,
                at,
                line.position,
                line.version,
                line.position,
            )
        if state is None:
            raise ValueError(f"{line.stream} does not begin with its start")
        return state._replace(version=line.version, position=line.position, ended_at=at)

    def rows(self, state: Tenancy) -> Mapping[str, Sequence[Row]]:
        row = state._asdict() | {"since": state.since or None, "ended_at": state.ended_at or None}
        return {"tenancies": [{name: row[name] for name in TENANCIES.columns}]}

    def marks(self, before: Tenancy | None, after: Tenancy, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


DWELLING_REGISTER = Dwellings()
TENANCY_REGISTER = Tenancies()
