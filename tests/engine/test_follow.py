"""Live views: exactly once, in one piece, by one process at a time; stopped by what cannot be folded."""

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from engine.fold import Poison
from engine.follow import STUCK, Applier, Fenced, Follower
from engine.log import Log
from engine.views import Views
from tests.engine.specimen import (
    SPECIMEN,
    append,
    escalated,
    everything,
    ignored,
    story,
    urged,
    views_of,
    withdrawn,
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
def log(tmp_path: Path, database: str | None):
    opened = Log.open(database, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def views(log: Log, tmp_path: Path, database: str | None):
    opened = views_of(log, tmp_path, database)
    yield opened
    opened.close()


def follower(log: Log, views: Views, holder: str = "a") -> Follower:
    return Follower(log, views, [SPECIMEN], holder)


def test_facts_become_rows_marks_and_sums(log: Log, views: Views) -> None:
    append(log, [("c-1", escalated("a")), ("c-1", urged()), ("c-2", escalated("a")), ("c-1", escalated("b"))])

    assert follower(log, views).catch_up() == 4

    rows = everything(views)
    assert [row[:3] for row in rows["items"]] == [("c-1", "b", 1), ("c-2", "a", 0)]
    assert rows["clocks"] == [("c-1", "response", 8)]
    assert sorted(row[:3] + row[4:] for row in rows["moves"]) == [
        ("c-1", 1, "a", 1),
        ("c-1", 4, "a", -1),
        ("c-1", 4, "b", 1),
        ("c-2", 3, "a", 1),
    ]
    assert [(kind, n) for kind, _, n in rows["totals"]] == [("a", 1), ("b", 1)]
    assert sorted(rows["classes"]) == [("a", 1), ("b", 4)]


def test_a_row_that_is_no_more_is_removed(log: Log, views: Views) -> None:
    append(log, [("c-1", escalated("a")), ("c-1", urged())])
    following = follower(log, views)
    following.catch_up()
    append(log, [("c-1", withdrawn())])

    following.catch_up()

    rows = everything(views)
    assert rows["items"] == [] and rows["clocks"] == []
    assert [n for _, _, n in rows["totals"]] == [0]


@pytest.mark.parametrize("limit", [1, 7, 5000])
def test_the_size_of_a_batch_changes_nothing(log: Log, views: Views, tmp_path: Path, limit: int) -> None:
    head = append(log, story(60))
    following = follower(log, views)
    assert following.acquire()
    while views.position() < head:
        following.step(limit=limit)

    other = views.generation("whole")
    other.create({})
    Applier(log, [SPECIMEN], other.writer()).step(0)
    with other.read() as reading:
        whole = {
            name: sorted(map(tuple, reading.connection.execute(table.select())), key=repr)
            for name, table in reading.tables.items()
        }
    assert everything(views) == whole


FOLLOW = """
import sys
from pathlib import Path
from engine.follow import Follower
from engine.log import Log
from tests.engine.specimen import SPECIMEN, views_of

folder = Path(sys.argv[1])
log = Log.open(None, folder)
following = Follower(log, views_of(log, folder), [SPECIMEN], sys.argv[2])
while not following.acquire():
    pass
print("following", flush=True)
while following.acquire():
    following.step(limit=3)
"""


def test_whoever_is_killed_at_any_moment_counts_nothing_twice(tmp_path: Path) -> None:
    drawn = random.Random(11)
    with closing(Log.open(None, tmp_path)) as log:
        append(log, story(1_500))
        views = views_of(log, tmp_path)
        reached = [0]
        for n in range(4):
            told = [sys.executable, "-c", FOLLOW, str(tmp_path), f"process-{n}"]
            process = subprocess.Popen(told, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
            assert process.stdout is not None and process.stdout.readline() == b"following\n"
            assert views.wait_for(reached[-1] + 1, 30)
            time.sleep(drawn.uniform(0, 0.05))
            process.kill()
            process.wait()
            process.stdout.close()
            reached.append(views.position())
            log.release(Follower.LEASE, f"process-{n}")  # its five seconds are over
        assert reached == sorted(reached) and reached[-1] < log.head()
        follower(log, views).catch_up()
        assert everything(views) == views_of_whole(log, views)


def test_the_position_passes_facts_nobody_folds(log: Log, views: Views) -> None:
    append(log, [("c-1", ignored()), ("c-1", escalated("a")), ("c-1", ignored())])
    assert follower(log, views).catch_up() == 3
    assert views.wait_for(3, 0) and not views.wait_for(4, 0.02)


def test_a_transaction_that_fails_leaves_nothing(
    log: Log, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, story(10))
    following = follower(log, views)
    following.catch_up()
    before = everything(views)
    append(log, story(10, first=5))

    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("engine.tables.Writer.advance", broken)
        with pytest.raises(OSError, match="full"):
            following.catch_up()
    assert everything(views) == before

    following.catch_up()
    once = views_of_whole(log, views)
    assert everything(views) == once


def views_of_whole(log: Log, views: Views) -> dict[str, list[tuple[object, ...]]]:
    """What one follower makes of the whole log at once."""
    other = views.generation("whole")
    other.create({})
    Applier(log, [SPECIMEN], other.writer()).step(0)
    with other.read() as reading:
        return {
            name: sorted(map(tuple, reading.connection.execute(table.select())), key=repr)
            for name, table in reading.tables.items()
        }


def test_a_fact_that_cannot_be_folded_stops_the_views_in_front_of_it(log: Log, views: Views) -> None:
    append(log, [("c-1", escalated("a")), ("c-2", urged("poison")), ("c-3", escalated("a"))])

    with pytest.raises(Poison, match=r"specimen cannot fold complaint.urged at position 2"):
        follower(log, views).catch_up()

    assert views.position() == 1
    assert [row[0] for row in everything(views)["items"]] == ["c-1"]


def test_the_thread_reports_where_it_is_stuck_and_goes_on_once_it_can(
    log: Log, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.follow.STUCK_PAUSE", 0.05)
    append(log, [("c-1", escalated("a")), ("c-2", urged("poison")), ("c-3", escalated("a"))])
    following = follower(log, views)
    following.start()
    try:
        assert until(lambda: following.stuck is not None)
        assert following.stuck is not None and following.stuck.position == 2
        assert '"position":2' in (log.setting(STUCK) or "")
        monkeypatch.setattr(type(SPECIMEN), "FACTS", SPECIMEN.FACTS - {type(urged())})
        assert views.wait_for(3, 60)
        assert until(lambda: following.stuck is None)
        assert log.setting(STUCK) is None
    finally:
        following.stop()


def test_the_thread_applies_what_is_committed(log: Log, views: Views) -> None:
    following = follower(log, views)
    following.start()
    try:
        append(log, [("c-1", escalated("a"))])
        assert views.wait_for(1, 60)
        append(log, [("c-1", urged())])
        assert views.wait_for(2, 60)
    finally:
        following.stop()


def test_only_one_process_follows_and_the_next_takes_over(log: Log, views: Views, tmp_path: Path) -> None:
    first, second = (
        follower(log, views, "first"),
        follower(log, views_of(log, tmp_path, views.database), "second"),
    )
    assert first.acquire() and not second.acquire()
    assert first.leads and not second.leads
    append(log, [("c-1", escalated("a"))])
    first.catch_up()

    first.stop()
    assert second.acquire()
    append(log, [("c-1", escalated("b"))])
    assert second.catch_up() == 2
    assert [row[:2] for row in everything(views)["items"]] == [("c-1", "b")]


def test_a_follower_that_lost_its_lease_unnoticed_writes_nothing(
    log: Log, views: Views, tmp_path: Path
) -> None:
    slept = follower(log, views, "slept")
    assert slept.acquire()
    append(log, [("c-1", escalated("a"))])
    slept.catch_up()
    log.release(Follower.LEASE, "slept")  # as if its five seconds had passed while it was asleep
    awake = follower(log, views_of(log, tmp_path, views.database), "awake")
    append(log, [("c-1", urged())])
    awake.catch_up()
    append(log, [("c-1", urged())])

    with pytest.raises(Fenced):
        slept.step()
    assert views.position() == 2
    awake.catch_up()
    assert everything(views)["items"][0][2] == 2


def test_catching_up_goes_on_when_another_process_takes_over_meanwhile(
    log: Log, views: Views, tmp_path: Path
) -> None:
    slept = follower(log, views, "slept")
    assert slept.acquire()
    append(log, [("c-1", urged())])
    log.release(Follower.LEASE, "slept")
    follower(log, views_of(log, tmp_path, views.database), "awake").catch_up()
    log.release(Follower.LEASE, "awake")
    append(log, [("c-1", urged())])
    reached: list[tuple[int, int]] = []
    assert slept.catch_up(progress=lambda done, of: reached.append((done, of))) == 2
    assert everything(views)["items"][0][2] == 2
    assert reached[0] == (1, 2)


def test_states_at_hand_are_dropped_when_another_wrote_meanwhile(
    log: Log, views: Views, tmp_path: Path
) -> None:
    one, two = follower(log, views, "one"), follower(log, views_of(log, tmp_path, views.database), "two")
    for n, following in enumerate([one, two, one, two], 1):
        append(log, [("c-1", urged())])
        following.catch_up()
        log.release(Follower.LEASE, following.holder)
        following.epoch = None
        assert everything(views)["items"][0][2] == n


def until(true, seconds: float = 60.0) -> bool:
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True
