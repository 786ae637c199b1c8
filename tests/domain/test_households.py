"""Dwellings, households, tenancies: a move is one save, what is told twice says nothing, nobody reaches
beyond his place. A walk of many moves leaves three histories that agree."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.households import commands as c
from domain.households import dwelling, household, orders, tenancy
from domain.households import facts as f
from domain.households.orders import Home
from domain.households.rules import KINDS, household_of, stream_of
from domain.messages import Actor, Clear
from domain.refusals import Refused
from projections.households.register import COUNTS, HOUSEHOLD_REGISTER, count
from projections.households.telling import SENTENCES, sentence
from projections.words import Speaker
from tests.domain.points_spec import ADMIN, DISPATCHER, GRID, MEMBER, STREET, Community, refused

NEXT = "demo/north/sl/grid-02"
HOUSE = stream_of("1")


def home(number: int, grid: str = GRID, turn: int = 0) -> Home:
    return Home(
        f"dw-{number}", f"ten-{number}-{turn}", grid, "松林苑", f"{number}室", "rent", date(2024, 1, 1)
    )


def registered(village: Community, id: str = "1", by: Actor = MEMBER, **told: Any) -> list[Any]:
    at = told.pop("home", home(1))
    entry = c.Register(
        told.pop("grid", GRID),
        people=told.pop("people", 3),
        dwelling=at.dwelling if at else "",
        tenancy=at.tenancy if at else "",
        **told,
    )
    return village.submit(orders.enter(stream_of(id), entry, at), by)


def taken_over(village: Community, by: Actor = ADMIN, **told: Any) -> list[Any]:
    at = told.pop("home", home(1))
    entry = c.TakeOver(told.pop("grid", GRID), "file", people=told.pop("people", 3), dwelling=at.dwelling,
                       tenancy=at.tenancy, **told)  # fmt: skip
    return village.submit(orders.enter(HOUSE, entry, at), by)


def moved(village: Community, to: Home, id: str = "1", by: Actor = DISPATCHER) -> list[Any]:
    stream = stream_of(id)
    return village.submit(orders.move_in(stream, village.seen("household", stream), to), by)


def gone(village: Community, id: str = "1", by: Actor = MEMBER) -> list[Any]:
    stream = stream_of(id)
    return village.submit(orders.move_out(stream, village.seen("household", stream), "卖房"), by)


@pytest.fixture
def village() -> Community:
    return Community()


class TestEntering:
    def test_household_dwelling_and_tenancy_begin_together(self, village: Community) -> None:
        facts = registered(village, name="王建国", phone="13800000001")
        assert [type(fact) for fact in facts] == [
            f.HouseholdRegistered, f.DwellingRegistered, f.TenancyStarted, f.DwellingOccupied,
        ]  # fmt: skip
        first, where, lives, _ = facts
        assert isinstance(first.name, Clear) and first.name.subject == HOUSE
        assert isinstance(where.address, Clear) and where.address.subject == "dw-1"
        assert (lives.household, lives.dwelling, lives.since) == ("1", "dw-1", date(2024, 1, 1))

    def test_without_an_address_it_only_is_there(self, village: Community) -> None:
        assert len(registered(village, home=None, people=None)) == 1

    @pytest.mark.parametrize(
        ("told", "rule"),
        [
            ({"grid": NEXT}, "household.outside-scope"),
            ({"grid": "demo/none"}, "grid.unknown"),
            ({"people": -1}, "number.out-of-bounds"),
            ({"people": 1000}, "number.out-of-bounds"),
            ({"kind": "villa"}, "value.unknown"),
            ({"id": "a b"}, "household.id"),
            ({"id": "-x"}, "household.id"),
            ({"home": Home("dw-1", "ten-1", GRID, "", "x", "", date(2099, 1, 1))}, "tenancy.in-the-future"),
            ({"home": Home("dw-1", "ten-1", GRID, "", "x", "lease")}, "value.unknown"),
            ({"home": Home("dw-9", "ten-1", GRID, "", None)}, "dwelling.state"),
        ],
    )
    def test_what_cannot_be_is_refused_and_leaves_nothing(
        self, village: Community, told: dict[str, Any], rule: str
    ) -> None:
        with refused(village, rule):
            registered(village, **told)
        assert village.lines == []

    @pytest.mark.parametrize("by", [STREET, Actor("analyst", "analyst", "demo/north/sl")])
    def test_who_keeps_no_register_enters_nobody(self, village: Community, by: Actor) -> None:
        with refused(village, "actor.role"):
            registered(village, by=by)

    def test_an_id_is_taken_once(self, village: Community) -> None:
        registered(village)
        with refused(village, "household.state"):
            registered(village)


class TestFiles:
    def test_a_file_told_again_says_nothing(self, village: Community) -> None:
        taken_over(village)
        assert taken_over(village) == []

    def test_it_says_what_it_knows_more(self, village: Community) -> None:
        taken_over(village, people=None)
        facts = taken_over(village, people=4, kind="key")
        assert facts == [f.HouseholdRecounted(4, None), f.HouseholdReclassified("key", "", None)]

    def test_an_address_told_later_is_where_it_lives(self, village: Community) -> None:
        registered(village, home=None)
        assert [type(fact) for fact in taken_over(village)] == [
            f.MovedIn, f.DwellingRegistered, f.TenancyStarted, f.DwellingOccupied,
        ]  # fmt: skip

    def test_it_moves_nobody(self, village: Community) -> None:
        taken_over(village)
        with refused(village, "household.lives-elsewhere"):
            taken_over(village, home=home(2))
        with refused(village, "household.grid-differs"):
            taken_over(village, grid=NEXT)
        gone(village)
        with refused(village, "household.state"):
            taken_over(village)

    def test_who_came_back_is_known_where_it_lives(self, village: Community) -> None:
        taken_over(village)
        gone(village)
        moved(village, home(1, turn=1))
        assert taken_over(village) == []


class TestMoving:
    def test_a_move_ends_here_and_begins_there_in_one_save(self, village: Community) -> None:
        registered(village)
        facts = moved(village, home(2, NEXT))
        assert [type(fact) for fact in facts] == [
            f.MovedOut, f.MovedIn, f.TenancyEnded, f.DwellingVacated,
            f.DwellingRegistered, f.TenancyStarted, f.DwellingOccupied,
        ]  # fmt: skip
        assert village.state("household", HOUSE).household.grid == NEXT
        assert village.state("dwelling", "dw-1").occupants == {}
        assert isinstance(village.state("tenancy", "ten-1-0"), tenancy.Over)

    def test_into_where_it_lives_is_no_move(self, village: Community) -> None:
        registered(village)
        assert moved(village, home(1)) == []

    def test_who_moved_out_can_only_come_back_or_be_forgotten(self, village: Community) -> None:
        registered(village)
        gone(village)
        assert isinstance(village.state("household", HOUSE), household.Away)
        for command in (c.Recount(2), c.Reclassify("shop"), c.JoinHousehold("p-1"), c.MoveOut("x")):
            with refused(village, "household.state"):
                village.do("household", HOUSE, command, MEMBER)
        assert type(moved(village, home(1, turn=1))[0]) is f.MovedIn

    def test_not_before_it_came(self, village: Community) -> None:
        registered(village)
        steps = orders.move_out(HOUSE, village.seen("household", HOUSE), "x")
        with refused(village, "moment.out-of-order"):
            village.submit(steps, MEMBER, at=village.now - timedelta(days=30))

    def test_into_a_grid_that_is_not_his_nobody_moves_anybody(self, village: Community) -> None:
        registered(village)
        with refused(village, "household.outside-scope"):
            moved(village, home(2, NEXT), by=MEMBER)

    def test_two_households_share_a_dwelling(self, village: Community) -> None:
        registered(village)
        registered(village, "2", home=home(1, turn=1))
        assert sorted(village.state("dwelling", "dw-1").occupants.values()) == ["1", "2"]
        gone(village)
        assert list(village.state("dwelling", "dw-1").occupants.values()) == ["2"]


class TestKeeping:
    def test_the_same_again_says_nothing(self, village: Community) -> None:
        registered(village, kind="shop")
        assert village.do("household", HOUSE, c.Reclassify("shop"), MEMBER) == []

    def test_that_somebody_counted_is_said_even_if_they_are_as_many(self, village: Community) -> None:
        registered(village)
        (fact,) = village.do("household", HOUSE, c.Recount(3), MEMBER)
        assert fact == f.HouseholdRecounted(3, 3)

    def test_a_key_households_file_needs_a_reason_both_ways(self, village: Community) -> None:
        registered(village)
        for kind in ("key", "resident"):
            with refused(village, "household.reason-needed"):
                village.do("household", HOUSE, c.Reclassify(kind), MEMBER)
            (fact,) = village.do("household", HOUSE, c.Reclassify(kind, "独居"), MEMBER)
            assert isinstance(fact.reason, Clear)

    def test_members_come_once_and_leave_once(self, village: Community) -> None:
        registered(village)
        assert len(village.do("household", HOUSE, c.JoinHousehold("p-1"), MEMBER)) == 1
        assert village.do("household", HOUSE, c.JoinHousehold("p-1"), MEMBER) == []
        village.do("household", HOUSE, c.LeaveHousehold("p-1"), MEMBER)
        with refused(village, "household.not-a-member"):
            village.do("household", HOUSE, c.LeaveHousehold("p-1"), MEMBER)

    def test_reading_in_full_is_recorded_for_half_an_hour(self, village: Community) -> None:
        registered(village)
        (fact,) = village.do("household", HOUSE, c.Reveal("phone", "约时间"), MEMBER)
        assert fact.until_at == village.now - timedelta(hours=1) + timedelta(minutes=30)
        with refused(village, "reveal.level-above"):
            village.do("household", HOUSE, c.Reveal("phone", "x"), Actor("d", "dispatcher", "demo"))

    def test_who_is_forgotten_is_left_alone(self, village: Community) -> None:
        registered(village)
        with refused(village, "household.disputed"):
            village.do("household", HOUSE, c.Erase("申请", ("clm-1",)), ADMIN)
        village.do("household", HOUSE, c.Erase("申请"), ADMIN)
        assert village.do("household", HOUSE, c.Erase("申请"), ADMIN) == []
        with refused(village, "household.state"):
            village.do("household", HOUSE, c.ChangeContact("王"), MEMBER)


# ------------------------------------------------------------------ laws

HOUSEHOLDS, DWELLINGS = ("1", "2", "3"), (1, 2, 3)
DEEDS = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(HOUSEHOLDS), st.sampled_from((0, *DWELLINGS))),
    st.tuples(st.just("move"), st.sampled_from(HOUSEHOLDS), st.sampled_from(DWELLINGS)),
    st.tuples(st.just("leave"), st.sampled_from(HOUSEHOLDS), st.just(0)),
    st.tuples(st.just("count"), st.sampled_from(HOUSEHOLDS), st.integers(0, 6)),
    st.tuples(st.just("class"), st.sampled_from(HOUSEHOLDS), st.integers(0, 3)),
)


def done(village: Community, turn: int, deed: tuple[str, str, int]) -> None:
    what, id, number = deed
    grid = NEXT if number == 3 else GRID
    match what:
        case "enter":
            registered(village, id, DISPATCHER, grid=grid, home=home(number, grid, turn) if number else None)
        case "move":
            moved(village, home(number, grid, turn), id)
        case "leave":
            gone(village, id, DISPATCHER)
        case "count":
            village.do("household", stream_of(id), c.Recount(number), DISPATCHER)
        case _:
            village.do("household", stream_of(id), c.Reclassify(KINDS[number], "x"), DISPATCHER)


@settings(max_examples=60, deadline=None)
@given(st.lists(DEEDS, max_size=20))
def test_three_histories_agree_and_the_counts_add_up(deeds: list[tuple[str, str, int]]) -> None:
    village = Community()
    for turn, deed in enumerate(deeds):
        try:
            done(village, turn, deed)
        except Refused:
            continue
    living = {
        id: village.state("household", stream_of(id)).household
        for id in HOUSEHOLDS
        if isinstance(village.state("household", stream_of(id)), household.Living)
    }
    lives = {(of.dwelling, of.tenancy, id) for id, of in living.items() if of.dwelling}
    filled = {
        (name, held, id)
        for name, state in village.states.items()
        if isinstance(state, dwelling.Dwelling)
        for held, id in state.occupants.items()
    }
    running = {
        (state.dwelling, name, state.household)
        for name, state in village.states.items()
        if isinstance(state, tenancy.Running)
    }
    assert lives == filled == running
    folded, counted = marked(village)
    whole: Counter[tuple[Any, ...]] = Counter()
    for state in folded.values():
        add(whole, count(state, 1))
    assert +counted == +whole


def marked(village: Community) -> tuple[dict[str, Any], Counter[tuple[Any, ...]]]:
    """The households as the projection folds them, and what its marks add up to."""
    folded: dict[str, Any] = {}
    counted: Counter[tuple[Any, ...]] = Counter()
    for line in village.lines:
        if type(line.fact) in HOUSEHOLD_REGISTER.FACTS:
            before = folded.get(line.stream)
            after = folded[line.stream] = HOUSEHOLD_REGISTER.fold(before, line)
            for mark in HOUSEHOLD_REGISTER.marks(before, after, line).get("household_counts", ()):
                add(counted, mark)
    return folded, counted


def add(counted: Counter[tuple[Any, ...]], mark: Any) -> None:
    for what in COUNTS.adds:
        counted[(what, *(mark[name] for name in COUNTS.key))] += mark[what]


def test_every_fact_is_told_in_both_languages(village: Community) -> None:
    registered(village, kind="resident", name="王", phone="138000")
    for command in (
        c.Recount(5), c.Reclassify("key", "独居"), c.ChangeContact("李"), c.JoinHousehold("p-1"),
        c.LeaveHousehold("p-1", "外出"), c.Reveal("name", "核对"),
    ):  # fmt: skip
        village.do("household", HOUSE, command, MEMBER)
    moved(village, home(2))
    village.do("household", HOUSE, c.Erase("申请"), ADMIN)
    assert {type(line.fact) for line in village.lines} == set(SENTENCES)
    for language, opened in (("zh-CN", None), ("en", None), ("zh-CN", lambda kept: kept.sealed.text)):
        told = [
            sentence(line, Speaker(language, village.organisation.zone, opened=opened))
            for line in village.lines
        ]
        assert all(each and "{" not in each for each in told)
        assert ("独居" in " ".join(told)) == (opened is not None)
        assert "138000" not in " ".join(told)
    assert household_of(HOUSE) == "1"
