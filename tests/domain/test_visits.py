"""A round of visits: who may be visited when, what an attempt says, and what is agreed beforehand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain import complaint
from domain.messages import ENGINE, Actor, Clear
from domain.points.facts import PointsCredited
from domain.reactions import NAMES, react
from domain.steps import Step
from domain.visits import plans, rounds, visiting
from domain.visits.facts import (
    BookingCancelled,
    Measured,
    PlanMade,
    Planned,
    RoundClosed,
    RoundOpened,
    VisitAttempted,
    VisitBooked,
)
from domain.visits.rules import plan_stream, visit_stream
from tests.domain.points_spec import (
    ADMIN,
    COMMUNITY,
    DAY,
    DISPATCHER,
    GRID,
    HOUR,
    LAN,
    MEMBER,
    NOW,
    PANEL,
    PHOTO,
    SHOP,
    STREET,
    Community,
    refused,
)

ROUND = "round-1"
FIRST, LAST = date(2025, 3, 24), date(2025, 4, 30)
HOME = visiting.Target("h1", GRID, 3, "resident")
VISIT = visit_stream(ROUND, "h1")
ELSEWHERE = Actor("gridworker9", "gridworker", "demo/north/sl/grid-02")


@pytest.fixture
def village() -> Community:
    village = Community()
    village.do("round", ROUND, rounds.OpenRound("走千家", COMMUNITY, FIRST, LAST), DISPATCHER)
    return village


def attempt(outcome: str = "opened", met: int = 2, target: visiting.Target = HOME, **more: Any) -> Any:
    met = met if outcome == "opened" else 0
    told = {"window": "day", "mode": "in_person"} | more
    return visiting.Attempt(ROUND, target, outcome=outcome, people_met=met, **told)


def tried(village: Community, *, at: datetime | None = None, by: Actor = MEMBER, **more: Any) -> Any:
    """The fact of one attempt, let in by the round."""
    command = attempt(**more)
    day = village.organisation.local_date(at or village.now)
    steps = (
        Step("round", ROUND, rounds.Admit(command.target.grid, day)),
        Step("visit", visit_stream(ROUND, command.target.id), command),
    )
    (fact,) = village.submit(steps, by, at)
    return fact


# ------------------------------------------------------------------ the round


def test_a_round_goes_through_a_grid_from_day_to_day(village: Community):
    assert village.facts == [RoundOpened("走千家", COMMUNITY, FIRST, LAST)]
    (fact,) = village.do("round", ROUND, rounds.CloseRound("都走到了"), STREET)
    assert isinstance(fact, RoundClosed) and isinstance(fact.reason, Clear)
    with refused(village, "visit-round.state"):
        village.do("round", ROUND, rounds.CloseRound(), STREET)


@pytest.mark.parametrize(
    ("command", "by", "rule"),
    [
        (rounds.OpenRound("x", COMMUNITY, LAST, FIRST), DISPATCHER, "visit-round.days"),
        (
            rounds.OpenRound("x", COMMUNITY, FIRST, FIRST + timedelta(days=366)),
            DISPATCHER,
            "visit-round.days",
        ),
        (rounds.OpenRound(" ", COMMUNITY, FIRST, LAST), DISPATCHER, "text.length"),
        (rounds.OpenRound("x", "demo/nowhere", FIRST, LAST), DISPATCHER, "grid.unknown"),
        (rounds.OpenRound("x", COMMUNITY, FIRST, LAST), MEMBER, "visit.outside-scope"),
        (rounds.OpenRound("x", COMMUNITY, FIRST, LAST), PANEL, "actor.role"),
        (rounds.OpenRound("x", COMMUNITY, FIRST, LAST), LAN, "actor.role"),
        (rounds.OpenRound("x", COMMUNITY, FIRST, LAST), SHOP, "actor.role"),
    ],
)
def test_what_is_no_round(command: Any, by: Actor, rule: str):
    village = Community()
    with refused(village, rule):
        village.do("round", ROUND, command, by)


def test_a_round_admits_its_own_households_on_its_own_days(village: Community):
    def admit(grid: str, day: date, by: Actor = MEMBER) -> None:
        assert village.do("round", ROUND, rounds.Admit(grid, day), by) == []

    admit(GRID, FIRST)
    admit(GRID, LAST)
    with refused(village, "visit.outside-days"):
        admit(GRID, FIRST - timedelta(days=1))
    with refused(village, "visit.outside-days"):
        admit(GRID, LAST + timedelta(days=1))
    with refused(village, "visit.outside-round"):
        admit("demo/north/hy", FIRST, STREET)
    with refused(village, "visit.outside-scope"):
        admit(GRID, FIRST, ELSEWHERE)
    with refused(village, "visit-round.state"):
        village.do("round", "round-2", rounds.Admit(GRID, FIRST), MEMBER)


def test_what_was_tried_before_a_round_closed_is_told_afterwards(village: Community):
    before = village.now
    village.do("round", ROUND, rounds.CloseRound(), DISPATCHER)
    assert tried(village, at=before - HOUR).outcome == "opened"
    with refused(village, "visit-round.closed"):
        tried(village, at=village.now)
    with refused(village, "visit-round.closed"):
        village.do("round", ROUND, rounds.Admit(GRID, LAST, booking=True), MEMBER)


# ------------------------------------------------------------------ attempts


def test_people_met_count_once_the_largest_number(village: Community):
    facts = [tried(village, met=met) for met in (2, 1, 3)]
    assert [(each.number, each.best_before, each.best_after) for each in facts] == [
        (1, 0, 2),
        (2, 2, 2),
        (3, 2, 3),
    ]
    assert [each.opened_before for each in facts] == [False, True, True]


def test_a_door_opens_in_person_and_online_apart(village: Community):
    first = tried(village, mode="online")
    second = tried(village)
    assert (first.opened_before, second.opened_before) == (False, True)
    assert (first.opened_in_mode_before, second.opened_in_mode_before) == (False, False)
    assert second.registered == ("h1",) and first.registered == (), "a card is filled in at the door"


def test_an_attempt_carries_what_its_figures_need(village: Community):
    fact = tried(village, at=NOW - DAY, window="evening", note="老人独居", minutes=12)
    assert (fact.grid, fact.people, fact.kind, fact.window, fact.minutes) == (
        GRID,
        3,
        "resident",
        "evening",
        12,
    )
    assert isinstance(fact.note, Clear) and fact.note.subject == "hh-h1"
    assert village.lines[-1].occurred_at == NOW - DAY


def test_minutes_are_told_or_follow_from_beginning_and_end(village: Community):
    began = NOW - HOUR
    assert tried(village, at=NOW, started_at=began, ended_at=began + timedelta(minutes=25)).minutes == 25
    assert tried(village, at=NOW + HOUR).minutes is None
    with refused(village, "visit.ends-before-it-starts"):
        tried(village, started_at=NOW, ended_at=began)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"outcome": "vanished"}, "value.unknown"),
        ({"window": "noon"}, "value.unknown"),
        ({"mode": "by_letter"}, "value.unknown"),
        ({"met": -1}, "number.out-of-bounds"),
        ({"met": True}, "number.out-of-bounds"),
        ({"minutes": 1441}, "number.out-of-bounds"),
        ({"booking": "b1"}, "visit.no-booking"),
        ({"target": visiting.Target("h1", GRID, 3, "resident", vacant=True)}, "visit.vacant"),
        ({"team": (visiting.Companion("老党员"),)}, "visit.team"),
        ({"team": (visiting.Companion("老党员", "p-1", "李"),)}, "visit.team"),
        ({"registered": (MEMBER.person,)}, "visit.own-registration"),
        ({"registered": ("p-1",), "team": (visiting.Companion("x", "p-1"),)}, "visit.own-registration"),
        ({"complaints": tuple(f"c-{n}" for n in range(21))}, "list.length"),
    ],
)
def test_what_is_no_attempt(village: Community, more: dict[str, Any], rule: str):
    with refused(village, rule):
        tried(village, **more)


def test_nobody_is_met_behind_a_door_that_stayed_shut(village: Community):
    shut = visiting.Attempt(ROUND, HOME, "day", "in_person", "no_answer", 1)
    with refused(village, "visit.met-nobody"):
        village.do("visit", VISIT, shut, MEMBER)


def test_more_may_be_met_than_are_registered_but_not_any_number(village: Community):
    assert tried(village, met=20).people_met == 20, "guests, or a register that is behind"
    dormitory = visiting.Target("h2", GRID, 40)
    assert tried(village, met=120, target=dormitory).people == 40
    assert tried(village, met=999, target=visiting.Target("h3", GRID)).people_met == 999, (
        "nobody counted them"
    )
    for target, met in ((HOME, 21), (dormitory, 121)):
        with refused(village, "visit.too-many-met"):
            tried(village, met=met, target=target)


def test_a_clock_that_was_never_set_is_no_evidence(village: Community):
    with refused(village, "visit.times-apart"):
        tried(village, started_at=NOW - 9000 * DAY)
    with refused(village, "moment.long-past"):
        tried(village, at=NOW - 400 * DAY)
    with refused(village, "visit-round.long-past"):
        village.do(
            "round",
            "round-2",
            rounds.OpenRound("x", COMMUNITY, date(1971, 1, 1), date(1971, 2, 1)),
            DISPATCHER,
        )


def test_photographs_are_named_by_their_content(village: Community):
    assert tried(village, photos=(PHOTO,)).photos == (PHOTO,)
    with refused(village, "evidence.id"):
        tried(village, photos=("photo.jpg",))


def test_told_twice_it_is_refused_with_its_needs(village: Community):
    at = NOW - HOUR
    tried(village, at=at, complaints=("c-1",))
    with refused(village, "visit.told-already"):
        tried(village, at=at, complaints=("c-2",))
    assert tried(village, at=at, outcome="refused").number == 2, "another outcome is another attempt"


@pytest.mark.parametrize("by", [DISPATCHER, STREET, PANEL, LAN, SHOP, ADMIN])
def test_who_was_there_writes_it_down(village: Community, by: Actor):
    with refused(village, "actor.role"):
        village.do("visit", VISIT, attempt(), by)


def test_one_and_several_others_went(village: Community):
    team = (
        visiting.Companion("业委会成员", name="周阿姨"),
        visiting.Companion("网格员", person="gridworker2"),
    )
    fact = tried(village, team=team, readings=(Measured("room_temperature", 17.5, "°C"),))
    named, known = fact.team
    assert isinstance(named.name, Clear) and named.name.subject == "hh-h1" and named.person == ""
    assert (known.person, known.name) == ("gridworker2", None)
    assert fact.readings == (Measured("room_temperature", 17.5, "°C"),)


# ------------------------------------------------------------------ bookings


def booked(village: Community, day: date, window: str = "evening") -> list[Any]:
    return village.do("visit", VISIT, visiting.Book(ROUND, HOME, day, window), DISPATCHER)


def test_a_slot_is_agreed_once_and_kept_by_an_attempt(village: Community):
    day = village.organisation.local_date(village.now)
    (fact,) = booked(village, day)
    assert isinstance(fact, VisitBooked) and fact.booking == "b1"
    assert booked(village, day) == []
    assert booked(village, day, "day")[0].booking == "b2"
    assert tried(village, booking="b1").booking == "b1"
    with refused(village, "visit.no-booking"):
        tried(village, booking="b1")
    (fact,) = village.do("visit", VISIT, visiting.CancelBooking("b2", "不方便"), MEMBER)
    assert isinstance(fact, BookingCancelled) and (fact.day, fact.window) == (day, "day")
    with refused(village, "visit.no-booking"):
        village.do("visit", VISIT, visiting.CancelBooking("b2"), MEMBER)


def test_nothing_is_booked_for_yesterday(village: Community):
    with refused(village, "visit.booked-for-the-past"):
        booked(village, village.organisation.local_date(village.now) - timedelta(days=1))


def test_a_slot_lies_on_its_day_until_midnight(village: Community):
    day = village.organisation.local_date(village.now)
    night = datetime.combine(day, datetime.min.time(), village.organisation.zone) + DAY
    book = visiting.Book(ROUND, HOME, day, "evening", from_at=night - HOUR, until_at=night)
    assert village.do("visit", VISIT, book, DISPATCHER)[0].until_at == night
    over = visiting.Book(ROUND, HOME, day, "day", until_at=village.now)
    with refused(village, "visit.slot-over"):
        village.do("visit", VISIT, over, DISPATCHER)
    late = visiting.Book(ROUND, HOME, day, "day", from_at=NOW - 9000 * DAY)
    with refused(village, "visit.slot-day"):
        village.do("visit", VISIT, late, DISPATCHER)


# ------------------------------------------------------------------ plans and points


def test_a_plan_that_says_the_same_is_nothing_new(village: Community):
    day, stream = date(2025, 4, 1), plan_stream(ROUND, MEMBER.person, date(2025, 4, 1))
    share = Planned("day", "in_person", ("h1", "h2"))
    made = plans.MakePlan(ROUND, MEMBER.person, day, (GRID,), (share,), "2025-1")
    (fact,) = village.do("plan", stream, made, DISPATCHER)
    assert isinstance(fact, PlanMade) and fact.shares == (share,)
    assert village.do("plan", stream, made, DISPATCHER) == []
    other = plans.MakePlan(ROUND, MEMBER.person, day, (GRID,), (), "2025-1")
    assert len(village.do("plan", stream, other, MEMBER)) == 1
    with refused(village, "actor.role"):
        village.do("plan", stream, made, LAN)


def test_whoever_helped_with_the_registration_earns_once_a_round(village: Community):
    village.open(LAN)
    for met in (1, 2):
        tried(village, met=met, registered=(LAN.person,))
    assert "visit.attempted" in NAMES
    found = []
    for line in [line for line in village.lines if isinstance(line.fact, VisitAttempted)] * 2:
        for wish in react(line, complaint.INITIAL):
            found += village.submit((Step(wish.kind, wish.stream, wish.command),), ENGINE, line.occurred_at)
    (credited,) = [fact for fact in found if isinstance(fact, PointsCredited)]
    assert (credited.points, credited.cause, credited.activity) == (5, VISIT, "visit-registration")
    assert (credited.cause_kind, credited.filed_by) == ("visit", MEMBER.person)
