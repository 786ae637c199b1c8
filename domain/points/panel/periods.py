"""Months, quarters, years and half-years as they are written: 2025-03, 2025-Q1, 2025, 2025-H1."""

import re
from datetime import date

from domain.refusals import Refused

_FORMS = {
    "month": re.compile(r"(\d{4})-(0[1-9]|1[0-2])"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "half_year": re.compile(r"(\d{4})-H([12])"),
    "year": re.compile(r"(\d{4})"),
}
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_EXAMPLES = {"month": "2025-03", "quarter": "2025-Q1", "half_year": "2025-H1", "year": "2025"}


def kind_of(period: str) -> str:
    """month, quarter, half_year or year; "" for what is none."""
    return next((kind for kind, form in _FORMS.items() if form.fullmatch(period)), "")


def span(period: str) -> tuple[date, date]:
    """Its first day, and the first day after it. ValueError for what is no period."""
    kind = kind_of(period)
    found = _FORMS[kind].fullmatch(period) if kind else None
    if found is None or not 1 <= int(found[1]) <= 9998:
        raise ValueError(f"{period!r} is no period")
    months = _MONTHS[kind]
    first = (int(found[2]) - 1) * months if kind != "year" else 0
    year, month = int(found[1]), first + 1
    after = first + months
    return date(year, month, 1), date(year + after // 12, after % 12 + 1, 1)


def check(field: str, period: str, kinds: tuple[str, ...]) -> str:
    """The period, if it is of one of these kinds."""
    if kind_of(period) not in kinds or period.startswith(("0000", "9999")):
        raise Refused(
            "period.form",
            f"{field} cannot be {period!r}",
            help=f"{field}: {', '.join(_EXAMPLES[kind] for kind in kinds)}",
            field=field,
            value=period,
        )
    return period


def check_over(period: str, today: date) -> None:
    """Refused while the period still runs: its figures would change."""
    after = span(period)[1]
    if today < after:
        raise Refused(
            "panel.period-running",
            f"{period} is over on {after} only",
            help=f"from {after} on",
            period=period,
            after=after.isoformat(),
        )
