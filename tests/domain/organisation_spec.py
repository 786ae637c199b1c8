"""A small tree with people in office, and the words tests say about it."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest

from domain import organisation
from domain.messages import Actor, Dated, Envelope
from domain.organisation import Granted, GridEstablished, Organisation, UnitEstablished
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene

NOW = datetime(2025, 3, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADMIN = Actor("admin", "admin")
STREET_ADMIN = Actor("p-street", "admin", "demo/north")
SL, GRID, SOUTH = "demo/north/sl", "demo/north/sl/grid-01", "demo/south"
TREE = (
    GridEstablished("demo", "示范市", "city"),
    GridEstablished("demo/north", "北苑街道", "street"),
    GridEstablished(SL, "松林社区", "community"),
    GridEstablished(GRID, "第一网格", "grid"),
    GridEstablished(SOUTH, "南苑街道", "street"),
    UnitEstablished("heating-co", "供热公司", "company"),
)


def granted(
    id: str, person: str, role: str, scope: str, until: datetime | None = None, begins: datetime = NOW
) -> Granted:
    return Granted(id, person, role, scope, begins, until, "到岗")


def given(*facts: Any, at: datetime = NOW, by: Actor = ADMIN) -> Organisation:
    """The tree, and what was recorded of it since, all at one moment."""
    envelope = Envelope(at, by)
    return reduce(
        lambda state, fact: organisation.evolve(state, fact, envelope), (*TREE, *facts), organisation.INITIAL
    )


def scene(
    by: Actor = ADMIN, now: datetime = NOW, told: datetime | None = None, books: Books | None = None
) -> Scene:
    return Scene(now, told or now, by, organisation.STREAM, books or Books(), Organisation())


def decided(command: Any, state: Organisation, **where: Any) -> tuple[Any, ...]:
    """The facts, without the moments they are dated to."""
    found = organisation.decide(command, state, scene(**where))
    return tuple(fact.fact if isinstance(fact, Dated) else fact for fact in found)


def refused(command: Any, state: Organisation, **where: Any) -> str:
    with pytest.raises(Refused) as no:
        organisation.decide(command, state, scene(**where))
    return no.value.rule
