"""What comes after an answer: the resident's own word, reopening, the spot check."""

import pytest

from domain.complaint.commands import (
    Dispatch,
    FollowUp,
    Rate,
    ReadingTaken,
    Reopen,
    ReportResolution,
    Respond,
    SpotCheck,
    Support,
    SuspectRecurrence,
)
from domain.complaint.commands import Reporter as Person
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintReopened,
    ResidentRated,
    SpotCheckRecorded,
)
from domain.messages import ENGINE, Clear
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRIDWORKER,
    HOUR,
    MINUTE,
    NEIGHBOUR,
    PHOTO,
    RESIDENT,
    STREET,
    T0,
    Story,
    again_resolved,
    closed,
    handling,
    like,
    received,
    registration,
    resolved,
    satisfied,
    warm,
)


def unreached() -> Story:
    story = resolved()
    for _ in range(2):
        story = story.do(satisfied(story.now, satisfaction="no_answer", solved=""), GRIDWORKER)
    assert story.name == "unreached"
    return story


def just_closed() -> Story:
    """At the very moment of its closing."""
    return closed().later(-HOUR)


# ------------------------------------------------------------------ rating


def test_a_satisfied_rating_closes_where_no_visit_is_needed():
    question = resolved("consultation")
    done = question.when(Rate("satisfied", "thank you"), RESIDENT).then(
        ResidentRated("satisfied", Clear("p-li", "", "thank you")), ComplaintClosed("rated")
    )
    assert done.name == "closed"
    question.when(Rate("basically_satisfied"), RESIDENT).then(ResidentRated, ComplaintClosed)
    visit_needed = resolved()
    assert visit_needed.when(Rate("satisfied"), RESIDENT).then(ResidentRated).name == "resolved"


def test_with_several_reporters_one_rating_does_not_close():
    story = resolved("consultation").do(Support(Person(), "", "p-wang"), DISPATCHER)
    story = story.when(Rate("satisfied"), RESIDENT).then(ResidentRated)
    story.when(Rate("satisfied"), NEIGHBOUR).then(ResidentRated, ComplaintClosed("rated"))


def test_a_dissatisfied_rating_reopens_for_ten_days():
    resolved().when(Rate("dissatisfied"), RESIDENT).then(
        ResidentRated, like(ComplaintReopened, round=2, reason="dissatisfied")
    )
    in_time = just_closed().later(10 * DAY)
    in_time.when(Rate("dissatisfied"), RESIDENT).then(ResidentRated, ComplaintReopened)
    in_time.later(MINUTE).when(Rate("dissatisfied"), RESIDENT).then(ResidentRated)


def test_a_rating_is_refused():
    resolved().when(Rate("no_answer"), RESIDENT).then_refused("value.unknown")
    resolved().when(Rate("satisfied"), NEIGHBOUR).then_refused("actor.not-reporter")
    resolved().when(Rate("satisfied"), GRIDWORKER).then_refused("actor.role")
    handling().when(Rate("satisfied"), RESIDENT).then_refused("complaint.state")
    unreached().when(Rate("satisfied"), RESIDENT).then_refused("complaint.state")
    rated = closed().do(Rate("satisfied"), RESIDENT)
    rated.when(Rate("satisfied"), RESIDENT).then_refused("rate.already")
    resolved().when(Rate("satisfied"), RESIDENT, T0).then_refused("moment.out-of-order")


def test_who_registered_himself_rates_as_the_reporter_he_is():
    himself = registration("consultation", reporter_id="p-by-phone")
    story = again_resolved(Story().do(himself, RESIDENT))
    story.when(Rate("satisfied"), RESIDENT).then(ResidentRated, ComplaintClosed("rated"))


# ------------------------------------------------------------------ reopening


@pytest.mark.parametrize("story", [resolved(), closed(), unreached()])
def test_the_reporter_reopens(story):
    for reason, recorded in (
        ("dissatisfied", "dissatisfied"),
        ("recurrence", "recurrence"),
        ("other", "resident"),
    ):
        again = story.when(Reopen(reason, "dark again"), RESIDENT).then(
            like(ComplaintReopened, round=2, reason=recorded, text=Clear("p-li", "", "dark again"))
        )
        assert again.name == "received"


def test_a_new_round_starts_clocks_of_its_own():
    story = closed().later(DAY)
    again = story.do(Reopen("recurrence"), RESIDENT)
    this = again.case.round
    assert (this.number, this.began_at, this.dispatch.start) == (2, story.now, story.now)
    assert (this.promise, this.declines, this.handlers, this.answers) == (None, 0, frozenset(), ())
    assert again.case.registered_at == T0  # the clock since the call never restarts
    redispatched = again_resolved(again).case.round
    assert redispatched.promise.start == story.now


