"""One patrol: told once, when it has been walked. Its stream is `patrol-…`; each hazard is a case of its own.

What a walk found is added to it later too, never taken away: the case itself says what became of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from domain.bounds import NAME, evidence, items, one_of, text, whole
from domain.deciding import Decision, local_day, permit
from domain.entering import in_entry_window
from domain.messages import Envelope, clear
from domain.organisation import within
from domain.patrols.commands import Hazard, NoteHazards, PatrolCommand, RecordPatrol, StopVisited
from domain.patrols.facts import HazardFound, PatrolFact, PatrolRecorded, StopChecked
from domain.patrols.route import KINDS
from domain.patrols.rules import (
    DESK,
    STOPS,
    hazards_inside,
    in_grid,
    judge,
    known_category,
    known_people,
    known_units,
)
from domain.refusals import Refused
from domain.rule_books import Category
from domain.scene import Scene

__all__ = ["INITIAL", "NAMES", "ROUTES", "TABLE", "State", "decide", "evolve", "permitted"]

LONGEST = 24 * 60
"""Minutes of one patrol at most."""


@dataclass(frozen=True, slots=True)
class Unwalked:
    pass


@dataclass(frozen=True, slots=True)
class Walked:
    grid: str
    stops: tuple[str, ...]
    complaints: tuple[str, ...] = ()


State = Unwalked | Walked
INITIAL: State = Unwalked()
NAMES: Mapping[type, str] = {Unwalked: "unwalked", Walked: "recorded"}


def record(command: RecordPatrol, state: Unwalked, scene: Scene) -> tuple[PatrolFact, ...]:
    route = command.route
    grid = in_grid("grid", command.grid, scene)
    if route.id and not (within(grid, route.grid) or within(route.grid, grid)):
        raise Refused(
            "patrol.route-elsewhere",
            f"the route {route.name} lies in {route.grid}, not in {grid}",
            help=f"grid: {route.grid}",
            grid=grid,
            route=route.grid,
        )
    kind = one_of("kind", command.kind or route.kind or "daily", KINDS)
    units = known_units(command.units, scene)
    if kind == "joint" and not units:
        raise Refused(
            "patrol.joint-alone",
            "a joint inspection is made together with a unit",
            help="units: who came along",
        )
    category, version = known_category(command.category or route.category, scene)
    stops = _stops(command.stops, route.stops if route.id else None, category, scene)
    seen = {each.stop for each in stops}
    recorded = PatrolRecorded(
        route=route.id,
        route_version=route.version,
        name=route.name,
        grid=grid,
        kind=kind,
        category=category.code,
        category_version=version if category.code else "",
        patrolled_on=local_day(scene, scene.occurred_at),
        participants=known_people("participants", command.participants, scene),
        units=units,
        stops=stops,
        missed=tuple(stop for stop in route.stops if stop not in seen),
        out_of_range=sum(reading.in_range is False for stop in stops for reading in stop.readings),
        minutes=whole("minutes", command.minutes, 1, LONGEST),
        evidence=evidence("evidence", command.evidence),
        note=clear(scene.stream, text("note", command.note)) if command.note.strip() else None,
    )
    return recorded, *_found(command.hazards, grid, tuple(seen), scene)


def _stops(
    told: Sequence[StopVisited], known: tuple[str, ...] | None, category: Category, scene: Scene
) -> tuple[StopChecked, ...]:
    items("stops", told, least=1, most=STOPS)
    found: dict[str, StopChecked] = {}
    for each in told:
        text("stops.stop", each.stop, NAME)
        if each.stop in found:
            raise Refused("list.twice", f"stops names {each.stop} twice", field="stops", value=each.stop)
        _on_route(each.stop, known)
        note = clear(scene.stream, text("stops.note", each.note)) if each.note.strip() else None
        found[each.stop] = StopChecked(each.stop, judge(each.readings, category), note)
    return tuple(found.values())


def _on_route(stop: str, known: tuple[str, ...] | None) -> None:
    if known is not None and stop not in known:
        raise Refused(
            "patrol.stop-unknown",
            f"{stop!r} is no stop of it",
            help=f"stop: {', '.join(known)}",
            stop=stop,
        )


def note_hazards(command: NoteHazards, state: Walked, scene: Scene) -> tuple[HazardFound, ...]:
    in_grid("grid", state.grid, scene)
    items("hazards", command.hazards, least=1)
    return _found(command.hazards, state.grid, state.stops, scene)


def _found(
    hazards: Sequence[Hazard], grid: str, stops: tuple[str, ...], scene: Scene
) -> tuple[HazardFound, ...]:
    hazards_inside(hazards, grid, scene)
    for hazard in hazards:
        if hazard.stop:
            _on_route(hazard.stop, stops)
    return tuple(HazardFound(each.complaint, each.category, each.grid, each.stop) for each in hazards)


ROLES: Mapping[type, frozenset[str]] = {RecordPatrol: DESK, NoteHazards: DESK}
TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unwalked: {RecordPatrol: record},
    Walked: {NoteHazards: note_hazards},
}
ROUTES: Mapping[str, type] = {"hazards": NoteHazards}


def decide(command: PatrolCommand, state: State, scene: Scene) -> tuple[PatrolFact, ...]:
    decision = permitted(type(command), state, scene)
    in_entry_window(scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    return permit("patrol", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)


def evolve(state: State, fact: PatrolFact, envelope: Envelope) -> State:
    match fact:
        case PatrolRecorded():
            return Walked(fact.grid, tuple(each.stop for each in fact.stops))
        case HazardFound():
            assert isinstance(state, Walked), "a patrol begins by being recorded"
            return replace(state, complaints=(*state.complaints, fact.complaint))
        case _:
            assert_never(fact)
