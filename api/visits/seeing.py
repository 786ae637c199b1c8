"""Who may know of a round of visits, and what of it.

A round is known to everybody who answers for a place in it, or for the place it lies in; of its households,
attempts and plans each sees those of his own place. Residents and units know of none.
"""

from collections.abc import Sequence

from api import problems
from api.households.seeing import knows as at_home
from api.sight import everywhere
from domain.households import household as households
from domain.households.rules import KIND_UNSAID, stream_of
from domain.messages import Actor, Recorded
from domain.organisation import within
from domain.refusals import Refused
from domain.visits import facts as f
from domain.visits import rounds
from domain.visits.visiting import Target
from engine.engine import Engine
from engine.read import AnyOf, Condition, Filter

OUTSIDERS = ("resident", "unit")
COUNTS_ONLY = ("panel", "analyst")
"""Who reads what a round came to, and of no single household."""

NOTHING: Condition = AnyOf(())


def of_rounds(actor: Actor) -> Sequence[Condition]:
    """What the list of rounds is narrowed to."""
    if everywhere(actor):
        return ()
    if actor.role in OUTSIDERS or not actor.scope:
        return (NOTHING,)
    nodes = actor.scope.split("/")
    above = ["/".join(nodes[:n]) for n in range(1, len(nodes))]
    return (AnyOf((Filter("grid", "under", actor.scope), Filter("grid", "in", above))),)


def knows(actor: Actor, grid: str) -> bool:
    """Whether he may know of a round through `grid`."""
    if everywhere(actor):
        return True
    answers = actor.role not in OUTSIDERS and bool(actor.scope)
    return answers and (within(grid, actor.scope) or within(actor.scope, grid))


def part_of(actor: Actor, round: rounds.Round) -> str:
    """The node whose households of the round he sees: the round's own, or his where that is less."""
    return round.grid if everywhere(actor) or within(round.grid, actor.scope) else actor.scope


def must_round(engine: Engine, actor: Actor, id: str) -> rounds.Round:
    """Problem 404 if there is none, or the caller may not know of it."""
    state, version = engine.desk.state("round", id) if id.startswith("round-") else (rounds.INITIAL, 0)
    if not version or not knows(actor, rounds.known(state).grid):
        raise problems.not_found()
    return rounds.known(state)


def of_line(engine: Engine, actor: Actor, line: Recorded) -> bool | None:
    """Whether the caller may know of a line of the log; None for one that is none of a round's."""
    fact = line.fact
    match fact:
        case f.RoundOpened(grid=grid):
            return knows(actor, grid)
        case f.RoundClosed():
            state, _ = engine.desk.state("round", line.stream)
            return knows(actor, rounds.known(state).grid)
        case f.VisitAttempted(grid=grid) | f.VisitBooked(grid=grid) | f.BookingCancelled(grid=grid):
            return _at_work(actor, grid)
        case f.PlanMade(grids=grids):
            return any(_at_work(actor, grid) for grid in grids)
    return None


def _at_work(actor: Actor, grid: str) -> bool:
    if everywhere(actor):
        return True
    works = actor.role not in OUTSIDERS + COUNTS_ONLY and bool(actor.scope)
    return works and within(grid, actor.scope)


def must_target(engine: Engine, actor: Actor, household: str) -> Target:
    """The household to go to. Refused alike where there is none and where it is not the caller's: who asks of
    somebody else's learns nothing, not even where it lives."""
    target = target_of(engine, household)
    if not at_home(actor, target.grid):
        raise _unknown(household)
    return target


def target_of(engine: Engine, household: str) -> Target:
    """The household as the register has it now. Refused where it has none of that id."""
    state, _ = engine.desk.state("household", stream_of(household))
    if not isinstance(state, households.Living | households.Away):
        raise _unknown(household)
    of = state.household
    vacant = isinstance(state, households.Away)
    return Target(household, of.grid, of.people, of.kind or KIND_UNSAID, vacant)


def _unknown(household: str) -> Refused:
    return Refused(
        "visit.unknown-household",
        f"there is no household {household!r} where you answer for",
        help="register it first",
        household=household,
    )
