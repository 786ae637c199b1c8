"""A claim: filed, verified by somebody else, disputed, ruled on by those who may, appealed against."""

from datetime import date, datetime, timedelta

import pytest

from domain.messages import ENGINE, Actor, Dated
from domain.points import claim, orders
from domain.points.claim.commands import (
    Appeal,
    DecideAppeal,
    Dispute,
    File,
    NoticeFinal,
    ObjectToVote,
    Recuse,
    Refuse,
    TakeStatement,
    Verify,
)
from domain.points.facts import (
    ClaimDisputed,
    ClaimFiled,
    ClaimFinal,
    ClaimRefused,
    ClaimRuled,
    ClaimVerified,
    HoldReleased,
    MemberRecused,
    PointsCredited,
    PriceReached,
    RedemptionCancelled,
    StatementTaken,
    StockReleased,
    VoteObjected,
)
from tests.domain.points_spec import (
    DAY,
    DISPATCHER,
    GRID,
    HOUR,
    LAN,
    MEMBER,
    OTHER,
    PANEL,
    PANEL2,
    PANEL3,
    PHOTO,
    QIAO,
    STREET,
    Community,
    books_with,
    refused,
    sample,
)

TODAY = date(2025, 3, 31)


def opened() -> Community:
    village = Community()
    village.appoint()
    village.open()
    return village


def state_of(village: Community, stream: str) -> str:
    return claim.state_name(village.state("claim", stream))


def disputed(quantity: int = 3, **more) -> tuple[Community, str]:
    village = opened()
    trips = village.earn("shopping-for-elder", quantity, **more)
    village.dispute(trips)
    return village, trips


def ruled(proven: int = 1) -> tuple[Community, str]:
    village, trips = disputed()
    village.rule(trips, proven)
    return village, trips


# ------------------------------------------------------------------ filing


def test_a_claim_says_who_what_when_and_by_which_rule():
    village = opened()
    stream = village.filed(
        "patrol", 2, beneficiary="p-wu", witnesses=("p-qiao",), evidence=(PHOTO,), note="at night"
    )
    filed = village.facts[-1]
    assert isinstance(filed, ClaimFiled)
    assert (filed.points, filed.basis, filed.rule.version) == (10, "time", "2025-1")
    assert (filed.filed_by, filed.on_behalf, filed.cause) == (LAN.person, False, stream)
    assert filed.note is not None and filed.note.subject == LAN.person
    assert state_of(village, stream) == "filed"


def test_a_grid_member_files_for_somebody_visibly():
    village = opened()
    village.filed("patrol", by=MEMBER)
    filed = village.facts[-1]
    assert (filed.filed_by, filed.on_behalf) == (MEMBER.person, True)


@pytest.mark.parametrize("quantity", [0, -5, True, "5", 5.0, 10**30, 1001])
def test_a_quantity_is_whole_and_bounded(quantity):
    village = opened()
    with refused(village, "number.out-of-bounds", field="quantity"):
        village.filed("patrol", quantity)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"activity": "dancing"}, "tariff.unknown-activity"),
        ({"activity": "clean-up", "quantity": 1}, "claim.pays-nothing"),
        ({"on": TODAY + timedelta(days=1)}, "claim.in-the-future"),
        ({"on": TODAY - timedelta(days=1)}, "claim.before-account"),
        ({"by": QIAO}, "claim.not-holder"),
        ({"by": PANEL}, "actor.role"),
        ({"witnesses": ("a", "a")}, "list.twice"),
        ({"witnesses": tuple(map(str, range(51)))}, "list.length"),
        ({"evidence": ("photo",)}, "evidence.id"),
        ({"evidence": (PHOTO,) * 51}, "list.length"),
        ({"beneficiary": "x" * 201}, "text.length"),
        ({"note": "x" * 4001}, "text.length"),
        ({"cause": "x" * 201}, "text.length"),
    ],
)
def test_what_cannot_be_claimed(more, rule):
    village = opened()
    with refused(village, rule):
        village.filed(**{"activity": "patrol", **more})


