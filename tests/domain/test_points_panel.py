"""The panel: who sits, monthly reviews with a quorum, disclosures, rankings with ties, honours."""

from datetime import date, datetime
from typing import Any

import pytest

from domain.messages import Actor
from domain.points import panel
from domain.points.facts import (
    FindingNoted,
    HonourGranted,
    LedgerReviewed,
    PanelAppointed,
    RankingFrozen,
    ReviewOpened,
    ReviewSigned,
)
from domain.points.panel import periods, ranked
from domain.points.panel.commands import (
    Appoint,
    Earned,
    FreezeRanking,
    GrantHonour,
    NoteFinding,
    OpenReview,
    PublishDisclosure,
    RevokeHonour,
    SignReview,
    Sit,
)
from tests.domain.points_spec import (
    ADMIN,
    COMMUNITY,
    MEMBER,
    PANEL,
    PANEL2,
    PANEL3,
    PANEL_STREAM,
    STREET,
    Community,
    books_with,
    refused,
    sample,
)

MARCH = OpenReview("2025-03", 400, 12, 68, 25, 10, ("acct-a#1", "acct-b#2"))
MEMBERS = ("panel", "panel2", "panel3")


def seated() -> Community:
    village = Community(now=datetime.fromisoformat("2025-04-01T09:00+08:00"))
    village.appoint()
    return village


def do(village: Community, command, by: Actor = PANEL) -> list[Any]:
    return village.do("panel", PANEL_STREAM, command, by)


# ------------------------------------------------------------------ who sits


def test_the_street_appoints_more_than_half_sign():
    village = Community()
    (fact,) = do(village, Appoint(COMMUNITY, MEMBERS), STREET)
    assert fact == PanelAppointed(COMMUNITY, MEMBERS, 2)
    assert do(village, Appoint(COMMUNITY, MEMBERS), ADMIN) == []
    (again,) = do(village, Appoint(COMMUNITY, ("panel", "panel4"), 1), ADMIN)
    assert again.quorum == 1


@pytest.mark.parametrize(
    ("command", "by", "rule"),
    [
        (Appoint(COMMUNITY, ()), STREET, "list.length"),
        (Appoint(COMMUNITY, ("a", "a")), STREET, "list.twice"),
        (Appoint(COMMUNITY, tuple(map(str, range(51)))), STREET, "list.length"),
        (Appoint(COMMUNITY, MEMBERS, 4), STREET, "number.out-of-bounds"),
        (Appoint("demo/moon", MEMBERS), STREET, "grid.unknown"),
        (Appoint(COMMUNITY, MEMBERS), PANEL, "actor.role"),
        (MARCH, PANEL, "panel.not-appointed"),
    ],
)
def test_whom_nobody_appoints(command, by, rule):
    village = Community()
    with refused(village, rule):
        do(village, command, by)


def test_only_its_members_act_for_it():
    village = seated()
    stranger = Actor("panel9", "panel", COMMUNITY)
    for command in (MARCH, SignReview("2025-03"), Sit(MEMBERS)):
        with refused(village, "panel.not-a-member"):
            do(village, command, stranger)
        with refused(village, "actor.role"):
            do(village, command, MEMBER)


def test_whoever_left_meanwhile_does_not_sit():
    village = seated()
    assert do(village, Sit(MEMBERS)) == []
    do(village, Appoint(COMMUNITY, ("panel", "panel4", "panel5")), STREET)
    with refused(village, "panel.changed"):
        do(village, Sit(MEMBERS))


def test_the_nearest_panel_judges():
    assert list(panel.panels_over("demo/north/sl")) == [
        "panel-demo.north.sl",
        "panel-demo.north",
        "panel-demo",
    ]
    with pytest.raises(ValueError, match="panel-demo"):
        Community().do("panel", "panel-demo", Appoint(COMMUNITY, MEMBERS), STREET)


# ------------------------------------------------------------------ the monthly review


