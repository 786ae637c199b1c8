"""What becomes of a plan when its household moves, or is erased: the engine asks, once for each such fact."""

from domain.care import periods
from domain.care.commands import EndErased, FollowHousehold
from domain.care.facts import CareFact, CareMoved, CarePlanClosed
from domain.care.state import Active, State
from domain.deciding import local_day
from domain.messages import Dated
from domain.organisation import parent, within
from domain.scene import Scene

ERASED = "erased"
"""Why the engine closes one; nobody else says so."""

Facts = tuple[CareFact | Dated, ...]


def follow(command: FollowHousehold, state: Active, scene: Scene) -> Facts:
    """Into its new grid, to whoever goes there: its worker, if he does; else a grid member of that grid, of
    the place nearest above it, else nobody, until somebody hands it over."""
    plan = state.plan
    if command.grid == plan.grid:
        return ()
    to = next_worker(plan.worker, command.grid, scene)
    moved = CareMoved(plan.household, plan.grid, command.grid, plan.worker, to)
    return (Dated(moved, max(scene.occurred_at, plan.opened_at)),)


def next_worker(now: str, grid: str, scene: Scene) -> str:
    """Several of one place: the first by name of account, so that it is the same one whenever it is asked."""
    held = scene.organisation.grants_of(now, scene.now) if now else ()
    if any(each.role == "gridworker" and within(grid, each.scope) for each in held):
        return now
    place = grid
    while place:
        if members := scene.organisation.holders("gridworker", place, scene.now):
            return min(members)
        place = parent(place)
    return ""


def end_erased(command: EndErased, state: Active, scene: Scene) -> Facts:
    """Nobody is called on whom nobody knows any more, and nothing more is noted of who asked to be forgotten.
    No word goes with it: the key is gone."""
    plan, ended = state.plan, max(scene.occurred_at, state.plan.opened_at)
    missed, _ = periods.caught_up(plan, local_day(scene, ended), scene)
    return (*missed, Dated(CarePlanClosed(plan.household, plan.grid, ERASED, None), ended))


def nothing(command: FollowHousehold | EndErased, state: State, scene: Scene) -> Facts:
    """No plan runs: nothing follows."""
    return ()
