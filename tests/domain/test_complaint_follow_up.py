"""The follow-up by somebody else, and what its answer leads to."""

from datetime import UTC, datetime

import pytest

from domain.complaint.commands import Dispatch, FollowUp, Join, NoteProgress, ReadingTaken, Respond, Support
from domain.complaint.commands import Reporter as Person
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintLeftUnreached,
    ComplaintReopened,
    FollowUpAttempted,
    FollowUpRecorded,
)
from domain.messages import Actor, Clear, Dated
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRID,
    GRIDWORKER,
    GRIDWORKER2,
    HEATING,
    HOUR,
    MINUTE,
    PHOTO,
    PROPERTY,
    RESIDENT,
    STREET,
    Story,
    again_resolved,
    dissatisfied,
    handling,
    hazard,
    like,
    received,
    resolved,
    satisfied,
    warm,
)


def heating() -> Story:
    return resolved("heating", lead="heating-co")


def missed(story: Story, at: datetime, **changes: str) -> FollowUp:
    return FollowUp("on_site", at, reached=False, **changes)


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


@pytest.mark.parametrize("actor", [DISPATCHER, STREET])
def test_the_office_says_why_no_grid_member_could(actor):
    story = resolved()
    story.when(satisfied(story.now), actor).then_refused("follow-up.reason-required")
    story.when(satisfied(story.now, reason="all three handled it"), actor).then(
        like(FollowUpRecorded, reason=Clear("p-li", "", "all three handled it")), ComplaintClosed
    )


# ------------------------------------------------------------------ how and when


def test_a_method_must_be_admitted_by_the_category():
    story = heating()
    story.when(satisfied(story.now, method="phone", **warm()), GRIDWORKER).then_refused("follow-up.method")
    story.when(missed(story, story.now).__class__("online", story.now, False), GRIDWORKER).then_refused(
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
    story.when(missed(story, before), GRIDWORKER).then_refused("moment.out-of-order")
    story.when(satisfied(story.now + HOUR), GRIDWORKER).then_refused("moment.in-the-future")


def test_an_attempt_is_no_milestone():
    story = resolved().later(3 * HOUR)
    tried = story.do(missed(story, story.now), GRIDWORKER)
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


# ------------------------------------------------------------------ nobody reached


def test_an_attempt_keeps_the_case_open_and_ignores_the_rest():
    story = resolved()
    nobody = FollowUp("on_site", story.now, False, "satisfied", "yes", note="knocked twice")
    tried = story.when(nobody, GRIDWORKER).then(
        FollowUpAttempted("on_site", "day", 1, Clear("p-li", "", "knocked twice"), "p-li")
    )
    assert tried.name == "resolved"


DAYTIME = datetime(2026, 3, 4, 2, tzinfo=UTC)
EVENING = datetime(2026, 3, 5, 11, tzinfo=UTC)  # 19:00 in Shanghai
WEEKEND = datetime(2026, 3, 7, 2, tzinfo=UTC)


def test_the_third_attempt_in_three_windows_leaves_it_unreached():
    story = resolved().later(6 * DAY)
    for moment in (DAYTIME, EVENING):
        story = story.do(missed(story, moment), GRIDWORKER)
    again = story.when(missed(story, DAYTIME + DAY), GRIDWORKER).then(like(FollowUpAttempted, attempt=3))
    assert again.name == "resolved"  # three attempts, but in two windows
    gone = story.when(missed(story, WEEKEND), GRIDWORKER).then(
        like(FollowUpAttempted, attempt=3, window="weekend"), ComplaintLeftUnreached("three_windows")
    )
    assert gone.name == "unreached"


def test_the_second_visit_without_an_answer_leaves_it_unreached():
    story = resolved()
    silent = story.when(satisfied(story.now, satisfaction="no_answer", solved=""), GRIDWORKER).then(
        like(FollowUpRecorded, satisfaction="no_answer")
    )
    assert silent.name == "resolved"
    silent.when(satisfied(silent.now, satisfaction="no_answer", solved=""), GRIDWORKER).then(
        FollowUpRecorded, ComplaintLeftUnreached("no_answer_twice")
    )
    silent.when(satisfied(silent.now), GRIDWORKER).then(FollowUpRecorded, ComplaintClosed)


# ------------------------------------------------------------------ none or several reporters


def verified(story: Story, **changes: object) -> FollowUp:
    return satisfied(story.now, satisfaction="", **changes)


def test_without_a_reporter_it_is_a_verification():
    story = again_resolved(hazard())
    story.when(verified(story), GRIDWORKER).then(
        like(FollowUpRecorded, satisfaction="", reporter=""), ComplaintClosed("verified")
    )
    story.when(verified(story, solved="no"), GRIDWORKER).then(
        FollowUpRecorded, like(ComplaintReopened, reason="unsolved")
    )
    story.when(satisfied(story.now), GRIDWORKER).then(like(FollowUpRecorded, satisfaction=""), ComplaintClosed)


def test_a_verification_asks_for_the_readings_too():
    story = again_resolved(hazard("heating"), "heating-co")
    story.when(verified(story), GRIDWORKER).then_refused("follow-up.reading-required")
    story.when(verified(story, **warm()), GRIDWORKER).then(FollowUpRecorded, ComplaintClosed("verified"))


def several() -> Story:
    story = resolved().do(Support(Person(), "", "p-wang"), DISPATCHER)
    return story.do(Join("c-1", ("p-zhao",)), DISPATCHER)


def test_with_several_reporters_it_closes_when_all_have_answered():
    story = several()
    for who in ("p-zhao", "p-li"):
        story = story.when(satisfied(story.now, reporter=who), GRIDWORKER).then(
            like(FollowUpRecorded, reporter=who)
        )
    story.when(satisfied(story.now, reporter="p-li"), GRIDWORKER).then_refused("follow-up.already-answered")
    story.when(satisfied(story.now), GRIDWORKER).then(
        like(FollowUpRecorded, reporter="p-wang"), ComplaintClosed("satisfied")
    )


def test_one_dissatisfied_reporter_reopens_for_all():
    story = several()
    story = story.do(satisfied(story.now), GRIDWORKER)
    again = story.when(dissatisfied(story.now, reporter="p-wang"), GRIDWORKER).then(
        FollowUpRecorded, like(ComplaintReopened, round=2)
    )
    assert again.case.outstanding == ("p-li", "p-wang", "p-zhao")


def test_an_unreached_reporter_does_not_keep_it_open():
    story = resolved().do(Support(Person(), "", "p-wang"), DISPATCHER)
    story = story.do(satisfied(story.now, reporter="p-li"), GRIDWORKER).later(6 * DAY)
    for moment in (DAYTIME, EVENING):
        story = story.do(missed(story, moment, reporter="p-wang"), GRIDWORKER)
    story.when(missed(story, WEEKEND, reporter="p-wang"), GRIDWORKER).then(
        FollowUpAttempted, ComplaintClosed("satisfied")
    )


def test_from_the_third_round_on_it_is_escalated_once():
    story = resolved()
    story = again_resolved(story.do(dissatisfied(story.now), GRIDWORKER))
    story = story.when(dissatisfied(story.now), GRIDWORKER).then(
        FollowUpRecorded, like(ComplaintReopened, round=3), ComplaintEscalated("repeated_rounds")
    )
    story = again_resolved(story)
    story.when(dissatisfied(story.now + 0 * MINUTE), GRIDWORKER).then(
        FollowUpRecorded, like(ComplaintReopened, round=4)
    )
