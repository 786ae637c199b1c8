"""Whether it is so: the follow-up by somebody else, the resident's own word, the spot check, and what they
lead to. Only here is a case closed or reopened, in the same decision as the answer (事已办结 ≠ 群众满意)."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.bounds import evidence, not_ahead, one_of, said, said_if
from domain.complaint.commands import FollowUp, Rate, Reopen, SpotCheck
from domain.complaint.eligible import NOBODY, OUTSIDE, handling_units, somebody_could
from domain.complaint.evolution import evolve
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintLeftUnreached,
    ComplaintReopened,
    Fact,
    FollowUpAttempted,
    FollowUpRecorded,
    Reading,
    ResidentRated,
    SpotCheckRecorded,
)
from domain.complaint.rules import Facts, category_of, derive, follows, judged_at, readings
from domain.complaint.state import (
    AwaitingFollowUp,
    Case,
    Closed,
    Rating,
    Registered,
    Unreached,
)
from domain.deciding import in_order
from domain.messages import Dated, Envelope, Sealed
from domain.refusals import Refused
from domain.rule_books import Category
from domain.scene import Scene

SATISFACTIONS = ("satisfied", "basically_satisfied", "dissatisfied", "no_answer")
RATINGS = SATISFACTIONS[:3]
SOLVED = ("yes", "partly", "no")
REASONS = ("dissatisfied", "recurrence", "other")
CHECKS = ("confirmed", "contradicted")
# ------------------------------------------------------------------ who may not judge


def not_a_handler(state: Registered, scene: Scene) -> None:
    """Who acted in this round's handling, or belongs to a company or office that did, does not follow it up;
    nor does the resident who reported it."""
    case, actor = state.case, scene.actor
    if actor.scope in handling_units(case):
        unit = scene.organisation.unit(actor.scope)
        if unit is None or unit.kind in OUTSIDE:
            raise Refused(
                "follow-up.by-handling-unit",
                f"{actor.scope} handled it, so somebody else follows it up",
                help="a grid member who is not of a handling unit",
                unit=actor.scope,
            )
    if actor.person in case.round.handlers:
        raise Refused(
            "follow-up.by-handler",
            "you acted in handling this round, so somebody else follows it up",
            help="another grid member, else the dispatcher with a reason",
        )
    if case.reported_by(actor.person):
        raise Refused("follow-up.by-reporter", "you reported it, so somebody else follows it up")


def not_a_judge_already(state: Registered, scene: Scene) -> None:
    """A spot check is made by somebody who neither handled nor visited."""
    this, person = state.case.round, scene.actor.person
    if person in this.handlers:
        raise Refused("spot-check.by-handler", "you acted in handling this round, so somebody else checks it")
    if person in this.visitors:
        raise Refused("spot-check.by-visitor", "you followed it up, so somebody else checks it")


# ------------------------------------------------------------------ follow-up


def follow_up(command: FollowUp, state: AwaitingFollowUp, scene: Scene) -> Facts:
    """回访. `visited_at` is when all of it happened."""
    case, at = state.case, command.visited_at
    not_ahead("visited_at", at, scene)
    in_order(case.milestone_at if command.reached else case.round.resolved_at or case.milestone_at, scene, at)
    category = category_of(case, scene)
    if command.method not in category.methods:
        raise Refused(
            "follow-up.method",
            f"{category.code} is not followed up by {command.method!r}",
            help=f"method: {', '.join(category.methods)}",
            method=command.method,
            methods=category.methods,
        )
    if scene.actor.role != "gridworker" and not command.reason.strip():
        if somebody_could(case, scene):
            raise Refused(
                "follow-up.grid-member-first", "a grid member is eligible; say why he does not", help="reason"
            )
        command = replace(command, reason=NOBODY)
    reporter = _asked(case, command.reporter)
    told = _answered if command.reached else _attempted
    facts = told(command, state, category, reporter, scene)
    return facts if at == scene.occurred_at else tuple(Dated(fact, at) for fact in facts)


def _asked(case: Case, named: str) -> str:
    """Who was to answer: the one named, else the first who has not; "" where the case has no reporter."""
    waiting = case.outstanding
    if not named:
        return (waiting or case.to_ask)[0]
    if named not in case.reporters:
        raise Refused("follow-up.reporter-unknown", f"{named} did not report this", reporter=named)
    if waiting and case.round.answered(named):
        raise Refused("follow-up.already-answered", f"{named} has answered in this round", reporter=named)
    return named


def _attempted(
    command: FollowUp, state: AwaitingFollowUp, category: Category, reporter: str, scene: Scene
) -> tuple[Fact, ...]:
    """Nobody was reached: satisfaction and solved are ignored."""
    case, at = state.case, command.visited_at
    attempted = FollowUpAttempted(
        method=command.method,
        window=scene.books.calendar(at).window(at),
        attempt=len(case.round.attempts) + 1,
        note=said_if(case.subject(scene.stream), "note", command.note),
        reporter=reporter,
    )
    return (attempted, *_after(attempted, state, at, scene))


def _answered(
    command: FollowUp, state: AwaitingFollowUp, category: Category, reporter: str, scene: Scene
) -> tuple[Fact, ...]:
    case, at = state.case, command.visited_at
    subject = case.subject(scene.stream)
    asked = reporter or (case.record == "import" and command.satisfaction)
    satisfaction = one_of("satisfaction", command.satisfaction, SATISFACTIONS) if asked else ""
    if satisfaction != "no_answer" or command.solved:
        one_of("solved", command.solved, SOLVED)
    taken = readings(command.readings, category)
    photos = evidence("photos", command.photos)
    missing = _missing(category, taken, photos)
    measured = None
    if category.readings:
        measured = not (missing - {"photo"}) and all(r.in_range is not False for r in taken if r.required)
    recorded = FollowUpRecorded(
        method=command.method,
        satisfaction=satisfaction,
        solved=command.solved,
        readings=taken,
        photos=photos,
        measured=measured,
        reporter=reporter,
        note=said_if(subject, "note", command.note),
        reason=said_if(subject, "reason", command.reason),
        judged_at=judged_at(scene, at),
    )
    why = _why_not_solved(satisfaction, command.solved, taken)
    if why:
        return (recorded, *reopened(case, why, None, at, scene))
    if satisfaction != "no_answer" and missing:
        names = ", ".join(sorted(missing))
        raise Refused(
            "follow-up.reading-required",
            f"{category.code} asks for {names}",
            help=f"record {names}, or that the reporter is not satisfied",
            missing=tuple(sorted(missing)),
        )
    return (recorded, *_after(recorded, state, at, scene))


def _missing(category: Category, taken: tuple[Reading, ...], photos: tuple[str, ...]) -> set[str]:
    measured = {reading.quantity for reading in taken}
    missing = {asked.quantity for asked in category.readings if asked.quantity not in measured}
    return missing | {"photo"} if category.photo_required and not photos else missing


def _why_not_solved(satisfaction: str, solved: str, taken: tuple[Reading, ...]) -> str:
    """Why the case goes back; "" if it does not."""
    if satisfaction == "dissatisfied":
        return "dissatisfied"
    if solved == "no":
        return "unsolved"
    return "reading_out_of_range" if any(reading.in_range is False for reading in taken) else ""


# ------------------------------------------------------------------ the policy: closing and reopening


def _after(fact: Fact, state: AwaitingFollowUp, at: datetime, scene: Scene) -> tuple[Fact, ...]:
    after = evolve(state, fact, Envelope(at, scene.actor))
    return settled(after.case) if isinstance(after, AwaitingFollowUp) else ()


def settled(case: Case, *, rated: bool = False) -> tuple[Fact, ...]:
    """What follows from the answers so far: nothing while somebody is still to be asked. `rated` counts the
    residents' own ratings too (only where the category needs no visit)."""
    this = case.round
    raters = (
        {rating.reporter for rating in this.ratings if rating.satisfaction != "dissatisfied"}
        if rated
        else set()
    )
    if any(who not in raters for who in case.outstanding):
        return ()
    if any(who in raters or this.answered(who) for who in case.to_ask):
        verified = not any(answer.satisfaction for answer in this.answers)
        return (ComplaintClosed("rated" if rated else "verified" if verified else "satisfied"),)
    return (ComplaintLeftUnreached(this.unreached(case.to_ask[-1])),)


