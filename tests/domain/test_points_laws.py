"""What holds after every step of any walk over accounts, claims, redemptions and stock.

A small model beside keeps its own books by plain arithmetic; the real deciders must agree with it.
"""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.messages import ENGINE
from domain.points import account, claim, redemption, stock
from domain.points import facts as f
from domain.points.account.state import Open
from domain.points.claim.commands import NoticeFinal
from domain.points.stock import Count
from domain.refusals import Refused
from tests.domain.points_model import Model
from tests.domain.points_spec import (
    DAY,
    DECIDERS,
    DISPATCHER,
    LAN,
    MEMBER,
    OTHER,
    PANEL,
    PANEL3,
    PHOTO,
    QIAO,
    SHOP,
    STREET,
    Community,
)

HOLDERS = (LAN, QIAO)
ACTIVITIES = ("patrol", "mediation", "health-lecture", "clean-up", "shopping-for-elder")
ITEMS = ("salt", "flour", "detergent", "blood-pressure")
STOCKED = ITEMS[:3]


class Walk:
    """A community and the model, led by drawn moves. A refusal is a move that changed nothing."""

    def __init__(self) -> None:
        self.village = Community()
        self.village.appoint()
        for holder in HOLDERS:
            self.village.open(holder)
        for item in STOCKED:
            self.village.fill(3, item)
        self.model = Model()
        for item in STOCKED:
            self.model.goods[item] += 3
        self.claims: list[str] = []
        self.orders: list[str] = []
        self.missing: dict[str, int] = {}
        self.accepted = 0

    def step(self, move: tuple[str, int, int, int]) -> None:
        kind, a, b, c = move
        before = self.village.facts
        try:
            getattr(self, kind)(a, b, c)
            self.accepted += 1
        except Refused:
            assert self.village.facts == before
            self.village.now += DAY

    # -------------------------------------------------------------- moves

    def earn(self, a: int, b: int, c: int) -> None:
        holder = HOLDERS[a % 2]
        stream = self.village.filed(ACTIVITIES[b % len(ACTIVITIES)], c % 6 + 1, by=holder, holder=holder)
        self.claims.append(stream)

    def verify(self, a: int, b: int, c: int) -> None:
        stream = self._claim(a)
        self.village.verify(stream, (MEMBER, OTHER, DISPATCHER, LAN)[b % 4])
        self.twice(lambda: self.village.verify(stream))
        record = self._record(stream)
        self.model.credit(record.account, record.points)

    def dispute(self, a: int, b: int, c: int) -> None:
        stream = self._claim(a)
        self.village.dispute(stream, (PANEL, DISPATCHER, QIAO)[b % 3])
        self.twice(lambda: self.village.dispute(stream))
        record = self._record(stream)
        self.model.hold(stream, record.account, record.points)

    def rule(self, a: int, b: int, c: int) -> None:
        stream = self._claim(a)
        record = self._record(stream)
        pending = self.village.state("account", record.account).orders()
        proven = b % (record.quantity + 1)
        self.village.rule(stream, proven, false_claim=None if c % 3 else False)
        self.twice(lambda: self.village.rule(stream, proven))
        ruling = self._record(stream).ruling
        assert ruling is not None
        for order in pending if ruling.false_claim else ():
            self.model.release(order)
            self._restock(order)
        self.missing[stream] = self.model.take(stream, record.account, ruling.reversed_points)

    def appeal(self, a: int, b: int, c: int) -> None:
        stream = self._claim(a)
        self.village.appeal(stream, MEMBER)

    def decide(self, a: int, b: int, c: int) -> None:
        stream = self._claim(a)
        outcome = ("upheld", "overturned")[b % 2]
        self.village.decide_appeal(stream, outcome, (STREET, PANEL3)[c % 2])
        self.twice(lambda: self.village.decide_appeal(stream, outcome))
        record = self._record(stream)
        assert record.ruling is not None
        if outcome == "overturned":
            points = record.ruling.reversed_points
            self.model.give_back(record.account, points, self.missing[stream])

    def final(self, a: int, b: int, c: int) -> None:
        self.village.do("claim", self._claim(a), NoticeFinal(), ENGINE)

    def order(self, a: int, b: int, c: int) -> None:
        holder = HOLDERS[a % 2]
        items = sorted({ITEMS[b % 4], ITEMS[c % 4]})
        stream = self.village.order(*items, by=MEMBER, holder=holder, consent=PHOTO)
        self.orders.append(stream)
        placed = redemption.requested(self.village.state("redemption", stream))
        self.model.hold(stream, placed.account, placed.total)
        for line in placed.stocked:
            self.model.goods[line.item] -= line.quantity

    def fulfil(self, a: int, b: int, c: int) -> None:
        stream = self._order(a)
        self.village.fulfil(stream, SHOP, delivery=PHOTO)
        self.twice(lambda: self.village.fulfil(stream, SHOP, delivery=PHOTO))
        self.model.holds.pop(stream)

    def cancel(self, a: int, b: int, c: int) -> None:
        stream = self._order(a)
        self.village.cancel(stream, "desk", MEMBER)
        self.twice(lambda: self.village.cancel(stream, "desk", MEMBER))
        self.model.release(stream)
        self._restock(stream)

    def wait(self, a: int, b: int, c: int) -> None:
        self.village.now += DAY * (a % 200)
        stream = self._order(b)
        self.village.time_out(stream)
        self.model.release(stream)
        self._restock(stream)

    def receive(self, a: int, b: int, c: int) -> None:
        item = STOCKED[a % 3]
        self.village.fill(b % 3 + 1, item)
        self.model.goods[item] += b % 3 + 1

    def count(self, a: int, b: int, c: int) -> None:
        item = STOCKED[a % 3]
        promised = self.village.stock(item).promised
        self.village.do("stock", stock.stock_of(item), Count(item, b % 9, "counted"), PANEL)
        self.model.goods[item] = b % 9 - promised

    # -------------------------------------------------------------- helping

    def twice(self, again: Any) -> None:
        """The same order delivered a second time records nothing."""
        before, now = self.village.facts, self.village.now
        with suppress(Refused):
            again()
        assert self.village.facts == before
        self.village.now = now

    def _claim(self, n: int) -> str:
        return self.claims[n % len(self.claims)] if self.claims else "clm-none"

    def _order(self, n: int) -> str:
        return self.orders[n % len(self.orders)] if self.orders else "rdm-none"

    def _record(self, stream: str) -> claim.Claim:
        return claim.filed(self.village.state("claim", stream))

    def _restock(self, order: str) -> None:
        for line in redemption.requested(self.village.state("redemption", order)).stocked:
            self.model.goods[line.item] += line.quantity

    # -------------------------------------------------------------- laws

    def check(self) -> None:
        village, model = self.village, self.model
        balances = village.balances()
        assert sum(balances.values()) == 0
        for holder in HOLDERS:
            stream = account.account_of(holder.person)
            state: Open = village.account(holder)
            held = [state.held_for("disputed"), state.held_for("ordered")]
            assert min(state.available, state.owed, *held) >= 0
            assert balances.get(stream, 0) == state.available == model.available[stream]
            assert [balances.get(f"{stream}/{name}", 0) for name in ("disputed", "ordered")] == held
            mine = {name: points for name, (of, points) in model.holds.items() if of == stream}
            assert {name: each.points for name, each in state.holds.items()} == mine
            assert state.owed == model.owed[stream]
            assert sum(lot.points for lot in state.lots) == state.balance
            for entry in state.credits.values():
                standing = [
                    each.points
                    for each in state.reversals.values()
                    if each.reverses == entry.entry and not each.undone
                ]
                assert 0 <= sum(standing) == entry.reversed <= entry.points
        for item in STOCKED:
            shelf = village.stock(item)
            assert 0 <= shelf.promised <= shelf.on_hand
            assert shelf.available == model.goods[item]

    def check_every_fact(self) -> None:
        for fact in self.village.facts:
            assert sum(posting.points for posting in getattr(fact, "postings", ())) == 0

    def check_replay(self) -> None:
        """Every state is the fold of its facts, and nothing else."""
        states: dict[str, Any] = {}
        kinds = {"acct": "account", "clm": "claim", "rdm": "redemption", "stock": "stock", "panel": "panel"}
        for line in self.village.lines:
            decider = DECIDERS[kinds[line.stream.partition("-")[0]]]
            state = states.get(line.stream, decider.INITIAL)
            states[line.stream] = decider.evolve(state, line.fact, line.envelope)
        assert states == {stream: self.village.states[stream] for stream in states}

    def check_statement(self) -> None:
        """What stands in the entries adds up to the balance, less what is owed."""
        for holder in HOLDERS:
            stream = account.account_of(holder.person)
            total = 0
            for line in self.village.lines:
                if line.stream == stream:
                    total += worth(line.fact)
            state = self.village.account(holder)
            assert total == state.balance - state.owed


