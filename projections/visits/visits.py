"""The projection of one household's visits in one round: its row, its attempts, its bookings, and what each
fact adds to the round's counts."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.visits import facts as f
from domain.visits.rules import MODES
from projections.case import micros
from projections.rowing import kept, listed
from projections.views import Row
from projections.visits.tables import ATTEMPTS, BOOKINGS, COUNTED, TALLIES, VISITS

ANY = "any"
"""The mode of what is counted once, whichever way the household was met."""


class Attempt(NamedTuple):
    number: int
    grid: str
    kind: str
    window: str
    mode: str
    outcome: str
    people_met: int
    minutes: int | None
    people: int | None
    best_before: int
    best_after: int
    opened_before: bool
    opened_in_mode_before: bool
    occurred_at: int
    recorded_at: int
    by: str
    team: str
    readings: str
    complaints: tuple[str, ...]
    note: str
    registered: tuple[str, ...]
    booking: str
    position: int
    photos: tuple[str, ...] = ()


class Booking(NamedTuple):
    booking: str
    grid: str
    day: str
    window: str
    mode: str
    from_at: int
    until_at: int
    state: str
    booked_by: str
    booked_at: int
    note: str
    position: int
    reason: str = ""


class Visit(NamedTuple):
    id: str
    round: str
    household: str
    grid: str
    version: int
    position: int
    attempts: tuple[Attempt, ...] = ()
    bookings: tuple[Booking, ...] = ()

    def reached(self, mode: str) -> bool:
        return any(each.outcome == "opened" and mode in (ANY, each.mode) for each in self.attempts)

    def best(self, mode: str) -> int:
        """The most people met at one attempt."""
        return max((each.people_met for each in self.attempts if mode in (ANY, each.mode)), default=0)


def fold(state: Visit | None, line: Recorded) -> Visit:
    """The visits after the fact."""
    fact = line.fact
    assert isinstance(fact, f.VisitAttempted | f.VisitBooked | f.BookingCancelled)
    if state is None:
        state = Visit(line.stream, fact.round, fact.household, fact.grid, line.version, line.position)
    state = state._replace(grid=fact.grid, version=line.version, position=line.position)
    match fact:
        case f.VisitAttempted():
            bookings = _turned(state.bookings, fact.booking, "kept")
            return state._replace(attempts=(*state.attempts, attempted(fact, line)), bookings=bookings)
        case f.VisitBooked():
            return state._replace(bookings=(*state.bookings, booked(fact, line)))
        case f.BookingCancelled(booking=booking, reason=reason):
            said = "" if reason is None else kept(line, reason, "reason").json
            return state._replace(bookings=_turned(state.bookings, booking, "cancelled", said))


def _turned(bookings: tuple[Booking, ...], name: str, to: str, reason: str = "") -> tuple[Booking, ...]:
    return tuple(
        [each._replace(state=to, reason=reason) if each.booking == name else each for each in bookings]
    )


def attempted(fact: f.VisitAttempted, line: Recorded) -> Attempt:
    team = [
        {
            "person": each.person,
            "name": None if each.name is None else kept(line, each.name, f"team.{n}.name").json,
            "capacity": each.capacity,
        }
        for n, each in enumerate(fact.team)
    ]
    readings = [{"quantity": r.quantity, "value": r.value, "unit": r.unit} for r in fact.readings]
    return Attempt(
        number=fact.number,
        grid=fact.grid,
        kind=fact.kind,
        window=fact.window,
        mode=fact.mode,
        outcome=fact.outcome,
        people_met=fact.people_met,
        minutes=fact.minutes,
        people=fact.people,
        best_before=fact.best_before,
        best_after=fact.best_after,
        opened_before=fact.opened_before,
        opened_in_mode_before=fact.opened_in_mode_before,
        occurred_at=micros(line.occurred_at),
        recorded_at=micros(line.recorded_at),
        by=line.actor.person,
        team=json.dumps(team, ensure_ascii=False),
        readings=json.dumps(readings, ensure_ascii=False),
        complaints=fact.complaints,
        note="" if fact.note is None else kept(line, fact.note, "note").json,
        registered=fact.registered,
        booking=fact.booking,
        position=line.position,
        photos=fact.photos,
    )


def booked(fact: f.VisitBooked, line: Recorded) -> Booking:
    return Booking(
        booking=fact.booking,
        grid=fact.grid,
        day=fact.day.isoformat(),
        window=fact.window,
        mode=fact.mode,
        from_at=0 if fact.from_at is None else micros(fact.from_at),
        until_at=0 if fact.until_at is None else micros(fact.until_at),
        state="open",
        booked_by=line.actor.person,
        booked_at=micros(line.occurred_at),
        note="" if fact.note is None else kept(line, fact.note, "note").json,
        position=line.position,
    )


class Visits:
    NAME = "visits"
    VERSION = 2
    TABLES = (VISITS, ATTEMPTS, BOOKINGS, TALLIES)
    FACTS: frozenset[type] = frozenset(f.VisitFact.__args__)
    STATE = Visit

    def subject(self, line: Recorded) -> str:
        """A round's household is its stream."""
        return line.stream

    def fold(self, state: Visit | None, line: Recorded) -> Visit:
        return fold(state, line)

    def rows(self, state: Visit) -> Mapping[str, Sequence[Row]]:
        whose = {"visit": state.id, "round": state.round, "household": state.household}
        return {
            "visits": [row(state)],
            "visit_attempts": [whose | attempt_row(each) for each in state.attempts],
            "visit_bookings": [whose | booking_row(each) for each in state.bookings],
        }

    def marks(self, before: Visit | None, after: Visit, line: Recorded) -> Mapping[str, Sequence[Row]]:
        """What the counts of the round change by: what stands now less what stood before."""
        change = counted(after)
        if before is not None:
            change.subtract(counted(before))
        where = {at[:3] for at, n in change.items() if n}
        return {"visit_tallies": [_tally(after.round, at, change) for at in sorted(where)]}