def test_a_review_is_opened_with_figures_looked_at_and_signed():
    village = seated()
    (opened,) = do(village, MARCH)
    assert isinstance(opened, ReviewOpened)
    assert (opened.position, opened.credited, opened.sample) == (400, 68, MARCH.sample)
    assert do(village, MARCH) == []
    (finding,) = do(village, NoteFinding("2025-03", "no photo", "acct-a#1"), PANEL2)
    assert isinstance(finding, FindingNoted)
    assert (finding.finding, finding.text.subject) == ("2025-03-1", PANEL_STREAM)
    assert [type(fact) for fact in do(village, SignReview("2025-03"))] == [ReviewSigned]
    assert do(village, SignReview("2025-03")) == []
    _, reviewed = do(village, SignReview("2025-03"), PANEL3)
    assert reviewed == LedgerReviewed("2025-03", 400, ("2025-03-1",), ("panel", "panel3"))
    with refused(village, "panel.reviewed-already"):
        do(village, SignReview("2025-03"), PANEL2)


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (OpenReview("2025-04", 1, 0, 0, 0, 0), "panel.period-running"),
        (OpenReview("2025-13", 1, 0, 0, 0, 0), "period.form"),
        (OpenReview("2025-Q1", 1, 0, 0, 0, 0), "period.form"),
        (OpenReview("2025-02", -1, 0, 0, 0, 0), "number.out-of-bounds"),
        (OpenReview("2025-02", 1, True, 0, 0, 0), "number.out-of-bounds"),
        (OpenReview("2025-02", 1, 0, 0, 0, 0, tuple(map(str, range(51)))), "list.length"),
        (NoteFinding("2025-02", "x"), "panel.no-review"),
        (SignReview("2025-02"), "panel.no-review"),
        (NoteFinding("2025-03", ""), "text.length"),
    ],
)
def test_what_a_review_refuses(command, rule):
    village = seated()
    do(village, MARCH)
    with refused(village, rule):
        do(village, command)


def test_nothing_is_added_under_a_signature():
    village = seated()
    do(village, MARCH)
    do(village, SignReview("2025-03"))
    with refused(village, "panel.signed-already"):
        do(village, NoteFinding("2025-03", "late"), PANEL2)


# ------------------------------------------------------------------ disclosures


def test_a_half_year_is_disclosed_once_when_it_is_over():
    village = seated()
    notice = PublishDisclosure("2025-H1", 500, 12, 300)
    with refused(village, "panel.period-running"):
        do(village, notice)
    village.now = datetime.fromisoformat("2025-07-01T00:00+08:00")
    assert len(do(village, notice)) == 1
    assert do(village, notice) == []
    with refused(village, "period.form"):
        do(village, PublishDisclosure("2025-06", 500, 12, 300))


# ------------------------------------------------------------------ rankings


def places(*points: int, top: int, minimum: int = 1) -> list[tuple[int, int]]:
    earned = [Earned(f"acct-{n}", each) for n, each in enumerate(points)]
    return [(each.rank, each.points) for each in ranked(earned, top=top, minimum=minimum)]


@pytest.mark.parametrize(
    ("points", "top", "expected"),
    [
        ((30, 20, 10, 5), 3, [(1, 30), (2, 20), (3, 10)]),
        ((10, 20, 30), 3, [(1, 30), (2, 20), (3, 10)]),
        ((30, 20, 20, 20, 10), 3, [(1, 30), (2, 20), (2, 20), (2, 20)]),
        ((30, 30, 20, 10, 10, 10), 4, [(1, 30), (1, 30), (3, 20), (4, 10), (4, 10), (4, 10)]),
        ((30, 30, 30, 20), 3, [(1, 30), (1, 30), (1, 30)]),
        ((0, -5, 3), 3, [(1, 3)]),
        ((), 3, []),
    ],
)
def test_equal_points_share_a_rank_and_all_who_share_the_last_are_in(points, top, expected):
    assert places(*points, top=top) == expected


def test_a_minimum_leaves_out_the_rest():
    assert places(30, 20, 10, top=3, minimum=15) == [(1, 30), (2, 20)]


