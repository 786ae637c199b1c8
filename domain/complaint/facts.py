"""What may have happened to a complaint. Names and fields are on disk for ever (tests/test_wire.py).

Facts carry what was decided: the deadline with its rule, whether a reading was in range, the moment by
which a deadline is judged. Free text and anything personal is `Sealed`.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.deadlines import Deadline
from domain.messages import Sealed, fact


@dataclass(frozen=True, slots=True)
class UnitTask:
    """One unit's share of a dispatch. `response` is None where history did not record one."""

    unit: str
    lead: bool
    response: Deadline | None
    decline: Deadline | None


@dataclass(frozen=True, slots=True)
class Duty:
    unit: str
    task: Sealed
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value. `required` where the category asks for it; `in_range` None where no range is set."""

    quantity: str
    value: float
    unit: str
    required: bool
    in_range: bool | None


# ------------------------------------------------------------------ intake


@fact("complaint.registered")
class ComplaintRegistered:
    """`reporter` is a person's id, or "" (a hazard nobody reported). `place_key` is the HMAC of the
    normalised address, `tracking_key` that of the tracking code. `source` + `external_number` name a
    ticket of another system. `record` is `living` or `import`. `dispatch` is None for imported history.
    `found_by` is the stream of what found it (a visit, a care plan, a patrol, a sweep, a look after closing);
    "" where somebody reported it."""

    channel: str
    origin: str
    category: str
    category_version: str
    urgency: str
    grid: str
    text: Sealed
    address: Sealed | None
    location: Sealed | None
    place_key: str
    reporter: str
    reporter_name: Sealed | None
    reporter_phone: Sealed | None
    tracking_key: str
    source: str
    external_number: str
    record: str
    split_from: str
    dispatch: Deadline | None
    found_by: str = ""


@fact("complaint.reclassified")
class ComplaintReclassified:
    category: str
    category_version: str
    was: str
    reason: Sealed


@fact("complaint.merged")
class ComplaintMerged:
    into: str
    reason: Sealed


@fact("complaint.joined")
class ComplaintJoined:
    """Another case was merged into this one; its reporters are followed up with this one."""

    other: str
    reporters: tuple[str, ...]


@fact("complaint.merge-undone")
class MergeUndone:
    """The case stands again, with its clocks having run."""

    out_of: str
    reason: Sealed


@fact("complaint.parted")
class ComplaintParted:
    """The other side of an undone merge."""

    other: str
    reporters: tuple[str, ...]


@fact("complaint.split")
class ComplaintSplit:
    """The case goes on; each part is a new case that names this one in `split_from`."""

    parts: tuple[str, ...]
    reason: Sealed


@fact("complaint.supported")
class ComplaintSupported:
    """Me too: a further reporter of the same thing."""

    reporter: str
    reporter_name: Sealed | None
    reporter_phone: Sealed | None
    text: Sealed | None


@fact("complaint.rejected")
class ComplaintRejected:
    reason: str
    note: Sealed | None


@fact("complaint.withdrawn")
class ComplaintWithdrawn:
    reason: Sealed | None


@fact("complaint.adopted")
class ComplaintAdopted:
    """An imported case became a living one: from here on policies and the watch mind it."""

    how: str


@fact("complaint.recurrence-suspected")
class RecurrenceSuspected:
    """A case of the same class and place (`other`) was registered within 30 days of this one's closing."""

    other: str
    matched_by: str


# ------------------------------------------------------------------ dispatch


@fact("complaint.dispatched")
class ComplaintDispatched:
    """`resolution` is the promise in force for this round; a re-dispatch repeats the round's promise.
    `by_session` binds: it cannot be declined. `judged_at` decides whether dispatching was on time;
    None where history did not record when it was dispatched."""

    round: int
    lead: str
    track: str
    tasks: tuple[UnitTask, ...]
    resolution: Deadline | None
    by_session: bool
    judged_at: datetime | None


@fact("complaint.dispatch-declined")
class DispatchDeclined:
    """`count` of this round's declines by leads, this one included. A lead's decline sends the case back to
    the dispatcher; an assisting unit just leaves."""

    unit: str
    lead: bool
    reason: Sealed
    count: int
    judged_at: datetime


@fact("complaint.unit-responded")
class UnitResponded:
    unit: str
    lead: bool
    note: Sealed | None
    judged_at: datetime


@fact("complaint.joint-session-held")
class JointSessionHeld:
    """Who presided and attended is sealed like any text: people write names there."""

    chair: Sealed
    attendees: tuple[Sealed, ...]
    decision: Sealed
    duties: tuple[Duty, ...]
    lead: str


@fact("complaint.track-changed")
class TrackChanged:
    track: str
    was: str
    reason: Sealed


# ------------------------------------------------------------------ handling


@fact("complaint.progress-noted")
class ProgressNoted:
    unit: str
    text: Sealed
    visible_to_resident: bool


@fact("complaint.evidence-attached")
class EvidenceAttached:
    evidence: tuple[str, ...]
    taken_at: datetime | None


@fact("complaint.extension-requested")
class ExtensionRequested:
    extension: str
    unit: str
    until: datetime
    working_days: int
    reason: Sealed
    judged_at: datetime


@fact("complaint.extension-granted")
class ExtensionGranted:
    extension: str
    resolution: Deadline
    working_days: int


