"""Which generation is live, reading it in one piece, waiting until it has caught up, and swapping it."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from engine.errors import StoreUnavailable
from engine.follow import Applier, Follower
from engine.log import Log
from engine.read import count
from engine.views import LIVE
from tests.engine.specimen import SPECIMEN, Specimen, append, escalated, story, views_of


@pytest.fixture
def log(tmp_path: Path):
    opened = Log.open(None, tmp_path)
    yield opened
    opened.close()


def test_the_first_generation_is_made_when_there_is_none(log: Log, tmp_path: Path) -> None:
    views = views_of(log, tmp_path)
    assert views.position() == 0
    assert log.setting(LIVE) == "1"
    assert (tmp_path / "views.1.db").exists()
    assert views.outdated() == []


def test_two_processes_that_make_it_at_once_make_one(log: Log, tmp_path: Path) -> None:
    made = [views_of(log, tmp_path) for _ in range(8)]
    gate, positions = threading.Barrier(8), []

    def look(views) -> None:
        gate.wait()
        positions.append(views.position())

    threads = [threading.Thread(target=look, args=(views,)) for views in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert positions == [0] * 8


def test_one_look_sees_one_position(log: Log, tmp_path: Path) -> None:
    views = views_of(log, tmp_path)
    append(log, [("c-1", escalated("a"))])
    following = Follower(log, views, [SPECIMEN])
    following.catch_up()
    with views.read() as reading:
        assert (reading.position(), count(reading, "items")) == (1, 1)
        append(log, [("c-2", escalated("a"))])
        following.catch_up()
        assert (reading.position(), count(reading, "items")) == (1, 1)
    with views.read() as reading:
        assert (reading.position(), count(reading, "items")) == (2, 2)


def test_views_cannot_be_written_through_a_reading(log: Log, tmp_path: Path) -> None:
    views = views_of(log, tmp_path)
    with pytest.raises(StoreUnavailable), views.read() as reading:
        reading.connection.exec_driver_sql("DELETE FROM items")


def test_waiting_ends_when_the_views_have_come_so_far(log: Log, tmp_path: Path) -> None:
    views = views_of(log, tmp_path)
    append(log, story(5))
    threading.Timer(0.1, lambda: Follower(log, views, [SPECIMEN]).catch_up()).start()
    began = time.monotonic()
    assert views.wait_for(5, 60)
    assert time.monotonic() - began > 0.05
    assert not views.wait_for(10_000, 0.05)
    assert asyncio.run(views.reach(5, 60))
    assert not asyncio.run(views.reach(10_000, 0.05))


def test_a_swap_is_seen_by_every_process_at_its_next_look(log: Log, tmp_path: Path) -> None:
    views, other = views_of(log, tmp_path), views_of(log, tmp_path)
    append(log, story(5))
    assert other.position() == 0

    side = views.generation("2")
    side.create(views.makers)
    Applier(log, [SPECIMEN], side.writer()).step(0)
    with other.read() as reading:
        assert views.swap("2") == "1"
        assert reading.position() == 0
    assert other.live().name == "2"
    assert other.position() == log.head()


def test_a_follower_goes_on_in_the_generation_that_became_live(log: Log, tmp_path: Path) -> None:
    views = views_of(log, tmp_path)
    following = Follower(log, views, [SPECIMEN])
    append(log, story(5))
    following.catch_up()
    side = views.generation("2")
    side.create(views.makers)
    views.swap("2")
    assert views.position() == 0
    following.catch_up()
    assert views.position() == log.head()


def test_rows_of_another_version_of_the_code_are_known(log: Log, tmp_path: Path) -> None:
    views = views_of(log, tmp_path)
    views.position()
    views.makers = {Specimen.NAME: 2}
    assert views.outdated() == ["specimen"]
