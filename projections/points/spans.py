"""Months, quarters, half-years and years as the views are asked for them, in the deployment's time zone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from domain.points.panel.periods import kind_of, span
from projections.case import micros


def days_of(period: str) -> tuple[int, int]:
    """The ordinals of its first day and of the day after it: what the table `earned` is asked for. ValueError
    for what is no period (2025-03, 2025-Q1, 2025-H1, 2025)."""
    first, after = span(period)
    return first.toordinal(), after.toordinal()


def bounds_of(period: str, zone: ZoneInfo) -> tuple[int, int]:
    """Where the period begins and where the next does, in microseconds."""
    first, after = (micros(datetime.combine(day, time.min, zone)) for day in span(period))
    return first, after


def month_bounds(month: str, zone: ZoneInfo) -> tuple[int, int]:
    """As `bounds_of`; ValueError for what is no month."""
    if kind_of(month) != "month":
        raise ValueError(f"{month!r} is no month like 2025-03")
    return bounds_of(month, zone)


def previous(month: str) -> str:
    """The month before."""
    first, _ = span(month)
    year, number = divmod(first.year * 12 + first.month - 2, 12)
    return f"{year:04}-{number + 1:02}"
