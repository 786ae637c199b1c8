"""Which of an account's points are how old: first in, first out. An order or a dispute holds the oldest.

The decider keeps its own lots (domain/points/account/state.py) and decides alone what lapses; these say when
it is worth asking.
"""

from typing import NamedTuple


class Lot(NamedTuple):
    entry: str
    points: int
    since: int


Lots = tuple[Lot, ...]


def consumed(lots: Lots, points: int, first: str = "") -> Lots:
    """The lots after `points` were taken: of the entry `first`, then oldest first."""
    left = list(lots)
    for n in sorted(range(len(left)), key=lambda n: (left[n].entry != first, left[n].since, n)):
        taken = min(points, left[n].points)
        left[n] = left[n]._replace(points=left[n].points - taken)
        points -= taken
    return tuple([lot for lot in left if lot.points])


def unheld(lots: Lots, held: int) -> Lots:
    """What of the lots nothing holds, oldest first."""
    free = []
    for lot in sorted(lots, key=lambda lot: lot.since):
        kept = min(held, lot.points)
        held -= kept
        if lot.points > kept:
            free.append(lot._replace(points=lot.points - kept))
    return tuple(free)


def lapsed(lots: Lots, held: int, points: int) -> Lots:
    """The lots after `points` of those nothing holds have lapsed, oldest first."""
    for lot in unheld(lots, held):
        taken = min(points, lot.points)
        lots = consumed(lots, taken, lot.entry)
        points -= taken
    return lots


def free_since(lots: Lots, held: int) -> int | None:
    """Since when the oldest points are there that nothing holds; None where all are held, or none are."""
    free = unheld(lots, held)
    return free[0].since if free else None
