"""The register and the decider tell of the same case the same; figures agree with the facts of real walks,
and history told in two files gives the figures of history told in one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import complaint
from domain.complaint import clocks
from domain.complaint.commands import HistoricRound
from domain.messages import ENGINE, Clear, Dated, Envelope, Recorded
from engine.codec import seal_fact
from projections.asking import Question
from projections.case import micros
from projections.indicators import INDICATORS
from tests.domain import spec
from tests.domain.walks import historic, said, walk
from tests.projections.adding import asked_of, tables
from tests.projections.recount import recount
from tests.projections.story import ZONE, folded, sealed

calm = settings(deadline=None, max_examples=60)
LATER = micros(spec.T0 + timedelta(days=400))


def recorded(told: list[tuple[Any, Envelope]]) -> list[Recorded]:
    return [
        Recorded(n, "c-1", n, envelope.occurred_at, envelope, seal_fact(fact, hidden))
        for n, (fact, envelope) in enumerate(told, 1)
    ]


def hidden(path: str, value: Clear) -> Any:
    return sealed(path)


def walked(seed: int, length: int) -> tuple[list[Recorded], Any]:
    whole = walk(seed, length)
    begun = [(fact, Envelope(spec.T0, spec.DISPATCHER)) for fact in whole.start.facts]
    return recorded([*begun, *((line.fact, line.envelope) for line in whole.lines)]), whole.story.state


def imported(*lines: tuple[HistoricRound, bool]) -> list[Recorded]:
    told: list[tuple[Any, Envelope]] = []
    story = spec.Story(now=spec.T0 + timedelta(days=99))
    for line, known in lines:
        for decided in story.decided(said(line, known), ENGINE):
            dated = decided if isinstance(decided, Dated) else Dated(decided, story.now)
            envelope = Envelope(dated.occurred_at, ENGINE)
            fact: Any = dated.fact
            story = replace(story, state=complaint.evolve(story.state, fact, envelope))
            told.append((fact, envelope))
    return recorded(told)


def figures(lines: list[Recorded], as_of: int) -> dict[str, Any]:
    held = tables(lines)
    found = {}
    for indicator in INDICATORS:
        if not indicator.versus_year_before:
            question = Question(indicator, as_of, ZONE)
            found[indicator.id] = asked_of(held, question).lines[0].figure
    return found


@given(st.integers(0, 2**32), st.integers(0, 60))
@calm
def test_the_register_says_what_the_decider_awaits(seed: int, length: int) -> None:
    lines, state = walked(seed, length)
    case = folded(lines)
    assert case.state == complaint.state_name(state)
    record = state.case
    assert (case.category, case.round.number, case.round.lead) == (
        record.category,
        record.round.number,
        record.round.lead,
    )
    assert set(case.reporters) == set(record.reporters)
    running = {
        (clock, unit): deadline
        for clock in clocks.CLOCKS
        for unit in ([task.unit for task in record.round.tasks] if clock == "response" else [""])
        if (deadline := clocks.running(state, clock, unit)) is not None
    }
    assert {(c.clock, c.unit): c.due for c in case.running()} == {
        name: micros(deadline.due) for name, deadline in running.items()
    }
    for clock in case.running():
        noticed = [n for n in record.round.overdue if (n.clock, n.unit) == (clock.clock, clock.unit)]
        assert clock.passed == any(micros(n.due) == clock.due for n in noticed)


@given(st.integers(0, 2**32), st.integers(0, 60))
@calm
def test_figures_of_real_walks_are_those_of_their_facts(seed: int, length: int) -> None:
    lines, _ = walked(seed, length)
    for as_of in (LATER, micros(spec.T0 + timedelta(hours=seed % 2000))):
        made = figures(lines, as_of)
        for indicator in INDICATORS:
            if indicator.id in made:
                expected = recount(lines, Question(indicator, as_of, ZONE)).get(())
                if expected is not None:
                    assert made[indicator.id] == expected, indicator.id


UNKNOWN = ("dispatched_at", "responded_at", "resolved_at", "followed_up_at", "respond_by", "lead")


@given(historic(), st.sets(st.sampled_from(UNKNOWN)), st.integers(0, 120))
@calm
def test_history_told_in_two_files_counts_as_told_in_one(
    line: HistoricRound, unknown: set[str], hour: int
) -> None:
    without: dict[str, Any] = dict.fromkeys(unknown)
    if "resolved_at" in without:
        without["followed_up_at"] = None
    if "lead" in without:
        without |= {"lead": "", "responded_at": None}
    once = imported((line, True))
    twice = imported((replace(line, **without), True), (line, True))
    assert figures(twice, LATER) == figures(once, LATER)
    as_of = micros(spec.T0 + timedelta(hours=hour))
    if [line.occurred_at for line in twice] == sorted(line.occurred_at for line in twice):
        by_then = [line for line in twice if micros(line.occurred_at) <= as_of]
        assert figures(twice, as_of) == figures(by_then, as_of)
