"""Ordering: priced at once, held and reserved in one save, handed out or put back."""

from datetime import timedelta

import pytest

from domain.deciding import offered
from domain.messages import Actor
from domain.points import orders, redemption, stock
from domain.points.account.commands import CarryOver
from domain.points.facts import (
    HoldReleased,
    PointsHeld,
    PointsRedeemed,
    RedemptionCancelled,
    RedemptionFulfilled,
    RedemptionRequested,
    StockCorrected,
    StockIssued,
    StockReleased,
    StockReserved,
)
from domain.points.redemption import ItemAsked, Request
from domain.points.stock import Correct, Count, Issue, Receive, Release, Reserve
from domain.refusals import Refused
from tests.domain.points_spec import (
    ADMIN,
    DAY,
    DISPATCHER,
    GRID,
    LAN,
    MEMBER,
    NOW,
    PANEL,
    PHOTO,
    QIAO,
    SHOP,
    Community,
    books_with,
    refused,
    sample,
)

ACCOUNT = "acct-p-lan"


def shop(points: int = 100, quantity: int = 50, known=None) -> Community:
    village = Community(known)
    village.fill(quantity)
    village.open()
    village.do("account", ACCOUNT, CarryOver(points, "paper", NOW.date()), ADMIN)
    return village


# ------------------------------------------------------------------ requesting


def test_an_order_holds_points_and_reserves_goods_in_one_save():
    village = shop()
    before = len(village.lines)
    village.order("flour", "detergent", beneficiary="p-mother")
    facts = village.facts[before:]
    assert [type(fact) for fact in facts] == [RedemptionRequested, PointsHeld, StockReserved, StockReserved]
    requested, held = facts[0], facts[1]
    assert (requested.total, requested.beneficiary, requested.proxy) == (25, "p-mother", "")
    assert held.until == requested.expires_at == village.now - timedelta(hours=1) + 14 * DAY
    assert [line.rule.version for line in requested.lines] == ["2025-1", "2025-1"]
    assert village.stock("flour").available == 49


def test_a_service_is_never_counted():
    village = shop()
    village.fulfil(village.order("blood-pressure"), partner="property-co")
    assert village.account().balance == 90
    assert not [line for line in village.lines if line.stream == "stock-blood-pressure"]


@pytest.mark.parametrize(
    ("items", "rule"),
    [
        ((), "list.length"),
        (("rice",), "redemption.unpriced"),
        (("salt", "salt"), "list.twice"),
        (("salt",) * 51, "list.length"),
        (("housekeeping", "appliance-repair", "salt"), "account.too-few-points"),
    ],
)
def test_what_cannot_be_ordered(items, rule):
    village = shop()
    with refused(village, rule):
        village.order(*items)


@pytest.mark.parametrize("quantity", [0, -5, True, "5", 5.0, 10**30])
def test_a_quantity_is_whole_and_bounded(quantity):
    village = shop()
    with refused(village, "number.out-of-bounds", field="items.quantity"):
        redemption.basket([ItemAsked("salt", quantity)], village.books, village.now)


def test_an_item_that_lost_its_price_is_not_redeemed():
    catalogue = sample("catalogue-2025-1.toml")
    catalogue["items"] = [
        {name: value for name, value in item.items() if name != "price" or item["item"] != "salt"}
        for item in catalogue["items"]
    ]
    village = shop(known=books_with(catalogues=catalogue))
    with refused(village, "redemption.unpriced", item="salt"):
        village.order("salt")


def test_a_price_that_changed_since_is_told():
    village = shop()
    stale = Request(ACCOUNT, LAN.person, GRID, (ItemAsked("salt"),), total=4)
    with refused(village, "redemption.price-changed", total=5, told=4):
        village.do("redemption", "rdm-9", stale, LAN)


def test_goods_that_are_not_there_are_not_promised():
    village = shop(quantity=1)
    village.order("salt")
    with refused(village, "stock.too-little", available=0):
        village.order("salt")
    assert village.account().held == 5


