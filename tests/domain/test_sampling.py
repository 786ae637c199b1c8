"""The weekly spot check: what may be fixed and drawn when, and the draw itself by the words of its page."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import sampling
from domain.messages import Actor, Envelope
from domain.refusals import Refused
from domain.rule_books import Books
from domain.sampling import DrawSample, FixFrame, FrameFixed, SampleDrawn, Sampling, Ticket
from domain.sampling.draw import days_of, drawn, frame_root, how_many, seed, week_of
from domain.scene import Scene
from tests.domain.spec import ADMIN, ANALYST, DISPATCHER, PANEL, STREET, organisation

WEEK, PLACE = "2026-W09", "demo/north"
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""The Monday after that week, 09:00 in Shanghai."""
STREAM = sampling.stream_of(WEEK, PLACE)
DICE = "3 5 1 6 2 2 4 1 6 3"


def tickets(many: int) -> tuple[Ticket, ...]:
    return tuple(Ticket(f"c-{n:04}", n + 1, hashlib.sha256(str(n).encode()).hexdigest()) for n in range(many))


def frame(many: int = 60, **told: Any) -> FixFrame:
    asked = FixFrame(WEEK, PLACE, 900, 900, "cm9vdA==", ("witness.example",), tickets(many))
    return replace(asked, **told)


def throw(**told: Any) -> DrawSample:
    value = DrawSample(
        "dice", "十颗骰子，街道会议室", DICE, date(2026, 3, 2), ("panel", "street"), 950, "cg=="
    )
    return replace(value, **told)


class Spot:
    """A week's spot check, told by the real decider."""

    def __init__(self) -> None:
        self.state = sampling.INITIAL
        self.organisation = replace(organisation(), by_person=dict.fromkeys(("panel", "street"), ("g",)))

    def do(
        self, command: Any, actor: Actor = PANEL, now: datetime = MONDAY, stream: str = STREAM
    ) -> tuple[sampling.Fact, ...]:
        scene = Scene(now, now, actor, stream, Books(), self.organisation)
        facts = sampling.decide(command, self.state, scene)
        for fact in facts:
            self.state = sampling.evolve(self.state, fact, Envelope(now, actor))
        return facts

    def refused(self, command: Any, **options: Any) -> str:
        before = self.state
        with pytest.raises(Refused) as no:
            self.do(command, **options)
        assert self.state is before
        return no.value.rule


def fixed(many: int = 60) -> Spot:
    spot = Spot()
    spot.do(frame(many))
    return spot


# ------------------------------------------------------------------ given, when, then


def test_the_frame_names_its_checkpoint_and_how_many_will_be_drawn():
    (fact,) = Spot().do(frame(60), STREET)
    assert isinstance(fact, FrameFixed)
    assert (fact.size, fact.witnesses, fact.many) == (900, ("witness.example",), 6)
    assert fact.root == frame_root(WEEK, PLACE, tickets(60))
    assert fact.fixed_on == date(2026, 3, 2)


def test_a_value_before_the_frame_is_refused():
    assert Spot().refused(throw()) == "sampling.no-frame"


def test_a_value_draws_once():
    spot = fixed()
    (fact,) = spot.do(throw())
    assert isinstance(fact, SampleDrawn)
    assert (fact.value, len(fact.cases)) == ("3516224163", 6)
    assert spot.refused(throw(value="1 1 1 1 1 1 1 1 1 1")) == "sampling.drawn-already"


def test_the_frame_is_fixed_once():
    assert fixed().refused(frame(61)) == "sampling.fixed-already"


def test_a_week_that_still_runs_has_no_frame():
    sunday = datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)
    assert Spot().refused(frame(), now=sunday) == "sampling.week-running"
    assert Spot().do(frame(), now=sunday + timedelta(seconds=1))


def test_only_the_panel_records_the_value():
    for actor in (STREET, ADMIN, DISPATCHER, ANALYST):
        assert fixed().refused(throw(), actor=actor) == "actor.role"
    assert Spot().refused(frame(), actor=DISPATCHER) == "actor.role"


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"drawn_on": date(2026, 3, 1)}, "sampling.drawn-before"),
        ({"drawn_on": date(2026, 3, 3)}, "sampling.drawn-ahead"),
        ({"method": "lottery", "value": "03 11 17 22 26 30"}, "sampling.drawn-before"),
        ({"method": "coin"}, "value.unknown"),
        ({"value": "351622416"}, "sampling.dice"),
        ({"value": "3516224167"}, "sampling.dice"),
        ({"present": ("panel",)}, "list.length"),
        ({"present": ("panel", "panel")}, "list.twice"),
        ({"present": ("panel", "somebody")}, "sampling.present.unknown"),
        ({"source": " "}, "text.length"),
        ({"size": 0}, "number.out-of-bounds"),
    ],
)
def test_a_value_that_could_have_been_known_or_chosen_is_refused(told: dict[str, Any], rule: str):
    assert fixed().refused(throw(**told)) == rule


