"""Who is there: the grid tree, the units that handle cases, the time zone days are counted in, and who may
act where.

Every grid's team is a unit, whose id is the grid's path, so that a case settled on the spot has a lead.
The state is the snapshot a Scene carries.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from domain.messages import Dated, Envelope
from domain.organisation import bodies, grants
from domain.organisation.commands import (
    Command,
    DissolveBody,
    EstablishGrid,
    EstablishUnit,
    FormBody,
    Grant,
    LeavePost,
    RevokeGrant,
    SetTimeZone,
    TakePost,
)
from domain.organisation.facts import (
    BodyDissolved,
    BodyFormed,
    Fact,
    Granted,
    GrantRevoked,
    GridEstablished,
    Member,
    PostLeft,
    PostTaken,
    TimeZoneSet,
    UnitEstablished,
)
from domain.organisation.rules import known, named, path, reaches
from domain.organisation.spread import put
from domain.organisation.state import (
    DEFAULT_TIME_ZONE,
    KINDS,
    LEVELS,
    POSTS,
    ROLES,
    STREAM,
    Body,
    Grid,
    HeldGrant,
    Organisation,
    Tenure,
    Unit,
    is_time_zone,
    parent,
    within,
)
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene

__all__ = [
    "DEFAULT_TIME_ZONE", "INITIAL", "KINDS", "LEVELS", "POSTS", "ROLES", "STREAM",
    "Body", "BodyDissolved", "BodyFormed", "Command", "DissolveBody", "EstablishGrid", "EstablishUnit",
    "Fact", "FormBody", "Grant", "GrantRevoked", "Granted", "Grid", "GridEstablished", "HeldGrant",
    "LeavePost", "Member", "Organisation", "PostLeft", "PostTaken", "RevokeGrant", "SetTimeZone", "State",
    "TakePost", "Tenure", "TimeZoneSet", "Unit", "UnitEstablished",
    "decide", "evolve", "is_time_zone", "parent", "within",
]  # fmt: skip

State = Organisation
INITIAL = Organisation()


def decide(command: Command, state: Organisation, scene: "Scene") -> tuple[Fact | Dated, ...]:
    """Saying what is already so records nothing. Whatever moment is told, a right begins and ends by the
    engine's clock: nobody's revocation lies in the past, or a while ahead."""
    facts = _decide(command, state, scene)
    if isinstance(command, Grant | RevokeGrant) and scene.occurred_at != scene.now:
        return tuple(Dated(fact, scene.now) for fact in facts)
    return facts


def _decide(command: Command, state: Organisation, scene: "Scene") -> tuple[Fact, ...]:
    match command:
        case EstablishGrid():
            return _grid(command, state, scene)
        case EstablishUnit():
            return _unit(command, state, scene)
        case SetTimeZone(time_zone):
            reaches(scene, "")
            return _set_time_zone(time_zone, state)
        case Grant():
            return grants.grant(command, state, scene)
        case RevokeGrant():
            return grants.revoke(command, state, scene)
        case TakePost():
            return grants.take_post(command, state, scene)
        case LeavePost():
            return grants.leave_post(command, state, scene)
        case FormBody():
            return bodies.form(command, state, scene)
        case DissolveBody():
            return bodies.dissolve(command, state, scene)
        case _:
            assert_never(command)


def _grid(command: EstablishGrid, state: Organisation, scene: "Scene") -> tuple[Fact, ...]:
    path(command.path)
    known("level", command.level, LEVELS)
    named(command.name)
    reaches(scene, command.path)
    if command.path in state.units:
        raise Refused(
            "organisation.grid-is-unit", f"{command.path} is a unit's id already", path=command.path
        )
    grid = Grid(command.path, command.name, command.level)
    if state.grids.get(command.path) == grid:
        return ()
    _hangs_together(grid, state)
    return (GridEstablished(grid.path, grid.name, grid.level),)


def _hangs_together(grid: Grid, state: Organisation) -> None:
    """A new node hangs below one that is there, and nothing stands above what is larger."""
    above = state.grids.get(parent(grid.path))
    if above is None and "/" in grid.path and grid.path not in state.grids:
        raise Refused(
            "organisation.no-parent",
            f"there is no node {parent(grid.path)} above {grid.path}",
            help="establish that one first",
            path=grid.path,
            parent=parent(grid.path),
        )
    rank = LEVELS.index(grid.level)
    below = [state.grids[path] for path in state.below.get(grid.path, ())]
    wrong = [one for one in below if LEVELS.index(one.level) < rank]
    if above is not None and LEVELS.index(above.level) > rank:
        wrong.append(above)
    if wrong:
        raise Refused(
            "organisation.level-order",
            f"{grid.path} cannot be a {grid.level}: {wrong[0].path} is a {wrong[0].level}",
            help="from the top down: " + ", ".join(LEVELS),
            path=grid.path,
            level=grid.level,
            other=wrong[0].path,
            other_level=wrong[0].level,
        )


def _unit(command: EstablishUnit, state: Organisation, scene: "Scene") -> tuple[Fact, ...]:
    """Who handles cases of several places is the whole deployment's. A body is formed, not established."""
    path(command.unit)
    known("kind", command.kind, KINDS)
    named(command.name)
    reaches(scene, state.place_of_unit(command.unit))
    if command.unit in state.bodies and command.kind != "body":
        raise Refused("body.unit-taken", f"{command.unit} is a body", unit=command.unit)
    if command.unit in state.grids:
        raise Refused(
            "organisation.unit-is-grid",
            f"{command.unit} is a grid, whose team has this id already",
            unit=command.unit,
        )
    same = state.units.get(command.unit) == Unit(command.unit, command.name, command.kind)
    return () if same else (UnitEstablished(command.unit, command.name, command.kind),)


def _set_time_zone(time_zone: str, state: Organisation) -> tuple[Fact, ...]:
    if not is_time_zone(time_zone):
        raise Refused("organisation.unknown-time-zone", f"{time_zone!r} is no time zone", time_zone=time_zone)
    if not state.time_zone_set:
        return (TimeZoneSet(time_zone),)
    if time_zone != state.time_zone:
        raise Refused(
            "organisation.time-zone-fixed",
            f"days are counted in {state.time_zone}; another zone would move every published period",
            time_zone=state.time_zone,
        )
    return ()


def evolve(state: Organisation, fact: Fact, envelope: Envelope) -> Organisation:
    match fact:
        case GridEstablished(path, name, level):
            below = state.below
            if path not in state.grids:
                above = parent(path)
                below = put(below, above, (*below.get(above, ()), path))
            return replace(state, grids=put(state.grids, path, Grid(path, name, level)), below=below)
        case UnitEstablished(unit, name, kind):
            return replace(state, units={**state.units, unit: Unit(unit, name, kind)})
        case TimeZoneSet(time_zone):
            return replace(state, time_zone=time_zone, time_zone_set=True)
        case Granted():
            return grants.granted(state, fact, envelope)
        case GrantRevoked():
            return grants.revoked(state, fact, envelope)
        case PostTaken():
            return grants.post_taken(state, fact, envelope)
        case PostLeft():
            return grants.post_left(state, fact, envelope)
        case BodyFormed():
            return bodies.formed(state, fact)
        case BodyDissolved():
            return bodies.dissolved(state, fact)
        case _:
            assert_never(fact)
