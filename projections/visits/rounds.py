"""The projection of rounds: one row each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.visits import facts as f
from projections.case import micros
from projections.rowing import kept
from projections.views import Row
from projections.visits.tables import ROUNDS


class Round(NamedTuple):
    id: str
    name: str
    grid: str
    from_day: str
    to_day: str
    state: str
    opened_by: str
    opened_at: int
    version: int
    position: int
    opened_position: int
    closed_by: str = ""
    closed_at: int = 0
    reason: str = ""


def fold(state: Round | None, line: Recorded) -> Round:
    """The round after the fact. ValueError for a stream that does not begin with its opening."""
    at, by = micros(line.occurred_at), line.actor.person
    match line.fact:
        case f.RoundOpened(name, grid, first, last):
            return Round(
                line.stream,
                name,
                grid,
                first.isoformat(),
                last.isoformat(),
                "open",
                by,
                at,
                line.version,
                line.position,
                line.position,
            )
        case f.RoundClosed(reason) if state is not None:
            return state._replace(
                state="closed",
                closed_by=by,
                closed_at=at,
                reason="" if reason is None else kept(line, reason, "reason").json,
                version=line.version,
                position=line.position,
            )
    raise ValueError(f"{line.stream} does not begin with its opening")


class Rounds:
    NAME = "visit-rounds"
    VERSION = 1
    TABLES = (ROUNDS,)
    FACTS: frozenset[type] = frozenset({f.RoundOpened, f.RoundClosed})
    STATE = Round

    def subject(self, line: Recorded) -> str:
        """A round is its stream."""
        return line.stream

    def fold(self, state: Round | None, line: Recorded) -> Round:
        return fold(state, line)

    def rows(self, state: Round) -> Mapping[str, Sequence[Row]]:
        return {"visit_rounds": [row(state)]}

    def marks(self, before: Round | None, after: Round, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(state: Round) -> Row:
    return state._asdict() | {"closed_at": state.closed_at or None, "reason": state.reason or None}


VISIT_ROUNDS = Rounds()
