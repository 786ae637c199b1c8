"""Given what has happened, when somebody asks, then these facts: or a refusal by its rule.

A story is told by the real decider, so what is given can have happened.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain import complaint
from domain.complaint.commands import (
    Dispatch,
    FollowUp,
    Place,
    ReadingTaken,
    Register,
    Reporter,
    ReportResolution,
    Respond,
)
from domain.deciding import offered
from domain.messages import ENGINE, Actor, Dated, Envelope
from domain.organisation import Grid, HeldGrant, Organisation, Unit, parent
from domain.refusals import Refused
from domain.rule_books import Adoption, Books, RuleBookState, Version
from domain.scene import Scene

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRID = "demo/north/sl/grid-01"
CASE = "c-case"
PHOTO = "ab" * 32

RESIDENT = Actor("p-li", "resident")
NEIGHBOUR = Actor("p-wang", "resident")
GRIDWORKER = Actor("gridworker", "gridworker", GRID)
GRIDWORKER2 = Actor("gridworker2", "gridworker", GRID)
DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
HEATING = Actor("heating", "unit", "heating-co")
PROPERTY = Actor("property", "unit", "property-co")
STREET = Actor("street", "street", "demo/north")
PANEL = Actor("panel", "panel", "demo/north/sl")
ADMIN = Actor("admin", "admin")
ANALYST = Actor("analyst", "analyst")
EVERY_ACTOR = (
    RESIDENT, NEIGHBOUR, GRIDWORKER, GRIDWORKER2, DISPATCHER, HEATING, PROPERTY, STREET, PANEL, ADMIN,
    ANALYST, ENGINE,
)  # fmt: skip


@cache
def _sample(name: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLES / name).read_text("utf-8"))


@cache
def organisation() -> Organisation:
    """The sample community."""
    sample = _sample("community.toml")
    below: dict[str, tuple[str, ...]] = {}
    for grid in sample["grids"]:
        above = parent(grid["path"])
        below[above] = (*below.get(above, ()), grid["path"])
    return Organisation(
        grids={grid["path"]: Grid(**grid) for grid in sample["grids"]},
        below=below,
        units={unit["id"]: Unit(**unit) for unit in sample["units"]},
        time_zone=sample["organisation"]["time_zone"],
    )


@cache
def granted(grants: tuple[HeldGrant, ...]) -> Organisation:
    """The sample community, with these grants in force."""
    by_person: dict[str, tuple[str, ...]] = {}
    by_scope: dict[str, tuple[str, ...]] = {}
    for grant in grants:
        by_person[grant.person] = (*by_person.get(grant.person, ()), grant.id)
        by_scope[grant.scope] = (*by_scope.get(grant.scope, ()), grant.id)
    held = {grant.id: grant for grant in grants}
    return replace(organisation(), grants=held, by_person=by_person, by_scope=by_scope)


@cache
def books() -> Books:
    """The sample community's rule books, each in force since 2020."""
    states = [
        book_state(book["book"], {book["version"]: _sample(book["file"])})
        for book in _sample("community.toml")["books"]
    ]
    return Books.of(states, organisation().time_zone)


def book_state(book: str, contents: dict[str, dict[str, Any]]) -> RuleBookState:
    """A book whose versions took effect one after the other, a year apart, from 2020 on."""
    versions = {name: Version(book, name, content) for name, content in contents.items()}
    adoptions = tuple(Adoption(name, date(2020 + n, 1, 1), T0, None) for n, name in enumerate(versions))
    return RuleBookState(book, versions, adoptions)


def books_with(**contents: dict[str, Any]) -> Books:
    """The sample's books, with the content of some changed (version `changed`)."""
    states = dict(books().states)
    for book, content in contents.items():
        states[book] = book_state(book, {"changed": content})
    return Books(states, books().time_zone)


def sample_content(name: str) -> dict[str, Any]:
    return dict(_sample(name))


def like(kind: type, **expected: Any) -> Callable[[Any], bool]:
    """Any fact of this kind whose named fields are as expected."""

    def matches(fact: Any) -> bool:
        return type(fact) is kind and all(getattr(fact, name) == value for name, value in expected.items())

    matches.__name__ = f"like {kind.__name__} {expected}"
    unknown = set(expected) - {field.name for field in fields(kind)}
    assert not unknown, f"{kind.__name__} has no {unknown}"
    return matches


