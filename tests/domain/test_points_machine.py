"""A state machine leads the real deciders and an independent model through the same commands; after every
step the laws of tests/domain/points_walk.py hold. Planted bugs show that the laws would notice.

Steps: at least 10,000 in every run of the suite, 200,000 with `scripts/test --full`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from domain.points import account, claim, ledger, orders, stock
from domain.points import facts as f
from domain.points.account import earning, spending
from domain.points.account import state as account_state
from domain.points.account.commands import Capture, Credit, Hold, Penalise, Reverse
from projections.points import accounts as account_view
from projections.points import statement as statements
from tests.domain.points_walk import Broken, Walk

STEPS, FULL_STEPS = 10_000, 200_000
LENGTH = 100
"""Steps of one history."""
EVERY = HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large
numbers = st.integers(0, 11)


class Points(RuleBasedStateMachine):
    """Each step is one of the moves that are worth trying now; its numbers choose whom, what and how many."""

    walked: ClassVar[Counter[str]]
    facts: ClassVar[set[type]]

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk()

    @rule(moves=st.data(), a=numbers, b=numbers, c=numbers)
    def step(self, moves: st.DataObject, a: int, b: int, c: int) -> None:
        worth_trying = [name for name in MOVES if NEEDED[name](self)]
        self.walk.step(moves.draw(st.sampled_from(worth_trying)), a, b, c)

    def counted(self, *states: str) -> int:
        model = self.walk.model
        known = [each.state for each in model.claims.values()]
        known += [each.state for each in model.orders.values()]
        return sum(state in states for state in known)

    def is_in(self, *states: str) -> bool:
        return self.counted(*states) > 0

    def teardown(self) -> None:
        kept = type(self)
        kept.walked["steps"] += self.walk.steps
        kept.walked["done"] += self.walk.taken.total()
        kept.facts |= {type(fact) for fact in self.walk.village.facts}


NEEDED: dict[str, Callable[[Points], bool]] = {
    "opening": lambda m: len(m.walk.model.purses) < 4,
    "reward": lambda m: True,
    "take_back": lambda m: any(paid.record for each in m.walk.model.purses.values() for paid in each.paid),
    "expire": lambda m: m.walk.village.now.year > 2025,
    "transfer": lambda m: any(
        each.kind == "temporary" and each.worth for each in m.walk.model.purses.values()
    ),
    "file": lambda m: m.counted("filed") < 4,
    "verify": lambda m: m.is_in("filed"),
    "refuse": lambda m: m.counted("filed") > 2,
    "dispute": lambda m: m.is_in("credited"),
    "recuse": lambda m: m.is_in("disputed", "appealed"),
    "rule": lambda m: m.is_in("disputed"),
    "appeal": lambda m: m.is_in("ruled"),
    "decide": lambda m: m.is_in("appealed"),
    "final": lambda m: m.is_in("ruled"),
    "order": lambda m: any(each.free >= 5 for each in m.walk.model.purses.values()),
    "fulfil": lambda m: m.is_in("requested"),
    "cancel": lambda m: m.is_in("requested"),
    "time_out": lambda m: m.is_in("requested", "ruled", "credited"),
    "receive": lambda m: min(m.walk.model.goods.values()) < 2,
    "count": lambda m: m.is_in("requested"),
}
"""When a move is worth trying: without this most steps of a young history would be refused."""
OFTEN = ("verify", "dispute", "rule", "rule", "appeal", "decide", "order", "fulfil", "time_out")
MOVES = (*NEEDED, *OFTEN, *OFTEN)


def lead(steps: int, **more: Any) -> type[Points]:
    """A fresh machine, led through about so many steps; it keeps how many there were."""

    class Led(Points):
        walked: ClassVar[Counter[str]] = Counter()
        facts: ClassVar[set[type]] = set()

    chosen = settings(
        max_examples=steps // LENGTH,
        stateful_step_count=LENGTH,
        deadline=None,
        suppress_health_check=EVERY,
        **more,
    )
    run_state_machine_as_test(Led, settings=chosen)
    return Led


NOT_WALKED = {f.StatementTaken, f.VoteObjected}
"""They move no points; so do all facts of a panel but its appointment."""


def test_the_laws_of_points_hold_on_ten_thousand_steps(pytestconfig: pytest.Config) -> None:
    wanted = FULL_STEPS if pytestconfig.getoption("--full") else STEPS
    led = lead(wanted * 6 // 5)
    steps, done = led.walked["steps"], led.walked["done"]
    print(f"{steps} steps, {done} of them recorded something")
    assert steps >= wanted
    assert done >= steps // 4
    families = f.AccountFact | f.ClaimFact | f.RedemptionFact | f.StockFact
    assert set(families.__args__) - NOT_WALKED <= led.facts


# ------------------------------------------------------------------ planted bugs

Plant = Callable[[pytest.MonkeyPatch], None]


def replaced(command: type, change: Callable[[Any], Iterable[Any]]) -> Plant:
    """The account decides as ever, and then each of its facts is changed."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = account.TABLE[account.Open][command]

        def decision(*given: Any) -> tuple[Any, ...]:
            return tuple(found for fact in real(*given) for found in change(fact))

        patch.setitem(account.TABLE[account.Open], command, decision)

    return plant


