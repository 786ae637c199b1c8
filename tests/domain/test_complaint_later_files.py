"""A later file of the same tickets, and what living adds to them."""

from dataclasses import replace
from typing import Any

import pytest

from domain.complaint.commands import (
    Adopt,
    Dispatch,
    NoticeOverdue,
    NoticeWarning,
    Reopen,
    ReportResolution,
    Respond,
    SpotCheck,
    SuspectRecurrence,
    Urge,
)
from domain.complaint.facts import (
    ComplaintAdopted,
    ComplaintClosed,
    ComplaintReopened,
    ComplaintUrged,
    ExtensionGranted,
    FollowUpRecorded,
    ResolutionReported,
    SpotCheckRecorded,
    SupervisionRaised,
    UnitResponded,
)
from domain.messages import ENGINE, Actor
from tests.domain.spec import (
    ADMIN,
    DAY,
    DISPATCHER,
    HOUR,
    PANEL,
    PROPERTY,
    STREET,
    T0,
    Story,
    like,
    received,
    satisfied,
)
from tests.domain.tickets import DUE, FULL, OPEN, YEAR_LATER, imported, line, told

# ------------------------------------------------------------------ a later file


def test_the_same_line_again_records_nothing():
    imported(FULL).when(told(FULL), ENGINE).then_nothing()
    done = line(resolved_at=T0 + DAY)
    imported(done, follow_up_known=False).when(told(done, follow_up_known=False), ENGINE).then_nothing()


def test_a_shorter_line_records_nothing():
    imported(FULL).when(told(line()), ENGINE).then_nothing()


def test_a_later_file_appends_what_is_not_yet_known():
    story = imported(line(dispatched_at=T0 + HOUR, resolve_by=DUE, first_resolve_by=DUE))
    assert story.name == "dispatched"
    grown = story.do(told(FULL), ENGINE)
    assert grown.name == "closed"
    assert grown.case.round.task("property-co").response.due == T0 + DAY
    grown.when(told(FULL), ENGINE).then_nothing()


@pytest.mark.parametrize("missing", ["dispatched_at", "respond_by", "responded_at", "resolve_by"])
def test_what_is_told_late_is_added_and_does_not_move_the_case_back(missing):
    gap: dict[str, Any] = {missing: None}
    if missing == "resolve_by":
        gap["first_resolve_by"] = None
    story = imported(replace(FULL, **gap))
    grown = story.do(told(FULL), ENGINE)
    assert len(grown.facts) == len(story.facts) + 1
    assert grown.name == "closed"
    grown.when(told(FULL), ENGINE).then_nothing()


def test_who_leads_may_be_told_after_the_promise():
    promised = line(lead="", first_resolve_by=DUE, resolve_by=DUE)
    story = imported(promised)
    assert (story.name, story.case.round.lead) == ("dispatched", "")
    grown = story.do(told(FULL), ENGINE)
    assert (grown.name, grown.case.round.lead) == ("closed", "property-co")
    assert grown.case.round.promise == story.case.round.promise
    grown.when(told(FULL), ENGINE).then_nothing()
    grown.when(told(promised), ENGINE).then_nothing()


def test_an_extension_told_by_a_later_file_is_appended():
    story = imported(line(first_resolve_by=DUE, resolve_by=DUE))
    extended = line(first_resolve_by=DUE, resolve_by=DUE + 3 * DAY, extended_at=T0 + 2 * DAY)
    story.when(told(extended), ENGINE).then(ExtensionGranted)
    moved = line(resolve_by=DUE + 3 * DAY)
    story.when(told(moved), ENGINE).then_refused("history.contradicts", field="resolve_by", recorded=DUE)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"registered_at": T0 - DAY}, "registered_at"),
        ({"lead": "heating-co"}, "lead"),
        ({"dispatched_at": T0}, "dispatched_at"),
        ({"respond_by": T0 + 2 * DAY}, "respond_by"),
        ({"responded_at": T0 + 3 * HOUR}, "responded_at"),
        ({"first_resolve_by": DUE + DAY, "resolve_by": None}, "first_resolve_by"),
        ({"resolve_by": DUE - DAY}, "resolve_by"),
        ({"resolved_at": T0 + 4 * DAY}, "resolved_at"),
        ({"result": "partly"}, "result"),
        ({"followed_up_at": T0 + 7 * DAY}, "followed_up_at"),
        ({"satisfaction": "dissatisfied"}, "satisfaction"),
        ({"solved": "partly"}, "solved"),
    ],
)
def test_a_line_that_contradicts_a_recorded_fact_is_refused_with_both_values(changes, field):
    no = (
        imported(FULL)
        .when(told(replace(FULL, **changes)), ENGINE)
        .then_refused("history.contradicts", field=field)
    )
    assert no.facts["told"] == changes[field]
    assert no.facts["recorded"] != no.facts["told"]


