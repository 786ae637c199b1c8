"""What the engine lays before the panel for a month: its figures, and a draw of entries to look at."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from projections.views import Row

DRAWN = 20


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Of the entries recorded in a month. `credited` - `redeemed` - `reversed` + `other` is how the sum of
    all balances changed; `other` is what appeals gave back, less what lapsed (transfers cancel out)."""

    entries: int = 0
    credited: int = 0
    redeemed: int = 0
    reversed: int = 0
    other: int = 0

    @property
    def change(self) -> int:
        return self.credited - self.redeemed - self.reversed + self.other


def month_figures(entries: Iterable[Row]) -> MonthFigures:
    """Added up from rows of `entries`."""
    count = credited = redeemed = reversed_ = other = 0
    for row in entries:
        count += 1
        match row["kind"]:
            case "credited":
                credited += row["points"]
            case "redeemed":
                redeemed -= row["points"]
            case "reversed":
                reversed_ -= row["points"]
            case _:
                other += row["points"]
    return MonthFigures(count, credited, redeemed, reversed_, other)


def draw(entries: Iterable[str], seed: str, many: int = DRAWN) -> tuple[str, ...]:
    """`many` of the entries, drawn by the seed: whoever has both draws the same ones.

    Each entry's lot is SHA-256 of seed, newline, entry; the lowest lots are drawn, listed in their order.
    """
    lots = sorted((hashlib.sha256(f"{seed}\n{entry}".encode()).hexdigest(), entry) for entry in set(entries))
    return tuple(entry for _, entry in lots[:many])


def stock_count(moves: Sequence[Row], opening: int) -> Row:
    """One item's month from its rows of `stock_moves`: opening, received, corrected, issued, closing."""
    sums = {"received": 0, "corrected": 0, "issued": 0}
    for row in moves:
        if row["kind"] in sums:
            sums[row["kind"]] += row["quantity"]
    closing = opening + sums["received"] + sums["corrected"] - sums["issued"]
    return {"opening": opening, **sums, "closing": closing}
