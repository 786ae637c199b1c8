"""Receipts at once: what a commit records is in the tree with the commit, and signed before the answer."""

from collections.abc import Iterator

import pytest

from engine.ledgerbook.book import Overtaken
from engine.ledgerbook.follower import Follower
from engine.ledgerbook.leaf import row_hash
from engine.ledgerbook.tiles import Growth
from engine.ledgerbook.trail import Trail
from tests.engine.ledgerbook.growing import fill, leaf_hashes, mth, opened, row


@pytest.fixture
def trail(place) -> Iterator[Trail]:
    log, trail = opened(*place, at_once=True)
    yield trail
    trail.close()
    log.close()


def recorded(trail: Trail, count: int, *, fails: bool = False) -> None:
    """As the desk's writer records a group."""
    at_once = trail.at_once
    assert at_once is not None
    try:
        with trail.log.writing() as writing:
            head, _ = writing.head()
            rows = [row(position) for position in range(head + 1, head + 1 + count)]
            at_once.hash(writing, head, rows)
            writing.insert(rows)
            if fails:
                raise RuntimeError("the disk is full")
    except RuntimeError:
        at_once.forget()
        return
    at_once.committed()


def whole(trail: Trail) -> None:
    """The tree is that of the definition, and every row has its receipt."""
    rows = trail.log.rows(0, 10_000)
    last = trail.book.last()
    assert last is not None and (last.size, last.root) == (len(rows), mth(leaf_hashes(rows)))
    for each in (rows[0], rows[len(rows) // 2], rows[-1]):
        trail.receipt(each[0]).verify(row_hash(each), trail.verifiers())


def test_what_is_recorded_has_its_receipt_when_it_is_answered(trail: Trail):
    for count in (1, 2, 300, 1, 253, 5):
        recorded(trail, count)
        whole(trail)


def test_what_was_recorded_otherwise_is_taken_along(trail: Trail):
    recorded(trail, 3)
    fill(trail.log, 400)
    recorded(trail, 2)
    whole(trail)


def test_a_commit_that_fails_leaves_no_hash_behind(trail: Trail):
    recorded(trail, 5)
    recorded(trail, 7, fails=True)
    assert trail.book.state().size == 5
    recorded(trail, 4)
    whole(trail)


def test_far_behind_the_follower_comes_first(trail: Trail):
    fill(trail.log, 2_100)
    recorded(trail, 1)
    assert trail.book.state().size == 0 and trail.book.last() is None
    trail.catch_up()
    recorded(trail, 1)
    whole(trail)


def test_a_follower_beside_it_is_overtaken_and_goes_on(trail: Trail):
    recorded(trail, 3)
    follower = Follower(trail.log, trail.book, "other")
    assert follower.acquire() and follower.step() == 0
    for count in (2, 260):
        recorded(trail, count)
        assert follower.step() == 0
    fill(trail.log, 10)
    assert follower.step() == 10
    recorded(trail, 3)
    whole(trail)
    follower.release()
    assert Growth.at(trail.book.state().size, trail.book.tile).size == len(trail.log.rows())


def test_a_lease_whose_holder_is_gone_keeps_nobody_waiting(place, monkeypatch):
    """As after a kill: the lease runs on for seconds, and a command goes on beside it."""
    monkeypatch.setattr("engine.ledgerbook.follower.LEASE_SECONDS", 3_600.0)
    log, trail = opened(*place)
    dead = Follower(log, trail.book, "killed")
    assert dead.acquire()
    fill(log, 300)
    trail.catch_up()
    whole(trail)
    fill(log, 10)
    with pytest.raises(
        Overtaken
    ):  # it lives after all: what it began before is refused, what comes after not
        stale = trail.book.state()
        trail.catch_up()
        trail.book.append(stale, stale, [], [])
    fill(log, 5)
    assert dead.step() == 5
    trail.checkpoint()
    whole(trail)
    trail.close()
    log.close()
