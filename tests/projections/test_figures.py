"""The law of the figures: what the marks add up to is what the facts say, as of any moment, known by any
position; two pieces of the log add up to the whole; a rebuild gives the same marks."""

from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.messages import Recorded
from projections.asking import Question, answer, counted, listing, plan
from projections.case import Case, micros
from projections.cases import CASES
from projections.indicators import COHORTS, DIMS, INDICATORS
from tests.projections.adding import Tables, added, asked_of, rows_of, tables
from tests.projections.recount import recount
from tests.projections.story import ZONE
from tests.projections.wandering import BEGIN, HOUR, logs

calm = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SPAN = 2400
"""Hours that the lives are spread over."""


def moments() -> st.SearchStrategy[int]:
    """On the hour, as deadlines are: `exactly at` happens often."""
    return st.integers(0, SPAN).map(lambda hours: micros(BEGIN + HOUR * hours))


@st.composite
def questions(draw: Any) -> Question:
    indicator = draw(st.sampled_from(INDICATORS))
    start, end = sorted(draw(st.lists(moments(), min_size=2, max_size=2, unique=True)))
    group_by = draw(st.lists(st.sampled_from(DIMS), max_size=2, unique=True))
    open_ended = not indicator.versus_year_before and "month" not in group_by and draw(st.booleans())
    return Question(
        indicator,
        as_of=draw(moments()),
        zone=ZONE,
        start=None if open_ended else start,
        end=None if open_ended else end,
        known_at=draw(st.none() | st.integers(0, 40)),
        cohort=draw(st.sampled_from([c for c in COHORTS if c in indicator.cohorts])),
        group_by=tuple(group_by),
    )


def figures(held: Tables, question: Question) -> dict[tuple[str, ...], Any]:
    made = asked_of(held, question)
    lines = (*made.lines, *made.small_groups)
    return {tuple(line.group.values()): line.figure for line in lines if _anything(line.figure)}


def _anything(figure: Any) -> bool:
    return bool(figure.numerator or figure.denominator or figure.excluded or any(figure.beside.values()))


@given(logs(), st.lists(questions(), min_size=6, max_size=6))
@calm
def test_marks_add_up_to_the_facts(log: list[Recorded], asked: list[Question]) -> None:
    held = tables(log)
    for question in asked:
        expected = {key: made for key, made in recount(log, question).items() if _anything(made)}
        assert figures(held, question) == expected, question


@given(logs(), questions(), st.integers(0, 60))
@calm
def test_two_pieces_of_the_log_add_up_to_the_whole(log: list[Recorded], asked: Question, cut: int) -> None:
    """Cut where you like: the second piece folds on from the stored states, as another process would."""
    states: dict[str, bytes] = {}
    pieces: list[Tables] = []
    for piece in (log[:cut], log[cut:]):
        held: Tables = {"marks": [], "cells": []}
        for line in piece:
            stored = states.get(line.stream)
            before = None if stored is None else msgspec.msgpack.decode(stored, type=Case)
            after = CASES.fold(before, line)
            appended = CASES.marks(before, after, line)
            for table in held:
                held[table] += rows_of(appended, table)
            states[line.stream] = msgspec.msgpack.encode(after)
        pieces.append(held)
    whole = tables(log)
    cells = {cell["cell"]: cell for held in pieces for cell in held["cells"]}
    together: Tables = {"marks": pieces[0]["marks"] + pieces[1]["marks"], "cells": [*cells.values()]}
    assert together["marks"] == whole["marks"]
    assert figures(together, asked) == figures(whole, asked)


@given(logs(), questions())
@calm
def test_every_number_opens_its_rounds(log: list[Recorded], asked: Question) -> None:
    """As many are listed as counted."""
    held = tables(log)
    ungrouped = replace(asked, group_by=())
    found = [(each, added(held, each)) for each in listing(ungrouped)]
    figure = answer(ungrouped, [(each, added(held, each)) for each in plan(ungrouped)]).lines[0].figure
    assert len(counted(ungrouped, found, "numerator")) == figure.numerator
    if not asked.indicator.versus_year_before:
        assert len(counted(ungrouped, found, "denominator")) == figure.denominator
    for reason, n in figure.excluded.items():
        assert len(counted(ungrouped, found, f"excluded:{reason}")) == n
    for entry in counted(ungrouped, found):
        assert f"{entry.case}#{entry.round}" in {mark["subject"] for mark in held["marks"]}


@given(logs())
@calm
def test_no_part_is_ever_negative(log: list[Recorded]) -> None:
    marks = tables(log)["marks"]
    for now in {mark["effective"] for mark in marks} | {mark["turns_at"] for mark in marks}:
        sums: dict[Any, int] = {}
        for mark in marks:
            if mark["effective"] <= now:
                part = mark["turns_to"] if mark["turns_at"] <= now else mark["part"]
                key = (mark["family"], mark["at"], mark["cell"], part, mark["subject"], mark["share"])
                sums[key] = sums.get(key, 0) + mark["n"]
        assert all(n >= 0 for n in sums.values())