def test_points_are_held_once():
    """Twenty want the same balance: one gets it."""
    village = shop(points=20)
    accepted = 0
    for _ in range(20):
        try:
            village.order("flour")
            accepted += 1
        except Refused as no:
            assert no.rule == "account.too-few-points"
    assert accepted == 1


def test_forty_race_for_five():
    village = shop(points=1000, quantity=5)
    accepted = 0
    for _ in range(40):
        try:
            village.order("flour")
            accepted += 1
        except Refused as no:
            assert no.rule == "stock.too-little"
    assert accepted == 5


# ------------------------------------------------------------------ for somebody else


def test_a_proxy_needs_consent_and_proves_the_delivery():
    village = shop()
    with refused(village, "redemption.consent-required", proxy=MEMBER.person):
        village.order("flour", by=MEMBER)
    with refused(village, "evidence.id"):
        village.order("flour", by=MEMBER, consent="she said so")
    order = village.order("flour", by=MEMBER, consent=PHOTO)
    with refused(village, "redemption.delivery-required", proxy=MEMBER.person):
        village.fulfil(order)
    with refused(village, "evidence.id"):
        village.fulfil(order, delivery="done")
    fact = village.fulfil(order, delivery=PHOTO)[0]
    assert fact == RedemptionFulfilled(PHOTO, "")


def test_a_neighbour_orders_only_as_a_proxy():
    village = shop()
    with refused(village, "redemption.not-holder"):
        village.order("flour", by=QIAO)
    with refused(village, "redemption.consent-required"):
        village.order("flour", by=QIAO, proxy=QIAO.person)
    village.order("flour", by=QIAO, proxy=QIAO.person, consent=PHOTO)
    assert village.facts[-3].proxy == QIAO.person


def test_a_neighbour_does_not_hand_out_to_himself_in_another_role():
    village = shop()
    order = village.order("flour", by=QIAO, proxy=QIAO.person, consent=PHOTO)
    with refused(village, "redemption.fulfilled-by-holder"):
        village.fulfil(order, Actor(QIAO.person, "gridworker", GRID), delivery=PHOTO)
    village.fulfil(order, delivery=PHOTO)


# ------------------------------------------------------------------ ending


def test_fulfilling_spends_the_points_and_issues_the_goods():
    village = shop()
    order = village.order("flour")
    facts = village.fulfil(order, SHOP, partner="property-co")
    assert [type(fact) for fact in facts] == [RedemptionFulfilled, PointsRedeemed, StockIssued]
    assert facts[1].redemption == order
    assert (village.account().balance, village.stock("flour").on_hand) == (80, 49)
    assert redemption.state_name(village.state("redemption", order)) == "fulfilled"


def test_it_is_handed_out_once_by_somebody_else():
    village = shop()
    order = village.order("flour")
    with refused(village, "redemption.fulfilled-by-holder"):
        village.fulfil(order, Actor(LAN.person, "gridworker", GRID))
    with refused(village, "unit.unknown"):
        village.fulfil(order, partner="nobody")
    with refused(village, "actor.role"):
        village.fulfil(order, QIAO)
    village.fulfil(order)
    for _ in range(16):
        with refused(village, "redemption.state"):
            village.fulfil(order)
    with refused(village, "redemption.state"):
        village.cancel(order)
    assert village.account().balance == 80


def test_cancelling_puts_everything_back():
    village = shop()
    before = village.account()
    order = village.order("flour", "detergent")
    facts = village.cancel(order)
    assert [type(fact) for fact in facts] == [
        RedemptionCancelled,
        HoldReleased,
        StockReleased,
        StockReleased,
    ]
    assert village.account() == before
    assert village.stock("flour").available == 50
    with refused(village, "redemption.state"):
        village.cancel(order)


