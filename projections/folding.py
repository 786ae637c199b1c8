"""How each fact changes a case. One function a fact, found by its type; each says only what changes."""

from typing import Any
from zoneinfo import ZoneInfo

from domain.complaint import facts as f
from domain.messages import Recorded, Sealed
from projections import handling as h
from projections.case import Case, Clock, Kept, Opening, Round, micros
from projections.cells import NOWHERE
from projections.handling import Change, Changes, clock_of, moved, placed

TASK_FORCE = "task_force"
"""The track of an escalated case."""


def fold(case: Case | None, line: Recorded, zone: ZoneInfo) -> Case:
    """The case after the fact. ValueError for a first fact that is no registration, or a second one."""
    fact = line.fact
    at = micros(line.envelope.occurred_at)
    if isinstance(fact, f.ComplaintRegistered):
        if case is not None:
            raise ValueError(f"{line.stream} is registered twice")
        return registered(line, fact, at, zone)
    if case is None:
        raise ValueError(f"{line.stream} begins with {type(fact).__name__}")
    change = CHANGES.get(type(fact))
    changes = change(case, fact, at) if change is not None else {}
    if at > case.effective and type(fact) in MILESTONES and getattr(fact, "lead", True):
        changes["effective"] = at
    if type(fact) in MOVERS:
        changes["moved_at"] = max(at, case.effective)
    return case._replace(version=line.version, position=line.position, **changes)


# ------------------------------------------------------------------ intake


def registered(line: Recorded, fact: f.ComplaintRegistered, at: int, zone: ZoneInfo) -> Case:
    def kept(sealed: Sealed | None, field: str) -> Kept | None:
        name = "complaint.registered"
        return None if sealed is None else Kept(sealed, line.stream, line.version, name, field)

    day = line.envelope.occurred_at.astimezone(zone)
    opening = Opening(
        id=line.stream,
        number=f"HS{day.year % 100:02}{day.month:02}{day.day:02}-{line.position:04}",
        position=line.position,
        at=at,
        source=fact.source,
        external_number=fact.external_number,
        record=fact.record,
        origin=fact.origin,
        channel=fact.channel,
        category=fact.category,
        urgency=fact.urgency,
        grid=fact.grid,
        text=Kept(fact.text, line.stream, line.version, "complaint.registered", "text"),
        address=kept(fact.address, "address"),
        location=kept(fact.location, "location"),
        place_key=fact.place_key,
        reporter=fact.reporter,
        reporter_name=kept(fact.reporter_name, "reporter_name"),
        reporter_phone=kept(fact.reporter_phone, "reporter_phone"),
        tracking_key=fact.tracking_key,
        split_from=fact.split_from,
        found_by=fact.found_by,
    )
    dispatch = fact.dispatch
    case = Case(
        opening=opening,
        version=line.version,
        position=line.position,
        effective=at,
        moved_at=at,
        state="received",
        category=fact.category,
        category_version=fact.category_version,
        round=Round(1, at, NOWHERE, dispatch_due=None if dispatch is None else micros(dispatch.due)),
        clocks=() if dispatch is None else (clock_of(dispatch),),
        own_reporters=(fact.reporter,) if fact.reporter else (),
    )
    return case._replace(round=placed(case, case.round))


def reclassified(case: Case, fact: f.ComplaintReclassified, at: int) -> Changes:
    case = case._replace(category=fact.category)
    return {"category": fact.category, "category_version": fact.category_version} | moved(case, case.round)


def ended(reason: str) -> Change:
    def change(case: Case, fact: Any, at: int) -> Changes:
        return {
            "state": reason,
            "before_merge": case.state,
            "round": case.round._replace(ended=reason, ended_at=at),
            "merged_into": fact.into if reason == "merged" else "",
        }

    return change


def merge_undone(case: Case, fact: f.MergeUndone, at: int) -> Changes:
    return {
        "state": case.before_merge,
        "before_merge": "",
        "merged_into": "",
        "round": case.round._replace(ended="", ended_at=0),
    }


def joined(case: Case, fact: f.ComplaintJoined, at: int) -> Changes:
    return {"joined": (*case.joined, (fact.other, fact.reporters))}


