"""A claim: filed, verified by somebody else; what the caller may do about it."""

from datetime import date, datetime, timedelta

import pytest

from domain.deciding import offered
from domain.messages import Actor
from domain.points import claim
from domain.points.claim.commands import (
    Appeal,
    DecideAppeal,
    Dispute,
    File,
    Refuse,
    TakeStatement,
    Verify,
)
from domain.points.facts import (
    ClaimFiled,
    ClaimRefused,
    ClaimVerified,
    PointsCredited,
    PriceReached,
)
from domain.steps import Step
from tests.domain.points_spec import (
    DAY,
    DISPATCHER,
    GRID,
    LAN,
    MEMBER,
    OTHER,
    PANEL,
    PHOTO,
    QIAO,
    STREET,
    refused,
)
from tests.domain.points_stories import disputed, opened, state_of

TODAY = date(2025, 3, 31)

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
        village.submit((Step("claim", stream, Verify("x")),), OTHER, at=village.now - DAY)


# ------------------------------------------------------------------ what the caller may do


def test_allowed_and_refused_are_two_sides():
    village, trips = disputed()
    state = village.state("claim", trips)
    scene = village.scene(PANEL, trips)
    allowed, refused = offered(claim.ROUTES, claim.permitted, state, scene)
    others = {command: no.rule for command, no in refused.items()}
    assert allowed == ["statement", "recuse", "rule"]
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
