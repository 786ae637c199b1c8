"""A series of duties told by the real decider, on the shipped book and the shipped calendar."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain import duties
from domain.messages import ENGINE, Actor, Dated, Envelope
from domain.refusals import Refused
from domain.rule_books import Adoption, Books, RuleBookState, Version
from domain.scene import Scene
from tests.domain.spec import SAMPLES, organisation

EARLY = date(2020, 1, 1)
SHIPPED = tomllib.loads((SAMPLES / "duties-2026-1.toml").read_text("utf-8"))
CALENDAR = tomllib.loads((SAMPLES / "calendar-cn-2026.toml").read_text("utf-8"))
GRID, COMMUNITY, STREET = "demo/north/sl/grid-01", "demo/north/sl", "demo/north"


def book(name: str, *versions: tuple[str, date, dict[str, Any]]) -> RuleBookState:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    return RuleBookState(
        name,
        {version: Version(name, version, content) for version, _, content in versions},
        tuple(Adoption(version, day, at, None) for version, day, _ in versions),
    )


def books(
    *duties_versions: tuple[str, date, dict[str, Any]],
    calendars: tuple[tuple[str, date, dict[str, Any]], ...] = (("cn-2026", EARLY, CALENDAR),),
) -> Books:
    told = duties_versions or (("2026-1", EARLY, SHIPPED),)
    return Books.of([book("duties", *told), book("calendars", *calendars)], "Asia/Shanghai")


def with_line(code: str, **changed: Any) -> dict[str, Any]:
    """The shipped book with one line told otherwise."""
    content = deepcopy(SHIPPED)
    for line in content["lines"]:
        if line["code"] == code:
            line.update(changed)
    return content


def without(code: str) -> dict[str, Any]:
    content = deepcopy(SHIPPED)
    content["lines"] = [line for line in content["lines"] if line["code"] != code]
    return content


def at(text: str) -> datetime:
    """A moment of Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


class Told:
    """One series. `facts` is everything that was decided, each with when it happened."""

    def __init__(self, what: str, place: str, *, rules: Books | None = None) -> None:
        self.what, self.place = what, place
        self.rules = rules or books()
        self.state: duties.State = duties.INITIAL
        self.facts: list[tuple[Any, datetime]] = []

    def do(
        self, command: Any, now: datetime, by: Actor = ENGINE, occurred_at: datetime | None = None
    ) -> list[Any]:
        when = occurred_at or now
        stream = duties.stream_of(self.what, self.place)
        scene = Scene(now, when, by, stream, self.rules, organisation())
        found = []
        for each in duties.decide(command, self.state, scene):
            fact, happened = (each.fact, each.occurred_at) if isinstance(each, Dated) else (each, when)
            self.state = duties.evolve(self.state, fact, Envelope(happened, by))  # type: ignore[arg-type]
            self.facts.append((fact, happened))
            found.append(fact)
        return found

    def open(self, now: datetime, by: Actor = ENGINE) -> Any:
        (fact,) = self.do(duties.OpenSeries(self.what, self.place), now, by)
        return fact.next

    @property
    def period(self) -> Any:
        assert not isinstance(self.state, duties.Unopened)
        return self.state.series.period


@contextmanager
def refused(rule: str) -> Iterator[None]:
    with pytest.raises(Refused) as told:
        yield
    assert told.value.rule == rule
