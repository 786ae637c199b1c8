"""When a duty recurs: the periods of a rhythm in order, and what a holiday makes of a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import ONE_DAY, WorkingCalendar
from domain.duties.facts import Period
from domain.rule_books.duty_rules import DutyLine

MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
SEARCHED = 1_000
"""Days or months looked through for the next day that is held, at most: a calendar without working days ends
the search, not the process."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A day or a longer span as the rhythm has it. `held` None: a holiday (`reason`) leaves it out."""

    key: str
    first: date
    last: date
    held: Period | None
    reason: str = ""


def occurrences(
    line: DutyLine, calendar: WorkingCalendar, zone: ZoneInfo, since: date
) -> Iterator[Occurrence]:
    """Without end: those that begin, as dated, on `since` or later; the ones left out among them."""
    for key, first, last in _spans(line, since):
        yield _occurrence(line, calendar, zone, key, first, last)


def following(line: DutyLine, calendar: WorkingCalendar, zone: ZoneInfo, since: date) -> Period:
    """The first one that is held. ValueError where the calendar leaves out all of them."""
    for n, found in enumerate(occurrences(line, calendar, zone, since)):
        if found.held is not None:
            return found.held
        if n > SEARCHED:
            break
    raise ValueError(f"the calendar {calendar.version} leaves no day for {line.code}")


def opening(
    line: DutyLine, calendar: WorkingCalendar, zone: ZoneInfo, moment: datetime, decided: date | None = None
) -> Period:
    """The first period that is asked for from `moment` on or later: what began before is asked of nobody. Of
    a series that is opened again nothing up to the day `decided`."""
    since = moment.astimezone(zone).date() - (timedelta(days=400) if line.after else timedelta(0))
    since = since if decided is None else max(since, decided + ONE_DAY)
    for n, found in enumerate(occurrences(line, calendar, zone, since)):
        if found.held is not None and found.held.opens >= moment:
            return found.held
        if n > SEARCHED:
            break
    raise ValueError(f"the calendar {calendar.version} leaves no day for {line.code}")


def dated_last(period: Period) -> date:
    """The last day it was to be held on: the next one begins after it."""
    return period.dated or period.last


def _occurrence(
    line: DutyLine, calendar: WorkingCalendar, zone: ZoneInfo, key: str, first: date, last: date
) -> Occurrence:
    dated, reason = None, ""
    begin = first
    if line.rhythm in ("daily", "days") and line.holidays != "held":
        reason = calendar.reason_off(first)
        if reason and line.holidays == "skipped":
            return Occurrence(key, first, last, None, reason)
        if reason:
            dated, begin = first, _next_working_day(calendar, first)
    end = begin + (last - first)
    opens = end + ONE_DAY if line.after else begin
    due = end + ONE_DAY + timedelta(days=line.within_days)
    held = Period(key, begin, end, midnight(opens, zone), midnight(due, zone), dated, reason)
    return Occurrence(key, first, last, held, reason)


def _next_working_day(calendar: WorkingCalendar, day: date) -> date:
    for _ in range(SEARCHED):
        day += ONE_DAY
        if calendar.is_working_day(day):
            return day
    raise ValueError(f"the calendar {calendar.version} has no working day after {day}")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _spans(line: DutyLine, since: date) -> Iterator[tuple[str, date, date]]:
    """(key, first day, last day) of the rhythm's spans that begin on `since` or later, in order."""
    match line.rhythm:
        case "daily":
            day = since
            while True:
                yield day.isoformat(), day, day
                day += ONE_DAY
        case "weekly":
            monday = since + timedelta(days=-since.weekday() % 7)
            while True:
                year, week, _ = monday.isocalendar()
                yield f"{year}-W{week:02}", monday, monday + timedelta(days=6)
                monday += timedelta(days=7)
        case "days":
            month = since.replace(day=1)
            while True:
                for each in line.days:
                    if (day := month.replace(day=each)) >= since:
                        yield day.isoformat(), day, day
                month = _months_on(month, 1)
        case _:
            yield from _of_months(MONTHS[line.rhythm], since)


def _of_months(many: int, since: date) -> Iterator[tuple[str, date, date]]:
    first = date(since.year, (since.month - 1) // many * many + 1, 1)
    if first < since:
        first = _months_on(first, many)
    while True:
        after = _months_on(first, many)
        yield _name(many, first), first, after - ONE_DAY
        first = after


def _name(many: int, first: date) -> str:
    match many:
        case 1:
            return f"{first:%Y-%m}"
        case 12:
            return f"{first.year:04}"
    return f"{first.year:04}-{'Q' if many == 3 else 'H'}{(first.month - 1) // many + 1}"


def _months_on(first: date, many: int) -> date:
    years, month = divmod(first.year * 12 + first.month - 1 + many, 12)
    return date(years, month + 1, 1)
