"""The projections of patrol routes and of patrols: one row each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.messages import Recorded
from domain.patrols import facts as f
from projections.case import micros
from projections.patrols.tables import PATROLS, ROUTES
from projections.rowing import kept, listed
from projections.views import Row


class Route(NamedTuple):
    id: str
    name: str
    grid: str
    kind: str
    category: str
    stops: tuple[str, ...]
    state: str
    set_by: str
    set_at: int
    version: int
    position: int
    set_position: int
    reason: str = ""


def fold_route(state: Route | None, line: Recorded) -> Route:
    """The route after the fact. ValueError for a stream that does not begin with one."""
    fact = line.fact
    if isinstance(fact, f.RouteSet):
        return Route(
            line.stream,
            fact.name,
            fact.grid,
            fact.kind,
            fact.category,
            fact.stops,
            "set",
            line.actor.person,
            micros(line.occurred_at),
            line.version,
            line.position,
            state.set_position if state else line.position,
        )
    if isinstance(fact, f.RouteRetired) and state is not None:
        said = kept(line, fact.reason, "reason").json
        return state._replace(state="retired", reason=said, version=line.version, position=line.position)
    raise ValueError(f"{line.stream} does not begin with its stops")


def route_row(state: Route) -> Row:
    return state._asdict() | {"stops": listed(state.stops), "reason": state.reason or None}


class Patrol(NamedTuple):
    """`stops` is JSON already: nothing of it changes."""

    id: str
    route: str
    name: str
    grid: str
    kind: str
    category: str
    patrolled_on: str
    patrolled_at: int
    recorded_by: str
    participants: tuple[str, ...]
    units: tuple[str, ...]
    stops: str
    checked: int
    missed: tuple[str, ...]
    readings: int
    out_of_range: int
    minutes: int
    evidence: tuple[str, ...]
    note: str
    version: int
    position: int
    recorded_position: int
    complaints: tuple[str, ...] = ()


def fold_patrol(state: Patrol | None, line: Recorded) -> Patrol:
    """The patrol after the fact. ValueError for a stream that does not begin with its record."""
    fact = line.fact
    if isinstance(fact, f.PatrolRecorded):
        return Patrol(
            id=line.stream,
            route=fact.route,
            name=fact.name,
            grid=fact.grid,
            kind=fact.kind,
            category=fact.category,
            patrolled_on=fact.patrolled_on.isoformat(),
            patrolled_at=micros(line.occurred_at),
            recorded_by=line.actor.person,
            participants=fact.participants,
            units=fact.units,
            stops=json.dumps(stops_of(fact, line), ensure_ascii=False),
            checked=len(fact.stops),
            missed=fact.missed,
            readings=sum(len(each.readings) for each in fact.stops),
            out_of_range=fact.out_of_range,
            minutes=fact.minutes,
            evidence=fact.evidence,
            note="" if fact.note is None else kept(line, fact.note, "note").json,
            version=line.version,
            position=line.position,
            recorded_position=line.position,
        )
    if isinstance(fact, f.HazardFound) and state is not None:
        complaints = (*state.complaints, fact.complaint)
        return state._replace(complaints=complaints, version=line.version, position=line.position)
    raise ValueError(f"{line.stream} does not begin with its record")


def stops_of(fact: f.PatrolRecorded, line: Recorded) -> list[dict[str, Any]]:
    return [
        {
            "stop": each.stop,
            "readings": [
                {"quantity": r.quantity, "value": r.value, "unit": r.unit, "in_range": r.in_range}
                for r in each.readings
            ],
            "note": None if each.note is None else kept(line, each.note, f"stops.{n}.note").json,
        }
        for n, each in enumerate(fact.stops)
    ]


def patrol_row(state: Patrol) -> Row:
    lists = ("participants", "units", "missed", "evidence", "complaints")
    row = state._asdict() | {name: listed(getattr(state, name)) for name in lists}
    return row | {"hazards": len(state.complaints), "note": state.note or None}


class Routes:
    NAME = "patrol-routes"
    VERSION = 1
    TABLES = (ROUTES,)
    FACTS: frozenset[type] = frozenset(f.RouteFact.__args__)
    STATE = Route

    def subject(self, line: Recorded) -> str:
        """A route is its stream."""
        return line.stream

    def fold(self, state: Route | None, line: Recorded) -> Route:
        return fold_route(state, line)

    def rows(self, state: Route) -> Mapping[str, Sequence[Row]]:
        return {"patrol_routes": [route_row(state)]}

    def marks(self, before: Route | None, after: Route, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


class Patrols:
    NAME = "patrols"
    VERSION = 1
    TABLES = (PATROLS,)
    FACTS: frozenset[type] = frozenset(f.PatrolFact.__args__)
    STATE = Patrol

    def subject(self, line: Recorded) -> str:
        """A patrol is its stream."""
        return line.stream

    def fold(self, state: Patrol | None, line: Recorded) -> Patrol:
        return fold_patrol(state, line)

    def rows(self, state: Patrol) -> Mapping[str, Sequence[Row]]:
        return {"patrols": [patrol_row(state)]}

    def marks(self, before: Patrol | None, after: Patrol, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


PATROL_ROUTES = Routes()
PATROL_BOOK = Patrols()
