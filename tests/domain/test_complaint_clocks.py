"""Pushing by people, and what the watch notices."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.complaint.clocks import running
from domain.complaint.commands import (
    DecideExtension,
    Decline,
    Dispatch,
    Merge,
    NoticeOverdue,
    NoticeWarning,
    Rederive,
    RequestExtension,
    Respond,
    Supervise,
    Urge,
)
from domain.complaint.facts import (
    ComplaintUrged,
    DeadlineRederived,
    DispatchOverdue,
    FollowUpOverdue,
    ResolutionOverdue,
    ResponseOverdue,
    SupervisionRaised,
)
from domain.messages import ENGINE, Clear, Dated
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRIDWORKER,
    HEATING,
    HOUR,
    NEIGHBOUR,
    PANEL,
    PROPERTY,
    RESIDENT,
    STREET,
    T0,
    Story,
    again_resolved,
    books_with,
    closed,
    dispatched,
    dissatisfied,
    handling,
    like,
    received,
    resolved,
    sample_content,
    satisfied,
)

INSTANT = timedelta(microseconds=1)


def at(
    story: Story, clock: str, unit: str = "", *, warning: bool = False, after: timedelta = INSTANT
) -> Story:
    """The story just after a clock's deadline, or its warning."""
    deadline = running(story.state, clock, unit)
    assert deadline is not None
    return replace(story, now=(deadline.warn_at if warning else deadline.due) + after)


def overdue(story: Story, clock: str, unit: str = "") -> NoticeOverdue:
    deadline = running(story.state, clock, unit)
    assert deadline is not None
    return NoticeOverdue(clock, deadline.due, unit)


# ------------------------------------------------------------------ people


def test_people_urge_and_supervise_in_any_open_state():
    for story in (received(), dispatched(), handling(), resolved()):
        story.when(Urge("please"), RESIDENT).then(ComplaintUrged(False, "", "", Clear("p-li", "", "please")))
        story.when(Urge(), PANEL).then(ComplaintUrged(False, "", "", None))
        story.when(Supervise("street", "act"), STREET).then(
            SupervisionRaised("street", False, "", Clear("p-li", "", "act"))
        )
        story.when(Supervise("community", "act"), PANEL).then(SupervisionRaised)


def test_urging_is_refused():
    received().when(Urge(), NEIGHBOUR).then_refused("actor.not-reporter")
    received().when(Urge(), DISPATCHER).then_refused("actor.role")
    received().when(Supervise("street", "x"), RESIDENT).then_refused("actor.role")
    received().when(Supervise("moon", "x"), PANEL).then_refused("value.unknown")
    received().when(Supervise("street", ""), PANEL).then_refused("text.length")
    closed().when(Urge(), RESIDENT).then_refused("complaint.state")


# ------------------------------------------------------------------ which clocks run


@pytest.mark.parametrize(
    ("story", "clocks"),
    [
        (received(), {"dispatch"}),
        (dispatched(), {"response", "resolution"}),
        (dispatched().do(Decline("x"), PROPERTY), {"resolution"}),
        (handling(), {"resolution"}),
        (resolved(), {"follow_up"}),
        (closed(), set()),
        (received().do(Merge("c-2", "x"), DISPATCHER), set()),
        (Story(), set()),
    ],
)
def test_the_clocks_of_each_state(story, clocks):
    all_clocks = ("dispatch", "response", "decline", "resolution", "follow_up")
    assert {clock for clock in all_clocks if running(story.state, clock)} == clocks


def test_an_assisting_unit_is_still_awaited_while_the_lead_handles():
    story = handling(assisting=("heating-co",))
    assert running(story.state, "response", "heating-co") is not None
    assert running(story.state, "response", "property-co") is None
    assert running(story.do(Respond(), HEATING).state, "response", "heating-co") is None


def test_an_answer_stops_the_follow_up_clock_and_an_attempt_does_not():
    story = resolved()
    attempt = satisfied(story.now, reached=False)
    assert running(story.do(attempt, GRIDWORKER).state, "follow_up") is not None
    silent = satisfied(story.now, satisfaction="no_answer", solved="")
    assert running(story.do(silent, GRIDWORKER).state, "follow_up") is None


# ------------------------------------------------------------------ the watch


@pytest.mark.parametrize(
    ("story", "clock", "unit", "fact"),
    [
        (received(), "dispatch", "", DispatchOverdue),
        (dispatched(), "response", "property-co", ResponseOverdue),
        (handling(assisting=("heating-co",)), "response", "heating-co", ResponseOverdue),
        (handling(), "resolution", "", ResolutionOverdue),
        (resolved(), "follow_up", "", FollowUpOverdue),
    ],
)
def test_a_breach_is_recorded_once_with_the_time_it_became_true(story, clock, unit, fact):
    late = at(story, clock, unit, after=9 * DAY)
    notice = overdue(story, clock, unit)
    facts = late.when(notice, ENGINE).facts
    assert isinstance(facts[0], Dated)
    assert facts[0].occurred_at == notice.due
    told = late.when(notice, ENGINE).then(
        like(fact, due=notice.due), SupervisionRaised("community", True, clock, None)
    )
    told.when(notice, ENGINE).then_nothing()


def test_exactly_at_the_deadline_is_in_time():
    story = dispatched()
    notice = overdue(story, "response")
    at(story, "response", after=0 * INSTANT).when(notice, ENGINE).then_nothing()
    at(story, "response").when(notice, ENGINE).then(ResponseOverdue, SupervisionRaised)