@pytest.mark.parametrize("field", ["channel", "origin", "grid", "category"])
def test_a_line_that_contradicts_the_registration_is_refused(field):
    imported(FULL).when(told(FULL, **{field: "other"}), ENGINE).then_refused(
        "history.contradicts", field=field
    )


def test_another_ending_is_a_contradiction():
    story = imported(line(ended="rejected", ended_at=T0 + DAY))
    story.when(told(line(ended="withdrawn", ended_at=T0 + DAY)), ENGINE).then_refused(
        "history.contradicts", field="ended"
    )
    story.when(told(line(ended="rejected", ended_at=T0 + 2 * DAY)), ENGINE).then_refused(
        "history.contradicts", field="ended_at"
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"dispatched_at": T0 - HOUR}, "moment.out-of-order"),
        ({"responded_at": T0}, "moment.out-of-order"),
        ({"resolved_at": T0 + HOUR}, "moment.out-of-order"),
        ({"followed_up_at": T0 + DAY}, "moment.out-of-order"),
        ({"ended": "rejected", "ended_at": T0}, "moment.out-of-order"),
        ({"followed_up_at": YEAR_LATER + DAY}, "moment.in-the-future"),
        ({"ended": "forgotten", "ended_at": T0 + 9 * DAY}, "value.unknown"),
        ({"ended": "rejected"}, "history.incomplete"),
        ({"resolved_at": None}, "history.incomplete"),
        ({"lead": ""}, "history.incomplete"),
    ],
)
def test_a_line_no_log_could_hold_is_refused(changes, rule):
    Story(now=YEAR_LATER).when(told(replace(FULL, **changes)), ENGINE).then_refused(rule)


def test_only_the_importer_tells_history():
    Story(now=YEAR_LATER).when(told(FULL), DISPATCHER).then_refused("actor.role")
    assert Story(now=YEAR_LATER).do(told(FULL), ADMIN).name == "closed"


# ------------------------------------------------------------------ imported and living


def test_the_watch_ignores_an_imported_case_until_somebody_adopts_it():
    story = imported(OPEN)
    breach = NoticeOverdue("response", T0 + DAY, "property-co")
    story.when(breach, ENGINE).then_nothing()
    story.when(NoticeWarning("resolution", DUE), ENGINE).then_nothing()
    adopted = story.when(Adopt(), ADMIN).then(ComplaintAdopted("import --adopt-open"))
    assert adopted.case.living
    assert len(adopted.when(breach, ENGINE).facts) == 2
    assert type(adopted.when(breach, ENGINE).facts[1]) is SupervisionRaised
    adopted.when(Adopt(), ADMIN).then_nothing()
    imported(FULL).when(Adopt(), ADMIN).then_nothing()


def test_recurrences_of_imported_cases_are_not_suspected():
    story = replace(imported(FULL), now=T0 + 7 * DAY)
    story.when(SuspectRecurrence("c-new", "place"), ENGINE).then_nothing()


def test_a_persons_first_deed_adopts_in_the_same_decision():
    imported(OPEN).when(Urge(), PANEL).then(ComplaintAdopted("urge"), ComplaintUrged)
    story = imported(OPEN).when(Respond(), PROPERTY).then(ComplaintAdopted("respond"), UnitResponded)
    story.when(ReportResolution("solved", "x"), PROPERTY).then(ResolutionReported)


GRID_MEMBER = Actor("east", "gridworker", "city/east")


def test_an_adopted_case_goes_on_like_any_other():
    story = imported(OPEN).do(Respond(), PROPERTY).do(ReportResolution("solved", "x"), PROPERTY)
    story.when(satisfied(story.now), GRID_MEMBER).then(
        like(FollowUpRecorded, satisfaction="satisfied", reporter=""), ComplaintClosed("satisfied")
    )
    story.when(satisfied(story.now, satisfaction=""), GRID_MEMBER).then(
        like(FollowUpRecorded, satisfaction=""), ComplaintClosed("verified")
    )
    silent = satisfied(story.now, satisfaction="no_answer", solved="")
    assert story.when(silent, GRID_MEMBER).then(FollowUpRecorded).name == "resolved"


def test_a_closed_import_can_be_checked_and_reopened():
    story = imported(FULL)
    story.when(SpotCheck("contradicted", "dark"), STREET).then(
        ComplaintAdopted, SpotCheckRecorded, like(ComplaintReopened, round=2)
    )
    story.when(Reopen("recurrence"), DISPATCHER).then_refused("reopen.too-late")


def test_history_told_after_adoption_is_compared_with_what_was_lived():
    story = imported(OPEN).do(Respond(), PROPERTY)
    story.when(told(OPEN), ENGINE).then_nothing()
    story.when(told(replace(OPEN, responded_at=T0 + 2 * HOUR)), ENGINE).then_refused(
        "history.contradicts", field="responded_at"
    )


def test_a_living_case_is_not_an_imported_one():
    assert received().case.living
    assert not imported(OPEN).case.living
    assert imported(line(lead="")).do(Dispatch("property-co"), DISPATCHER).case.living
