"""The follow-up by somebody else, and what its answer leads to."""

import pytest

from domain.complaint.commands import Dispatch, NoteProgress, ReadingTaken, Respond
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintReopened,
    FollowUpRecorded,
)
from domain.messages import Actor, Dated
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRID,
    GRIDWORKER,
    GRIDWORKER2,
    HEATING,
    HOUR,
    PHOTO,
    PROPERTY,
    RESIDENT,
    Story,
    again_resolved,
    dissatisfied,
    handling,
    like,
    missed,
    received,
    resolved,
    satisfied,
    warm,
)


def heating() -> Story:
    return resolved("heating", lead="heating-co")


# ------------------------------------------------------------------ who


def test_who_handled_does_not_follow_up():
    story = resolved()
    story.when(satisfied(story.now), PROPERTY).then_refused("follow-up.by-handling-unit", unit="property-co")
    assisted = resolved(assisting=("heating-co",))
    assisted.when(satisfied(assisted.now), HEATING).then_refused("follow-up.by-handling-unit")
    other = resolved()
    other.when(satisfied(other.now), HEATING).then_refused("actor.role")


def test_another_member_of_a_handling_grid_team_may():
    on_site = received("noise").do(Dispatch(GRID), DISPATCHER).do(Respond(), GRIDWORKER)
    story = again_resolved(on_site, GRID)
    story.when(satisfied(story.now), GRIDWORKER).then_refused("follow-up.by-handler")
    story.when(satisfied(story.now), GRIDWORKER2).then(FollowUpRecorded, ComplaintClosed)


def test_whoever_only_noted_progress_acted_in_handling():
    on_site = received("noise").do(Dispatch(GRID), DISPATCHER).do(Respond(), GRIDWORKER)
    story = again_resolved(on_site.do(NoteProgress("x"), GRIDWORKER2), GRID)
    story.when(satisfied(story.now), GRIDWORKER2).then_refused("follow-up.by-handler")


def test_handling_an_earlier_round_is_no_bar():
    on_site = received("noise").do(Dispatch(GRID), DISPATCHER).do(Respond(), GRIDWORKER)
    story = again_resolved(on_site, GRID)
    story = again_resolved(story.do(dissatisfied(story.now), GRIDWORKER2))
    story.when(satisfied(story.now), GRIDWORKER).then(FollowUpRecorded, ComplaintClosed)


def test_the_resident_does_not_follow_up_his_own_case():
    story = resolved()
    story.when(satisfied(story.now), RESIDENT).then_refused("follow-up.by-reporter")
    neighbour_who_is_grid_member = Actor("p-li", "gridworker", GRID)
    story.when(satisfied(story.now), neighbour_who_is_grid_member).then_refused("follow-up.by-reporter")


# ------------------------------------------------------------------ how and when


def test_a_method_must_be_admitted_by_the_category():
    story = heating()
    story.when(satisfied(story.now, method="phone", **warm()), GRIDWORKER).then_refused("follow-up.method")
    story.when(missed(story.now, method="online"), GRIDWORKER).then_refused(
        "follow-up.method", methods=("on_site",)
    )
    other = resolved()
    other.when(satisfied(other.now, method="phone"), GRIDWORKER).then(FollowUpRecorded, ComplaintClosed)


def test_all_of_it_happened_when_the_visit_was():
    story = resolved().later(5 * HOUR)
    visited = story.now - 4 * HOUR
    facts = story.when(satisfied(visited), GRIDWORKER).facts
    assert [fact.occurred_at for fact in facts if isinstance(fact, Dated)] == [visited, visited]
    assert facts[0].fact.judged_at == visited
    late = resolved().later(4 * DAY)
    told = late.when(satisfied(late.now - 90 * HOUR), GRIDWORKER).facts
    assert told[0].fact.judged_at == late.now


def test_a_visit_is_neither_before_the_report_nor_in_the_future():
    story = resolved()
    before = story.now - 2 * HOUR
    story.when(satisfied(before), GRIDWORKER).then_refused("moment.out-of-order")
    story.when(missed(before), GRIDWORKER).then_refused("moment.out-of-order")
    story.when(satisfied(story.now + HOUR), GRIDWORKER).then_refused("moment.in-the-future")


def test_an_attempt_is_no_milestone():
    story = resolved().later(3 * HOUR)
    tried = story.do(missed(story.now), GRIDWORKER)
    tried.when(satisfied(story.now - HOUR), GRIDWORKER2).then(FollowUpRecorded, ComplaintClosed)


