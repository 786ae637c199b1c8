"""How each fact changes what is awaited. Never refuses, never reads a clock: what happened, happened.

A fact may arrive late (history from a later file) or be folded without its neighbours (the state as of a
day): then it adds to the record and does not move the case back.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from domain.complaint import facts
from domain.complaint.facts import Fact
from domain.complaint.state import (
    OPEN,
    Answer,
    Attempt,
    AwaitingDispatch,
    AwaitingFollowUp,
    AwaitingResponse,
    BeingHandled,
    Case,
    Closed,
    ExtensionAsked,
    Granted,
    Joined,
    Merged,
    Noticed,
    Rating,
    Registered,
    Rejected,
    Responded,
    Round,
    State,
    Unreached,
    Unregistered,
    Withdrawn,
)
from domain.messages import Envelope

Intake = (
    facts.ComplaintReclassified
    | facts.ComplaintMerged
    | facts.ComplaintJoined
    | facts.MergeUndone
    | facts.ComplaintParted
    | facts.ComplaintSplit
    | facts.ComplaintSupported
    | facts.ComplaintRejected
    | facts.ComplaintWithdrawn
    | facts.ComplaintAdopted
    | facts.RecurrenceSuspected
)
Handling = (
    facts.ComplaintDispatched
    | facts.DispatchDeclined
    | facts.UnitResponded
    | facts.JointSessionHeld
    | facts.TrackChanged
    | facts.ProgressNoted
    | facts.EvidenceAttached
    | facts.ExtensionRequested
    | facts.ExtensionGranted
    | facts.ExtensionRefused
    | facts.ResolutionReported
)
FollowedUp = (
    facts.FollowUpAttempted
    | facts.FollowUpRecorded
    | facts.ResidentRated
    | facts.SpotCheckRecorded
    | facts.ComplaintClosed
    | facts.ComplaintLeftUnreached
    | facts.HistoricallyClosed
    | facts.ComplaintReopened
)
Clock = (
    facts.ComplaintUrged
    | facts.SupervisionRaised
    | facts.ComplaintEscalated
    | facts.DispatchOverdue
    | facts.ResponseOverdue
    | facts.ResolutionOverdue
    | facts.FollowUpOverdue
    | facts.DeadlineRederived
)
TASK_FORCE = "task_force"


def evolve(state: State, fact: Fact, envelope: Envelope) -> State:
    """The state after the fact."""
    if isinstance(fact, facts.ComplaintRegistered):
        return _registered(fact, envelope)
    before = AwaitingDispatch(_unknown(envelope)) if isinstance(state, Unregistered) else state
    if isinstance(fact, Intake):
        return _intake(before, fact, envelope)
    if isinstance(fact, Handling):
        return _handling(before, fact, envelope)
    if isinstance(fact, FollowedUp):
        return _followed_up(before, fact, envelope)
    if isinstance(fact, Clock):
        return _clock(before, fact)
    if isinstance(fact, facts.FieldRedacted):
        return before
    if isinstance(fact, facts.PersonalDataRevealed):
        return _with(before, revealed=before.case.revealed_after(fact, envelope))
    assert_never(fact)


def _registered(fact: facts.ComplaintRegistered, envelope: Envelope) -> AwaitingDispatch:
    at, actor = envelope.occurred_at, envelope.actor
    return AwaitingDispatch(
        Case(
            category=fact.category,
            category_version=fact.category_version,
            first_category=fact.category,
            urgency=fact.urgency,
            channel=fact.channel,
            origin=fact.origin,
            grid=fact.grid,
            record=fact.record,
            source=fact.source,
            external_number=fact.external_number,
            registered_at=at,
            milestone_at=at,
            round=Round(1, at, fact.dispatch),
            registered_by=actor.person if actor.role == "resident" else "",
            own_reporters=(fact.reporter,) if fact.reporter else (),
        )
    )


def _unknown(envelope: Envelope) -> Case:
    """The record of a case whose registration is not among the facts folded (the state as of a day)."""
    at = envelope.occurred_at
    return Case("", "", "", "", "", "", "", "", "", "", at, at, Round(1, at))


# ------------------------------------------------------------------ small changes


def _with(state: Registered, **changes: Any) -> Registered:
    return replace(state, case=state.case._replace(**changes))


def _in_round(state: Registered, **changes: Any) -> Registered:
    case = state.case
    return replace(state, case=case._replace(round=case.round._replace(**changes)))


def _milestone(case: Case, at: datetime, **changes: Any) -> Case:
    """The record after a milestone; a late entry does not move the latest one back."""
    return case._replace(milestone_at=max(case.milestone_at, at), round=case.round._replace(**changes))


def _acted(case: Case, envelope: Envelope) -> frozenset[str]:
    return case.round.handlers | {envelope.actor.person}


# ------------------------------------------------------------------ intake


def _intake(state: Registered, fact: Intake, envelope: Envelope) -> State:
    case, at = state.case, envelope.occurred_at
    match fact:
        case facts.ComplaintReclassified():
            return _with(state, category=fact.category, category_version=fact.category_version)
        case facts.ComplaintMerged():
            before = state if isinstance(state, OPEN) else AwaitingDispatch(case)
            return Merged(_milestone(case, at, ended="merged", ended_at=at), fact.into, before)
        case facts.MergeUndone():
            back = state.before if isinstance(state, Merged) else state
            return replace(back, case=_milestone(case, at, ended="", ended_at=None))
        case facts.ComplaintJoined():
            return _with(state, joined=(*case.joined, Joined(fact.other, fact.reporters)))
        case facts.ComplaintParted():
            return _with(state, joined=tuple(j for j in case.joined if j.other != fact.other))
        case facts.ComplaintSupported():
            known = not fact.reporter or fact.reporter in case.own_reporters
            return state if known else _with(state, own_reporters=(*case.own_reporters, fact.reporter))
        case facts.ComplaintRejected():
            return Rejected(_milestone(case, at, ended="rejected", ended_at=at))
        case facts.ComplaintWithdrawn():
            return Withdrawn(_milestone(case, at, ended="withdrawn", ended_at=at))
        case facts.ComplaintAdopted():
            return _with(state, adopted=True)
        case facts.RecurrenceSuspected():
            return _with(state, recurrences=(*case.recurrences, fact.other))
        case facts.ComplaintSplit():
            return state
        case _:
            assert_never(fact)


# ------------------------------------------------------------------ dispatch and handling


def _handling(state: Registered, fact: Handling, envelope: Envelope) -> State:
    case, at = state.case, envelope.occurred_at
    this = case.round
    match fact:
        case facts.ComplaintDispatched():
            return _dispatched(state, fact, at)
        case facts.DispatchDeclined(unit=unit, lead=lead, count=count):
            left = tuple(task for task in this.tasks if task.unit != unit)
            if not lead:
                return _in_round(state, tasks=left)
            return AwaitingDispatch(_milestone(case, at, lead="", tasks=(), declines=count))
        case facts.UnitResponded(unit=unit, lead=lead):
            changes: dict[str, Any] = {
                "responded": (*this.responded, Responded(unit, at)),
                "handlers": _acted(case, envelope),
                "handling_units": this.handling_units | {unit},
            }
            if not lead:
                return _in_round(state, **changes)
            opened = _milestone(case, at, **changes)
            awaited = isinstance(state, AwaitingDispatch | AwaitingResponse)
            return BeingHandled(opened) if awaited else replace(state, case=opened)
        case facts.EvidenceAttached() if isinstance(state, AwaitingDispatch):
            return state  # it came with the report; nobody has handled anything yet
        case facts.ProgressNoted() | facts.EvidenceAttached():
            return _in_round(state, handlers=_acted(case, envelope))
        case facts.ExtensionRequested(extension=extension, until=until):
            asked = ExtensionAsked(extension, until, envelope.actor.person)
            handlers = _acted(case, envelope)
            asking = _milestone(case, at, asked=asked, requests=this.requests + 1, handlers=handlers)
            return replace(state, case=asking)
        case facts.ExtensionGranted(resolution=resolution, working_days=days):
            granted = (*this.granted, Granted(at, days))
            return replace(
                state, case=_milestone(case, at, asked=None, resolution=resolution, granted=granted)
            )
        case facts.ExtensionRefused():
            return replace(state, case=_milestone(case, at, asked=None))
        case facts.ResolutionReported():
            return _resolved(state, fact, envelope)
        case facts.TrackChanged(track=track):
            return _with(state, track=track)
        case facts.JointSessionHeld():
            return state
        case _:
            assert_never(fact)


def _dispatched(state: Registered, fact: facts.ComplaintDispatched, at: datetime) -> State:
    """Units are awaited, unless history tells of the dispatch after what followed it."""
    case = state.case
    this = case.round
    fresh = fact.by_session or isinstance(state, AwaitingDispatch | AwaitingResponse)
    after = _milestone(
        case._replace(track=fact.track or case.track),
        at,
        dispatched=True,
        dispatched_at=at if fact.judged_at is not None else this.dispatched_at,
        lead=fact.lead,
        tasks=fact.tasks,
        by_session=fact.by_session,
        responded=() if fresh else this.responded,
        promise=this.promise or fact.resolution,
        resolution=fact.resolution or this.resolution,
        asked=None,
    )
    return AwaitingResponse(after) if fresh and isinstance(state, OPEN) else replace(state, case=after)


def _resolved(state: Registered, fact: facts.ResolutionReported, envelope: Envelope) -> State:
    at = envelope.occurred_at
    after = _milestone(
        state.case,
        at,
        resolved_at=at,
        result=fact.result,
        follow_up=fact.follow_up,
        asked=None,
        handlers=_acted(state.case, envelope),
        handling_units=state.case.round.handling_units | ({fact.unit} if fact.unit else frozenset()),
    )
    return AwaitingFollowUp(after) if isinstance(state, OPEN) else replace(state, case=after)


# ------------------------------------------------------------------ follow-up and what it leads to


def _followed_up(state: Registered, fact: FollowedUp, envelope: Envelope) -> State:
    case, at, person = state.case, envelope.occurred_at, envelope.actor.person
    this = case.round
    match fact:
        case facts.FollowUpAttempted(reporter=reporter, window=window):
            attempts = (*this.attempts, Attempt(reporter, window))
            return _in_round(state, attempts=attempts, visitors=this.visitors | {person})
        case facts.FollowUpRecorded(reporter=reporter, satisfaction=satisfaction, solved=solved):
            answers = (*this.answers, Answer(reporter, satisfaction, solved, at))
            visitors = this.visitors | {person}
            return replace(state, case=_milestone(case, at, answers=answers, visitors=visitors))
        case facts.ResidentRated(satisfaction=satisfaction):
            rating = Rating(case.reporter_named(person), satisfaction)
            return _in_round(state, ratings=(*this.ratings, rating))
        case facts.SpotCheckRecorded():
            return state
        case facts.ComplaintClosed() | facts.HistoricallyClosed():
            return Closed(_milestone(case, at, ended="closed", ended_at=at))
        case facts.ComplaintLeftUnreached():
            return Unreached(_milestone(case, at, ended="unreached", ended_at=at))
        case facts.ComplaintReopened(round=number, dispatch=dispatch):
            past = case.past if case.record != "import" else (*case.past, this)
            track = TASK_FORCE if case.escalated else ""
            again = case._replace(past=past, recurrences=(), track=track, round=Round(number, at, dispatch))
            return AwaitingDispatch(again._replace(milestone_at=max(case.milestone_at, at)))
        case _:
            assert_never(fact)


# ------------------------------------------------------------------ clocks


def _clock(state: Registered, fact: Clock) -> State:
    this = state.case.round
    match fact:
        case facts.ComplaintUrged(automatic=True, clock=clock, unit=unit):
            deadline = this.deadline(clock, unit)
            due = () if deadline is None else (Noticed(clock, unit, deadline.due),)
            return _in_round(state, warned=this.warned.union(due))
        case facts.SupervisionRaised(automatic=True):
            return _in_round(state, supervised=True)
        case facts.ComplaintUrged() | facts.SupervisionRaised():
            return state
        case facts.ComplaintEscalated():
            return _with(state, escalated=True, track=TASK_FORCE)
        case facts.DispatchOverdue(due=due):
            return _overdue(state, Noticed("dispatch", "", due))
        case facts.ResponseOverdue(unit=unit, due=due):
            return _overdue(state, Noticed("response", unit, due))
        case facts.ResolutionOverdue(due=due):
            return _overdue(state, Noticed("resolution", "", due))
        case facts.FollowUpOverdue(due=due):
            return _overdue(state, Noticed("follow_up", "", due))
        case facts.DeadlineRederived():
            return _with(state, round=this.rederived(fact))
        case _:
            assert_never(fact)


def _overdue(state: Registered, noticed: Noticed) -> State:
    return _in_round(state, overdue=state.case.round.overdue | {noticed})
