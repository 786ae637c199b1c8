"""Whom a round has met at one household, moment by moment, beside whom the register counts there.

A figure never counts more people than the register knows: of three met where two are registered it counts
two, and the third once the household is counted anew. Who was met and counted, and is not of the register
then (he is of the household no longer, or was entered later), was a target when he was met: he stays in the
numerator, and so in the base (docs/decisions/0042).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from projections.outreach.state import UNCHANGED, UNCOUNTED, Change, Tried

FOREVER = 1 << 62

Lived = tuple[int, str, str, int, int]
"""From when on, in which grid, of what kind, how many people (UNCOUNTED), whether it had moved out."""


class Met(NamedTuple):
    """How one round stands with one household from `at` on. `by` is the attempt that met the most; `counted`
    of them count. `lived` is how the register has it, or will first have it. `left` and `gone` are households
    and people of the base that are not in the register; `over` says that it is to be looked after."""

    at: int
    by: Tried
    counted: int
    lived: Lived
    left: int = 0
    gone: int = 0
    over: bool = False


def lives(changes: Sequence[Change]) -> list[Lived]:
    """How the household stood in the register, from when on each: by when it happened, not before it was
    registered."""
    if not changes:
        return []
    begun = min((each for each in changes if each.vacant == 0 and each.grid), default=None)
    if begun is None:
        return []
    found: list[Lived] = []
    grid, kind, people, vacant = begun.grid, begun.kind, begun.people, 0
    for each in sorted(changes, key=lambda change: (max(change.at, begun.at), change.position)):
        grid, kind = each.grid or grid, each.kind or kind
        people = people if each.people == UNCHANGED else each.people
        vacant = vacant if each.vacant == UNCHANGED else each.vacant
        at = max(each.at, begun.at)
        if found and found[-1][0] == at:
            found.pop()
        found.append((at, grid, kind, people, vacant))
    return found


def standings(opened: Sequence[Tried], lived: Sequence[Lived], changes: Sequence[Change]) -> Iterator[Met]:
    """From the first of the attempts on, each moment at which anything is another. `opened` are those of one
    round that opened the door, in the order in which they happened."""
    if not opened:
        return
    moments = sorted({each.at for each in opened} | {at for at, *_ in lived if at > opened[0].at})
    counts = sorted(each.at for each in changes if each.people >= 0)
    by, counted, tried, stood = opened[0], 0, 0, 0
    home = lived[0] if lived else (FOREVER, by.grid, by.kind, UNCOUNTED, 0)
    for at in moments:
        while tried < len(opened) and opened[tried].at <= at:
            by = opened[tried] if opened[tried].met > by.met else by
            tried += 1
        while stood < len(lived) and lived[stood][0] <= at:
            home, stood = lived[stood], stood + 1
        known, listed, vacant = max(0, home[3]), home[0] <= at, bool(home[4])
        counted = max(counted, min(by.met, known))
        yield Met(
            at=at,
            by=by,
            counted=counted,
            lived=home,
            left=int(vacant),
            gone=max(known, counted) if vacant else max(0, counted - known * listed),
            over=by.met > known and listed and not vacant and not _recounted(counts, by.at, at),
        )


def _recounted(counts: Sequence[int], since: int, until: int) -> bool:
    """Whether somebody counted the household after they were met: then the register stands."""
    return any(since < at <= until for at in counts)


def over(opened: Sequence[Tried], lived: Sequence[Lived], changes: Sequence[Change]) -> Met | None:
    """How it stands last, if more were ever met than were registered."""
    found = list(standings(opened, lived, changes))
    return found[-1] if any(each.over for each in found) else None


__all__ = ["UNCOUNTED", "Lived", "Met", "lives", "over", "standings"]
