"""How a case begins, is classified, merged, split, supported, and ends without being handled."""

from datetime import UTC, datetime

import pytest

from domain.complaint import INITIAL, AwaitingDispatch, evolve
from domain.complaint.commands import (
    Adopt,
    Dispatch,
    Join,
    Merge,
    Part,
    Place,
    Reclassify,
    Reject,
    Reporter,
    Split,
    Support,
    SuspectRecurrence,
    UndoMerge,
    Withdraw,
)
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintJoined,
    ComplaintMerged,
    ComplaintParted,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintRejected,
    ComplaintSplit,
    ComplaintSupported,
    ComplaintWithdrawn,
    EvidenceAttached,
    MergeUndone,
    RecurrenceSuspected,
)
from domain.messages import ENGINE, Clear, Envelope
from domain.scene import Scene
from tests.domain.spec import (
    CASE,
    DAY,
    DISPATCHER,
    GRIDWORKER,
    HOUR,
    NEIGHBOUR,
    RESIDENT,
    STREET,
    T0,
    Story,
    closed,
    dispatched,
    handling,
    like,
    received,
    registration,
    resolved,
    satisfied,
)


def test_a_registration_starts_the_dispatch_clock():
    story = Story().when(registration(), DISPATCHER).then(ComplaintRegistered)
    fact = story.facts[0]
    assert fact.dispatch.start == T0
    assert fact.dispatch.due == datetime(2026, 3, 2, 7, tzinfo=UTC)  # 4 working hours: 3 before noon, 1 after
    assert (fact.dispatch.version, fact.dispatch.calendar) == ("2026-1", "cn-2026")
    assert fact.category_version == "2026-1"
    assert fact.record == "living"


def test_photographs_that_come_with_a_report_are_no_handling():
    story = Story().when(registration(photos=("ab" * 32,)), RESIDENT)
    state = INITIAL
    for fact in story.then(ComplaintRegistered, EvidenceAttached).facts:
        state = evolve(state, fact, Envelope(T0, RESIDENT))
    assert isinstance(state, AwaitingDispatch) and not state.case.round.handlers


def test_free_text_leaves_under_the_reporters_key_or_else_the_cases():
    fact = received().facts[0]
    assert fact.text == Clear("p-li", "", "the stairs are dark")
    assert fact.reporter_phone == Clear("p-li", "", "13800000000")
    nobody = received(reporter=None, reporter_id="").facts[0]
    assert nobody.text.subject == CASE
    assert nobody.reporter == ""


def test_a_location_is_sealed_as_latitude_and_longitude():
    fact = received(place=Place("demo/north/sl/grid-01", "楼 3", 35.5, 104.25)).facts[0]
    assert fact.location == Clear("p-li", "", "35.5,104.25")
    assert fact.address == Clear("p-li", "", "楼 3")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"category": "dragons"}, "category.unknown"),
        ({"place": Place("demo/south")}, "grid.unknown"),
        ({"channel": "pigeon"}, "value.unknown"),
        ({"origin": "magic"}, "value.unknown"),
        ({"urgency": "yesterday"}, "value.unknown"),
        ({"text": "  "}, "text.length"),
        ({"text": "x" * 4001}, "text.length"),
        ({"external_number": "9" * 201}, "text.length"),
        ({"reporter": Reporter("n" * 201, "")}, "text.length"),
        ({"reporter": Reporter("", "1" * 41)}, "text.length"),
        ({"place": Place("demo/north/sl/grid-01", "a" * 501)}, "text.length"),
        ({"place": Place("demo/north/sl/grid-01", "", 91.0, 0.0)}, "place.location"),
        ({"place": Place("demo/north/sl/grid-01", "", 35.0, None)}, "place.location"),
        ({"place": Place("demo/north/sl/grid-01", "", float("nan"), 0.0)}, "place.location"),
    ],
)
def test_a_registration_is_refused(changes, rule):
    Story().when(registration(**changes), DISPATCHER).then_refused(rule)


def test_a_case_is_registered_once():
    received().when(registration(), DISPATCHER).then_refused("complaint.state", state="received")


