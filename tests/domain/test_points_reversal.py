"""What leaves an account again: taken back, owed, lapsed, gone on with a card."""

from datetime import date, datetime
from typing import Any

from domain.messages import ENGINE, Actor
from domain.points import account, orders
from domain.points.account.commands import (
    CarryOver,
    Expire,
    Hold,
    Penalise,
    Reverse,
    Reward,
    TakeBack,
    TransferOut,
    UndoReversal,
)
from domain.points.facts import (
    CardTransferred,
    PointsCredited,
    PointsExpired,
    PointsReversed,
)
from domain.steps import Step
from tests.domain.points_spec import (
    ADMIN,
    DAY,
    DISPATCHER,
    GRID,
    MEMBER,
    OTHER,
    PANEL,
    PHOTO,
    STREET,
    Community,
    refused,
)
from tests.domain.points_stories import ACCOUNT, supervised, with_points

# ------------------------------------------------------------------ reversing and owing


def claimed(points_left: int) -> tuple[Community, str]:
    """Three trips, 15 points; then all but `points_left` spent; then disputed."""
    village = Community()
    village.fill()
    village.appoint()
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    for _ in range((15 - points_left) // 5):
        village.fulfil(village.order("salt"))
    village.dispute(trips)
    return village, trips


def test_what_is_not_there_any_more_is_owed():
    village, trips = claimed(points_left=5)
    facts = village.rule(trips, 1)
    taken = next(fact for fact in facts if isinstance(fact, PointsReversed))
    assert (taken.points, taken.from_held, taken.from_available, taken.owed) == (10, 5, 0, 5)
    assert (village.account().balance, village.account().owed) == (0, 5)


def test_the_available_follows_the_held():
    village, trips = claimed(points_left=5)
    village.earn("patrol")
    taken = next(fact for fact in village.rule(trips, 0) if isinstance(fact, PointsReversed))
    assert (taken.points, taken.from_held, taken.from_available, taken.owed) == (15, 5, 5, 5)


def test_later_credits_settle_the_debt_first():
    village, trips = claimed(points_left=5)
    village.rule(trips, 1)
    village.earn("health-lecture")
    assert (village.account().balance, village.account().owed) == (0, 2)
    village.earn("patrol")
    assert (village.account().balance, village.account().owed) == (3, 0)
    settled = [line.fact.settled for line in village.lines if isinstance(line.fact, PointsCredited)]
    assert settled == [0, 3, 2]


def test_an_overturned_ruling_strikes_off_what_is_still_owed_and_pays_back_the_rest():
    village, trips = claimed(points_left=5)
    village.rule(trips, 1)
    village.earn("health-lecture")
    village.appeal(trips)
    village.decide_appeal(trips, "overturned")
    assert (village.account().balance, village.account().owed) == (5 + 3, 0)


def test_at_most_the_rest_is_taken_back():
    village = with_points(20)
    village.do("account", ACCOUNT, Hold("clm-9", "disputed", 5), PANEL)
    village.do("account", ACCOUNT, Reverse(f"{ACCOUNT}#1", 15, "clm-9", "x"), PANEL)
    with refused(village, "account.reversal-exceeds-entry", rest=5):
        village.do("account", ACCOUNT, Reverse(f"{ACCOUNT}#1", 6, "clm-8", "x"), PANEL)
    with refused(village, "account.unknown-entry"):
        village.do("account", ACCOUNT, Reverse(f"{ACCOUNT}#7", 1, "clm-8", "x"), PANEL)
    with refused(village, "account.no-reversal"):
        village.do("account", ACCOUNT, UndoReversal("clm-8"), STREET)


def test_a_reversal_counts_from_the_deed_at_the_earliest():
    village = Community()
    village.appoint()
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    village.dispute(trips)
    taken = next(fact for fact in village.rule(trips, 1) if isinstance(fact, PointsReversed))
    assert taken.effective_on >= date(2025, 3, 31)
    assert taken.reverses == f"{ACCOUNT}#1"


def test_a_reversal_told_of_an_earlier_day_counts_from_the_deed():
    village = with_points()
    village.now += 5 * DAY
    village.do("account", ACCOUNT, Reward("patrol", 1, village.now, "c-1", "complaint"), ENGINE)
    back = Step("account", ACCOUNT, TakeBack("c-1", "complaint", "a mistake"))
    (taken,) = village.submit((back,), ENGINE, at=village.now - 3 * DAY)
    assert taken.effective_on == date(2025, 4, 5)


def test_who_owes_orders_only_what_is_his():
    """An order was standing when an honest mistake was reversed; cancelled, it pays no debt by itself."""
    village = Community()
    village.fill()
    village.appoint()
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    order, second = village.order("salt"), village.order("detergent")
    village.dispute(trips)
    village.rule(trips, 0, false_claim=False)
    assert (village.account().available, village.account().owed) == (0, 10)
    village.cancel(order)
    village.cancel(second)
    assert (village.account().available, village.account().owed) == (10, 10)
    with refused(village, "account.too-few-points", available=0, owed=10):
        village.order("salt")


def test_nobody_is_penalised_twice_for_one_claim():
    village = with_points()
    village.do("account", ACCOUNT, Penalise("clm-1"), PANEL)
    with refused(village, "account.penalised-already"):
        village.do("account", ACCOUNT, Penalise("clm-1"), PANEL)
    village.do("account", ACCOUNT, Penalise("clm-2"), PANEL)
    assert village.account().credit_score == 80


def test_lifting_one_penalty_leaves_the_other():
    village = with_points()
    village.do("account", ACCOUNT, Penalise("clm-1"), PANEL)
    village.now += 40 * DAY
    village.do("account", ACCOUNT, Penalise("clm-2"), PANEL)
    later = village.account().suspended_until
    village.do("account", ACCOUNT, account.LiftPenalty("clm-1"), STREET)
    assert (village.account().suspended_until, village.account().credit_score) == (later, 90)
    with refused(village, "account.no-penalty"):
        village.do("account", ACCOUNT, account.LiftPenalty("clm-1"), STREET)


# ------------------------------------------------------------------ lapsing


def test_points_lapse_only_where_the_setting_asks_for_it():
    village = with_points(20)
    village.now += 4000 * DAY
    assert village.do("account", ACCOUNT, Expire(), ENGINE) == []


def test_points_lapse_by_lots_oldest_first():
    village = supervised(expiry_months=12)
    village.now += 200 * DAY
    village.earn("patrol")
    village.now = datetime.fromisoformat("2026-03-31T00:00+08:00")
    (lapsed,) = village.do("account", ACCOUNT, Expire(), ENGINE)
    assert (type(lapsed), lapsed.points, lapsed.lots) == (PointsExpired, 20, (f"{ACCOUNT}#1",))
    assert village.account().available == 5
    assert village.do("account", ACCOUNT, Expire(), ENGINE) == []


def test_spending_uses_the_oldest_so_that_less_lapses():
    village = supervised(expiry_months=12)
    village.fill()
    village.now += 200 * DAY
    village.earn("patrol")
    village.fulfil(village.order("salt"))
    village.now = datetime.fromisoformat("2026-04-01T00:00+08:00")
    (lapsed,) = village.do("account", ACCOUNT, Expire(), ENGINE)
    assert lapsed.points == 15


def test_what_an_order_holds_does_not_lapse():
    village = supervised(expiry_months=12)
    village.fill()
    village.now = datetime.fromisoformat("2026-04-01T00:00+08:00")
    village.order("salt")
    (lapsed,) = village.do("account", ACCOUNT, Expire(), ENGINE)
    assert (lapsed.points, village.account().held, village.account().available) == (15, 5, 0)


def test_held_points_are_the_oldest_so_newer_ones_do_not_lapse_for_them():
    village = supervised(expiry_months=12)
    village.fill()
    village.now += 200 * DAY
    village.earn("patrol", 2)
    village.now = datetime.fromisoformat("2026-04-01T00:00+08:00")
    for _ in range(3):
        village.order("salt")
    (lapsed,) = village.do("account", ACCOUNT, Expire(), ENGINE)
    assert (lapsed.points, village.account().held, village.account().available) == (5, 15, 10)


# ------------------------------------------------------------------ cards

CARD = Actor("card-7", "resident", GRID)
NEXT = Actor("house-7", "resident", GRID)


def cards(**changes) -> Community:
    village = supervised(**{"card_transfer": True, **changes})
    village.open(CARD, "temporary")
    village.open(NEXT, "household")
    village.do("account", account.account_of(CARD.person), CarryOver(30, "paper", date(2025, 3, 31)), ADMIN)
    return village


def transfer(village: Community, by: Actor = DISPATCHER) -> list[Any]:
    origin, target = account.account_of(CARD.person), account.account_of(NEXT.person)
    steps = orders.transfer(origin, target, village.seen("account", origin), "moved out")
    return village.submit(steps, by)


def test_a_cards_points_go_on_to_the_next_household_with_both_sides_in_the_trail():
    village = cards()
    out, into = transfer(village)
    assert (type(out), out.points, out.other) == (CardTransferred, -30, "acct-house-7")
    assert (into.points, into.other) == (30, "acct-card-7")
    assert (village.account(CARD).balance, village.account(NEXT).balance) == (0, 30)
    assert village.balances()["transfer"] == 0


def test_the_switch_is_off_unless_somebody_turns_it_on():
    village = cards(card_transfer=False)
    with refused(village, "account.card-transfer-off"):
        transfer(village)


def test_only_a_settled_temporary_card_goes_on():
    village = cards()
    with refused(village, "actor.role"):
        transfer(village, MEMBER)
    with refused(village, "account.not-temporary"):
        village.do("account", ACCOUNT, TransferOut("acct-house-7", 20, "x"), DISPATCHER)
    origin = account.account_of(CARD.person)
    with refused(village, "account.transfer-in-part", available=30):
        village.do("account", origin, TransferOut("acct-house-7", 20, "x"), DISPATCHER)
    with refused(village, "account.transfer-to-itself"):
        village.do("account", origin, TransferOut(origin, 30, "x"), DISPATCHER)
    village.do("account", origin, Penalise("clm-1"), PANEL)
    with refused(village, "account.redemption-suspended"):
        transfer(village)
    village.do("account", origin, account.LiftPenalty("clm-1"), STREET)
    village.do("account", origin, Hold("rdm-1", "ordered", 5), MEMBER)
    with refused(village, "account.not-settled", held=5):
        transfer(village)


def test_a_card_in_debt_does_not_go_on():
    village = cards()
    village.appoint()
    village.fill()
    trips = village.filed("shopping-for-elder", 6, by=MEMBER, holder=CARD)
    village.verify(trips, OTHER)
    standing = [village.order("flour", by=MEMBER, holder=CARD, consent=PHOTO) for _ in range(3)]
    village.dispute(trips)
    village.rule(trips, 0, false_claim=False)
    assert village.account(CARD).owed == 30
    for order in standing:
        village.cancel(order, "desk", MEMBER)
    with refused(village, "account.not-settled", held=0, owed=30):
        transfer(village)


def test_a_resident_account_takes_no_card():
    village = cards()
    origin = account.account_of(CARD.person)
    steps = orders.transfer(origin, ACCOUNT, village.seen("account", origin), "moved out")
    with refused(village, "account.not-a-card"):
        village.submit(steps, DISPATCHER)
    empty = Community()
    empty.open(CARD, "temporary")
    with refused(empty, "account.nothing-to-transfer"):
        transfer(empty)
