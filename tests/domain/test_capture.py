"""What was noted without signal: recorded once, or kept until somebody settles it; and what may not be."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import capture
from domain.capture import KeepCapture, RecordCapture, SettleCapture
from domain.capture.facts import CaptureKept, CaptureRecorded, CaptureSettled
from domain.messages import Actor, Clear, Envelope
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene
from tests.domain.spec import organisation

ID = "0b7cbb62-4f1f-4c53-9d1c-2f6d4f0a9a11"
STREAM = capture.stream_of(ID)
NOTED = datetime(2026, 11, 18, 11, 40, tzinfo=UTC)
NOW = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
GRID = "demo/north/sl/grid-01"
MEMBER = Actor("zhang", "gridworker", GRID)
SIBLING = Actor("wang", "gridworker", "demo/north/sl/grid-02")
COLLEAGUE = Actor("li", "gridworker", GRID)
DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
UNIT = Actor("property", "unit", "property-co")

RECORD = RecordCapture("follow-up", "c-1", GRID, NOTED, 12, NOTED)
KEEP = KeepCapture("follow-up", "c-1", GRID, NOTED, "complaint.state", '{"solved":"yes"}', "p-1", 12, NOTED)
DROP = SettleCapture("dropped", "居民已另行回访")


class Told:
    """One capture, told by the real decider."""

    def __init__(self) -> None:
        self.state: capture.State = capture.INITIAL

    def do(self, command: Any, actor: Actor = MEMBER) -> tuple[capture.Fact, ...]:
        scene = Scene(NOW, NOW, actor, STREAM, Books(), organisation())
        facts = capture.decide(command, self.state, scene)
        for fact in facts:
            self.state = capture.evolve(self.state, fact, Envelope(NOW, actor))
        return facts

    def refused(self, command: Any, actor: Actor = MEMBER) -> str:
        before = self.state
        with pytest.raises(Refused) as no:
            self.do(command, actor)
        assert self.state is before
        return no.value.rule


def test_what_was_recorded_keeps_the_devices_clock_beside_it():
    (fact,) = Told().do(RECORD)
    assert fact == CaptureRecorded("follow-up", "c-1", GRID, NOTED, 12, NOTED)


def test_what_was_refused_is_kept_sealed_under_whom_it_speaks_of():
    (fact,) = Told().do(KEEP)
    assert isinstance(fact, CaptureKept) and fact.refusal == "complaint.state"
    assert fact.content == Clear("p-1", "", '{"solved":"yes"}')


def test_of_whom_was_erased_nothing_is_kept_but_that_it_came():
    told = Told()
    (fact,) = told.do(KeepCapture("follow-up", "c-1", GRID, NOTED, "personal-data.erased", "{}", ""))
    assert isinstance(fact, CaptureKept) and fact.content is None
    (settled,) = told.do(SettleCapture("dropped", "已注销"), DISPATCHER)
    assert settled == CaptureSettled("dropped", "", Clear(STREAM, "", "已注销"))


def test_whoever_answers_for_the_place_or_noted_it_settles_it():
    for actor in (MEMBER, DISPATCHER):
        told = Told()
        told.do(KEEP)
        (fact,) = told.do(SettleCapture("recorded", "重新登记", "c-2"), actor)
        assert isinstance(fact, CaptureSettled) and fact.recorded_as == "c-2"
        assert fact.reason.subject == "p-1"


def test_what_may_not_be():
    told = Told()
    assert told.refused(RECORD, UNIT) == "actor.role"
    assert told.refused(DROP) == "capture.state"
    told.do(KEEP)
    assert told.refused(DROP, SIBLING) == "capture.outside-scope"
    assert told.refused(SettleCapture("recorded", "重新登记")) == "capture.recorded-as"
    assert told.refused(SettleCapture("dropped", "重复", "c-2"), COLLEAGUE) == "capture.recorded-as"
    assert told.refused(SettleCapture("lost", "重复")) == "value.unknown"
    assert told.refused(SettleCapture("dropped", " "), COLLEAGUE) == "text.length"
    assert told.refused(DROP) == "capture.own-drop", (
        "what he noted himself he records, or somebody else drops"
    )
    told.do(DROP, COLLEAGUE)
    assert told.refused(DROP) == "capture.state"


def test_an_id_is_a_uuid_in_small_letters():
    for wrong in ("", "x", ID.upper(), ID + "1", "../" + ID):
        with pytest.raises(ValueError):
            capture.stream_of(wrong)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([RECORD, KEEP, DROP]), max_size=12))
def test_however_often_it_comes_it_comes_in_once(commands: list[Any]):
    told = Told()
    facts: list[Any] = []
    for each in commands:
        try:
            facts += told.do(each, DISPATCHER if each is DROP else MEMBER)
        except Refused as no:
            assert no.rule in ("capture.already", "capture.state")
    came_in = [fact for fact in facts if not isinstance(fact, CaptureSettled)]
    assert len(came_in) == bool({RECORD, KEEP} & set(commands))
    assert len(facts) - len(came_in) <= 1
