"""A figure that was published (公布的指标): what a notice board said stays in the log for ever, with all that
is needed to count it again. Its stream holds this one fact.

What it counts is the engine's; who publishes chooses the question and says where and why. Nothing in it is
personal: groups and counts, never a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from domain.bounds import text, whole
from domain.deciding import check_role
from domain.messages import Envelope, command, fact
from domain.refusals import Refused
from domain.scene import Scene

ROWS = 2_000
"""Groups of one published figure."""
LEAST = 10
"""The smallest `minimum` a figure is published with: smaller groups could point at people."""
REASON, WHERE = 1_000, 200


@dataclass(frozen=True, slots=True)
class Counted:
    """How many stand in a part: excluded for a reason, or shown beside."""

    part: str
    n: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the values of `group_by`, in its order. `small`: fewer than the minimum, so never shown to
    everybody by itself."""

    group: tuple[str, ...]
    numerator: int
    denominator: int
    excluded: tuple[Counted, ...]
    beside: tuple[Counted, ...]
    small: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    dimension: str
    value: str


@fact("figure.published")
class FigurePublished:
    """`indicator` with its version or variant; the formula as it was told, in both languages. `first`, `last`
    as they were asked, "" is open. The world as of `as_of`, known up to the position `known_at`, counted
    within `scope`; `size` and `root` (base64) are of the checkpoint that covers that position."""

    indicator: str
    formula_zh: str
    formula_en: str
    first: str
    last: str
    cohort: str
    group_by: tuple[str, ...]
    filters: tuple[Narrowed, ...]
    scope: str
    minimum: int
    as_of: datetime
    known_at: int
    rows: tuple[Line, ...]
    size: int
    root: str
    where: str
    reason: str


@command
class Publish:
    """The question is the publisher's, the rest the engine's."""

    indicator: str
    formula_zh: str
    formula_en: str
    first: str
    last: str
    cohort: str
    group_by: tuple[str, ...]
    filters: tuple[Narrowed, ...]
    scope: str
    minimum: int
    as_of: datetime
    known_at: int
    rows: tuple[Line, ...]
    size: int
    root: str
    where: str
    reason: str


Command = Publish
Fact = FigurePublished

ROLES: Mapping[type, frozenset[str]] = {Publish: frozenset({"dispatcher", "street", "panel", "admin"})}


@dataclass(frozen=True, slots=True)
class Figure:
    """`published` is None before it is."""

    published: FigurePublished | None = None


State = Figure
INITIAL = Figure()


def decide(command: Publish, state: Figure, scene: Scene) -> tuple[FigurePublished, ...]:
    """Refused for the role, texts out of bounds, too many groups, a minimum that hides nobody."""
    check_role(type(command), scene, ROLES[type(command)])
    if state.published is not None:
        raise Refused("figure.published-already", "what is published stays as it is", help="publish another")
    if len(command.rows) > ROWS:
        raise Refused(
            "figure.too-many",
            f"{len(command.rows)} groups are too many; at most {ROWS}",
            help="group by less",
            found=len(command.rows),
            most=ROWS,
        )
    if command.minimum < LEAST:
        raise Refused(
            "figure.minimum",
            f"groups of fewer than {LEAST} could point at people",
            help=f"minimum: {LEAST} or more",
            least=LEAST,
        )
    return (
        FigurePublished(
            command.indicator,
            command.formula_zh,
            command.formula_en,
            command.first,
            command.last,
            command.cohort,
            command.group_by,
            command.filters,
            command.scope,
            command.minimum,
            command.as_of,
            whole("known_at", command.known_at, 0, 1 << 62),
            command.rows,
            whole("size", command.size, 1, 1 << 62),
            command.root,
            text("where", command.where.strip(), WHERE),
            text("reason", command.reason.strip(), REASON),
        ),
    )


def evolve(state: Figure, fact: FigurePublished, envelope: Envelope) -> Figure:
    match fact:
        case FigurePublished():
            return Figure(fact)
        case _:
            assert_never(fact)
