"""The projection of published figures: one row each, newest first. What was published, its own fact says."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain import publishing as f
from domain.messages import Recorded
from projections.case import micros
from projections.views import Row, Table

PUBLISHED = Table(
    "published_figures",
    {
        "id": "text",
        "indicator": "text",
        "first": "text",
        "last": "text",
        "cohort": "text",
        "group_by": "text",
        "scope": "text",
        "as_of": "int",
        "known_at": "int",
        "size": "int",
        "place": "text",
        "published_by": "text",
        "published_at": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("position",), ("indicator", "position")),
)
"""`group_by` is a JSON list; `place` is where it was published, `scope` what it counts within."""


class Notice(NamedTuple):
    id: str
    indicator: str
    first: str
    last: str
    cohort: str
    group_by: tuple[str, ...]
    scope: str
    as_of: int
    known_at: int
    size: int
    place: str
    published_by: str
    published_at: int
    position: int


class Figures:
    NAME = "figures"
    VERSION = 1
    TABLES = (PUBLISHED,)
    FACTS: frozenset[type] = frozenset({f.FigurePublished})
    STATE = Notice

    def subject(self, line: Recorded) -> str:
        return line.stream

    def fold(self, state: Notice | None, line: Recorded) -> Notice:
        fact = line.fact
        assert isinstance(fact, f.FigurePublished)
        return Notice(
            id=line.stream,
            indicator=fact.indicator,
            first=fact.first,
            last=fact.last,
            cohort=fact.cohort,
            group_by=fact.group_by,
            scope=fact.scope,
            as_of=micros(fact.as_of),
            known_at=fact.known_at,
            size=fact.size,
            place=fact.where,
            published_by=line.actor.person,
            published_at=micros(line.recorded_at),
            position=line.position,
        )

    def rows(self, state: Notice) -> Mapping[str, Sequence[Row]]:
        listed = json.dumps(state.group_by, ensure_ascii=False)
        return {"published_figures": [state._asdict() | {"group_by": listed}]}

    def marks(self, before: Notice | None, after: Notice, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


FIGURES = Figures()
