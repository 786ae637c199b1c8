"""Who is there: the grid tree, the units that handle cases, the time zone days are counted in, and who may
act where.

Every grid's team is a unit, whose id is the grid's path, so that a case settled on the spot has a lead.
The state is the snapshot a Scene carries.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from domain.messages import Envelope
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
from domain.organisation.rules import known, named, path
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


def decide(command: Command, state: Organisation, scene: "Scene") -> tuple[Fact, ...]:
    """Saying what is already so records nothing."""
    match command:
        case EstablishGrid():
            return _grid(command, state)
        case EstablishUnit():
            return unit(command, state)
        case SetTimeZone(time_zone):
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
            as_unit = unit(EstablishUnit(command.unit, command.name, "body"), state)
            return (*as_unit, *bodies.form(command, state, scene))
        case DissolveBody():
            return bodies.dissolve(command, state, scene)
        case _:
            assert_never(command)


def _grid(command: EstablishGrid, state: Organisation) -> tuple[Fact, ...]:
    path(command.path)
    known("level", command.level, LEVELS)
    named(command.name)
    grid = Grid(command.path, command.name, command.level)
    same = state.grids.get(command.path) == grid
    return () if same else (GridEstablished(grid.path, grid.name, grid.level),)


def unit(command: EstablishUnit, state: Organisation) -> tuple[Fact, ...]:
    path(command.unit)
    known("kind", command.kind, KINDS)
    named(command.name)
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
            return replace(state, grids={**state.grids, path: Grid(path, name, level)})
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
        case BodyFormed(unit, place, template, templates, members):
            body = Body(unit, place, template, templates, members)
            return replace(state, bodies={**state.bodies, unit: body})
        case BodyDissolved(unit):
            return replace(state, bodies={k: v for k, v in state.bodies.items() if k != unit})
        case _:
            assert_never(fact)
