"""What each fact does to the figures, by example: parts, deadlines exactly met, moves, what was known."""

from typing import Any

import pytest

from domain.complaint import facts as f
from tests.projections.counting import asked, counts, handled
from tests.projections.story import Story, marked, sealed

# ------------------------------------------------------------------ one fact after the other


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (1, {("dispatch", "not_due", "overdue", 1), ("intake", "reactive", "", 1)}),
        (
            2,
            {
                ("dispatch", "not_due", "overdue", -1),
                ("dispatch", "on_time", "", 1),
                ("closure", "not_due", "overdue", 1),
                ("first_promise", "not_due", "overdue", 1),
                ("response", "not_due", "overdue", 1),
                ("dispatched", "dispatched", "", 1),
            },
        ),
        (3, {("response", "not_due", "overdue", -1), ("response", "on_time", "", 1)}),
        (
            4,
            {
                ("closure", "not_due", "overdue", -1),
                ("closure", "on_time", "", 1),
                ("first_promise", "not_due", "overdue", -1),
                ("first_promise", "on_time", "", 1),
                ("follow_up", "not_due", "overdue", 1),
                ("reopen", "kept", "", 1),
            },
        ),
        (
            5,
            {
                ("follow_up", "not_due", "overdue", -1),
                ("follow_up", "on_time", "", 1),
                ("satisfaction", "satisfied", "", 1),
                ("solved", "solved", "", 1),
                ("measured", "passed", "", 1),
            },
        ),
        (6, {("repeat", "not_due", "stayed", 1)}),
    ],
)
def test_marks_of_a_case_that_goes_well(facts: int, expected: set[Any]) -> None:
    found = [mark for mark in marked(Story().whole().log) if mark["position"] == facts]
    assert {(m["family"], m["part"], m["turns_to"], m["n"]) for m in found} == expected
    assert len({m["seq"] for m in found}) == len(found)


QUIET = (
    f.ComplaintUrged(True, "resolution", "", None),
    f.SupervisionRaised("community", True, "resolution", None),
    f.ResolutionOverdue(Story().registered().log[0].occurred_at),
    f.ProgressNoted("heating-co", sealed(), True),
    f.EvidenceAttached(("ab" * 32,), None),
    f.JointSessionHeld(sealed(), (sealed(),), sealed(), (), ""),
    f.ComplaintSupported("p-2", None, None, None),
    f.ComplaintAdopted("test"),
)


@pytest.mark.parametrize("fact", QUIET, ids=lambda fact: type(fact).__name__)
def test_what_is_no_deed_moves_no_figure(fact: Any) -> None:
    told = handled()
    before = len(marked(told.log))
    assert len(marked(told.tell(fact, "11-04 09:00").log)) == before


# ------------------------------------------------------------------ deadlines


def test_exactly_at_the_deadline_is_on_time() -> None:
    assert counts(handled().resolved("11-09 18:00"), "on_time_closure_rate") == (1, 1, {})
    assert counts(handled().resolved("11-09 18:00:00.000001"), "on_time_closure_rate") == (0, 1, {})


def test_an_open_round_is_not_due_until_just_after_its_deadline() -> None:
    for moment, expected in (
        ("11-09 18:00", (0, 0, {"not_due": 1})),
        ("11-09 18:00:00.000001", (0, 1, {})),
    ):
        assert counts(handled(), "on_time_closure_rate", as_of=moment) == expected


def test_open_and_overdue_counts_unless_only_the_resolved_are_asked_for() -> None:
    assert counts(handled(), "on_time_closure_rate@1") == (0, 1, {})
    assert counts(handled(), "on_time_closure_rate@closed_only") == (0, 0, {"open_overdue": 1})
    assert counts(handled(), "on_time_first_promise") == (0, 1, {})


def test_a_late_resolution_was_overdue_before() -> None:
    told = handled().resolved("11-12 10:00")
    assert counts(told, "on_time_closure_rate@closed_only", as_of="2026-11-11") == (0, 0, {"open_overdue": 1})
    assert counts(told, "on_time_closure_rate@closed_only", as_of="2026-11-12") == (0, 1, {})


def test_told_too_late_is_judged_by_when_it_was_recorded() -> None:
    told = handled().resolved("11-05 10:00", judged="11-10 09:00")
    figure = asked(told, "on_time_closure_rate")
    assert (figure.numerator, figure.denominator, figure.beside["late_entries"]) == (0, 1, 1)


def test_an_extension_moves_a_round_out_of_the_month() -> None:
    told = handled().extended("11-06 09:00", "12-02 18:00").resolved("12-01 10:00")
    november, december = asked(told, "on_time_closure_rate"), asked(told, "on_time_closure_rate", "2026-12")
    assert (november.denominator, november.beside["moved_out"]) == (0, 1)
    assert (december.numerator, december.denominator, december.beside["moved_out"]) == (1, 1, 0)
    assert counts(told, "on_time_first_promise") == (0, 1, {})  # and late by the first promise
    both = asked(told, "on_time_closure_rate", "")
    assert (both.numerator, both.beside["moved_out"]) == (1, 0)
    before = asked(told, "on_time_closure_rate", as_of="2026-11-05")
    assert (before.excluded, before.beside["moved_out"]) == ({"not_due": 1}, 0)


def test_a_round_that_moved_twice_is_shown_once() -> None:
    told = handled().extended("11-06 09:00", "11-20 18:00").extended("11-18 09:00", "12-02 18:00")
    assert asked(told, "on_time_closure_rate").beside["moved_out"] == 1
    assert asked(told, "on_time_closure_rate", "2026-11-20").beside["moved_out"] == 1


# ------------------------------------------------------------------ what was known


def test_what_was_not_known_yet_does_not_count() -> None:
    told = handled().resolved("11-05 10:00")
    assert counts(told, "on_time_closure_rate", known_at=3) == (0, 1, {})
    assert counts(told, "on_time_closure_rate", known_at=4) == (1, 1, {})


def test_as_of_a_day_that_was_before() -> None:
    told = Story().whole()
    assert counts(told, "on_time_closure_rate", as_of="2026-11-04") == (0, 0, {"not_due": 1})
    assert counts(told, "on_time_closure_rate", as_of="2026-11-05") == (1, 1, {})
    assert counts(told, "satisfaction_rate", as_of="2026-11-04") == (0, 0, {})
