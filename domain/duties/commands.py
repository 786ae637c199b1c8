"""What may be asked of a series of duties. Free text arrives plain and leaves sealed."""

from datetime import date, datetime

from domain.messages import command


@command
class OpenSeries:
    """`what` is a line of the book `duties`, `place` a node of its level. `from_day`: the book takes effect
    on a later day only."""

    what: str
    place: str
    from_day: date | None = None


@command
class Done:
    """By hand. `period` is the key of an open or missed one."""

    period: str
    note: str
    evidence: tuple[str, ...] = ()


@command
class DoneBy:
    """A fact did it: the `period` it names, or the one the moment `at` falls into, be it ahead. What is done
    already, or is not asked for, decides nothing."""

    name: str
    cause: str
    at: datetime | None
    period: str = ""


@command
class NoticeMissed:
    """Whatever deadline has passed by now."""


@command
class Explain:
    period: str
    reason: str


@command
class CloseSeries:
    reason: str


Command = OpenSeries | Done | DoneBy | NoticeMissed | Explain | CloseSeries
