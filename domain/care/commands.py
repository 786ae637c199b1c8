"""What may be asked of a care plan. Free text arrives plain and leaves sealed."""

from dataclasses import dataclass
from datetime import datetime

from domain.messages import command


@command
class OpenPlan:
    """`grid` is where the household is registered. Without `cadence_days` the longest that risk and grounds
    allow; without `worker` whoever asks, if he is a grid member. `since`: from when on the register has the
    household, None where nobody looked."""

    household: str
    grid: str
    grounds: str
    risk: str
    cadence_days: int | None = None
    worker: str = ""
    person: str = ""
    contact: str = ""
    note: str = ""
    since: datetime | None = None


@command
class RecordVisit:
    """The checklist of one visit, or call. `complaints` are registered in the same save."""

    mode: str = "in_person"
    met: bool = True
    minutes: int | None = None
    chat: bool = False
    water: str = "unchecked"
    electricity: str = "unchecked"
    health: str = ""
    safety: str = ""
    wishes: str = ""
    complaints: tuple[str, ...] = ()


@command
class NoticeMissed:
    """By the watch: a due moment passed."""


@command
class ChangeRisk:
    risk: str
    reason: str
    cadence_days: int | None = None


@command
class HandOver:
    worker: str
    reason: str = ""


@command
class FollowHousehold:
    """By the engine, after the household has moved to `grid`."""

    grid: str


@command
class EndErased:
    """By the engine, after the household was erased; by whoever erases the person it names, in that save."""


@dataclass(frozen=True, slots=True)
class Moment:
    step: str
    at: datetime


@command
class AnswerEmergency:
    """`emergency` 0 begins a new one; else what more is known of that one."""

    moments: tuple[Moment, ...]
    emergency: int = 0
    handed_to: str = ""
    who: str = ""
    what: str = ""


@command
class RevealCare:
    field: str
    reason: str


@command
class SendNotice:
    """One of a notice to several households, saved together; `notice` is the same for all of them."""

    notice: str
    text: str


@command
class DeliverNotice:
    """`evidence` are ids of what proves it."""

    notice: str
    method: str
    evidence: tuple[str, ...] = ()


@command
class ClosePlan:
    reason: str
    note: str = ""


Command = (
    OpenPlan
    | RecordVisit
    | NoticeMissed
    | ChangeRisk
    | HandOver
    | FollowHousehold
    | EndErased
    | AnswerEmergency
    | RevealCare
    | SendNotice
    | DeliverNotice
    | ClosePlan
)