def test_tomorrow_begins_at_local_midnight():
    village = opened()
    village.now = datetime.fromisoformat("2025-03-31T23:59:59+08:00")
    with refused(village, "claim.in-the-future"):
        village.filed("patrol", on=date(2025, 4, 1))
    village.now = datetime.fromisoformat("2025-04-01T00:00:00+08:00")
    village.filed("patrol", on=date(2025, 4, 1))


def test_a_claim_is_filed_once():
    village = opened()
    stream = village.filed("patrol")
    again = File("acct-p-lan", LAN.person, GRID, TODAY, "patrol", 1, TODAY)
    with refused(village, "claim.state"):
        village.do("claim", stream, again, LAN)


# ------------------------------------------------------------------ verifying


def test_verified_is_credited_in_the_same_save():
    village = opened()
    stream = village.filed("patrol")
    facts = village.verify(stream)
    assert [type(fact) for fact in facts if not isinstance(fact, PriceReached)] == [
        ClaimVerified,
        PointsCredited,
    ]
    assert state_of(village, stream) == "credited"
    assert village.account().available == 5


@pytest.mark.parametrize(
    "by",
    [
        Actor(LAN.person, "gridworker", GRID),
        Actor("p-wu", "gridworker", GRID),
        MEMBER,
    ],
    ids=["holder", "beneficiary", "filer"],
)
def test_nobody_verifies_his_own_matter(by):
    village = opened()
    stream = village.filed("shopping-for-elder", by=MEMBER, beneficiary="p-wu")
    with refused(village, "claim.verified-by-party"):
        village.verify(stream, by)
    with refused(village, "claim.verified-by-party"):
        village.do("claim", stream, Refuse("no"), by)
    village.verify(stream, OTHER)


def test_the_tariff_says_who_verifies():
    village = opened()
    stream = village.filed("patrol")
    with refused(village, "claim.not-a-verifier", roles=("gridworker", "dispatcher")):
        village.verify(stream, STREET)
    with refused(village, "actor.role"):
        village.verify(stream, QIAO)
    village.verify(stream, DISPATCHER)


def test_a_refused_claim_is_over():
    village = opened()
    stream = village.filed("patrol")
    (fact,) = village.do("claim", stream, Refuse("nobody saw it"), OTHER)
    assert isinstance(fact, ClaimRefused)
    with refused(village, "claim.state", state="refused"):
        village.verify(stream)
    assert village.account().balance == 0


def test_a_claim_is_paid_once():
    village = opened()
    stream = village.earn("patrol")
    for _ in range(16):
        with refused(village, "claim.state", state="credited"):
            village.verify(stream)
    assert village.account().balance == 5


def test_steps_do_not_run_backwards():
    village = opened()
    stream = village.filed("patrol")
    with refused(village, "moment.out-of-order"):
        village.submit((orders.Step("claim", stream, Verify("x")),), OTHER, at=village.now - DAY)


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
    with refused(village, "claim.member-recused"):
        village.rule(trips, 1, by=PANEL3)
    with refused(village, "claim.member-recused"):
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
    assert [type(fact) for fact in facts][-1] is StockReleased
    holder = village.account()
    assert (holder.available, holder.held, village.stock("flour").available) == (25, 0, 50)
    with refused(village, "redemption.state"):
        village.fulfil(order)


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


# ------------------------------------------------------------------ after the ruling


def test_a_member_may_object_to_what_the_minute_says_of_him():
    village, trips = ruled()
    (fact,) = village.do("claim", trips, ObjectToVote("I was against it"), PANEL2)
    assert isinstance(fact, VoteObjected)
    with refused(village, "claim.objected-already"):
        village.do("claim", trips, ObjectToVote("again"), PANEL2)
    for member in (PANEL, PANEL3):
        with refused(village, "claim.not-in-the-minute"):
            village.do("claim", trips, ObjectToVote("x"), member)


