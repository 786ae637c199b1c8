"""Who may act where: given by somebody else, for a place he answers for; never backwards."""

from datetime import timedelta

import pytest

from domain import organisation
from domain.messages import Actor, Dated
from domain.organisation import Grant, GrantRevoked, RevokeGrant
from domain.organisation.grants import MOST_GRANTS
from tests.domain.organisation_spec import (
    ADMIN,
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
    scene,
)


def asked(role="gridworker", scope=GRID, person="p-1", reason="到岗", **more) -> Grant:
    return Grant(person, role, scope, reason, **more)


# ------------------------------------------------------------------ giving


def test_a_grant_begins_now_and_has_a_number_of_its_own():
    assert decided(asked(), given()) == (granted("g-1", "p-1", "gridworker", GRID),)
    state = given(granted("g-1", "p-9", "panel", SL))
    assert decided(asked(), state)[0].grant == "g-2"


def test_it_is_remembered_who_gave_it():
    state = given(granted("g-1", "p-1", "gridworker", GRID), by=STREET_ADMIN)
    assert state.grants["g-1"].granted_by == "p-street"


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (asked("emperor"), "organisation.unknown-role"),
        (asked("resident"), "organisation.unknown-role"),
        (asked(scope="demo/nowhere"), "grant.unknown-place"),
        (asked(scope=""), "grant.unknown-place"),
        (asked(scope="heating-co"), "grant.unknown-place"),
        (asked("unit", "nobody-co"), "grant.unknown-unit"),
        (asked(person="admin"), "grant.self"),
        (asked(person="王 小明"), "organisation.nobody"),
        (asked(person=""), "organisation.nobody"),
        (asked(reason="  "), "organisation.reason"),
        (asked(reason="x" * 501), "organisation.reason"),
        (asked(from_at=NOW - HOUR), "grant.backwards"),
        (asked(until_at=NOW), "grant.ends-first"),
        (asked(from_at=NOW + HOUR, until_at=NOW + HOUR), "grant.ends-first"),
    ],
)
def test_what_is_no_grant_is_refused(command, rule):
    assert refused(command, given()) == rule


def test_a_beginning_a_moment_ago_is_now():
    """The form was filled in before it was sent."""
    (fact,) = decided(asked(from_at=NOW - timedelta(minutes=4)), given())
    assert fact.from_at == NOW


def test_nobody_dates_a_right_by_telling_another_moment():
    for told in (NOW - timedelta(days=30), NOW + timedelta(minutes=5)):
        (given_now,) = organisation.decide(asked(), given(), scene(told=told))
        assert given_now == Dated(granted("g-1", "p-1", "gridworker", GRID), NOW)
        held = given(granted("g-1", "p-1", "gridworker", GRID))
        (revoked,) = organisation.decide(RevokeGrant("g-1", "离岗"), held, scene(told=told))
        assert revoked == Dated(GrantRevoked("g-1", "p-1", "离岗"), NOW)


# ------------------------------------------------------------------ whose business it is


def test_an_administrator_gives_within_his_own_place():
    for scope in ("demo/north", SL, GRID):
        assert decided(asked("dispatcher", scope), given(), by=STREET_ADMIN)
    assert decided(asked("admin", SL), given(), by=STREET_ADMIN)


@pytest.mark.parametrize(
    ("role", "scope"), [("dispatcher", "demo"), ("dispatcher", SOUTH), ("admin", ""), ("unit", "heating-co")]
)
def test_nobody_gives_away_more_than_he_answers_for(role, scope):
    assert refused(asked(role, scope), given(), by=STREET_ADMIN) == "grant.beyond-scope"


@pytest.mark.parametrize("role", ["dispatcher", "street", "panel", "resident", "engine"])
def test_only_administrators_give(role):
    assert refused(asked(), given(), by=Actor("p-2", role, "demo")) == "grant.beyond-scope"