@pytest.mark.parametrize(
    ("by", "reason", "rule"),
    [
        (QIAO, "holder", "redemption.not-holder"),
        (LAN, "desk", "redemption.reason"),
        (LAN, "suspended", "redemption.reason"),
        (DISPATCHER, "timed_out", "redemption.reason"),
        (DISPATCHER, "lost", "value.unknown"),
        (PANEL, "holder", "redemption.reason"),
        (SHOP, "desk", "actor.role"),
    ],
)
def test_who_cancels_why(by, reason, rule):
    village = shop()
    order = village.order("flour")
    with refused(village, rule):
        village.cancel(order, reason, by)


def test_an_order_nobody_fetched_ends():
    village = shop()
    order = village.order("flour")
    with refused(village, "redemption.not-expired"):
        village.time_out(order)
    village.now = village.state("redemption", order).order.expires_at
    cancelled, released, _ = village.time_out(order)
    assert (cancelled.reason, released.reason) == ("timed_out", "timed_out")
    assert village.account().available == 100


def test_what_can_still_be_done_to_an_order():
    village = shop()
    order = village.order("flour")

    def may(by: Actor) -> list[str]:
        state = village.state("redemption", order)
        return offered(redemption.ROUTES, redemption.permitted, state, village.scene(by))[0]

    assert may(MEMBER) == ["fulfil", "cancel"]
    assert may(LAN) == ["cancel"]
    village.fulfil(order)
    assert may(MEMBER) == []
    with pytest.raises(Refused, match="no such redemption"):
        orders.cancel("rdm-0", redemption.INITIAL, reason="holder")


# ------------------------------------------------------------------ stock

SALT = stock.stock_of("salt")


def counted(village: Community) -> tuple[int, int]:
    return village.stock("salt").on_hand, village.stock("salt").available


def test_what_lies_there_is_what_came_less_what_went():
    village = shop()
    village.fulfil(village.order("salt"))
    village.order("salt")
    assert counted(village) == (49, 48)
    village.do("stock", SALT, Correct("salt", -8, "mice"), DISPATCHER)
    assert counted(village) == (41, 40)


def test_a_count_corrects_to_what_was_counted():
    village = shop()
    (fact,) = village.do("stock", SALT, Count("salt", 47, "counted"), PANEL)
    assert fact == StockCorrected("salt", -3, "counted")
    assert village.do("stock", SALT, Count("salt", 47, "counted again"), PANEL) == []


@pytest.mark.parametrize(
    ("stream", "command", "by", "rule"),
    [
        (SALT, Receive("salt", 0, "x"), DISPATCHER, "number.out-of-bounds"),
        (SALT, Receive("salt", True, "x"), DISPATCHER, "number.out-of-bounds"),
        (SALT, Receive("salt", 10**30, "x"), DISPATCHER, "number.out-of-bounds"),
        (SALT, Receive("salt", 1, ""), DISPATCHER, "text.length"),
        (SALT, Receive("salt", 1, "x"), LAN, "actor.role"),
        (SALT, Correct("salt", -50, "x"), DISPATCHER, "stock.promised"),
        (SALT, Count("salt", 0, "x"), DISPATCHER, "stock.promised"),
        (SALT, Reserve("salt", "rdm-1", 1), LAN, "stock.reserved-already"),
        (SALT, Release("rdm-9"), LAN, "stock.not-reserved"),
        (SALT, Issue("rdm-9"), DISPATCHER, "stock.not-reserved"),
        ("stock-gold", Receive("gold", 1, "x"), DISPATCHER, "stock.unknown-item"),
        ("stock-housekeeping", Receive("housekeeping", 1, "x"), DISPATCHER, "stock.not-counted"),
    ],
)
def test_what_stock_refuses(stream, command, by, rule):
    village = shop()
    village.order("salt")
    with refused(village, rule):
        village.do("stock", stream, command, by)


def test_an_item_has_one_stream():
    village = shop()
    with pytest.raises(ValueError, match="stock-soap"):
        village.do("stock", "stock-soap", Receive("salt", 1, "x"), DISPATCHER)
