"""The organisation as everybody's decisions see it: the snapshot a Scene carries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.organisation.facts import Member
from domain.rule_books.vocabularies import LEVELS

__all__ = [
    "DEFAULT_TIME_ZONE", "KINDS", "LEVELS", "POSTS", "ROLES", "STREAM",
    "Body", "Grid", "HeldGrant", "Organisation", "Tenure", "Unit", "is_time_zone", "parent", "within",
]  # fmt: skip

STREAM = "organisation"
DEFAULT_TIME_ZONE = "Asia/Shanghai"
KINDS = ("company", "office", "grid_team", "body")
ROLES = ("gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")
"""What can be granted. `resident` needs no grant: it is everybody's where he lives."""
POSTS = (
    "grid_head",
    "entrance_head",
    "building_head",
    "liaison",
    "community_secretary",
    "police_deputy_secretary",
)


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
class HeldGrant:
    """A grant as it stands; `revoked_at` is None until it is revoked."""

    id: str
    person: str
    role: str
    scope: str
    from_at: datetime
    until_at: datetime | None
    reason: str
    granted_by: str
    revoked_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at the moment: from its beginning on, not any more at its end."""
        ends = [end for end in (self.until_at, self.revoked_at) if end is not None]
        return self.from_at <= at and all(at < end for end in ends)


@dataclass(frozen=True, slots=True)
class Tenure:
    """Somebody's time in a post; `left_at` is None while he holds it."""

    id: str
    person: str
    post: str
    place: str
    taken_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Body:
    unit: str
    place: str
    template: str
    templates: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """`units` holds the established units; `unit()` also knows every grid's team."""

    grids: Mapping[str, Grid] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    time_zone: str = DEFAULT_TIME_ZONE
    time_zone_set: bool = False
    grants: Mapping[str, HeldGrant] = field(default_factory=dict)
    by_person: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tenures: Mapping[str, Tenure] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)

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

    def grants_of(self, person: str, at: datetime) -> tuple[HeldGrant, ...]:
        """The person's grants in force at the moment, the oldest first."""
        held = (self.grants[id] for id in self.by_person.get(person, ()))
        return tuple(grant for grant in held if grant.holds(at))

    def holders(self, role: str, scope: str, at: datetime) -> frozenset[str]:
        """Who holds the role for exactly this scope at the moment."""
        held = (self.grants[id] for id in self.by_scope.get(scope, ()))
        return frozenset(grant.person for grant in held if grant.role == role and grant.holds(at))


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
