"""What people, policies and the watch may ask of a complaint. Free text arrives plain and leaves sealed.

Every command's actor and `occurred_at` stand in its scene (domain/scene.py).
"""

from dataclasses import dataclass
from datetime import datetime

from domain.messages import Sealed, command, quick

# ------------------------------------------------------------------ intake


@dataclass(frozen=True, slots=True)
class Place:
    """`grid` is the full path; the rest is sealed."""

    grid: str
    address: str = ""
    lat: float | None = None
    long: float | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    name: str = ""
    phone: str = ""


@command
class Register:
    """`reporter_id`, `place_key` and `tracking_key` come from the vault, never from outside. `photos` are ids
    of evidence that came with the report; `found_by` is the stream that found it, saved together with it."""

    category: str
    text: str
    place: Place
    channel: str
    urgency: str = "normal"
    origin: str = "reactive"
    reporter: Reporter | None = None
    external_number: str = ""
    reporter_id: str = ""
    place_key: str = ""
    tracking_key: str = ""
    split_from: str = ""
    photos: tuple[str, ...] = ()
    found_by: str = ""


@command
class Reclassify:
    category: str
    reason: str


@command
class Merge:
    """Asked of the case that ends."""

    into: str
    reason: str


@command
class Join:
    """Asked of the case that stays, in the same save."""

    other: str
    reporters: tuple[str, ...]


@command
class UndoMerge:
    reason: str


@command
class Part:
    other: str
    reporters: tuple[str, ...]


@command
class Split:
    """`parts` are the ids of the new cases, registered in the same save."""

    parts: tuple[str, ...]
    reason: str


@command
class Support:
    reporter: Reporter
    text: str = ""
    reporter_id: str = ""


@command
class Reject:
    reason: str
    note: str = ""


@command
class Withdraw:
    reason: str = ""


@command
class Adopt:
    how: str = "import --adopt-open"


@command
class SuspectRecurrence:
    """By the engine, with the id of the new case."""

    other: str
    matched_by: str


# ------------------------------------------------------------------ dispatch


@command
class Dispatch:
    lead: str
    assisting: tuple[str, ...] = ()
    track: str = ""


@command
class Decline:
    reason: str
    unit: str = ""


@command
class Respond:
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DutyAsked:
    unit: str
    task: str
    due: datetime | None = None


@command
class HoldSession:
    attendees: tuple[str, ...]
    decision: str
    chair: str
    duties: tuple[DutyAsked, ...] = ()
    lead: str = ""


@command
class ChangeTrack:
    track: str
    reason: str


# ------------------------------------------------------------------ handling


@command
class NoteProgress:
    text: str
    visible_to_resident: bool = False


@command
class AttachEvidence:
    ids: tuple[str, ...]
    taken_at: datetime | None = None


@command
class RequestExtension:
    until: datetime
    reason: str


@command
class DecideExtension:
    extension: str
    grant: bool
    until: datetime | None = None
    reason: str = ""


@command
class ReportResolution:
    result: str
    answer: str
    evidence: tuple[str, ...] = ()


# ------------------------------------------------------------------ follow-up


@dataclass(frozen=True, slots=True)
class ReadingTaken:
    quantity: str
    value: float
    unit: str


@command
class FollowUp:
    """`visited_at` is the occurred_at of the follow-up (the api puts it there). With `reached` False,
    satisfaction and solved are ignored."""

    method: str
    visited_at: datetime
    reached: bool = True
    satisfaction: str = ""
    solved: str = ""
    readings: tuple[ReadingTaken, ...] = ()
    photos: tuple[str, ...] = ()
    reporter: str = ""
    note: str = ""
    reason: str = ""


@command
class Rate:
    """By the resident, with his code or signed in."""

    satisfaction: str
    text: str = ""


@command
class Reopen:
    reason: str
    text: str = ""


@command
class SpotCheck:
    result: str
    text: str
    readings: tuple[ReadingTaken, ...] = ()
    photos: tuple[str, ...] = ()


# ------------------------------------------------------------------ clocks


@command
class Urge:
    text: str = ""


@command
class Supervise:
    level: str
    text: str


@command
class NoticeWarning:
    """By the watch: 80 % of a clock's time is gone."""

    clock: str
    due: datetime
    unit: str = ""


@command
class NoticeOverdue:
    """By the watch: a deadline passed. The fact is dated at the deadline."""

    clock: str
    due: datetime
    unit: str = ""


@command
class Rederive:
    """Derive a running deadline again, under the calendar or rules now in force."""

    clock: str
    reason: str
    unit: str = ""


# ------------------------------------------------------------------ personal data


@command
class Reveal:
    """`reporter`: whose, where there are several; the first if left out."""

    field: str
    reason: str
    reporter: str = ""


@command
class Redact:
    """`line` is the version of the fact, `field` the path within it; both and `subject`, whose value it was,
    were looked up in the log. Empty `text`: nothing stands in its place."""

    line: int
    field: str
    reason: str
    text: str = ""
    subject: str = ""


# ------------------------------------------------------------------ history


@quick
@dataclass(frozen=True, slots=True)
class HistoricRound:
    """One handling round of a ticket kept elsewhere, as its columns tell it; None = not known to have
    happened. Moments have zones. `result`, `satisfaction`, `solved` in our words, or ""."""

    round: int
    registered_at: datetime
    lead: str
    dispatched_at: datetime | None = None
    respond_by: datetime | None = None
    responded_at: datetime | None = None
    first_resolve_by: datetime | None = None
    extended_at: datetime | None = None
    resolve_by: datetime | None = None
    resolved_at: datetime | None = None
    result: str = ""
    followed_up_at: datetime | None = None
    satisfaction: str = ""
    solved: str = ""
    ended: str = ""
    ended_at: datetime | None = None
    assisting: tuple[str, ...] = ()


@command
class RecordHistory:
    """By the importer: append what this line tells and the log does not know yet. `text` sealed or plain
    is made by the importer; `mended` names the rules that were applied to make sense of the line.
    `follow_up_known` is False where the source has no follow-up columns at all: then a resolution is
    followed by a historic closing."""

    source: str
    external_number: str
    category: str
    channel: str
    origin: str
    grid: str
    text: Sealed
    line: HistoricRound
    follow_up_known: bool
    address: Sealed | None = None
    location: Sealed | None = None
    place_key: str = ""
    mended: tuple[str, ...] = ()


Command = (
    Register
    | Reclassify
    | Merge
    | Join
    | UndoMerge
    | Part
    | Split
    | Support
    | Reject
    | Withdraw
    | Adopt
    | SuspectRecurrence
    | Dispatch
    | Decline
    | Respond
    | HoldSession
    | ChangeTrack
    | NoteProgress
    | AttachEvidence
    | RequestExtension
    | DecideExtension
    | ReportResolution
    | FollowUp
    | Rate
    | Reopen
    | SpotCheck
    | Urge
    | Supervise
    | NoticeWarning
    | NoticeOverdue
    | Rederive
    | Reveal
    | Redact
    | RecordHistory
)
