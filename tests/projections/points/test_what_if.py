"""Another tariff for the same facts: the exact difference, entry by entry, and none under the same one."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rule_books.tariffs import Tariff, read_tariff
from projections.points.what_if import plain, under
from tests.projections.points.booking import Log
from tests.projections.points.test_statement import march

SAMPLES = Path(__file__).parents[3] / "scripts" / "samples"


def tariff(version: str) -> Tariff:
    content = tomllib.loads((SAMPLES / f"tariffs-{version}.toml").read_text("utf-8"))
    return read_tariff(content, version)


FIRST, SECOND = tariff("2025-0"), tariff("2025-1")
ACTIVITIES = sorted(SECOND.lines)


def test_the_month_of_68_points_under_the_published_tariff() -> None:
    """Ten more for the two mediations, five less for the hazard."""
    log = march()
    first = under("acct-resident", log.lines, FIRST)
    assert (first.actual, first.under) == (68, 68)
    found = under("acct-resident", log.lines, SECOND)
    assert (found.actual, found.under, found.difference) == (68, 73, 5)
    by: dict[str, int] = {}
    for entry in found.entries:
        by[entry.activity] = by.get(entry.activity, 0) + entry.difference
    assert {name: n for name, n in by.items() if n} == {"mediation": 10, "hazard-report": -5}
    assert {entry.reason for entry in found.entries if entry.difference} == {"price"}


def test_two_mediations_alone_make_ten() -> None:
    log = Log("2025-03-01 08:00")
    log.opened()
    for _ in range(2):
        log.credited("mediation", 10, version="2025-0")
    assert under("acct-resident", log.lines, SECOND).difference == 10


def test_a_ruling_stands_under_the_other_tariff_too() -> None:
    """Three trips claimed, one proven: one is paid, whatever it pays."""
    log = Log()
    log.opened()
    log.filed("clm-1")
    entry = log.verified("clm-1")
    log.disputed("clm-1")
    log.ruled("clm-1", entry)
    dear = read_tariff({"lines": [{"activity": "shopping-for-elder", "points": 8, "basis": "time"}]}, "dear")
    found = under("acct-resident", log.lines, dear)
    assert (found.actual, found.under) == (5, 8)
    (only,) = found.entries
    assert (only.quantity, only.proven_quantity) == (3, 1)
    without_the_claim = [line for line in log.lines if line.stream == "acct-resident"]
    assert under("acct-resident", without_the_claim, dear).under == 8


def test_an_appeal_that_overturned_gives_all_back() -> None:
    log = Log()
    log.opened()
    log.filed("clm-1")
    entry = log.verified("clm-1")
    log.disputed("clm-1")
    log.ruled("clm-1", entry)
    reversal = next(line.fact for line in log.lines if type(line.fact).__name__ == "PointsReversed")
    log.undone(reversal.entry, "clm-1")  # type: ignore[attr-defined]
    found = under("acct-resident", log.lines, SECOND)
    assert (found.actual, found.under) == (15, 15)


def test_what_the_other_tariff_does_not_know_it_does_not_pay() -> None:
    log = march()
    narrow = read_tariff({"lines": [{"activity": "mediation", "points": 10, "basis": "case"}]}, "narrow")
    found = under("acct-resident", log.lines, narrow)
    assert found.under == 20
    assert {e.reason for e in found.entries if e.activity != "mediation"} == {"not-in-tariff"}


@pytest.mark.parametrize(("stacking", "expected"), [(True, 15), (False, 10)])
def test_what_may_not_stack_is_paid_once_for_one_cause(stacking: bool, expected: int) -> None:
    log = Log()
    log.opened()
    log.credited("hazard-report", 10, cause="c-1")
    log.credited("mini-program-report", 5, cause="c-1")
    lines = [
        {"activity": name, "points": points, "basis": "case", "stacking": stacking}
        for name, points in (("hazard-report", 10), ("mini-program-report", 5))
    ]
    assert under("acct-resident", log.lines, read_tariff({"lines": lines}, "x")).under == expected


def test_an_opening_balance_stays_and_a_span_chooses_by_the_day_of_the_deed() -> None:
    log = march()
    log.credited("opening-balance", 40, cause="import:old")
    found = under("acct-resident", log.lines, SECOND, first=date(2025, 3, 1), last=date(2025, 3, 4))
    assert [entry.on.day for entry in found.entries] == [2, 3, 4]
    whole = under("acct-resident", log.lines, SECOND)
    (brought,) = [entry for entry in whole.entries if entry.activity == "opening-balance"]
    assert (brought.under, brought.difference, brought.reason) == (40, 0, "")


def test_an_answer_over_accounts_sums_up() -> None:
    log = march()
    found = plain([under("acct-resident", log.lines, tariff) for tariff in (FIRST, SECOND)])
    assert found["total_difference"] == 5
    assert set(found["accounts"][0]) == {"account", "actual", "under", "difference", "entries"}


@given(st.lists(st.tuples(st.sampled_from(ACTIVITIES), st.integers(1, 40), st.integers(0, 40)), max_size=20))
def test_under_the_tariff_that_paid_nothing_differs(deeds: Any) -> None:
    log = Log()
    log.opened()
    for n, (activity, quantity, kept) in enumerate(deeds):
        line = SECOND.lines[activity]
        points = line.pays(quantity)
        if not points:
            continue
        fact = log.credited(activity, points, quantity=quantity, cause=f"clm-{n}").fact
        unearned = points - line.pays(min(kept, quantity))
        if unearned and n % 3 == 0:
            log.reversed(fact.entry, unearned, f"clm-{n}")  # type: ignore[attr-defined]
    found = under("acct-resident", log.lines, SECOND)
    assert found.difference == 0
    assert found.actual == log.accounts["acct-resident"].earned
