"""Does the ledger of a place add up: the entries of a month, and the balances against them."""

from typing import Any

from api.pages.points.window import Window
from engine.read import Condition, Filter, Join, count, sums
from engine.views import Reading
from projections.points.spans import month_bounds

JOIN = (Join("accounts", "id", "account"),)


def adding_up(window: Window, place: str, month: str) -> dict[str, Any]:
    """What stood before the month, what it did, what should stand after it; and what the balances of all
    accounts say, less what came later. The two are kept in tables of their own."""
    first, after = month_bounds(month, window.facing.organisation.zone)
    here = Filter("place", "under", place)
    with window.engine.views.read() as reading:
        opening = total(reading, [here, Filter("recorded_at", "<", first)])
        moved = by_kind(
            reading, [here, Filter("recorded_at", ">=", first), Filter("recorded_at", "<", after)]
        )
        later = total(reading, [here, Filter("recorded_at", ">=", after)])
        balances = sum(
            row["balance"] for row in sums(reading, "accounts", "balance", by=("kind",), where=[here])
        )
        accounts = count(reading, "accounts", [here])
        below = count(reading, "accounts", [here, Filter("balance", "<", 0)])
    credited, redeemed, reversed_ = (moved.pop(kind, 0) for kind in ("credited", "redeemed", "reversed"))
    should = opening + credited + redeemed + reversed_ + sum(moved.values())
    return {
        "opening": opening, "credited": credited, "redeemed": -redeemed, "reversed": -reversed_,
        "other": sum(moved.values()), "should": should, "stands": balances - later, "accounts": accounts,
        "below": below, "right": should == balances - later and not below,
    }  # fmt: skip


def by_kind(reading: Reading, where: list[Condition]) -> dict[str, int]:
    found = sums(reading, "entries", "points", by=("kind",), where=where, joins=JOIN)
    return {row["kind"]: row["points"] for row in found}


def total(reading: Reading, where: list[Condition]) -> int:
    return sum(by_kind(reading, where).values())
