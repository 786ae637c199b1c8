"""An attendance list: kept by one, confirmed by another; everybody on it earns once, and gives back what a
correction takes."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain import complaint
from domain.messages import ENGINE, Actor, Recorded
from domain.points import attendance as lists
from domain.points.account import account_of
from domain.points.account.commands import Open
from domain.points.attendance.facts import AttendanceCancelled, AttendanceConfirmed, PresentNoted, TakenOff
from domain.points.facts import PointsCredited, PointsReversed
from domain.reactions import NAMES, react
from domain.refusals import Refused
from domain.steps import Step
from tests.domain.points_spec import (
    ADMIN,
    COMMUNITY,
    DISPATCHER,
    GRID,
    LAN,
    MEMBER,
    OTHER,
    PANEL,
    QIAO,
    Community,
    refused,
    with_scope,
)

LIST = "att-1"


def name_of(line: Recorded) -> str:
    fact: Any = line.fact
    return str(fact.NAME)


@pytest.fixture
def village() -> Community:
    village = Community()
    for each in (LAN, QIAO):
        village.open(each)
    return village


def opened(village: Community, activity: str = "health-lecture", quantity: int | None = None) -> None:
    today = village.organisation.local_date(village.now)
    village.do("attendance", LIST, lists.OpenList(activity, today, GRID, quantity), MEMBER)


def people(village: Community, *accounts: str) -> lists.NotePresent:
    told = [(each, village.state("account", each)) for each in accounts]
    return lists.NotePresent(lists.people(told, village.scene(MEMBER)))


def present(village: Community, *holders: Actor, by: Actor = MEMBER) -> list[Any]:
    accounts = [account_of(each.person) for each in holders]
    return village.do("attendance", LIST, people(village, *accounts), by)


def confirmed(village: Community) -> None:
    opened(village)
    present(village, LAN, QIAO)
    village.do("attendance", LIST, lists.Confirm(), OTHER)


def reacted(village: Community) -> list[Any]:
    """What all lines told so far ask for, from the first: again and again."""
    found = []
    for line in list(village.lines):
        for wish in react(line, complaint.INITIAL):
            found += village.submit(
                (Step(wish.kind, wish.stream, wish.command),), ENGINE, at=line.occurred_at
            )
    return found


# ------------------------------------------------------------------ what it earns


def test_everybody_on_a_confirmed_list_earns_once_for_it(village: Community):
    confirmed(village)
    credited = [fact for fact in reacted(village) if isinstance(fact, PointsCredited)]
    assert [(fact.points, fact.cause, fact.cause_kind) for fact in credited] == [(3, LIST, "attendance")] * 2
    assert {(fact.filed_by, fact.verified_by) for fact in credited} == {(MEMBER.person, OTHER.person)}
    assert reacted(village) == []
    assert village.account(LAN).balance == village.account(QIAO).balance == 3


def test_hours_count_as_the_tariff_of_that_day_says(village: Community):
    opened(village, "clean-up", 5)
    present(village, LAN)
    village.do("attendance", LIST, lists.Confirm(), OTHER)
    (credited,) = [fact for fact in reacted(village) if isinstance(fact, PointsCredited)]
    assert (credited.points, credited.quantity) == (20, 5)


def test_of_a_list_only_the_named_facts_ask_for_anything(village: Community):
    confirmed(village)
    village.do("attendance", LIST, lists.NoteAbsent(account_of(LAN.person), "away"), DISPATCHER)
    village.do("attendance", LIST, lists.CancelList("it rained"), DISPATCHER)
    asking = {name_of(line) for line in village.lines if list(react(line, complaint.INITIAL))}
    assert asking == {name for name in NAMES if name.startswith("attendance.")}


def test_who_is_taken_off_gives_back_by_a_linked_reversal(village: Community):
    confirmed(village)
    (credited, _) = [fact for fact in reacted(village) if isinstance(fact, PointsCredited)]
    off = lists.NoteAbsent(account_of(LAN.person), "she was in another city that day")
    (taken,) = village.do("attendance", LIST, off, DISPATCHER)
    assert isinstance(taken, TakenOff)
    (reversed,) = reacted(village)
    assert isinstance(reversed, PointsReversed)
    assert (reversed.reverses, reversed.points, reversed.cause) == (credited.entry, 3, LIST)
    assert reacted(village) == []
    assert (village.account(LAN).balance, village.account(QIAO).balance) == (0, 3)
    assert village.do("attendance", LIST, off, DISPATCHER) == []


def test_a_cancelled_list_takes_everything_back(village: Community):
    confirmed(village)
    reacted(village)
    (cancelled,) = village.do("attendance", LIST, lists.CancelList("it rained"), DISPATCHER)
    assert isinstance(cancelled, AttendanceCancelled) and len(cancelled.accounts) == 2
    assert {type(fact) for fact in reacted(village)} == {PointsReversed}
    assert reacted(village) == []
    assert village.account(LAN).balance == village.account(QIAO).balance == 0


def test_a_list_cancelled_before_it_was_confirmed_asks_for_nothing(village: Community):
    opened(village)
    present(village, LAN)
    (cancelled,) = village.do("attendance", LIST, lists.CancelList("it rained"), MEMBER)
    assert cancelled.accounts == () and reacted(village) == []
    with refused(village, "attendance.state", state="cancelled"):
        present(village, QIAO)


# ------------------------------------------------------------------ who is on it


def test_a_person_stands_on_a_list_once_and_may_be_struck_out(village: Community):
    opened(village)
    assert len(present(village, LAN, QIAO, LAN)) == 2
    assert present(village, LAN) == []
    village.do("attendance", LIST, lists.NoteAbsent(account_of(QIAO.person)), MEMBER)
    assert village.do("attendance", LIST, lists.NoteAbsent(account_of(QIAO.person)), MEMBER) == []
    assert [type(fact) for fact in present(village, QIAO)] == [PresentNoted]


def test_staff_and_accounts_younger_than_the_deed_earn_nothing_by_lists(village: Community):
    staff, late = Actor("gridworker9", "gridworker", GRID), Actor("p-late", "resident", GRID)
    village.do("account", account_of(staff.person), Open(staff.person, "staff", GRID), ADMIN)
    opened(village)
    with refused(village, "attendance.staff"):
        present(village, staff)
    village.now += timedelta(days=1)
    village.open(late)
    with refused(village, "attendance.before-account", account=account_of(late.person)):
        present(village, LAN, late)


def test_at_most_five_hundred_stand_on_a_list(village: Community):
    opened(village)
    everybody = tuple(lists.Person(f"acct-p{n}", f"p{n}", "resident", date(2025, 1, 1)) for n in range(501))
    with refused(village, "list.length", most=500):
        village.do("attendance", LIST, lists.NotePresent(everybody), MEMBER)
    village.do("attendance", LIST, lists.NotePresent(everybody[:500]), MEMBER)
    with refused(village, "list.length"):
        village.do("attendance", LIST, lists.NotePresent(everybody[500:]), MEMBER)


# ------------------------------------------------------------------ who confirms


def test_nobody_confirms_his_own_list_or_his_own_presence(village: Community):
    opened(village)
    with refused(village, "attendance.empty"):
        village.do("attendance", LIST, lists.Confirm(), OTHER)
    present(village, LAN)
    present(village, QIAO, by=OTHER)
    for party in (MEMBER, OTHER, with_scope(MEMBER, person=LAN.person)):
        with refused(village, "attendance.confirmed-by-party", person=party.person):
            village.do("attendance", LIST, lists.Confirm(), party)
    with refused(village, "attendance.not-a-verifier"):
        village.do("attendance", LIST, lists.Confirm(), PANEL)
    (fact,) = village.do("attendance", LIST, lists.Confirm(), DISPATCHER)
    assert isinstance(fact, AttendanceConfirmed) and fact.opened_by == MEMBER.person
    with refused(village, "attendance.state", state="confirmed"):
        village.do("attendance", LIST, lists.Confirm(), DISPATCHER)


def test_after_the_confirmation_nobody_is_added_and_a_reason_is_needed(village: Community):
    confirmed(village)
    with refused(village, "attendance.state"):
        present(village, LAN)
    with refused(village, "text.length"):
        village.do("attendance", LIST, lists.NoteAbsent(account_of(LAN.person)), DISPATCHER)


# ------------------------------------------------------------------ what is no list


@pytest.mark.parametrize(
    ("rule", "activity", "quantity", "place", "days"),
    [
        ("grid.unknown", "health-lecture", None, "demo/nowhere", 0),
        ("attendance.outside-scope", "health-lecture", None, COMMUNITY, 0),
        ("attendance.in-the-future", "health-lecture", None, GRID, 1),
        ("tariff.unknown-activity", "dreaming", None, GRID, 0),
        ("attendance.not-by-list", "hazard-report", None, GRID, 0),
        ("attendance.hours-asked", "clean-up", None, GRID, 0),
        ("attendance.pays-nothing", "clean-up", 1, GRID, 0),
        ("number.out-of-bounds", "clean-up", 0, GRID, 0),
        ("number.out-of-bounds", "clean-up", 1001, GRID, 0),
        ("number.out-of-bounds", "clean-up", True, GRID, 0),
    ],
)
def test_what_cannot_be_a_list_is_refused(
    village: Community, rule: str, activity: str, quantity: int | None, place: str, days: int
):
    on = village.organisation.local_date(village.now) + timedelta(days=days)
    with refused(village, rule):
        village.do("attendance", LIST, lists.OpenList(activity, on, place, quantity), MEMBER)


def test_residents_keep_no_lists(village: Community):
    with pytest.raises(Refused, match="resident"):
        village.do("attendance", LIST, lists.OpenList("health-lecture", date(2025, 3, 30), GRID), LAN)
