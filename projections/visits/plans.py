"""The projection of plans: a row each, and one for each household to go to, in the order to go."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.visits import facts as f
from projections.case import micros
from projections.rowing import listed
from projections.views import Row
from projections.visits.tables import PLANS, STOPS


class Plan(NamedTuple):
    id: str
    round: str
    worker: str
    day: str
    grids: tuple[str, ...]
    shares: tuple[tuple[str, str, tuple[str, ...]], ...]
    rule: str
    made_by: str
    made_at: int
    version: int
    position: int


def fold(state: Plan | None, line: Recorded) -> Plan:
    fact = line.fact
    assert isinstance(fact, f.PlanMade)
    return Plan(
        line.stream,
        fact.round,
        fact.worker,
        fact.day.isoformat(),
        fact.grids,
        tuple((share.window, share.mode, share.households) for share in fact.shares),
        fact.rule,
        line.actor.person,
        micros(line.occurred_at),
        line.version,
        line.position,
    )


class Plans:
    NAME = "visit-plans"
    VERSION = 1
    TABLES = (PLANS, STOPS)
    FACTS: frozenset[type] = frozenset({f.PlanMade})
    STATE = Plan

    def subject(self, line: Recorded) -> str:
        """A worker's day is its stream."""
        return line.stream

    def fold(self, state: Plan | None, line: Recorded) -> Plan:
        return fold(state, line)

    def rows(self, state: Plan) -> Mapping[str, Sequence[Row]]:
        return {"visit_plans": [row(state)], "visit_stops": stops(state)}

    def marks(self, before: Plan | None, after: Plan, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(state: Plan) -> Row:
    return {
        "id": state.id,
        "round": state.round,
        "worker": state.worker,
        "day": state.day,
        "grids": listed(state.grids),
        "households": sum(len(households) for _, _, households in state.shares),
        "rule": state.rule,
        "made_by": state.made_by,
        "made_at": state.made_at,
        "version": state.version,
        "position": state.position,
    }


def stops(state: Plan) -> list[Row]:
    """Whoever visits first comes first."""
    going = [(window, mode, each) for window, mode, households in state.shares for each in households]
    return [
        {
            "plan": state.id,
            "place": place,
            "round": state.round,
            "worker": state.worker,
            "day": state.day,
            "window": window,
            "mode": mode,
            "household": household,
        }
        for place, (window, mode, household) in enumerate(going, 1)
    ]


VISIT_PLANS = Plans()
