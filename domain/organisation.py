"""Who is there: the grid tree, the units that handle cases, and the time zone days are counted in.

Every grid's team is a unit, whose id is the grid's path, so that a case settled on the spot has a lead.
The state is the snapshot a Scene carries. Who may change it is the api's table of permissions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.messages import Envelope, command, fact
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene

STREAM = "organisation"
DEFAULT_TIME_ZONE = "Asia/Shanghai"
LEVELS = ("city", "street", "community", "grid")
KINDS = ("company", "office", "grid_team", "body")

# ------------------------------------------------------------------ commands


@command
class EstablishGrid:
    """A node of the grid tree: `path` is its full path (`demo/north/sl`), `level` one of LEVELS."""

    path: str
    name: str
    level: str


@command
class EstablishUnit:
    """A unit cases can be dispatched to; `kind` is one of KINDS."""

    unit: str
    name: str
    kind: str


@command
class SetTimeZone:
    """An IANA name. Set once: days and cohorts already counted in it would move."""

    time_zone: str


Command = EstablishGrid | EstablishUnit | SetTimeZone

# ------------------------------------------------------------------ facts


@fact("organisation.grid-established")
class GridEstablished:
    """Said again of the same path, it renames the node."""

    path: str
    name: str
    level: str


@fact("organisation.unit-established")
class UnitEstablished:
    """Said again of the same unit, it renames it."""

    unit: str
    name: str
    kind: str


@fact("organisation.time-zone-set")
class TimeZoneSet:
    time_zone: str


Fact = GridEstablished | UnitEstablished | TimeZoneSet

# ------------------------------------------------------------------ state


@dataclass(frozen=True, slots=True)
class Grid:
    path: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Unit:
    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """`units` holds the established units; `unit()` also knows every grid's team."""

    grids: Mapping[str, Grid] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    time_zone: str = DEFAULT_TIME_ZONE
    time_zone_set: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local(self, moment: datetime) -> datetime:
        """The moment as clocks of the deployment show it."""
        return moment.astimezone(self.zone)

    def local_date(self, moment: datetime) -> date:
        """The deployment's day the moment falls on."""
        return moment.astimezone(self.zone).date()

    def grid(self, path: str) -> Grid | None:
        return self.grids.get(path)

    def unit(self, unit: str) -> Unit | None:
        """A unit by its id, a grid's team included; None if there is none."""
        known = self.units.get(unit)
        if known is None and (grid := self.grids.get(unit)) is not None:
            return Unit(grid.path, grid.name, "grid_team")
        return known

    def children(self, path: str) -> Iterator[Grid]:
        """The nodes directly below `path`, by path."""
        for other in sorted(self.grids):
            if parent(other) == path:
                yield self.grids[other]


State = Organisation
INITIAL = Organisation()


def parent(path: str) -> str:
    """The path one level up; "" for a top node."""
    return path.rpartition("/")[0]


def within(path: str, scope: str) -> bool:
    """Whether `path` is the node `scope` or lies below it. The empty scope is the whole deployment."""
    return not scope or path == scope or path.startswith(scope + "/")


def is_time_zone(name: str) -> bool:
    """Whether it is a name of the IANA data base."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# ------------------------------------------------------------------ decide and evolve


def decide(command: Command, state: Organisation, scene: "Scene") -> tuple[Fact, ...]:
    """Saying what is already so records nothing."""
    match command:
        case EstablishGrid(path, name, level):
            _check_path(path)
            _check_known("level", level, LEVELS)
            _check_named(name)
            same = state.grids.get(path) == Grid(path, name, level)
            return () if same else (GridEstablished(path, name, level),)

        case EstablishUnit(unit, name, kind):
            _check_path(unit)
            _check_known("kind", kind, KINDS)
            _check_named(name)
            if unit in state.grids:
                raise Refused(
                    "organisation.unit-is-grid",
                    f"{unit} is a grid, whose team has this id already",
                    unit=unit,
                )
            same = state.units.get(unit) == Unit(unit, name, kind)
            return () if same else (UnitEstablished(unit, name, kind),)

        case SetTimeZone(time_zone):
            return _set_time_zone(time_zone, state)

        case _:
            assert_never(command)


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


def _check_path(path: str) -> None:
    parts = path.split("/")
    if not all(part and part == part.strip() for part in parts):
        raise Refused("organisation.bad-path", f"{path!r} is no path of non-empty names", path=path)


def _check_known(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Refused(
            f"organisation.unknown-{what}",
            f"{value!r} is no {what}",
            help="one of " + ", ".join(known),
            value=value,
        )


def _check_named(name: str) -> None:
    if not name.strip():
        raise Refused("organisation.nameless", "a grid and a unit have a name people can read")


def evolve(state: Organisation, fact: Fact, envelope: Envelope) -> Organisation:
    match fact:
        case GridEstablished(path, name, level):
            return replace(state, grids={**state.grids, path: Grid(path, name, level)})
        case UnitEstablished(unit, name, kind):
            return replace(state, units={**state.units, unit: Unit(unit, name, kind)})
        case TimeZoneSet(time_zone):
            return replace(state, time_zone=time_zone, time_zone_set=True)
        case _:
            assert_never(fact)
