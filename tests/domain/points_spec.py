"""A community with accounts, claims, redemptions, stock and a panel, told by the real deciders.

Orders of several steps happen together or not at all, as at the desk. Names are invented.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from domain.households import dwelling, household, tenancy
from domain.messages import ENGINE, Actor, Dated, Envelope, Recorded
from domain.organisation import Organisation
from domain.points import account, attendance, claim, ledger, orders, panel, redemption, stock
from domain.points.account.commands import Open
from domain.points.facts import Posting
from domain.points.redemption import ItemAsked
from domain.refusals import Refused
from domain.rule_books import Adoption, Books, RuleBookState, Version
from domain.scene import Scene
from domain.steps import Seen, Step
from domain.visits import plans, rounds, visiting
from tests.domain import spec
from tests.domain.spec import SAMPLES

DECIDERS: dict[str, Any] = {
    "account": account,
    "claim": claim,
    "redemption": redemption,
    "stock": stock,
    "panel": panel,
    "attendance": attendance,
    "round": rounds,
    "visit": visiting,
    "plan": plans,
    "dwelling": dwelling,
    "household": household,
    "tenancy": tenancy,
}

GRID = "demo/north/sl/grid-01"
COMMUNITY = "demo/north/sl"
NOW = datetime(2025, 3, 31, 1, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHOTO = "ab" * 32

LAN = Actor("p-lan", "resident", GRID)
"""蓝姐 earns, spends and is disputed."""
QIAO = Actor("p-qiao", "resident", GRID)
MEMBER = Actor("gridworker", "gridworker", GRID)
OTHER = Actor("gridworker2", "gridworker", GRID)
DISPATCHER = Actor("dispatcher", "dispatcher", COMMUNITY)
PANEL = Actor("panel", "panel", COMMUNITY)
PANEL2 = Actor("panel2", "panel", COMMUNITY)
PANEL3 = Actor("panel3", "panel", COMMUNITY)
STREET = Actor("street", "street", "demo/north")
ADMIN = Actor("admin", "admin")
SHOP = Actor("property", "unit", "property-co")

PANEL_STREAM = panel.panel_of(COMMUNITY)


def sample(name: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLES / name).read_text("utf-8"))


def in_versions(book: str, *versions: tuple[str, dict[str, Any], date]) -> RuleBookState:
    """A book whose versions took effect on these days."""
    return RuleBookState(
        book,
        {name: Version(book, name, content) for name, content, _ in versions},
        tuple(Adoption(name, day, NOW, None) for name, _, day in versions),
    )


@cache
def books() -> Books:
    """As in the demo: tariff 2025-0 from January, 2025-1 from March 2025 on."""
    states = {
        "tariffs": in_versions(
            "tariffs",
            ("2025-0", sample("tariffs-2025-0.toml"), date(2025, 1, 1)),
            ("2025-1", sample("tariffs-2025-1.toml"), date(2025, 3, 1)),
        ),
        "catalogues": in_versions(
            "catalogues", ("2025-1", sample("catalogue-2025-1.toml"), date(2025, 1, 1))
        ),
    }
    return Books({**spec.books().states, **states}, "Asia/Shanghai")


def books_with(**contents: dict[str, Any]) -> Books:
    """These books with other content, in force from 2025 on."""
    changed = {
        book: in_versions(book, ("changed", content, date(2025, 1, 1))) for book, content in contents.items()
    }
    return Books({**books().states, **changed}, "Asia/Shanghai")


class Community:
    """What is recorded so far, stream by stream. Every order takes an hour."""

    def __init__(self, known: Books | None = None, now: datetime = NOW) -> None:
        self.books = known or books()
        self.now = now
        self.organisation: Organisation = spec.organisation()
        self.lines: list[Recorded] = []
        self.states: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.serial = 0

    # -------------------------------------------------------------- the desk

    def scene(self, by: Actor, stream: str = "", at: datetime | None = None) -> Scene:
        return Scene(self.now, at or self.now, by, stream, self.books, self.organisation)

    def submit(self, steps: Sequence[Step], by: Actor, at: datetime | None = None) -> list[Any]:
        """The facts of the order, all or (raising what refused it) none."""
        states, versions, lines = dict(self.states), dict(self.versions), list(self.lines)
        facts: list[Any] = []
        for step in steps:
            kind, stream, command, expected = step.kind, step.stream, step.command, step.expected
            decider = DECIDERS[kind]
            state, version = states.get(stream, decider.INITIAL), versions.get(stream, 0)
            assert expected in (None, version), f"{stream} is at {version}, not {expected}"
            for decided in decider.decide(command, state, self.scene(by, stream, at)):
                dated = decided if isinstance(decided, Dated) else Dated(decided, at or self.now)
                envelope = Envelope(dated.occurred_at, by)
                version += 1
                state = decider.evolve(state, dated.fact, envelope)
                line = Recorded(len(lines) + 1, stream, version, self.now, envelope, dated.fact)
                lines.append(line)
                facts.append(dated.fact)
            states[stream], versions[stream] = state, version
        self.states, self.versions, self.lines = states, versions, lines
        self.now += HOUR
        return facts

    def do(self, kind: str, stream: str, command: Any, by: Actor) -> list[Any]:
        return self.submit((Step(kind, stream, command),), by)

    def seen(self, kind: str, stream: str) -> Seen:
        return Seen(self.state(kind, stream), self.versions.get(stream, 0))

    def state(self, kind: str, stream: str) -> Any:
        return self.states.get(stream, DECIDERS[kind].INITIAL)

    def named(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{self.serial}"

    @property
    def facts(self) -> list[Any]:
        """Untyped: a test says what must be in them."""
        return [line.fact for line in self.lines]

    # -------------------------------------------------------------- accounts

    def account(self, holder: Actor = LAN) -> Any:
        return self.state("account", account.account_of(holder.person))

    def open(self, holder: Actor = LAN, kind: str = "resident", by: Actor = MEMBER) -> str:
        stream = account.account_of(holder.person)
        self.do("account", stream, Open(holder.person, kind, GRID), by)
        return stream

    # -------------------------------------------------------------- claims

    def filed(self, activity: str, quantity: int = 1, on: date | None = None, by: Actor = LAN, **more) -> str:
        """The claim's stream."""
        stream, holder = self.named("clm"), account.account_of(more.pop("holder", LAN).person)
        today = self.organisation.local_date(self.now)
        steps = orders.file(
            stream,
            holder,
            self.state("account", holder),
            self.organisation,
            activity=activity,
            quantity=quantity,
            occurred_on=on or today,
            **more,
        )
        self.submit(steps, by)
        return stream

    def verify(self, stream: str, by: Actor = MEMBER) -> list[Any]:
        state = self.state("claim", stream)
        steps = orders.verify(stream, state, self.seen("account", claim.filed(state).account))
        return self.submit(steps, by)

    def earn(self, activity: str, quantity: int = 1, on: date | None = None, **more) -> str:
        stream = self.filed(activity, quantity, on, **more)
        self.verify(stream)
        return stream

    def dispute(self, stream: str, by: Actor = PANEL) -> list[Any]:
        return self.submit(orders.dispute(stream, self.state("claim", stream), "the neighbour says less"), by)

    def appoint(self, *members: Actor, quorum: int = 0) -> None:
        people = tuple(member.person for member in members or (PANEL, PANEL2, PANEL3))
        self.do("panel", PANEL_STREAM, panel.Appoint(COMMUNITY, people, quorum), STREET)

    def rule(
        self,
        stream: str,
        proven: int,
        by: Actor = PANEL,
        votes: dict[str, str] | None = None,
        false_claim: bool | None = None,
    ) -> list[Any]:
        state = self.state("claim", stream)
        holder = claim.filed(state).account
        pending = {name: self.state("redemption", name) for name in self.state("account", holder).orders()}
        steps = orders.rule(
            stream,
            state,
            self.seen("account", holder),
            PANEL_STREAM,
            self.seen("panel", PANEL_STREAM),
            pending,
            self.scene(by),
            proven_quantity=proven,
            reasons="heard and weighed",
            votes={"panel2": "agree"} if votes is None else votes,
            false_claim=false_claim,
        )
        return self.submit(steps, by)

    def appeal(self, stream: str, by: Actor = LAN) -> list[Any]:
        return self.do("claim", stream, claim.ROUTES["appeal"]("the shop was open"), by)

    def decide_appeal(self, stream: str, outcome: str, by: Actor = STREET) -> list[Any]:
        steps = orders.decide_appeal(stream, self.state("claim", stream), outcome, "looked at again")
        return self.submit(steps, by)

    # -------------------------------------------------------------- redemptions

    def fill(self, quantity: int = 50, *items: str) -> None:
        for item in items or ("flour", "detergent", "salt"):
            self.do("stock", stock.stock_of(item), stock.Receive(item, quantity, "delivery"), DISPATCHER)

    def order(self, *items: str, by: Actor = LAN, holder: Actor = LAN, **more) -> str:
        stream, of = self.named("rdm"), account.account_of(holder.person)
        asked = [ItemAsked(item) for item in items]
        self.submit(
            orders.request(stream, of, self.state("account", of), self.scene(by), items=asked, **more), by
        )
        return stream

    def fulfil(self, stream: str, by: Actor = MEMBER, **more) -> list[Any]:
        return self.submit(orders.fulfil(stream, self.state("redemption", stream), **more), by)

    def cancel(self, stream: str, reason: str = "holder", by: Actor = LAN) -> list[Any]:
        return self.submit(orders.cancel(stream, self.state("redemption", stream), reason=reason), by)

    def time_out(self, stream: str) -> list[Any]:
        return self.submit(orders.time_out(stream, self.state("redemption", stream)), ENGINE)

    def stock(self, item: str) -> Any:
        return self.state("stock", stock.stock_of(item))

    # -------------------------------------------------------------- the ledger

    def postings(self) -> list[Posting]:
        return [posting for line in self.lines for posting in getattr(line.fact, "postings", ())]

    def balances(self) -> dict[str, int]:
        return dict(ledger.totals(self.postings()))


def with_scope(actor: Actor, **changes: str) -> Actor:
    return replace(actor, **changes)


class refused:
    """`with refused("rule", fact=value):` what is inside must be refused so, and must record nothing."""

    def __init__(self, community: Community, rule: str, **facts: Any) -> None:
        self.community, self.rule, self.facts = community, rule, facts

    def __enter__(self) -> None:
        self.before = len(self.community.lines)

    def __exit__(self, kind: Any, no: Any, trace: Any) -> bool:
        if kind is None:
            pytest.fail(f"{self.rule} refused nothing")
        if not isinstance(no, Refused):
            return False
        assert no.rule == self.rule, (no.rule, no.detail)
        assert {name: no.facts[name] for name in self.facts} == self.facts
        assert len(self.community.lines) == self.before
        assert no.detail
        return True