def test_reclassifying_keeps_both_classes_and_every_promise():
    story = (
        dispatched()
        .when(Reclassify("consultation", "only a question"), DISPATCHER)
        .then(
            ComplaintReclassified("consultation", "2026-1", "property", Clear("p-li", "", "only a question"))
        )
    )
    assert story.case.first_category == "property"
    assert story.case.category == "consultation"
    assert story.case.round.resolution == dispatched().case.round.resolution


def test_reclassifying_needs_another_known_category():
    received().when(Reclassify("property", "x"), DISPATCHER).then_refused("reclassify.same")
    received().when(Reclassify("dragons", "x"), DISPATCHER).then_refused("category.unknown")
    received().when(Reclassify("water", ""), DISPATCHER).then_refused("text.length")


def test_a_statement_cannot_be_older_than_the_case():
    received().when(Reclassify("water", "x"), DISPATCHER, T0 - HOUR).then_refused("moment.out-of-order")


# ------------------------------------------------------------------ merge, split, support


def test_a_merged_case_ends_and_its_reporters_join_the_other():
    merged = received().when(Merge("c-other", "the same lamp"), DISPATCHER).then(ComplaintMerged)
    assert (merged.name, merged.state.into) == ("merged", "c-other")
    other = received(reporter_id="p-zhao").when(Join("c-1", ("p-li",)), DISPATCHER).then(ComplaintJoined)
    assert other.case.reporters == ("p-zhao", "p-li")
    other.when(Join("c-1", ("p-li",)), DISPATCHER).then_nothing()


def test_merging_into_itself_is_refused():
    received().when(Merge(CASE, "x"), DISPATCHER).then_refused("merge.into-itself")
    received().when(Join(CASE, ()), DISPATCHER).then_refused("merge.into-itself")


def test_only_what_is_not_handled_yet_is_merged_or_split():
    handling().when(Merge("c-other", "x"), DISPATCHER).then_refused("complaint.state")
    handling().when(Split(("c-1",), "x"), DISPATCHER).then_refused("complaint.state")


@pytest.mark.parametrize("before", [received(), dispatched()])
def test_an_undone_merge_puts_the_case_back_with_its_clocks_having_run(before):
    merged = before.do(Merge("c-other", "the same lamp"), DISPATCHER).later(DAY)
    back = merged.when(UndoMerge("another lamp"), DISPATCHER).then(
        MergeUndone("c-other", Clear("p-li", "", "another lamp"))
    )
    assert type(back.state) is type(before.state)
    kept = back.case.round._replace(ended="", ended_at=None)
    assert kept == before.case.round
    assert back.case.milestone_at == merged.now


def test_the_other_side_of_an_undone_merge_gives_the_reporters_back():
    joined = received(reporter_id="p-zhao").do(Join("c-1", ("p-li",)), DISPATCHER)
    parted = joined.when(Part("c-1", ("p-li",)), DISPATCHER).then(ComplaintParted)
    assert parted.case.reporters == ("p-zhao",)
    parted.when(Part("c-1", ("p-li",)), DISPATCHER).then_refused("merge.not-joined")


def test_who_reported_himself_stays_when_a_merge_that_brought_him_too_is_undone():
    joined = (
        received().do(Join("c-1", ("p-li", "p-zhao")), DISPATCHER).do(Join("c-2", ("p-zhao",)), DISPATCHER)
    )
    assert joined.do(Part("c-1", ("p-li", "p-zhao")), DISPATCHER).case.reporters == ("p-li", "p-zhao")


def test_parting_the_last_one_who_had_not_answered_closes_the_case():
    story = resolved().do(Join("c-1", ("p-zhao",)), DISPATCHER)
    waiting = story.do(satisfied(story.now, reporter="p-li"), GRIDWORKER)
    assert waiting.name == "resolved"
    waiting.when(Part("c-1", ("p-zhao",)), DISPATCHER).then(ComplaintParted, ComplaintClosed("satisfied"))