def test_a_grids_team_belongs_to_the_grid():
    """It is a unit as well; who administers the grid lets people act for it."""
    assert decided(asked("unit", GRID), given(), by=STREET_ADMIN)
    assert refused(asked("unit", SOUTH), given(), by=STREET_ADMIN) == "grant.beyond-scope"


# ------------------------------------------------------------------ said again


def test_what_he_may_already_is_not_given_again():
    state = given(granted("g-1", "p-1", "gridworker", GRID))
    assert decided(asked(), state) == ()
    assert decided(asked(until_at=NOW + HOUR), state) == ()
    assert decided(asked(from_at=NOW + HOUR), state) == ()


def test_a_longer_or_an_earlier_grant_is_given_beside_the_other():
    short = given(granted("g-1", "p-1", "gridworker", GRID, until=NOW + HOUR))
    assert decided(asked(), short)
    assert decided(asked(until_at=NOW + 2 * HOUR), short)
    assert decided(asked(until_at=NOW + HOUR), short) == ()
    later = given(granted("g-1", "p-1", "gridworker", GRID, begins=NOW + HOUR))
    assert decided(asked(from_at=NOW + HOUR), later) == ()
    assert decided(asked(), later)


def test_another_role_or_place_is_another_grant():
    state = given(granted("g-1", "p-1", "gridworker", GRID))
    assert decided(asked("panel", SL), state)
    assert decided(asked(scope=SL), state)


def test_a_grant_that_is_over_may_be_given_again():
    state = given(granted("g-1", "p-1", "gridworker", GRID), GrantRevoked("g-1", "p-1", "离岗"))
    (fact,) = decided(asked(), state)
    assert fact.grant == "g-2"


def test_one_person_has_so_many_grants_and_no_more():
    many = [granted(f"g-{n}", "p-1", "unit", "heating-co") for n in range(1, MOST_GRANTS + 1)]
    assert refused(asked(), given(*many)) == "grant.too-many"
    ended = GrantRevoked("g-1", "p-1", "离岗")
    assert decided(asked(), given(*many, ended))


# ------------------------------------------------------------------ in force


def test_a_grant_holds_from_its_beginning_and_not_at_its_end():
    state = given(granted("g-1", "p-1", "gridworker", GRID, begins=NOW + HOUR, until=NOW + 2 * HOUR))
    moment = timedelta(microseconds=1)
    assert state.grants_of("p-1", NOW + HOUR - moment) == ()
    assert state.grants_of("p-1", NOW + HOUR) != ()
    assert state.grants_of("p-1", NOW + 2 * HOUR - moment) != ()
    assert state.grants_of("p-1", NOW + 2 * HOUR) == ()


def test_a_revoked_grant_ends_at_once():
    state = given(granted("g-1", "p-1", "gridworker", GRID), GrantRevoked("g-1", "p-1", "离岗"))
    assert state.grants_of("p-1", NOW) == ()
    assert state.holders("gridworker", GRID, NOW) == frozenset()


def test_grants_come_the_oldest_first():
    state = given(granted("g-1", "p-1", "panel", SL), granted("g-2", "p-1", "gridworker", GRID))
    assert [grant.id for grant in state.grants_of("p-1", NOW)] == ["g-1", "g-2"]


def test_grants_are_found_by_the_place_they_lie_in():
    state = given(
        granted("g-1", "p-1", "gridworker", GRID),
        granted("g-2", "p-2", "dispatcher", SL),
        granted("g-3", "p-3", "unit", GRID),
        granted("g-4", "p-4", "unit", "heating-co"),
        granted("g-5", "p-5", "admin", ""),
        granted("g-6", "p-6", "dispatcher", SOUTH),
    )

    def under(place: str) -> set[str]:
        return {grant.id for grant in state.grants_under(place)}

    assert under(SL) == {"g-1", "g-2", "g-3"}
    assert under("demo") == {"g-1", "g-2", "g-3", "g-6"}
    assert under("") == {"g-1", "g-2", "g-3", "g-4", "g-5", "g-6"}
    for place in state.grids:
        held = {grant.id for grant in state.grants_at(place)}
        assert held == {
            grant.id for grant in state.grants.values() if state.place_of(grant.role, grant.scope) == place
        }
    assert {grant.id for grant in state.grants_at(GRID)} == {"g-1", "g-3"}


