"""A complaint (诉求工单), from intake to an answer that satisfies.

    received ──▶ dispatched ──▶ handling ──▶ resolved ──▶ closed
       ▲             │ declined                │  │
       └─────────────┴──── reopened, round n+1 ┘  └──▶ unreached

Read: facts, commands, state, then the tables below; each function named in them holds its own rules.
docs/lifecycle.md says the same to people, and a test compares the two.
"""

from collections.abc import Callable, Mapping
from typing import Any

from domain.complaint import clocks, disclosure, dispatch, follow_up, handling, history, intake
from domain.complaint.commands import (
    Adopt,
    AttachEvidence,
    ChangeTrack,
    Command,
    DecideExtension,
    Decline,
    Dispatch,
    FollowUp,
    HoldSession,
    Join,
    Merge,
    NoteProgress,
    NoticeOverdue,
    NoticeWarning,
    Part,
    Rate,
    Reclassify,
    RecordHistory,
    Redact,
    Rederive,
    Register,
    Reject,
    Reopen,
    ReportResolution,
    RequestExtension,
    Respond,
    Reveal,
    Split,
    SpotCheck,
    Supervise,
    Support,
    SuspectRecurrence,
    UndoMerge,
    Urge,
    Withdraw,
)
from domain.complaint.evolution import evolve
from domain.complaint.facts import ComplaintAdopted, Fact
from domain.complaint.permits import BEFORE_ROLE, GUARDS, ROLES, ROUTE_OF, ROUTES
from domain.complaint.rules import Facts
from domain.complaint.state import (
    NAMES,
    OPEN,
    AwaitingDispatch,
    AwaitingFollowUp,
    AwaitingResponse,
    BeingHandled,
    Case,
    Closed,
    Merged,
    Registered,
    Rejected,
    Round,
    State,
    Unreached,
    Unregistered,
    Withdrawn,
    state_name,
)
from domain.deciding import check_role
from domain.refusals import Refused
from domain.scene import Scene

__all__ = [
    "INITIAL", "ROUTES", "AwaitingDispatch", "AwaitingFollowUp", "AwaitingResponse", "BeingHandled", "Case",
    "Closed", "Command", "Fact", "Merged", "Registered", "Rejected", "Round", "State", "Unreached",
    "Unregistered", "Withdrawn", "allowed", "decide", "evolve", "refused", "state_name",
]  # fmt: skip

INITIAL: State = Unregistered()

Decision = Callable[[Any, Any, Scene], Facts]

TABLE: Mapping[type[State], Mapping[type, Decision]] = {
    Unregistered: {
        Register: intake.register,
    },
    AwaitingDispatch: {
        Dispatch: dispatch.dispatch,
        Merge: intake.merge,
        Split: intake.split,
        Reject: intake.reject,
        Withdraw: intake.withdraw,
    },
    AwaitingResponse: {
        Respond: dispatch.respond,
        Decline: dispatch.decline,
        Merge: intake.merge,
        Split: intake.split,
        Reject: intake.reject,
        Withdraw: intake.withdraw,
    },
    BeingHandled: {
        Respond: dispatch.respond,  # assisting units, after the lead
        Decline: dispatch.decline,
        NoteProgress: handling.note_progress,
        AttachEvidence: handling.attach_evidence,
        RequestExtension: handling.request_extension,
        DecideExtension: handling.decide_extension,
        ReportResolution: handling.report_resolution,
        Reject: intake.reject,
        Withdraw: intake.withdraw,
    },
    AwaitingFollowUp: {
        FollowUp: follow_up.follow_up,
        Rate: follow_up.rate,
        Reopen: follow_up.reopen,
        SpotCheck: follow_up.spot_check,
    },
    Closed: {
        Rate: follow_up.rate,
        Reopen: follow_up.reopen,
        SpotCheck: follow_up.spot_check,
    },
    Unreached: {
        Reopen: follow_up.reopen,
        SpotCheck: follow_up.spot_check,
    },
    Merged: {
        UndoMerge: intake.undo_merge,
    },
    Rejected: {},
    Withdrawn: {},
}
"""What may be decided where; a pair that stands in no table is refused."""

IN_ANY_OPEN_STATE: Mapping[type, Decision] = {
    Reclassify: intake.reclassify,
    Join: intake.join,
    Support: intake.support,
    HoldSession: dispatch.hold_session,
    ChangeTrack: dispatch.change_track,
    Urge: clocks.urge,
    Supervise: clocks.supervise,
    Rederive: clocks.rederive,
}

ONCE_REGISTERED: Mapping[type, Decision] = {
    Part: intake.part,
    Reveal: disclosure.reveal,
    Redact: disclosure.redact,
}

IN_ANY_STATE: Mapping[type, Decision] = {
    Adopt: intake.adopt,
    SuspectRecurrence: intake.suspect_recurrence,
    NoticeWarning: clocks.notice_warning,
    NoticeOverdue: clocks.notice_overdue,
    RecordHistory: history.record,
}
"""What reactions, the watch and the importer say: decided to nothing where there is nothing to record."""


def decide(command: Command, state: State, scene: Scene) -> Facts:
    """The facts the command leads to; Refused if a rule says no. A person's first deed on an imported case
    adopts it in the same decision."""
    decision = permitted(type(command), state, scene)
    facts = decision(command, state, scene)
    if (
        facts
        and not isinstance(state, Unregistered)
        and not state.case.living
        and _by_a_person(command, scene)
    ):
        return (ComplaintAdopted(ROUTE_OF.get(type(command), "rederive")), *facts)
    return facts


def _by_a_person(command: Command, scene: Scene) -> bool:
    kept = RecordHistory | Adopt | Reveal | Redact
    return scene.actor.role != "engine" and not isinstance(command, kept)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this kind of command now, for this actor. Refused if it can come to nothing anyhow."""
    decision = _decision(kind, type(state))
    if isinstance(state, Unregistered) or decision is None:
        check_role(kind, scene, ROLES[kind])
        if decision is None:
            raise _not_now(kind, state)
        return decision
    for guard in BEFORE_ROLE.get(kind, ()):
        guard(state, scene)
    check_role(kind, scene, ROLES[kind])
    for guard in GUARDS.get(kind, ()):
        guard(state, scene)
    return decision


def _decision(kind: type, state: type[State]) -> Decision | None:
    found = TABLE[state].get(kind) or IN_ANY_STATE.get(kind)
    if found is None and state in OPEN:
        found = IN_ANY_OPEN_STATE.get(kind)
    if found is None and state is not Unregistered:
        found = ONCE_REGISTERED.get(kind)
    return found


def _not_now(kind: type, state: State) -> Refused:
    possible = [name for each, name in NAMES.items() if _decision(kind, each)]
    return Refused(
        "complaint.state",
        f"{kind.__name__} is not possible while the case is {state_name(state)}",
        help=f"state: {', '.join(possible)}",
        command=kind.__name__,
        state=state_name(state),
        states=tuple(possible),
    )
