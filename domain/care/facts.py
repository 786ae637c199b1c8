"""What may have happened to a care plan. Each carries what a figure asks for: place, risk, due moment."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.messages import Sealed, fact


@fact("care-plan.opened")
class CarePlanOpened:
    """`household` is looked after every `cadence_days` days at most, by the version `rules` of the book
    `deadlines`; `person` is who in it, or "". `due` is the end of `due_on`, the local day by which the first
    visit is to be made; at `next_by` the engine looks whether it was. `contact` is whom to call in an
    emergency."""

    household: str
    person: str
    grid: str
    grounds: str
    risk: str
    cadence_days: int
    worker: str
    opened_on: date
    due_on: date
    due: datetime
    next_by: datetime
    rules: str
    contact: Sealed | None
    note: Sealed | None


@fact("care-plan.visited")
class CareVisitRecorded:
    """`visited_on` is the local day, `due` (the end of `due_on`) ends the period it falls in. `kept`: it is
    the visit that kept this period; `mended`: the period had been recorded as missed before this was known. A
    visit that met nobody keeps nothing, nor does a second one in a period that was kept. `next_on` is the day
    by which the next is to be made; None where the period that runs goes on. `mode`: in_person, online;
    `minutes` may not have been noted. `water` and `electricity`: ok, fault, unchecked; `chat`: there was time
    to talk. `complaints` were registered in the same save, one for each need that is somebody else's to
    meet."""

    household: str
    grid: str
    risk: str
    cadence_days: int
    worker: str
    visited_on: date
    due_on: date
    due: datetime
    kept: bool
    mended: bool
    next_on: date | None
    next_due: datetime | None
    next_by: datetime | None
    mode: str
    met: bool
    minutes: int | None
    chat: bool
    water: str
    electricity: str
    health: Sealed | None
    safety: Sealed | None
    wishes: Sealed | None
    complaints: tuple[str, ...]


@fact("care-plan.missed")
class CareVisitMissed:
    """Dated at `due`, the end of `due_on`: nobody came in the period that ended then. The next ends with
    `next_on`."""

    household: str
    grid: str
    risk: str
    cadence_days: int
    worker: str
    due_on: date
    due: datetime
    next_on: date
    next_due: datetime
    next_by: datetime


@fact("care-plan.risk-changed")
class CareRiskChanged:
    """`due` is when the running period ends now: sooner at once where the cadence got shorter."""

    household: str
    grid: str
    before: str
    risk: str
    cadence_days: int
    due_on: date
    due: datetime
    next_by: datetime
    rules: str
    reason: Sealed


@fact("care-plan.handed-over")
class CareHandedOver:
    """From one worker to another."""

    before: str
    worker: str
    reason: Sealed | None


@fact("care-plan.moved")
class CareMoved:
    """The household has moved, and its plan with it: from the grid `grid_before` to `grid`, from the worker
    `before` to `worker`, "" where no grid member answers for the new grid."""

    household: str
    grid_before: str
    grid: str
    before: str
    worker: str


@dataclass(frozen=True, slots=True)
class EmergencyMoment:
    """`step`: called, arrived, hospital, family_notified, handed_over."""

    step: str
    at: datetime


@fact("care-plan.emergency-answered")
class EmergencyAnswered:
    """Of one emergency (`emergency`, counted from 1) what became known: said at once or piece by piece.
    `handed_to`: relatives, hospital, neighbour, other; `who` is their name."""

    emergency: int
    household: str
    grid: str
    moments: tuple[EmergencyMoment, ...]
    handed_to: str
    who: Sealed | None
    what: Sealed | None


@fact("care-plan.revealed")
class CareRevealed:
    """Somebody who does not look after the household reads a sealed field until then, and why."""

    field: str
    reason: Sealed
    until_at: datetime


@fact("care-plan.notice-sent")
class NoticeSent:
    """A notice to a segment (before a cold wave, say) for this household; others share its `notice`."""

    notice: str
    household: str
    grid: str
    text: Sealed


@fact("care-plan.notice-delivered")
class NoticeDelivered:
    """That it reached the household, and what proves it. `method`: in_person, phone, wechat, paper."""

    notice: str
    household: str
    grid: str
    method: str
    evidence: tuple[str, ...]


@fact("care-plan.closed")
class CarePlanClosed:
    """`reason`: moved, died, institution, improved, declined, other; erased, where the household was, or the
    person it names."""

    household: str
    grid: str
    reason: str
    note: Sealed | None


CareFact = (
    CarePlanOpened
    | CareVisitRecorded
    | CareVisitMissed
    | CareRiskChanged
    | CareHandedOver
    | CareMoved
    | EmergencyAnswered
    | CareRevealed
    | NoticeSent
    | NoticeDelivered
    | CarePlanClosed
)
