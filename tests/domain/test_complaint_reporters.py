"""Nobody reached, no reporter, several reporters: who must have answered before a case is over."""

from datetime import UTC, datetime

from domain.complaint.commands import FollowUp, Join, Support
from domain.complaint.commands import Reporter as Person
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintLeftUnreached,
    ComplaintReopened,
    FollowUpAttempted,
    FollowUpRecorded,
)
from domain.messages import Clear
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRIDWORKER,
    MINUTE,
    Story,
    again_resolved,
    dissatisfied,
    hazard,
    like,
    missed,
    resolved,
    satisfied,
    warm,
)

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
        story = story.do(missed(moment), GRIDWORKER)
    again = story.when(missed(DAYTIME + DAY), GRIDWORKER).then(like(FollowUpAttempted, attempt=3))
    assert again.name == "resolved"  # three attempts, but in two windows
    gone = story.when(missed(WEEKEND), GRIDWORKER).then(
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
    story.when(satisfied(story.now), GRIDWORKER).then(
        like(FollowUpRecorded, satisfaction=""), ComplaintClosed
    )


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
        story = story.do(missed(moment, reporter="p-wang"), GRIDWORKER)
    story.when(missed(WEEKEND, reporter="p-wang"), GRIDWORKER).then(
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
