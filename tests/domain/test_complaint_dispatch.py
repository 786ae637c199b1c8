"""Dispatch, decline, report-in, joint session, handling track."""

from datetime import UTC, datetime

import pytest

from domain.complaint.commands import (
    ChangeTrack,
    Decline,
    Dispatch,
    DutyAsked,
    HistoricRound,
    HoldSession,
    NoteProgress,
    RecordHistory,
    Respond,
)
from domain.complaint.facts import (
    ComplaintDispatched,
    DispatchDeclined,
    JointSessionHeld,
    TrackChanged,
    UnitResponded,
)
from domain.messages import ENGINE, Clear, clear
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    GRID,
    GRIDWORKER,
    GRIDWORKER2,
    HEATING,
    HOUR,
    PROPERTY,
    RESIDENT,
    STREET,
    T0,
    Story,
    again_resolved,
    dispatched,
    dissatisfied,
    handling,
    like,
    received,
    resolved,
)


def session(lead: str = "", *units: str) -> HoldSession:
    duties = tuple(DutyAsked(unit, "do your part", T0 + DAY) for unit in units)
    return HoldSession(("office-a", "office-b"), "we do it together", "office-a", duties, lead)


def declined_twice() -> Story:
    story = dispatched().do(Decline("not ours"), PROPERTY)
    return story.do(Dispatch("heating-co"), DISPATCHER).do(Decline("not ours either"), HEATING)


# ------------------------------------------------------------------ dispatch


def test_a_dispatch_promises_each_unit_its_response_and_the_reporter_a_resolution():
    story = received().when(Dispatch("property-co", ("heating-co",)), DISPATCHER).then(ComplaintDispatched)
    fact = story.facts[-1]
    lead, assisting = fact.tasks
    assert (lead.unit, lead.lead, assisting.unit, assisting.lead) == (
        "property-co",
        True,
        "heating-co",
        False,
    )
    assert lead.response.line == "response"
    assert assisting.response.line == "response-assisting"
    assert lead.response.due == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert fact.resolution.start == T0  # the round's start: waiting for the dispatch uses it up
    assert fact.resolution.due == datetime(
        2026, 3, 9, 10, tzinfo=UTC
    )  # 5 working days, the start day not counted
    assert story.name == "dispatched"


def test_a_dispatch_that_names_no_track_takes_the_categorys():
    received("dispute").when(Dispatch("property-co"), DISPATCHER).then(
        like(ComplaintDispatched, track="mediation")
    )
    received("dispute").when(Dispatch("property-co", (), "whistle"), DISPATCHER).then(
        like(ComplaintDispatched, track="whistle")
    )


def test_a_track_changed_before_the_dispatch_is_kept():
    story = received().do(ChangeTrack("hearing", "many are concerned"), DISPATCHER)
    story.when(Dispatch("property-co"), DISPATCHER).then(like(ComplaintDispatched, track="hearing"))


def test_a_grids_team_can_lead():
    story = received("noise").do(Dispatch(GRID), DISPATCHER)
    assert story.do(Respond(), GRIDWORKER).name == "handling"


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (Dispatch("nobody"), "unit.unknown"),
        (Dispatch("property-co", ("nobody",)), "unit.unknown"),
        (Dispatch("property-co", ("property-co",)), "dispatch.unit-twice"),
        (Dispatch("property-co", ("heating-co", "heating-co")), "dispatch.unit-twice"),
        (Dispatch("property-co", ("heating-co",) * 51), "list.length"),
        (Dispatch("property-co", (), "teleport"), "track.unknown"),
    ],
)
def test_a_dispatch_is_refused(command, rule):
    received().when(command, DISPATCHER).then_refused(rule)


def test_a_dispatch_cannot_precede_the_registration():
    received().when(Dispatch("property-co"), DISPATCHER, T0 - HOUR).then_refused("moment.out-of-order")


def test_a_dispatch_told_within_72_hours_is_judged_by_when_it_happened():
    story = received().later(3 * DAY)
    at = story.now - 71 * HOUR
    story.when(Dispatch("property-co"), DISPATCHER, at).then(like(ComplaintDispatched, judged_at=at))
    late = story.now - 73 * HOUR
    story.when(Dispatch("property-co"), DISPATCHER, late).then(like(ComplaintDispatched, judged_at=story.now))