# ------------------------------------------------------------------ outcomes


@pytest.mark.parametrize("satisfaction", ["satisfied", "basically_satisfied"])
@pytest.mark.parametrize("solved", ["yes", "partly"])
def test_a_good_answer_closes(satisfaction, solved):
    story = resolved()
    good = satisfied(story.now, satisfaction=satisfaction, solved=solved)
    closed = story.when(good, GRIDWORKER).then(
        like(FollowUpRecorded, satisfaction=satisfaction, solved=solved, reporter="p-li", measured=None),
        ComplaintClosed("satisfied"),
    )
    assert closed.name == "closed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"satisfaction": "dissatisfied", "solved": "yes"}, "dissatisfied"),
        ({"satisfaction": "dissatisfied", "solved": "no"}, "dissatisfied"),
        ({"satisfaction": "satisfied", "solved": "no"}, "unsolved"),
        ({"satisfaction": "no_answer", "solved": "no"}, "unsolved"),
    ],
)
def test_a_bad_answer_reopens(changes, reason):
    story = resolved()
    again = story.when(satisfied(story.now, **changes), GRIDWORKER).then(
        FollowUpRecorded, like(ComplaintReopened, round=2, reason=reason)
    )
    assert again.name == "received"
    assert again.facts[-1].dispatch.start == story.now
    assert again.case.round.resolution is None


def test_a_heating_case_needs_its_reading_and_photo():
    story = heating()
    for changes, missing in (
        ({}, ("photo", "room_temperature")),
        ({"photos": (PHOTO,)}, ("room_temperature",)),
        ({"readings": warm()["readings"]}, ("photo",)),
    ):
        story.when(satisfied(story.now, **changes), GRIDWORKER).then_refused(
            "follow-up.reading-required", missing=missing
        )
    story.when(satisfied(story.now, **warm()), GRIDWORKER).then(
        like(FollowUpRecorded, measured=True), ComplaintClosed("satisfied")
    )


def test_exactly_the_lower_bound_is_in_range_and_less_reopens():
    story = heating()
    story.when(satisfied(story.now, **warm(18.0)), GRIDWORKER).then(FollowUpRecorded, ComplaintClosed)
    cold = story.when(satisfied(story.now, **warm(17.9)), GRIDWORKER).then(
        like(FollowUpRecorded, measured=False), like(ComplaintReopened, reason="reading_out_of_range")
    )
    assert cold.facts[-2].readings[0].in_range is False


def test_one_cold_room_is_enough():
    story = heating()
    rooms = tuple(ReadingTaken("room_temperature", value, "°C") for value in (21.0, 16.0))
    story.when(satisfied(story.now, readings=rooms, photos=(PHOTO,)), GRIDWORKER).then(
        like(FollowUpRecorded, measured=False), ComplaintReopened
    )


def test_a_dissatisfied_answer_needs_no_reading():
    story = heating()
    story.when(dissatisfied(story.now), GRIDWORKER).then(
        like(FollowUpRecorded, measured=False), like(ComplaintReopened, reason="dissatisfied")
    )


@pytest.mark.parametrize(
    ("reading", "rule"),
    [
        (ReadingTaken("room_temperature", 20.0, "°F"), "reading.unit"),
        (ReadingTaken("room_temperature", float("nan"), "°C"), "reading.value"),
        (ReadingTaken("room_temperature", float("inf"), "°C"), "reading.value"),
        (ReadingTaken("", 20.0, "°C"), "text.length"),
    ],
)
def test_a_reading_is_refused(reading, rule):
    story = heating()
    story.when(satisfied(story.now, readings=(reading,), photos=(PHOTO,)), GRIDWORKER).then_refused(rule)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"satisfaction": "delighted"}, "value.unknown"),
        ({"satisfaction": ""}, "value.unknown"),
        ({"solved": ""}, "value.unknown"),
        ({"solved": "perhaps"}, "value.unknown"),
        ({"photos": ("x",)}, "evidence.id"),
        ({"note": "n" * 4001}, "text.length"),
        ({"reporter": "p-nobody"}, "follow-up.reporter-unknown"),
    ],
)
def test_a_follow_up_is_refused(changes, rule):
    story = resolved()
    story.when(satisfied(story.now, **changes), GRIDWORKER).then_refused(rule)


def test_no_follow_up_before_the_report():
    story = handling()
    story.when(satisfied(story.now), GRIDWORKER).then_refused("complaint.state", state="handling")
