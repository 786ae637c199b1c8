"""What the book of outreach remembers of one household, care plan, patrol or sweep: moments, places and
numbers, no word about anybody.

A household's state holds its standing in the register and its visits of all rounds, because who moved out
after he was met stays in the base of the coverage.
"""

from typing import NamedTuple

from domain.care import facts as care
from domain.households import facts as households
from domain.households.rules import KIND_UNSAID, household_of
from domain.messages import Recorded
from domain.patrols import facts as patrols
from domain.visits import facts as visits
from projections.case import micros

UNCHANGED = -2
UNCOUNTED = -1


class Change(NamedTuple):
    """What the register learned: "" and UNCHANGED where it learned nothing about it."""

    at: int
    position: int
    grid: str
    kind: str
    people: int
    vacant: int


class Tried(NamedTuple):
    """One attempt. `minutes` is -1 where nobody took the time."""

    at: int
    position: int
    round: str
    number: int
    grid: str
    window: str
    mode: str
    worker: str
    kind: str
    outcome: str
    met: int
    minutes: int
    needs: int


class Slot(NamedTuple):
    at: int
    round: str
    booking: str
    part: str
    grid: str
    window: str
    mode: str
    worker: str


class Period(NamedTuple):
    """A period of a care plan that was kept or missed, `at` its deadline, from when on it counts."""

    at: int
    effective: int
    due_on: str
    part: str
    grid: str
    risk: str
    worker: str


class Find(NamedTuple):
    """What a walk found or looked at."""

    at: int
    family: str
    part: str
    share: str
    grid: str
    worker: str
    n: int


class Standing(NamedTuple):
    id: str
    changes: tuple[Change, ...] = ()
    attempts: tuple[Tried, ...] = ()
    slots: tuple[Slot, ...] = ()
    periods: tuple[Period, ...] = ()
    finds: tuple[Find, ...] = ()


FACTS: frozenset[type] = frozenset(
    {
        households.HouseholdRegistered,
        households.HouseholdRecounted,
        households.HouseholdReclassified,
        households.MovedIn,
        households.MovedOut,
        visits.VisitAttempted,
        visits.VisitBooked,
        visits.BookingCancelled,
        care.CareVisitRecorded,
        care.CareVisitMissed,
        patrols.HazardFound,
        patrols.SweepGridChecked,
    }
)


def subject(line: Recorded) -> str:
    """A household's register and visits are one subject; all else is its stream."""
    match line.fact:
        case visits.VisitAttempted(household=id) | visits.VisitBooked(household=id):
            return f"home:{id}"
        case visits.BookingCancelled(household=id):
            return f"home:{id}"
    if line.stream.startswith("hh-"):
        return f"home:{household_of(line.stream)}"
    return line.stream


def fold(state: Standing | None, line: Recorded) -> Standing:
    """The state after the fact."""
    if state is None:
        state = Standing(subject(line).removeprefix("home:"))
    match line.fact:
        case visits.VisitAttempted() as fact:
            return _attempted(state, fact, line)
        case visits.VisitBooked(round, _, grid, booking, _, window, mode):
            return _slot(state, line, round, booking, "booked", (grid, window, mode))
        case visits.BookingCancelled(round, _, grid, booking, _, window):
            mode = next((s.mode for s in state.slots if (s.round, s.booking) == (round, booking)), "")
            return _slot(state, line, round, booking, "cancelled", (grid, window, mode))
        case care.CareVisitRecorded() as fact if fact.kept:
            kept = [each for each in state.periods if each.at != micros(fact.due)]
            effective = micros(line.occurred_at)
            return state._replace(periods=(*kept, _period(fact, effective, "kept")))
        case care.CareVisitMissed() as fact:
            return state._replace(periods=(*state.periods, _period(fact, micros(fact.due), "missed")))
        case patrols.HazardFound(complaint, _, grid):
            return _found(state, line, "hazards", "found", complaint, grid, 1)
        case patrols.SweepGridChecked(grid=grid, looked_at=looked, complaints=complaints):
            state = _found(state, line, "sweeps", "looked_at", str(line.version), grid, looked)
            for each in complaints:
                state = _found(state, line, "sweeps", "found", each, grid, 1)
            return state
    changed = _changed(line)
    return state if changed is None else state._replace(changes=(*state.changes, changed))


def _changed(line: Recorded) -> Change | None:
    at, position = micros(line.occurred_at), line.position
    match line.fact:
        case households.HouseholdRegistered(grid=grid, people=people, kind=kind):
            return Change(at, position, grid, kind or KIND_UNSAID, UNCOUNTED if people is None else people, 0)
        case households.HouseholdRecounted(people):
            return Change(at, position, "", "", people, UNCHANGED)
        case households.HouseholdReclassified(kind):
            return Change(at, position, "", kind or KIND_UNSAID, UNCHANGED, UNCHANGED)
        case households.MovedIn(grid):
            return Change(at, position, grid, "", UNCHANGED, 0)
        case households.MovedOut():
            return Change(at, position, "", "", UNCHANGED, 1)
    return None


def _attempted(state: Standing, fact: visits.VisitAttempted, line: Recorded) -> Standing:
    tried = Tried(
        micros(line.occurred_at),
        line.position,
        fact.round,
        fact.number,
        fact.grid,
        fact.window,
        fact.mode,
        line.actor.person,
        fact.kind or KIND_UNSAID,
        fact.outcome,
        fact.people_met,
        -1 if fact.minutes is None else fact.minutes,
        len(fact.complaints),
    )
    state = state._replace(attempts=(*state.attempts, tried))
    if fact.booking:
        where = (fact.grid, fact.window, fact.mode)
        return _slot(state, line, fact.round, fact.booking, "kept", where)
    return state


def _slot(
    state: Standing, line: Recorded, round: str, booking: str, part: str, where: tuple[str, str, str]
) -> Standing:
    slot = Slot(micros(line.occurred_at), round, booking, part, *where, line.actor.person)
    return state._replace(slots=(*state.slots, slot))


def _period(fact: care.CareVisitRecorded | care.CareVisitMissed, effective: int, part: str) -> Period:
    due_on = fact.due_on.isoformat()
    return Period(micros(fact.due), effective, due_on, part, fact.grid, fact.risk, fact.worker)


def _found(
    state: Standing, line: Recorded, family: str, part: str, share: str, grid: str, n: int
) -> Standing:
    find = Find(micros(line.occurred_at), family, part, share, grid, line.actor.person, n)
    return state._replace(finds=(*state.finds, find))
