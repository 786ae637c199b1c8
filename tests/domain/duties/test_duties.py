"""The calendar of duties: when what is asked for, what does it, and what becomes of what nobody did."""

import itertools
from datetime import date, timedelta

import pytest

from domain import duties
from domain.duties import CloseSeries, Done, DoneBy, Explain, NoticeMissed, OpenSeries
from domain.duties.facts import DutyChanged, DutyClosed, DutyDone, DutyDoneLate, DutyExplained, DutyMissed
from domain.messages import Actor
from tests.domain.duties.duties_spec import (
    COMMUNITY,
    EARLY,
    GRID,
    SHIPPED,
    STREET,
    Told,
    at,
    books,
    refused,
    with_line,
    without,
)
from tests.domain.spec import ADMIN, DISPATCHER, GRIDWORKER, PANEL, PROPERTY
from tests.domain.spec import STREET as STREET_OFFICE

MARCH = at("2026-03-02T09:00")
"""A Monday."""


# ------------------------------------------------------------------ opening


def test_a_series_begins_with_the_first_period_nobody_could_have_missed():
    told = Told("patrol", GRID)
    period = told.open(MARCH)
    assert (period.key, period.opens, period.due) == (
        "2026-03-03",
        at("2026-03-03T00:00"),
        at("2026-03-04T00:00"),
    )
    assert told.do(OpenSeries("patrol", GRID), MARCH) == []


@pytest.mark.parametrize(
    ("what", "place", "key", "opens", "due"),
    [
        ("spot_check", STREET, "2026-W10", "2026-03-09", "2026-03-16"),
        ("care_visits", GRID, "2026-W11", "2026-03-09", "2026-03-16"),
        ("listening", COMMUNITY, "2026-03-05", "2026-03-05", "2026-03-06"),
        ("ledger_review", COMMUNITY, "2026-03", "2026-04-01", "2026-04-11"),
        ("forum", COMMUNITY, "2026-Q1", "2026-04-01", "2026-05-01"),
        ("disclosure", COMMUNITY, "2026-H1", "2026-07-01", "2026-07-31"),
        ("honour", COMMUNITY, "2026", "2027-01-01", "2027-03-02"),
    ],
)
def test_every_rhythm_has_its_first_period(what, place, key, opens, due):
    period = Told(what, place).open(MARCH)
    assert period.key == key
    assert (period.opens, period.due) == (at(f"{opens}T00:00"), at(f"{due}T00:00"))


def test_a_book_that_takes_effect_later_opens_what_begins_from_then_on():
    told = Told("patrol", GRID)
    (fact,) = told.do(OpenSeries("patrol", GRID, date(2026, 4, 1)), MARCH)
    assert fact.next.key == "2026-04-01"


@pytest.mark.parametrize(
    ("what", "place", "by", "rule"),
    [
        ("patrol", "demo/moon", ADMIN, "grid.unknown"),
        ("sweeping", GRID, ADMIN, "duty.unknown"),
        ("patrol", COMMUNITY, ADMIN, "duty.level"),
        ("patrol", GRID, Actor("away", "street", "faraway"), "duty.outside-scope"),
        ("patrol", GRID, GRIDWORKER, "actor.role"),
    ],
)
def test_who_opens_what_where(what, place, by, rule):
    with refused(rule):
        Told(what, place).do(OpenSeries(what, place), MARCH, by)


# ------------------------------------------------------------------ 5, 15, 25 and holidays


def listening(holidays: str, since: str) -> list[tuple[str, str, str]]:
    """(key, day it is held on, reason) of the next six listening days."""
    rules = books(("2026-1", EARLY, with_line("listening", holidays=holidays)))
    told = Told("listening", COMMUNITY, rules=rules)
    told.open(at(f"{since}T09:00"))
    found = []
    for _ in range(6):
        period = told.period
        found.append((period.key, period.first.isoformat(), period.reason))
        told.do(NoticeMissed(), period.due + timedelta(seconds=1))
    return found


