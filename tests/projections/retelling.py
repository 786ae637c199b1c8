"""A case told plainly from its facts, for the slow recount: rounds, shares, answers, no shortcuts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.complaint import facts as f
from domain.deadlines import Deadline
from domain.messages import Recorded
from projections.case import micros


@dataclass
class Share:
    unit: str
    lead: str
    asked: int
    due: int | None
    decline_due: int | None
    responded: int | None = None
    declined: int | None = None
    judged: int = 0
    taken_back: int | None = None

    @property
    def open(self) -> bool:
        return self.responded is None and self.declined is None and self.taken_back is None


@dataclass
class Round:
    number: int
    category: str
    track: str
    dispatch_due: int | None
    lead: str = ""
    dispatched: int | None = None
    dispatch_judged: int | None = None
    dues: list[int] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    resolved: int | None = None
    resolved_judged: int = 0
    follow_up_due: int | None = None
    answers: list[tuple[int, int, f.FollowUpRecorded]] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    checks: list[tuple[int, str]] = field(default_factory=list)
    ended: str = ""
    ended_at: int = 0
    unasked: str = ""
    """unreached or historic: nobody was asked, whatever came later."""
    unasked_at: int = 0
    closed: int | None = None
    repeated: bool = False
    lead_when_closed: str = ""

    @property
    def due(self) -> int | None:
        return self.dues[-1] if self.dues else None


def due_of(deadline: Deadline | None) -> int | None:
    return None if deadline is None else micros(deadline.due)


def told(lines: Sequence[Recorded]) -> tuple[f.ComplaintRegistered, int, str, list[Round]]:
    first = lines[0].fact
    assert isinstance(first, f.ComplaintRegistered)
    category = first.category
    rounds = [Round(1, category, "", due_of(first.dispatch))]
    for line in lines[1:]:
        at, now, fact = micros(line.occurred_at), rounds[-1], line.fact
        if isinstance(fact, f.ComplaintReclassified):
            category = now.category = fact.category
        elif isinstance(fact, f.ComplaintReopened):
            now.ended, now.ended_at = "reopened", at
            rounds.append(Round(fact.round, category, now.track, due_of(fact.dispatch)))
        elif isinstance(fact, f.RecurrenceSuspected):
            for each in reversed(rounds):
                if each.closed is not None:
                    each.repeated = True
                    break
        else:
            tell(now, fact, at)
    return first, micros(lines[0].occurred_at), category, rounds


def tell(now: Round, fact: Any, at: int) -> None:
    match fact:
        case f.ComplaintDispatched():
            for share in now.shares:
                if share.open:
                    share.taken_back = at
            for task in fact.tasks:
                asked, limit = due_of(task.response), due_of(task.decline)
                now.shares.append(Share(task.unit, fact.lead, at, asked, limit))
            if now.dispatched is None or (now.dispatch_judged is None and fact.judged_at is not None):
                now.dispatched = at  # history may tell the moment of a dispatch only later
                now.dispatch_judged = None if fact.judged_at is None else micros(fact.judged_at)
            now.lead, now.track = fact.lead, fact.track
            if fact.resolution and micros(fact.resolution.due) not in now.dues[-1:]:
                now.dues.append(micros(fact.resolution.due))
        case f.DispatchDeclined(unit=unit, lead=lead):
            share = next(s for s in now.shares if s.unit == unit and s.open)
            share.declined, share.judged = at, micros(fact.judged_at)
            if lead:
                now.lead = ""
                for other in now.shares:
                    if other.open:
                        other.taken_back = at
        case f.UnitResponded(unit=unit):
            share = next(s for s in now.shares if s.unit == unit and s.open)
            share.responded, share.judged = at, micros(fact.judged_at)
        case f.TrackChanged(track=track):
            now.track = track
        case f.ExtensionGranted(resolution=resolution):
            now.dues.append(micros(resolution.due))
        case f.ResolutionReported():
            now.resolved, now.resolved_judged = at, micros(fact.judged_at)
            now.follow_up_due = due_of(fact.follow_up)
        case f.FollowUpAttempted():
            now.attempts.append(at)
        case f.FollowUpRecorded():
            now.answers.append((at, micros(fact.judged_at), fact))
        case f.SpotCheckRecorded(result=result):
            now.checks.append((at, result))
        case f.ComplaintRejected():
            now.ended, now.ended_at = "rejected", at
        case f.ComplaintWithdrawn():
            now.ended, now.ended_at = "withdrawn", at
        case f.ComplaintMerged():
            now.ended, now.ended_at = "merged", at
        case f.MergeUndone():
            now.ended, now.ended_at = "", 0
        case f.ComplaintClosed():
            now.ended, now.ended_at, now.closed, now.lead_when_closed = "closed", at, at, now.lead
        case f.HistoricallyClosed():
            now.unasked, now.unasked_at, now.closed, now.lead_when_closed = "historic", at, at, now.lead
        case f.ComplaintLeftUnreached():
            now.unasked, now.unasked_at = "unreached", at
