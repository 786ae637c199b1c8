"""Progress, evidence, more time, and the report that it is done."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.complaint.commands import (
    AttachEvidence,
    DecideExtension,
    Dispatch,
    HistoricRound,
    NoteProgress,
    RecordHistory,
    ReportResolution,
    RequestExtension,
    Respond,
)
from domain.complaint.facts import (
    EvidenceAttached,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ProgressNoted,
    ResolutionReported,
)
from domain.messages import ENGINE, Clear, clear
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRIDWORKER,
    HEATING,
    HOUR,
    PHOTO,
    PROPERTY,
    STREET,
    T0,
    Story,
    dispatched,
    handling,
    like,
    received,
    resolved,
)

DUE = datetime(2026, 3, 9, 10, tzinfo=UTC)
"""Monday 18:00, the 5th working day of a general case registered at T0."""


def ask(days: int) -> RequestExtension:
    return RequestExtension(DUE + days * DAY, "the part is ordered")


def asked(days: int = 2) -> Story:
    return handling().do(ask(days), PROPERTY)


# ------------------------------------------------------------------ statements


def test_progress_is_noted_by_a_unit_of_the_dispatch():
    story = handling(assisting=("heating-co",))
    story.when(NoteProgress("ladder ordered", True), HEATING).then(
        ProgressNoted("heating-co", Clear("p-li", "", "ladder ordered"), True)
    )
    handling().when(NoteProgress("x"), HEATING).then_refused("actor.not-of-unit")
    handling().when(NoteProgress(""), PROPERTY).then_refused("text.length")
    dispatched().when(NoteProgress("x"), PROPERTY).then_refused("complaint.state")


def test_statements_are_no_milestones():
    story = handling()
    early = T0 + HOUR / 2
    assert early < story.case.milestone_at
    assert story.do(NoteProgress("x"), PROPERTY, early).case.milestone_at == story.case.milestone_at
    story.when(AttachEvidence((PHOTO,)), PROPERTY, early).then(EvidenceAttached)
    story.when(NoteProgress("x"), PROPERTY, T0 - HOUR).then_refused("moment.out-of-order")
    story.when(AttachEvidence((PHOTO,)), PROPERTY, T0 - HOUR).then_refused("moment.out-of-order")


def test_evidence_is_named_by_its_hash():
    handling().when(AttachEvidence((PHOTO,), T0), PROPERTY).then(EvidenceAttached((PHOTO,), T0))


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (AttachEvidence(("lamp.jpg",)), "evidence.id"),
        (AttachEvidence(("AB" * 32,)), "evidence.id"),
        (AttachEvidence(()), "list.length"),
        (AttachEvidence((PHOTO,) * 51), "list.length"),
        (AttachEvidence((PHOTO,), T0 + 9 * DAY), "moment.in-the-future"),
    ],
)
def test_evidence_is_refused(command, rule):
    handling().when(command, PROPERTY).then_refused(rule)


# ------------------------------------------------------------------ extensions


def test_the_lead_asks_and_the_dispatcher_grants():
    story = (
        handling()
        .when(ask(2), PROPERTY)
        .then(
            like(ExtensionRequested, extension="1-1", unit="property-co", until=DUE + 2 * DAY, working_days=2)
        )
    )
    granted = story.when(DecideExtension("1-1", True), DISPATCHER).then(
        like(ExtensionGranted, extension="1-1", working_days=2)
    )
    promise = granted.case.round.promise
    in_force = granted.case.round.resolution
    assert promise.due == DUE
    assert (in_force.due, in_force.start, in_force.line) == (DUE + 2 * DAY, promise.start, promise.line)
    assert promise.warn_at < in_force.warn_at < in_force.due


def test_less_may_be_granted_than_was_asked():
    story = asked(4).do(DecideExtension("1-1", True, DUE + DAY), DISPATCHER)
    assert story.case.round.resolution.due == DUE + DAY


def test_a_refused_extension_changes_no_deadline():
    story = (
        asked()
        .when(DecideExtension("1-1", False, None, "no need"), DISPATCHER)
        .then(ExtensionRefused("1-1", Clear("p-li", "", "no need")))
    )
    assert story.case.round.resolution.due == DUE
    story.when(ask(3), PROPERTY).then(like(ExtensionRequested, extension="1-2"))


def test_at_most_two_extensions():
    story = asked(1).do(DecideExtension("1-1", True), DISPATCHER)
    story = story.do(ask(2), PROPERTY).do(DecideExtension("1-2", True), STREET)
    story.when(ask(3), PROPERTY).then_refused("extension.too-many", granted=2)


def test_together_at_most_ten_working_days():
    handling().when(ask(14), PROPERTY).then(
        like(ExtensionRequested, working_days=10)
    )  # two weeks, 4 days off
    handling().when(ask(15), PROPERTY).then_refused("extension.too-long", asked=11, left=10)
    story = asked(8).do(DecideExtension("1-1", True), DISPATCHER)
    story.when(ask(15), PROPERTY).then_refused("extension.too-long", asked=5, left=4)
    asked(2).when(DecideExtension("1-1", True, DUE + 30 * DAY), DISPATCHER).then_refused("extension.too-long")


def test_an_extension_is_asked_by_the_deadline_in_force():
    story = handling()
    at_due = story.later(DUE - story.now)
    at_due.when(ask(2), PROPERTY).then(ExtensionRequested)
    at_due.later(HOUR).when(ask(2), PROPERTY).then_refused("extension.after-deadline", due=DUE)
    late = at_due.later(80 * HOUR)
    late.when(ask(9), PROPERTY, DUE).then_refused("extension.after-deadline")  # told after more than 72 hours


def test_an_undecided_extension_lapses_with_the_deadline():
    story = asked()
    lapsed = story.later(DUE - story.now + timedelta(minutes=1))
    lapsed.when(DecideExtension("1-1", True), DISPATCHER).then_refused("extension.lapsed", due=DUE)


def test_an_extension_is_refused():
    handling().when(RequestExtension(DUE, "x"), PROPERTY).then_refused("extension.not-later")
    handling().when(RequestExtension(DUE + DAY, ""), PROPERTY).then_refused("text.length")
    handling(assisting=("heating-co",)).when(ask(1), HEATING).then_refused("actor.not-the-lead")
    asked().when(ask(3), PROPERTY).then_refused("extension.pending", extension="1-1")
    handling().when(DecideExtension("1-1", True), DISPATCHER).then_refused("extension.none-pending")
    asked().when(DecideExtension("1-7", True), DISPATCHER).then_refused("extension.unknown")
    asked().when(DecideExtension("1-1", True, DUE), DISPATCHER).then_refused("extension.not-later")
    asked().when(DecideExtension("1-1", True), PROPERTY).then_refused("actor.role")


def test_nobody_decides_his_own_request():
    story = received().do(Dispatch("street-office", (), "task_force"), DISPATCHER).do(Respond(), STREET)
    story = story.do(ask(1), STREET)
    story.when(DecideExtension("1-1", True), STREET).then_refused("extension.own-request")
    story.when(DecideExtension("1-1", True), DISPATCHER).then(ExtensionGranted)


def test_without_a_promise_there_is_nothing_to_extend():
    line = HistoricRound(1, T0, "property-co", dispatched_at=T0, responded_at=T0)
    told = RecordHistory("s", "1", "property", "hotline", "reactive", "g", clear("c", "x"), line, True)
    Story().do(told, ENGINE).when(ask(1), PROPERTY).then_refused("extension.no-deadline")


# ------------------------------------------------------------------ done


def test_the_leads_report_opens_24_hours_by_the_wall_clock():
    story = handling()
    friday = story.later(datetime(2026, 3, 6, 9, tzinfo=UTC) - story.now)
    done = friday.when(ReportResolution("solved", "lamp changed", (PHOTO,)), PROPERTY).then(
        like(ResolutionReported, unit="property-co", result="solved", evidence=(PHOTO,))
    )
    assert done.facts[-1].follow_up.due == friday.now + DAY  # a Saturday
    assert done.name == "resolved"


@pytest.mark.parametrize("result", ["solved", "partly", "explained", "referred"])
def test_each_result_is_followed_up(result):
    assert handling().do(ReportResolution(result, "as told"), PROPERTY).name == "resolved"


def test_a_report_is_refused():
    handling().when(ReportResolution("done", "x"), PROPERTY).then_refused("value.unknown")
    handling().when(ReportResolution("solved", ""), PROPERTY).then_refused("text.length")
    handling().when(ReportResolution("solved", "x", ("1",)), PROPERTY).then_refused("evidence.id")
    handling(assisting=("heating-co",)).when(ReportResolution("solved", "x"), HEATING).then_refused(
        "actor.not-the-lead", lead="property-co"
    )
    handling().when(ReportResolution("solved", "x"), GRIDWORKER).then_refused("actor.not-of-unit")
    handling().when(ReportResolution("solved", "x"), PROPERTY, T0).then_refused("moment.out-of-order")
    dispatched().when(ReportResolution("solved", "x"), PROPERTY).then_refused("complaint.state")
    resolved().when(ReportResolution("solved", "x"), PROPERTY).then_refused("complaint.state")


def test_a_report_told_after_72_hours_is_judged_by_when_it_was_told():
    story = handling().later(4 * DAY)
    story.when(ReportResolution("solved", "x"), PROPERTY, T0 + 5 * HOUR).then(
        like(ResolutionReported, judged_at=story.now)
    )
