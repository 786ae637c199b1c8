"""Tickets kept elsewhere, line by line."""

from dataclasses import replace

import pytest

from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintDispatched,
    ComplaintMerged,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintRejected,
    ComplaintReopened,
    ComplaintWithdrawn,
    ExtensionGranted,
    FollowUpRecorded,
    HistoricallyClosed,
    ResolutionReported,
    UnitResponded,
)
from domain.messages import ENGINE, Dated
from domain.rule_books import Books
from tests.domain.spec import (
    DAY,
    HOUR,
    T0,
    Story,
)
from tests.domain.tickets import DUE, FULL, YEAR_LATER, imported, line, told

# ------------------------------------------------------------------ what a line becomes


def test_a_whole_ticket_becomes_the_facts_it_would_have_been():
    story = Story(now=YEAR_LATER).when(told(FULL), ENGINE)
    assert [type(each.fact) for each in story.facts] == [
        ComplaintRegistered,
        ComplaintDispatched,
        UnitResponded,
        ResolutionReported,
        FollowUpRecorded,
        ComplaintClosed,
    ]
    assert all(isinstance(each, Dated) for each in story.facts)
    days = [(each.occurred_at - T0) / HOUR for each in story.facts]
    assert days == [0, 1, 2, 120, 144, 144]
    assert imported(FULL).name == "closed"


def test_promises_are_the_sources_own():
    dispatched = imported(FULL).facts[1]
    assert dispatched.resolution.due == DUE
    assert dispatched.resolution.start == T0
    assert (dispatched.resolution.book, dispatched.resolution.version) == ("import", "city")
    assert dispatched.tasks[0].response.due == T0 + DAY
    assert dispatched.judged_at == T0 + HOUR


def test_a_ticket_needs_no_rule_book():
    story = Story(now=YEAR_LATER, books=Books())
    extended = replace(FULL, resolve_by=DUE + 2 * DAY, extended_at=T0 + DAY)
    assert story.do(told(extended), ENGINE).name == "closed"
    assert story.do(told(FULL), ENGINE).facts[0].category_version == ""


def test_a_dispatch_whose_moment_nobody_wrote_down_is_judged_by_nothing():
    story = imported(line(first_resolve_by=DUE, resolve_by=DUE))
    assert story.name == "dispatched"
    assert story.facts[1].judged_at is None
    assert story.case.round.dispatched_at is None
    assert imported(line(lead="")).name == "received"


def test_where_nothing_is_known_of_follow_ups_a_resolution_closes_historically():
    done = line(resolved_at=T0 + DAY)
    story = imported(done, follow_up_known=False, mended=("mended.closed_before_opened",))
    assert story.facts[-1] == HistoricallyClosed("mended.closed_before_opened")
    assert story.facts[-2].follow_up is None
    assert story.name == "closed"
    assert imported(done).name == "resolved"
    assert imported(done).facts[-1].follow_up.due == T0 + 2 * DAY


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "closed"),
        ({"satisfaction": "basically_satisfied", "solved": "partly"}, "closed"),
        ({"satisfaction": "satisfied", "solved": ""}, "closed"),
        ({"satisfaction": "", "solved": "yes"}, "closed"),
        ({"satisfaction": "no_answer", "solved": ""}, "resolved"),
        ({"satisfaction": "dissatisfied", "solved": "yes"}, "resolved"),
        ({"satisfaction": "satisfied", "solved": "no"}, "resolved"),
    ],
)
def test_a_good_answer_closes_and_no_policy_reopens(changes, name):
    assert imported(replace(FULL, **changes)).name == name


@pytest.mark.parametrize(
    ("ended", "fact", "name"),
    [
        ("rejected", ComplaintRejected, "rejected"),
        ("withdrawn", ComplaintWithdrawn, "withdrawn"),
        ("merged", ComplaintMerged, "merged"),
    ],
)
def test_a_ticket_may_have_ended_otherwise(ended, fact, name):
    story = imported(line(ended=ended, ended_at=T0 + DAY))
    assert type(story.facts[-1]) is fact
    assert story.name == name


def test_an_extension_is_a_first_and_a_later_date():
    extended = replace(FULL, resolve_by=DUE + 2 * DAY, extended_at=T0 + 3 * DAY)
    story = imported(extended)
    granted = next(fact for fact in story.facts if type(fact) is ExtensionGranted)
    assert (granted.extension, granted.resolution.due, granted.working_days) == ("1-1", DUE + 2 * DAY, 2)
    this = story.case.round
    assert (this.promise.due, this.resolution.due) == (DUE, DUE + 2 * DAY)
    assert this.granted[0].at == T0 + 3 * DAY
    unknown = imported(replace(extended, extended_at=None))
    assert unknown.case.round.granted[0].at == T0 + 5 * DAY  # not later than the resolution


def test_assisting_units_are_dispatched_too():
    story = imported(line(assisting=("heating-co", "property-co")))
    assert [task.unit for task in story.case.round.tasks] == ["property-co", "heating-co"]


# ------------------------------------------------------------------ rounds


def test_the_next_line_reopens():
    second = replace(FULL, round=2, registered_at=T0 + 8 * DAY, dispatched_at=T0 + 8 * DAY, responded_at=None,
                     respond_by=None, first_resolve_by=T0 + 12 * DAY, resolve_by=T0 + 12 * DAY,
                     resolved_at=T0 + 9 * DAY, followed_up_at=T0 + 9 * DAY)  # fmt: skip
    bad = replace(FULL, satisfaction="dissatisfied", solved="no")
    story = imported(bad, second)
    reopened = next(fact for fact in story.facts if type(fact) is ComplaintReopened)
    assert (reopened.round, reopened.reason, reopened.dispatch) == (2, "import", None)
    assert story.name == "closed"
    assert story.case.round.promise.due == T0 + 12 * DAY
    story.when(told(second), ENGINE).then_nothing()
    story.when(told(bad), ENGINE).then_nothing()
    changed = story.when(told(replace(bad, result="partly")), ENGINE).then_refused("history.contradicts")
    assert changed.facts["recorded"] == "solved"


def test_a_round_is_told_in_its_turn():
    Story(now=YEAR_LATER).when(told(line(2)), ENGINE).then_refused("history.round-missing", round=1)
    imported(FULL).when(told(line(3)), ENGINE).then_refused("history.round-missing", round=2)
    early = line(2, registered_at=T0 + DAY)
    imported(FULL).when(told(early), ENGINE).then_refused("moment.out-of-order")
    rejected = imported(line(ended="rejected", ended_at=T0 + DAY))
    after = line(2, registered_at=T0 + 9 * DAY)
    rejected.when(told(after), ENGINE).then_refused("history.contradicts", field="ended")


def test_a_later_round_may_be_of_another_class():
    story = imported(FULL).do(told(line(2, registered_at=T0 + 9 * DAY), category="water"), ENGINE)
    assert type(story.facts[-2]) is ComplaintReclassified
    assert (story.case.first_category, story.case.category) == ("property", "water")


def test_nothing_is_added_to_a_round_that_is_over():
    first = replace(FULL, responded_at=None)
    story = imported(first, line(2, registered_at=T0 + 9 * DAY))
    story.when(told(FULL), ENGINE).then_refused("history.round-over", round=1)