def test_the_first_breach_of_a_round_goes_to_the_community_the_next_to_the_street():
    story = at(dispatched(), "response")
    story = story.do(overdue(story, "response"), ENGINE)
    story = at(story, "resolution")
    story = story.when(overdue(story, "resolution"), ENGINE).then(
        ResolutionOverdue, like(SupervisionRaised, level="street")
    )
    story = story.do(Respond(), PROPERTY)
    story = again_resolved(story)
    story = story.do(dissatisfied(story.now), GRIDWORKER)
    story = at(story, "dispatch")
    story.when(overdue(story, "dispatch"), ENGINE).then(
        DispatchOverdue, like(SupervisionRaised, level="community")
    )


def test_a_clock_is_urged_once_when_eighty_percent_are_gone():
    story = dispatched()
    notice = NoticeWarning("response", overdue(story, "response").due, "property-co")
    at(story, "response", warning=True, after=-INSTANT).when(notice, ENGINE).then_nothing()
    urged = (
        at(story, "response", warning=True, after=0 * INSTANT)
        .when(notice, ENGINE)
        .then(ComplaintUrged(True, "response", "property-co", None))
    )
    urged.when(notice, ENGINE).then_nothing()
    at(story, "response").when(notice, ENGINE).then_nothing()  # passed: the breach speaks


def test_what_is_no_longer_true_is_not_noticed():
    story = dispatched()
    notice = overdue(story, "response")
    later: dict[str, Any] = {"now": notice.due + DAY}
    replace(story.do(Respond(), PROPERTY), **later).when(notice, ENGINE).then_nothing()
    replace(story, **later).when(replace(notice, due=notice.due - HOUR), ENGINE).then_nothing()
    replace(story, **later).when(replace(notice, clock="decline"), ENGINE).then_nothing()
    replace(Story(), **later).when(notice, ENGINE).then_nothing()
    replace(closed(), **later).when(notice, ENGINE).then_nothing()
    warning = NoticeWarning("response", notice.due, "property-co")
    replace(closed(), **later).when(warning, ENGINE).then_nothing()


def test_only_the_engine_notices():
    story = at(dispatched(), "response")
    story.when(overdue(story, "response"), STREET).then_refused("actor.role")


# ------------------------------------------------------------------ derived again


def typhoon(story: Story) -> Story:
    """From now on, next Wednesday to Friday are off."""
    calendar = sample_content("calendar-cn-2026.toml")
    off = {"2026-03-04": "typhoon", "2026-03-05": "typhoon", "2026-03-06": "typhoon"}
    calendar = {**calendar, "holidays": {**calendar["holidays"], **off}}
    return replace(story, books=books_with(calendars=calendar))


def test_a_new_calendar_moves_no_promise_by_itself_but_somebody_may():
    before = dispatched().case.round.resolution
    story = typhoon(dispatched())
    assert story.case.round.resolution == before
    moved = story.when(Rederive("resolution", "the typhoon"), DISPATCHER).then(
        like(DeadlineRederived, clock="resolution", was=before.due, reason=Clear("p-li", "", "the typhoon"))
    )
    after = moved.case.round.resolution
    assert (after.start, after.due, after.calendar) == (before.start, before.due + 3 * DAY, "changed")
    assert moved.case.round.promise == before
    moved.when(Rederive("resolution", "again"), DISPATCHER).then_refused("rederive.unchanged")


def test_granted_days_stay_granted():
    story = handling()
    until = story.case.round.resolution.due + DAY
    story = story.do(RequestExtension(until, "x"), PROPERTY).do(DecideExtension("1-1", True), DISPATCHER)
    moved = typhoon(story).do(Rederive("resolution", "the typhoon"), DISPATCHER)
    assert moved.case.round.resolution.due == until + 3 * DAY


def test_each_running_clock_can_be_derived_again():
    far = typhoon(dispatched("noise", assisting=("heating-co",)))
    late = replace(far, now=far.now + 2 * DAY)
    late.when(Rederive("response", "x", "heating-co"), DISPATCHER).then_refused("rederive.unchanged")
    shorter = sample_content("deadlines-2026-1.toml")
    lines = [{**line, "amount": 3} for line in shorter["lines"]]
    books = books_with(deadlines={**shorter, "lines": lines})
    for story, clock, unit in (
        (received(), "dispatch", ""),
        (dispatched(), "response", "property-co"),
        (resolved(), "follow_up", ""),
    ):
        moved = replace(story, books=books).do(Rederive(clock, "x"), DISPATCHER)
        assert moved.case.round.deadline(clock, unit).version == "changed"


def test_deriving_again_is_refused():
    received().when(Rederive("response", "x"), DISPATCHER).then_refused("rederive.not-running")
    received().when(Rederive("heartbeat", "x"), DISPATCHER).then_refused("value.unknown")
    typhoon(dispatched()).when(Rederive("resolution", ""), DISPATCHER).then_refused("text.length")
    dispatched().when(Rederive("resolution", "x"), RESIDENT).then_refused("actor.role")
    received().when(Rederive("dispatch", "x"), DISPATCHER, T0 - HOUR).then_refused("moment.out-of-order")
    Story().when(Dispatch("property-co"), DISPATCHER).then_refused("complaint.state", state="unregistered")
