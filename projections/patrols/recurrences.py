"""The projection of looks after a closing: one row a case, its last watch."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.patrols import facts as f
from projections.case import micros
from projections.patrols.tables import RECURRENCES
from projections.rowing import kept
from projections.views import Row


class Recurrence(NamedTuple):
    id: str
    case: str
    round: int
    category: str
    grid: str
    state: str
    look_from: str
    until: str
    due: int
    looker: str
    set_by: str
    set_at: int
    note: str
    version: int
    position: int
    set_position: int
    looks: int = 0
    missed: bool = False
    result: str = ""
    complaint: str = ""
    reopened: bool = False
    last_on: str = ""


def fold(state: Recurrence | None, line: Recorded) -> Recurrence:
    """The watch after the fact. ValueError for a stream that does not begin with one."""
    fact = line.fact
    if isinstance(fact, f.RecurrenceWatchSet):
        return Recurrence(
            line.stream,
            fact.case,
            fact.round,
            fact.category,
            fact.grid,
            "watching",
            fact.look_from.isoformat(),
            fact.until.isoformat(),
            micros(fact.due),
            fact.looker,
            line.actor.person,
            micros(line.occurred_at),
            "" if fact.note is None else kept(line, fact.note, "note").json,
            line.version,
            line.position,
            line.position,
        )
    if state is None:
        raise ValueError(f"{line.stream} does not begin with a watch")
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.RecurrenceLooked():
            return state._replace(
                state=fact.result if fact.ends else state.state,
                looks=state.looks + 1,
                result=fact.result,
                complaint=fact.complaint,
                reopened=fact.reopened,
                last_on=fact.looked_on.isoformat(),
            )
        case f.RecurrenceLookMissed():
            return state._replace(missed=True)
        case f.RecurrenceWatchEnded():
            return state._replace(state="ended")
    return state


def row(state: Recurrence) -> Row:
    waits = state.state == "watching" and not state.missed
    return state._asdict() | {
        "missed": int(state.missed),
        "reopened": int(state.reopened),
        "note": state.note or None,
        "next_by": state.due if waits else None,
    }


class Recurrences:
    NAME = "recurrence-watches"
    VERSION = 1
    TABLES = (RECURRENCES,)
    FACTS: frozenset[type] = frozenset(f.RecurrenceFact.__args__)
    STATE = Recurrence

    def subject(self, line: Recorded) -> str:
        """All watches of one case are one stream."""
        return line.stream

    def fold(self, state: Recurrence | None, line: Recorded) -> Recurrence:
        return fold(state, line)

    def rows(self, state: Recurrence) -> Mapping[str, Sequence[Row]]:
        return {"recurrence_watches": [row(state)]}

    def marks(
        self, before: Recurrence | None, after: Recurrence, line: Recorded
    ) -> Mapping[str, Sequence[Row]]:
        return {}


RECURRENCE_WATCHES = Recurrences()