def test_a_redispatch_keeps_the_rounds_first_promise():
    first = dispatched()
    again = first.do(Decline("not ours"), PROPERTY).later(DAY)
    again.when(Dispatch("heating-co"), DISPATCHER).then(
        like(ComplaintDispatched, resolution=first.facts[-1].resolution)
    )


# ------------------------------------------------------------------ decline


def test_a_leads_decline_sends_the_case_back():
    story = (
        dispatched()
        .when(Decline("not ours"), PROPERTY)
        .then(
            like(
                DispatchDeclined, unit="property-co", lead=True, count=1, reason=Clear("p-li", "", "not ours")
            )
        )
    )
    assert story.name == "received"
    assert story.case.round.resolution is not None  # the reporter's clock never stops


def test_an_assisting_unit_just_leaves():
    story = (
        dispatched(assisting=("heating-co",))
        .when(Decline("not ours"), HEATING)
        .then(like(DispatchDeclined, unit="heating-co", lead=False, count=0))
    )
    assert story.name == "dispatched"
    assert [task.unit for task in story.case.round.tasks] == ["property-co"]
    late = handling(assisting=("heating-co",))
    assert late.do(Decline("not ours"), HEATING).name == "handling"


def test_a_decline_comes_in_time():
    in_time = dispatched()
    due = in_time.case.round.tasks[0].decline.due
    on_time = in_time.later(due - in_time.now)
    on_time.when(Decline("not ours"), PROPERTY).then(DispatchDeclined)
    on_time.later(HOUR / 60).when(Decline("not ours"), PROPERTY).then_refused("decline.too-late", due=due)


def test_a_decline_is_refused():
    handling().when(Decline("not ours"), PROPERTY).then_refused("decline.after-response")
    dispatched().when(Decline(""), PROPERTY).then_refused("text.length")
    dispatched().when(Decline("x"), HEATING).then_refused("actor.not-of-unit")
    dispatched().when(Decline("x", "heating-co"), PROPERTY).then_refused("actor.not-of-unit")
    dispatched().when(Decline("x"), PROPERTY, T0).then_refused("moment.out-of-order")
    dispatched(assisting=("heating-co",)).when(Decline("x"), HEATING, T0).then_refused("moment.out-of-order")


def test_after_two_declines_only_a_joint_session_dispatches():
    story = declined_twice()
    no = story.when(Dispatch("property-co"), DISPATCHER).then_refused(
        "dispatch.joint-session-required", declines=2
    )
    assert "joint session" in no.help
    bound = story.when(session("property-co"), STREET).then(
        like(JointSessionHeld, lead="property-co"),
        like(ComplaintDispatched, lead="property-co", by_session=True, track="joint_session"),
    )
    bound.when(Decline("never"), PROPERTY).then_refused("dispatch.bound")


def test_an_imported_dispatch_without_a_decline_limit_is_declined_within_ours():
    line = HistoricRound(1, T0, "property-co", dispatched_at=T0)
    told = RecordHistory("s", "1", "property", "hotline", "reactive", GRID, clear("c", "x"), line, True)
    story = Story(now=T0 + HOUR).do(told, ENGINE)
    assert story.do(Decline("not ours"), PROPERTY).name == "received"
    story.later(2 * DAY).when(Decline("not ours"), PROPERTY).then_refused("decline.too-late")


# ------------------------------------------------------------------ respond


def test_the_leads_response_opens_handling_and_each_unit_has_its_own():
    story = dispatched(assisting=("heating-co",))
    first = story.when(Respond(), HEATING).then(like(UnitResponded, unit="heating-co", lead=False))
    assert first.name == "dispatched"
    second = first.when(Respond(note="on the way"), PROPERTY).then(
        like(UnitResponded, unit="property-co", lead=True, note=Clear("p-li", "", "on the way"))
    )
    assert second.name == "handling"
    assert handling(assisting=("heating-co",)).do(Respond(), HEATING).name == "handling"


def test_a_response_is_refused():
    dispatched().when(Respond(), HEATING).then_refused("actor.not-of-unit")
    dispatched().when(Respond("property-co"), HEATING).then_refused("actor.not-of-unit")
    dispatched().when(Respond("heating-co"), PROPERTY).then_refused("actor.not-of-unit")
    handling().when(Respond(), PROPERTY).then_refused("respond.already")
    dispatched().when(Respond(), PROPERTY, T0).then_refused("moment.out-of-order")
    received().when(Respond(), PROPERTY).then_refused("complaint.state")


