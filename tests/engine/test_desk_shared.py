"""One log, many desks; a disk that fills, a queue that fills, a database that goes away."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain.messages import Actor
from domain.organisation import EstablishGrid
from domain.rule_books import Adopt, Propose
from domain.steps import Step
from engine.desk import Order
from engine.errors import StoreUnavailable
from engine.log import Log
from tests.engine.counting import (
    BY,
    COUNTER,
    DECIDERS,
    Count,
    Refuse,
    State,
    counted,
    keyed,
    one_group,
    opened,
    order,
    taken,
)

ROOT = Path(__file__).parents[2]
ADMIN = Actor("tester", "admin")


# ------------------------------------------------------------------ books and organisation


def grid(path):
    return Order((Step("organisation", "organisation", EstablishGrid(path, path, "city")),), ADMIN)


def book(version):
    content = {"rule": version}
    propose = Step("rule-book", "rule-book-indicators", Propose("indicators", version, content))
    adopt = Step("rule-book", "rule-book-indicators", Adopt("indicators", version, date(2030, 1, 1)))
    return Order((propose, adopt), BY)


def test_the_stage_is_what_the_log_says_whoever_wrote_it(place):
    with opened(*place) as desk, opened(*place) as other:
        assert desk.stage().organisation.grids == {}
        desk.do(grid("demo"))
        assert set(other.stage().organisation.grids) == {"demo"}
        other.do(grid("demo/north"))
        assert set(desk.stage().organisation.grids) == {"demo", "demo/north"}
        desk.do(order(("c-1", Count())))
        assert desk.stage() is desk.stage()
        desk.do(book("1"))
        assert [v.version for v in other.stage().books.versions("indicators")] == ["1"]


def test_a_decision_sees_what_the_orders_before_it_changed(place):
    seen = []

    def decide(command, state, scene):
        seen.append(sorted(scene.organisation.grids))
        return COUNTER.decide(command, state, scene)

    looking = SimpleNamespace(INITIAL=State(), decide=decide, evolve=COUNTER.evolve)
    deciders = {**DECIDERS, "complaint": looking}
    with opened(*place, deciders=deciders) as desk, opened(*place) as other:
        with one_group(desk):
            desk.submit(grid("a"))
            desk.submit(order(("c-1", Count())))
            desk.submit(Order((*grid("b").steps, Step("complaint", "c-1", Refuse())), ADMIN))
            desk.submit(order(("c-1", Count())))
        other.do(grid("c"))
        desk.do(order(("c-1", Count())))
    assert seen == [[], ["a"], ["a", "b"], ["a"], ["a"], ["a", "c"]]


# ------------------------------------------------------------------ many processes


def test_two_desks_on_one_log_agree(place):
    with opened(*place) as one, opened(*place) as two:
        for n in range(30):
            (one if n % 3 else two).do(order(("c-1", Count())))
        assert counted(one.log, "c-1") == list(range(1, 31))
        assert one.state("complaint", "c-1") == two.state("complaint", "c-1") == (State(30), 30)


def test_a_small_cache_forgets_and_stays_right(place):
    with opened(*place, cached=2) as desk:
        for n in range(30):
            desk.do(order((f"c-{n % 5}", Count())))
        assert len(desk._writer.cached) == 2
        assert all(counted(desk.log, f"c-{n}") == list(range(1, 7)) for n in range(5))


def process(*arguments):
    command = [sys.executable, "-m", "tests.engine.counting", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_three_processes_write_one_file(tmp_path):
    running = [process(tmp_path, "c-1,c-2", 100) for _ in range(3)]
    assert [run.wait(60) for run in running] == [0, 0, 0]
    said = [line for run in running if run.stdout for line in run.stdout.read().splitlines()]
    assert len(said) == len(set(said)) == 300
    with closing(Log.open(None, tmp_path)) as log:
        assert counted(log, "c-1") == counted(log, "c-2") == list(range(1, 151))
        assert [row[0] for row in log.rows()] == list(range(1, 301))


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(tmp_path):
    for _ in range(3):
        running = process(tmp_path, "c-1", 1_000_000)
        assert running.stdout is not None
        said = [running.stdout.readline() for _ in range(200)]
        running.send_signal(signal.SIGKILL)
        said += running.stdout.readlines()
        running.wait(10)
        whole = [line for line in said if line.endswith("\n")]
        with closing(Log.open(None, tmp_path)) as log:
            versions = counted(log, "c-1")
            assert versions == list(range(1, len(versions) + 1))
            assert int(whole[-1].split()[1]) <= len(versions)


# ------------------------------------------------------------------ the disk, the queue, the end


def test_a_full_disk_is_told_and_survived(tmp_path):
    with opened(tmp_path) as desk:
        desk.do(order(("c-1", Count())))
        recorder: Any = desk.log.recorder
        writer = recorder.datastore._writer
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(StoreUnavailable, match="full"):
            desk.do(order(("c-1", Count()), ("c-2", Count(500))))
        assert desk.log.head() == 1
        assert desk.do(order(("c-1", Count()), ("c-2", Count(500)))).versions == {"c-1": 2, "c-2": 500}
        assert counted(desk.log, "c-2") == list(range(1, 501))


def test_too_many_waiting_are_turned_away(desk, monkeypatch):
    monkeypatch.setattr("engine.desk.WAITING", 5)
    begun = taken(desk)
    with desk.log.writing():
        fates = [desk.submit(order(("c-1", Count())))]
        assert begun.wait(60)
        fates += [desk.submit(order(("c-1", Count()))) for _ in range(5)]
        with pytest.raises(StoreUnavailable, match="waiting"):
            desk.do(order(("c-1", Count())))
    receipts = [fate.result(60) for fate in fates]
    assert [receipt.versions["c-1"] for receipt in receipts] == [1, 2, 3, 4, 5, 6]
    assert desk.do(order(("c-1", Count()))).versions == {"c-1": 7}


def test_closing_carries_out_what_was_accepted(place):
    with opened(*place) as desk:
        with desk.log.writing():
            fates = [desk.submit(order(("c-1", Count()))) for _ in range(20)]
            closing_thread = threading.Thread(target=desk.close)
            closing_thread.start()
            time.sleep(0.05)
        closing_thread.join()
        assert [fate.result(0).versions["c-1"] for fate in fates] == list(range(1, 21))
        with pytest.raises(StoreUnavailable, match="closed"):
            desk.do(order(("c-1", Count())))


@pytest.mark.postgres
def test_orders_fail_while_the_database_is_away_and_go_on_after(postgres_server, postgres_url, tmp_path):
    with opened(tmp_path, postgres_url) as desk:
        desk.do(keyed("k"))
        postgres_server.stop()
        try:
            with pytest.raises(StoreUnavailable):
                desk.do(order(("c-1", Count())))
        finally:
            postgres_server.start()
        assert desk.do(keyed("k")).repeated
        assert desk.do(order(("c-1", Count()))).versions == {"c-1": 2}
