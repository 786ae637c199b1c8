"""Marks added up by calendar month, and by day, so that a figure reads a few sums and few single marks.

A tally is the sum of the marks of one family, in one month of `at`, in one face of a cell, in one part; of
the face that tells least there are tallies of each day too. It leaves out when they became true and when they
became known: a figure of now needs neither, any other subtracts the marks that came after
(projections/adding_up.py). Tallies of two pieces of the log add up.

The months and days are those of UTC+8, whatever the deployment's time zone is: what a period cuts off is read
mark by mark, so where they begin decides how fast a figure is, never what it says.
"""

from bisect import bisect_right
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from projections.case import Faces, micros
from projections.views import Table

Key = tuple[int, str, int, int, str, int]
"""Face, family, cell, month, part, moved_to."""
Counted = tuple[str, int, Faces, str, int]
"""Family, day, the faces of a cell, part, moved_to."""
Tally = tuple[Counted, int]
"""What a mark adds, before it is spread."""
TURNS = ">"
TURNING = ("not_due>overdue", "not_due>stayed", "not_due>repeated")
"""The parts that time turns (projections/standing.py)."""
BY_DAY = 4
"""The face AREA (projections/cells.py) once more, by day."""

CHINA = timezone(timedelta(hours=8))
STARTS = tuple(micros(datetime(1970 + n // 12, n % 12 + 1, 1, tzinfo=CHINA)) for n in range(12 * 230))
"""When each month begins, January 1970 first; what comes after 2199 is all in the last."""
DAY = 86_400_000_000
BEGIN = STARTS[0]


def day_of(at: int) -> int:
    """From 1 = 1 January 1970; 0 for what belongs to no period."""
    return (at - BEGIN) // DAY + 1 if at > 0 else 0


def month_of(at: int) -> int:
    return bisect_right(STARTS, at) if at > 0 else 0


def begins(day: int) -> int:
    """When a day begins."""
    return BEGIN + (day - 1) * DAY


def nearest_day(at: int) -> int:
    """The day that begins nearest to a moment."""
    return day_of(at + DAY // 2)


@lru_cache(maxsize=4096)
def month_with(day: int) -> int:
    return bisect_right(STARTS, begins(day)) if day else 0


def keys_of(counted: Counted) -> list[Key]:
    """The tallies that a mark adds to."""
    family, day, (handling, place, manner, area, local), part, moved_to = counted
    month = month_with(day)
    return [
        (0, family, handling, month, part, moved_to),
        (1, family, place, month, part, moved_to),
        (2, family, manner, month, part, moved_to),
        (3, family, area, month, part, moved_to),
        (BY_DAY, family, area, day, part, moved_to),
        (5, family, local, month, part, moved_to),
    ]


TALLIES = Table(
    "tallies",
    {
        "face": "int",
        "family": "text",
        "cell": "int",
        "month": "int",
        "part": "text",
        "moved_to": "int",
        "n": "int",
    },
    key=("face", "family", "cell", "month", "part", "moved_to"),
    adds=("n",),
    spread=keys_of,
)
"""`month` counts from 1 = January 1970; 0 holds what belongs to no period. Of the face `BY_DAY` it is the
day, from 1 = 1 January 1970. The cell stands before it: a question names few cells of a face (all of them, if
need be: projections/adding_up.py, `of_tallies`), and the months of one lie side by side. `part` is `<part>`,
or `<part>><turns to>` where time turns it. `moved_to` is exact: it decides whether a round left a period."""

UNTALLIED = frozenset({"dispatched"})
"""Families that no figure adds up: it names who belongs to a cohort."""