# ------------------------------------------------------------------ revoking


def test_a_grant_is_revoked_once():
    held = granted("g-1", "p-1", "gridworker", GRID)
    revoke = RevokeGrant("g-1", "离岗")
    assert decided(revoke, given(held)) == (GrantRevoked("g-1", "p-1", "离岗"),)
    assert decided(revoke, given(held, GrantRevoked("g-1", "p-1", "离岗"))) == ()
    assert decided(revoke, given(granted("g-1", "p-1", "panel", SL, until=NOW + HOUR)), now=NOW + HOUR) == ()


def test_who_may_not_give_it_may_not_take_it():
    state = given(granted("g-1", "p-1", "dispatcher", SOUTH), granted("g-2", "p-1", "unit", "heating-co"))
    for grant in ("g-1", "g-2"):
        assert refused(RevokeGrant(grant, "离岗"), state, by=STREET_ADMIN) == "grant.beyond-scope"
    assert refused(RevokeGrant("g-9", "离岗"), state) == "grant.unknown"
    assert refused(RevokeGrant("g-1", ""), state) == "organisation.reason"


def test_the_last_administrator_stays_one():
    alone = given(granted("g-1", "admin", "admin", ""))
    assert refused(RevokeGrant("g-1", "离岗"), alone) == "grant.last-admin"
    two = given(granted("g-1", "admin", "admin", ""), granted("g-2", "p-2", "admin", ""))
    assert decided(RevokeGrant("g-1", "离岗"), two)
    gone = given(
        granted("g-1", "admin", "admin", ""),
        granted("g-2", "p-2", "admin", "", until=NOW + HOUR),
    )
    assert refused(RevokeGrant("g-1", "离岗"), gone, now=NOW + HOUR) == "grant.last-admin"
    local = given(granted("g-1", "admin", "admin", ""), granted("g-2", "p-2", "admin", "demo/north"))
    assert refused(RevokeGrant("g-1", "离岗"), local) == "grant.last-admin"


def test_of_two_grants_of_the_last_administrator_one_may_go():
    twice = given(
        granted("g-1", "admin", "admin", "", until=NOW + HOUR), granted("g-2", "admin", "admin", "")
    )
    assert decided(RevokeGrant("g-2", "更正"), twice)
    assert twice.last_admin("admin", NOW)


def test_a_grant_that_has_not_begun_is_nobodys_last():
    state = given(granted("g-1", "admin", "admin", ""), granted("g-2", "p-2", "admin", "", begins=NOW + HOUR))
    assert decided(RevokeGrant("g-2", "更正"), state)


# ------------------------------------------------------------------ the tree


@pytest.mark.parametrize("path", ["demo/south/x", "elsewhere", "demo"])
def test_only_its_administrator_changes_a_part_of_the_tree(path):
    command = organisation.EstablishGrid(path, "新名", "grid")
    assert refused(command, given(), by=STREET_ADMIN) == "grant.beyond-scope"


def test_the_administrator_of_a_street_names_his_grids():
    assert decided(organisation.EstablishGrid(f"{SL}/grid-02", "二", "grid"), given(), by=STREET_ADMIN)
    for command in (
        organisation.EstablishUnit("heating-co", "改名", "company"),
        organisation.EstablishUnit("new-co", "新公司", "company"),
        organisation.SetTimeZone("Asia/Tokyo"),
    ):
        assert refused(command, given(), by=STREET_ADMIN) == "grant.beyond-scope"


def test_a_unit_is_no_grid_and_a_path_has_an_end():
    grid = organisation.EstablishGrid("heating-co", "x", "grid")
    assert refused(grid, given()) == "organisation.grid-is-unit"
    deep = organisation.EstablishGrid("/".join("x" * 13), "x", "grid")
    assert refused(deep, given(), by=ADMIN) == "organisation.too-deep"