def test_a_listening_day_is_held_as_dated_unless_the_book_says_otherwise():
    days = listening("held", "2026-09-20")
    assert [day for _, day, _ in days] == [
        "2026-09-25", "2026-10-05", "2026-10-15", "2026-10-25", "2026-11-05", "2026-11-15",
    ]  # fmt: skip


def test_a_listening_day_on_a_holiday_moves_to_the_next_working_day():
    """5 October lies in the National Day holiday, 25 October and 15 November are Sundays."""
    assert listening("moved", "2026-09-27") == [
        ("2026-10-05", "2026-10-08", "国庆节"),
        ("2026-10-15", "2026-10-15", ""),
        ("2026-10-25", "2026-10-26", "weekend"),
        ("2026-11-05", "2026-11-05", ""),
        ("2026-11-15", "2026-11-16", "weekend"),
        ("2026-11-25", "2026-11-25", ""),
    ]


def test_a_listening_day_on_a_holiday_is_left_out_where_the_book_says_so():
    assert [key for key, _, _ in listening("skipped", "2026-09-27")] == [
        "2026-10-15", "2026-11-05", "2026-11-25", "2026-12-15", "2026-12-25", "2027-01-05",
    ]  # fmt: skip


def test_a_weekend_that_is_worked_moves_nothing():
    """15 February 2026 is a Sunday, but one before the Spring Festival's make-up days: the calendar says."""
    calendar = {
        "hours": [{"from": "08:30", "to": "17:30"}],
        "weekend": [6, 7],
        "known_years": [2026],
        "holidays": {},
        "make_up": {"2026-10-25": "调休"},
    }
    rules = books(
        ("2026-1", EARLY, with_line("listening", holidays="moved")), calendars=(("x", EARLY, calendar),)
    )
    told = Told("listening", COMMUNITY, rules=rules)
    period = told.open(at("2026-10-20T09:00"))
    assert (period.key, period.first, period.reason) == ("2026-10-25", date(2026, 10, 25), "")


def test_two_days_moved_onto_one_are_two_duties():
    rules = books(("2026-1", EARLY, with_line("listening", days=[3, 5], holidays="moved")))
    told = Told("listening", COMMUNITY, rules=rules)
    told.open(at("2026-09-30T09:00"))
    (first,) = told.do(Done("2026-10-03", "接待 6 人"), at("2026-10-08T18:00"), DISPATCHER)
    (second,) = told.do(Done("2026-10-05", "接待 6 人"), at("2026-10-08T18:00"), DISPATCHER)
    assert (first.next.key, second.next.key) == ("2026-10-05", "2026-11-03")


def test_a_daily_duty_may_rest_on_days_nobody_works():
    rules = books(("2026-1", EARLY, with_line("patrol", holidays="skipped")))
    told = Told("patrol", GRID, rules=rules)
    told.open(at("2026-03-05T09:00"))
    facts = told.do(NoticeMissed(), at("2026-03-11T09:00"))
    assert [each.period.key for each in facts] == ["2026-03-06", "2026-03-09", "2026-03-10"]


# ------------------------------------------------------------------ ends of months and years


def keys(what: str, place: str, since: str, many: int) -> list[str]:
    told = Told(what, place)
    told.open(at(f"{since}T09:00"))
    found = []
    for _ in range(many):
        found.append(told.period.key)
        told.do(NoticeMissed(), told.period.due + timedelta(seconds=1))
    return found


def test_periods_follow_each_other_over_the_ends_of_months_and_years():
    assert keys("patrol", GRID, "2027-12-30", 3) == ["2027-12-31", "2028-01-01", "2028-01-02"]
    assert keys("patrol", GRID, "2028-02-27", 3) == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert keys("care_visits", GRID, "2026-12-20", 3) == ["2026-W52", "2026-W53", "2027-W01"]
    assert keys("ledger_review", COMMUNITY, "2026-11-15", 3) == ["2026-11", "2026-12", "2027-01"]
    assert keys("forum", COMMUNITY, "2026-08-15", 3) == ["2026-Q3", "2026-Q4", "2027-Q1"]
    assert keys("disclosure", COMMUNITY, "2026-08-15", 3) == ["2026-H2", "2027-H1", "2027-H2"]


