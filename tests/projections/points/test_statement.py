"""Statements add up, month after month; the month of 68 points comes out as its tariff says."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.points.reviewing import draw, month_figures, stock_count
from projections.points.spans import bounds_of, days_of, month_bounds, previous
from projections.points.statement import Statement, statement
from tests.projections.points.booking import Log, tables
from tests.projections.story import ZONE, µs

MARCH = (
    ("mediation", 10),
    ("mediation", 10),
    ("hazard-report", 15),
    ("health-lecture", 3),
    ("patrol", 5),
    ("patrol", 5),
    ("shopping-for-elder", 5),
    ("shopping-for-elder", 5),
    ("visit-registration", 5),
    ("patrol", 5),
)


def of_month(log: Log, month: str, account: str = "acct-resident") -> Statement:
    """As a reader asks: what stood before, the month's rows, their baskets and originals."""
    start, end = month_bounds(month, ZONE)
    held = tables(log.lines)
    rows = [row for row in held["entries"] if row["account"] == account]
    opening = sum(row["points"] for row in rows if row["recorded_at"] < start)
    inside = [row for row in rows if start <= row["recorded_at"] < end]
    baskets: dict[str, list[dict[str, Any]]] = {}
    for row in held["redemption_lines"]:
        baskets.setdefault(row["redemption"], []).append(row)
    return statement(opening, inside, baskets, {row["entry"]: row for row in rows})


def march() -> Log:
    log = Log("2025-03-01 08:00")
    log.opened()
    for day, (activity, points) in enumerate(MARCH, 2):
        log.credited(activity, points, moment=f"2025-03-{day:02} 10:00", version="2025-0")
    return log


# ------------------------------------------------------------------ by example


def test_the_month_of_68_points_is_twenty_and_fifteen_and_thirty_three() -> None:
    found = of_month(march(), "2025-03")
    assert (found.opening, found.closing, len(found.entries)) == (0, 68, 10)
    of = {kind: sum(e.points for e in found.entries if e.activity == kind) for kind, _ in MARCH}
    assert (of["mediation"], of["hazard-report"]) == (20, 15)
    assert found.closing - of["mediation"] - of["hazard-report"] == 33


def test_a_basket_has_a_line_for_each_item_at_its_own_price() -> None:
    log = march()
    log.received("flour", 50)
    log.received("detergent", 50)
    log.ordered("rdm-1", ("flour", 1, 20), ("detergent", 1, 5), moment="2025-04-02 09:00")
    log.fulfilled("rdm-1")
    found = of_month(log, "2025-04")
    assert (found.opening, found.closing) == (68, 43)
    assert [(e.item, e.quantity, e.points, e.balance) for e in found.entries] == [
        ("flour", 1, -20, 48),
        ("detergent", 1, -5, 43),
    ]
    first = found.plain()["entries"][0]
    assert first["item"] == "flour" and "activity" not in first
    assert first["rule"] == {
        "book": "catalogues",
        "version": "2025-1",
        "line": "flour",
        "text": "flour 的规则 · what flour pays",
    }


def test_a_deed_told_late_stands_in_the_month_it_was_recorded() -> None:
    log = march()
    log.credited("patrol", 5, moment="2025-04-03 09:00", on="2025-03-30")
    assert of_month(log, "2025-03").closing == 68
    (late,) = of_month(log, "2025-04").entries
    assert late.on == "2025-03-30" and late.recorded_at.month == 4


def test_a_month_begins_at_local_midnight() -> None:
    assert month_bounds("2025-03", ZONE) == (µs("2025-03-01"), µs("2025-04-01"))
    assert month_bounds("2025-12", ZONE) == (µs("2025-12-01"), µs("2026-01-01"))
    assert bounds_of("2025-Q1", ZONE) == (µs("2025-01-01"), µs("2025-04-01"))
    assert days_of("2025")[1] - days_of("2025")[0] == 365
    assert (previous("2025-03"), previous("2025-01")) == ("2025-02", "2024-12")


@pytest.mark.parametrize("month", ["2025", "2025-3", "2025-13", "2025-Q1", "二零二五-03", "", "2025-03-01"])
def test_no_month_is_refused(month: str) -> None:
    with pytest.raises(ValueError):
        month_bounds(month, ZONE)


