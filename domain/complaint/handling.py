"""What happens while a unit works on it: progress, evidence, more time, and the report that it is done."""

from dataclasses import replace
from datetime import datetime

from domain.bounds import evidence, not_ahead, one_of, said, said_if
from domain.calendar import WALL_CLOCK
from domain.complaint.commands import (
    AttachEvidence,
    DecideExtension,
    NoteProgress,
    ReportResolution,
    RequestExtension,
)
from domain.complaint.facts import (
    EvidenceAttached,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ProgressNoted,
    ResolutionReported,
)
from domain.complaint.rules import Facts, acting_for, derive, follows, judged_at
from domain.complaint.state import BeingHandled, Case, Registered
from domain.deadlines import Deadline
from domain.deciding import in_order
from domain.refusals import Refused
from domain.scene import Scene

RESULTS = ("solved", "partly", "explained", "referred")

# ------------------------------------------------------------------ statements


def note_progress(command: NoteProgress, state: BeingHandled, scene: Scene) -> Facts:
    case = state.case
    in_order(case.registered_at, scene)
    said_text = said(case.subject(scene.stream), "text", command.text)
    return (ProgressNoted(acting_for(case, scene), said_text, command.visible_to_resident),)


def attach_evidence(command: AttachEvidence, state: BeingHandled, scene: Scene) -> Facts:
    in_order(state.case.registered_at, scene)
    if command.taken_at is not None:
        not_ahead("taken_at", command.taken_at, scene)
    return (EvidenceAttached(evidence("ids", command.ids, least=1), command.taken_at),)


# ------------------------------------------------------------------ more time


def may_ask_for_time(state: Registered, scene: Scene) -> None:
    """Before the deadline in force, one request at a time, and no more grants than the rules allow."""
    this, settings = state.case.round, scene.books.settings(scene.now)
    if this.resolution is None:
        raise Refused("extension.no-deadline", "no deadline was promised for this round")
    if len(this.granted) >= settings.extensions:
        raise Refused(
            "extension.too-many",
            f"{len(this.granted)} extensions were granted already",
            granted=len(this.granted),
        )
    _in_time("extension.after-deadline", this.resolution, scene)
    if this.asked is not None:
        name = this.asked.extension
        raise Refused("extension.pending", f"{name} awaits its decision", extension=name)


def _in_time(rule: str, deadline: Deadline, scene: Scene) -> None:
    if judged_at(scene) > deadline.due:
        raise Refused(rule, f"the deadline passed at {deadline.due.isoformat()}", due=deadline.due)


def request_extension(command: RequestExtension, state: BeingHandled, scene: Scene) -> Facts:
    case = state.case
    this = case.round
    follows(case, scene)
    days = _working_days(case, command.until, scene)
    return (
        ExtensionRequested(
            extension=f"{this.number}-{this.requests + 1}",
            unit=this.lead,
            until=command.until,
            working_days=days,
            reason=said(case.subject(scene.stream), "reason", command.reason),
            judged_at=judged_at(scene),
        ),
    )


def _working_days(case: Case, until: datetime, scene: Scene) -> int:
    """Working days an extension to `until` adds; together with those granted they have a bound."""
    this, settings = case.round, scene.books.settings(scene.now)
    assert this.resolution is not None
    due = this.resolution.due
    if until <= due:
        raise Refused(
            "extension.not-later",
            f"the deadline in force is {due.isoformat()}",
            help=f"until after {due.isoformat()}",
            due=due,
        )
    days = scene.books.calendar(scene.now).working_days(due, until)
    spent = sum(granted.working_days for granted in this.granted)
    if spent + days > settings.extension_working_days:
        left = settings.extension_working_days - spent
        raise Refused(
            "extension.too-long",
            f"{days} working days are more than the {left} left",
            help=f"at most {left} working days after {due.isoformat()}",
            asked=days,
            left=left,
        )
    return days


def may_decide_extension(state: Registered, scene: Scene) -> None:
    """One is pending, has not lapsed, and is not the decider's own."""
    this = state.case.round
    if this.asked is None or this.resolution is None:
        raise Refused("extension.none-pending", "no extension awaits a decision")
    if this.asked.by == scene.actor.person:
        raise Refused("extension.own-request", "nobody decides his own request")
    _in_time("extension.lapsed", this.resolution, scene)


def decide_extension(command: DecideExtension, state: BeingHandled, scene: Scene) -> Facts:
    case = state.case
    asked, deadline = case.round.asked, case.round.resolution
    assert asked is not None and deadline is not None
    if command.extension != asked.extension:
        raise Refused(
            "extension.unknown",
            f"{command.extension!r} does not await a decision",
            help=f"extension: {asked.extension}",
            extension=command.extension,
        )
    follows(case, scene)
    if not command.grant:
        reason = said_if(case.subject(scene.stream), "reason", command.reason)
        return (ExtensionRefused(asked.extension, reason),)
    until = command.until or asked.until
    days = _working_days(case, until, scene)
    return (ExtensionGranted(asked.extension, extended(deadline, until, scene), days),)


def extended(deadline: Deadline, until: datetime, scene: Scene) -> Deadline:
    """The same promise, due later: its rule stands, its warning moves with its own time."""
    rules, calendar = scene.books.deadlines(scene.now), scene.books.calendar(scene.now)
    unit = deadline.unit if deadline.unit in WALL_CLOCK else "working_days"
    return replace(deadline, due=until, warn_at=rules.warn_at(deadline.start, until, unit, calendar))


# ------------------------------------------------------------------ done


def report_resolution(command: ReportResolution, state: BeingHandled, scene: Scene) -> Facts:
    """办结. Opens the 24 hours in which somebody else asks whether it is so."""
    case = state.case
    at = follows(case, scene)
    return (
        ResolutionReported(
            unit=case.round.lead,
            result=one_of("result", command.result, RESULTS),
            answer=said(case.subject(scene.stream), "answer", command.answer),
            evidence=evidence("evidence", command.evidence),
            follow_up=derive("follow_up", case, at, scene),
            judged_at=judged_at(scene),
        ),
    )
