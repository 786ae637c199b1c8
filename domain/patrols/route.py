"""A patrol route (巡查路线): the stops of a grid, set by whoever answers for it. Stream `patrol-route-…`.

none ──set──▶ set ──set──▶ set ──retire──▶ retired
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from domain.bounds import NAME, items, one_of, text
from domain.deciding import Decision, permit
from domain.messages import Envelope, clear
from domain.patrols import commands as c
from domain.patrols.commands import RetireRoute, RouteCommand, SetRoute
from domain.patrols.facts import RouteFact, RouteRetired, RouteSet
from domain.patrols.rules import DESK, STOPS, in_grid, known_category
from domain.refusals import Refused
from domain.scene import Scene

__all__ = ["INITIAL", "KINDS", "NAMES", "ROUTES", "TABLE", "State", "decide", "evolve", "permitted", "walked"]

KINDS = ("daily", "joint", "sweep")
"""网格员日巡查, 专业力量联合巡检, 定期拉网式排查."""


@dataclass(frozen=True, slots=True)
class Unset:
    pass


@dataclass(frozen=True, slots=True)
class Set:
    route: RouteSet


@dataclass(frozen=True, slots=True)
class Retired:
    route: RouteSet


State = Unset | Set | Retired
INITIAL: State = Unset()
NAMES: Mapping[type, str] = {Unset: "unset", Set: "set", Retired: "retired"}


def set_route(command: SetRoute, state: Unset | Set, scene: Scene) -> tuple[RouteSet, ...]:
    """Set to what it is already, it says nothing."""
    in_grid("grid", command.grid, scene)
    if isinstance(state, Set):
        in_grid("grid", state.route.grid, scene)
    one_of("kind", command.kind, KINDS)
    known_category(command.category, scene)
    items("stops", command.stops, least=1, most=STOPS)
    for n, stop in enumerate(command.stops):
        text("stops", stop, NAME)
        if stop in command.stops[:n]:
            raise Refused("list.twice", f"stops names {stop} twice", field="stops", value=stop)
    name = text("name", command.name, NAME)
    fact = RouteSet(name, command.grid, command.kind, command.category, command.stops)
    return () if isinstance(state, Set) and state.route == fact else (fact,)


def retire(command: RetireRoute, state: Set, scene: Scene) -> tuple[RouteRetired]:
    in_grid("grid", state.route.grid, scene)
    return (RouteRetired(clear(scene.stream, text("reason", command.reason))),)


ROLES: Mapping[type, frozenset[str]] = {SetRoute: DESK, RetireRoute: DESK}
TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unset: {SetRoute: set_route},
    Set: {SetRoute: set_route, RetireRoute: retire},
    Retired: {},
}
ROUTES: Mapping[str, type] = {"set": SetRoute, "retire": RetireRoute}


def decide(command: RouteCommand, state: State, scene: Scene) -> tuple[RouteFact, ...]:
    return permitted(type(command), state, scene)(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    return permit("patrol-route", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)


def evolve(state: State, fact: RouteFact, envelope: Envelope) -> State:
    match fact:
        case RouteSet():
            return Set(fact)
        case RouteRetired():
            return Retired(state.route) if isinstance(state, Set) else state
        case _:
            assert_never(fact)


def walked(id: str, version: int, state: State) -> c.Route:
    """The route as a patrol wants to know it. Refused `patrol.route-gone` where there is none to walk."""
    if not isinstance(state, Set):
        raise Refused(
            "patrol.route-gone",
            f"there is no route {id!r} to walk, or it was retired",
            help="route: one that is in force, or none",
            route=id,
        )
    of = state.route
    return c.Route(id, version, of.name, of.grid, of.kind, of.category, of.stops)
