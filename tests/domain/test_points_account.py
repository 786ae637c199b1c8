"""An account: opening, earning by claims and records, holding."""

from datetime import date, timedelta

import pytest

from domain.messages import ENGINE, Actor
from domain.points import claim
from domain.points.account.commands import (
    CarryOver,
    Credit,
    Expire,
    Hold,
    Open,
    Release,
    Reward,
    TakeBack,
)
from domain.points.facts import (
    PointsCredited,
    PointsHeld,
    PriceReached,
    Rule,
)
from domain.steps import Step
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
    Community,
    books_with,
    refused,
)
from tests.domain.points_stories import ACCOUNT, with_points

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
        (Open("a/b", "resident", GRID), MEMBER, "account.holder"),
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


def test_what_is_paid_by_the_day_is_paid_once_a_day():
    """楼道清洁 is paid 每天, whoever files it and however often; what was taken back may be earned again."""
    village = Community()
    account = village.open()
    today = village.organisation.local_date(village.now)
    village.earn("stairwell-cleaning", on=today)
    second = village.filed("stairwell-cleaning", on=today)
    with refused(village, "account.day-paid", on=today.isoformat(), entry=f"{account}#1"):
        village.verify(second)
    village.earn("patrol", on=today)
    village.earn("patrol", on=today)
    assert village.account().balance == 15
    back = TakeBack(next(iter(village.account().credits.values())).cause, "claim", "a mistake")
    village.do("account", account, back, ENGINE)
    village.verify(second)
    village.now += timedelta(days=1)
    village.earn("stairwell-cleaning", on=today + timedelta(days=1))
    assert village.account().balance == 20


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


def test_an_account_has_no_past_before_its_opening():
    village = with_points()
    command = credit()
    with refused(village, "moment.out-of-order"):
        village.submit((Step("account", ACCOUNT, command),), OTHER, at=NOW - DAY)
