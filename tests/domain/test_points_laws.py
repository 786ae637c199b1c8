"""Laws over whole histories of points, whatever happened before. What holds after every single step stands in
tests/domain/points_walk.py, and test_points_machine.py walks it."""

from hypothesis import given
from hypothesis import strategies as st

from domain.points import facts as f
from domain.points.account.state import Open
from tests.domain.points_walk import MOVES, Walk

numbers = st.integers(0, 11)
moves = st.lists(st.tuples(st.sampled_from(MOVES), numbers, numbers, numbers), min_size=10, max_size=60)


@given(moves, st.integers(1, 6), st.integers(0, 5))
def test_an_overturned_ruling_leaves_no_trace_in_what_he_has(told, quantity, proven):
    """Whatever happened before: worth, score and freedom to order are as without the dispute."""
    walk = Walk()
    walk.step("opening", 3, 0, 0)
    for move in told:
        walk.step(*move)
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
    """The laws would hold of nothing at all: one long walk of the usual moves is mostly accepted."""
    walk = Walk()
    order = (
        "file", "verify", "file", "verify", "order", "fulfil", "order", "dispute", "rule", "appeal", "decide",
    )  # fmt: skip
    for n in range(330):
        walk.step(order[n % len(order)], n % 12, n % 7, n % 5)
    kinds = {type(fact) for fact in walk.village.facts}
    assert walk.taken.total() > 100
    assert {
        f.PointsCredited, f.PointsHeld, f.PointsRedeemed, f.PointsReversed, f.ReversalUndone, f.HoldReleased,
        f.StockIssued, f.RedemptionSuspended, f.RedemptionRestored,
    } <= kinds  # fmt: skip
