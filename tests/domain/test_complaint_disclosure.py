"""Reading what is sealed is told to everybody; taking words out of sight changes no history."""

from datetime import timedelta

import pytest

from domain import complaint
from domain.complaint.commands import Redact, Reveal
from domain.complaint.facts import FieldRedacted, PersonalDataRevealed
from domain.complaint.state import BeingHandled
from domain.messages import Actor, Clear, Envelope
from tests.domain.spec import (
    ADMIN,
    ANALYST,
    DISPATCHER,
    GRIDWORKER,
    PANEL,
    PROPERTY,
    RESIDENT,
    STREET,
    closed,
    handling,
    hazard,
    like,
    received,
)

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize("actor", [GRIDWORKER, DISPATCHER, STREET, PROPERTY])
@pytest.mark.parametrize("field", ["name", "phone", "text", "address"])
def test_who_handles_reads_with_a_reason(actor, field):
    story = handling()
    named = "p-li" if field in ("name", "phone") else ""
    (fact,) = story.decided(Reveal(field, "to ring him up"), actor)
    assert fact == PersonalDataRevealed(
        named, field, Clear("p-li", "", "to ring him up"), story.now + HALF_AN_HOUR
    )


@pytest.mark.parametrize("actor", [PANEL, ANALYST, ADMIN, RESIDENT])
def test_nobody_else_does(actor):
    handling().when(Reveal("phone", "curious"), actor).then_refused("actor.role")


def test_levels_above_the_street_see_aggregates():
    handling().when(Reveal("phone", "x"), Actor("high", "street", "demo")).then_refused("reveal.level-above")


def test_the_same_person_reads_it_again_for_half_an_hour():
    story = handling().do(Reveal("phone", "to ring him up"), GRIDWORKER)
    asked = Reveal("phone", "again")
    assert story.later(-HALF_AN_HOUR - timedelta(seconds=1)).decided(asked, GRIDWORKER) == ()
    assert len(story.decided(asked, GRIDWORKER)) == 1  # an hour later
    at_once = story.later(-timedelta(hours=1))
    assert len(at_once.decided(asked, DISPATCHER)) == 1
    assert len(at_once.decided(Reveal("name", "too"), GRIDWORKER)) == 1


def test_what_has_run_out_is_forgotten():
    story = handling()
    for _ in range(5):
        story = story.do(Reveal("phone", "to ring him up"), GRIDWORKER)
    assert len(story.case.revealed) == 1


def test_a_case_nobody_reported_has_no_name():
    hazard().when(Reveal("name", "x"), GRIDWORKER).then_refused("reveal.no-reporter")
    assert len(hazard().decided(Reveal("address", "x"), GRIDWORKER)) == 1


def test_only_a_reporter_of_the_case_and_only_sealed_fields():
    story = received()
    story.when(Reveal("phone", "x", "p-other"), GRIDWORKER).then_refused("reveal.reporter-unknown")
    story.when(Reveal("category", "x"), GRIDWORKER).then_refused("value.unknown")
    story.when(Reveal("phone", " "), GRIDWORKER).then_refused("text.length")


@pytest.mark.parametrize("actor", [DISPATCHER, STREET, ADMIN])
def test_the_office_redacts_at_any_time(actor):
    closed().when(Redact(1, "text", "names a neighbour", "the lamp", "p-li"), actor).then(
        FieldRedacted(1, "text", Clear("p-li", "", "the lamp"), Clear("p-li", "", "names a neighbour"))
    )
    closed().when(Redact(1, "text", "all of it"), actor).then(like(FieldRedacted, text=None))


def test_nobody_else_redacts():
    closed().when(Redact(1, "text", "x"), GRIDWORKER).then_refused("actor.role")


def test_neither_adopts_an_imported_case_or_moves_anything():
    story = handling()
    before = story.case
    for command in (Reveal("phone", "x"), Redact(1, "text", "x")):
        (fact,) = story.decided(command, DISPATCHER)
        after = complaint.evolve(story.state, fact, Envelope(story.now, DISPATCHER))
        assert isinstance(after, type(story.state)) and isinstance(after, BeingHandled)
        assert after.case._replace(revealed=()) == before
