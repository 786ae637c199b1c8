"""A rebuild makes the same rows as the live follower, finds a planted difference, and swaps in one step."""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.fold import Poison
from engine.follow import Follower
from engine.log import Log
from engine.rebuild import BUILDING, LEASE, RETIRED, RebuildUnderway, drop_retired, rebuild
from engine.views import Views
from tests.engine.specimen import SPECIMEN, Specimen, append, escalated, everything, story, urged, views_of


@dataclass
class Store:
    """As much of an engine as a rebuild needs."""

    log: Log
    views: Views
    data_dir: Path
    database: str | None = None
    projections: tuple[Any, ...] = (SPECIMEN,)

    def catch_up(self) -> None:
        follower = Follower(self.log, self.views, self.projections, "test")
        follower.catch_up()
        follower.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_store(request: pytest.FixtureRequest, tmp_path: Path):
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    log = Log.open(database, tmp_path)
    opened = Store(log, views_of(log, tmp_path, database), tmp_path, database)
    yield opened
    opened.views.close()
    log.close()


@pytest.fixture
def store(tmp_path: Path):
    log = Log.open(None, tmp_path)
    opened = Store(log, views_of(log, tmp_path), tmp_path)
    yield opened
    opened.views.close()
    log.close()


def test_what_is_rebuilt_equals_what_was_followed(any_store: Store) -> None:
    append(any_store.log, story(80))
    any_store.catch_up()
    append(any_store.log, story(40, first=60))
    any_store.catch_up()
    live = everything(any_store.views)

    report = rebuild(any_store, verify=True, swap=True)

    assert report.difference is None and report.swapped
    assert report.events == any_store.log.head() == any_store.views.position()
    assert report.events_per_second == pytest.approx(report.events / report.seconds)
    assert any_store.views.live().name == report.generation != "1"
    assert everything(any_store.views) == live


def test_several_processes_make_the_same(any_store: Store) -> None:
    append(any_store.log, story(150))
    any_store.catch_up()
    told: list[tuple[int, int]] = []

    report = rebuild(any_store, jobs=2, verify=True, progress=lambda done, of: told.append((done, of)))

    assert report.difference is None
    assert told[-1][0] <= told[-1][1] == any_store.log.head()
    assert any_store.views.live().name == "1"


def test_many_small_shares_make_the_same(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    append(any_store.log, story(120))
    any_store.catch_up()
    monkeypatch.setattr("engine.rebuild.SHARE_EVENTS", 20)
    assert rebuild(any_store, verify=True).difference is None


def test_the_side_store_is_gone_when_it_did_not_go_live(store: Store) -> None:
    append(store.log, story(10))
    before = {path.name for path in store.data_dir.iterdir()} | {"views.1.db"}
    rebuild(store)
    after = {path.name for path in store.data_dir.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert after <= before
    assert store.log.setting(BUILDING) is None


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        ("UPDATE items SET urged = 77 WHERE id = 'c-000004'", "items [c-000004] urged: live 77, rebuilt 1"),
        ("DELETE FROM items WHERE id = 'c-000004'", "items [c-000004] is only in the rebuilt views"),
        ("INSERT INTO clocks VALUES ('c-000000', 'x', 1)", "clocks [c-000000, x] is only in the live views"),
        ("UPDATE totals SET n = n + 1 WHERE kind = 'c'", "totals [c, 739495] n: live"),
        (
            "UPDATE moves SET day = 1 WHERE id = 'c-000009'",
            "moves [c-000009, 10, a] day: live 1, rebuilt 739495",
        ),
        ("UPDATE classes SET first_seen = 9 WHERE kind = 'b'", "classes [b] first_seen: live 9, rebuilt 2"),
        (
            "UPDATE subjects SET state = x'00' WHERE subject = 'c-000003'",
            "subjects [specimen, c-000003] state",
        ),
    ],
)
def test_a_planted_difference_is_found_and_named(store: Store, tampering: str, said: str) -> None:
    append(store.log, story(20))
    store.catch_up()
    with sqlite3.connect(store.data_dir / "views.1.db") as planted:
        assert planted.execute(tampering).rowcount > 0
    planted.close()

    report = rebuild(store, verify=True, swap=True)

    assert str(report.difference).startswith(said)
    assert not report.swapped and store.views.live().name == "1"


