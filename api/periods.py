"""Days, months and moments as they stand in an address, in the deployment's time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.problems import Problem

MONTH = re.compile(r"\d{4}-\d{2}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = timedelta(microseconds=1)


def start(text: str, name: str, zone: ZoneInfo) -> datetime:
    """The first moment meant: a day's or month's midnight, or the moment itself. Problem 422 otherwise."""
    return span(text, name, zone)[0]


def end(text: str, name: str, zone: ZoneInfo) -> datetime:
    """The last microsecond meant, included: a day and a month are meant whole."""
    return span(text, name, zone)[1]


def span(text: str, name: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First and last moment of a day, of a month (`2025-03`), or of a moment with an offset; in UTC."""
    text = text.strip()
    try:
        if MONTH.fullmatch(text):
            first = date.fromisoformat(f"{text}-01")
            return whole(first, (first.replace(day=28) + timedelta(days=4)).replace(day=1), zone)
        if DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return whole(day, day + timedelta(days=1), zone)
        moment = datetime.fromisoformat(moment_text(text))
        if moment.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return moment.astimezone(UTC), moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "query.invalid", message=f"{name}: {error}") from error


def whole(first: date, beyond: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return midnight(first), midnight(beyond) - INSTANT


def moment_text(text: str) -> str:
    """A moment out of an address, where + came in as a space."""
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip())
