"""The projection of care plans: a row for each household that is or was looked after."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.care import facts as f
from domain.messages import Recorded, Sealed
from projections.case import Kept, micros
from projections.rowing import listed
from projections.views import Row, Table

PLANS = Table(
    "care_plans",
    {
        "id": "text",
        "household": "text",
        "person": "text",
        "grid": "text",
        "grounds": "text",
        "risk": "text",
        "cadence_days": "int",
        "worker": "text",
        "state": "text",
        "opened_on": "text",
        "opened_at": "int",
        "last_visit": "text",
        "due_on": "text",
        "visit_by": "int",
        "next_by": "int",
        "kept": "int",
        "missed": "int",
        "mended": "int",
        "unanswered": "int",
        "emergencies": "int",
        "emergencies_open": "int",
        "rules": "text",
        "contact": "text",
        "note": "text",
        "closed_at": "int",
        "closed_for": "text",
        "version": "int",
        "position": "int",
        "opened_position": "int",
    },
    key=("id",),
    indexes=(
        ("visit_by",),
        ("next_by",),
        ("opened_position",),
        ("grid", "visit_by"),
        ("worker", "visit_by"),
        ("household",),
    ),
)
"""`state`: active, closed. `due_on` ends the period that runs; `visit_by` is the end of the first day by
which a visit was or is due and none has come since, null once the plan is closed: overdue comes first.
`next_by` is when the engine looks again. `missed` counts the misses recorded, `mended` those of them whose
visit became known later, `unanswered` those since the last visit; `kept` the periods kept, mended ones
included. `emergencies_open` have no hand-over yet. `contact` and `note` are sealed."""


NOTICES = Table(
    "care_notices",
    {
        "plan": "text",
        "notice": "text",
        "household": "text",
        "grid": "text",
        "worker": "text",
        "text": "text",
        "sent_by": "text",
        "sent_at": "int",
        "sent_position": "int",
        "delivered_at": "int",
        "delivered_by": "text",
        "method": "text",
        "evidence": "text",
    },
    key=("plan", "notice"),
    indexes=(("notice",), ("sent_position",)),
)
"""One row for each household a notice was sent to; `delivered_at` is null until it is known to have got
there. `text` is sealed, `evidence` a list as JSON."""


class Notice(NamedTuple):
    notice: str
    text: str
    sent_by: str
    sent_at: int
    sent_position: int
    delivered_at: int = 0
    delivered_by: str = ""
    method: str = ""
    evidence: tuple[str, ...] = ()


class Plan(NamedTuple):
    id: str
    state: str
    version: int
    position: int
    opened_position: int
    opened_at: int
    household: str
    person: str
    grid: str
    grounds: str
    risk: str
    cadence_days: int
    worker: str
    opened_on: str
    due_on: str
    due: int
    next_by: int
    rules: str
    last_visit: str = ""
    kept: int = 0
    missed: int = 0
    mended: int = 0
    unanswered: tuple[int, ...] = ()
    """The ends of the periods missed since the last visit, in microseconds."""
    open_emergencies: tuple[int, ...] = ()
    emergencies: int = 0
    notices: tuple[Notice, ...] = ()
    contact: str = ""
    note: str = ""
    closed_at: int = 0
    closed_for: str = ""

    @property
    def visit_by(self) -> int:
        return self.unanswered[0] if self.unanswered else self.due


def fold(state: Plan | None, line: Recorded) -> Plan:
    """The plan after the fact. ValueError for a stream that does not begin with its opening."""
    fact = line.fact
    if isinstance(fact, f.CarePlanOpened):
        return _opened(fact, line, state)
    if state is None:
        raise ValueError(f"{line.stream} does not begin with its opening")
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.CareVisitRecorded():
            return _visited(state, fact)
        case f.CareVisitMissed():
            return state._replace(
                missed=state.missed + 1,
                unanswered=(*state.unanswered, micros(fact.due)),
                due_on=fact.next_on.isoformat(),
                due=micros(fact.next_due),
                next_by=micros(fact.next_by),
            )
        case f.CareRiskChanged():
            return state._replace(
                risk=fact.risk,
                cadence_days=fact.cadence_days,
                due_on=fact.due_on.isoformat(),
                due=micros(fact.due),
                next_by=micros(fact.next_by),
                rules=fact.rules,
            )
        case f.CareHandedOver(worker=worker):
            return state._replace(worker=worker)
        case f.CareMoved(grid=grid, worker=worker):
            return state._replace(grid=grid, worker=worker)
        case f.EmergencyAnswered():
            return _answered(state, fact)
        case f.NoticeSent(notice=notice):
            text, by = _kept(line, fact.text, "text"), line.actor.person
            told = Notice(notice, text, by, micros(line.occurred_at), line.position)
            return state._replace(notices=(*state.notices, told))
        case f.NoticeDelivered():
            return state._replace(notices=tuple([_delivered(each, fact, line) for each in state.notices]))
        case f.CarePlanClosed(reason=reason):
            return state._replace(state="closed", closed_at=micros(line.occurred_at), closed_for=reason)
    return state


def _opened(fact: f.CarePlanOpened, line: Recorded, before: Plan | None) -> Plan:
    """A plan opened again keeps what was counted."""
    new = Plan(
        id=line.stream,
        state="active",
        version=line.version,
        position=line.position,
        opened_position=line.position,
        opened_at=micros(line.occurred_at),
        household=fact.household,
        person=fact.person,
        grid=fact.grid,
        grounds=fact.grounds,
        risk=fact.risk,
        cadence_days=fact.cadence_days,
        worker=fact.worker,
        opened_on=fact.opened_on.isoformat(),
        due_on=fact.due_on.isoformat(),
        due=micros(fact.due),
        next_by=micros(fact.next_by),
        rules=fact.rules,
        contact=_kept(line, fact.contact, "contact"),
        note=_kept(line, fact.note, "note"),
    )
    if before is None:
        return new
    return new._replace(
        last_visit=before.last_visit,
        kept=before.kept,
        missed=before.missed,
        mended=before.mended,
        emergencies=before.emergencies,
        notices=before.notices,
        open_emergencies=before.open_emergencies,
    )


def _visited(state: Plan, fact: f.CareVisitRecorded) -> Plan:
    if fact.mended:
        left = tuple(each for each in state.unanswered if each != micros(fact.due))
        state = state._replace(mended=state.mended + 1, unanswered=left)
    elif fact.kept:
        state = state._replace(unanswered=())
    if fact.kept:
        last = max(state.last_visit, fact.visited_on.isoformat())
        state = state._replace(kept=state.kept + 1, last_visit=last)
    if fact.next_on is not None and fact.next_due is not None and fact.next_by is not None:
        state = state._replace(
            due_on=fact.next_on.isoformat(), due=micros(fact.next_due), next_by=micros(fact.next_by)
        )
    return state


def _answered(state: Plan, fact: f.EmergencyAnswered) -> Plan:
    left = tuple(each for each in state.open_emergencies if each != fact.emergency)
    known = fact.emergency in state.open_emergencies
    over = any(each.step == "handed_over" for each in fact.moments)
    again = not over and (known or fact.emergency > state.emergencies)
    return state._replace(
        emergencies=max(state.emergencies, fact.emergency),
        open_emergencies=(*left, fact.emergency) if again else left,
    )


def _delivered(notice: Notice, fact: f.NoticeDelivered, line: Recorded) -> Notice:
    if notice.notice != fact.notice:
        return notice
    return notice._replace(
        delivered_at=micros(line.occurred_at),
        delivered_by=line.actor.person,
        method=fact.method,
        evidence=fact.evidence,
    )


def _kept(line: Recorded, value: Sealed | None, field: str) -> str:
    if value is None:
        return ""
    name = str(type(line.fact).NAME)  # type: ignore[attr-defined]
    return Kept(value, line.stream, line.version, name, field).json


class CarePlans:
    NAME = "care_plans"
    VERSION = 2
    TABLES = (PLANS, NOTICES)
    FACTS: frozenset[type] = frozenset(f.CareFact.__args__)
    STATE = Plan

    def subject(self, line: Recorded) -> str:
        """A plan is its stream."""
        return line.stream

    def fold(self, state: Plan | None, line: Recorded) -> Plan:
        return fold(state, line)

    def rows(self, state: Plan) -> Mapping[str, Sequence[Row]]:
        return {"care_plans": [row(state)], "care_notices": notice_rows(state)}

    def marks(self, before: Plan | None, after: Plan, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(state: Plan) -> Row:
    active = state.state == "active"
    return {
        "id": state.id,
        "household": state.household,
        "person": state.person,
        "grid": state.grid,
        "grounds": state.grounds,
        "risk": state.risk,
        "cadence_days": state.cadence_days,
        "worker": state.worker,
        "state": state.state,
        "opened_on": state.opened_on,
        "opened_at": state.opened_at,
        "last_visit": state.last_visit or None,
        "due_on": state.due_on if active else None,
        "visit_by": state.visit_by if active else None,
        "next_by": state.next_by if active else None,
        "kept": state.kept,
        "missed": state.missed,
        "mended": state.mended,
        "unanswered": len(state.unanswered) if active else 0,
        "emergencies": state.emergencies,
        "emergencies_open": len(state.open_emergencies),
        "rules": state.rules,
        "contact": state.contact or None,
        "note": state.note or None,
        "closed_at": state.closed_at or None,
        "closed_for": state.closed_for or None,
        "version": state.version,
        "position": state.position,
        "opened_position": state.opened_position,
    }


def notice_rows(state: Plan) -> list[Row]:
    return [
        {
            "plan": state.id,
            "notice": each.notice,
            "household": state.household,
            "grid": state.grid,
            "worker": state.worker,
            "text": each.text,
            "sent_by": each.sent_by,
            "sent_at": each.sent_at,
            "sent_position": each.sent_position,
            "delivered_at": each.delivered_at or None,
            "delivered_by": each.delivered_by or None,
            "method": each.method or None,
            "evidence": listed(each.evidence),
        }
        for each in state.notices
    ]


CARE_PLANS = CarePlans()