def always(module: Any, name: str, answer: Any) -> Plant:
    return lambda patch: patch.setattr(module, name, lambda *_, **__: answer)


def drop_a_posting(patch: pytest.MonkeyPatch) -> None:
    real = ledger.move
    patch.setattr(ledger, "move", lambda *moves: real(*moves)[:1])


def pay_only_one_side_of_a_transfer(patch: pytest.MonkeyPatch) -> None:
    real = orders.transfer
    patch.setattr(orders, "transfer", lambda *given: real(*given)[:1])


def take_the_whole_entry_again(patch: pytest.MonkeyPatch) -> None:
    """The rest of an entry is always all of it, so a record taken back twice costs twice."""
    patch.setattr(account_state.Credited, "rest", property(lambda entry: entry.points))


def forget_that_it_was_taken(patch: pytest.MonkeyPatch) -> None:
    real = account_state._undone

    def undone(state: Any, fact: Any) -> Any:
        return replace(real(state, fact), owed=state.owed)

    patch.setattr(account_state, "_undone", undone)


def settle_no_debt(patch: pytest.MonkeyPatch) -> None:
    """What is credited goes to the holder whole, though he owes."""
    real = earning._booked

    def booked(state: Any, *given: Any, **more: Any) -> Any:
        return real(replace(state, owed=0), *given, **more)

    patch.setattr(earning, "_booked", booked)


def leave_reversals_out_of_statements(patch: pytest.MonkeyPatch) -> None:
    real = account_view._entry
    patch.setattr(
        account_view, "_entry", lambda line: None if isinstance(line.fact, f.PointsReversed) else real(line)
    )


def print_only_the_first_item(patch: pytest.MonkeyPatch) -> None:
    real = statements._lines
    patch.setattr(statements, "_lines", lambda *given: real(*given)[:1])


def keep_goods_of_ended_orders(patch: pytest.MonkeyPatch) -> None:
    real = orders._ended
    patch.setattr(orders, "_ended", lambda *given: [s for s in real(*given) if s.kind != "stock"])


def oversell(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stock.Stock, "available", property(lambda shelf: shelf.on_hand))


def judge_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claim.dispute, "_check_members", lambda *_: None)


def free_of_holds(patch: pytest.MonkeyPatch) -> None:
    """Points that are held lapse all the same."""
    patch.setattr(account_state.Open, "held", property(lambda state: 0))


BUGS: dict[str, Plant] = {
    "an order holds nothing": replaced(Hold, lambda fact: ()),
    "a hold moves no points": replaced(Hold, lambda fact: [replace(fact, postings=())]),
    "a cause is paid twice": always(earning, "check_cause", None),
    "a day is paid twice": always(earning, "check_day", None),
    "a credit is booked twice": replaced(Credit, lambda fact: [fact, fact]),
    "more is credited than the line pays": replaced(
        Credit,
        lambda fact: [replace(fact, points=fact.points + 1) if isinstance(fact, f.PointsCredited) else fact],
    ),
    "a ruling takes back twice": replaced(
        Reverse, lambda fact: [fact, fact] if isinstance(fact, f.PointsReversed) else [fact]
    ),
    "a ruling takes nothing back": replaced(Reverse, lambda fact: ()),
    "a penalty costs no score": replaced(
        Penalise, lambda fact: () if isinstance(fact, f.CreditScoreAdjusted) else [fact]
    ),
    "handing out spends nothing": replaced(Capture, lambda fact: ()),
    "ordering goes on while suspended": always(spending, "may_order", None),
    "one side of a movement is dropped": drop_a_posting,
    "a transfer has one side": pay_only_one_side_of_a_transfer,
    "an entry is taken back again": take_the_whole_entry_again,
    "an overturned ruling leaves the debt": forget_that_it_was_taken,
    "a credit settles no debt": settle_no_debt,
    "a statement leaves out reversals": leave_reversals_out_of_statements,
    "a statement shows one item of a basket": print_only_the_first_item,
    "an ended order keeps its goods": keep_goods_of_ended_orders,
    "more is sold than is there": oversell,
    "who stepped aside judges": judge_alone,
    "held points lapse": free_of_holds,
}
SEARCH = 30_000
"""Steps to find a planted bug in, at most: several times what the shyest needs."""


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[bug](monkeypatch)
    with pytest.raises(Broken) as caught:
        lead(SEARCH, phases=(Phase.generate,), database=None, derandomize=True, report_multiple_bugs=False)
    print(f"{bug}: {caught.value}")