def counted(state: Visit) -> Counter[tuple[str, ...]]:
    """All that one household's visits add to their round: (grid, mode, window, what) -> n."""
    found: Counter[tuple[str, ...]] = Counter()
    for each in state.attempts:
        for what, n in _of_attempt(each):
            found[each.grid, each.mode, each.window, what] += n
    for slot in state.bookings:
        found[slot.grid, slot.mode, slot.window, "booked"] += 1
        if slot.state != "open":
            found[slot.grid, slot.mode, slot.window, slot.state] += 1
    for mode in (ANY, *MODES):
        if state.reached(mode):
            found[state.grid, mode, "", "households"] += 1
            found[state.grid, mode, "", "people"] += state.best(mode)
    return found


def _tally(round: str, at: tuple[str, ...], change: Counter[tuple[str, ...]]) -> Row:
    grid, mode, window = at
    where = {"round": round, "grid": grid, "mode": mode, "window": window}
    return where | {what: change[grid, mode, window, what] for what in COUNTED}


def _of_attempt(each: Attempt) -> Iterator[tuple[str, int]]:
    yield "attempts", 1
    yield each.outcome, 1
    if each.minutes is not None and each.outcome == "opened":
        yield "timed", 1
        yield "minutes", each.minutes
    if each.complaints:
        yield "needs", len(each.complaints)


def row(state: Visit) -> Row:
    last = state.attempts[-1] if state.attempts else None
    known = next((each.people for each in reversed(state.attempts) if each.people is not None), None)
    reached = state.reached(ANY)
    failed = [] if reached else [each for each in state.attempts if each.mode == "in_person"]
    slot = min((each for each in state.bookings if each.state == "open"), key=_when, default=None)
    return {
        "id": state.id,
        "round": state.round,
        "household": state.household,
        "grid": state.grid,
        "kind": last.kind if last else None,
        "people": known,
        "attempts": len(state.attempts),
        "failed": len(failed),
        "failed_windows": listed(tuple(each.window for each in failed)),
        "reached": int(reached),
        "reached_in_person": int(state.reached("in_person")),
        "reached_online": int(state.reached("online")),
        "best": state.best(ANY),
        "best_in_person": state.best("in_person"),
        "best_online": state.best("online"),
        "last_outcome": last.outcome if last else None,
        "last_window": last.window if last else None,
        "last_mode": last.mode if last else None,
        "last_at": last.occurred_at if last else None,
        "complaints": sum(len(each.complaints) for each in state.attempts),
        "booked_day": slot.day if slot else None,
        "booked_window": slot.window if slot else None,
        "booked_mode": slot.mode if slot else None,
        "version": state.version,
        "position": state.position,
    }


def _when(slot: Booking) -> tuple[str, str]:
    return slot.day, slot.booking


def attempt_row(each: Attempt) -> Row:
    return each._asdict() | {
        "opened_before": int(each.opened_before),
        "opened_in_mode_before": int(each.opened_in_mode_before),
        "complaints": listed(each.complaints),
        "needs": len(each.complaints),
        "note": each.note or None,
        "registered": listed(each.registered),
        "photos": listed(each.photos),
    }


def booking_row(each: Booking) -> Row:
    return each._asdict() | {
        "from_at": each.from_at or None,
        "until_at": each.until_at or None,
        "note": each.note or None,
        "reason": each.reason or None,
    }


HOUSEHOLD_VISITS = Visits()
