"""What may have happened to a series of duties: one fact for each of its periods, and what it carries is the
next period, so that nobody who reads it needs a calendar."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.messages import Sealed, fact


@dataclass(frozen=True, slots=True)
class Period:
    """`key` names it in its series: 2026-03-05, 2026-W10, 2026-03, 2026-Q1, 2026-H1, 2026. It runs from the
    local day `first` to `last`; the duty is asked for from `opens` and is due by `due`. `dated` is the day it
    would have been held on, had not `reason` (a holiday, `weekend`) moved it; None where nothing did."""

    key: str
    first: date
    last: date
    opens: datetime
    due: datetime
    dated: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The line of the book `duties` that decides, as it read: its names, who owes the duty (`unit` "" where
    the role of the place does), and the facts that do it."""

    version: str
    zh: str
    en: str
    rhythm: str
    level: str
    role: str
    unit: str
    done_by: tuple[str, ...]


@fact("duty.opened")
class DutyOpened:
    what: str
    place: str
    terms: Terms
    next: Period


@fact("duty.changed")
class DutyChanged:
    """A later version of the book says it otherwise, from the period on that was just named."""

    terms: Terms


@fact("duty.done")
class DutyDone:
    """In time. `by` is the fact that did it and `cause` its line; both are "" where it was noted by hand.
    Without `next` the series ends: the book in force has no such line."""

    what: str
    place: str
    period: Period
    by: str
    cause: str
    note: Sealed | None
    evidence: tuple[str, ...]
    next: Period | None


@fact("duty.missed")
class DutyMissed:
    """Dated at the deadline."""

    what: str
    place: str
    period: Period
    next: Period | None


@fact("duty.done-late")
class DutyDoneLate:
    """After it was recorded as missed: both facts stand. `in_time`: it is told to have been done before the
    deadline all the same, and was recorded within 72 hours of it."""

    what: str
    place: str
    period: Period
    in_time: bool
    by: str
    cause: str
    note: Sealed | None
    evidence: tuple[str, ...]


@fact("duty.explained")
class DutyExplained:
    """Why a period was missed, in its owner's words."""

    what: str
    place: str
    period: str
    reason: Sealed


@fact("duty.closed")
class DutyClosed:
    """Nothing is asked for any more; `period` is the key of the one that was open."""

    what: str
    place: str
    period: str
    reason: Sealed


DutyFact = DutyOpened | DutyChanged | DutyDone | DutyMissed | DutyDoneLate | DutyExplained | DutyClosed