def reopened(case: Case, reason: str, text: Sealed | None, at: datetime, scene: Scene) -> tuple[Fact, ...]:
    """返工: a new round, received again, with its own clocks; from the third on, the task force's (专班)."""
    number = case.round.number + 1
    facts: tuple[Fact, ...] = (ComplaintReopened(number, reason, text, derive("dispatch", case, at, scene)),)
    if number >= scene.books.settings(scene.now).task_force_round and not case.escalated:
        facts = (*facts, ComplaintEscalated("repeated_rounds"))
    return facts


def _soon_enough(case: Case, scene: Scene, within: timedelta) -> bool:
    ended = case.round.ended_at
    return ended is None or scene.now <= ended + within


# ------------------------------------------------------------------ the resident's own word


def rate(command: Rate, state: AwaitingFollowUp | Closed, scene: Scene) -> Facts:
    """评价. Dissatisfied reopens in time; satisfied closes only where the category needs no visit."""
    case = state.case
    at = in_order(case.round.resolved_at or case.registered_at, scene)
    one_of("satisfaction", command.satisfaction, RATINGS)
    if Rating(case.reporter_named(scene.actor.person), command.satisfaction) in case.round.ratings:
        raise Refused("rate.already", "you said so already", satisfaction=command.satisfaction)
    rated = ResidentRated(command.satisfaction, said_if(case.subject(scene.stream), "text", command.text))
    if command.satisfaction == "dissatisfied":
        if not _soon_enough(case, scene, scene.books.settings(scene.now).reopen_within):
            return (rated,)
        return (rated, *reopened(case, "dissatisfied", None, follows(case, scene), scene))
    category = category_of(case, scene)
    if isinstance(state, Closed) or category.needs_visit or category.readings or category.photo_required:
        return (rated,)
    after = evolve(state, rated, Envelope(at, scene.actor))
    facts = settled(after.case, rated=True) if isinstance(after, AwaitingFollowUp) else ()
    if facts:
        follows(case, scene)
    return (rated, *facts)