def test_a_rebuild_up_to_a_position_knows_nothing_later(store: Store) -> None:
    append(store.log, story(10))
    store.catch_up()
    append(store.log, story(10, first=100))
    seen: list[int] = []
    report = rebuild(store, until=5, progress=lambda done, of: seen.append(of))
    assert report.events == 5 and set(seen) == {5}


def test_the_desk_keeps_working_while_it_is_rebuilt(any_store: Store) -> None:
    append(any_store.log, story(200))
    any_store.catch_up()
    follower = Follower(any_store.log, any_store.views, any_store.projections, "live")
    follower.start()
    stop = threading.Event()

    def keep_writing() -> None:
        n = 1000
        while not stop.is_set():
            append(any_store.log, story(3, first=n))
            n += 3
            time.sleep(0.002)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        first = rebuild(any_store, verify=True, swap=True)
        second = rebuild(any_store, jobs=2, verify=True, swap=True)
    finally:
        stop.set()
        writer.join()
    assert first.difference is None and second.difference is None
    assert any_store.views.live().name == second.generation
    assert any_store.views.wait_for(any_store.log.head(), 60)
    follower.stop()
    assert rebuild(any_store, verify=True).difference is None


def test_a_projection_whose_subject_is_not_the_stream_is_not_shared_out(store: Store) -> None:
    append(store.log, story(40))
    store.projections = (ByClass(),)
    store.views = Views(store.log, ByClass.TABLES, {"specimen": 1}, store.data_dir)
    store.catch_up()
    assert rebuild(store, jobs=2, verify=True).difference is None


class ByClass(Specimen):
    """All streams whose id ends alike are one subject."""

    def subject(self, line: Any) -> str:
        return f"s-{line.stream[-2]}"


def test_a_fact_that_cannot_be_folded_is_named_and_nothing_goes_live(store: Store) -> None:
    append(store.log, [("c-1", escalated("a")), ("c-2", urged("poison"))])
    with pytest.raises(Poison, match="at position 2"):
        rebuild(store, swap=True)
    assert store.views.live().name == "1"
    assert not (store.data_dir / "views.2.db").exists()


def test_one_rebuild_at_a_time(store: Store) -> None:
    store.log.lease(LEASE, "another", 30)
    with pytest.raises(RebuildUnderway):
        rebuild(store)


def test_what_makes_no_sense_together_is_refused(store: Store) -> None:
    append(store.log, story(10))
    store.catch_up()
    with pytest.raises(ValueError, match="what goes live"):
        rebuild(store, until=3, swap=True)
    with pytest.raises(ValueError, match="say nothing of 3"):
        rebuild(store, until=3, verify=True)


def test_the_old_generation_is_deleted_after_a_while(any_store: Store) -> None:
    append(any_store.log, story(5))
    rebuild(any_store, swap=True)
    assert drop_retired(any_store) == []
    assert any_store.views.generation("1").exists()
    assert drop_retired(any_store, time.time() + 61) == ["1"]
    assert not any_store.views.generation("1").exists()
    assert any_store.log.setting(RETIRED) is None


def test_what_a_killed_rebuild_left_is_deleted_by_the_next(store: Store) -> None:
    append(store.log, story(5))
    store.catch_up()
    store.log.set_setting(BUILDING, "7")
    left = [store.data_dir / "views.7.db", store.data_dir / "views.7.part-3"]
    for path in left:
        path.write_bytes(b"half")
    rebuild(store, swap=True)
    assert not any(path.exists() for path in left)
