"""A cell is one combination of the dimensions figures are grouped by; marks name it by a 63-bit number.

The number is a hash of the values, so that any process, today or in a rebuild, gives the same cell the same
number without asking a database.
"""

from hashlib import blake2b

from projections.case import Case, Round
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
    },
    key=("cell",),
    once=True,
)

REMEMBERED = 50_000
_known: dict[Dims, int] = {}
_rows: dict[Dims, Row] = {}


def cell_id(dims: Dims) -> int:
    """The same for the same values, in every process and year."""
    known = _known.get(dims)
    if known is None:
        digest = blake2b("\x1f".join(dims).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = int.from_bytes(digest, "big") >> 1
        if len(_known) >= REMEMBERED:
            _known.clear()
        _known[dims] = known
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


def cell_row(dims: Dims) -> Row:
    """The cell's row, made once: facts name the same few cells over and over."""
    row = _rows.get(dims)
    if row is None:
        if len(_rows) >= REMEMBERED:
            _rows.clear()
        row = _rows[dims] = _row(dims)
    return row


def _row(dims: Dims) -> Row:
    category, first, channel, origin, grid, urgency, record, lead, unit, track, method = dims
    return {
        "cell": cell_id(dims),
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
    }
