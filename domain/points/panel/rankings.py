"""Who earned most in a period. Equal points share a rank; the first n include all who share the last."""

from collections.abc import Iterable

from domain.points.facts import Ranked
from domain.points.panel.commands import Earned


def ranked(earned: Iterable[Earned], *, top: int, minimum: int) -> tuple[Ranked, ...]:
    """Ranks 1, 2, 2, 4 … of those with at least `minimum`, as far as rank `top`; equals by account."""
    found: list[Ranked] = []
    order = sorted(
        (each for each in earned if each.points >= minimum), key=lambda each: (-each.points, each.account)
    )
    for place, each in enumerate(order, 1):
        rank = found[-1].rank if found and found[-1].points == each.points else place
        if rank > top:
            break
        found.append(Ranked(rank, each.account, each.points))
    return tuple(found)
