"""A cell is one combination of the dimensions figures are grouped by; marks name it by a 63-bit number.

The number is a hash of the values, so that any process, today or in a rebuild, gives the same cell the same
number without asking a database.
"""

from hashlib import blake2b

from projections.case import Case, Cell, Round
from projections.views import Row, Table

Dims = tuple[str, str, str, str, str, str, str, str, str, str, str]
"""category, first_category, channel, origin, grid, urgency, origin_of_record, lead, unit, track, method."""

CELLS = Table(
    "cells",
    {
        "cell": "int",
        "category": "text",
        "first_category": "text",
        "channel": "text",
        "origin": "text",
        "grid": "text",
        "community": "text",
        "street": "text",
        "urgency": "text",
        "origin_of_record": "text",
        "lead": "text",
        "unit": "text",
        "track": "text",
        "follow_up_method": "text",
        "side": "int",
    },
    key=("cell",),
    indexes=(("side", "community", "cell"), ("grid", "cell"), ("lead", "cell"), ("unit", "cell")),
    once=True,
)
"""`side`: the face that it is, or `WHOLE`. Tallies are found among the few cells of their face, marks among
the many whole ones."""

NOWHERE: Cell = (0, (0, 0, 0, 0, 0))
"""Of what is never grouped."""

REMEMBERED = 50_000
_known: dict[tuple[Dims, int], int] = {}
_cells: dict[Dims, Cell] = {}
_rows: dict[Dims, tuple[Row, ...]] = {}

HANDLING, PLACE, MANNER, AREA, LOCAL = 0, 1, 2, 3, 5
"""The faces, as they are numbered in the tallies."""
FACES = (HANDLING, PLACE, MANNER, AREA, LOCAL)
WHOLE = -1


def cell_id(dims: Dims, side: int = WHOLE) -> int:
    """The same for the same values, in every process and year. A face has a number of its own, even where it
    tells as much as another."""
    known = _known.get((dims, side))
    if known is None:
        told = dims if side == WHOLE else (*dims, str(side))
        digest = blake2b("\x1f".join(told).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = int.from_bytes(digest, "big") >> 1
        if len(_known) >= REMEMBERED:
            _known.clear()
        _known[dims, side] = known
    return known


def faces(dims: Dims) -> tuple[Dims, ...]:
    """The same with fewer dimensions told, so that many cells share one face, in the order of `FACES`: who
    handles what, in which community; at which grid; how it came and went, in which community; in which
    community; who handles anything, at which grid."""
    category, first, channel, origin, grid, urgency, record, lead, unit, track, method = dims
    area = community(grid)
    return (
        (category, first, "", "", area, "", "", lead, unit, "", ""),
        ("", "", "", "", grid, "", "", "", "", "", ""),
        ("", "", channel, origin, area, urgency, record, "", "", track, method),
        ("", "", "", "", area, "", "", "", "", "", ""),
        ("", "", "", "", grid, "", "", lead, unit, "", ""),
    )


TOLD: dict[int, frozenset[str]] = {
    AREA: frozenset({"community", "street"}),
    PLACE: frozenset({"grid", "community", "street"}),
    HANDLING: frozenset({"category", "first_category", "community", "street", "lead", "unit"}),
    MANNER: frozenset(
        {
            "channel",
            "origin",
            "urgency",
            "origin_of_record",
            "track",
            "follow_up_method",
            "community",
            "street",
        }
    ),
    LOCAL: frozenset({"grid", "community", "street", "lead", "unit"}),
}
"""What each face tells, that with the fewest rows first."""


def cells_of(dims: Dims) -> Cell:
    """The numbers of the cell and of its faces."""
    known = _cells.get(dims)
    if known is None:
        handling, place, manner, area, local = map(cell_id, faces(dims), FACES)
        known = cell_id(dims), (handling, place, manner, area, local)
        if len(_cells) >= REMEMBERED:
            _cells.clear()
        _cells[dims] = known
    return known


def round_dims(case: Case, round: Round) -> Dims:
    """Of a round: its lead answers for it."""
    o, lead = case.opening, round.lead
    return (
        case.category,
        o.category,
        o.channel,
        o.origin,
        o.grid,
        o.urgency,
        o.record,
        lead,
        lead,
        round.track,
        "",
    )


def share_dims(case: Case, round: Round, unit: str) -> Dims:
    """Of a unit's share: an assisting unit answers for itself."""
    dims = round_dims(case, round)
    return (*dims[:8], unit, *dims[9:])


def answer_dims(case: Case, round: Round, method: str) -> Dims:
    return (*round_dims(case, round)[:10], method)


def intake_dims(case: Case) -> Dims:
    """Of the case as it came in: nobody leads it yet."""
    o = case.opening
    return (case.category, o.category, o.channel, o.origin, o.grid, o.urgency, o.record, "", "", "", "")


def community(grid: str) -> str:
    """The first three nodes of the path: city/street/community."""
    return "/".join(grid.split("/", 3)[:3])


def street(grid: str) -> str:
    return "/".join(grid.split("/", 2)[:2])


def cell_rows(dims: Dims) -> tuple[Row, ...]:
    """The rows of the cell and its faces, made once: facts name the same few cells over and over."""
    rows = _rows.get(dims)
    if rows is None:
        if len(_rows) >= REMEMBERED:
            _rows.clear()
        every = (dims, WHOLE), *zip(faces(dims), FACES, strict=True)
        rows = _rows[dims] = tuple([_row(*each) for each in every])
    return rows


def _row(dims: Dims, side: int) -> Row:
    category, first, channel, origin, grid, urgency, record, lead, unit, track, method = dims
    return {
        "cell": cell_id(dims, side),
        "category": category,
        "first_category": first,
        "channel": channel,
        "origin": origin,
        "grid": grid,
        "community": community(grid),
        "street": street(grid),
        "urgency": urgency,
        "origin_of_record": record,
        "lead": lead,
        "unit": unit,
        "track": track,
        "follow_up_method": method,
        "side": side,
    }
