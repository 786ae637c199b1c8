"""What the newspapers tell of points, with invented names: where the sums come out, and where they do not."""

from datetime import date, datetime, timedelta

from domain.points import claim
from domain.points.facts import (
    AppealDecided,
    ClaimRuled,
    CreditScoreAdjusted,
    HoldReleased,
    PointsCredited,
    PointsReversed,
    RedemptionRestored,
    RedemptionSuspended,
    ReversalUndone,
)
from tests.domain.points_spec import (
    NOW,
    QIAO,
    Community,
    books_with,
    refused,
    sample,
)

FEBRUARY = date(2025, 2, 10)


def the_month(books=None) -> Community:
    """Two mediations, one hazard, 33 points of volunteering: 3 + 6 × 5. The account was opened before."""
    village = Community(books, now=NOW - timedelta(days=40))
    village.open()
    village.now = NOW
    village.earn("mediation", 2)
    village.earn("hazard-report")
    village.earn("health-lecture")
    village.earn("patrol", 3)
    village.earn("shopping-for-elder", 2)
    village.earn("stairwell-cleaning")
    return village


def earned(village: Community) -> dict[str, int]:
    return {
        line.fact.activity: line.fact.points
        for line in village.lines
        if isinstance(line.fact, PointsCredited)
    }


def test_a_month_of_68_points_adds_up_under_the_tariff_before():
    village = the_month(books_with(tariffs=sample("tariffs-2025-0.toml")))
    points = earned(village)
    assert points["mediation"] == 20
    assert points["hazard-report"] == 15
    assert sum(points.values()) - 20 - 15 == 33
    assert village.account().balance == 68


def test_the_published_tariff_would_have_paid_73():
    """30 instead of 20 for mediating, 10 instead of 15 for the hazard, the rest alike."""
    before = earned(the_month(books_with(tariffs=sample("tariffs-2025-0.toml"))))
    published = earned(the_month())
    difference = {name: published[name] - points for name, points in before.items()}
    assert {name: points for name, points in difference.items() if points} == {
        "mediation": 10,
        "hazard-report": -5,
    }
    assert sum(published.values()) == 68 + 5


def test_the_day_of_the_deed_says_which_tariff_pays():
    village = Community(now=NOW - timedelta(days=60))
    village.open()
    village.now = NOW
    old, new = village.filed("mediation", on=FEBRUARY), village.filed("mediation")
    assert [claim.filed(village.state("claim", each)).points for each in (old, new)] == [10, 15]
    assert claim.filed(village.state("claim", old)).rule.version == "2025-0"


def test_a_basket_of_flour_and_detergent_costs_25():
    village = Community()
    village.fill()
    village.open()
    village.earn("patrol", 5)
    order = village.order("flour", "detergent")
    requested = village.facts[-4]
    assert [(line.item, line.price, line.points) for line in requested.lines] == [
        ("flour", 20, 20),
        ("detergent", 5, 5),
    ]
    assert requested.total == 25
    village.fulfil(order)
    assert village.account().balance == 0
    assert (village.stock("flour").on_hand, village.stock("detergent").on_hand) == (49, 49)


# ------------------------------------------------------------------ three trips claimed, one proven


def three_trips() -> tuple[Community, str]:
    village = Community()
    village.fill()
    village.appoint()
    village.open()
    trips = village.earn("shopping-for-elder", 3, beneficiary="p-wu", witnesses=(QIAO.person,))
    village.dispute(trips)
    return village, trips


def test_three_claimed_one_proven():
    village, trips = three_trips()
    assert (village.account().available, village.account().held) == (0, 15)
    facts = village.rule(trips, 1)
    ruled, taken, released, suspended, score = facts
    assert (type(ruled), ruled.claimed_quantity, ruled.proven_quantity) == (ClaimRuled, 3, 1)
    assert (type(taken), taken.points, taken.from_held, taken.owed) == (PointsReversed, 10, 10, 0)
    assert (type(released), released.points) == (HoldReleased, 5)
    assert type(suspended) is RedemptionSuspended
    assert suspended.until == datetime.fromisoformat("2025-09-30T00:00+08:00")
    assert (type(score), score.change, score.after) == (CreditScoreAdjusted, -10, 90)
    assert (village.account().available, village.account().credit_score) == (5, 90)


def test_meanwhile_he_earns_but_does_not_spend():
    village, trips = three_trips()
    village.rule(trips, 1)
    village.earn("patrol", 4)
    assert village.account().available == 25
    with refused(village, "account.redemption-suspended"):
        village.order("salt")
    village.now = datetime.fromisoformat("2025-09-29T23:59:59+08:00")
    with refused(village, "account.redemption-suspended"):
        village.order("salt")
    village.now = datetime.fromisoformat("2025-09-30T00:00+08:00")
    village.order("salt")


def test_an_appeal_that_overturns_restores_everything():
    village, trips = three_trips()
    village.rule(trips, 1)
    village.appeal(trips)
    decided, undone, score, restored = village.decide_appeal(trips, "overturned")
    assert (type(decided), decided.outcome) == (AppealDecided, "overturned")
    assert (type(undone), undone.points) == (ReversalUndone, 10)
    assert (type(score), score.change, score.after) == (CreditScoreAdjusted, 10, 100)
    assert score.undoes
    assert type(restored) is RedemptionRestored
    holder = village.account()
    assert (holder.available, holder.held, holder.owed, holder.credit_score) == (15, 0, 0, 100)
    assert holder.suspended_until is None
    village.order("salt")


def test_an_appeal_that_is_upheld_changes_nothing():
    village, trips = three_trips()
    village.rule(trips, 1)
    before = village.account()
    village.appeal(trips)
    assert [type(fact) for fact in village.decide_appeal(trips, "upheld")] == [AppealDecided]
    assert village.account() == before
    assert claim.state_name(village.state("claim", trips)) == "final"


def test_the_months_end_of_31_august_is_the_last_of_february():
    village, trips = three_trips()
    village.now = datetime.fromisoformat("2025-08-31T18:00+08:00")
    village.rule(trips, 1)
    assert village.account().suspended_until == datetime.fromisoformat("2026-02-28T00:00+08:00")


def test_whoever_finds_the_cover_and_whoever_replaces_it_are_not_both_paid_for_one_report():
    """One cause pays once per rule and account; another account may have its own share."""
    village = Community()
    village.open()
    village.open(QIAO)
    village.earn("hazard-report", cause="c-cover")
    again = village.filed("hazard-report", cause="c-cover")
    with refused(village, "account.cause-paid", cause="c-cover", activity="hazard-report"):
        village.verify(again)
    theirs = village.filed("hazard-report", by=QIAO, holder=QIAO, cause="c-cover")
    village.verify(theirs)
    assert village.account(QIAO).balance == 10
