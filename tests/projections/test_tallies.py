"""The law of the tallies: a figure from sums by month is the figure from single marks is the figure counted
from the facts, whatever is asked; the tallies of two pieces of a log add up to those of the whole."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import Recorded
from projections.adding_up import Then, by_tallies, faced
from projections.asking import Question, Where
from projections.case import micros
from projections.cases import CASES
from projections.days import from_text, months
from projections.indicators import DIMS, INDICATORS, find
from projections.standing import NEVER
from projections.tallies import STARTS, month_of
from tests.projections.adding import Tables, asked_of, spread, tables
from tests.projections.recount import recount
from tests.projections.story import ZONE
from tests.projections.test_figures import _anything, calm, figures, moments, questions
from tests.projections.wandering import logs

BEGUN = from_text("2026-01", ZONE)
PLACES = ("demo", "demo/north", "demo/north/sl", "demo/north/sl/grid-01")


def told_by_a_face(question: Question) -> bool:
    return faced(question) is not None


@st.composite
def quick(draw: Any) -> Question:
    """Questions that tallies can answer, over every kind of period: whole months too."""
    question: Question = draw(questions())
    group_by = tuple(draw(st.lists(st.sampled_from(DIMS), max_size=2, unique=True)))
    where = draw(st.sampled_from([(), *((Where("grid", "under", place),) for place in PLACES)]))
    question = replace(question, cohort="deadline", where=where)
    if question.start is not None and question.end is not None:
        question = replace(question, group_by=group_by)
        if draw(st.booleans()):
            first = months(question.start, question.start + 1, ZONE)[0][0] if question.start else "2026-01"
            question = replace(question, start=from_text(first, ZONE))
    return question


def then_of(log: list[Recorded], question: Question) -> Then:
    """The moment asked about, as the store finds it. These logs are no store's: what was recorded when does
    not grow with the positions."""
    known = question.known_at
    if known is None:
        return Then(question.as_of)
    before = max((micros(line.recorded_at) for line in log if line.position <= known), default=BEGUN)
    after = min((micros(line.recorded_at) for line in log if line.position > known), default=NEVER)
    return Then(question.as_of, known, before, after)


def quickly(
    held: Tables, log: list[Recorded], question: Question, *, early: bool = False
) -> dict[tuple[str, ...], Any] | None:
    then = then_of(log, question)
    sums = by_tallies(question, replace(then, early=early and then.known is not None))
    if sums is None:
        return None
    made = asked_of(held, question, sums)
    lines = (*made.lines, *made.small_groups)
    return {tuple(line.group.values()): line.figure for line in lines if _anything(line.figure)}


@given(logs(), st.lists(quick(), min_size=6, max_size=6))
@calm
def test_tallies_say_what_the_marks_say(log: list[Recorded], asked: list[Question]) -> None:
    held = tables(log)
    for question in asked:
        for early in (False, True):
            found = quickly(held, log, question, early=early)
            assert (found is None) != told_by_a_face(question)
            if found is not None:
                assert found == figures(held, question), question


@given(logs(), quick().filter(told_by_a_face))
@calm
def test_tallies_say_what_the_facts_say(log: list[Recorded], asked: Question) -> None:
    asked = replace(asked, where=())
    expected = {key: made for key, made in recount(log, asked).items() if _anything(made)}
    assert quickly(tables(log), log, asked) == expected


@given(logs(), st.integers(0, 60))
@calm
def test_tallies_of_two_pieces_add_up(log: list[Recorded], cut: int) -> None:
    states: dict[str, Any] = {}
    pieces: list[list[Any]] = [[], []]
    for nth, line in enumerate(log):
        before = states.get(line.stream)
        states[line.stream] = CASES.fold(before, line)
        pieces[nth >= cut] += CASES.marks(before, states[line.stream], line).get("tallies", ())
    assert spread(pieces[0] + pieces[1]) == tables(log)["tallies"]
    assert all(row["n"] > 0 for row in tables(log)["tallies"])


@given(moments())
def test_a_month_holds_its_moments(at: int) -> None:
    month = month_of(at)
    assert STARTS[month - 1] <= at < STARTS[month]


@pytest.mark.parametrize("indicator", [each.id for each in INDICATORS])
def test_whole_months_read_no_mark(indicator: str) -> None:
    """But those where time turns."""
    start, end = from_text("2026-03", ZONE), from_text("2026-06", ZONE)
    question = Question(find(indicator), as_of=from_text("2026-11", ZONE), zone=ZONE, start=start, end=end)
    sums = by_tallies(question, None)
    assert sums is not None
    assert {each.table for each in sums} == {"tallies"}


@pytest.mark.parametrize(
    "changes",
    [
        {"cohort": "resolved"},
        {"group_by": ("grid", "channel")},
        {"where": (Where("grid", "under", "demo/north/sl/grid-01"),), "group_by": ("category",)},
        {"start": from_text("1971-01", ZONE)},
    ],
    ids=str,
)
def test_what_only_marks_can_answer(changes: dict[str, Any]) -> None:
    question = Question(find("response_rate"), as_of=from_text("2026-11", ZONE), zone=ZONE)
    assert by_tallies(question, None) is not None
    assert by_tallies(replace(question, **changes), None) is None
