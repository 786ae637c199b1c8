"""A claim disputed, witnessed, and ruled on by those who may."""

from datetime import datetime, timedelta

import pytest

from domain.messages import Actor
from domain.points import orders
from domain.points.claim.commands import (
    Recuse,
    TakeStatement,
)
from domain.points.facts import (
    ClaimDisputed,
    ClaimRuled,
    HoldReleased,
    MemberRecused,
    RedemptionCancelled,
    StatementTaken,
    StockReleased,
)
from tests.domain.points_spec import (
    DISPATCHER,
    GRID,
    HOUR,
    LAN,
    MEMBER,
    PANEL,
    PANEL2,
    PANEL3,
    QIAO,
    STREET,
    Community,
    refused,
)
from tests.domain.points_stories import disputed, opened, state_of

# ------------------------------------------------------------------ disputing


def test_a_dispute_holds_the_points():
    village = opened()
    stream = village.earn("shopping-for-elder", 3)
    facts = village.dispute(stream)
    assert isinstance(facts[0], ClaimDisputed)
    assert (village.account().available, village.account().held_for("disputed")) == (0, 15)


@pytest.mark.parametrize("by", [PANEL, DISPATCHER, QIAO])
def test_who_disputes(by):
    village = opened()
    village.dispute(village.earn("patrol"), by)


@pytest.mark.parametrize(("by", "rule"), [(LAN, "claim.disputed-by-holder"), (MEMBER, "actor.role")])
def test_who_does_not(by, rule):
    village = opened()
    stream = village.earn("patrol")
    with refused(village, rule):
        village.dispute(stream, by)


def test_only_what_was_paid_is_disputed_and_for_twelve_months():
    village = opened()
    stream = village.filed("patrol")
    with refused(village, "claim.state"):
        village.dispute(stream)
    village.verify(stream)
    village.now = datetime.fromisoformat("2026-04-01T00:00:00+08:00")
    with refused(village, "claim.dispute-too-late"):
        village.dispute(stream)
    village.now = datetime.fromisoformat("2026-03-31T23:59:59+08:00")
    village.dispute(stream)


def test_statements_are_taken_by_somebody_else():
    village, trips = disputed()
    (fact,) = village.do("claim", trips, TakeStatement("p-qiao", "I saw him once", 1), PANEL)
    assert isinstance(fact, StatementTaken)
    assert (fact.witness, fact.proven_quantity, fact.text.subject) == ("p-qiao", 1, LAN.person)
    with refused(village, "claim.own-statement"):
        village.do("claim", trips, TakeStatement("panel", "I saw it", 1), PANEL)
    with refused(village, "claim.own-statement"):
        village.do(
            "claim", trips, TakeStatement("p-qiao", "thrice", 3), Actor(LAN.person, "dispatcher", GRID)
        )
    with refused(village, "number.out-of-bounds"):
        village.do("claim", trips, TakeStatement("p-qiao", "often", -1), PANEL)
    with refused(village, "text.length"):
        village.do("claim", trips, TakeStatement("p-qiao", "", 1), PANEL)


# ------------------------------------------------------------------ ruling


def test_a_minute_names_every_vote():
    village, trips = disputed()
    ruling = village.rule(trips, 1, votes={"panel2": "agree", "panel3": "against"})[0]
    assert isinstance(ruling, ClaimRuled)
    assert [(vote.member, vote.vote) for vote in ruling.votes] == [
        ("panel", "agree"),
        ("panel2", "agree"),
        ("panel3", "against"),
    ]
    assert ruling.final_at - village.now + HOUR == timedelta(days=15)
    assert ruling.objections_until - village.now + HOUR == timedelta(days=3)
    assert state_of(village, trips) == "ruled"


@pytest.mark.parametrize(
    "votes",
    [{}, {"panel2": "abstain"}, {"panel2": "against"}, {"panel": "against", "panel2": "agree"}],
)
def test_a_majority_of_those_who_may_judge_carries_it(votes):
    village, trips = disputed()
    with refused(village, "claim.no-majority", judges=3, needed=2):
        village.rule(trips, 1, votes=votes)


def test_whoever_stepped_aside_does_not_count():
    village, trips = disputed()
    (fact,) = village.do("claim", trips, Recuse(reason="my cousin"), PANEL3)
    assert isinstance(fact, MemberRecused)
    assert village.do("claim", trips, Recuse(), PANEL3) == []
    with refused(village, "claim.stepped-aside"):
        village.rule(trips, 1, by=PANEL3)
    with refused(village, "claim.stepped-aside"):
        village.rule(trips, 1, votes={"panel2": "agree", "panel3": "agree"})
    assert village.rule(trips, 1)[0].recused == ("panel3",)


def test_only_the_street_puts_another_member_aside():
    village, trips = disputed()
    with refused(village, "claim.recuse-yourself"):
        village.do("claim", trips, Recuse("panel2"), PANEL)
    village.do("claim", trips, Recuse("panel2", "in business with him"), STREET)
    with refused(village, "claim.no-majority", judges=2, needed=2):
        village.rule(trips, 1, votes={})


@pytest.mark.parametrize(
    "involve",
    [
        {"beneficiary": "panel"},
        {"witnesses": ("panel",)},
    ],
)
def test_parties_and_witnesses_do_not_judge(involve):
    village, trips = disputed(**involve)
    with refused(village, "claim.member-is-party", member="panel"):
        village.rule(trips, 1)
    with refused(village, "claim.member-is-party", member="panel"):
        village.rule(trips, 1, by=PANEL2, votes={"panel": "agree", "panel3": "agree"})
    ruling = village.rule(trips, 1, by=PANEL2, votes={"panel3": "agree"})[0]
    assert ruling.recused == ("panel",)