def test_a_lottery_of_a_later_day_needs_one_witness():
    told = throw(
        method="lottery", value=" 03 11 17 22 26 30 + 09 ", drawn_on=date(2026, 3, 3), present=("panel",)
    )
    (fact,) = fixed().do(told, now=MONDAY + timedelta(days=2))
    assert isinstance(fact, SampleDrawn) and fact.value == "03 11 17 22 26 30 + 09"
    assert fixed().refused(replace(told, value="7"), now=MONDAY + timedelta(days=2)) == "sampling.lottery"


def test_a_week_in_which_nothing_ended_has_a_frame_and_no_draw():
    assert fixed(0).refused(throw()) == "sampling.nothing-to-draw"


def test_what_cannot_be_meant_is_refused():
    assert Spot().refused(frame(week="2026-W54")) == "period.form"
    assert Spot().refused(frame(week="2025-W53")) == "period.form"
    elsewhere = sampling.stream_of(WEEK, "nowhere")
    assert Spot().refused(frame(place="nowhere"), stream=elsewhere) == "grid.unknown"
    assert Spot().refused(frame(sampling.LARGEST + 1)) == "sampling.too-many"


def test_a_state_is_what_its_facts_say():
    spot = fixed(3)
    assert spot.state == Sampling(
        frame_root(WEEK, PLACE, tickets(3)), 3, ("c-0000", "c-0001", "c-0002"), date(2026, 3, 2)
    )


# ------------------------------------------------------------------ the draw


def again(week: str, place: str, given: Sequence[Ticket], value: str, many: int) -> list[str]:
    """The draw once more, by the words of docs/spot-checks.md alone."""
    text = b"huisheng-frame-v1\n" + week.encode() + b"\n" + place.encode() + b"\n"
    text += str(len(given)).encode() + b"\n"
    for each in sorted((each.case.encode(), each.leaf.encode()) for each in given):
        text += each[0] + b" " + each[1] + b"\n"
    root = hashlib.sha256(text).digest()
    sown = hashlib.sha256(root + value.encode()).digest()
    lots = {hashlib.sha256(sown + each.case.encode()).digest(): each.case for each in given}
    return [lots[lot] for lot in sorted(lots)][:many]


ids = st.from_regex(r"c-[0-9a-z]{4,20}", fullmatch=True)
frames = st.lists(ids, min_size=1, max_size=40, unique=True).map(
    lambda cases: [Ticket(case, n, hashlib.sha256(case.encode()).hexdigest()) for n, case in enumerate(cases)]
)
values = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=40)


@given(frames, values, st.integers(0, 50), st.randoms(use_true_random=False))
def test_the_order_of_the_frame_changes_nothing(tickets: list[Ticket], value: str, many: int, random: Any):
    mixed = list(tickets)
    random.shuffle(mixed)
    root = frame_root(WEEK, PLACE, tickets)
    assert frame_root(WEEK, PLACE, mixed) == root
    first = drawn(root, value, [each.case for each in tickets], many)
    assert drawn(root, value, [each.case for each in mixed], many) == first
    assert list(first) == again(WEEK, PLACE, mixed, value, many)


@given(frames, st.data())
def test_any_change_of_the_frame_changes_root_and_seed(tickets: list[Ticket], data: st.DataObject):
    root = frame_root(WEEK, PLACE, tickets)
    at = data.draw(st.integers(0, len(tickets) - 1))
    without = [each for n, each in enumerate(tickets) if n != at]
    other = replace(tickets[at], leaf=hashlib.sha256(tickets[at].leaf.encode()).hexdigest())
    renamed = replace(tickets[at], case=tickets[at].case + "x")
    changed = {
        frame_root(WEEK, PLACE, without),
        frame_root(WEEK, PLACE, [*without, other]),
        frame_root(WEEK, PLACE, [*without, renamed]),
        frame_root("2026-W10", PLACE, tickets),
        frame_root(WEEK, "demo", tickets),
    }
    assert root not in changed and len(changed) == 5
    assert seed(root, "1") not in {seed(each, "1") for each in changed} | {seed(root, "2")}


def test_every_case_is_drawn_about_as_often():
    """Chi-square of 2,000 draws of 5 out of 50, each with a value of its own: 49 degrees of freedom, and
    99.99 % of all runs below 96."""
    given = tickets(50)
    root, cases = frame_root(WEEK, PLACE, given), [each.case for each in given]
    counts = Counter(case for n in range(2_000) for case in drawn(root, f"value {n}", cases, 5))
    expected = 2_000 * 5 / 50
    assert sum((counts[case] - expected) ** 2 / expected for case in cases) < 96


@given(st.integers(0, 10_000), st.integers(1, 100), st.integers(1, 100))
def test_the_share_is_kept_and_the_minimum_too(cases: int, percent: int, minimum: int):
    many = how_many(cases, percent, minimum)
    assert many <= cases and many * 100 >= min(cases * percent, cases * 100)
    assert many >= min(cases, minimum)


@given(st.dates(date(1990, 1, 1), date(2199, 12, 1)))
def test_a_day_lies_in_its_week(day: date):
    first, after = days_of(week_of(day))
    assert first <= day < after and first.weekday() == 0