def test_the_reporter_reopens_within_ten_days_of_the_end():
    in_time = just_closed().later(10 * DAY)
    in_time.when(Reopen("other"), RESIDENT).then(ComplaintReopened)
    in_time.later(MINUTE).when(Reopen("other"), RESIDENT).then_refused("reopen.too-late", days=10)
    resolved().later(20 * DAY).when(Reopen("other"), RESIDENT).then(ComplaintReopened)


def test_the_dispatcher_reopens_a_recurrence():
    story = just_closed().later(30 * DAY)
    story.when(Reopen("recurrence"), DISPATCHER).then(like(ComplaintReopened, reason="recurrence"))
    story.when(Reopen("other", "by mistake"), STREET).then(like(ComplaintReopened, reason="other"))
    late = story.later(MINUTE)
    late.when(Reopen("recurrence"), DISPATCHER).then_refused("reopen.too-late", days=30)
    linked = story.do(SuspectRecurrence("c-new", "place"), ENGINE).later(DAY)
    again = linked.when(Reopen("recurrence"), DISPATCHER).then(ComplaintReopened)
    assert again.case.recurrences == ()


def test_a_reopening_is_refused():
    closed().when(Reopen("dissatisfied"), DISPATCHER).then_refused("reopen.not-yours-to-say")
    closed().when(Reopen("boredom"), RESIDENT).then_refused("value.unknown")
    closed().when(Reopen("other"), NEIGHBOUR).then_refused("actor.not-reporter")
    closed().when(Reopen("other"), GRIDWORKER).then_refused("actor.role")
    closed().when(Reopen("other"), RESIDENT, T0).then_refused("moment.out-of-order")
    handling().when(Reopen("other"), RESIDENT).then_refused("complaint.state")


# ------------------------------------------------------------------ spot check


@pytest.mark.parametrize("story", [resolved(), closed(), unreached()])
def test_a_contradicted_spot_check_reopens_and_a_confirmed_one_does_not(story):
    confirmed = story.when(SpotCheck("confirmed", "lit"), STREET).then(
        like(SpotCheckRecorded, result="confirmed", text=Clear("p-li", "", "lit"))
    )
    assert confirmed.name == story.name
    story.when(SpotCheck("contradicted", "dark"), STREET).then(
        SpotCheckRecorded, like(ComplaintReopened, round=2, reason="spot_check")
    )


def test_the_checker_neither_handled_nor_visited():
    lead = received().do(Dispatch("street-office", (), "task_force"), DISPATCHER).do(Respond(), STREET)
    lead = lead.do(ReportResolution("solved", "x"), STREET)
    lead.when(SpotCheck("confirmed", "x"), STREET).then_refused("spot-check.by-handler")
    visited = resolved()
    visited = visited.do(satisfied(visited.now, reason="nobody else"), STREET)
    visited.when(SpotCheck("confirmed", "x"), STREET).then_refused("spot-check.by-visitor")
    tried = resolved()
    tried = tried.do(FollowUp("on_site", tried.now, False, reason="nobody else"), STREET)
    tried.when(SpotCheck("confirmed", "x"), STREET).then_refused("spot-check.by-visitor")


def test_a_cold_room_confirms_nothing():
    story = resolved("heating", lead="heating-co")
    cold = (ReadingTaken("room_temperature", 15.0, "°C"),)
    story.when(SpotCheck("confirmed", "x", cold), STREET).then_refused("spot-check.reading-contradicts")
    story.when(SpotCheck("contradicted", "x", cold, (PHOTO,)), STREET).then(
        SpotCheckRecorded, ComplaintReopened
    )
    story.when(SpotCheck("confirmed", "x", warm()["readings"]), STREET).then(SpotCheckRecorded)


def test_a_spot_check_is_refused():
    closed().when(SpotCheck("confirmed", "x"), DISPATCHER).then_refused("actor.role")
    closed().when(SpotCheck("unsure", "x"), STREET).then_refused("value.unknown")
    closed().when(SpotCheck("confirmed", ""), STREET).then_refused("text.length")
    closed().when(SpotCheck("confirmed", "x", (), ("y",)), STREET).then_refused("evidence.id")
    closed().when(SpotCheck("confirmed", "x"), STREET, T0).then_refused("moment.out-of-order")
    handling().when(SpotCheck("confirmed", "x"), STREET).then_refused("complaint.state")
