"""Who is to handle it: dispatch, decline, report-in, joint session, handling track."""

from domain.bounds import NAME, items, said, said_if
from domain.complaint.commands import ChangeTrack, Decline, Dispatch, HoldSession, Respond
from domain.complaint.facts import (
    ComplaintDispatched,
    DispatchDeclined,
    Duty,
    JointSessionHeld,
    TrackChanged,
    UnitResponded,
    UnitTask,
)
from domain.complaint.rules import (
    Facts,
    acting_for,
    category_of,
    check_track,
    check_unit,
    derive,
    follows,
    judged_at,
)
from domain.complaint.state import (
    AwaitingDispatch,
    AwaitingFollowUp,
    AwaitingResponse,
    BeingHandled,
    Case,
    Open,
    Registered,
)
from domain.deciding import in_order
from domain.refusals import Refused
from domain.scene import Scene

UNDER_WAY = AwaitingResponse | BeingHandled

# ------------------------------------------------------------------ dispatch


def not_declined_too_often(state: Registered, scene: Scene) -> None:
    """After the second decline the case can only go to a joint session, whose chair is the final arbiter."""
    declines, most = state.case.round.declines, scene.books.settings(scene.now).declines
    if declines >= most:
        raise Refused(
            "dispatch.joint-session-required",
            f"it was declined {declines} times; only a joint session can dispatch it",
            help="hold a joint session that names the lead",
            declines=declines,
        )


def dispatch(command: Dispatch, state: AwaitingDispatch, scene: Scene) -> Facts:
    """派单. A category's own track unless one is named; an escalated case stays with the task force."""
    case = state.case
    track = command.track or case.track or category_of(case, scene).track
    if command.track:
        check_track(command.track)
    if case.escalated and track != case.track:
        raise _escalated(case)
    return (_to_units(case, command.lead, command.assisting, track, scene, by_session=False),)


def _to_units(
    case: Case, lead: str, assisting: tuple[str, ...], track: str, scene: Scene, *, by_session: bool
) -> ComplaintDispatched:
    """One response and (unless bound by a session) one decline limit for each unit; the round's promise."""
    at = follows(case, scene)
    case = case._replace(track=track)
    check_unit(lead, scene)
    items("assisting", assisting)
    for unit in assisting:
        check_unit(unit, scene)
    if len({lead, *assisting}) <= len(assisting):
        raise Refused("dispatch.unit-twice", "a unit is either the lead or assists, and is named once")

    def task(unit: str) -> UnitTask:
        assists = unit != lead
        response = derive("response", case, at, scene, assisting=assists)
        decline = None if by_session else derive("decline", case, at, scene, assisting=assists)
        return UnitTask(unit, not assists, response, decline)

    return ComplaintDispatched(
        round=case.round.number,
        lead=lead,
        track=track,
        tasks=tuple(task(unit) for unit in (lead, *assisting)),
        resolution=case.round.resolution or derive("resolution", case, case.round.began_at, scene),
        by_session=by_session,
        judged_at=judged_at(scene),
    )


# ------------------------------------------------------------------ what a unit answers


def may_decline(state: Registered, scene: Scene) -> None:
    """In time, before responding, and not against a joint session."""
    _may_decline(state.case, acting_for(state.case, scene), scene)


def _may_decline(case: Case, unit: str, scene: Scene) -> None:
    this = case.round
    if this.by_session:
        raise Refused("dispatch.bound", "the joint session dispatched it, and its word is final")
    if this.responded_at(unit) is not None:
        raise Refused("decline.after-response", f"{unit} has responded already", unit=unit)
    limit = this.deadline("decline", unit) or derive(
        "decline", case, this.dispatched_at or this.began_at, scene, assisting=unit != this.lead
    )
    if judged_at(scene) > limit.due:
        raise Refused(
            "decline.too-late",
            f"{unit} could decline until {limit.due.isoformat()}",
            help="respond, or ask for a joint session",
            unit=unit,
            due=limit.due,
        )


def decline(command: Decline, state: UNDER_WAY, scene: Scene) -> Facts:
    """退单. The reporter's clock goes on. An assisting unit just leaves."""
    case = state.case
    unit = acting_for(case, scene, command.unit)
    _may_decline(case, unit, scene)
    lead = unit == case.round.lead
    if lead:
        follows(case, scene)
    else:
        in_order(case.round.dispatched_at or case.round.began_at, scene)
    reason = said(case.subject(scene.stream), "reason", command.reason)
    return (DispatchDeclined(unit, lead, reason, case.round.declines + lead, judged_at(scene)),)


def respond(command: Respond, state: UNDER_WAY, scene: Scene) -> Facts:
    """响应·报到. One clock per unit; the lead's response opens handling."""
    case = state.case
    unit = acting_for(case, scene, command.unit)
    if case.round.responded_at(unit) is not None:
        raise Refused("respond.already", f"{unit} has responded already", unit=unit)
    lead = unit == case.round.lead
    if lead:
        follows(case, scene)
    else:
        in_order(case.round.dispatched_at or case.round.began_at, scene)
    note = said_if(case.subject(scene.stream), "note", command.note)
    return (UnitResponded(unit, lead, note, judged_at(scene)),)


def not_responded(state: Registered, scene: Scene) -> None:
    case = state.case
    unit = acting_for(case, scene)
    if case.round.responded_at(unit) is not None:
        raise Refused("respond.already", f"{unit} has responded already", unit=unit)


# ------------------------------------------------------------------ joint session and track


def hold_session(command: HoldSession, state: Open, scene: Scene) -> Facts:
    """会商·现场联处会. One that names a lead dispatches the case to it, assisted by the units with duties,
    and binds."""
    case = state.case
    subject = case.subject(scene.stream)
    in_order(case.registered_at, scene)
    items("attendees", command.attendees, least=1)
    items("duties", command.duties)
    for duty in command.duties:
        check_unit(duty.unit, scene)
    held = JointSessionHeld(
        chair=said(subject, "chair", command.chair, NAME),
        attendees=tuple(said(subject, "attendees", attendee, NAME) for attendee in command.attendees),
        decision=said(subject, "decision", command.decision),
        duties=tuple(
            Duty(duty.unit, said(subject, "duties.task", duty.task), duty.due) for duty in command.duties
        ),
        lead=command.lead,
    )
    if not command.lead:
        return (held,)
    if isinstance(state, AwaitingFollowUp):
        raise Refused(
            "session.already-resolved",
            "the resolution has been reported; a session can dispatch it only after a reopening",
            help="hold the session without a lead, or wait for the follow-up",
        )
    assisting = tuple(dict.fromkeys(duty.unit for duty in command.duties if duty.unit != command.lead))
    track = case.track if case.escalated else "joint_session"
    return (held, _to_units(case, command.lead, assisting, track, scene, by_session=True))


def change_track(command: ChangeTrack, state: Open, scene: Scene) -> Facts:
    """With reason and author. What has been escalated only the street may take from the task force."""
    case = state.case
    in_order(case.registered_at, scene)
    check_track(command.track)
    if command.track == case.track:
        raise Refused("track.same", f"the track is {case.track} already", track=case.track)
    if case.escalated and scene.actor.role != "street":
        raise _escalated(case)
    reason = said(case.subject(scene.stream), "reason", command.reason)
    return (TrackChanged(command.track, case.track, reason),)


def _escalated(case: Case) -> Refused:
    return Refused(
        "track.escalated",
        f"in round {case.round.number} the street's task force leads",
        help="the street may change the track",
        round=case.round.number,
    )
