"""Posts people hold, and bodies of a place: after templates and words that differ from place to place."""

from datetime import date
from typing import Any

import pytest

from domain.messages import Actor
from domain.organisation import (
    BodyDissolved,
    BodyFormed,
    DissolveBody,
    EstablishUnit,
    FormBody,
    Grant,
    LeavePost,
    Member,
    PostLeft,
    PostTaken,
    TakePost,
    Unit,
    UnitEstablished,
)
from domain.organisation.grants import MOST_POSTS
from domain.rule_books import Adoption, BadContent, Books, RuleBookState, Version, read
from tests.domain.organisation_spec import (
    GRID,
    HOUR,
    NOW,
    SL,
    SOUTH,
    STREET_ADMIN,
    decided,
    given,
    granted,
    refused,
)


def role(code: str, zh: str, **more: int) -> dict[str, Any]:
    return {"role": code, "zh": zh, **more}


ONE_PLUS_FOUR = {
    "code": "one-plus-four",
    "zh": "“1+4”",
    "roles": [
        role("gridworker", "网格员", least=1, most=2),
        role("mediator", "调解员"),
        role("legal_counsel", "法律顾问", least=0),
    ],
}
TEMPLATES = {
    "bodies": [
        ONE_PLUS_FOUR,
        {"code": "one-plus-four", "zh": "“1+4”", "where": SOUTH, "roles": [role("heating", "供热")]},
    ]
}
WORDS = {
    "levels": [
        {"name": "楼院", "level": "building"},
        {"name": "楼院", "level": "grid", "where": SOUTH},
    ],
    "posts": [{"code": "party_cell_head", "zh": "党小组长"}],
    "roles": [
        {"code": "judge", "zh": "法官"},
        {"code": "law_society_member", "zh": "法学会会员"},
        {"code": "mediator", "zh": "人民调解员"},
    ],
    "groups": [
        {"name": "三官一师一员", "roles": ["judge", "law_society_member"]},
        {"name": "三官一师一员", "roles": ["judge", "mediator"], "where": SOUTH},
    ],
}


def book(name: str, content: dict[str, Any]) -> RuleBookState:
    adopted = Adoption("2025-1", date(2025, 1, 1), NOW, None)
    return RuleBookState(name, {"2025-1": Version(name, "2025-1", content)}, (adopted,))


BOOKS = Books.of([book("templates", TEMPLATES), book("vocabularies", WORDS)], "Asia/Shanghai")

# ------------------------------------------------------------------ posts

TAKEN = PostTaken("t-1", "p-1", "grid_head", GRID)


def test_a_post_is_taken_once_and_left_once():
    take = TakePost("p-1", "grid_head", GRID)
    assert decided(take, given()) == (TAKEN,)
    assert decided(take, given(TAKEN)) == ()
    leave = LeavePost("t-1", "换届")
    assert decided(leave, given(TAKEN)) == (PostLeft("t-1", "p-1", "换届"),)
    left = given(TAKEN, PostLeft("t-1", "p-1", "换届"))
    assert decided(leave, left) == ()
    assert decided(take, left)[0].tenure == "t-2"


def test_one_person_holds_several_posts_and_no_grant_by_them():
    """双向进入、交叉任职."""
    state = given(TAKEN)
    assert decided(TakePost("p-1", "police_deputy_secretary", SL), state)
    assert state.grants_of("p-1", NOW) == ()
    many = [PostTaken(f"t-{n}", "p-1", f"post{n}", GRID) for n in range(MOST_POSTS)]
    assert refused(TakePost("p-1", "liaison", SL), given(*many)) == "post.too-many"


def test_a_post_may_have_been_taken_some_time_ago():
    state = given(TAKEN, at=NOW - 100 * HOUR)
    assert state.tenures["t-1"].taken_at == NOW - 100 * HOUR
    early = {"told": NOW - 101 * HOUR}
    assert refused(LeavePost("t-1", "换届"), state, **early) == "post.left-first"


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (TakePost("p-1", "pope", GRID), "organisation.unknown-post"),
        (TakePost("p-1", "party_cell_head", GRID), "organisation.unknown-post"),
        (TakePost("p-1", "liaison", "demo/nowhere"), "grant.unknown-place"),
        (TakePost("", "liaison", GRID), "organisation.nobody"),
        (LeavePost("t-9", "换届"), "post.unknown"),
        (LeavePost("t-1", " "), "organisation.reason"),
    ],
)
def test_what_is_no_post_is_refused(command, rule):
    assert refused(command, given(TAKEN)) == rule


