"""Who may know of a care plan, and who reads what was noted of the household.

A plan is known to those who answer for its place: its grid members, the dispatcher, the street. What was
noted is read by the worker who looks after the household and by its community's dispatcher; others who answer
for the place read one field with a reason, for half an hour. The panel, analysts and residents know of none.
"""

from datetime import datetime

from api import problems
from api.sight import NOTHING
from domain import care, people
from domain.households import household as households
from domain.messages import Actor
from domain.organisation import within
from domain.refusals import Refused
from engine.engine import Engine
from engine.holding import holds
from engine.read import Condition, Filter
from projections.care.plans import Plan, fold

READERS = ("gridworker", "dispatcher", "street")

FIELD_OF = {
    "health": "health",
    "safety": "safety",
    "wishes": "wishes",
    "contact": "contact",
    "note": "note",
    "who": "emergency",
    "what": "emergency",
    "text": "reason",
}
"""Which field has to be read for a sealed value of a fact. A reason, and what a notice says, everybody
sees."""


def of_plans(actor: Actor) -> Condition:
    """What a list of this caller is narrowed to."""
    if actor.role not in READERS or not actor.scope:
        return NOTHING
    return Filter("grid", "under", actor.scope)


def knows(actor: Actor, grid: str) -> bool:
    """Whether he may know of a plan of a household that lives there."""
    return holds(of_plans(actor), {"grid": grid})


def find(engine: Engine, id: str, version: int | None = None) -> Plan | None:
    """The plan as it is now, or at a version, folded from its own facts: never behind."""
    found: Plan | None = None
    for line in engine.log.stream(id) if id.startswith("care-") else ():
        if version is None or line.version <= version:
            found = fold(found, line)
    return found


def must_plan(engine: Engine, actor: Actor, id: str) -> Plan:
    """Problem 404 if there is none, or the caller may not know of it."""
    found = find(engine, id)
    if found is None or not knows(actor, found.grid):
        raise problems.not_found()
    return found


def readable(engine: Engine, actor: Actor, id: str) -> frozenset[str]:
    """The sealed fields of the plan the caller may read now."""
    state, _ = engine.desk.state("care-plan", id)
    if isinstance(state, care.Unopened):
        return frozenset()
    if care.reads_sealed(state.plan, actor, engine.desk.stage().organisation):
        return frozenset(care.FIELDS)
    now = engine.clock()
    return frozenset(
        each.field for each in state.plan.revealed if each.person == actor.person and each.until_at > now
    )


def home_of(engine: Engine, actor: Actor, household: str) -> tuple[str, datetime]:
    """Where the household lives, and from when on the register has it. Refused alike where there is none and
    where it is not the caller's."""
    state, _ = engine.desk.state("household", care.household_stream(household))
    lives = state.household if isinstance(state, households.Living) else None
    if lives is None or not actor.scope or not within(lives.grid, actor.scope):
        raise Refused(
            "care.unknown-household",
            f"no household {household!r} lives where you answer for",
            help="register it first",
            household=household,
        )
    first = engine.log.stream(care.household_stream(household))[0]
    return lives.grid, first.occurred_at


def not_erased(engine: Engine, person: str) -> None:
    """Refused where nothing more may be said of whom a plan would name."""
    state, _ = engine.desk.state("person", people.stream_of(person))
    if state.erased:
        raise Refused("person.erased", "this person was erased", help="person: nobody, or another of them")
