"""Reading moments as other systems write them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (a local time, as Excel counts it; the zone comes later)
EXCEL_DAYS = (10_000, 100_000)
"""Serial days from 1927 to 2173: what else is a number is no day."""
YEARS = (1900, 2200)


class NoMoment(ValueError):
    """The cell holds something that is no moment in any of the mapping's forms."""


def read_moment(
    cell: object, forms: tuple[str, ...], zone: ZoneInfo, *, end_of_day: bool = False
) -> datetime | None:
    """The moment in UTC; None for an empty cell. A moment without an offset is in `zone`.

    `forms` are `iso`, `excel` (days since 1899-12-30) and strptime patterns, tried in this order. A day
    without a time is its first second or, with `end_of_day` (deadlines), its last. NoMoment if it is none.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        told, whole_day = cell, False
    elif isinstance(cell, date):
        told, whole_day = datetime.combine(cell, time()), True
    else:
        told, whole_day = _read(cell, forms)
    if not YEARS[0] <= told.year < YEARS[1]:
        raise NoMoment(f"the year {told.year} is not between {YEARS[0]} and {YEARS[1]}")
    if whole_day and end_of_day:
        told += timedelta(hours=23, minutes=59, seconds=59)
    if told.tzinfo is None:
        told = told.replace(tzinfo=zone)
    return told.astimezone(UTC)


def _read(cell: object, forms: tuple[str, ...]) -> tuple[datetime, bool]:
    """The moment as written, and whether only a day was."""
    text = str(cell).strip()
    for form in forms:
        try:
            if form == "iso":
                return datetime.fromisoformat(text), ":" not in text and "T" not in text
            if form == "excel":
                days = float(text)
                if EXCEL_DAYS[0] <= days < EXCEL_DAYS[1]:
                    # Excel keeps binary fractions of a day: seconds are what it means.
                    return EXCEL_EPOCH + timedelta(seconds=round(days * 86_400)), days.is_integer()
                continue
            return datetime.strptime(text, form), "%H" not in form  # noqa: DTZ007  (the zone comes later)
        except (ValueError, OverflowError):
            continue
    raise NoMoment(f"{text[:60]!r} is no moment of the form {' or '.join(forms)}")