def test_a_day_is_the_deployments_day_whatever_the_server_is_set_to():
    """Without daylight saving a day of Shanghai is 24 hours, and ends at 16:00 UTC."""
    told = Told("patrol", GRID)
    told.open(MARCH)
    for _ in range(400):
        period = told.period
        assert period.due - period.opens == timedelta(days=1)
        assert (period.opens.hour, period.opens.utcoffset()) == (16, timedelta(0))
        told.do(NoticeMissed(), period.due + timedelta(seconds=1))


# ------------------------------------------------------------------ done


def test_done_by_hand_says_what_comes_next():
    told = Told("listening", COMMUNITY)
    told.open(MARCH)
    (fact,) = told.do(Done("2026-03-05", "接待 12 人，登记 3 件"), at("2026-03-05T17:00"), DISPATCHER)
    assert isinstance(fact, DutyDone) and fact.next is not None
    assert (fact.period.key, fact.next.key, fact.by) == ("2026-03-05", "2026-03-15", "")
    assert told.do(Done("2026-03-05", "再记一次"), at("2026-03-05T17:30"), DISPATCHER) == []


def test_exactly_at_the_deadline_is_in_time():
    told = Told("patrol", GRID)
    period = told.open(MARCH)
    assert told.do(NoticeMissed(), period.due) == []
    (fact,) = told.do(Done(period.key, "巡查一圈"), period.due, GRIDWORKER)
    assert isinstance(fact, DutyDone)


@pytest.mark.parametrize(
    ("command", "now", "by", "rule"),
    [
        (Done("2026-03-03", "x"), "2026-03-02T20:00", GRIDWORKER, "duty.not-open-yet"),
        (Done("2026-03-09", "x"), "2026-03-03T20:00", GRIDWORKER, "duty.period-unknown"),
        (Done("2026-03-03", " "), "2026-03-03T20:00", GRIDWORKER, "text.length"),
        (Done("2026-03-03", "x", ("photo",)), "2026-03-03T20:00", GRIDWORKER, "evidence.id"),
        (Done("2026-03-03", "x"), "2026-03-03T20:00", PANEL, "duty.not-yours"),
        (Done("2026-03-03", "x"), "2026-03-03T20:00", PROPERTY, "duty.not-yours"),
        (Done("2026-03-03", "x"), "2026-03-03T20:00", ADMIN, "actor.role"),
        (
            Done("2026-03-03", "x"),
            "2026-03-03T20:00",
            Actor("other", "gridworker", "demo/north/sl/grid-02"),
            "duty.not-yours",
        ),
        (Explain("2026-03-03", "x"), "2026-03-03T20:00", GRIDWORKER, "duty.not-missed"),
        (DoneBy("patrol.recorded", "patrol-1@1", MARCH), "2026-03-03T20:00", GRIDWORKER, "actor.role"),
    ],
)
def test_what_cannot_be_said_of_a_duty(command, now, by, rule):
    told = Told("patrol", GRID)
    told.open(MARCH)
    with refused(rule):
        told.do(command, at(now), by)


def test_a_unit_may_owe_a_duty():
    rules = books(("2026-1", EARLY, with_line("listening", role="unit", unit="property-co")))
    told = Told("listening", COMMUNITY, rules=rules)
    told.open(MARCH)
    with refused("duty.not-yours"):
        told.do(Done("2026-03-05", "x"), at("2026-03-05T12:00"), DISPATCHER)
    assert told.do(Done("2026-03-05", "x"), at("2026-03-05T12:00"), PROPERTY)


