"""What the supervision book says of visit rounds (`[visits]`): who is met when, and how often to try."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.rule_books.content import Table

WINDOWS = ("day", "evening", "weekend")
KINDS = ("resident", "employed", "key", "shop")

MET: Mapping[str, tuple[str, ...]] = {
    "day": ("resident", "shop"),
    "evening": ("employed",),
    "weekend": ("key",),
}
"""白天访住户、晚上访上班族、周末访重点户; shops are open by day."""


@dataclass(frozen=True, slots=True)
class Visiting:
    """In each window the kinds of household met there; at most `per_window` households in one window of one
    worker's day. After `tries` attempts in person that opened nothing, the household is made up online. What
    was done more than `entry_days` days ago is not entered any more."""

    windows: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(MET))
    per_window: int = 30
    tries: int = 3
    entry_days: int = 366

    def window_of(self, kind: str) -> str:
        """When such a household is met; by day where no window names it."""
        return next((window for window, kinds in self.windows.items() if kind in kinds), WINDOWS[0])


def read_visiting(table: Table) -> Visiting:
    """BadContent if a number is out of bounds or a kind is not known."""
    usual = Visiting()
    windows = table.table("windows")
    read = {window: windows.texts(window, among=KINDS, default=usual.windows[window]) for window in WINDOWS}
    windows.done()
    found = Visiting(
        read,
        table.whole("per_window", 1, 500, usual.per_window),
        table.whole("tries", 1, 20, usual.tries),
        table.whole("entry_days", 1, 3_660, usual.entry_days),
    )
    table.done()
    return found
