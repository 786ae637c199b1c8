"""Marks added up by calendar month, so that a figure reads a few sums and the single marks of its edges only.

A tally is the sum of the marks of one family, in one month of `at`, in one face of a cell, in one part. It
leaves out when they became true and when they became known: a figure of now needs neither, and any other
subtracts the marks that came after (projections/adding_up.py). Tallies of two pieces of the log add up.

The months are those of UTC+8, whatever the deployment's time zone is: what a period cuts off a month is read
mark by mark, so where the months begin decides how fast a figure is, never what it says.
"""

from bisect import bisect_right
from datetime import datetime, timedelta, timezone

from projections.case import Faces, micros
from projections.views import Table

TALLIES = Table(
    "tallies",
    {
        "face": "int",
        "family": "text",
        "month": "int",
        "cell": "int",
        "part": "text",
        "moved_to": "int",
        "n": "int",
    },
    key=("face", "family", "month", "cell", "part", "moved_to"),
    adds=("n",),
    spread="cell",
)
"""`month` counts from 1 = January 1970; 0 holds what belongs to no period. `part` is `<part>`, or
`<part>><turns to>` where time turns it. `moved_to` is exact: it decides whether a round left a period."""

Tally = tuple[tuple[str, int, Faces, str, int], int]
"""What a mark adds, before it is spread: (family, month, the faces of its cell, part, moved_to), n."""
TURNS = ">"

CHINA = timezone(timedelta(hours=8))
STARTS = tuple(micros(datetime(1970 + n // 12, n % 12 + 1, 1, tzinfo=CHINA)) for n in range(12 * 230))
"""When each month begins, January 1970 first; what comes after 2199 is all in the last."""

UNTALLIED = frozenset({"dispatched"})
"""Families that no figure adds up: it names who belongs to a cohort."""


def month_of(at: int) -> int:
    return bisect_right(STARTS, at) if at > 0 else 0
