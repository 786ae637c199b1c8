"""What the decisions on patrols, sweeps and watches share: where, who, which classes and readings."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from domain.bounds import items, names
from domain.complaint.commands import ReadingTaken
from domain.complaint.facts import Reading
from domain.complaint.rules import category_in_force, check_unit, readings
from domain.organisation import within
from domain.patrols.commands import Hazard
from domain.refusals import Refused
from domain.rule_books import Category
from domain.scene import Scene

OFFICE = frozenset({"dispatcher", "street"})
DESK = OFFICE | {"gridworker"}
ENGINE = frozenset({"engine"})

STOPS = 100
"""Stops of one route, grids of one sweep at most."""
PEOPLE = 50
HAZARDS = 20
"""Hazards one walk brings home at most: each is a case of its own in the same save."""


def in_grid(field: str, grid: str, scene: Scene) -> str:
    """A node the actor answers for. Refused `grid.unknown`, `patrol.outside-scope`."""
    if scene.organisation.grid(grid) is None:
        raise Refused("grid.unknown", f"there is no grid {grid!r}", grid=grid)
    scope = scene.actor.scope
    if not scope or not within(grid, scope):
        raise Refused(
            "patrol.outside-scope",
            f"{grid} lies outside what you answer for",
            help=f"{field}: {scope or 'your own grid'} or below",
            grid=grid,
            scope=scope,
        )
    return grid


def known_category(code: str, scene: Scene) -> tuple[Category, str]:
    """The class and its book's version; a plain one, that requires nothing, for ""."""
    version = scene.books.categories(scene.occurred_at).version
    if not code:
        return Category("", "", ""), version
    return category_in_force(code, scene.occurred_at, scene), version


def judge(taken: tuple[ReadingTaken, ...], category: Category) -> tuple[Reading, ...]:
    """What was measured, with what the class requires of it; nothing is said of the range without a class."""
    return readings(taken, category)


def known_people(field: str, people: Sequence[str], scene: Scene) -> tuple[str, ...]:
    """People who hold a role. Refused `patrol.person-unknown`."""
    for person in names(field, people):
        if not scene.organisation.by_person.get(person):
            raise Refused(
                "patrol.person-unknown",
                f"nobody who holds a role is called {person!r}",
                help=f"{field}: people with a role",
                field=field,
                person=person,
            )
    return tuple(people)


def known_units(units: Sequence[str], scene: Scene) -> tuple[str, ...]:
    return tuple(check_unit(unit, scene) for unit in names("units", units))


def hazards_inside(hazards: Sequence[Hazard], grid: str, scene: Scene) -> None:
    """Each is a case of a known class within the grid walked. Refused `patrol.hazard-elsewhere`."""
    items("hazards", hazards, most=HAZARDS)
    for hazard in hazards:
        category_in_force(hazard.category, scene.occurred_at, scene)
        if not within(hazard.grid, grid):
            raise Refused(
                "patrol.hazard-elsewhere",
                f"{hazard.grid} is not where you were ({grid})",
                help=f"grid: {grid} or below",
                grid=hazard.grid,
                walked=grid,
            )


def day_over(day: date, scene: Scene) -> datetime:
    """The first moment of the local day after it."""
    return datetime.combine(day + timedelta(days=1), time(), scene.organisation.zone)