def test_for_three_days():
    village, trips = ruled()
    village.now += 3 * DAY - HOUR
    with refused(village, "claim.objection-too-late"):
        village.do("claim", trips, ObjectToVote("x"), PANEL2)


def test_an_appeal_comes_from_the_holder_or_a_grid_member_for_him():
    village, trips = ruled()
    with refused(village, "claim.not-holder"):
        village.appeal(trips, QIAO)
    with refused(village, "actor.role"):
        village.appeal(trips, PANEL)
    village.appeal(trips, MEMBER)
    assert state_of(village, trips) == "appealed"


def test_for_fifteen_days_then_it_is_final():
    village, trips = ruled()
    final_at = village.state("claim", trips).claim.ruling.appealable_until
    assert village.do("claim", trips, NoticeFinal(), ENGINE) == []
    village.now = final_at
    with refused(village, "claim.appeal-too-late"):
        village.appeal(trips)
    scene = village.scene(ENGINE, trips)
    (dated,) = claim.decide(NoticeFinal(), village.state("claim", trips), scene)
    assert isinstance(dated, Dated)
    assert (type(dated.fact), dated.occurred_at) == (ClaimFinal, final_at)
    village.do("claim", trips, NoticeFinal(), ENGINE)
    assert state_of(village, trips) == "final"
    with refused(village, "claim.state"):
        village.do("claim", trips, NoticeFinal(), ENGINE)


def test_whoever_voted_does_not_decide_the_appeal():
    village, trips = ruled()
    village.appeal(trips)
    for member in (PANEL, PANEL2):
        with refused(village, "claim.judge-voted"):
            village.decide_appeal(trips, "upheld", member)
    with refused(village, "value.unknown"):
        village.decide_appeal(trips, "perhaps")
    with refused(village, "actor.role"):
        village.decide_appeal(trips, "upheld", DISPATCHER)
    village.decide_appeal(trips, "overturned", PANEL3)
    assert village.account().available == 15


def test_who_is_a_party_does_not_decide_the_appeal_either():
    village, trips = disputed(witnesses=("street",))
    village.rule(trips, 1)
    village.appeal(trips)
    with refused(village, "claim.member-is-party"):
        village.decide_appeal(trips, "upheld")


def test_the_setting_says_how_long():
    rules = {**sample("supervision-2025-1.toml"), "appeal_days": 1, "penalty_months": 1, "penalty_score": 3}
    village = Community(books_with(supervision=rules))
    village.appoint()
    village.open()
    trips = village.earn("shopping-for-elder", 3)
    village.dispute(trips)
    village.rule(trips, 1)
    assert village.account().credit_score == 97
    assert village.account().suspended_until == datetime.fromisoformat("2025-04-30T00:00+08:00")
    village.now += DAY
    with refused(village, "claim.appeal-too-late"):
        village.appeal(trips)


# ------------------------------------------------------------------ what the caller may do


def test_allowed_and_refused_are_two_sides():
    village, trips = disputed()
    state = village.state("claim", trips)
    scene = village.scene(PANEL, trips)
    assert claim.allowed(state, scene) == ["statement", "recuse", "rule"]
    others = {each["command"]: each["rule"] for each in claim.refused(state, scene)}
    assert set(others) | {"statement", "recuse", "rule"} == set(claim.ROUTES)
    assert (others["appeal"], others["appeal-decision"]) == ("actor.role", "claim.state")


def test_what_stands_in_no_table_is_refused():
    village = opened()
    stream = village.filed("patrol")
    for command, by in (
        (Dispute("x"), PANEL),
        (Appeal("x"), LAN),
        (DecideAppeal("upheld", "x"), STREET),
        (TakeStatement("w", "x"), PANEL),
    ):
        with refused(village, "claim.state", state="filed"):
            village.do("claim", stream, command, by)
    with refused(village, "claim.unknown"):
        village.verify("clm-nowhere")
