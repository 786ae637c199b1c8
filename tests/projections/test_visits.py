"""What a round counts is what its attempts say: added up as facts come, or counted anew from all of them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages import Actor, Envelope, Recorded, Sealed
from domain.refusals import Refused
from domain.scene import Scene
from domain.visits import facts as f
from domain.visits import visiting
from domain.visits.rules import MODES, OUTCOMES, WINDOWS, visit_stream
from projections.case import micros
from projections.visits.plans import VISIT_PLANS
from projections.visits.rounds import VISIT_ROUNDS
from projections.visits.telling import SENTENCES, sentence
from projections.visits.visits import ANY, HOUSEHOLD_VISITS
from projections.words import Speaker
from tests.domain import spec
from tests.domain.spec import GRIDWORKER

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
GRIDS = ("demo/north/sl/grid-01", "demo/north/sl/grid-02")
ROUND = "round-1"
ENGLISH = Speaker("en", spec.organisation().zone)
CHINESE = Speaker("zh-CN", spec.organisation().zone)


def told(log: list[Recorded], states: dict[str, Any], stream: str, command: Any) -> None:
    """What the decider makes of it goes on the log."""
    before = states.get(stream, visiting.INITIAL)
    at = NOW + timedelta(minutes=len(log))
    scene = Scene(at, at, GRIDWORKER, stream, spec.books(), spec.organisation())
    try:
        facts = visiting.decide(command, before, scene)
    except Refused:
        return
    for fact in facts:
        version = 1 + sum(line.stream == stream for line in log)
        line = Recorded(len(log) + 1, stream, version, at, Envelope(at, GRIDWORKER), fact)
        before = visiting.evolve(before, fact, line.envelope)
        log.append(line)
    states[stream] = before


ATTEMPT = st.tuples(
    st.integers(0, 3),
    st.sampled_from(GRIDS),
    st.sampled_from(WINDOWS),
    st.sampled_from(MODES),
    st.sampled_from(OUTCOMES),
    st.integers(0, 5),
    st.sampled_from([None, 0, 12, 40]),
    st.integers(0, 2),
)
SLOT = st.tuples(st.integers(0, 3), st.sampled_from(GRIDS), st.sampled_from(WINDOWS), st.integers(0, 3))


def a_log(wishes: list[Any]) -> list[Recorded]:
    log: list[Recorded] = []
    states: dict[str, Any] = {}
    for wish in wishes:
        home = visiting.Target(f"h{wish[0]}", wish[1], 3)
        stream = visit_stream(ROUND, home.id)
        if len(wish) == 8:
            _, _, window, mode, outcome, met, minutes, needs = wish
            needed = tuple(f"c-{len(log)}-{n}" for n in range(needs))
            slots = states.get(stream, visiting.INITIAL).slots
            kept = next((name for name, slot in slots.items() if slot.window == window), "")
            met = met if outcome == "opened" else 0
            told(
                log, states, stream,
                visiting.Attempt(
                    ROUND, home, window, mode, outcome, met, minutes, complaints=needed, booking=kept
                ),
            )  # fmt: skip
        elif wish[3]:
            told(log, states, stream, visiting.Book(ROUND, home, date(2026, 11, 18 + wish[3]), wish[2]))
        else:
            told(log, states, stream, visiting.CancelBooking("b1"))
    return log


def added_up(log: list[Recorded]) -> Counter[tuple[str, ...]]:
    """What the marks of all facts come to."""
    states: dict[str, Any] = {}
    found: Counter[tuple[str, ...]] = Counter()
    for line in log:
        before = states.get(line.stream)
        after = states[line.stream] = HOUSEHOLD_VISITS.fold(before, line)
        for row in HOUSEHOLD_VISITS.marks(before, after, line).get("visit_tallies", ()):
            key = tuple(row.pop(name) for name in ("round", "grid", "mode", "window"))
            for what, n in row.items():
                found[(*key, what)] += n
    return +found


def recounted(log: list[Recorded]) -> Counter[tuple[str, ...]]:
    """The same, slowly: from the facts alone, as lifecycle.md says it."""
    found: Counter[tuple[str, ...]] = Counter()
    best: dict[tuple[str, str], int] = {}
    stands: dict[str, str] = {}
    for line in log:
        x: Any = line.fact
        stands[line.stream] = x.grid
        if not isinstance(x, f.VisitAttempted):
            continue
        where = (ROUND, x.grid, x.mode, x.window)
        found[(*where, "attempts")] += 1
        found[(*where, x.outcome)] += 1
        found[(*where, "needs")] += len(x.complaints)
        if x.outcome == "opened":
            found[(*where, "timed")] += x.minutes is not None
            found[(*where, "minutes")] += x.minutes or 0
            for mode in (ANY, x.mode):
                best[line.stream, mode] = max(best.get((line.stream, mode), 0), x.people_met)
    for (stream, mode), met in best.items():
        found[ROUND, stands[stream], mode, "", "households"] += 1
        found[ROUND, stands[stream], mode, "", "people"] += met
    slots = {
        (line.stream, line.fact.booking): line.fact for line in log if isinstance(line.fact, f.VisitBooked)
    }
    for slot in slots.values():
        found[ROUND, slot.grid, slot.mode, slot.window, "booked"] += 1
    for line in log:
        x = line.fact
        ended = "cancelled" if isinstance(x, f.BookingCancelled) else "kept"
        if isinstance(x, f.BookingCancelled | f.VisitAttempted) and x.booking:
            slot = slots[line.stream, x.booking]
            found[ROUND, slot.grid, slot.mode, slot.window, ended] += 1
    return +found


@settings(max_examples=80, deadline=None)
@given(st.lists(ATTEMPT | SLOT, max_size=25))
def test_counters_are_the_recount_of_the_attempts(wishes: list[Any]):
    log = a_log(wishes)
    assert added_up(log) == recounted(log)


@settings(max_examples=40, deadline=None)
@given(st.lists(ATTEMPT, max_size=20))
def test_a_household_s_row_is_what_its_attempts_say(wishes: list[Any]):
    states: dict[str, Any] = {}
    for line in a_log(wishes):
        states[line.stream] = HOUSEHOLD_VISITS.fold(states.get(line.stream), line)
    for state in states.values():
        tables = HOUSEHOLD_VISITS.rows(state)
        (row,), tried = tables["visits"], tables["visit_attempts"]
        opened = [each for each in tried if each["outcome"] == "opened"]
        assert row["attempts"] == len(tried)
        assert row["reached"] == bool(opened)
        assert row["best"] == max((each["people_met"] for each in tried), default=0)
        assert row["complaints"] == sum(each["needs"] for each in tried)
        assert row["failed"] == (0 if opened else sum(each["mode"] == "in_person" for each in tried))
        assert [each["number"] for each in tried] == list(range(1, len(tried) + 1))


def test_the_figures_of_the_source():
    """2,285 of 2,641 households are 86.5 %, 3,952 of 7,378 people 53.6 %: two coverages, never one."""
    met = [1] * (2285 * 2 - 3952) + [2] * (3952 - 2285)
    assert (len(met), sum(met)) == (2285, 3952)
    found: Counter[str] = Counter()
    for n, people in enumerate(met):
        fact = attempted(f"h{n}", people)
        line = Recorded(n + 1, visit_stream(ROUND, f"h{n}"), 1, NOW, Envelope(NOW, GRIDWORKER), fact)
        after = HOUSEHOLD_VISITS.fold(None, line)
        for row in HOUSEHOLD_VISITS.marks(None, after, line)["visit_tallies"]:
            if row["mode"] == ANY:
                found.update(households=row["households"], people=row["people"])
    assert f"{found['households'] / 2641:.1%} {found['people'] / 7378:.1%}" == "86.5% 53.6%"


def attempted(household: str, people: int) -> f.VisitAttempted:
    """The fact of a door opened to `people`."""
    home = visiting.Target(household, GRIDS[0], 3)
    scene = Scene(NOW, NOW, GRIDWORKER, "visit-x", spec.books(), spec.organisation())
    command = visiting.Attempt(ROUND, home, "day", "in_person", "opened", people)
    (fact,) = visiting.attempt(command, visiting.INITIAL, scene)
    return fact


# ------------------------------------------------------------------ rounds, plans, sentences

DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
SEALED = Sealed("hh-h1", "box")
OPENED = f.RoundOpened("走千家", "demo/north/sl", date(2026, 11, 1), date(2026, 12, 1))
PLAN = f.PlanMade(
    ROUND, "gridworker", date(2026, 11, 19), GRIDS[:1],
    (f.Planned("day", "in_person", ("h1", "h2")), f.Planned("day", "online", ("h3",))), "2025-1",
)  # fmt: skip


def line(fact: object, version: int = 1, stream: str = ROUND) -> Recorded:
    return Recorded(version, stream, version, NOW, Envelope(NOW, DISPATCHER), fact)


def test_a_round_has_one_row():
    state = VISIT_ROUNDS.fold(None, line(OPENED))
    closed = VISIT_ROUNDS.fold(state, line(f.RoundClosed(SEALED), 2))
    (row,) = VISIT_ROUNDS.rows(closed)["visit_rounds"]
    assert (row["state"], row["from_day"], row["to_day"]) == ("closed", "2026-11-01", "2026-12-01")
    assert (row["closed_by"], row["closed_at"], row["opened_position"]) == ("dispatcher", micros(NOW), 1)


def test_a_plan_made_again_replaces_its_stops():
    first = VISIT_PLANS.fold(None, line(PLAN))
    stops = VISIT_PLANS.rows(first)["visit_stops"]
    assert [(stop["place"], stop["mode"], stop["household"]) for stop in stops] == [
        (1, "in_person", "h1"),
        (2, "in_person", "h2"),
        (3, "online", "h3"),
    ]
    again = VISIT_PLANS.fold(
        first, line(f.PlanMade(ROUND, "gridworker", PLAN.day, GRIDS[:1], (), "2025-1"), 2)
    )
    assert VISIT_PLANS.rows(again)["visit_stops"] == []


def test_every_fact_is_told_in_both_languages():
    slot = f.VisitBooked(ROUND, "h1", GRIDS[0], "b1", PLAN.day, "evening", "in_person", None, None, SEALED)
    cancelled = f.BookingCancelled(ROUND, "h1", GRIDS[0], "b1", PLAN.day, "evening", SEALED)
    shown = [OPENED, f.RoundClosed(None), attempted("h1", 2), slot, cancelled, PLAN]
    assert {type(each) for each in shown} == set(SENTENCES)
    chinese = [sentence(line(each), CHINESE) for each in shown]
    assert chinese[2] == "dispatcher白天上门走访 h1（第 1 次）：开门，见到 2 人。"
    assert chinese[5] == "dispatcher为gridworker排定11月19日的走访：3 户。其中线上补访 1 户。"
    assert all(sentence(line(each), ENGLISH).endswith(".") for each in shown)
