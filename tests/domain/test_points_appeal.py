"""After a ruling: what a minute says of a vote, appeals, and when it is final."""

from datetime import datetime

from domain.messages import ENGINE, Dated
from domain.points import claim
from domain.points.claim.commands import (
    NoticeFinal,
    ObjectToVote,
)
from domain.points.facts import (
    ClaimFinal,
    VoteObjected,
)
from tests.domain.points_spec import (
    DAY,
    DISPATCHER,
    HOUR,
    MEMBER,
    PANEL,
    PANEL2,
    PANEL3,
    QIAO,
    Community,
    books_with,
    refused,
    sample,
)
from tests.domain.points_stories import disputed, ruled, state_of

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
