"""Who may know of a household, and what of it: whoever answers for the place it lives in (or lived in last).

Residents and units know of none. An address is for who reads words at all; a name is masked, a number said to
nobody: both in full only by `reveal`.
"""

from api import problems
from api.sight import EVERYTHING, NOTHING, everywhere
from domain.households import dwelling as dwellings
from domain.households import household as households
from domain.households.facts import TenancyStarted
from domain.households.rules import ID, stream_of
from domain.messages import Actor, Recorded
from domain.organisation import within
from engine.engine import Engine
from engine.read import Condition, Filter
from projections.households.register import Household, fold

OUTSIDERS = ("resident", "unit")


def of_households(actor: Actor) -> Condition:
    """Which rows of households, dwellings and counts the caller may know of."""
    if everywhere(actor):
        return EVERYTHING
    if actor.role in OUTSIDERS or not actor.scope:
        return NOTHING
    return Filter("grid", "under", actor.scope)


def knows(actor: Actor, grid: str) -> bool:
    if everywhere(actor):
        return True
    return actor.role not in OUTSIDERS and bool(actor.scope) and within(grid, actor.scope)


def find(engine: Engine, id: str) -> Household | None:
    """As it stands in its own facts, never behind; None if there is none."""
    found: Household | None = None
    for line in engine.log.stream(stream_of(id)) if ID.fullmatch(id) else ():
        found = fold(found, line)
    return found


def must_household(engine: Engine, actor: Actor, id: str) -> Household:
    """Problem 404 if there is none, or the caller may not know of it."""
    found = find(engine, id)
    if found is None or not knows(actor, found.grid):
        raise problems.not_found()
    return found


def must_dwelling(engine: Engine, actor: Actor, id: str) -> dwellings.Dwelling:
    """Problem 404 if there is none, or the caller may not know of it."""
    state, _ = engine.desk.state("dwelling", id) if id.startswith("dw-") else (dwellings.INITIAL, 0)
    if not isinstance(state, dwellings.Dwelling) or not knows(actor, state.grid):
        raise problems.not_found()
    return state


def of_line(engine: Engine, actor: Actor, line: Recorded) -> bool | None:
    """Whether the caller may know of a line of the log; None for one that is of no household or dwelling."""
    kind, _, _ = line.stream.partition("-")
    match kind:
        case "hh":
            state, _ = engine.desk.state("household", line.stream)
            return not isinstance(state, households.Unregistered) and knows(actor, state.household.grid)
        case "dw":
            state, _ = engine.desk.state("dwelling", line.stream)
            return isinstance(state, dwellings.Dwelling) and knows(actor, state.grid)
        case "ten":
            fact = next(iter(engine.log.stream(line.stream))).fact
            return isinstance(fact, TenancyStarted) and knows(actor, fact.grid)
    return None
