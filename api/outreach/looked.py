"""A look at the views that remembers what it was asked: a page of several figures asks the same sums for
each."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from api import lines
from engine.columns import edges
from engine.views import Reading
from projections.asking import Sum, Where
from projections.outreach.indicators import FAMILIES
from projections.outreach.tables import MARKS, PLACES

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Looked(Reading):
    """`finest`: what sums are asked by beside what they need, so that a coarser one is added up from those
    that are known already. `wide`: what is asked of holds most cells."""

    finest: tuple[str, ...] = ()
    wide: bool = False
    known: dict[Hashable, Any] = field(default_factory=dict, compare=False)

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """What is under the key; asked where nobody has yet."""
        if key not in self.known:
            self.known[key] = ask()
        found: T = self.known[key]
        return found

    def now(self) -> int:
        """Its position."""
        return self.once("position", self.position)

    def added(self, sum_: Sum) -> Rows:
        """The rows of a sum. One of a single mode is read off those asked by mode."""
        held = [
            each for each in sum_.where if isinstance(each, Where) and each.op == "=" and self.apart(each)
        ]
        rest = tuple(each for each in sum_.where if each not in held)
        by = tuple(sorted({*self.finest, *sum_.by}))
        wide = replace(sum_, by=by, where=rest, month="", times=1)
        rows: Rows = self.once(wide, lambda: lines.added(self, wide, self.wide))
        if not held and len(by) == len(sum_.by):
            return rows
        of_one = [row for row in rows if all(row[each.column] == each.value for each in held)]
        return self.once((wide, sum_.by, *held), lambda: rolled(of_one, sum_))

    def apart(self, each: Where) -> bool:
        """Whether all sums are asked by it anyway. Of a place fewer rows are added up: it stays asked."""
        return each.op == "=" and each.column in self.finest and each.column not in PLACES

    def edge(self, family: str, way: str) -> int:
        """The moment of the family's first (`asc`) or last (`desc`) mark; 0 if it has none."""

        found = self.once("edges", lambda: edges(self, MARKS.name, "at", "family", FAMILIES))
        return found.get(family, (0, 0))[way == "desc"]


def looked(reading: Reading, finest: tuple[str, ...] = (), wide: bool = False) -> Looked:
    if isinstance(reading, Looked):
        return reading
    return Looked(reading.connection, reading.tables, reading.generation, finest, wide)


def rolled(rows: Rows, each: Sum) -> Rows:
    """Rows of a finer sum, added up; what comes to nothing is left out."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        found[tuple(row[name] for name in each.by)] += row[each.add]
    return [dict(zip(each.by, key, strict=True)) | {each.add: n} for key, n in found.items() if n]