def test_posts_are_the_administrators_of_the_place():
    assert refused(TakePost("p-1", "liaison", SOUTH), given(), by=STREET_ADMIN) == "grant.beyond-scope"
    elsewhere = given(PostTaken("t-1", "p-1", "liaison", SOUTH))
    assert refused(LeavePost("t-1", "换届"), elsewhere, by=STREET_ADMIN) == "grant.beyond-scope"


def test_a_vocabulary_adds_posts():
    assert decided(TakePost("p-1", "party_cell_head", GRID), given(), books=BOOKS)


# ------------------------------------------------------------------ bodies

MEMBERS = (Member("gridworker", "p-1"), Member("mediator", "p-2"))
FORMED = BodyFormed("sl-1-4", SL, "one-plus-four", "2025-1", MEMBERS)
UNIT = UnitEstablished("sl-1-4", "松林联动小组", "body")


def form(members=MEMBERS, unit="sl-1-4", place=SL, template="one-plus-four", name="松林联动小组") -> FormBody:
    return FormBody(unit, name, place, template, members)


def test_a_body_is_formed_after_a_version_of_the_templates_and_is_a_unit():
    assert decided(form(), given(), books=BOOKS) == (UNIT, FORMED)
    state = given(UNIT, FORMED)
    assert decided(form(), state, books=BOOKS) == ()
    assert state.unit("sl-1-4") == Unit("sl-1-4", "松林联动小组", "body")
    assert state.place_of_unit("sl-1-4") == SL
    led = given(UNIT, FORMED, granted("g-1", "p-1", "unit", "sl-1-4"))
    assert [grant.id for grant in led.grants_at(SL)] == ["g-1"]


def test_formed_again_it_changes_its_members_or_its_name():
    state = given(UNIT, FORMED)
    other = (*MEMBERS, Member("legal_counsel", "p-3"))
    (fact,) = decided(form(other), state, books=BOOKS)
    assert fact.members == other
    assert decided(form(name="新名"), state, books=BOOKS) == (UnitEstablished("sl-1-4", "新名", "body"),)


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ((), "body.seats"),
        ((Member("gridworker", "p-1"),), "body.seats"),
        ((*MEMBERS, Member("mediator", "p-9")), "body.seats"),
        ((*MEMBERS, Member("heating", "p-9")), "body.unknown-role"),
        ((*MEMBERS, Member("gridworker", "p-1")), "body.member-twice"),
        ((*MEMBERS, Member("legal_counsel", "?")), "organisation.nobody"),
    ],
)
def test_seats_are_filled_as_the_template_says(members, rule):
    assert refused(form(members), given(), books=BOOKS) == rule


def test_one_person_may_fill_two_roles():
    both = (Member("gridworker", "p-1"), Member("mediator", "p-1"))
    assert decided(form(both), given(), books=BOOKS)


def test_the_same_name_is_another_body_elsewhere():
    """“1+4” of one community is not that of the next."""
    assert refused(form(place=SOUTH), given(), books=BOOKS) == "body.unknown-role"
    assert decided(form((Member("heating", "p-1"),), place=SOUTH), given(), books=BOOKS)


def test_a_template_must_be_in_force():
    assert refused(form(), given()) == "body.unknown-template"
    assert refused(form(template="two-plus-two"), given(), books=BOOKS) == "body.unknown-template"
    assert refused(form(place="demo/nowhere"), given(), books=BOOKS) == "grant.unknown-place"


def test_nobody_makes_a_company_or_another_places_body_his_own():
    assert refused(form(unit="heating-co"), given(), books=BOOKS) == "body.unit-taken"
    assert refused(form(unit=GRID), given(), books=BOOKS) == "body.unit-taken"
    souths = given(UNIT, BodyFormed("sl-1-4", SOUTH, "one-plus-four", "2025-1", ()))
    assert refused(form(), souths, books=BOOKS, by=STREET_ADMIN) == "grant.beyond-scope"
    assert refused(form(), given(), books=BOOKS, by=Actor("p", "street", SL)) == "grant.beyond-scope"
    state = given(UNIT, FORMED)
    assert refused(EstablishUnit("sl-1-4", "x", "company"), state) == "body.unit-taken"


