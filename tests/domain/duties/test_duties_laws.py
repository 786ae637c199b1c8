"""Laws of a series, whatever happens to it in whatever order: every period is exactly one of done, missed and
open, the periods follow each other, and a missed one is dated at its deadline."""

import itertools
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import duties
from domain.duties import CloseSeries, Done, DoneBy, NoticeMissed, OpenSeries
from domain.duties.facts import DutyClosed, DutyDone, DutyDoneLate, DutyMissed, DutyOpened
from domain.duties.periods import following, occurrences
from domain.refusals import Refused
from domain.rule_books.duty_rules import RHYTHMS, DutyLine
from tests.domain.duties.duties_spec import COMMUNITY, GRID, STREET, Told, at, books
from tests.domain.spec import DISPATCHER, GRIDWORKER

SERIES = [("patrol", GRID), ("visit_plan", GRID), ("care_visits", GRID), ("spot_check", STREET),
          ("listening", COMMUNITY), ("ledger_review", COMMUNITY)]  # fmt: skip

steps = st.lists(
    st.tuples(
        st.sampled_from(("open", "hand", "fact", "ahead", "clock", "close")),
        st.integers(min_value=0, max_value=60 * 24 * 40),
        st.integers(min_value=0, max_value=60 * 24 * 5),
    ),
    max_size=25,
)


def give(told: Told, what: str, before: timedelta, now: Any) -> None:
    series = None if isinstance(told.state, duties.Unopened) else told.state.series
    asked = [*(series.missed if series else ()), *([series.period.key] if series and series.period else [])]
    name = series.terms.done_by[0] if series and series.terms.done_by else "patrol.recorded"
    match what:
        case "open":
            told.do(OpenSeries(told.what, told.place), now)
        case "hand" if asked:
            by = {"patrol": GRIDWORKER, "visit_plan": GRIDWORKER, "care_visits": GRIDWORKER}
            told.do(Done(asked[-1], "x"), now, by.get(told.what, DISPATCHER), now - before)
        case "fact":
            told.do(DoneBy(name, "c@1", now - before), now, occurred_at=now - before)
        case "ahead":
            told.do(DoneBy(name, "c@2", None, asked[-1] if asked else "2026-03-05"), now)
        case "clock":
            told.do(NoticeMissed(), now)
        case "close":
            told.do(CloseSeries("x"), now, DISPATCHER)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SERIES), steps)
def test_every_period_is_done_or_missed_once_or_still_open(which, walk):
    told = Told(*which)
    now = at("2026-01-05T09:00")
    for what, minutes, before in walk:
        now += timedelta(minutes=minutes)
        try:
            give(told, what, timedelta(minutes=before), now)
        except Refused:
            continue
    check(told)


def check(told: Told) -> None:
    decided: list[str] = []
    missed: set[str] = set()
    late: set[str] = set()
    asked = None
    for fact, when in told.facts:
        match fact:
            case DutyOpened(next=period):
                assert asked is None and period.key not in decided
                asked = period
            case DutyDone(period=period, next=coming):
                assert period == asked and when <= period.due
                decided.append(period.key)
                asked = coming
            case DutyMissed(period=period, next=coming):
                assert period == asked and when == period.due
                decided.append(period.key)
                missed.add(period.key)
                asked = coming
            case DutyDoneLate(period=period):
                assert period.key in missed and period.key not in late
                late.add(period.key)
            case DutyClosed(period=key):
                assert asked is not None and asked.key == key
                asked = None
    assert len(decided) == len(set(decided))
    if not isinstance(told.state, duties.Unopened):
        assert told.state.series.period == asked
        assert set(told.state.series.missed) == missed - late


LINES = st.sampled_from(RHYTHMS).flatmap(
    lambda rhythm: st.builds(
        DutyLine,
        code=st.just("x"), zh=st.just("x"), en=st.just("x"), rhythm=st.just(rhythm),
        level=st.just("grid"), role=st.just("gridworker"),
        days=st.lists(st.integers(1, 28), min_size=1, max_size=4, unique=True).map(sorted).map(tuple),
        holidays=st.sampled_from(
            ("held", "moved", "skipped") if rhythm == "days" else ("held",)
        ),
        after=st.just(rhythm not in ("daily", "days")), within_days=st.just(1),
    )
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(LINES, st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_one_period_follows_the_other_without_a_gap(line, since):
    """What is left out is left out by the calendar alone."""
    calendar, zone = books().calendar_on(since), ZoneInfo("Asia/Shanghai")
    found = occurrences(line, calendar, zone, since)
    seen = [next(found) for _ in range(40)]
    held = [each.held for each in seen if each.held is not None]
    assert len({each.key for each in seen}) == len(seen)
    for one, two in itertools.pairwise(held):
        assert following(line, calendar, zone, (one.dated or one.last) + timedelta(days=1)) == two
        assert one.opens <= two.opens and one.due <= two.due
    for each in seen:
        assert each.held is not None or (each.reason and not calendar.is_working_day(each.first))
