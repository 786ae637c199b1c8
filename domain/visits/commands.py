"""What may be asked of one household's visits in a round. Notes and names arrive plain and leave sealed."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.messages import command
from domain.visits.facts import Measured


@dataclass(frozen=True, slots=True)
class Target:
    """The household as it is registered now. `people` None: nobody knows its size."""

    id: str
    grid: str
    people: int | None = None
    kind: str = "resident"
    vacant: bool = False


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody who went along: known by `person`, or by `name`."""

    capacity: str
    person: str = ""
    name: str = ""


@command
class Attempt:
    """`complaints` are registered in the same save, one a need. `registered` None: the household itself
    helped with the registration, if its door was opened. `photos` are ids of stored evidence."""

    round: str
    target: Target
    window: str
    mode: str
    outcome: str
    people_met: int = 0
    minutes: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    team: tuple[Companion, ...] = ()
    readings: tuple[Measured, ...] = ()
    complaints: tuple[str, ...] = ()
    note: str = ""
    registered: tuple[str, ...] | None = None
    booking: str = ""
    photos: tuple[str, ...] = ()


@command
class Book:
    round: str
    target: Target
    day: date
    window: str
    mode: str = "in_person"
    from_at: datetime | None = None
    until_at: datetime | None = None
    note: str = ""


@command
class CancelBooking:
    booking: str
    reason: str = ""


Command = Attempt | Book | CancelBooking
