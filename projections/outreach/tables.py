"""The book of outreach: signed marks, the same added up by month, and the cells both name.

A mark's part stands at `at` and nothing turns it into another. Where `effective` is another moment than `at`
(a care period counts in the period of its deadline, from the visit that kept it) the indicator says so.
"""

from functools import lru_cache
from hashlib import blake2b

from projections.cells import community, street
from projections.views import Row, Table

Dims = tuple[str, str, str, str, str, str, str]
"""grid, window, mode, round, worker, risk, kind; "" where there is no such thing."""

OWN = ("grid", "window", "mode", "round", "worker", "risk", "kind")
PLACES = ("grid", "community", "street")
DIMS = (*PLACES, "window", "mode", "round", "worker", "risk", "kind", "month")
"""What a figure of outreach can be grouped by, as far as it has it."""

MARKS = Table(
    "outreach_marks",
    {
        "family": "text",
        "at": "int",
        "position": "int",
        "seq": "int",
        "cell": "int",
        "part": "text",
        "subject": "text",
        "share": "text",
        "effective": "int",
        "n": "int",
    },
    key=("family", "at", "position", "seq"),
    indexes=(("family", "position"), ("family", "effective")),
    grows=True,
)
"""`subject` is `<round>/<household>` (no round: `/<household>`), a care plan, or a stream; `share` tells its
attempts, slots, periods or finds apart. `n` is added up."""

TALLIES = Table(
    "outreach_tallies",
    {"family": "text", "month": "int", "cell": "int", "part": "text", "n": "int"},
    key=("family", "month", "cell", "part"),
    adds=("n",),
)
"""Months as in projections/tallies.py."""

CELLS = Table(
    "outreach_cells",
    {"cell": "int"} | dict.fromkeys((*OWN, "community", "street"), "text"),
    key=("cell",),
    indexes=(("grid", "cell"), ("round", "cell")),
    once=True,
)


OVER = Table(
    "outreach_over",
    {
        "round": "text",
        "household": "text",
        "grid": "text",
        "met": "int",
        "people": "int",
        "open": "int",
        "since": "int",
    },
    key=("round", "household"),
    indexes=(("open", "grid"),),
)
"""Where a round met more people (`met`, the most at one attempt, at `since`) than are registered. `people` is
null where nobody has counted them; `open` is 1 until somebody counts the household anew."""


@lru_cache(50_000)
def cell_id(dims: Dims) -> int:
    """The same for the same values, in every process and year."""
    digest = blake2b("\x1f".join(dims).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def cell_row(dims: Dims) -> Row:
    return {
        "cell": cell_id(dims),
        **dict(zip(OWN, dims, strict=True)),
        "community": community(dims[0]),
        "street": street(dims[0]),
    }
