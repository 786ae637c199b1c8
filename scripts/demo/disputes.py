"""Four claims of three grocery trips that somebody doubted: one ruling is final, one is appealed against, one
dispute is open, one ruling was overturned."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.messages import ENGINE, Actor
from domain.points import orders
from domain.points.claim.commands import Appeal, NoticeFinal, ObjectToVote, Recuse, TakeStatement
from domain.points.panel import panel_of
from domain.points.redemption import ItemAsked
from domain.steps import Seen, Step
from engine.ids import derived_id
from scripts.demo import points_texts as texts
from scripts.demo.deeds import DAY, HOUR, Life, Office, filing, verifying
from scripts.demo.holders import Holder, disputed
from scripts.demo.past import Act, Story
from scripts.demo.people import COMMUNITY, DISPATCHER, STREET_OFFICER, grid_members, neighbour

PANEL = panel_of(COMMUNITY)
MEMBERS = ("panel", "panel2", "panel3")
FIRST, SECOND, THIRD = (Actor(member, "panel", COMMUNITY) for member in MEMBERS)
WITNESS = neighbour(150).person
BEFORE = (75, 30, 9, 135)
"""Days before the day of loading when each of the four was filed."""


@dataclass(slots=True)
class Matter:
    """One disputed claim."""

    holder: Holder
    office: Office
    claim: str
    order: str

    def do(self, at: datetime, actor: Actor, command: Any) -> Act:
        return Act(at, actor, (Step("claim", self.claim, command),))

    def dispute(self, grounds: str) -> Callable[[], tuple[Step, ...]]:
        return lambda: orders.dispute(self.claim, self.office.claim(self.claim), grounds)

    def rule(self, at: datetime) -> Callable[[], tuple[Step, ...]]:
        """Claimed 3, proven 1; whatever he has on order ends."""

        def made() -> tuple[Step, ...]:
            office, account = self.office, self.office.account(self.holder)
            panel = office.past.seen("panel", PANEL)
            pending = {order: office.order(order) for order in account.state.orders()}
            return orders.rule(
                self.claim,
                office.claim(self.claim),
                account,
                PANEL,
                Seen(panel.state, panel.version),
                pending,
                office.scene(at, FIRST, self.claim),
                proven_quantity=1,
                reasons=texts.RULING,
                votes={"panel": "agree", "panel2": "agree"},
            )

        return made

    def decide(self, outcome: str) -> Callable[[], tuple[Step, ...]]:
        state = self.office.claim
        return lambda: orders.decide_appeal(self.claim, state(self.claim), outcome, texts.OVERTURNED)


def told(case: int, office: Office, day: datetime) -> Story:
    """The case from its filing to where it stands today."""
    holder = disputed(case)
    filed_at = day - BEFORE[case] * DAY + 20 * HOUR
    life = Life(holder, office, filed_at)
    claim = derived_id("clm", "demo", "dispute", str(case))
    matter = Matter(holder, office, claim, derived_id("rdm", "demo", "dispute", str(case)))
    member, other = grid_members(holder.grid)
    trips = filing(life, claim, "shopping-for-elder", 3, late=1, witness=WITNESS)
    yield Act(filed_at, holder.actor, trips)
    yield Act(filed_at + 13 * HOUR, other, verifying(office, claim, holder))
    if case == 0:
        yield _pending(matter, filed_at + 3 * DAY)
    yield Act(
        filed_at + 5 * DAY,
        DISPATCHER if case == 2 else FIRST,
        matter.dispute(texts.DISPUTE_GROUNDS[case % 2]),
    )
    statement = TakeStatement(WITNESS, texts.STATEMENTS[case % 2], 1)
    yield matter.do(filed_at + 7 * DAY - 10 * HOUR, SECOND, statement)
    own = TakeStatement(holder.person, texts.HOLDER_STATEMENT, None)
    yield matter.do(filed_at + 7 * DAY - 8 * HOUR, member, own)
    if case == 2:
        return
    yield matter.do(filed_at + 7 * DAY, THIRD, Recuse("", texts.RECUSAL))
    ruled_at = filed_at + 10 * DAY - HOUR
    yield Act(ruled_at, FIRST, matter.rule(ruled_at))
    yield from _after_the_ruling(case, matter, ruled_at)


def _after_the_ruling(case: int, matter: Matter, ruled_at: datetime) -> Story:
    if case == 0:
        yield matter.do(ruled_at + DAY, SECOND, ObjectToVote("我当时投的是弃权，请更正记录。"))
        final_at = matter.office.claim(matter.claim).claim.ruling.appealable_until
        yield matter.do(final_at, ENGINE, NoticeFinal())
        return
    yield matter.do(ruled_at + 6 * DAY, matter.holder.actor, Appeal(texts.APPEAL))
    if case == 3:
        yield Act(ruled_at + 12 * DAY, STREET_OFFICER, matter.decide("overturned"))


def _pending(matter: Matter, at: datetime) -> Act:
    """A voucher he ordered and has not fetched yet."""
    holder, office = matter.holder, matter.office

    def request() -> tuple[Step, ...]:
        scene = office.scene(at, holder.actor, matter.order)
        state = office.account(holder).state
        asked = [ItemAsked("haircut")]
        return orders.request(matter.order, holder.account, state, scene, items=asked)

    return Act(at, holder.actor, request)