def may_reopen(state: Registered, scene: Scene) -> None:
    """The reporter for some days after the closing; the dispatcher while it counts as a recurrence."""
    case, settings = state.case, scene.books.settings(scene.now)
    if scene.actor.role == "resident":
        within, linked = settings.reopen_within, False
    else:
        within, linked = settings.recurrence_within, bool(case.recurrences)
    if not linked and not _soon_enough(case, scene, within):
        raise Refused(
            "reopen.too-late",
            f"it could be reopened for {within.days} days after its end",
            help="register it anew",
            days=within.days,
            ended_at=case.round.ended_at,
        )


def reopen(command: Reopen, state: AwaitingFollowUp | Closed | Unreached, scene: Scene) -> Facts:
    case = state.case
    one_of("reason", command.reason, REASONS)
    resident = scene.actor.role == "resident"
    if command.reason == "dissatisfied" and not resident:
        raise Refused(
            "reopen.not-yours-to-say",
            "whether he is satisfied, the reporter says himself",
            help="reason: recurrence, other",
        )
    at = follows(case, scene)
    reason = "resident" if resident and command.reason == "other" else command.reason
    words = said_if(case.subject(scene.stream), "text", command.text)
    return reopened(case, reason, words, at, scene)


# ------------------------------------------------------------------ spot check


def spot_check(command: SpotCheck, state: AwaitingFollowUp | Closed | Unreached, scene: Scene) -> Facts:
    """抽核 by the street's team. Contradicted reopens."""
    case = state.case
    at = in_order(case.round.resolved_at or case.registered_at, scene)
    one_of("result", command.result, CHECKS)
    taken = readings(command.readings, category_of(case, scene))
    if command.result == "confirmed" and any(reading.in_range is False for reading in taken):
        raise Refused(
            "spot-check.reading-contradicts",
            "a reading out of range confirms nothing",
            help="result: contradicted",
        )
    checked = SpotCheckRecorded(
        command.result,
        taken,
        evidence("photos", command.photos),
        said(case.subject(scene.stream), "text", command.text),
    )
    if command.result == "confirmed":
        return (checked,)
    follows(case, scene)
    return (checked, *reopened(case, "spot_check", None, at, scene))