@fact("complaint.extension-refused")
class ExtensionRefused:
    extension: str
    reason: Sealed | None


@fact("complaint.resolution-reported")
class ResolutionReported:
    """`follow_up` opens the 24 hours by the wall clock; None where history says nothing of a follow-up."""

    unit: str
    result: str
    answer: Sealed
    evidence: tuple[str, ...]
    follow_up: Deadline | None
    judged_at: datetime


# ------------------------------------------------------------------ follow-up and what it leads to


@fact("complaint.follow-up-attempted")
class FollowUpAttempted:
    """Nobody was reached. `window` is day, evening or weekend; `attempt` counts in this round; `reporter` is
    who was to be asked."""

    method: str
    window: str
    attempt: int
    note: Sealed | None
    reporter: str = ""


@fact("complaint.followed-up")
class FollowUpRecorded:
    """`satisfaction`: satisfied, basically_satisfied, dissatisfied, no_answer. `solved`: yes, partly, no.
    `reporter` is who answered ("" where the case has none: then this is a verification).
    `measured` is whether every required reading is present and in range; None where none is required.
    `reason` says why the dispatcher followed up himself."""

    method: str
    satisfaction: str
    solved: str
    readings: tuple[Reading, ...]
    photos: tuple[str, ...]
    measured: bool | None
    reporter: str
    note: Sealed | None
    reason: Sealed | None
    judged_at: datetime


@fact("complaint.rated")
class ResidentRated:
    satisfaction: str
    text: Sealed | None


@fact("complaint.spot-checked")
class SpotCheckRecorded:
    result: str
    readings: tuple[Reading, ...]
    photos: tuple[str, ...]
    text: Sealed


@fact("complaint.closed")
class ComplaintClosed:
    """By policy only. `reason`: satisfied, verified, rated."""

    reason: str


@fact("complaint.left-unreached")
class ComplaintLeftUnreached:
    """By policy: nobody could be asked. `reason`: no_answer_twice, three_windows."""

    reason: str


@fact("complaint.historically-closed")
class HistoricallyClosed:
    """Another system says the case was closed, and nothing of a follow-up. Never counted as satisfied."""

    mended: str


@fact("complaint.reopened")
class ComplaintReopened:
    """Round `round` begins, `received` again. `reason`: dissatisfied, unsolved, reading_out_of_range,
    spot_check, resident, recurrence, other, import."""

    round: int
    reason: str
    text: Sealed | None
    dispatch: Deadline | None


# ------------------------------------------------------------------ clocks


@fact("complaint.urged")
class ComplaintUrged:
    """`automatic` at 80 % of a clock; then `clock` and `unit` say which."""

    automatic: bool
    clock: str
    unit: str
    text: Sealed | None


@fact("complaint.supervision-raised")
class SupervisionRaised:
    level: str
    automatic: bool
    clock: str
    text: Sealed | None


@fact("complaint.escalated")
class ComplaintEscalated:
    """To the street task force: from round 3 on."""

    reason: str


@fact("complaint.dispatch-overdue")
class DispatchOverdue:
    due: datetime


@fact("complaint.response-overdue")
class ResponseOverdue:
    unit: str
    due: datetime


@fact("complaint.resolution-overdue")
class ResolutionOverdue:
    due: datetime


@fact("complaint.follow-up-overdue")
class FollowUpOverdue:
    due: datetime


@fact("complaint.deadline-rederived")
class DeadlineRederived:
    clock: str
    unit: str
    was: datetime
    deadline: Deadline
    reason: Sealed


# ------------------------------------------------------------------ personal data


@fact("complaint.personal-data-revealed")
class PersonalDataRevealed:
    """Somebody asked to read a sealed field (`name`, `phone`, `text`, …) of `reporter`, and why. Until
    `until_at` he reads it again without asking."""

    reporter: str
    field: str
    reason: Sealed
    until_at: datetime


@fact("complaint.field-redacted")
class FieldRedacted:
    """What the field (`text`, `duties.0.task`) of the case's line number `line` says is not shown any more:
    `text` stands in its place, nothing where it is None. The log keeps the line as it was."""

    line: int
    field: str
    text: Sealed | None
    reason: Sealed


Fact = (
    ComplaintRegistered
    | ComplaintReclassified
    | ComplaintMerged
    | ComplaintJoined
    | MergeUndone
    | ComplaintParted
    | ComplaintSplit
    | ComplaintSupported
    | ComplaintRejected
    | ComplaintWithdrawn
    | ComplaintAdopted
    | RecurrenceSuspected
    | ComplaintDispatched
    | DispatchDeclined
    | UnitResponded
    | JointSessionHeld
    | TrackChanged
    | ProgressNoted
    | EvidenceAttached
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionRefused
    | ResolutionReported
    | FollowUpAttempted
    | FollowUpRecorded
    | ResidentRated
    | SpotCheckRecorded
    | ComplaintClosed
    | ComplaintLeftUnreached
    | HistoricallyClosed
    | ComplaintReopened
    | ComplaintUrged
    | SupervisionRaised
    | ComplaintEscalated
    | DispatchOverdue
    | ResponseOverdue
    | ResolutionOverdue
    | FollowUpOverdue
    | DeadlineRederived
    | PersonalDataRevealed
    | FieldRedacted
)
