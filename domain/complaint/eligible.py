"""Who follows a case up: a grid member of its grid; if none is eligible, one of a sibling grid or the
community; else the dispatcher, with the reason.

Eligible is who holds the grant now, did not act in handling this round, is of no company or office that did,
and did not report the case.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.complaint.state import Case, Registered
from domain.messages import Actor
from domain.organisation import Organisation, parent, within
from domain.refusals import Refused
from domain.scene import Scene

OUTSIDE = frozenset({"company", "office"})
"""Kinds of unit whose people follow up nothing of what their unit handled. A grid team's other members do."""

NOBODY = "没有符合条件的网格员（系统注明） / no grid member was eligible (noted by the engine)"
"""The reason kept where the dispatcher need not give one."""


def of_the_right_place(state: Registered, scene: Scene) -> None:
    """A grid member of elsewhere follows up only what the grid's own members cannot."""
    actor, case = scene.actor, state.case
    if actor.role != "gridworker":
        return
    home = grid_of(case.grid, scene.organisation)
    if of_the_grid(actor, case, home):
        return
    near = actor.scope in places_near(home, scene.organisation)
    if not near or any(eligible(case, _places_of(home, case), scene)):
        raise Refused(
            "follow-up.not-his-grid",
            "a grid member of the case's own grid follows it up",
            help="a grid member of the grid; the dispatcher with a reason",
            grid=home,
        )


def somebody_could(case: Case, scene: Scene) -> bool:
    """Whether a grid member of the grid, of a sibling grid or of the community is eligible now."""
    home = grid_of(case.grid, scene.organisation)
    places = [*_places_of(home, case), *places_near(home, scene.organisation)]
    return any(eligible(case, places, scene))


def eligible(case: Case, places: list[str], scene: Scene) -> Iterator[str]:
    """The grid members of these places who may follow this round up."""
    for place in places:
        for person in scene.organisation.holders("gridworker", place, scene.now):
            barred = person in case.round.handlers or case.reported_by(person)
            if not barred and not _of_a_handling_unit(person, case, scene):
                yield person


def handling_units(case: Case) -> set[str]:
    """The units of this round, those it was dispatched to and those that acted."""
    return {task.unit for task in case.round.tasks} | case.round.handling_units


def _of_a_handling_unit(person: str, case: Case, scene: Scene) -> bool:
    mine = {
        grant.scope for grant in scene.organisation.grants_of(person, scene.now) if grant.role == "unit"
    } & handling_units(case)
    kinds = (scene.organisation.unit(unit) for unit in mine)
    return any(unit is None or unit.kind in OUTSIDE for unit in kinds)


# ------------------------------------------------------------------ places


def grid_of(path: str, organisation: Organisation) -> str:
    """The grid a place lies in: the nearest node of that level; the place itself where there is none."""
    at = path
    while at:
        node = organisation.grid(at)
        if node is not None and node.level == "grid":
            return at
        at = parent(at)
    return path


def of_the_grid(actor: Actor, case: Case, home: str) -> bool:
    return actor.scope == home or (within(case.grid, actor.scope) and within(actor.scope or "?", home))


def _places_of(home: str, case: Case) -> list[str]:
    """The grid, and what lies between it and the case's place (a building's own member)."""
    places, at = [home], case.grid
    while at != home and within(at, home):
        places.append(at)
        at = parent(at)
    return places


def places_near(home: str, organisation: Organisation) -> list[str]:
    """The sibling grids and what lies above the grid: community, street."""
    above = parent(home)
    if not above:
        return []
    near = [grid.path for grid in organisation.children(above) if grid.path != home]
    while above:
        near.append(above)
        above = parent(above)
    return near


def without_members(scope: str, organisation: Organisation, now: datetime) -> tuple[str, ...]:
    """The sibling grids of `scope` that have no grid member in force: their resolved cases are to be seen,
    and followed up, from the grids beside them. Empty for what is no grid."""
    here = organisation.grid(scope)
    if here is None or here.level != "grid" or not parent(scope):
        return ()
    return tuple(
        grid.path
        for grid in organisation.children(parent(scope))
        if grid.path != scope
        and grid.level == "grid"
        and not organisation.holders("gridworker", grid.path, now)
    )
