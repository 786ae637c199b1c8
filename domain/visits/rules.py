"""What the decisions about visits have in common: words, streams, days."""

from datetime import date

from domain.refusals import Refused
from domain.scene import Scene

WINDOWS = ("day", "evening", "weekend")
MODES = ("in_person", "online")
OUTCOMES = ("opened", "no_answer", "refused", "moved")
PEOPLE = 1_000
"""People met at one attempt, at most."""
MINUTES = 24 * 60
TEAM = 20
COMPLAINTS = 20
"""Needs told at one attempt, at most."""

WORKERS = frozenset({"gridworker"})
"""Who writes down a visit: a grid member, of the grid he answers for."""
DESK = frozenset({"gridworker", "dispatcher", "street"})
"""Who opens rounds and plans them."""


def visit_stream(round: str, household: str) -> str:
    """Where the attempts at one household in one round stand: each household's beside the others'."""
    return f"visit-{round.removeprefix('round-')}-{household}"


def plan_stream(round: str, worker: str, day: date) -> str:
    return f"plan-{round.removeprefix('round-')}-{worker}-{day:%Y%m%d}"


def check_grid(path: str, scene: Scene) -> None:
    if scene.organisation.grid(path) is None:
        raise Refused("grid.unknown", f"there is no grid {path!r}", grid=path)
