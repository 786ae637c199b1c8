"""The projection of what became of the periods: one row for each that is done or missed.

Its subject is the period, not the series: a grid's daily patrol has thousands, and each fact touches one row.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.duties import facts as f
from domain.messages import Recorded, Sealed
from projections.case import micros
from projections.rowing import kept, listed
from projections.views import Row, Table

PERIODS = Table(
    "duty_periods",
    {
        "series": "text",
        "period": "text",
        "what": "text",
        "place": "text",
        "state": "text",
        "first": "text",
        "last": "text",
        "dated": "text",
        "moved_for": "text",
        "opens_at": "int",
        "due_by": "int",
        "missed_at": "int",
        "done_at": "int",
        "done_by": "text",
        "fact": "text",
        "cause": "text",
        "note": "text",
        "evidence": "text",
        "explanation": "text",
        "explained_by": "text",
        "position": "int",
    },
    key=("series", "period"),
    indexes=(("due_by",), ("place", "due_by"), ("state", "due_by")),
)
"""`state`: done (in time), missed, late (missed, and done afterwards), told_late (missed, and done in time as
was told within 72 hours). `fact` and `cause` name what did it, null where it was noted by hand. `note` and
`explanation` are sealed. `evidence` is JSON."""


class Period(NamedTuple):
    """Moments are microseconds since 1970 UTC; 0 where there is none."""

    series: str
    period: str
    what: str
    place: str
    state: str
    first: str
    last: str
    dated: str
    moved_for: str
    opens_at: int
    due_by: int
    position: int
    missed_at: int = 0
    done_at: int = 0
    done_by: str = ""
    fact: str = ""
    cause: str = ""
    note: str = ""
    evidence: str = "[]"
    explanation: str = ""
    explained_by: str = ""


def fold(period: Period | None, line: Recorded) -> Period:
    """ValueError for an explanation of what was never missed."""
    match line.fact:
        case f.DutyDone() as fact:
            return done(begun(fact.what, fact.place, fact.period, "done", line), fact, line)
        case f.DutyMissed() as fact:
            found = begun(fact.what, fact.place, fact.period, "missed", line)
            return found._replace(missed_at=micros(line.occurred_at))
        case f.DutyDoneLate() as fact if period is not None:
            state = "told_late" if fact.in_time else "late"
            return done(period._replace(state=state), fact, line)
        case f.DutyExplained() as fact if period is not None:
            return period._replace(
                explanation=kept(line, fact.reason, "reason").json,
                explained_by=line.actor.person,
                position=line.position,
            )
    raise ValueError(f"{line.stream} says something of a period that was never decided")


def begun(what: str, place: str, told: f.Period, state: str, line: Recorded) -> Period:
    return Period(
        series=line.stream,
        period=told.key,
        what=what,
        place=place,
        state=state,
        first=told.first.isoformat(),
        last=told.last.isoformat(),
        dated=told.dated.isoformat() if told.dated else "",
        moved_for=told.reason,
        opens_at=micros(told.opens),
        due_by=micros(told.due),
        position=line.position,
    )


def done(period: Period, fact: f.DutyDone | f.DutyDoneLate, line: Recorded) -> Period:
    return period._replace(
        done_at=micros(line.occurred_at),
        done_by=line.actor.person,
        fact=fact.by,
        cause=fact.cause,
        note=sealed(line, fact.note),
        evidence=listed(fact.evidence),
        position=line.position,
    )


def sealed(line: Recorded, note: Sealed | None) -> str:
    return "" if note is None else kept(line, note, "note").json


class AllPeriods:
    NAME = "duty-periods"
    VERSION = 1
    TABLES = (PERIODS,)
    FACTS: frozenset[type] = frozenset({f.DutyDone, f.DutyMissed, f.DutyDoneLate, f.DutyExplained})
    STATE = Period

    def subject(self, line: Recorded) -> str:
        """The period the fact is about: its series and its key."""
        fact = line.fact
        key = fact.period if isinstance(fact, f.DutyExplained) else fact.period.key  # type: ignore[attr-defined]
        return f"{line.stream}|{key}"

    def fold(self, state: Period | None, line: Recorded) -> Period:
        return fold(state, line)

    def rows(self, state: Period) -> Mapping[str, Sequence[Row]]:
        return {"duty_periods": [row(state)]}

    def marks(self, before: Period | None, after: Period, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(period: Period) -> Row:
    kept_as_they_are = ("series", "period", "evidence")
    return {
        name: value if name in kept_as_they_are else value or None for name, value in period._asdict().items()
    }


PERIODS_OF_DUTIES = AllPeriods()
