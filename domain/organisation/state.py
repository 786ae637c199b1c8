"""The organisation as everybody's decisions see it: the snapshot a Scene carries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.organisation.facts import Member
from domain.organisation.spread import Spread
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
        return self.from_at <= at and not self.ended(at)

    def ended(self, at: datetime) -> bool:
        """Whether it is over at the moment, revoked or run out."""
        return any(end is not None and end <= at for end in (self.until_at, self.revoked_at))


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
    """`units` holds the established units; `unit()` also knows every grid's team.

    `by_person`, `by_scope` hold ids of grants, `posts_of` ids of tenures, `below` the paths under a node."""

    grids: Mapping[str, Grid] = field(default_factory=Spread)
    below: Mapping[str, tuple[str, ...]] = field(default_factory=Spread)
    units: Mapping[str, Unit] = field(default_factory=dict)
    time_zone: str = DEFAULT_TIME_ZONE
    time_zone_set: bool = False
    grants: Mapping[str, HeldGrant] = field(default_factory=Spread)
    by_person: Mapping[str, tuple[str, ...]] = field(default_factory=Spread)
    by_scope: Mapping[str, tuple[str, ...]] = field(default_factory=Spread)
    tenures: Mapping[str, Tenure] = field(default_factory=Spread)
    posts_of: Mapping[str, tuple[str, ...]] = field(default_factory=Spread)
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

    # ------------------------------------------------------------------ places and units

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
        for child in sorted(self.below.get(path, ())):
            yield self.grids[child]

    def place_of_unit(self, unit: str) -> str:
        """Where a unit belongs: a grid's team to the grid, a body to its place; "" (the whole deployment)
        for any other."""
        body = self.bodies.get(unit)
        if body is not None:
            return body.place
        return unit if unit in self.grids else ""

    def place_of(self, role: str, scope: str) -> str:
        """Which node a grant of this role and scope lies in; "" for the whole deployment."""
        return self.place_of_unit(scope) if role == "unit" else scope

    # ------------------------------------------------------------------ who may act where

    def grants_of(self, person: str, at: datetime) -> tuple[HeldGrant, ...]:
        """The person's grants in force at the moment, the oldest first."""
        return tuple(grant for grant in self.all_grants_of(person) if grant.holds(at))

    def all_grants_of(self, person: str) -> Iterator[HeldGrant]:
        """Every grant he ever had, and those still to begin, in the order given."""
        return (self.grants[id] for id in self.by_person.get(person, ()))

    def holders(self, role: str, scope: str, at: datetime) -> frozenset[str]:
        """Who holds the role for exactly this scope at the moment."""
        held = (self.grants[id] for id in self.by_scope.get(scope, ()))
        return frozenset(grant.person for grant in held if grant.role == role and grant.holds(at))

    def grants_under(self, place: str) -> Iterator[HeldGrant]:
        """Every grant, over or not, whose scope lies at or below a node; "" all of them."""
        for scope, ids in self.by_scope.items():
            if within(scope if scope in self.grids else self.place_of_unit(scope), place):
                yield from (self.grants[id] for id in ids)

    def grants_at(self, place: str) -> Iterator[HeldGrant]:
        """Every grant, over or not, that lies in exactly this node: its own, and those of its bodies."""
        bodies = (body.unit for body in self.bodies.values() if body.place == place)
        for scope in (place, *bodies):
            held = (self.grants[id] for id in self.by_scope.get(scope, ()))
            yield from (grant for grant in held if self.place_of(grant.role, grant.scope) == place)

    def last_admin(self, person: str, at: datetime) -> bool:
        """Whether he alone administers the whole deployment at the moment."""
        return self.holders("admin", "", at) == {person}

    def tenures_of(self, person: str) -> Iterator[Tenure]:
        """Every post he ever took, in the order taken."""
        return (self.tenures[id] for id in self.posts_of.get(person, ()))

    def places_of(self, person: str, at: datetime) -> tuple[str, ...]:
        """The nodes of his grants that are not over ("" for the whole deployment) and of his posts."""
        granted = [
            self.place_of(grant.role, grant.scope)
            for grant in self.all_grants_of(person)
            if not grant.ended(at)
        ]
        return (*granted, *(tenure.place for tenure in self.tenures_of(person) if tenure.left_at is None))


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
