"""Who may ask for what, and what must hold before the wish is even heard.

`decide` and the two lists the outside shows (`allowed`, `refused`) ask the same tables.
"""

from collections.abc import Callable, Mapping

from domain.complaint import disclosure, dispatch, eligible, follow_up, handling, intake
from domain.complaint.commands import (
    Adopt,
    AttachEvidence,
    ChangeTrack,
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
from domain.complaint.rules import his_own_case, of_a_dispatched_unit, of_the_lead
from domain.complaint.state import Registered
from domain.scene import Scene

OFFICE = frozenset({"dispatcher", "street"})
"""The street may do what the dispatcher may."""

UNITS = frozenset({"unit", "gridworker", "street"})
"""Who acts for a unit: its people, a grid's team, the street where it leads."""

EVERYBODY = frozenset({"resident", "gridworker", "dispatcher", "street", "engine"})
ENGINE = frozenset({"engine"})
OPERATOR = frozenset({"engine", "admin"})

ROLES: Mapping[type, frozenset[str]] = {
    Register: EVERYBODY,
    Reclassify: OFFICE,
    Merge: OFFICE,
    Join: OFFICE,
    UndoMerge: OFFICE,
    Part: OFFICE,
    Split: OFFICE,
    Support: EVERYBODY,
    Reject: OFFICE,
    Withdraw: frozenset({"resident"}),
    Adopt: OPERATOR | OFFICE,
    SuspectRecurrence: ENGINE,
    Dispatch: OFFICE,
    Decline: UNITS,
    Respond: UNITS,
    HoldSession: OFFICE,
    ChangeTrack: OFFICE,
    NoteProgress: UNITS,
    AttachEvidence: UNITS,
    RequestExtension: UNITS,
    DecideExtension: OFFICE,
    ReportResolution: UNITS,
    FollowUp: OFFICE | {"gridworker"},
    Rate: frozenset({"resident"}),
    Reopen: OFFICE | {"resident"},
    SpotCheck: frozenset({"street"}),
    Urge: frozenset({"resident", "panel", "street"}),
    Supervise: frozenset({"panel", "street"}),
    NoticeWarning: ENGINE,
    NoticeOverdue: ENGINE,
    Rederive: OFFICE,
    Reveal: OFFICE | {"gridworker", "unit"},
    Redact: OFFICE | {"admin"},
    RecordHistory: OPERATOR,
}

Guard = Callable[[Registered, Scene], None]
"""Raises Refused where the command cannot be given whatever its body says."""

BEFORE_ROLE: Mapping[type, tuple[Guard, ...]] = {
    FollowUp: (follow_up.not_a_handler,),
}
"""Asked before the role: whoever handled it is told so, not merely that his role does not follow up."""

GUARDS: Mapping[type, tuple[Guard, ...]] = {
    Withdraw: (his_own_case, intake.only_reporter),
    Dispatch: (dispatch.not_declined_too_often,),
    Decline: (dispatch.may_decline,),
    Respond: (dispatch.not_responded,),
    NoteProgress: (of_a_dispatched_unit,),
    AttachEvidence: (of_a_dispatched_unit,),
    RequestExtension: (of_the_lead, handling.may_ask_for_time),
    DecideExtension: (handling.may_decide_extension,),
    ReportResolution: (of_the_lead,),
    Rate: (his_own_case,),
    Reopen: (his_own_case, follow_up.may_reopen),
    FollowUp: (eligible.of_the_right_place,),
    SpotCheck: (follow_up.not_a_judge_already,),
    Urge: (his_own_case,),
    Reveal: (disclosure.a_handler,),
}

ROUTES: Mapping[str, type] = {
    "dispatch": Dispatch,
    "decline": Decline,
    "respond": Respond,
    "progress": NoteProgress,
    "evidence": AttachEvidence,
    "session": HoldSession,
    "extension": RequestExtension,
    "extension-decision": DecideExtension,
    "urge": Urge,
    "supervise": Supervise,
    "resolution": ReportResolution,
    "follow-up": FollowUp,
    "reopen": Reopen,
    "spot-check": SpotCheck,
    "reclassify": Reclassify,
    "merge": Merge,
    "unmerge": UndoMerge,
    "split": Split,
    "reject": Reject,
    "withdraw": Withdraw,
    "rate": Rate,
    "support": Support,
    "track": ChangeTrack,
    "reveal": Reveal,
    "redact": Redact,
}
"""What the outside calls each command that people give to a case."""

ROUTE_OF: Mapping[type, str] = {kind: name for name, kind in ROUTES.items()}
