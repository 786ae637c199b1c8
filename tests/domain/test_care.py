"""Care plans: who is looked after how often, when a visit is missed, and what a late entry mends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import care
from domain.care import facts as f
from domain.care.commands import (
    AnswerEmergency,
    ChangeRisk,
    ClosePlan,
    HandOver,
    Moment,
    NoticeMissed,
    OpenPlan,
    RecordVisit,
    RevealCare,
)
from domain.messages import ENGINE, Clear
from domain.rule_books.care import RISKS, Care
from tests.domain.care_spec import MONDAY, on, opened
from tests.domain.care_spec import Plan as Story
from tests.domain.spec import (
    DISPATCHER,
    GRID,
    GRIDWORKER,
    GRIDWORKER2,
    HOUR,
    RESIDENT,
    STREET,
    books_with,
    granted,
    sample_content,
)

# ------------------------------------------------------------------ opening


def test_a_plan_says_who_calls_how_often_and_by_when_first():
    (fact,) = opened().facts
    assert (fact.risk, fact.cadence_days, fact.worker) == ("high", 7, "gridworker")
    assert (fact.opened_on, fact.due_on) == (MONDAY, MONDAY + timedelta(days=7))
    assert fact.due == datetime(2026, 3, 9, 15, 59, 59, 999999, tzinfo=UTC), "the end of Monday in Shanghai"


@pytest.mark.parametrize(
    ("risk", "grounds", "days"),
    [
        ("daily", "living_alone", 1),
        ("high", "disabled", 7),
        ("medium", "disabled", 14),
        ("low", "hardship", 30),
        ("low", "living_alone", 7),
    ],
)
def test_risk_and_grounds_bound_the_cadence(risk, grounds, days):
    assert opened(risk, grounds).plan.cadence_days == days
    refused = Story().refused(
        OpenPlan("h1", GRID, grounds, risk, cadence_days=days + 1), "care.cadence-too-long"
    )
    assert refused.facts["longest"] == days


def test_a_plan_may_ask_for_more_than_the_level_does():
    assert opened(cadence_days=3).due == 3


def test_the_book_says_how_often():
    content = sample_content("deadlines-2026-1.toml") | {
        "care": {"levels": {"medium": 10}, "grace_hours": 12}
    }
    story = Story(books=books_with(deadlines=content)).do(OpenPlan("h1", GRID, "disabled", "medium"))
    assert story.due == 10
    assert story.facts[0].next_by - story.facts[0].due == 12 * HOUR
    assert story.facts[0].rules == "changed"


def test_who_opens_names_a_grid_member_of_the_place():
    refused = Story().refused(OpenPlan("h1", GRID, "disabled", "low"), "care.worker-needed", DISPATCHER)
    assert "grid member" in refused.help
    story = Story().do(OpenPlan("h1", GRID, "disabled", "low", worker="gridworker2"), DISPATCHER)
    assert story.plan.worker == "gridworker2"
    Story().refused(OpenPlan("h1", "demo/north", "disabled", "low"), "care.outside-scope")
    Story().refused(OpenPlan("h1", "nowhere", "disabled", "low"), "grid.unknown")
    Story().refused(OpenPlan("h1", GRID, "rich", "low"), "value.unknown")
    Story().refused(OpenPlan("h1", GRID, "disabled", "low"), "actor.role", RESIDENT)


def test_a_household_never_has_two_plans():
    opened().refused(OpenPlan("h1", GRID, "disabled", "low"), "care-plan.state")


def test_its_words_are_sealed_under_the_household_or_the_person():
    (fact,) = opened(contact="儿子 赵一", person="p-zhao").facts
    assert fact.contact == Clear("p-zhao", "", "儿子 赵一")
    assert opened(note="耳背").facts[0].note == Clear("hh-h1", "", "耳背")


# ------------------------------------------------------------------ kept and missed


def test_a_visit_in_time_keeps_the_period_and_begins_the_next():
    story = opened().visit(5)
    fact = story.facts[-1]
    assert (fact.kept, fact.mended, fact.due_on) == (True, False, MONDAY + timedelta(days=7))
    assert story.due == 12


def test_the_last_day_is_in_time_to_its_last_minute():
    story = opened().at(on(7, 23)).do(RecordVisit(), at=on(7, 23))
    assert story.facts[-1].kept
    assert not opened().tick(7).told(f.CareVisitMissed)


def test_the_day_of_the_opening_stands_for_the_last_visit():
    story = opened().visit(0)
    assert (story.facts[-1].kept, story.due) == (False, 7)


def test_a_missed_visit_is_recorded_once_dated_at_its_end():
    story = opened().tick(8)
    (missed,) = story.told(f.CareVisitMissed)
    assert (
        story.dated[-1][0] == missed.due == on(7, 23) + timedelta(minutes=59, seconds=59, microseconds=999999)
    )
    assert (missed.grid, missed.risk, missed.due_on) == (GRID, "high", MONDAY + timedelta(days=7))
    assert story.due == 14
    assert story.at(on(9)).decided(NoticeMissed(), ENGINE) == ()


def test_every_period_nobody_came_in_is_missed():
    story = opened().tick(30)
    assert [each.due_on for each in story.told(f.CareVisitMissed)] == [
        MONDAY + timedelta(days=days) for days in (7, 14, 21, 28)
    ]


def test_a_visit_tells_the_misses_nobody_had_recorded_yet():
    story = opened().visit(16)
    assert [type(fact) for fact in story.facts[1:]] == [
        f.CareVisitMissed, f.CareVisitMissed, f.CareVisitRecorded,
    ]  # fmt: skip
    assert story.facts[-1].kept and story.due == 23


def test_grace_waits_with_the_miss_and_makes_nothing_timely():
    content = sample_content("deadlines-2026-1.toml") | {"care": {"grace_hours": 48}}
    story = Story(books=books_with(deadlines=content)).do(OpenPlan("h1", GRID, "living_alone", "high"))
    assert not story.tick(9).told(f.CareVisitMissed)
    assert story.tick(10).told(f.CareVisitMissed)
    late = story.visit(8)
    assert [type(fact) for fact in late.facts[1:]] == [f.CareVisitMissed, f.CareVisitRecorded]
    assert not story.visit(7, entered=8).told(f.CareVisitMissed), "made in time, entered within the grace"


def test_who_met_nobody_or_only_called_kept_nothing():
    assert opened().visit(3, met=False).due == 7
    assert opened().visit(3, mode="online").facts[-1].kept is False
    content = sample_content("deadlines-2026-1.toml") | {"care": {"online": True}}
    story = Story(books=books_with(deadlines=content)).do(OpenPlan("h1", GRID, "living_alone", "high"))
    assert story.visit(3, mode="online").facts[-1].kept


def test_two_visits_on_one_day_keep_one_period():
    story = opened().visit(3).visit(3)
    assert [fact.kept for fact in story.told(f.CareVisitRecorded)] == [True, False]


# ------------------------------------------------------------------ entered late


def test_a_late_entry_mends_the_miss_and_both_stand():
    story = opened().tick(8).visit(5, entered=8)
    assert len(story.told(f.CareVisitMissed)) == 1
    late = story.facts[-1]
    assert (late.kept, late.mended, late.due_on) == (True, True, MONDAY + timedelta(days=7))
    assert story.due == 12, "a week after the visit that was made, not after the miss"
    assert story.plan.missed == ()


def test_a_late_entry_before_a_later_miss_leaves_what_runs():
    story = opened().tick(15).visit(5, entered=15)
    assert story.facts[-1].mended and story.facts[-1].next_on is None
    assert story.due == 21
    assert len(story.plan.missed) == 1


def test_a_late_entry_older_than_a_later_visit_changes_no_promise():
    story = opened().visit(9).visit(6, entered=10)
    assert (story.facts[-1].mended, story.due, story.plan.last_on) == (True, 16, MONDAY + timedelta(days=9))


def test_an_entry_of_a_kept_period_keeps_nothing_more():
    assert not opened().visit(5).visit(3, entered=6).facts[-1].kept


def test_a_visit_before_the_opening_or_after_the_closing_is_refused():
    opened().refused(RecordVisit(), "care.before-opening", at=on(-1))
    closed = opened().at(on(3)).do(ClosePlan("moved"))
    closed.at(on(5)).refused(RecordVisit(), "care.after-closing", at=on(5))
    late = closed.visit(2, entered=5)
    assert late.facts[-1].kept and late.facts[-1].next_on is None


# ------------------------------------------------------------------ risk, worker, end


def test_a_shorter_cadence_counts_from_today():
    story = opened("low", "hardship").at(on(20)).do(ChangeRisk("daily", "摔了一跤"))
    assert (story.due, story.plan.cadence_days) == (21, 1)


def test_a_longer_cadence_counts_from_the_last_visit():
    story = opened("daily", "hardship").visit(1).at(on(1)).do(ChangeRisk("high", "女儿搬回来住"))
    assert story.due == 8
    story.refused(ChangeRisk("high", "再说一遍"), "care.same-risk")


def test_another_worker_takes_over():
    story = opened().do(HandOver("gridworker2", "轮岗"), DISPATCHER)
    assert story.plan.worker == "gridworker2"
    story.refused(HandOver("gridworker2"), "care.same-worker")
    story.refused(HandOver("dispatcher"), "care.worker-elsewhere")


def test_a_closed_plan_misses_nothing_and_may_be_opened_again():
    story = opened().at(on(3)).do(ClosePlan("institution"))
    story.at(on(30)).refused(NoticeMissed(), "care-plan.state", ENGINE)
    again = story.at(on(40)).do(OpenPlan("h1", GRID, "living_alone", "high"))
    assert again.due == 47
    opened().refused(ClosePlan("other"), "text.length")


def test_a_plan_closed_late_tells_what_was_missed_before():
    assert len(opened().at(on(15)).do(ClosePlan("moved"), DISPATCHER).told(f.CareVisitMissed)) == 2


# ------------------------------------------------------------------ emergencies


def test_an_emergency_is_told_piece_by_piece_to_the_hand_over():
    story = opened().at(on(2)).do(AnswerEmergency((Moment("called", on(2, 6)), Moment("arrived", on(2, 7)))))
    story = story.do(
        AnswerEmergency(
            (
                Moment("hospital", on(2, 8)),
                Moment("family_notified", on(2, 7)),
                Moment("handed_over", on(2, 9)),
            ),
            emergency=1,
            handed_to="relatives",
            who="赵一",
        )
    )
    assert [fact.emergency for fact in story.told(f.EmergencyAnswered)] == [1, 1]
    assert story.facts[-1].who == Clear("hh-h1", "", "赵一")
    assert story.due == 7, "an emergency is no visit"
    assert story.do(AnswerEmergency((Moment("arrived", on(2)),))).facts[-1].emergency == 2


def test_what_an_emergency_cannot_be():
    story = opened().at(on(2)).do(AnswerEmergency((Moment("arrived", on(2)),)))
    story.refused(AnswerEmergency((Moment("arrived", on(2)),), emergency=1), "care.moment-twice")
    story.refused(AnswerEmergency((Moment("hospital", on(1)),), emergency=1), "care.moment-order")
    story.refused(AnswerEmergency((Moment("hospital", on(3)),), emergency=1), "care.moment-ahead")
    story.refused(AnswerEmergency((Moment("handed_over", on(2)),), emergency=1), "care.handed-to")
    story.refused(AnswerEmergency((Moment("called", on(2)),), emergency=7), "care.no-such-emergency")
    story.refused(AnswerEmergency(()), "list.length")
    story.refused(AnswerEmergency((), emergency=1), "text.length")


# ------------------------------------------------------------------ what is sealed


def test_health_and_home_are_sealed_and_read_by_whom_they_concern():
    fact = opened().visit(1, health="血压偏高", safety="插座松动", wishes="想要助浴").facts[-1]
    assert {each.subject for each in (fact.health, fact.safety, fact.wishes)} == {"hh-h1"}
    plan, places = opened().plan, granted(())
    who = [
        each.person
        for each in (GRIDWORKER, GRIDWORKER2, DISPATCHER, STREET)
        if care.reads_sealed(plan, each, places)
    ]
    assert who == ["gridworker", "dispatcher"]


def test_others_read_with_a_reason_for_half_an_hour():
    story = opened().do(RevealCare("health", "代班走访"), GRIDWORKER2)
    assert story.facts[-1].until_at - story.now == timedelta(minutes=30)
    assert story.decided(RevealCare("health", "再看"), GRIDWORKER2) == ()
    assert story.at(story.now + HOUR).decided(RevealCare("health", "再看"), GRIDWORKER2)
    story.refused(RevealCare("bank", "x"), "value.unknown", GRIDWORKER2)


# ------------------------------------------------------------------ laws


steps = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.integers(0, 9)),
        st.tuples(st.just("visit"), st.integers(0, 9), st.integers(0, 12)),
        st.tuples(st.just("nobody"), st.integers(0, 9)),
        st.tuples(st.just("risk"), st.integers(0, 3), st.sampled_from(RISKS)),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_every_day_until_now_lies_in_a_period_kept_or_missed_and_none_lies_in_two(walk):
    """Whatever comes late, and however the risk changes."""
    story, today = opened("high", "other"), 0
    for step in walk:
        today += step[1]
        if step[0] == "tick":
            story = story.tick(today)
        elif step[0] == "visit":
            story = story.visit(max(0, today - step[2]), entered=today)
        elif step[0] == "nobody":
            story = story.visit(today, met=False)
        elif step[2] != story.plan.risk:
            story = story.at(on(today)).do(ChangeRisk(step[2], "风险评估"))
    visits, missed = story.told(f.CareVisitRecorded), story.told(f.CareVisitMissed)
    ends = [each.due_on for each in missed]
    assert len(ends) == len(set(ends)), "a miss is recorded once"
    mended = [each for each in visits if each.mended]
    assert all(each.kept for each in mended)
    assert len(story.plan.missed) == len(missed) - len(mended)
    longest = max(Care().levels.values())
    assert (story.plan.running.until - story.plan.running.after).days <= longest + 1
    for one, other in zip(story.plan.missed, story.plan.missed[1:], strict=False):
        assert one.until <= other.after
    if story.plan.missed:
        assert story.plan.missed[-1].until <= story.plan.running.after
