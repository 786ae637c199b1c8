"""A care plan's story, told by the real decider."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain import care
from domain.care.commands import NoticeMissed, OpenPlan, RecordVisit
from domain.messages import ENGINE, Actor, Dated, Envelope
from domain.organisation import HeldGrant
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene
from tests.domain.spec import DAY, DISPATCHER, GRID, GRIDWORKER, GRIDWORKER2, STREET, T0, books, granted

HELD = tuple(
    HeldGrant(f"g-{n}", each.person, each.role, each.scope, T0 - DAY, None, "story", "admin")
    for n, each in enumerate((GRIDWORKER, GRIDWORKER2, DISPATCHER, STREET))
)
MONDAY = date(2026, 3, 2)
"""The local day of T0, a Monday, 09:00 in Shanghai."""


def on(day: int, hour: int = 9) -> datetime:
    """So many days after the Monday the plan was opened, at that local hour."""
    return T0 + timedelta(days=day, hours=hour - 9)


@dataclass(frozen=True)
class Plan:
    """What has happened so far, and what time it is."""

    state: Any = care.INITIAL
    facts: tuple[Any, ...] = ()
    dated: tuple[tuple[datetime, Any], ...] = ()
    now: datetime = T0
    books: Books | None = None

    def at(self, now: datetime) -> "Plan":
        return replace(self, now=now)

    def decided(self, command: Any, by: Actor = GRIDWORKER, at: datetime | None = None) -> tuple[Any, ...]:
        books_now = self.books or books()
        scene = Scene(self.now, at or self.now, by, "care-h1", books_now, granted(HELD))
        return care.decide(command, self.state, scene)

    def do(self, command: Any, by: Actor = GRIDWORKER, at: datetime | None = None) -> "Plan":
        state, new = self.state, []
        for each in self.decided(command, by, at):
            told = each if isinstance(each, Dated) else Dated(each, at or self.now)
            fact: Any = told.fact
            state = care.evolve(state, fact, Envelope(told.occurred_at, by))
            new.append((told.occurred_at, fact))
        facts = (*self.facts, *(fact for _, fact in new))
        return replace(self, state=state, facts=facts, dated=(*self.dated, *new))

    def visit(self, day: int, *, entered: int | None = None, **checklist: Any) -> "Plan":
        """Somebody calls on that day; it is entered on the same one unless told otherwise."""
        now = on(day if entered is None else entered)
        return self.at(now).do(RecordVisit(**checklist), at=on(day))

    def tick(self, day: int) -> "Plan":
        """The engine's clock looks in the morning of that day."""
        return self.at(on(day)).do(NoticeMissed(), ENGINE)

    def refused(self, command: Any, rule: str, by: Actor = GRIDWORKER, at: datetime | None = None) -> Refused:
        with pytest.raises(Refused) as no:
            self.decided(command, by, at)
        assert no.value.rule == rule, (no.value.rule, no.value.detail)
        return no.value

    @property
    def plan(self) -> Any:
        return self.state.plan

    @property
    def due(self) -> int:
        """Days after that Monday by which the next visit is due."""
        return int((self.plan.running.until - MONDAY).days)

    def told(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if type(fact) is kind]


def opened(risk: str = "high", grounds: str = "living_alone", **more: Any) -> Plan:
    return Plan().do(OpenPlan("h1", GRID, grounds, risk, **more))
