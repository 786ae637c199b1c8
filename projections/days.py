"""Days, months and moments as they are told to us, in the deployment's time zone: microseconds UTC."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from projections.case import micros, moment

LAST_YEAR = 2200
"""What is added to a day of it stays a day."""


class BadQuestion(ValueError):
    """`field` of the question, and why it cannot be asked."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def from_text(text: str, zone: ZoneInfo, field: str = "from") -> int:
    """The first microsecond of a day (`2025-03-31`), of a month (`2025-03`), or a moment with an offset."""
    found = _read(text, field)
    return micros(found if isinstance(found, datetime) else _midnight(found, zone))


def to_text(text: str, zone: ZoneInfo, field: str = "to") -> int:
    """The microsecond after the end of a day or month, or after a moment: what is named is included."""
    found = _read(text, field)
    if isinstance(found, datetime):
        return micros(found) + 1
    after = next_month(found) if len(text) == len("2025-03") else found + timedelta(days=1)
    return micros(_midnight(after, zone))


def as_of_text(text: str, zone: ZoneInfo, field: str = "as_of") -> int:
    """The last microsecond of a day or month, or the moment itself."""
    return to_text(text, zone, field) - 1


def _read(text: str, field: str) -> date | datetime:
    found = _named(text, field)
    if found.year > LAST_YEAR:
        raise BadQuestion(field, f"{text!r} lies beyond the year {LAST_YEAR}")
    return found


def _named(text: str, field: str) -> date | datetime:
    try:
        if len(text) == len("2025-03"):
            return date.fromisoformat(f"{text}-01")
        if len(text) == len("2025-03-31"):
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuestion(field, f"{text!r} is no day, month or moment") from None
    if found.tzinfo is None:
        raise BadQuestion(field, f"{text!r} needs an offset")
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


@lru_cache(maxsize=256)
def months(start: int, end: int, zone: ZoneInfo) -> tuple[tuple[str, int, int], ...]:
    """The months from `start` to just before `end`, each cut to that span: (`2025-03`, start, end). A page
    asks for the same ones over and over."""
    found = []
    day = moment(start).astimezone(zone).date().replace(day=1)
    while (first := micros(_midnight(day, zone))) < end:
        after = next_month(day)
        last = micros(_midnight(after, zone))
        found.append((f"{day:%Y-%m}", max(start, first), min(end, last)))
        day = after
    return tuple(found)


def year_before(at: int, zone: ZoneInfo) -> int:
    """The same local day and time a year before; 29 February becomes 28 February."""
    local = moment(at).astimezone(zone)
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return micros(local.replace(year=local.year - 1, day=day))
