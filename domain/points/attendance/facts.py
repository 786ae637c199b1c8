"""What may have happened to an attendance list."""

from datetime import date

from domain.messages import Sealed, fact
from domain.points.facts import Rule


@fact("attendance.opened")
class AttendanceOpened:
    """`points` is what the tariff in force on `occurred_on` pays each who was there for `quantity` of
    `activity`. `basis`: time, day, hours, case."""

    activity: str
    place: str
    occurred_on: date
    quantity: int
    basis: str
    points: int
    rule: Rule


@fact("attendance.present")
class PresentNoted:
    account: str
    holder: str


@fact("attendance.absent")
class AbsentNoted:
    """Struck out again before anybody confirmed."""

    account: str
    holder: str


@fact("attendance.confirmed")
class AttendanceConfirmed:
    """Everything the reward of each account rests on, as it stood when it was confirmed."""

    activity: str
    quantity: int
    occurred_on: date
    opened_by: str
    accounts: tuple[str, ...]


@fact("attendance.taken-off")
class TakenOff:
    """After it was confirmed: the account was not there, and gives back what it earned."""

    account: str
    holder: str
    reason: Sealed


@fact("attendance.cancelled")
class AttendanceCancelled:
    """`accounts` are those that earned by it: none where it was never confirmed."""

    accounts: tuple[str, ...]
    reason: Sealed


AttendanceFact = (
    AttendanceOpened | PresentNoted | AbsentNoted | AttendanceConfirmed | TakenOff | AttendanceCancelled
)
