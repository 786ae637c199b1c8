"""Working time: which days and hours count, and how far a deadline runs in them.

Arithmetic is done in UTC on spans of working time; days are days of the deployment's time zone. The spans
of a day are computed once and kept, so a deadline costs microseconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UNITS = ("minutes", "hours", "working_hours", "working_days")
"""What a limit may be counted in. The first two run by the wall clock, holidays and nights included."""

WALL_CLOCK = frozenset({"minutes", "hours"})
WEEKEND = "weekend"
"""The reason a day is skipped that no holiday covers."""

ONE_DAY = timedelta(days=1)
REMEMBERED = 1_000
"""Promises a calendar keeps in memory."""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """One version of the calendar in one time zone.

    `hours` are the spans of a working day in local time, in order. `weekend` holds ISO weekdays (6, 7).
    `holidays` maps a day off to its reason (国庆节), `make_up` a working day at a weekend to its reason.
    A year outside `known_years` is computed from weekends only: see `provisional`.
    """

    version: str
    time_zone: str
    hours: tuple[tuple[time, time], ...]
    weekend: frozenset[int] = frozenset({6, 7})
    holidays: Mapping[date, str] = field(default_factory=dict)
    make_up: Mapping[date, str] = field(default_factory=dict)
    known_years: frozenset[int] = frozenset()
    _spans: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _promises: dict[tuple[datetime, int, str, float], tuple[datetime, datetime]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def is_working_day(self, day: date) -> bool:
        return not self.reason_off(day)

    def reason_off(self, day: date) -> str:
        """Why nobody works that day: a holiday's name or `weekend`; "" on a working day."""
        if day in self.make_up:
            return ""
        return self.holidays.get(day) or (WEEKEND if day.isoweekday() in self.weekend else "")

    def spans(self, day: date) -> tuple[Span, ...]:
        """The working time of a day, in UTC; empty on a day off."""
        known = self._spans.get(day)
        if known is None:
            known = self._spans[day] = self._compute(day)
        return known

    def _compute(self, day: date) -> tuple[Span, ...]:
        if not self.is_working_day(day):
            return ()
        zone = ZoneInfo(self.time_zone)
        return tuple(
            (
                datetime.combine(day, begin, zone).astimezone(UTC),
                datetime.combine(day, end, zone).astimezone(UTC),
            )
            for begin, end in self.hours
        )

    # -------------------------------------------------------------- running a clock

    def add(self, start: datetime, amount: int, unit: str) -> datetime:
        """When a limit of `amount` `unit`s that starts at `start` ends, in UTC.

        Working days: the start day is not counted; ends with the working time of the Nth working day.
        Working hours carry over to the next working span. ValueError for an amount below 1 or another unit.
        """
        if amount < 1:
            raise ValueError(f"a limit of {amount} {unit} is none")
        match unit:
            case "minutes":
                return start.astimezone(UTC) + timedelta(minutes=amount)
            case "hours":
                return start.astimezone(UTC) + timedelta(hours=amount)
            case "working_hours":
                return self._spend(start, timedelta(hours=amount))
            case "working_days":
                return self._end_of_working_day(self.local_date(start), amount)
        raise ValueError(f"{unit!r} is no unit of time; known are {', '.join(UNITS)}")

    def promise(self, start: datetime, amount: int, unit: str, part: float) -> tuple[datetime, datetime]:
        """When a limit ends (`add`), and when `part` of its time is gone (`share`). Clocks that are set
        together start together, so the last few are remembered."""
        asked = start, amount, unit, part
        found = self._promises.get(asked)
        if found is None:
            due = self.add(start, amount, unit)
            if len(self._promises) >= REMEMBERED:
                self._promises.clear()
            found = self._promises[asked] = due, self.share(start, due, unit, part)
        return found

    def share(self, start: datetime, due: datetime, unit: str, part: float = 0.8) -> datetime:
        """When `part` of the time from `start` to `due` is gone, measured in the clock's own time.

        The own time of both working units is the working time between the two moments. Where there is none
        (a promise over a weekend), the wall clock is taken.
        """
        if unit not in WALL_CLOCK and (worked := self.worked(start, due)):
            return self._spend(start, worked * part)
        return (start + (due - start) * part).astimezone(UTC)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments; zero if `end` is not after `start`."""
        total = timedelta(0)
        if end <= start:
            return total
        for day in days(self.local_date(start), self.local_date(end)):
            for begin, finish in self.spans(day):
                total += max(timedelta(0), min(finish, end) - max(begin, start))
        return total

    def working_days(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start`, up to and with the day of `end`."""
        return sum(map(self.is_working_day, days(self.local_date(start) + ONE_DAY, self.local_date(end))))

    def skipped(self, start: datetime, due: datetime) -> tuple[tuple[date, str], ...]:
        """The days off from the day of `start` to the day of `due`, each with its reason."""
        span = days(self.local_date(start), self.local_date(due))
        return tuple((day, reason) for day in span if (reason := self.reason_off(day)))

    def provisional(self, start: datetime, due: datetime) -> bool:
        """Whether a year between the two is not in the calendar, so that its holidays are not yet known."""
        first, last = self.local_date(start).year, self.local_date(due).year
        return any(year not in self.known_years for year in range(first, last + 1))

    def in_working_time(self, moment: datetime) -> bool:
        """Both ends of a span belong to it."""
        return any(begin <= moment <= end for begin, end in self.spans(self.local_date(moment)))

    def window(self, moment: datetime) -> str:
        """`day`, `evening` (from the end of work on) or `weekend` (a day off): when someone was visited."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        if not self.is_working_day(local.date()):
            return "weekend"
        return "evening" if local.time() >= self.hours[-1][1] else "day"

    def _spend(self, start: datetime, left: timedelta) -> datetime:
        day = self.local_date(start)
        while True:
            for begin, end in self.spans(day):
                at = max(begin, start)
                if at >= end:
                    continue
                if left <= end - at:
                    return (at + left).astimezone(UTC)
                left -= end - at
            day += ONE_DAY

    def _end_of_working_day(self, day: date, amount: int) -> datetime:
        while amount:
            day += ONE_DAY
            amount -= self.is_working_day(day)
        return self.spans(day)[-1][1]


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)
