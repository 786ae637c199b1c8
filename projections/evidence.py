"""The projection of evidence: which streams name a photograph or a paper. Whoever may know of one of them may
look at it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.capture.facts import CaptureKept
from domain.complaint import facts as c
from domain.duties import facts as d
from domain.messages import Recorded
from domain.patrols.facts import PatrolRecorded, RecurrenceLooked, SweepGridChecked
from domain.points import facts as p
from domain.visits.facts import VisitAttempted
from projections.views import Row, Table

EVIDENCE = Table(
    "evidence",
    {"evidence": "text", "stream": "text"},
    key=("evidence", "stream"),
)
"""`evidence` is the SHA-256 of what is kept; one row per stream that names it."""


class Named(NamedTuple):
    """All that a stream has named so far."""

    stream: str
    version: int
    ids: tuple[str, ...] = ()


def named(fact: object) -> tuple[str, ...]:
    """The evidence a fact names."""
    match fact:
        case c.EvidenceAttached() | c.ResolutionReported() | p.ClaimFiled():
            return fact.evidence
        case d.DutyDone() | d.DutyDoneLate():
            return fact.evidence
        case c.FollowUpRecorded() | c.SpotCheckRecorded() | CaptureKept() | VisitAttempted():
            return fact.photos
        case PatrolRecorded() | SweepGridChecked() | RecurrenceLooked():
            return fact.evidence
        case p.RedemptionRequested(consent=id) | p.RedemptionFulfilled(delivery=id):
            return (id,) if id else ()
    return ()


class Evidence:
    NAME = "evidence"
    VERSION = 5
    TABLES = (EVIDENCE,)
    FACTS: frozenset[type] = frozenset(
        {
            c.EvidenceAttached,
            c.ResolutionReported,
            c.FollowUpRecorded,
            c.SpotCheckRecorded,
            CaptureKept,
            d.DutyDone,
            d.DutyDoneLate,
            p.ClaimFiled,
            PatrolRecorded,
            SweepGridChecked,
            RecurrenceLooked,
            VisitAttempted,
            p.RedemptionRequested,
            p.RedemptionFulfilled,
        }
    )
    STATE = Named

    def subject(self, line: Recorded) -> str:
        return line.stream

    def fold(self, state: Named | None, line: Recorded) -> Named:
        before = state.ids if state else ()
        return Named(line.stream, line.version, tuple(dict.fromkeys((*before, *named(line.fact)))))

    def rows(self, state: Named) -> Mapping[str, Sequence[Row]]:
        return {"evidence": [{"evidence": id, "stream": state.stream} for id in state.ids]}

    def marks(self, before: Named | None, after: Named, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


KEPT = Evidence()