@dataclass(frozen=True)
class Story:
    """What has happened to one case so far, and what time it is."""

    state: Any = complaint.INITIAL
    facts: tuple[Any, ...] = ()
    now: datetime = T0
    stream: str = CASE
    books: Books | None = None
    grants: tuple[HeldGrant, ...] = ()

    def later(self, by: timedelta = HOUR) -> "Story":
        return replace(self, now=self.now + by)

    def scene(self, by: Actor, at: datetime | None = None) -> Scene:
        books_now = self.books or books()
        return Scene(self.now, at or self.now, by, self.stream, books_now, granted(self.grants))

    def granting(self, *whom: tuple[str, str, str]) -> "Story":
        """With these (person, role, scope) in force from before the story on."""
        held = (
            HeldGrant(f"g-{n}", person, role, scope, T0 - DAY, None, "story", "admin")
            for n, (person, role, scope) in enumerate(whom)
        )
        return replace(self, grants=tuple(held))

    def offers(self, by: Actor) -> tuple[list[str], dict[str, Refused]]:
        """What he may do now, and the rule against everything else."""
        return offered(complaint.ROUTES, complaint.permitted, self.state, self.scene(by))

    def decided(self, command: Any, by: Actor, at: datetime | None = None) -> tuple[Any, ...]:
        return complaint.decide(command, self.state, self.scene(by, at))

    def do(self, command: Any, by: Actor, at: datetime | None = None) -> "Story":
        """The story with the command's facts added, an hour later."""
        state, facts = self.state, list(self.facts)
        for decided in self.decided(command, by, at):
            dated = decided if isinstance(decided, Dated) else Dated(decided, at or self.now)
            fact: Any = dated.fact
            state = complaint.evolve(state, fact, Envelope(dated.occurred_at, by))
            facts.append(fact)
        return replace(self, state=state, facts=tuple(facts), now=self.now + HOUR)

    def when(self, command: Any, by: Actor, at: datetime | None = None) -> "Outcome":
        return Outcome(self, command, by, at)

    @property
    def name(self) -> str:
        return complaint.state_name(self.state)

    @property
    def case(self) -> Any:
        """Its record, untyped: a test says what must be there."""
        return self.state.case


@dataclass(frozen=True)
class Outcome:
    story: Story
    command: Any
    by: Actor
    at: datetime | None

    @property
    def facts(self) -> tuple[Any, ...]:
        return self.story.decided(self.command, self.by, self.at)

    def then(self, *expected: Any) -> "Story":
        """Exactly these: each a fact, its type, or `like(...)`; the story goes on."""
        facts = [fact.fact if isinstance(fact, Dated) else fact for fact in self.facts]
        assert len(facts) == len(expected), facts
        for fact, wanted in zip(facts, expected, strict=True):
            if isinstance(wanted, type):
                assert type(fact) is wanted, fact
            elif callable(wanted):
                assert wanted(fact), (wanted.__name__, fact)
            else:
                assert fact == wanted
        return self.story.do(self.command, self.by, self.at)

    def then_nothing(self) -> None:
        assert self.facts == ()

    def then_refused(self, rule: str, **expected: Any) -> Refused:
        with pytest.raises(Refused) as no:
            self.facts  # noqa: B018 (asking for the facts decides)
        assert no.value.rule == rule, (no.value.rule, no.value.detail)
        for name, value in expected.items():
            assert no.value.facts[name] == value
        return no.value


# ------------------------------------------------------------------ how far a case has come


def registration(category: str = "property", **changes: Any) -> Register:
    usual = Register(
        category,
        "the stairs are dark",
        Place(GRID),
        "hotline",
        reporter=Reporter("李", "13800000000"),
        reporter_id="p-li",
    )
    return replace(usual, **changes)


def received(category: str = "property", **changes: Any) -> Story:
    return Story().do(registration(category, **changes), DISPATCHER)


def hazard(category: str = "property", **changes: Any) -> Story:
    """A case nobody reported: found on patrol."""
    return received(category, reporter=None, reporter_id="", channel="patrol", origin="proactive", **changes)


def dispatched(
    category: str = "property", *, lead: str = "property-co", assisting: tuple[str, ...] = ()
) -> Story:
    return received(category).do(Dispatch(lead, assisting), DISPATCHER)


def handling(
    category: str = "property", *, lead: str = "property-co", assisting: tuple[str, ...] = ()
) -> Story:
    return dispatched(category, lead=lead, assisting=assisting).do(Respond(), of(lead))


def resolved(
    category: str = "property", *, lead: str = "property-co", assisting: tuple[str, ...] = ()
) -> Story:
    return again_resolved(handling(category, lead=lead, assisting=assisting), lead)


def again_resolved(story: Story, lead: str = "property-co") -> Story:
    """From wherever the round stands to its resolution."""
    if story.name == "received":
        story = story.do(Dispatch(lead), DISPATCHER)
    if story.name == "dispatched":
        story = story.do(Respond(), of(lead))
    return story.do(ReportResolution("solved", "the lamp was changed"), of(lead))


def closed(category: str = "property") -> Story:
    story = resolved(category)
    return story.do(satisfied(story.now), GRIDWORKER)


def of(unit: str) -> Actor:
    """Somebody who acts for the unit."""
    return {"heating-co": HEATING, "property-co": PROPERTY, GRID: GRIDWORKER}.get(
        unit, Actor("x", "unit", unit)
    )


def satisfied(at: datetime, **changes: Any) -> FollowUp:
    return replace(FollowUp("on_site", at, True, "satisfied", "yes"), **changes)


def dissatisfied(at: datetime, **changes: Any) -> FollowUp:
    return replace(FollowUp("on_site", at, True, "dissatisfied", "no"), **changes)


def missed(at: datetime, **changes: Any) -> FollowUp:
    """Nobody was at home."""
    return replace(FollowUp("on_site", at, reached=False), **changes)


def warm(value: float = 20.0) -> dict[str, Any]:
    """What a follow-up of a heating case must bring home."""
    return {"readings": (ReadingTaken("room_temperature", value, "°C"),), "photos": (PHOTO,)}