def test_a_split_case_goes_on_and_names_its_parts():
    story = received().when(Split(("c-1", "c-2"), "two lamps"), DISPATCHER).then(ComplaintSplit)
    assert story.name == "received"
    received().when(Split((), "x"), DISPATCHER).then_refused("list.length")
    received().when(Split(("c-1", "c-1"), "x"), DISPATCHER).then_refused("split.parts")
    received().when(Split((CASE,), "x"), DISPATCHER).then_refused("split.parts")


def test_a_supporter_is_a_further_reporter():
    me_too = Support(Reporter("王", "139"), "ours too", "p-wang")
    story = resolved().when(me_too, DISPATCHER).then(like(ComplaintSupported, reporter="p-wang"))
    assert story.case.reporters == ("p-li", "p-wang")
    assert story.facts[-1].text == Clear("p-wang", "", "ours too")
    story.when(me_too, NEIGHBOUR).then_refused("support.already")


def test_a_supporter_without_a_contact_is_counted_and_not_asked():
    story = received().when(Support(Reporter()), DISPATCHER).then(like(ComplaintSupported, reporter=""))
    assert story.case.reporters == ("p-li",)


# ------------------------------------------------------------------ ends without handling


@pytest.mark.parametrize("story", [received(), dispatched(), handling()])
def test_a_case_can_be_rejected_for_a_reason_from_the_list(story):
    story.when(Reject("in_court"), DISPATCHER).then(ComplaintRejected("in_court", None))
    story.when(Reject("other", "a prank"), STREET).then(
        ComplaintRejected("other", Clear("p-li", "", "a prank"))
    )
    story.when(Reject("because"), DISPATCHER).then_refused("value.unknown")
    story.when(Reject("other"), DISPATCHER).then_refused("text.length")


def test_a_resolved_case_can_neither_be_rejected_nor_withdrawn():
    resolved().when(Reject("in_court"), DISPATCHER).then_refused("complaint.state")
    resolved().when(Withdraw(), RESIDENT).then_refused("complaint.state")


def test_the_reporter_withdraws_what_he_alone_reported():
    received().when(Withdraw("solved itself"), RESIDENT).then(
        ComplaintWithdrawn(Clear("p-li", "", "solved itself"))
    )
    received().when(Withdraw(), NEIGHBOUR).then_refused("actor.not-reporter")
    shared = received().do(Support(Reporter(), "", "p-wang"), DISPATCHER)
    shared.when(Withdraw(), RESIDENT).then_refused("withdraw.others-remain")


def test_who_registered_it_himself_is_its_reporter_under_any_id():
    story = Story().do(registration(reporter_id="p-by-phone"), RESIDENT)
    story.when(Withdraw(), RESIDENT).then(ComplaintWithdrawn)


def test_an_end_cannot_be_older_than_the_latest_milestone():
    dispatched().when(Reject("in_court"), DISPATCHER, T0).then_refused("moment.out-of-order")
    received().when(Withdraw(), RESIDENT, T0 - HOUR).then_refused("moment.out-of-order")
    received().when(Merge("c-2", "x"), DISPATCHER, T0 - HOUR).then_refused("moment.out-of-order")


# ------------------------------------------------------------------ recurrence and adoption


def test_a_recurrence_is_linked_within_thirty_days_of_the_closing_and_once():
    again = SuspectRecurrence("c-new", "place")
    story = closed().later(29 * DAY)
    linked = story.when(again, ENGINE).then(RecurrenceSuspected("c-new", "place"))
    linked.when(again, ENGINE).then_nothing()
    closed().later(31 * DAY).when(again, ENGINE).then_nothing()
    received().when(again, ENGINE).then_nothing()
    story.when(SuspectRecurrence(CASE, "place"), ENGINE).then_nothing()


def test_a_living_case_needs_no_adoption():
    received().when(Adopt(), ENGINE).then_nothing()


def test_deciding_needs_only_the_scene():
    scene = received().scene(DISPATCHER)
    assert isinstance(scene, Scene)
    received().when(Dispatch("nobody"), DISPATCHER).then_refused("unit.unknown", unit="nobody")