def test_the_fact_that_does_it_marks_the_period_its_moment_falls_into():
    told = Told("patrol", GRID)
    told.open(MARCH)
    patrolled = DoneBy("patrol.recorded", "patrol-1@1", at("2026-03-03T10:00"))
    (fact,) = told.do(patrolled, at("2026-03-03T10:00:01"))
    assert (fact.by, fact.cause, fact.period.key) == ("patrol.recorded", "patrol-1@1", "2026-03-03")
    assert told.do(patrolled, at("2026-03-03T10:00:02")) == []
    again = DoneBy("patrol.recorded", "patrol-2@1", at("2026-03-03T15:00"))
    assert told.do(again, at("2026-03-03T15:00:01")) == []
    assert (
        told.do(DoneBy("visit-plan.made", "plan-1@1", at("2026-03-04T09:00")), at("2026-03-04T09:01")) == []
    )


def test_a_fact_that_names_its_period_does_that_one():
    told = Told("ledger_review", COMMUNITY)
    told.open(MARCH)
    another = DoneBy("panel.ledger-reviewed", "panel-x@8", None, "2026-02")
    assert told.do(another, at("2026-04-02T09:00")) == []
    done = DoneBy("panel.ledger-reviewed", "panel-x@9", None, "2026-03")
    (fact,) = told.do(done, at("2026-04-02T10:00"))
    assert (fact.period.key, fact.next.key) == ("2026-03", "2026-04")
    assert told.do(done, at("2026-04-02T10:00")) == []


def test_nothing_is_asked_of_a_series_that_was_never_opened():
    told = Told("patrol", GRID)
    assert told.do(DoneBy("patrol.recorded", "patrol-1@1", MARCH), MARCH) == []
    assert told.do(NoticeMissed(), MARCH) == []


# ------------------------------------------------------------------ missed


def test_a_missed_duty_is_said_once_and_dated_at_its_deadline():
    told = Told("patrol", GRID)
    period = told.open(MARCH)
    now = period.due + timedelta(hours=1)
    (fact,) = told.do(NoticeMissed(), now)
    assert isinstance(fact, DutyMissed)
    assert told.facts[-1] == (fact, period.due)
    assert told.do(NoticeMissed(), now) == []


def test_three_weeks_without_a_server_are_one_fact_a_day_in_order():
    told = Told("patrol", GRID)
    told.open(MARCH)
    facts = told.do(NoticeMissed(), at("2026-03-24T10:00"))
    assert [each.period.key for each in facts] == [f"2026-03-{day:02}" for day in range(3, 24)]
    assert [when for _, when in told.facts[1:]] == [each.period.due for each in facts]
    assert all(one.next == two.period for one, two in itertools.pairwise(facts))
    assert told.period.key == "2026-03-24"


def test_years_without_a_server_are_said_a_year_at_a_time():
    told = Told("patrol", GRID)
    told.open(MARCH)
    now, said = at("2029-03-04T10:00"), []
    while found := told.do(NoticeMissed(), now):
        said.append(len(found))
    assert said == [400, 400, 297]
    assert told.period.key == "2029-03-04"


def test_done_late_leaves_both_facts_standing():
    told = Told("patrol", GRID)
    period = told.open(MARCH)
    facts = told.do(Done("2026-03-03", "第二天补巡"), at("2026-03-04T09:00"), GRIDWORKER)
    assert [type(each) for each in facts] == [DutyMissed, DutyDoneLate]
    assert facts[1].in_time is False
    assert told.facts[1][1] == period.due
    assert told.period.key == "2026-03-04"
    assert told.do(Done("2026-03-03", "再说一次"), at("2026-03-04T09:10"), GRIDWORKER) == []


@pytest.mark.parametrize(("now", "in_time"), [("2026-03-06T23:59", True), ("2026-03-07T00:01", False)])
def test_what_was_done_without_signal_is_told_within_72_hours(now, in_time):
    told = Told("patrol", GRID)
    told.open(MARCH)
    told.do(NoticeMissed(), at("2026-03-04T00:01"))
    evening = at("2026-03-03T20:00")
    patrolled = DoneBy("patrol.recorded", "patrol-1@1", evening)
    fact = told.do(patrolled, at(now), occurred_at=evening)[-1]
    assert isinstance(fact, DutyDoneLate)
    assert (fact.period.key, fact.in_time) == ("2026-03-03", in_time)


