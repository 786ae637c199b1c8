"""What may have happened in a round of visits. Names and fields are on disk for ever (tests/wire/visit.txt).

An attempt carries what its figures need: what the household's best attempt was before it and is after it, so
that one household's stream alone says what the attempt added to a count. Notes and names are `Sealed`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.messages import Sealed, fact

# ------------------------------------------------------------------ the round


@fact("visit-round.opened")
class RoundOpened:
    """Its targets are the households registered under `grid`; attempts count from `from_day` to `to_day`,
    local days of the deployment both."""

    name: str
    grid: str
    from_day: date
    to_day: date


@fact("visit-round.closed")
class RoundClosed:
    reason: Sealed | None


# ------------------------------------------------------------------ one household's visits


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who went along (1+N). Who is known to the deployment is named by his id; anybody else by a sealed name.
    `capacity` is in what capacity: 网格员, 老党员, 业委会成员, 热心居民 …"""

    person: str
    name: Sealed | None
    capacity: str


@dataclass(frozen=True, slots=True)
class Measured:
    quantity: str
    value: float
    unit: str


@fact("visit.attempted")
class VisitAttempted:
    """`number` counts the household's attempts in the round, from 1. `people` is its registered size, None
    where nobody knows it; `kind` what sort of household it was. `best_before` and `best_after` are the most
    people met at one attempt of the round until then and with this one; `opened_before` and
    `opened_in_mode_before` whether the door was opened before, in any way and in this `mode`. `minutes` is
    None where nobody took the time. `registered` names holders of accounts who helped with the registration;
    `booking` the slot it kept; `photos` stored evidence."""

    round: str
    household: str
    grid: str
    number: int
    window: str
    mode: str
    outcome: str
    people_met: int
    minutes: int | None
    started_at: datetime | None
    ended_at: datetime | None
    people: int | None
    kind: str
    best_before: int
    best_after: int
    opened_before: bool
    opened_in_mode_before: bool
    team: tuple[Visitor, ...]
    readings: tuple[Measured, ...]
    complaints: tuple[str, ...]
    note: Sealed | None
    registered: tuple[str, ...]
    booking: str
    photos: tuple[str, ...] = ()


@fact("visit.booked")
class VisitBooked:
    """A slot agreed with the household. `booking` is its name within the visit: b1, b2 …"""

    round: str
    household: str
    grid: str
    booking: str
    day: date
    window: str
    mode: str
    from_at: datetime | None
    until_at: datetime | None
    note: Sealed | None


@fact("visit.booking-cancelled")
class BookingCancelled:
    round: str
    household: str
    grid: str
    booking: str
    day: date
    window: str
    reason: Sealed | None


# ------------------------------------------------------------------ the plan


@dataclass(frozen=True, slots=True)
class Planned:
    """Households to visit in one window, in the order to go; online it is the make-up visit (线上补访)."""

    window: str
    mode: str
    households: tuple[str, ...]


@fact("visit-plan.made")
class PlanMade:
    """One worker's day. Made again, the later plan stands. `rule` is the version of the settings followed."""

    round: str
    worker: str
    day: date
    grids: tuple[str, ...]
    shares: tuple[Planned, ...]
    rule: str


RoundFact = RoundOpened | RoundClosed
VisitFact = VisitAttempted | VisitBooked | BookingCancelled
