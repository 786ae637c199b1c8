"""The marks of outreach say what a slow count of the facts says, for any moment and any position; and the
sums by month say what the marks say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.care import facts as care
from domain.households import facts as h
from domain.messages import Actor, Envelope, Recorded
from domain.visits import facts as v
from engine.fold import Fold, encode_state
from engine.tables import RowShape
from projections.case import micros
from projections.outreach.book import OUTREACH, entries
from projections.outreach.state import FACTS, fold, subject
from projections.tallies import month_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GRIDS = ("demo/north/sl/grid-01", "demo/north/sl/grid-02")
WHO = Actor("li", "gridworker", GRIDS[0])
ROUNDS = ("round-1", "round-2")


def attempted(round: str, household: str, grid: str, outcome: str, met: int, **more: Any) -> v.VisitAttempted:
    said: dict[str, Any] = {
        "number": 1, "window": "day", "mode": "in_person", "minutes": None, "started_at": None,
        "ended_at": None, "people": None, "kind": "resident", "best_before": 0, "best_after": met,
        "opened_before": False, "opened_in_mode_before": False, "team": (), "readings": (), "complaints": (),
        "note": None, "registered": (), "booking": "",
    }  # fmt: skip
    met = met if outcome == "opened" else 0
    told = said | {"round": round, "household": household, "grid": grid, "outcome": outcome} | more
    return v.VisitAttempted(people_met=met, **told)


HOUSE = st.sampled_from(("h1", "h2"))
FACT = st.one_of(
    st.builds(
        attempted,
        st.sampled_from(ROUNDS),
        HOUSE,
        st.sampled_from(GRIDS),
        st.sampled_from(("opened", "opened", "no_answer")),
        st.integers(0, 4),
        minutes=st.sampled_from((None, 0, 10)),
        mode=st.sampled_from(("in_person", "online")),
    ),
    st.tuples(HOUSE, st.builds(h.HouseholdRecounted, st.integers(1, 6), st.none())),
    st.tuples(HOUSE, st.builds(h.MovedOut, st.just(""), st.just(""), st.none())),
    st.tuples(
        HOUSE, st.builds(h.MovedIn, st.sampled_from(GRIDS), st.just(""), st.just(""), st.just(""))
    ),
)  # fmt: skip
TOLD = st.lists(st.tuples(FACT, st.integers(0, 40)), max_size=14)
"""Each with the hours after which it happened, in whatever order it was told."""


def a_log(told: Sequence[tuple[Any, int]]) -> list[Recorded]:
    log: list[Recorded] = []

    def say(stream: str, fact: Any, hours: int) -> None:
        at = NOW + timedelta(hours=hours)
        log.append(Recorded(len(log) + 1, stream, 1, at, Envelope(at, WHO), fact))

    for n, home in enumerate(("h1", "h2")):
        people = None if n else 3
        say(f"hh-{home}", h.HouseholdRegistered(GRIDS[n], "", people, "", None, None, "", "", ""), n)
    for each, hours in told:
        if isinstance(each, v.VisitAttempted):
            number = 1 + sum(
                isinstance(line.fact, v.VisitAttempted)
                and (line.fact.round, line.fact.household) == (each.round, each.household)
                for line in log
            )
            said = replace(each, number=number)
            say(f"visit-{each.round}-{each.household}", said, hours)
        else:
            say(f"hh-{each[0]}", each[1], hours)
    return log


def marked(log: Sequence[Recorded]) -> tuple[list[dict[str, Any]], Counter[tuple[Any, ...]]]:
    states: dict[str, Any] = {}
    marks: list[dict[str, Any]] = []
    tallies: Counter[tuple[Any, ...]] = Counter()
    for line in log:
        before = states.get(subject(line))
        after = states[subject(line)] = fold(before, line)
        made = OUTREACH.marks(before, after, line)
        marks += made["outreach_marks"]
        for row in made["outreach_tallies"]:
            tallies[row["family"], row["month"], row["cell"], row["part"]] += row["n"]
    return marks, tallies


def stood(log: Sequence[Recorded], home: str, at: int) -> tuple[int | None, bool] | None:
    """How many lived there and whether they had moved out, None before the household was registered. What a
    file says of a time before that is true from its registration on."""
    own = [line for line in log if line.stream == f"hh-{home}"]
    begins = [
        micros(line.occurred_at) for line in own if isinstance(line.fact, h.HouseholdRegistered | h.MovedIn)
    ]
    if not begins or min(begins) > at:
        return None
    people: int | None = None
    vacant = False
    for line in sorted(own, key=lambda line: (max(micros(line.occurred_at), min(begins)), line.position)):
        if max(micros(line.occurred_at), min(begins)) > at:
            break
        match line.fact:
            case h.HouseholdRegistered(people=n):
                people, vacant = n, False
            case h.HouseholdRecounted(n):
                people = n
            case h.MovedOut():
                vacant = True
            case h.MovedIn():
                vacant = False
    return people, vacant


def registered(log: Sequence[Recorded], home: str) -> int:
    return min(
        (
            micros(line.occurred_at)
            for line in log
            if line.stream == f"hh-{home}" and isinstance(line.fact, h.HouseholdRegistered | h.MovedIn)
        ),
        default=0,
    )


def recounted(log: Sequence[Recorded], as_of: int, known: int) -> Counter[tuple[str, str]]:
    """Slowly, from the facts that had happened and were known."""
    told = [line for line in log if line.position <= known]
    seen = [line for line in told if micros(line.occurred_at) <= as_of]
    found: Counter[tuple[str, str]] = Counter()
    met: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for line in seen:
        x = line.fact
        if isinstance(x, v.VisitAttempted):
            found["attempts", x.outcome] += 1
            if x.outcome == "opened":
                met.setdefault((x.round, x.household), []).append((micros(line.occurred_at), x.people_met))
                found["minutes", "minutes"] += x.minutes or 0
                found["minutes", "untimed" if x.minutes is None else "timed"] += 1
    found["reached", "households"] = len(met)
    moments = sorted({micros(line.occurred_at) for line in seen})
    for (_, home), opened in met.items():
        counted = 0
        for at in moments:
            best = max((n for then, n in opened if then <= at), default=0)
            lives = stood(told, home, max(at, registered(told, home)))
            counted = max(counted, min(best, (lives or (0, False))[0] or 0))
        found["reached", "people"] += counted
        people, vacant = stood(told, home, as_of) or (0, False)
        found["left", "households"] += vacant
        found["left", "people"] += max(people or 0, counted) if vacant else max(0, counted - (people or 0))
    for home in ("h1", "h2"):
        if (now := stood(told, home, as_of)) is None:
            continue
        people_now, vacant = now
        if vacant:
            found["register", "vacant"] += 1
            continue
        found["register", "households"] += 1
        found["register", "people_unknown"] += people_now is None
        found["register", "people"] += people_now or 0
    return +found


@settings(max_examples=60, deadline=None)
@given(TOLD, st.integers(0, 41), st.integers(0, 16))
def test_the_marks_say_what_the_facts_say_on_both_clocks(
    told: list[tuple[Any, int]], hours: int, known: int
) -> None:
    log = a_log(told)
    as_of = micros(NOW + timedelta(hours=hours))
    found: Counter[tuple[str, str]] = Counter()
    for mark in marked(log)[0]:
        if mark["effective"] <= as_of and mark["position"] <= known:
            found[mark["family"], mark["part"]] += mark["n"]
    asked = {"attempts", "minutes", "reached", "register", "left"}
    assert +Counter({key: n for key, n in found.items() if key[0] in asked}) == recounted(log, as_of, known)


@settings(max_examples=40, deadline=None)
@given(TOLD)
def test_marks_and_sums_by_month_come_to_the_last_standing(told: list[tuple[Any, int]]) -> None:
    log = a_log(told)
    marks, tallies = marked(log)
    added: Counter[tuple[Any, ...]] = Counter()
    for mark in marks:
        added[mark["family"], month_of(mark["at"]), mark["cell"], mark["part"]] += mark["n"]
    assert {key: n for key, n in added.items() if n} == {key: n for key, n in tallies.items() if n}
    states: dict[str, Any] = {}
    for line in log:
        states[subject(line)] = fold(states.get(subject(line)), line)
    stands: Counter[tuple[Any, ...]] = Counter()
    for state in states.values():
        for (family, at, effective, _, part, name, share), n in entries(state).items():
            stands[family, at, effective, part, name, share] += n
    by_mark: Counter[tuple[Any, ...]] = Counter()
    for mark in marks:
        key = tuple(mark[name] for name in ("family", "at", "effective", "part", "subject", "share"))
        by_mark[key] += mark["n"]
    assert {k: n for k, n in by_mark.items() if n} == {k: n for k, n in stands.items() if n}


@settings(max_examples=30, deadline=None)
@given(TOLD, st.integers(0, 16))
def test_two_batches_with_the_state_kept_between_them_are_one(told: list[tuple[Any, int]], cut: int) -> None:
    log = a_log(told)
    shapes = {table.name: RowShape(table) for table in OUTREACH.TABLES}
    whole, first = Fold(OUTREACH, shapes), Fold(OUTREACH, shapes)
    for line in log:
        whole.take(subject(line), line)
    for line in log[:cut]:
        first.take(subject(line), line)
    kept = {name: encode_state(state) for name, state in first.states.items()}
    second = Fold(OUTREACH, shapes)
    second.load(kept)
    for line in log[cut:]:
        second.take(subject(line), line)
    both = [row for each in (first, second) for row in each.appended.get("outreach_marks", [])]
    assert both == whole.appended.get("outreach_marks", [])


@settings(max_examples=40, deadline=None)
@given(TOLD, st.integers(0, 41))
def test_never_are_more_people_met_than_there_were_to_meet(told: list[tuple[Any, int]], hours: int) -> None:
    log = a_log(told)
    as_of, found = micros(NOW + timedelta(hours=hours)), Counter[tuple[str, str, str]]()
    for mark in marked(log)[0]:
        if mark["at"] <= as_of and mark["part"] == "people":
            found[mark["family"], *mark["subject"].split("/")] += mark["n"]
    for (family, round, home), n in list(found.items()):
        if family == "reached":
            assert 0 <= n <= found["register", "", home] + found["left", round, home]


# ------------------------------------------------------------------ by example


def test_more_met_than_registered_count_as_many_and_are_something_to_look_after():
    def lived(*told: tuple[Any, int]) -> tuple[int, int, list[dict[str, Any]]]:
        log = a_log(told)
        found = Counter[tuple[str, str]]()
        for mark in marked(log)[0]:
            found[mark["family"], mark["part"]] += mark["n"]
        state: Any = None
        for line in log:
            state = fold(state, line) if subject(line) == "home:h1" else state
        rows = OUTREACH.rows(state)["outreach_over"]
        return found["reached", "people"], found["over", "households"], list(rows)

    four = (attempted("round-1", "h1", GRIDS[0], "opened", 4), 2)
    people, over, (row,) = lived(four)
    assert (people, over, row["met"], row["people"], row["open"]) == (3, 1, 4, 3, 1)
    people, over, (row,) = lived(four, (("h1", h.HouseholdRecounted(5, 3)), 9))
    assert (people, over, row["open"]) == (4, 0, 0), "counted anew, the fourth counts too"
    people, over, (row,) = lived(four, (("h1", h.HouseholdRecounted(3, 3)), 9))
    assert (people, over, row["open"]) == (3, 0, 0), "a guest: somebody looked, and the register stands"
    assert lived((attempted("round-1", "h1", GRIDS[0], "opened", 3), 2))[1:] == (0, [])


def of_care(*facts: tuple[Any, datetime]) -> list[dict[str, Any]]:
    log = [
        Recorded(n, "care-h1", n, at, Envelope(at, WHO), fact) for n, (fact, at) in enumerate(facts, start=1)
    ]
    return marked(log)[0]


def missed(due: datetime) -> care.CareVisitMissed:
    day = due.date()
    return care.CareVisitMissed("h1", GRIDS[0], "high", 7, "li", day, due, day, due, due)


def kept(due: datetime, *, mended: bool) -> care.CareVisitRecorded:
    return care.CareVisitRecorded(
        "h1", GRIDS[0], "high", 7, "li", due.date(), due.date(), due, True, mended, None, None, None,
        "in_person", True, 20, False, "ok", "ok", None, None, None, (),
    )  # fmt: skip


def test_a_mended_period_is_kept_from_the_visit_on_and_was_missed_as_known_before():
    due = NOW + timedelta(days=7)
    marks = of_care((missed(due), due), (kept(due, mended=True), due - timedelta(hours=5)))
    assert [(m["part"], m["n"], m["position"]) for m in marks] == [
        ("missed", 1, 1),
        ("kept", 1, 2),
        ("missed", -1, 2),
    ]
    assert {m["at"] for m in marks} == {micros(due)}


def test_every_fact_that_is_folded_leaves_its_marks_in_a_named_family():
    assert {fact.NAME.partition(".")[0] for fact in FACTS} == {  # type: ignore[attr-defined]
        "household", "visit", "care-plan", "patrol", "sweep",
    }  # fmt: skip
    booked = v.VisitBooked(
        "round-1", "h1", GRIDS[0], "b1", date(2026, 11, 3), "day", "online", None, None, None
    )
    log = [Recorded(1, "visit-1-h1", 1, NOW, Envelope(NOW, WHO), booked)]
    assert [(m["family"], m["part"], m["share"]) for m in marked(log)[0]] == [("slots", "booked", "b1")]
