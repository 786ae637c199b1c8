"""The part `care` of the book `deadlines`: how often whom is looked after (关爱走访频次).

The sources say once a week at least for old people who live alone (002), and that each day of theirs matters
(000); so weekly is the longest for them, and daily a level of its own. For everybody else they are silent:
the numbers here are defaults that a book may change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from domain.rule_books.content import Table

RISKS = ("daily", "high", "medium", "low")
"""Levels of risk, the highest first."""

GROUNDS = ("living_alone", "no_family", "disabled", "bedridden", "hardship", "bereaved", "other")
"""Why a household is a key one (重点户)."""

LEVELS: Mapping[str, int] = {"daily": 1, "high": 7, "medium": 14, "low": 30}
LONGEST: Mapping[str, int] = {"living_alone": 7}


@dataclass(frozen=True, slots=True)
class Care:
    """`levels`: at most so many days from one visit to the next, by risk. `longest`: the same by ground,
    whatever the risk; no bound of its own where none is named. A miss is recorded `grace_hours` after it was
    due. `online` says whether a call keeps the cadence as a visit at the door does."""

    version: str = "default"
    levels: Mapping[str, int] = field(default_factory=lambda: dict(LEVELS))
    longest: Mapping[str, int] = field(default_factory=lambda: dict(LONGEST))
    grace_hours: int = 0
    online: bool = False

    @property
    def grace(self) -> timedelta:
        return timedelta(hours=self.grace_hours)

    def most(self, risk: str, grounds: str) -> int:
        """The longest cadence such a household may be given, in days."""
        return min(self.levels[risk], self.longest.get(grounds, self.levels[risk]))


def read_care(table: Table, version: str) -> Care:
    """BadContent if a number is out of bounds or a name is not known."""
    levels, longest = table.table("levels"), table.table("longest")
    usual = Care()
    care = Care(
        version=version,
        levels={risk: levels.whole(risk, 1, 366, usual.levels[risk]) for risk in RISKS},
        longest={
            ground: longest.whole(ground, 1, 366, usual.longest.get(ground))
            for ground in GROUNDS
            if longest.has(ground) or ground in usual.longest
        },
        grace_hours=table.whole("grace_hours", 0, 240, usual.grace_hours),
        online=table.flag("online", usual.online),
    )
    for each in (levels, longest, table):
        each.done()
    return care