def test_a_late_entry_is_judged_by_when_it_was_recorded():
    story = dispatched().later(5 * DAY)
    story.when(Respond(), PROPERTY, T0 + 2 * HOUR).then(like(UnitResponded, judged_at=story.now))


def test_a_member_of_another_grid_does_not_act_for_the_team():
    story = received("noise").do(Dispatch("demo/north/sl/grid-02"), DISPATCHER)
    story.when(Respond(), GRIDWORKER).then_refused("actor.not-of-unit")


def test_the_street_acts_for_the_lead_of_a_task_force():
    story = received().do(Dispatch("street-office", (), "task_force"), DISPATCHER)
    assert story.do(Respond(), STREET).name == "handling"
    other = received().do(Dispatch("street-office", (), "whistle"), DISPATCHER)
    other.when(Respond(), STREET).then_refused("actor.not-of-unit")


def test_several_of_a_team_may_act():
    story = received("noise").do(Dispatch(GRID), DISPATCHER).do(Respond(), GRIDWORKER)
    assert story.do(NoteProgress("talked to both"), GRIDWORKER2).case.round.handlers == {
        "gridworker",
        "gridworker2",
    }


# ------------------------------------------------------------------ joint session and track


@pytest.mark.parametrize("story", [received(), dispatched(), handling(), resolved()])
def test_a_session_is_held_in_any_open_state(story):
    assert story.when(session(), DISPATCHER).then(JointSessionHeld).name == story.name


def test_units_with_duties_assist_the_lead_a_session_names():
    story = (
        handling()
        .when(session("heating-co", "property-co", "heating-co"), STREET)
        .then(JointSessionHeld, like(ComplaintDispatched, lead="heating-co", by_session=True))
    )
    assert [task.unit for task in story.case.round.tasks] == ["heating-co", "property-co"]
    held = story.facts[-2]
    assert held.duties[0].task == Clear("p-li", "", "do your part")
    assert (held.chair, held.attendees[1]) == (Clear("p-li", "", "office-a"), Clear("p-li", "", "office-b"))
    assert story.name == "dispatched"
    assert story.case.round.responded == ()


def test_a_session_is_refused():
    received().when(session("nobody"), STREET).then_refused("unit.unknown")
    received().when(session("", "nobody"), STREET).then_refused("unit.unknown")
    received().when(HoldSession((), "x", "y"), STREET).then_refused("list.length")
    received().when(HoldSession(("a",), "", "y"), STREET).then_refused("text.length")
    received().when(HoldSession(("a",), "x", ""), STREET).then_refused("text.length")
    resolved().when(session("property-co"), STREET).then_refused("session.already-resolved")


def test_the_track_changes_with_reason_and_author():
    story = (
        handling()
        .when(ChangeTrack("mediation", "they quarrel"), DISPATCHER)
        .then(TrackChanged("mediation", "whistle", Clear("p-li", "", "they quarrel")))
    )
    story.when(ChangeTrack("mediation", "x"), DISPATCHER).then_refused("track.same")
    story.when(ChangeTrack("teleport", "x"), DISPATCHER).then_refused("track.unknown")
    story.when(ChangeTrack("whistle", ""), DISPATCHER).then_refused("text.length")


def test_from_the_third_round_on_the_task_force_leads():
    story = resolved()
    story = story.do(dissatisfied(story.now), GRIDWORKER)
    story = again_resolved(story)
    third = story.do(dissatisfied(story.now), GRIDWORKER)
    assert third.case.round.number == 3
    third.when(Dispatch("property-co"), DISPATCHER).then(like(ComplaintDispatched, track="task_force"))
    third.when(Dispatch("property-co", (), "whistle"), DISPATCHER).then_refused("track.escalated")
    third.when(ChangeTrack("whistle", "easy now"), DISPATCHER).then_refused("track.escalated")
    third.when(ChangeTrack("whistle", "easy now"), STREET).then(TrackChanged)
    third.when(session("property-co"), STREET).then(
        JointSessionHeld, like(ComplaintDispatched, track="task_force")
    )


def test_a_resident_does_not_dispatch():
    received().when(Dispatch("property-co"), RESIDENT).then_refused("actor.role", role="resident")