EARNED = (Earned("acct-a", 68), Earned("acct-b", 40), Earned("acct-c", 40), Earned("acct-d", 5))


def test_a_ranking_is_frozen_once():
    village = seated()
    (frozen,) = do(village, FreezeRanking("2025-03", 400, EARNED))
    assert isinstance(frozen, RankingFrozen)
    assert [(each.rank, each.account) for each in frozen.ranked] == [
        (1, "acct-a"),
        (2, "acct-b"),
        (2, "acct-c"),
    ]
    assert (frozen.rule.line, frozen.position, frozen.minimum) == ("rankings.month", 400, 1)
    assert do(village, FreezeRanking("2025-03", 500, ())) == []


def test_each_kind_of_period_has_its_own_number():
    village = seated()
    (quarter,) = do(village, FreezeRanking("2025-Q1", 400, EARNED))
    assert len(quarter.ranked) == 4
    (year,) = do(village, FreezeRanking("2024", 400, EARNED))
    assert [each.account for each in year.ranked] == ["acct-a"]
    for period, rule in (("2025", "panel.period-running"), ("2025-H1", "period.form"), ("", "period.form")):
        with refused(village, rule):
            do(village, FreezeRanking(period, 400, EARNED))


def test_the_rule_book_says_how_many_and_from_when_on():
    rules = sample("supervision-2025-1.toml")
    rules["rankings"]["month"] = {"top": 1, "minimum": 50}
    village = Community(books_with(supervision=rules), now=datetime.fromisoformat("2025-04-01T09:00+08:00"))
    village.appoint()
    (frozen,) = do(village, FreezeRanking("2025-03", 400, EARNED))
    assert [each.account for each in frozen.ranked] == ["acct-a"]


# ------------------------------------------------------------------ honours


def test_an_honour_goes_to_who_is_ranked_and_can_be_revoked_once():
    village = seated()
    do(village, FreezeRanking("2025-03", 400, EARNED))
    (granted,) = do(village, GrantHonour("acct-b", "2025-03"))
    assert isinstance(granted, HonourGranted)
    assert (granted.title, granted.honour) == ("社区之星 · Community star", "2025-03-acct-b")
    assert do(village, GrantHonour("acct-b", "2025-03")) == []
    (revoked,) = do(village, RevokeHonour(granted.honour, "overturned"))
    assert revoked.reason.subject == PANEL_STREAM
    assert do(village, RevokeHonour(granted.honour, "overturned")) == []
    with refused(village, "panel.honour-taken-back"):
        do(village, GrantHonour("acct-b", "2025-03"))


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (GrantHonour("acct-d", "2025-03"), "panel.not-ranked"),
        (GrantHonour("acct-a", "2025-02"), "panel.no-ranking"),
        (GrantHonour("acct-a", "2025-03", "x" * 201), "text.length"),
        (RevokeHonour("2025-03-acct-a", "x"), "panel.no-honour"),
    ],
)
def test_what_is_no_honour(command, rule):
    village = seated()
    do(village, FreezeRanking("2025-03", 400, EARNED))
    with refused(village, rule):
        do(village, command)


# ------------------------------------------------------------------ periods


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("2025-03", date(2025, 3, 1), date(2025, 4, 1)),
        ("2025-12", date(2025, 12, 1), date(2026, 1, 1)),
        ("2025-Q1", date(2025, 1, 1), date(2025, 4, 1)),
        ("2025-Q4", date(2025, 10, 1), date(2026, 1, 1)),
        ("2025-H1", date(2025, 1, 1), date(2025, 7, 1)),
        ("2025-H2", date(2025, 7, 1), date(2026, 1, 1)),
        ("2025", date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_period_has_a_first_day_and_a_day_after(period, first, after):
    assert periods.span(period) == (first, after)


@pytest.mark.parametrize(
    "period", ["2025-3", "2025-Q5", "2025-H3", "25", "", "9999-12", "0000", "2025-03-01"]
)
def test_what_is_no_period(period):
    with pytest.raises(ValueError, match="is no period"):
        periods.span(period)
