"""Who goes where on a day: a plan worked out from the register and from what was tried so far. Pure.

A household is met in the window of its kind (by day, in the evening, at the weekend). Where nobody opened, it
comes back in the window tried least, and after so many tries online. What is booked for the day goes first;
what is booked for another day waits for it. Whoever moved away or was reached is not planned again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.organisation import parent
from domain.rule_books.visiting import Visiting
from domain.visits.facts import Planned
from domain.visits.rules import WINDOWS

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A household still to be reached. `failed` are the windows of attempts in person that opened nothing;
    `booked` the day, window and mode of its next slot."""

    household: str
    grid: str
    kind: str = "resident"
    failed: tuple[str, ...] = ()
    booked: tuple[str, str, str] | None = None


@dataclass(slots=True)
class Day:
    """One worker's day while it fills: households by window and mode."""

    worker: str
    grids: tuple[str, ...]
    shares: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def planned(self) -> tuple[Planned, ...]:
        """In the order of the day; what is made up online comes last in its window."""
        order = [(window, mode) for window in WINDOWS for mode in ("in_person", "online")]
        return tuple(Planned(*at, tuple(self.shares[at])) for at in order if self.shares.get(at))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The workers' days, and how many households of the day found no place: nobody answers for their grid, or
    the window is full."""

    days: tuple[Day, ...]
    nobody: int
    full: int


def windows_of(day: date) -> tuple[str, ...]:
    """The windows a day has. Saturdays and Sundays are weekends, whichever of them are worked on."""
    return ("weekend",) if day.weekday() >= SATURDAY else ("day", "evening")


def planned(
    day: date, candidates: Iterable[Candidate], workers: Mapping[str, Sequence[str]], rules: Visiting
) -> Outcome:
    """The day of each worker; `workers` names the grids each answers for. The order of the candidates is the
    order they are visited in, but for those booked and those never tried, who come first."""
    open_today = windows_of(day)
    days = {worker: Day(worker, tuple(grids)) for worker, grids in sorted(workers.items())}
    of_grid = _by_grid(days.values())
    wanted: list[tuple[int, int, str, str, Candidate]] = []
    for n, each in enumerate(candidates):
        place = _place(each, day, open_today, rules)
        if place is not None:
            window, mode = place
            booked = each.booked is not None
            wanted.append((0 if booked else 1 + len(each.failed), n, window, mode, each))
    wanted.sort(key=lambda one: one[:2])
    nobody = full = 0
    for _, _, window, mode, each in wanted:
        near = _near(each.grid, of_grid)
        if not near:
            nobody += 1
            continue
        shares = [one.shares.setdefault((window, mode), []) for one in near]
        share = min(shares, key=len)
        if len(share) < rules.per_window or each.booked is not None:
            share.append(each.household)
        else:
            full += 1
    return Outcome(tuple(days.values()), nobody, full)


def next_window(kind: str, failed: Sequence[str], rules: Visiting) -> tuple[str, str]:
    """The window and mode in which the household is tried next, of those that have no slot agreed."""
    usual = rules.window_of(kind)
    if len(failed) >= rules.tries:
        return usual, "online"
    tried = Counter(failed)
    order = (usual, *(window for window in WINDOWS if window != usual))
    return min(order, key=lambda window: tried[window]), "in_person"


def _place(
    each: Candidate, day: date, open_today: tuple[str, ...], rules: Visiting
) -> tuple[str, str] | None:
    """The window and mode of today, or None where it is not for today."""
    if each.booked is not None:
        on, window, mode = each.booked
        return (window, mode) if on == day.isoformat() else None
    window, mode = next_window(each.kind, each.failed, rules)
    if window in open_today:
        return window, mode
    return (open_today[0], mode) if mode == "online" else None


def _by_grid(days: Iterable[Day]) -> dict[str, list[Day]]:
    found: dict[str, list[Day]] = defaultdict(list)
    for one in days:
        for grid in one.grids:
            found[grid].append(one)
    return found


def _near(grid: str, of_grid: Mapping[str, list[Day]]) -> list[Day]:
    """The workers of the grid itself, else of the nearest place above it."""
    while grid:
        if grid in of_grid:
            return of_grid[grid]
        grid = parent(grid)
    return of_grid.get("", [])