def test_why_it_was_missed_is_said_by_its_owner_or_whoever_oversees_him():
    told = Told("patrol", GRID)
    told.open(MARCH)
    told.do(NoticeMissed(), at("2026-03-04T08:00"))
    for by in (GRIDWORKER, DISPATCHER, STREET_OFFICE, ADMIN):
        (fact,) = told.do(Explain("2026-03-03", "暴雪，无法出行"), at("2026-03-04T09:00"), by)
        assert isinstance(fact, DutyExplained)
    for by in (PANEL, Actor("other", "gridworker", "demo/north/sl/grid-02")):
        with refused("duty.not-yours"):
            told.do(Explain("2026-03-03", "x"), at("2026-03-04T09:00"), by)
    with refused("duty.outside-scope"):
        told.do(Explain("2026-03-03", "x"), at("2026-03-04T09:00"), Actor("away", "street", "faraway"))


# ------------------------------------------------------------------ the book changes, a place closes


def test_a_later_version_decides_the_periods_after_it_takes_effect():
    later = with_line("listening", days=[10, 20], role="gridworker")
    told = Told("listening", COMMUNITY, rules=books(("1", EARLY, SHIPPED), ("2", date(2026, 3, 10), later)))
    told.open(MARCH)
    told.do(Done("2026-03-05", "x"), at("2026-03-05T12:00"), DISPATCHER)
    assert told.period.key == "2026-03-15"
    facts = told.do(Done("2026-03-15", "x"), at("2026-03-15T12:00"), DISPATCHER)
    assert [type(each) for each in facts] == [DutyDone, DutyChanged]
    assert (told.period.key, facts[1].terms.role, facts[1].terms.version) == ("2026-03-20", "gridworker", "2")


def test_a_duty_that_leaves_the_book_ends_after_its_open_period():
    told = Told(
        "forum",
        COMMUNITY,
        rules=books(("1", EARLY, SHIPPED), ("2", date(2026, 4, 1), without("forum"))),
    )
    told.open(MARCH)
    (fact,) = told.do(NoticeMissed(), at("2026-05-02T09:00"))
    assert fact.next is None
    assert isinstance(told.state, duties.Ended)
    assert told.do(NoticeMissed(), at("2027-05-02T09:00")) == []
    (late,) = told.do(Done("2026-Q1", "补开座谈会"), at("2026-05-20T15:00"), PANEL)
    assert isinstance(late, DutyDoneLate)
    with refused("duty.unknown"):
        told.do(OpenSeries("forum", COMMUNITY), at("2026-06-01T09:00"))


def test_a_closed_series_asks_for_nothing_and_may_be_opened_again():
    told = Told("patrol", GRID)
    told.open(MARCH)
    facts = told.do(CloseSeries("网格撤并"), at("2026-03-04T09:00"), DISPATCHER)
    assert [type(each) for each in facts] == [DutyMissed, DutyClosed]
    assert facts[1].period == "2026-03-04"
    assert told.do(NoticeMissed(), at("2026-04-01T09:00")) == []
    with refused("duty.state"):
        told.do(CloseSeries("again"), at("2026-04-01T09:00"), DISPATCHER)
    assert told.open(at("2026-04-01T10:00")).key == "2026-04-02"
    assert isinstance(told.state, duties.Running) and set(told.state.series.missed) == {"2026-03-03"}


def test_only_who_answers_for_the_place_closes_its_series():
    told = Told("patrol", GRID)
    told.open(MARCH)
    with refused("duty.outside-scope"):
        told.do(CloseSeries("x"), MARCH, Actor("away", "dispatcher", "faraway"))
    with refused("actor.role"):
        told.do(CloseSeries("x"), MARCH, GRIDWORKER)
