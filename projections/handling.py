"""What dispatching, handling and following up change in a case. Each function says only what differs."""

from collections.abc import Callable
from typing import Any

from domain.complaint import facts as f
from domain.deadlines import Deadline
from projections.case import Answer, Case, Check, Clock, Closing, Round, UnitShare, micros
from projections.cells import NOWHERE, answer_dims, cells_of, round_dims, share_dims

Changes = dict[str, Any]
Change = Callable[[Case, Any, int], Changes]
"""(case, fact, when it happened) -> the fields of Case that differ afterwards."""

VERDICTS = {"yes": "solved", "partly": "partly", "no": "unsolved"}


# ------------------------------------------------------------------ dispatch


def dispatched(case: Case, fact: f.ComplaintDispatched, at: int) -> Changes:
    """Units are awaited, unless history tells of the dispatch only after what followed it."""
    now = case.round
    due = now.due if fact.resolution is None else micros(fact.resolution.due)
    told: Changes = {
        "lead": fact.lead,
        "track": fact.track or now.track,
        "due": due,
        "first_due": due if now.first_due is None else now.first_due,
        "due_was": now.due_was if now.due in (None, due) else (*now.due_was, now.due),
    }
    if not now.dispatched_at or (now.dispatched_judged is None and fact.judged_at is not None):
        judged = None if fact.judged_at is None else micros(fact.judged_at)
        told |= {"dispatched_at": at, "dispatched_judged": judged}
    now = placed(case, now._replace(**told))
    told_again = bool(case.round.dispatched_at) and not case.living
    fresh = fact.by_session or case.state in ("received", "dispatched")
    shares, clocks = share_out(case, now, fact.tasks, at, told_again)
    changes: Changes = {"round": now, "shares": shares}
    if fresh and not case.ended:
        kept = [clock for clock in case.clocks if clock.clock == "resolution" and clock.due == due]
        if not kept and fact.resolution is not None:
            kept = [clock_of(fact.resolution)]
        changes |= {"state": "dispatched", "clocks": (*clocks, *kept)}
    return changes


def share_out(
    case: Case, now: Round, tasks: tuple[f.UnitTask, ...], at: int, told_again: bool
) -> tuple[tuple[UnitShare, ...], list[Clock]]:
    """The shares after a dispatch: what of this round is unanswered, another dispatch replaces. History that
    tells the same dispatch again only adds what was not known of it."""
    asked = {task.unit: task for task in tasks}
    shares: list[UnitShare] = []
    clocks: list[Clock] = []
    counts: dict[str, int] = {}
    for share in case.shares:
        if share.round == now.number:
            counts[share.unit] = share.nth
            if told_again and share.unit in asked:
                task = asked.pop(share.unit)
                due = due_of(task.response) if share.due is None else share.due
                limit = due_of(task.decline) if share.decline_due is None else share.decline_due
                share = share._replace(due=due, decline_due=limit)
                if task.response is not None and share.state == "awaited":
                    clocks.append(clock_of(task.response, task.unit))
            elif share.state == "awaited":
                share = share._replace(replaced_at=at)
        shares.append(share)
    for task in asked.values():
        cell = cells_of(share_dims(case, now, task.unit))
        nth = counts.get(task.unit, 0) + 1
        due, limit = due_of(task.response), due_of(task.decline)
        share = UnitShare(now.number, task.unit, nth, task.lead, at, due, limit, cell, now.lead)
        shares.append(share)
        if task.response is not None:
            clocks.append(clock_of(task.response, task.unit))
    return tuple(shares), clocks


def declined(case: Case, fact: f.DispatchDeclined, at: int) -> Changes:
    """When the lead declines, nobody is asked any more until the next dispatch."""
    shares = answered(case, fact.unit, at, declined_at=at, declined_judged=micros(fact.judged_at))
    if not fact.lead:
        return {"shares": shares, "clocks": without(case, "response", fact.unit)}
    number = case.round.number
    return {
        "state": "received",
        "round": placed(case, case.round._replace(lead="", declines=fact.count)),
        "shares": tuple(
            [
                share._replace(replaced_at=at)
                if share.round == number and share.state == "awaited"
                else share
                for share in shares
            ]
        ),
        "clocks": tuple([clock for clock in case.clocks if clock.clock != "response"]),
    }


def taken_back(share: UnitShare, at: int) -> UnitShare:
    return share._replace(replaced_at=at) if share.state == "awaited" else share


def responded(case: Case, fact: f.UnitResponded, at: int) -> Changes:
    changes: Changes = {
        "shares": answered(case, fact.unit, at, responded_at=at, responded_judged=micros(fact.judged_at)),
        "clocks": without(case, "response", fact.unit),
    }
    if fact.lead and case.state in ("received", "dispatched"):
        changes["state"] = "handling"
    return changes


def track_changed(case: Case, fact: f.TrackChanged, at: int) -> Changes:
    return moved(case, case.round._replace(track=fact.track))


# ------------------------------------------------------------------ handling and follow-up


def extended(case: Case, fact: f.ExtensionGranted, at: int) -> Changes:
    now = case.round
    changes = promised(case, "resolution", "", fact.resolution)
    changes["round"] = changes["round"]._replace(extensions=now.extensions + 1)
    return changes


def rederived(case: Case, fact: f.DeadlineRederived, at: int) -> Changes:
    return promised(case, fact.clock, fact.unit, fact.deadline)


