"""The ledger check finds nothing in a true ledger, and names the first thing that was tampered with."""

from dataclasses import replace
from typing import Any

import pytest

from domain.messages import Recorded
from domain.points import facts as f
from domain.rule_books.supervision import USUAL
from projections.points.checking import Finding, LedgerCheck, ledger_check
from projections.points.rankings import earned_of, rankings
from tests.projections.points.booking import Log, Tables, tables
from tests.projections.points.test_replay import disputed
from tests.projections.points.test_views import lived


def checked(lines: list[Recorded], held: Tables | None = None) -> list[Finding]:
    held = held or tables(lines)
    entries: dict[str, int] = {}
    for row in held["entries"]:
        entries[row["account"]] = entries.get(row["account"], 0) + row["points"]
    return ledger_check(
        lines, accounts=held["accounts"], entries=entries, journal=held["journal"], stock=held["stock"]
    )


@pytest.mark.parametrize("log", [lived(), disputed()])
def test_a_true_ledger_adds_up_at_every_prefix(log: Log) -> None:
    check = LedgerCheck()
    for line in log.lines:
        check.take(line)
        assert check.whole() == []
    assert checked(log.lines) == []


def too_much() -> tuple[f.Posting, ...]:
    return (f.Posting("acct-resident", -900), f.Posting("acct-resident/ordered", 900))


def changed(log: Log, kind: type, **values: Any) -> list[Recorded]:
    """The same lines with the first fact of the kind forged."""
    lines = list(log.lines)
    at = next(n for n, line in enumerate(lines) if isinstance(line.fact, kind))
    lines[at] = replace(lines[at], fact=replace(lines[at].fact, **values))  # type: ignore[type-var]
    return lines


@pytest.mark.parametrize(
    ("kind", "values", "check"),
    [
        (f.PointsCredited, {"points": 500}, "postings"),
        (f.PointsCredited, {"postings": (f.Posting("acct-resident", 15),)}, "postings"),
        (f.PointsReversed, {"points": 900}, "reversal"),
        (f.PointsHeld, {"postings": too_much()}, "negative"),
        (f.StockReserved, {"quantity": 900}, "stock"),
        (f.StockIssued, {"quantity": 2}, "stock"),
    ],
)
def test_a_forged_fact_is_found_where_it_stands(kind: type, values: Any, check: str) -> None:
    log = lived()
    lines = changed(log, kind, **values)
    forged = next(line for line in lines if isinstance(line.fact, kind))
    found = checked(lines, tables(lines))
    assert found[0].check == check and found[0].position == forged.position


def test_points_out_of_nothing_show_in_the_whole() -> None:
    log = lived()
    lines = changed(log, f.PointsCredited, postings=(f.Posting("acct-resident", 15),))
    check = LedgerCheck()
    for line in lines:
        check.take(line)
    assert "counter-accounts" in {finding.check for finding in check.whole()}


@pytest.mark.parametrize(
    ("table", "column", "check"),
    [
        ("accounts", "balance", "account-row"),
        ("accounts", "available", "account-row"),
        ("accounts", "credit_score", "account-row"),
        ("entries", "points", "entries-row"),
        ("journal", "points", "journal"),
        ("stock", "on_hand", "stock-row"),
    ],
)
def test_a_forged_row_is_found(table: str, column: str, check: str) -> None:
    log = lived()
    held = tables(log.lines)
    held[table][0] = held[table][0] | {column: held[table][0][column] + 1}
    found = checked(log.lines, held)
    assert [finding.check for finding in found] == [check]
    assert str(held[table][0].get("account") or held[table][0]["id"]) in found[0].subject


def test_a_row_that_is_missing_is_found() -> None:
    log = lived()
    held = tables(log.lines)
    gone = held["accounts"].pop(0)
    assert checked(log.lines, held)[0] == Finding("account-row", gone["id"], True, False)


# ------------------------------------------------------------------ rankings


def test_equals_share_a_rank_and_staff_take_no_part() -> None:
    rows = [
        {"account": "acct-a", "kind": "resident", "points": 30},
        {"account": "acct-b", "kind": "household", "points": 45},
        {"account": "acct-c", "kind": "resident", "points": 30},
        {"account": "acct-d", "kind": "staff", "points": 99},
        {"account": "acct-e", "kind": "resident", "points": 0},
        {"account": "acct-f", "kind": "resident", "points": 10},
    ]
    found = rankings(rows, USUAL["month"])
    assert [(each.rank, each.account) for each in found] == [(1, "acct-b"), (2, "acct-a"), (2, "acct-c")]
    assert [each.account for each in earned_of(rows)] == ["acct-a", "acct-b", "acct-c", "acct-f"]
