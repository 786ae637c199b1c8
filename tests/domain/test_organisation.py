"""The organisation: said twice, recorded once."""

from datetime import UTC, date, datetime
from functools import reduce

import pytest

from domain import organisation
from domain.messages import Actor, Envelope
from domain.organisation import (
    EstablishGrid,
    EstablishUnit,
    GridEstablished,
    Organisation,
    SetTimeZone,
    TimeZoneSet,
    Unit,
    UnitEstablished,
    within,
)
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene

NOW = datetime(2025, 3, 3, 1, tzinfo=UTC)
ADMIN = Actor("admin", "admin")
SCENE = Scene(NOW, NOW, ADMIN, organisation.STREAM, Books(), Organisation())
GRID = GridEstablished("demo/north/sl", "松林社区", "community")


def given(*facts) -> Organisation:
    envelope = Envelope(NOW, ADMIN)
    return reduce(lambda state, fact: organisation.evolve(state, fact, envelope), facts, organisation.INITIAL)


def refusal(command, *facts) -> str:
    with pytest.raises(Refused) as no:
        organisation.decide(command, given(*facts), SCENE)
    return no.value.rule


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (EstablishGrid("demo", "示范市", "city"), GridEstablished("demo", "示范市", "city")),
        (
            EstablishUnit("heating-co", "供热公司", "company"),
            UnitEstablished("heating-co", "供热公司", "company"),
        ),
        (SetTimeZone("Europe/Berlin"), TimeZoneSet("Europe/Berlin")),
    ],
)
def test_said_twice_recorded_once(command, fact):
    assert organisation.decide(command, given(), SCENE) == (fact,)
    assert organisation.decide(command, given(fact), SCENE) == ()


def test_a_grid_is_renamed_by_saying_so():
    renamed = EstablishGrid("demo/north/sl", "松林", "community")
    (fact,) = organisation.decide(renamed, given(GRID), SCENE)
    assert given(GRID, fact).grids["demo/north/sl"].name == "松林"


def test_a_tree_goes_from_the_large_to_the_small():
    inside = EstablishGrid("demo/north/sl/b-1", "1 号楼", "building")
    assert organisation.decide(inside, given(GRID), SCENE)
    assert refusal(EstablishGrid("demo/north/sl/x", "x", "city"), GRID) == "organisation.level-order"
    house = GridEstablished("demo/north/sl/b-1", "1 号楼", "building")
    smaller = EstablishGrid("demo/north/sl", "松林", "entrance")
    assert refusal(smaller, GRID, house) == "organisation.level-order"
    quarter = EstablishGrid("demo/north/sl/west", "西片", "community")  # a part may be of the same level
    assert organisation.decide(quarter, given(GRID, house), SCENE)


def test_every_grids_team_is_a_unit():
    assert given(GRID).unit("demo/north/sl") == Unit("demo/north/sl", "松林社区", "grid_team")
    assert given(GRID).unit("demo/north") is None
    assert refusal(EstablishUnit("demo/north/sl", "x", "office"), GRID) == "organisation.unit-is-grid"


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (EstablishGrid("demo//sl", "x", "grid"), "organisation.bad-path"),
        (EstablishGrid("", "x", "grid"), "organisation.bad-path"),
        (EstablishGrid("demo/../x", "x", "grid"), "organisation.bad-path"),
        (EstablishGrid("nowhere/x", "x", "grid"), "organisation.no-parent"),
        (EstablishGrid("demo", "x", "planet"), "organisation.unknown-level"),
        (EstablishUnit("u", "x", "club"), "organisation.unknown-kind"),
        (EstablishUnit("u", "  ", "office"), "organisation.nameless"),
        (EstablishUnit("u", "one\nline", "office"), "organisation.nameless"),
        (SetTimeZone("Mars/Olympus"), "organisation.unknown-time-zone"),
        (SetTimeZone("../etc/passwd"), "organisation.unknown-time-zone"),
        (SetTimeZone(""), "organisation.unknown-time-zone"),
    ],
)
def test_nonsense_is_refused(command, rule):
    assert refusal(command) == rule


def test_the_time_zone_is_set_once():
    assert refusal(SetTimeZone("Asia/Tokyo"), TimeZoneSet("Asia/Shanghai")) == "organisation.time-zone-fixed"


def test_days_are_counted_in_the_time_zone():
    late = datetime(2025, 3, 3, 17, tzinfo=UTC)
    assert given().local_date(late) == date(2025, 3, 4)
    assert given(TimeZoneSet("Europe/Berlin")).local_date(late) == date(2025, 3, 3)


def test_below_a_scope():
    assert within("demo/north/sl", "demo/north")
    assert within("demo/north", "demo/north")
    assert within("demo/north", "")
    assert not within("demo/northern", "demo/north")
    assert not within("demo", "demo/north")


def test_children_are_the_nodes_directly_below():
    tree = given(
        GridEstablished("a", "a", "city"),
        GridEstablished("a/c", "c", "street"),
        GridEstablished("a/b", "b", "street"),
        GridEstablished("a/b/d", "d", "community"),
    )
    assert [grid.path for grid in tree.children("a")] == ["a/b", "a/c"]
    assert [grid.path for grid in tree.children("")] == ["a"]
