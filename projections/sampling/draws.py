"""The projection of the weekly spot checks: one row a week and place. What the frame holds, the log says."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.sampling import facts as f
from projections.case import micros
from projections.views import Row, Table

SPOT_CHECKS = Table(
    "spot_checks",
    {
        "id": "text",
        "week": "text",
        "place": "text",
        "cases": "int",
        "many": "int",
        "root": "text",
        "size": "int",
        "fixed_by": "text",
        "fixed_at": "int",
        "fixed_position": "int",
        "drawn_on": "text",
        "drawn_by": "text",
        "drawn_at": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("fixed_position",), ("week",)),
)
"""`size` is of the checkpoint; `drawn_on` "" and `drawn_at` null before the draw."""


class Draw(NamedTuple):
    """A week's spot check as its facts left it. Moments are microseconds since 1970 UTC."""

    id: str
    week: str
    place: str
    cases: int
    many: int
    root: str
    size: int
    fixed_by: str
    fixed_at: int
    fixed_position: int
    version: int
    position: int
    drawn_on: str = ""
    drawn_by: str = ""
    drawn_at: int = 0


def fold(draw: Draw | None, line: Recorded) -> Draw:
    """ValueError for a stream that does not begin with its frame."""
    match line.fact:
        case f.FrameFixed() as fixed:
            return Draw(
                id=line.stream,
                week=fixed.week,
                place=fixed.place,
                cases=len(fixed.tickets),
                many=fixed.many,
                root=fixed.root,
                size=fixed.size,
                fixed_by=line.actor.person,
                fixed_at=micros(line.recorded_at),
                fixed_position=line.position,
                version=line.version,
                position=line.position,
            )
        case f.SampleDrawn() as drawn if draw is not None:
            return draw._replace(
                drawn_on=drawn.drawn_on.isoformat(),
                drawn_by=line.actor.person,
                drawn_at=micros(line.recorded_at),
                version=line.version,
                position=line.position,
            )
    raise ValueError(f"{line.stream} does not begin with its frame")


class Draws:
    NAME = "sampling"
    VERSION = 1
    TABLES = (SPOT_CHECKS,)
    FACTS: frozenset[type] = frozenset(f.Fact.__args__)
    STATE = Draw

    def subject(self, line: Recorded) -> str:
        """A week's spot check is its stream."""
        return line.stream

    def fold(self, state: Draw | None, line: Recorded) -> Draw:
        return fold(state, line)

    def rows(self, state: Draw) -> Mapping[str, Sequence[Row]]:
        return {"spot_checks": [row(state)]}

    def marks(self, before: Draw | None, after: Draw, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(draw: Draw) -> Row:
    return draw._asdict() | {"drawn_at": draw.drawn_at or None}


DRAWS = Draws()