def test_who_administers_its_place_lets_people_act_for_a_body():
    state = given(UNIT, FORMED)
    grant = Grant("p-1", "unit", "sl-1-4", "组员")
    assert decided(grant, state, by=STREET_ADMIN)
    dissolved = given(UNIT, FORMED, BodyDissolved("sl-1-4", "改组"))
    assert refused(grant, dissolved, by=STREET_ADMIN) == "grant.beyond-scope"


def test_a_body_is_dissolved_once_and_its_unit_stays():
    dissolve = DissolveBody("sl-1-4", "改组")
    state = given(UNIT, FORMED)
    assert decided(dissolve, state) == (BodyDissolved("sl-1-4", "改组"),)
    gone = given(UNIT, FORMED, BodyDissolved("sl-1-4", "改组"))
    assert decided(dissolve, gone) == ()
    assert gone.unit("sl-1-4") == Unit("sl-1-4", "松林联动小组", "body")
    assert refused(DissolveBody("x", "改组"), state) == "body.unknown"
    assert refused(DissolveBody("sl-1-4", ""), state) == "organisation.reason"


# ------------------------------------------------------------------ the two books


def test_local_names_are_read_where_they_are_said():
    vocabulary = BOOKS.vocabulary(NOW)
    assert vocabulary.level("楼院", SL) == "building"
    assert vocabulary.level("楼院", f"{SOUTH}/x") == "grid"
    assert vocabulary.level("楼院", "demo/southern") == "building"
    assert vocabulary.level("楼栋", SL) is None
    assert [role.zh for role in vocabulary.group("三官一师一员", SL)] == ["法官", "法学会会员"]
    assert [role.zh for role in vocabulary.group("三官一师一员", SOUTH)] == ["法官", "人民调解员"]
    assert vocabulary.group("五色", SL) == ()


def test_without_the_books_only_the_canonical_names_are_known():
    assert Books().vocabulary(NOW).level("楼院") is None
    assert Books().body_template(NOW, "one-plus-four") is None
    assert dict(Books().posts(NOW)) == {}


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("templates", {}, "bodies"),
        ("templates", {"bodies": [ONE_PLUS_FOUR, ONE_PLUS_FOUR]}, "bodies[1].code"),
        ("templates", {"bodies": [{**ONE_PLUS_FOUR, "roles": []}]}, "bodies[0].roles"),
        ("templates", {"bodies": [{**ONE_PLUS_FOUR, "code": "1+4"}]}, "bodies[0].code"),
        ("templates", {"bodies": [{**ONE_PLUS_FOUR, "colour": "red"}]}, "bodies[0].colour"),
        (
            "templates",
            {"bodies": [{**ONE_PLUS_FOUR, "roles": [role("a", "甲", least=3, most=2)]}]},
            "bodies[0].roles[0].least",
        ),
        (
            "templates",
            {"bodies": [{**ONE_PLUS_FOUR, "roles": [role("a", "甲"), role("a", "乙")]}]},
            "bodies[0].roles[1].role",
        ),
        ("vocabularies", {"levels": [{"name": "楼院", "level": "planet"}]}, "levels[0].level"),
        ("vocabularies", {"levels": [{"name": "x", "level": "grid"}] * 2}, "levels[1].name"),
        ("vocabularies", {"posts": [{"code": "x", "zh": "甲"}] * 2}, "posts[1].code"),
        ("vocabularies", {"groups": [{"name": "三官", "roles": ["judge"]}]}, "groups[0].roles"),
        ("vocabularies", {"groups": [{"name": "三官", "roles": []}]}, "groups[0].roles"),
        ("vocabularies", {"colours": []}, "colours"),
    ],
)
def test_a_fault_of_a_book_is_named_by_field(name, content, field):
    with pytest.raises(BadContent) as no:
        read(name, "1", content, "Asia/Shanghai")
    assert no.value.field == field