def promised(case: Case, clock: str, unit: str, deadline: Deadline) -> Changes:
    """Another deadline of a running clock; the former one is remembered."""
    now, due = case.round, micros(deadline.due)
    clocks = tuple(
        [clock_of(deadline, unit) if c.clock == clock and c.unit == unit else c for c in case.clocks]
    )
    if clock == "response":
        shares = list(case.shares)
        if (place := asked(case, unit)) is not None:
            share = shares[place]
            was = share.was if share.due is None else (*share.was, share.due)
            shares[place] = share._replace(due=due, was=was)
        return {"shares": tuple(shares), "clocks": clocks}
    if clock == "dispatch":
        was = () if now.dispatch_due is None else (now.dispatch_due,)
        now = now._replace(dispatch_due=due, dispatch_was=now.dispatch_was + was)
    elif clock == "follow_up":
        was = () if now.follow_up_due is None else (now.follow_up_due,)
        now = now._replace(follow_up_due=due, follow_up_was=now.follow_up_was + was)
    elif clock == "resolution":
        was = () if now.due is None else (now.due,)
        first = due if now.first_due is None else now.first_due
        now = now._replace(due=due, due_was=now.due_was + was, first_due=first)
    return {"round": now, "clocks": clocks}


def resolved(case: Case, fact: f.ResolutionReported, at: int) -> Changes:
    now = case.round._replace(
        resolved_at=at,
        resolved_judged=micros(fact.judged_at),
        result=fact.result,
        follow_up_due=due_of(fact.follow_up),
    )
    if case.ended:
        return {"round": now}
    clocks = () if fact.follow_up is None else (clock_of(fact.follow_up),)
    return {"state": "resolved", "round": now, "clocks": clocks}


def attempted(case: Case, fact: f.FollowUpAttempted, at: int) -> Changes:
    return {"round": case.round._replace(attempts=(*case.round.attempts, at))}


def followed_up(case: Case, fact: f.FollowUpRecorded, at: int) -> Changes:
    part = fact.satisfaction or "no_answer"
    verdict = VERDICTS.get(fact.solved, "no_answer")
    nobody = not fact.reporter and not case.reporters
    if case.opening.record == "import":
        # Other systems do not say who answered: that somebody did, the answer tells.
        nobody = nobody and case.opening.origin == "proactive" and not fact.satisfaction
    if nobody:
        part = verdict = "no_reporter"
    dims = answer_dims(case, case.round, fact.method)
    answer = Answer(at, micros(fact.judged_at), fact.method, part, verdict, fact.measured, cells_of(dims))
    return {
        "round": case.round._replace(answers=(*case.round.answers, answer)),
        "clocks": without(case, "follow_up", ""),
        "satisfaction": fact.satisfaction,
        "solved": fact.solved,
    }


def spot_checked(case: Case, fact: f.SpotCheckRecorded, at: int) -> Changes:
    return {"round": case.round._replace(checks=(*case.round.checks, Check(at, fact.result)))}


def closed(state: str, reason: str) -> Change:
    def change(case: Case, fact: Any, at: int) -> Changes:
        now = case.round._replace(ended=reason, ended_at=at)
        changes: Changes = {"state": state, "round": now, "closed_at": at, "clocks": ()}
        if state == "closed":
            changes["closing"] = Closing(now.number, at, now.cell, case.opening.comparable)
        return changes

    return change


def reopened(case: Case, fact: f.ComplaintReopened, at: int) -> Changes:
    dispatch = fact.dispatch
    now = Round(fact.round, at, NOWHERE, track=case.round.track, dispatch_due=due_of(dispatch))
    return {
        "state": "received",
        "round": placed(case, now),
        "closed_at": 0,
        "clocks": () if dispatch is None else (clock_of(dispatch),),
    }


# ------------------------------------------------------------------ shared steps


def due_of(deadline: Deadline | None) -> int | None:
    return None if deadline is None else micros(deadline.due)


def clock_of(deadline: Deadline, unit: str = "") -> Clock:
    return Clock(deadline.clock, unit, micros(deadline.due), micros(deadline.warn_at))


def without(case: Case, clock: str, unit: str) -> tuple[Clock, ...]:
    return tuple([c for c in case.clocks if c.clock != clock or c.unit != unit])


def placed(case: Case, round: Round) -> Round:
    """The round in the cell it now belongs to."""
    return round._replace(cell=cells_of(round_dims(case, round)))


def moved(case: Case, now: Round) -> Changes:
    """The round, its shares and its answers in the cells they now belong to."""
    answers = tuple([a._replace(cell=cells_of(answer_dims(case, now, a.method))) for a in now.answers])
    shares = tuple([relocated(case, now, share) for share in case.shares])
    return {"round": placed(case, now)._replace(answers=answers), "shares": shares}


def relocated(case: Case, now: Round, share: UnitShare) -> UnitShare:
    if share.round != now.number:
        return share
    then = now._replace(lead=share.leader)
    return share._replace(cell=cells_of(share_dims(case, then, share.unit)))


def asked(case: Case, unit: str) -> int | None:
    """Where in `shares` the unit's unanswered share of this round stands."""
    for place in range(len(case.shares) - 1, -1, -1):
        share = case.shares[place]
        if share.unit == unit and share.round == case.round.number and share.state == "awaited":
            return place
    return None


def answered(case: Case, unit: str, at: int, **changes: Any) -> tuple[UnitShare, ...]:
    """The shares after the unit's answer. A unit nobody is known to have asked answers for a share of its own
    (history that tells of the answer first)."""
    place = asked(case, unit)
    if place is None:
        now = case.round
        nth = 1 + sum(share.unit == unit and share.round == now.number for share in case.shares)
        cell = cells_of(share_dims(case, now, unit))
        share = UnitShare(now.number, unit, nth, unit == now.lead, at, None, None, cell, now.lead)
        return (*case.shares, share._replace(**changes))
    shares = list(case.shares)
    shares[place] = shares[place]._replace(**changes)
    return tuple(shares)