def parted(case: Case, fact: f.ComplaintParted, at: int) -> Changes:
    return {"joined": tuple([each for each in case.joined if each[0] != fact.other])}


def supported(case: Case, fact: f.ComplaintSupported, at: int) -> Changes:
    known = not fact.reporter or fact.reporter in case.own_reporters
    return {} if known else {"own_reporters": (*case.own_reporters, fact.reporter)}


def recurred(case: Case, fact: f.RecurrenceSuspected, at: int) -> Changes:
    closing = case.closing
    return {
        "recurrences": (*case.recurrences, fact.other),
        "closing": None if closing is None else closing._replace(repeated=True),
    }


# ------------------------------------------------------------------ clocks


def urged(case: Case, fact: f.ComplaintUrged, at: int) -> Changes:
    changes: Changes = {"urged": case.urged + 1}
    if fact.automatic:
        changes["clocks"] = noticed(case, fact.clock, fact.unit, warned=True)
    return changes


def escalated(case: Case, fact: f.ComplaintEscalated, at: int) -> Changes:
    return {"escalated": True} | moved(case, case.round._replace(track=TASK_FORCE))


def overdue(clock: str) -> Change:
    def change(case: Case, fact: Any, at: int) -> Changes:
        unit = fact.unit if clock == "response" else ""
        return {"clocks": noticed(case, clock, unit, warned=True, passed=True)}

    return change


def noticed(case: Case, clock: str, unit: str, **seen: Any) -> tuple[Clock, ...]:
    return tuple([c._replace(**seen) if c.clock == clock and c.unit == unit else c for c in case.clocks])


CHANGES: dict[type, Change] = {
    f.ComplaintReclassified: reclassified,
    f.ComplaintMerged: ended("merged"),
    f.ComplaintJoined: joined,
    f.MergeUndone: merge_undone,
    f.ComplaintParted: parted,
    f.ComplaintSupported: supported,
    f.ComplaintRejected: ended("rejected"),
    f.ComplaintWithdrawn: ended("withdrawn"),
    f.ComplaintAdopted: lambda case, fact, at: {"adopted": True},
    f.RecurrenceSuspected: recurred,
    f.ComplaintDispatched: h.dispatched,
    f.DispatchDeclined: h.declined,
    f.UnitResponded: h.responded,
    f.TrackChanged: h.track_changed,
    f.ExtensionGranted: h.extended,
    f.ResolutionReported: h.resolved,
    f.FollowUpAttempted: h.attempted,
    f.FollowUpRecorded: h.followed_up,
    f.ResidentRated: lambda case, fact, at: {"rating": fact.satisfaction},
    f.SpotCheckRecorded: h.spot_checked,
    f.ComplaintClosed: h.closed("closed", "closed"),
    f.ComplaintLeftUnreached: h.closed("unreached", "unreached"),
    f.HistoricallyClosed: h.closed("closed", "historic"),
    f.ComplaintReopened: h.reopened,
    f.ComplaintUrged: urged,
    f.SupervisionRaised: lambda case, fact, at: {"supervised": fact.level},
    f.ComplaintEscalated: escalated,
    f.DispatchOverdue: overdue("dispatch"),
    f.ResponseOverdue: overdue("response"),
    f.ResolutionOverdue: overdue("resolution"),
    f.FollowUpOverdue: overdue("follow_up"),
    f.DeadlineRederived: h.rederived,
}
"""The facts not named here change nothing but version and position: the story tells them."""

MOVERS = frozenset(
    {
        f.ComplaintReclassified,
        f.TrackChanged,
        f.ComplaintEscalated,
        f.ComplaintMerged,
        f.MergeUndone,
        f.ComplaintRejected,
        f.ComplaintWithdrawn,
    }
)
"""The facts that touch the standing of every share at once."""

MILESTONES = MOVERS | {
    f.ComplaintDispatched,
    f.DispatchDeclined,
    f.UnitResponded,
    f.ExtensionGranted,
    f.ResolutionReported,
    f.FollowUpRecorded,
    f.ComplaintClosed,
    f.ComplaintLeftUnreached,
    f.HistoricallyClosed,
    f.ComplaintReopened,
    f.DeadlineRederived,
}
"""The facts that move figures in the order they happened (of declines and responses, the lead's)."""
