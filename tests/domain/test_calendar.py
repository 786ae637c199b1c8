"""Working time: an example for every rule, the official days against two libraries, and laws."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import WEEKEND, WorkingCalendar, days
from domain.rule_books.calendars import read_calendar

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = read_calendar(
    tomllib.loads((SAMPLES / "calendar-cn-2026.toml").read_text("utf-8")), "cn-2026", "Asia/Shanghai"
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def ends(start: str, amount: int, unit: str) -> str:
    return CALENDAR.add(local(start), amount, unit).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


# ------------------------------------------------------------------ examples


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2025-03-03 09:00", 30, "minutes", "2025-03-03 09:30"),
        ("2025-10-01 23:30", 2, "hours", "2025-10-02 01:30"),  # the wall clock knows no holiday
        ("2025-03-03 09:00", 3, "working_hours", "2025-03-03 12:00"),
        ("2025-03-03 09:00", 4, "working_hours", "2025-03-03 15:00"),  # across the noon break
        ("2025-03-03 13:00", 1, "working_hours", "2025-03-03 15:00"),  # from within it
        ("2025-03-03 17:00", 4, "working_hours", "2025-03-04 11:30"),  # over night
        ("2025-03-07 17:00", 4, "working_hours", "2025-03-10 11:30"),  # over the weekend
        ("2025-03-08 10:00", 4, "working_hours", "2025-03-10 14:30"),  # starts on a Saturday
        ("2025-03-03 00:00", 7, "working_hours", "2025-03-03 17:30"),
        ("2025-03-03 09:00", 1, "working_days", "2025-03-04 18:00"),  # the start day is not counted
        ("2025-03-03 23:59", 1, "working_days", "2025-03-04 18:00"),
        ("2025-03-04 00:00", 1, "working_days", "2025-03-05 18:00"),
        ("2025-03-07 09:00", 1, "working_days", "2025-03-10 18:00"),
        ("2025-03-08 09:00", 1, "working_days", "2025-03-10 18:00"),
        ("2025-09-26 09:00", 1, "working_days", "2025-09-28 18:00"),  # a Sunday made up
        (
            "2025-09-29 10:00",
            5,
            "working_days",
            "2025-10-13 18:00",
        ),  # eight days of 国庆节, a Saturday made up
        ("2025-01-27 17:00", 2, "working_hours", "2025-02-05 09:30"),  # 春节
    ],
)
def test_a_limit_ends(start, amount, unit, end):
    assert ends(start, amount, unit) == end


def test_every_skipped_day_is_named():
    start = local("2025-09-29 10:00")
    skipped = CALENDAR.skipped(start, CALENDAR.add(start, 5, "working_days"))
    assert [day.isoformat() for day, _ in skipped] == [
        *(f"2025-10-0{n}" for n in range(1, 9)),
        "2025-10-12",
    ]
    reasons = dict(skipped)
    assert reasons[date(2025, 10, 1)] == "国庆节"
    assert reasons[date(2025, 10, 6)] == "国庆节、中秋节"
    assert reasons[date(2025, 10, 12)] == WEEKEND


def test_a_made_up_saturday_is_not_skipped():
    assert CALENDAR.skipped(local("2025-10-11 09:00"), local("2025-10-11 18:00")) == ()


@pytest.mark.parametrize(
    ("start", "due", "unit", "at"),
    [
        ("2025-03-03 10:00", "2025-03-03 12:00", "hours", "2025-03-03 11:36"),
        ("2025-03-08 10:00", "2025-03-09 10:00", "hours", "2025-03-09 05:12"),
        # 4 working hours from 17:00: one today, three tomorrow; 80 % = 3 h 12 min
        ("2025-03-03 17:00", "2025-03-04 11:30", "working_hours", "2025-03-04 10:42"),
        # from Monday 10:00 to next Monday's end: 6 + 5 x 7.5 = 43.5 working hours; 80 % = 34 h 48 min
        ("2025-03-03 10:00", "2025-03-10 18:00", "working_days", "2025-03-07 16:48"),
        # a promise over a weekend holds no working time: the wall clock is taken
        ("2025-03-08 10:00", "2025-03-08 20:00", "working_hours", "2025-03-08 18:00"),
    ],
)
def test_eighty_percent_is_measured_in_the_clocks_own_time(start, due, unit, at):
    assert CALENDAR.share(local(start), local(due), unit) == local(at)


def test_a_year_outside_the_calendar_is_provisional_and_has_weekends_only():
    start = local("2026-12-31 10:00")
    due = CALENDAR.add(start, 2, "working_days")
    assert due == local("2027-01-04 18:00")  # the 1st is not known to be a holiday
    assert CALENDAR.provisional(start, due)
    assert not CALENDAR.provisional(local("2026-12-30 10:00"), local("2026-12-31 18:00"))


@pytest.mark.parametrize(
    ("moment", "window"),
    [
        ("2025-03-03 10:00", "day"),
        ("2025-03-03 17:59", "day"),
        ("2025-03-03 18:00", "evening"),
        ("2025-03-08 10:00", "weekend"),
        ("2025-10-01 20:00", "weekend"),
        ("2025-10-11 10:00", "day"),
    ],
)
def test_the_window_of_a_visit(moment, window):
    assert CALENDAR.window(local(moment)) == window


def test_working_days_between_count_the_last_day_and_not_the_first():
    assert CALENDAR.working_days(local("2025-09-30 18:00"), local("2025-10-10 18:00")) == 2
    assert CALENDAR.working_days(local("2025-03-03 08:00"), local("2025-03-03 18:00")) == 0


@pytest.mark.parametrize("amount", [0, -1])
def test_a_limit_of_nothing_is_refused(amount):
    with pytest.raises(ValueError, match="is none"):
        CALENDAR.add(local("2025-03-03 10:00"), amount, "working_days")


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="fortnights"):
        CALENDAR.add(local("2025-03-03 10:00"), 1, "fortnights")


def test_days_are_those_of_the_time_zone():
    new_york = WorkingCalendar("us", "America/New_York", ((time(9), time(17)),))
    friday_evening = datetime(2025, 3, 8, 1, tzinfo=UTC)  # Friday 20:00 there, Saturday in UTC
    assert new_york.add(friday_evening, 1, "working_hours") == datetime(2025, 3, 10, 14, tzinfo=UTC)
    before_the_change = datetime(
        2025, 3, 7, 21, tzinfo=UTC
    )  # 16:00, an hour of summer time is lost on Sunday
    assert new_york.add(before_the_change, 2, "working_hours") == datetime(2025, 3, 10, 14, tzinfo=UTC)


# ------------------------------------------------------------------ the official days


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_sample_agrees_with_two_libraries_on_every_day(year):
    other = holidays.country_holidays("CN", years=[year])
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        works = CALENDAR.is_working_day(day)
        assert works == chinese_calendar.is_workday(day), day
        assert works == other.is_working_day(day), day


# ------------------------------------------------------------------ laws

FIRST = datetime(2023, 12, 20, tzinfo=UTC)
moments = st.integers(0, 1117 * 86_400_000_000).map(lambda us: FIRST + timedelta(microseconds=us))
amounts = st.integers(1, 40)
units = st.sampled_from(["minutes", "hours", "working_hours", "working_days"])


@given(moments, amounts, units)
def test_a_limit_ends_after_it_starts(start, amount, unit):
    assert CALENDAR.add(start, amount, unit) > start


@given(moments, moments, amounts, units)
def test_who_starts_later_never_ends_earlier(one, other, amount, unit):
    first, second = sorted((one, other))
    assert CALENDAR.add(first, amount, unit) <= CALENDAR.add(second, amount, unit)


@given(moments, amounts, units)
def test_a_larger_limit_ends_later(start, amount, unit):
    assert CALENDAR.add(start, amount, unit) < CALENDAR.add(start, amount + 1, unit)


@given(moments, amounts, amounts, units)
def test_limits_add_up(start, one, other, unit):
    apart = CALENDAR.add(CALENDAR.add(start, one, unit), other, unit)
    assert apart == CALENDAR.add(start, one + other, unit)


@given(moments, amounts, st.sampled_from(["working_hours", "working_days"]))
def test_working_units_never_land_outside_working_time(start, amount, unit):
    assert CALENDAR.in_working_time(CALENDAR.add(start, amount, unit))


@given(moments, amounts)
def test_working_hours_are_worked(start, amount):
    assert CALENDAR.worked(start, CALENDAR.add(start, amount, "working_hours")) == timedelta(hours=amount)


@given(moments, amounts)
def test_working_days_are_counted_back(start, amount):
    assert CALENDAR.working_days(start, CALENDAR.add(start, amount, "working_days")) == amount


@given(moments, moments, moments)
def test_worked_time_is_cut_without_loss(a, b, c):
    a, b, c = sorted((a, b, c))
    assert CALENDAR.worked(a, b) + CALENDAR.worked(b, c) == CALENDAR.worked(a, c)


@given(moments, amounts, units)
def test_the_warning_comes_between_start_and_end(start, amount, unit):
    due = CALENDAR.add(start, amount, unit)
    assert start < CALENDAR.share(start, due, unit) < due


@given(moments, amounts, st.sampled_from(["working_hours", "working_days"]))
def test_every_day_of_a_limit_is_skipped_or_worked(start, amount, unit):
    due = CALENDAR.add(start, amount, unit)
    skipped = {day for day, _ in CALENDAR.skipped(start, due)}
    for day in days(CALENDAR.local_date(start), CALENDAR.local_date(due)):
        assert (day in skipped) != CALENDAR.is_working_day(day)