def test_a_reversal_names_the_deed_and_how_many_of_it() -> None:
    log = march()
    log.filed("clm-1", moment="2025-04-01 09:00")
    entry = log.verified("clm-1")
    log.disputed("clm-1")
    log.ruled("clm-1", entry)
    found = of_month(log, "2025-04")
    taken = found.entries[-1]
    assert (taken.kind, taken.activity, taken.quantity, taken.points) == (
        "reversed",
        "shopping-for-elder",
        2,
        -10,
    )
    assert (found.opening, found.closing) == (68, 73)


# ------------------------------------------------------------------ laws

DEEDS = st.tuples(
    st.sampled_from(["credit", "order", "collect", "cancel", "reverse", "dispute"]), st.integers(1, 30)
)


def lived(deeds: list[tuple[str, int]]) -> Log:
    """Whatever is asked and can be done, some days apart."""
    log = Log("2025-01-01 08:00")
    log.opened()
    pending: list[str] = []
    entries: dict[str, int] = {}
    for n, (deed, amount) in enumerate(deeds):
        log.now += timedelta(days=amount)
        state = log.accounts["acct-resident"]
        if deed == "credit":
            fact = log.credited("patrol", amount).fact
            entries[fact.entry] = amount  # type: ignore[attr-defined]
        elif deed == "order" and state.available:
            log.ordered(f"rdm-{n}", ("salt", 1, min(amount, state.available)))
            pending.append(f"rdm-{n}")
        elif deed == "collect" and pending:
            log.fulfilled(pending.pop(0))
        elif deed == "cancel" and pending:
            log.released(pending.pop())
        elif deed == "dispute":
            log.holding(f"clm-x{n}", "disputed", amount)
        elif deed == "reverse" and entries:
            entry, left = next(iter(entries.items()))
            taken = min(left, amount)
            log.reversed(entry, taken, f"clm-r{n}")
            entries[entry] -= taken
            if not entries[entry]:
                del entries[entry]
    return log


@given(st.lists(DEEDS, max_size=25))
def test_a_month_closes_where_the_next_opens_and_the_last_with_the_balance(deeds: Any) -> None:
    log = lived(deeds)
    held = tables(log.lines)
    months = [f"{year}-{month:02}" for year in (2025, 2026, 2027) for month in range(1, 13)]
    found = [of_month(log, month) for month in months]
    for now, after in pairwise(found):
        assert now.closing == after.opening
        assert now.opening + sum(entry.points for entry in now.entries) == now.closing
        assert all(entry.balance >= 0 for entry in now.entries)
    (row,) = held["accounts"]
    assert found[-1].closing == row["balance"] == sum(each["points"] for each in held["entries"])
    assert row["balance"] == row["available"] + row["held"]
    assert row["held"] == sum(each["points"] for each in held["holds"])
    assert sum(each["points"] for each in held["journal"]) == 0


@given(st.lists(DEEDS, max_size=25))
def test_the_months_figures_are_how_the_balance_changed(deeds: Any) -> None:
    log = lived(deeds)
    for month in ("2025-01", "2025-02", "2025-03"):
        start, end = month_bounds(month, ZONE)
        rows = [row for row in tables(log.lines)["entries"] if start <= row["recorded_at"] < end]
        found = of_month(log, month)
        assert month_figures(rows).change == found.closing - found.opening


# ------------------------------------------------------------------ reviewing


def test_a_draw_is_the_same_for_everybody_with_the_seed() -> None:
    entries = [f"acct-a#{n}" for n in range(100)]
    assert draw(entries, "2025-03|99") == draw(reversed(entries), "2025-03|99")
    assert len(set(draw(entries, "2025-03|99"))) == 20
    assert draw(entries, "2025-03|99") != draw(entries, "2025-04|99")
    assert draw(entries[:5], "x", 20) != () and set(draw(entries[:5], "x")) == set(entries[:5])


def test_a_months_stock_adds_up() -> None:
    log = march()
    log.received("flour", 20)
    log.ordered("rdm-1", ("flour", 2, 20))
    log.fulfilled("rdm-1")
    moves = [row for row in tables(log.lines)["stock_moves"] if row["item"] == "flour"]
    assert stock_count(moves[1:], moves[0]["on_hand"]) == {
        "opening": 20,
        "received": 0,
        "corrected": 0,
        "issued": 2,
        "closing": 18,
    }