def test_who_spoke_as_a_witness_does_not_judge():
    village, trips = disputed()
    village.do("claim", trips, TakeStatement("panel2", "I saw him", 1), PANEL)
    with refused(village, "claim.member-is-party", member="panel2"):
        village.rule(trips, 1)


def test_a_holder_on_the_panel_does_not_judge_his_own_claim():
    village = Community()
    village.appoint(LAN, PANEL, PANEL2)
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    village.dispute(trips)
    with refused(village, "claim.member-is-party"):
        village.rule(trips, 3, by=Actor(LAN.person, "panel", GRID))


def test_who_verified_it_does_not_judge_it():
    village = Community()
    village.appoint(MEMBER, PANEL, PANEL2)
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    village.dispute(trips)
    with refused(village, "claim.member-is-party", member=MEMBER.person):
        village.rule(trips, 1, votes={MEMBER.person: "agree"})


def test_a_neighbour_who_disputed_it_is_a_party_the_panel_itself_is_not():
    village = Community()
    village.appoint(QIAO, PANEL, PANEL2)
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    village.dispute(trips, QIAO)
    with refused(village, "claim.member-is-party", member=QIAO.person):
        village.rule(trips, 1, votes={QIAO.person: "agree"})
    village.rule(trips, 1)


def test_only_members_rule_and_vote():
    village, trips = disputed()
    stranger = Actor("panel9", "panel", GRID)
    with refused(village, "panel.not-a-member"):
        village.rule(trips, 1, by=stranger)
    with refused(village, "claim.not-a-member", member="panel9"):
        village.rule(trips, 1, votes={"panel2": "agree", "panel9": "agree"})
    with refused(village, "value.unknown"):
        village.rule(trips, 1, votes={"panel2": "yes"})
    with refused(village, "actor.role"):
        village.rule(trips, 1, by=STREET)


def test_without_a_panel_nobody_rules():
    village = Community()
    village.open()
    trips = village.earn("patrol")
    village.dispute(trips)
    with refused(village, "panel.not-appointed"):
        village.rule(trips, 0)


@pytest.mark.parametrize("proven", [-1, True, "1", 1.0, 10**30])
def test_what_is_proven_is_a_number(proven):
    village, trips = disputed()
    with refused(village, "number.out-of-bounds", field="proven_quantity"):
        village.rule(trips, proven)


def test_more_cannot_be_proven_than_was_claimed():
    village, trips = disputed()
    with refused(village, "claim.proven-exceeds-claimed", claimed=3):
        village.rule(trips, 4)


def test_a_claim_that_is_proven_gets_everything_back():
    village, trips = disputed()
    facts = village.rule(trips, 3)
    assert [type(fact) for fact in facts] == [ClaimRuled, HoldReleased]
    assert not facts[0].false_claim
    assert (village.account().available, village.account().credit_score) == (15, 100)
    with refused(village, "claim.state"):
        village.dispute(trips)


def test_an_honest_mistake_is_reversed_and_not_penalised():
    village, trips = disputed()
    facts = village.rule(trips, 1, false_claim=False)
    assert facts[0].suspended_until is None
    assert (village.account().available, village.account().credit_score) == (5, 100)
    other, all_proven = disputed()
    with refused(other, "claim.nothing-false"):
        other.rule(all_proven, 3, false_claim=True)


def test_hours_are_reversed_by_the_line_that_paid_them():
    village = opened()
    stream = village.earn("clean-up", 6)
    village.dispute(stream)
    assert village.rule(stream, 3)[0].reversed_points == 20
    assert village.account().available == 10


def test_the_tariff_of_the_day_reverses_too():
    """A later tariff changes nothing about what an older one paid."""
    village = Community(now=datetime.fromisoformat("2025-02-20T09:00+08:00"))
    village.appoint()
    village.open()
    old = village.filed("mediation", 2)
    village.verify(old)
    village.now = datetime.fromisoformat("2025-03-20T09:00+08:00")
    village.dispute(old)
    assert village.rule(old, 1)[0].reversed_points == 10


def test_a_ruling_ends_the_orders_that_were_waiting():
    village = opened()
    village.fill()
    village.earn("patrol", 4)
    order = village.order("flour")
    trips = village.earn("shopping-for-elder", 3)
    village.dispute(trips)
    facts = village.rule(trips, 1)
    (cancelled,) = [fact for fact in facts if isinstance(fact, RedemptionCancelled)]
    assert cancelled.reason == "suspended"
    assert StockReleased in {type(fact) for fact in facts}
    holder = village.account()
    assert (holder.available, holder.held, village.stock("flour").available) == (25, 0, 50)
    with refused(village, "redemption.state"):
        village.fulfil(order)


def test_nobody_owes_what_his_orders_hold():
    """Orders end first, so the reversal finds their points."""
    village = opened()
    village.fill()
    trips = village.earn("shopping-for-elder", 3)
    village.order("salt")
    village.order("detergent")
    village.dispute(trips)
    village.rule(trips, 1)
    assert (village.account().available, village.account().owed) == (5, 0)


def test_no_order_is_overlooked():
    village, trips = disputed()
    village.fill()
    village.earn("patrol")
    village.order("salt")
    state = village.state("claim", trips)
    with pytest.raises(ValueError, match="holds points for"):
        orders.rule(
            trips, state, village.seen("account", "acct-p-lan"), "panel-demo.north.sl",
            village.seen("panel", "panel-demo.north.sl"), {}, village.scene(PANEL),
            proven_quantity=1, reasons="x", votes={"panel2": "agree"},
        )  # fmt: skip
