"""What the decisions about dwellings, households and tenancies have in common: ids, words, places."""

import re

from domain.organisation import within
from domain.refusals import Refused
from domain.scene import Scene

KINDS = ("resident", "employed", "key", "shop")
"""住户, 上班族, 重点户, 商铺: when each is met is a setting of the visits."""

KIND_UNSAID = "resident"
"""As what a household counts that nobody classified."""

TENURES = ("own", "rent", "other")
PEOPLE = 999
"""People in one household at most: a shared dormitory."""

MEMBERS = 50
ADDRESS = 500
REASON = 500
COMPOUND = 200

ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
"""What a register may call a household: it becomes part of a stream's name and of an address."""

DESK = frozenset({"gridworker", "dispatcher", "admin"})
READERS = frozenset({"gridworker", "dispatcher", "street"})


def stream_of(household: str) -> str:
    return f"hh-{household}"


def household_of(stream: str) -> str:
    """The household's id, of its stream's."""
    return stream.removeprefix("hh-")


def check_id(household: str) -> str:
    if not ID.fullmatch(household):
        raise Refused(
            "household.id",
            "the id of a household has 1 to 64 letters, digits, dots, dashes or underscores",
            help="id: A-Z a-z 0-9 . _ -, a letter or digit first",
            field="id",
            value=household[:64],
        )
    return household


def place(grid: str, scene: Scene) -> str:
    """The grid, if there is one of this path and the actor answers for it."""
    if scene.organisation.grid(grid) is None:
        raise Refused("grid.unknown", f"there is no grid {grid!r}", field="grid", grid=grid)
    answers_for(grid, scene)
    return grid


def answers_for(grid: str, scene: Scene) -> None:
    scope, role = scene.actor.scope, scene.actor.role
    if (not scope and role not in ("admin", "engine")) or not within(grid, scope):
        raise Refused(
            "household.outside-scope",
            "the place lies outside what you answer for",
            help=f"grid: {scope} or below",
            field="grid",
            place=grid,
            scope=scope,
        )
