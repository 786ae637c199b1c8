"""An account: earning, holding, taking back, owing, lapsing, going on to another card."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.messages import ENGINE, Actor
from domain.points import account, claim, orders
from domain.points.account.commands import (
    CarryOver,
    Credit,
    Expire,
    Hold,
    Open,
    Penalise,
    Release,
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
    PointsHeld,
    PointsReversed,
    PriceReached,
    Rule,
)
from tests.domain.points_spec import (
    ADMIN,
    DAY,
    DISPATCHER,
    GRID,
    LAN,
    MEMBER,
    NOW,
    OTHER,
    PANEL,
    STREET,
    Community,
    books_with,
    refused,
    sample,
)

ACCOUNT = account.account_of(LAN.person)


def with_points(points: int = 20, known=None) -> Community:
    village = Community(known)
    village.open()
    village.do("account", ACCOUNT, CarryOver(points, "paper", date(2025, 3, 31)), ADMIN)
    return village


def supervised(**changes) -> Community:
    return with_points(20, books_with(supervision={**sample("supervision-2025-1.toml"), **changes}))


# ------------------------------------------------------------------ opening


def test_an_account_begins_empty_with_the_score_to_start_with():
    village = Community()
    village.open()
    holder = village.account()
    assert (holder.balance, holder.available, holder.held, holder.owed) == (0, 0, 0, 0)
    assert (holder.credit_score, holder.suspended_until, holder.kind) == (100, None, "resident")


def test_one_holder_has_one_account():
    village = Community()
    village.open()
    with refused(village, "account.state"):
        village.open()


@pytest.mark.parametrize(
    ("command", "by", "rule"),
    [
        (Open("p-lan", "child", GRID), MEMBER, "value.unknown"),
        (Open("", "resident", GRID), MEMBER, "text.length"),
        (Open("p-lan", "resident", "demo/moon"), MEMBER, "grid.unknown"),
        (Open("p-lan", "resident", GRID), LAN, "actor.role"),
        (Open("p-lan", "resident", GRID), DISPATCHER, "actor.role"),
    ],
)
def test_who_opens_what(command, by, rule):
    village = Community()
    with refused(village, rule):
        village.do("account", ACCOUNT, command, by)


def test_nothing_is_done_to_an_account_that_is_not_there():
    village = Community()
    with refused(village, "account.unknown"):
        village.filed("patrol")
    with refused(village, "account.state"):
        village.do("account", ACCOUNT, Hold("rdm-1", "ordered", 5), LAN)


# ------------------------------------------------------------------ crediting


def test_an_entry_names_its_rule_cause_and_verifier_for_ever():
    village = Community()
    village.open()
    stream = village.earn("patrol", 2)
    (entry,) = [fact for fact in village.facts if isinstance(fact, PointsCredited)]
    assert (entry.entry, entry.points, entry.cause) == (f"{ACCOUNT}#1", 10, stream)
    assert (entry.rule.book, entry.rule.version, entry.rule.line) == ("tariffs", "2025-1", "patrol")
    assert (entry.filed_by, entry.verified_by) == (LAN.person, MEMBER.person)
    assert claim.filed(village.state("claim", stream)).entry == entry.entry


def credit(points=5, cause="list-1", activity="health-lecture", version="2025-1") -> Credit:
    rule = Rule("tariffs", version, activity, "")
    return Credit(points, cause, "attendance", activity, 1, date(2025, 3, 31), rule, MEMBER.person)


@pytest.mark.parametrize("points", [0, -5, True, "5", 5.0, 10**30])
def test_points_are_whole_and_bounded(points):
    village = with_points()
    with refused(village, "number.out-of-bounds", field="points"):
        village.do("account", ACCOUNT, credit(points), OTHER)


def test_nobody_credits_himself():
    village = with_points()
    with refused(village, "claim.verified-by-party"):
        village.do("account", ACCOUNT, credit(), Actor(LAN.person, "gridworker", GRID))


def test_one_cause_pays_once_per_rule():
    village = with_points()
    village.do("account", ACCOUNT, credit(), OTHER)
    with refused(village, "account.cause-paid", entry=f"{ACCOUNT}#2"):
        village.do("account", ACCOUNT, credit(), OTHER)


def test_two_rules_pay_one_cause_only_if_both_stack():
    village = with_points()
    village.do("account", ACCOUNT, credit(5, "c-1", "mini-program-report"), OTHER)
    village.do("account", ACCOUNT, credit(10, "c-1", "hazard-report"), OTHER)
    assert village.account().available == 35
    with refused(village, "account.not-stacking", paid="mini-program-report"):
        village.do("account", ACCOUNT, credit(5, "c-1", "patrol"), OTHER)


def test_an_opening_balance_is_carried_over_once():
    village = with_points(68)
    assert village.account().available == 68
    assert village.do("account", ACCOUNT, CarryOver(68, "paper", date(2025, 3, 31)), ADMIN) == []


def test_reaching_a_price_is_said_once():
    village = Community()
    village.open()
    village.earn("patrol")
    reached = [line.fact.item for line in village.lines if isinstance(line.fact, PriceReached)]
    assert reached == ["salt", "soap", "detergent"]
    village.fill()
    village.fulfil(village.order("salt"))
    village.earn("patrol")
    village.earn("patrol", 3)
    again = [line.fact for line in village.lines if isinstance(line.fact, PriceReached)]
    assert [(each.item, each.price) for each in again[3:]] == [
        ("dish-soap", 10),
        ("blood-pressure", 10),
        ("flour", 20),
        ("haircut", 20),
    ]
    assert again[-1].balance == 20


def test_where_no_catalogue_is_in_force_nothing_is_reached():
    known = books_with()
    states = {book: state for book, state in known.states.items() if book != "catalogues"}
    village = Community(type(known)(states, known.time_zone))
    village.open()
    village.earn("patrol")
    assert village.account().noticed == frozenset()


# ------------------------------------------------------------------ rewards


def reward(activity="mini-program-report", cause="c-1", at=NOW) -> Reward:
    return Reward(activity, 1, at, cause, "complaint")


def test_a_reward_told_twice_pays_once():
    village = with_points()
    assert len(village.do("account", ACCOUNT, reward(), ENGINE)) == 1
    for _ in range(15):
        assert village.do("account", ACCOUNT, reward(), ENGINE) == []
    assert village.account().available == 25


@pytest.mark.parametrize(
    "command",
    [reward("dancing"), reward(at=NOW - timedelta(days=400)), TakeBack("c-9", "complaint", "x"), Expire()],
)
def test_what_deserves_nothing_gets_nothing(command):
    village = with_points()
    assert village.do("account", ACCOUNT, command, ENGINE) == []


def test_nobody_without_an_account_is_rewarded():
    village = Community()
    for command in (reward(), TakeBack("c-1", "complaint", "x"), Expire()):
        assert village.do("account", "acct-nobody", command, ENGINE) == []


def test_a_reward_that_does_not_stack_is_not_paid():
    village = with_points()
    village.do("account", ACCOUNT, credit(5, "c-1", "patrol"), OTHER)
    assert village.do("account", ACCOUNT, reward(), ENGINE) == []


# ------------------------------------------------------------------ holding


def test_an_order_needs_all_its_points():
    village = with_points(20)
    with refused(village, "account.too-few-points", points=21, available=20):
        village.do("account", ACCOUNT, Hold("rdm-1", "ordered", 21), LAN)
    village.do("account", ACCOUNT, Hold("rdm-1", "ordered", 20), LAN)
    assert (village.account().available, village.account().held_for("ordered")) == (0, 20)
    assert village.account().balance == 20


def test_a_dispute_takes_what_there_is():
    village = with_points(20)
    (held,) = village.do("account", ACCOUNT, Hold("clm-1", "disputed", 30), PANEL)
    assert (type(held), held.points, held.asked) == (PointsHeld, 20, 30)
    assert village.account().held_for("disputed") == 20


def test_a_hold_has_one_name_and_is_released_once():
    village = with_points(20)
    village.do("account", ACCOUNT, Hold("rdm-1", "ordered", 5), LAN)
    with refused(village, "account.hold-exists"):
        village.do("account", ACCOUNT, Hold("rdm-1", "ordered", 5), LAN)
    village.do("account", ACCOUNT, Release("rdm-1", "cancelled"), LAN)
    with refused(village, "account.no-hold"):
        village.do("account", ACCOUNT, Release("rdm-1", "cancelled"), LAN)
    with refused(village, "value.unknown"):
        village.do("account", ACCOUNT, Hold("rdm-2", "lost", 5), LAN)


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


def test_an_account_has_no_past_before_its_opening():
    village = with_points()
    command = credit()
    with refused(village, "moment.out-of-order"):
        village.submit((orders.Step("account", ACCOUNT, command),), OTHER, at=NOW - DAY)
