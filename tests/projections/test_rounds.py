"""The law of the lists: a period listed in stretches is what the whole of it lists, each round once, and as
many as the figure counts; what the tallies tell of its days leaves none out."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages import Recorded
from projections.asking import Question, answer, counted, listing, plan
from projections.rounds import Listed, Span, expected, listed, marks, stretches, total
from projections.standing import NEVER
from projections.tallies import day_of
from tests.projections.adding import Tables, added, tables
from tests.projections.test_figures import calm, moments, questions
from tests.projections.test_tallies import quick
from tests.projections.wandering import logs


def spans_of(asked: Question, cuts: list[int]) -> list[Span]:
    first, last = asked.start or 0, asked.end or NEVER
    return [*pairwise(sorted({first, last, *(cut for cut in cuts if first < cut < last)}))]


def together(held: Tables, asked: Question, part: str, spans: list[Span]) -> list[Listed]:
    return [each for span in spans for each in listed(asked, part, added(held, marks(asked, part, [span])))]


@given(logs(), questions(), st.lists(moments(), max_size=3))
@settings(calm, max_examples=40)
def test_stretches_list_what_the_whole_lists(log: list[Recorded], asked: Question, cuts: list[int]) -> None:
    held, asked = tables(log), replace(asked, group_by=(), cohort="deadline")
    figure = answer(asked, [(each, added(held, each)) for each in plan(asked)]).lines[0].figure
    whole = [(each, added(held, each)) for each in listing(asked)]
    plain = ["numerator", "denominator", *(f"excluded:{name}" for name in figure.excluded), ""]
    for part in (*plain, "missed", *(f"beside:{name}" for name in figure.beside)):
        found = [each for _, each in together(held, asked, part, spans_of(asked, cuts))]
        assert len({(each.case, each.round, each.share) for each in found}) == len(found), part
        assert total(asked.indicator, figure, part) in (None, len(found)), part
        if part in plain:
            rounds = [each for each in counted(asked, whole, part) if each.role != "beside:attempts"]
            assert {*found} == {*rounds}, part


@given(logs(), quick())
@settings(calm, max_examples=40)
def test_no_round_is_outside_the_days_that_the_tallies_tell(log: list[Recorded], asked: Question) -> None:
    held = tables(log)
    latest = max((mark["effective"] for mark in held["marks"]), default=0)
    asked = replace(asked, group_by=(), known_at=None, as_of=max(asked.as_of, latest))
    first, last = asked.start or 1, asked.end or NEVER
    for part in ("numerator", "missed", "excluded:not_due", "excluded:withdrawn", "beside:moved_out", ""):
        sums = stretches(asked, part, first, last)
        days = dict(expected(asked, part, *(added(held, each) for each in sums)))
        for at, _ in together(held, asked, part, [(first, last)]):
            assert days.get(day_of(at), 0) > 0, part
