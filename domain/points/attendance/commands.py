"""What may be asked of an attendance list. Free text arrives plain and leaves sealed."""

from dataclasses import dataclass
from datetime import date

from domain.messages import command


@command
class OpenList:
    """`quantity` may be left out (None) where the tariff's line does not pay by the hour."""

    activity: str
    occurred_on: date
    place: str
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An account as the engine finds it."""

    account: str
    holder: str
    kind: str
    opened_on: date


@command
class NotePresent:
    people: tuple[Person, ...]


@command
class NoteAbsent:
    """`reason` is needed once the list is confirmed."""

    account: str
    reason: str = ""


@command
class Confirm:
    pass


@command
class CancelList:
    reason: str


Command = OpenList | NotePresent | NoteAbsent | Confirm | CancelList
