"""Points lapse only where the rules in force say so: the oldest first, never while held, never twice."""

from typing import Any

from tests.api.points.conftest import MINE, Desk
from tests.api.points.test_following import watched


def ruled(desk: Desk, **rules: Any) -> None:
    """A version of the supervision book with these lines, in force from today."""
    version = f"t-{desk.engine.log.head()}"
    desk.done("rule-books/supervision", {"version": version, "content": rules}, "street")
    day = {"effective_from": desk.today}
    desk.done(f"rule-books/supervision/{version}/adopt", day, "street")


def lapses(desk: Desk, account: str = MINE) -> list[tuple[int, tuple[str, ...]]]:
    return [
        (line.fact.points, line.fact.lots)  # type: ignore[attr-defined]
        for line in desk.engine.log.stream(account)
        if type(line.fact).__name__ == "PointsExpired"
    ]


def earned_on(desk: Desk, day: str, deed: str = "mediation") -> None:
    desk.until(day)
    desk.credited(deed)


def test_a_new_rule_takes_nothing_at_once(desk: Desk):
    """Who earned while nothing lapsed has as many months as the rule says, from the day it took effect."""
    earned_on(desk, "2025-03-10")
    desk.until("2026-03-10")
    ruled(desk, expiry_months=6)
    watched(desk)
    desk.until("2026-06-10")
    ruled(desk, expiry_months=6, hold_days=10)
    desk.until("2026-09-09")
    watched(desk)
    assert desk.account()["balance"] == 15
    desk.until("2026-09-10")
    watched(desk)
    assert (desk.account()["balance"], len(lapses(desk))) == (0, 1)


def test_nothing_lapses_unless_the_rules_say_so(desk: Desk):
    earned_on(desk, "2025-03-10")
    desk.until("2035-03-10")
    watched(desk)
    assert desk.account()["balance"] == 15 and lapses(desk) == []


def test_the_oldest_points_lapse_first_and_only_once(desk: Desk):
    ruled(desk, expiry_months=6)
    earned_on(desk, "2025-03-10")
    earned_on(desk, "2025-05-20", "patrol")
    desk.until("2025-09-09")
    watched(desk)
    assert desk.account()["balance"] == 20
    desk.until("2025-09-10")
    watched(desk)
    watched(desk)
    assert (desk.account()["balance"], lapses(desk)) == (5, [(15, (f"{MINE}#1",))])
    desk.until("2026-09-10")
    watched(desk)
    assert (desk.account()["balance"], lapses(desk)[1:]) == (0, [(5, (f"{MINE}#2",))])
    watched(desk)
    assert len(lapses(desk)) == 2
    statement = desk.get(f"points/accounts/{MINE}/statement?month=2025-09", "resident").json()
    assert (statement["opening"], statement["closing"]) == (20, 5)


def test_an_order_takes_the_oldest_points_and_what_is_held_never_lapses(desk: Desk):
    ruled(desk, expiry_months=6)
    earned_on(desk, "2025-03-10", "patrol")
    earned_on(desk, "2025-03-20")
    desk.until("2025-09-15")
    order = desk.ordered(("salt", 1))
    desk.until("2025-09-20")
    watched(desk)
    told = desk.account()
    assert (told["available"], told["held"], lapses(desk)) == (0, 5, [(15, (f"{MINE}#2",))])
    desk.done(f"points/redemptions/{order}/cancel", {}, "resident")
    assert desk.account()["available"] == 5
    watched(desk)
    assert (desk.account()["balance"], lapses(desk)[1:]) == (0, [(5, (f"{MINE}#1",))])


def test_a_redemption_used_the_oldest_lot_so_the_younger_ones_stay(desk: Desk):
    ruled(desk, expiry_months=6)
    earned_on(desk, "2025-03-10", "patrol")
    earned_on(desk, "2025-05-20", "patrol")
    order = desk.ordered(("salt", 1))
    desk.done(f"points/redemptions/{order}/fulfil", {}, "gridworker")
    desk.until("2025-10-01")
    watched(desk)
    assert (desk.account()["balance"], lapses(desk)) == (5, [])


def test_what_a_dispute_holds_does_not_lapse_until_it_is_ruled_on(desk: Desk):
    desk.until("2025-03-10")
    claim = desk.credited("shopping-for-elder", 3)
    ruled(desk, expiry_months=6)
    desk.until("2025-09-01")
    desk.claim(claim, "dispute", {"grounds": "只有一次"}, "dispatcher")
    desk.until("2025-10-01")
    watched(desk)
    assert (desk.account()["held"], lapses(desk)) == (15, [])
    minute = {"proven_quantity": 1, "reasons": "一次", "votes": {"panel2": "agree"}}
    desk.claim(claim, "rule", minute)
    watched(desk)
    assert (desk.account()["balance"], lapses(desk)) == (0, [(5, (f"{MINE}#1",))])