def worth(fact: object) -> int:
    """Of an entry, to its holder: held points are still his."""
    match fact:
        case f.PointsCredited() | f.ReversalUndone():
            return fact.points
        case f.PointsReversed() | f.PointsRedeemed() | f.PointsExpired():
            return -fact.points
    return 0


USUAL = ("earn", "verify", "verify", "order", "fulfil", "dispute", "rule")
RARE = ("appeal", "decide", "final", "cancel", "wait", "receive", "count")
numbers = st.integers(0, 11)
moves = st.tuples(st.sampled_from(USUAL * 2 + RARE), numbers, numbers, numbers)


@given(st.lists(moves, min_size=20, max_size=120))
def test_the_laws_of_points_hold_after_every_step(told):
    walk = Walk()
    for move in told:
        walk.step(move)
        walk.check()
    walk.check_every_fact()
    walk.check_replay()
    walk.check_statement()


@given(st.lists(moves, min_size=10, max_size=60), st.integers(1, 6), st.integers(0, 5))
def test_an_overturned_ruling_leaves_no_trace_in_what_he_has(told, quantity, proven):
    """Whatever happened before: worth, score and freedom to order are as without the dispute."""
    walk = Walk()
    for move in told:
        walk.step(move)
    village = walk.village
    stream = village.earn("patrol", quantity)
    before: Open = village.account()
    village.dispute(stream)
    village.rule(stream, proven % (quantity + 1))
    village.appeal(stream)
    village.decide_appeal(stream, "overturned")
    after: Open = village.account()
    assert after.balance - after.owed == before.balance - before.owed
    assert after.owed == before.owed
    assert after.credit_score == before.credit_score
    assert after.suspensions == before.suspensions
    assert after.credits == before.credits
    assert set(after.holds) <= set(before.holds)


def test_walks_get_far():
    """The laws would hold of nothing at all: one long walk of every kind of move is mostly accepted."""
    walk = Walk()
    order = (
        "earn",
        "verify",
        "earn",
        "verify",
        "order",
        "fulfil",
        "order",
        "dispute",
        "rule",
        "appeal",
        "decide",
    )
    for n in range(330):
        walk.step((order[n % len(order)], n % 12, n % 7, n % 5))
        walk.check()
    kinds = {type(fact) for fact in walk.village.facts}
    assert walk.accepted > 100
    assert {
        f.PointsCredited, f.PointsHeld, f.PointsRedeemed, f.PointsReversed, f.ReversalUndone, f.HoldReleased,
        f.StockIssued, f.RedemptionSuspended, f.RedemptionRestored,
    } <= kinds  # fmt: skip
