"""What the desk promises: orders happen once, whole, in turn, durably; and each fails only for itself."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.complaint.facts import ProgressNoted
from domain.messages import Clear, Sealed
from domain.organisation import EstablishGrid
from domain.refusals import Refused
from domain.rule_books import Adopt, Propose
from engine.desk import IdempotencyKey, Order, Step
from engine.errors import Conflict, KeyReused, StoreUnavailable, TooFarAhead
from engine.log import Log
from tests.engine.counting import (
    BY,
    COUNTER,
    Break,
    Count,
    Refuse,
    Say,
    Spoil,
    State,
    counted,
    open_desk,
    order,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return tmp_path, database


@contextmanager
def opened(*place, **more):
    desk = open_desk(*place, **more)
    try:
        yield desk
    finally:
        desk.close()
        desk.log.close()


@pytest.fixture
def desk(place):
    with opened(*place) as desk:
        yield desk


@contextmanager
def one_group(desk):
    """What is submitted meanwhile is carried out as one group (the writer's turn is taken)."""
    with desk.log.writing():
        desk.submit(order(("c-first", Count())))
        time.sleep(0.1)  # the writer has taken that one, and waits for its turn
        yield
    desk.do(order(("c-last", Count())))


def outcome(future):
    return future.exception(10) or future.result(10)


# ------------------------------------------------------------------ orders


def test_an_order_is_in_the_log_when_it_is_answered(desk):
    receipt = desk.do(order(("c-1", Count(3))))
    assert receipt.versions == {"c-1": 3}
    assert receipt.position == desk.log.head() == 3
    assert desk.log.stream("c-1") == list(receipt.lines)
    assert not receipt.repeated
    assert desk.state("complaint", "c-1") == (State(3), 3)
    assert desk.state("complaint", "c-2") == (State(), 0)


def test_an_order_of_several_streams_happens_whole_or_not_at_all(desk):
    receipt = desk.do(order(("c-1", Count(2)), ("c-2", Count()), ("c-1", Count())))
    assert receipt.versions == {"c-1": 3, "c-2": 1}
    assert counted(desk.log, "c-1") == [1, 2, 3]
    with pytest.raises(Refused):
        desk.do(order(("c-1", Count()), ("c-3", Count()), ("c-2", Refuse())))
    assert desk.log.head() == 4
    assert desk.state("complaint", "c-1") == (State(3), 3)


def test_a_refusal_leaves_nothing(desk):
    with pytest.raises(Refused):
        desk.do(order(("c-1", Refuse())))
    assert desk.log.head() == 0


def test_an_order_that_decides_nothing_is_answered(desk):
    receipt = desk.do(order(("c-1", Count(0))))
    assert (receipt.position, dict(receipt.versions), receipt.lines) == (0, {"c-1": 0}, ())


def test_what_is_expected_must_be_so(desk):
    desk.do(order(("c-1", Count()), expected=0))
    desk.do(order(("c-1", Count()), expected=1))
    with pytest.raises(Conflict) as caught:
        desk.do(order(("c-1", Count()), expected=1))
    assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("c-1", 1, 2)
    with pytest.raises(Conflict):
        desk.do(order(("c-1", Count()), expected=0))
    assert counted(desk.log, "c-1") == [1, 2]


def test_of_many_who_expect_the_same_version_one_goes_on(desk):
    with ThreadPoolExecutor(16) as pool:
        results = list(
            pool.map(lambda _: outcome(desk.submit(order(("c-1", Count()), expected=0))), range(16))
        )
    assert Counter(type(result).__name__ for result in results) == {"Receipt": 1, "Conflict": 15}
    assert counted(desk.log, "c-1") == [1]


def test_many_at_once_lose_and_double_nothing(desk):
    def work(me):
        for n in range(25):
            desk.do(order(("c-shared", Count()), (f"c-{me}", Count(2 if n % 2 else 1))))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert counted(desk.log, "c-shared") == list(range(1, 401))
    assert all(counted(desk.log, f"c-{me}") == list(range(1, 38)) for me in range(16))
    positions = [row[0] for row in desk.log.rows(limit=10_000)]
    assert positions == list(range(1, len(positions) + 1))


def test_event_loops_are_served_too(desk):
    async def work():
        orders = [desk.handle(order(("c-1", Count()))) for _ in range(50)]
        refused = asyncio.ensure_future(desk.handle(order(("c-1", Refuse()))))
        receipts = await asyncio.gather(*orders)
        with pytest.raises(Refused):
            await refused
        return receipts

    assert {receipt.versions["c-1"] for receipt in asyncio.run(work())} == set(range(1, 51))
    assert counted(desk.log, "c-1") == list(range(1, 51))


def test_a_caller_who_left_harms_nobody(desk):
    async def work():
        leaving = asyncio.ensure_future(desk.handle(order(("c-1", Count()))))
        await asyncio.sleep(0)
        leaving.cancel()
        await desk.handle(order(("c-1", Count())))

    asyncio.run(work())
    with one_group(desk):
        future = desk.submit(order(("c-1", Count())))
        assert future.cancel()
    assert counted(desk.log, "c-1") == [1, 2, 3]


# ------------------------------------------------------------------ one group, many fates


def test_each_order_of_a_group_fails_alone(desk):
    with one_group(desk):
        fates = [
            desk.submit(order(("c-1", command)))
            for command in (
                Count(),
                Refuse(),
                Count(),
                Break(),
                Spoil(),
                Count(),
                Say("destroyed", "x"),
                Count(),
            )
        ]
    names = [type(outcome(fate)).__name__ for fate in fates]
    assert names == [
        "Receipt", "Refused", "Receipt", "ZeroDivisionError", "UnicodeEncodeError", "Receipt", "LookupError",
        "Receipt",
    ]  # fmt: skip
    assert counted(desk.log, "c-1") == [1, 2, 3, 4]
    assert len({line.recorded_at for line in desk.log.stream("c-1")}) == 1


def test_a_refusal_that_rests_on_a_failed_commit_is_not_told(desk, monkeypatch):
    def fail(writing, rows):
        raise StoreUnavailable("the disk is full")

    with desk.log.writing() as writing:
        fates = [desk.submit(order(("c-first", Count())))]
        time.sleep(0.1)
        fates += [desk.submit(order(("c-1", command))) for command in (Count(), Refuse())]
        monkeypatch.setattr(type(writing), "insert", fail)
    assert [type(outcome(fate)) for fate in fates] == [StoreUnavailable] * 3
    monkeypatch.undo()
    assert desk.do(order(("c-1", Count()))).versions == {"c-1": 1}


# ------------------------------------------------------------------ moments


def test_recorded_at_never_goes_back(place):
    clock = iter(datetime(2026, 3, day, tzinfo=UTC) for day in (5, 4, 3, 6))
    with opened(*place, clock=lambda: next(clock)) as desk:
        for _ in range(4):
            desk.do(order(("c-1", Count())))
        assert [line.recorded_at.day for line in desk.log.stream("c-1")] == [5, 5, 5, 6]
    with opened(*place, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)) as again:
        assert again.do(order(("c-1", Count()))).lines[0].recorded_at.day == 6


def test_what_happened_is_told_apart_from_when_it_was_recorded(desk):
    before = datetime(2026, 1, 1, 8, tzinfo=UTC)
    (told,) = desk.do(order(("c-1", Count()), occurred_at=before)).lines
    assert told.occurred_at == before < told.recorded_at
    (now,) = desk.do(order(("c-1", Count()))).lines
    assert now.occurred_at == now.recorded_at
    (dated,) = desk.do(order(("c-1", Count(dated=before)))).lines
    assert dated.occurred_at == before


def test_nothing_happens_more_than_five_minutes_ahead(desk):
    ahead = datetime.now(UTC) + timedelta(minutes=6)
    for late in (order(("c-1", Count()), occurred_at=ahead), order(("c-1", Count(dated=ahead)))):
        with pytest.raises(TooFarAhead):
            desk.do(late)
    with pytest.raises(ValueError, match="time zone"):
        desk.do(order(("c-1", Count()), occurred_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    desk.do(order(("c-1", Count()), occurred_at=ahead - timedelta(minutes=2)))
    assert counted(desk.log, "c-1") == [1]


# ------------------------------------------------------------------ idempotency


def keyed(key, body="body", command=None, **more):
    return order(("c-1", command or Count()), key=IdempotencyKey("me", "POST /complaints", key, body), **more)


def test_a_repeated_order_is_answered_as_the_first_time(desk):
    first = desk.do(keyed("k"))
    desk.do(order(("c-1", Count())))
    again = desk.do(keyed("k"))
    assert again.repeated
    assert (again.position, dict(again.versions), again.lines) == (
        first.position,
        first.versions,
        first.lines,
    )
    assert counted(desk.log, "c-1") == [1, 2]


def test_the_key_is_looked_at_before_the_version(desk):
    first = desk.do(Order((Step("complaint", "c-1", Count(), expected=0),), BY, key=keyed("k").key))
    again = desk.do(Order((Step("complaint", "c-1", Count(), expected=0),), BY, key=keyed("k").key))
    assert again.versions == first.versions


def test_sixteen_deliveries_at_once_are_one(desk):
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: desk.do(keyed("k")), range(16)))
    assert counted(desk.log, "c-1") == [1]
    assert {(r.position, r.versions["c-1"], r.lines) for r in receipts} == {(1, 1, receipts[0].lines)}
    assert sum(not receipt.repeated for receipt in receipts) == 1


def test_deliveries_in_one_group_are_one(desk):
    with one_group(desk):
        fates = [desk.submit(keyed("k", body)) for body in ("body", "body", "other")]
    first, second, third = map(outcome, fates)
    assert (second.position, second.lines, second.repeated) == (first.position, first.lines, True)
    assert isinstance(third, KeyReused)
    assert counted(desk.log, "c-1") == [1]


def test_a_key_belongs_to_one_body_one_actor_and_one_route(desk):
    desk.do(keyed("k"))
    with pytest.raises(KeyReused):
        desk.do(keyed("k", "another"))
    for actor, route in (("you", "POST /complaints"), ("me", "POST /other")):
        desk.do(order(("c-1", Count()), key=IdempotencyKey(actor, route, "k", "another")))
    assert counted(desk.log, "c-1") == [1, 2, 3]


def test_a_refusal_and_a_dry_run_leave_the_key_unused(desk):
    with pytest.raises(Refused):
        desk.do(keyed("k", command=Refuse()))
    desk.do(keyed("k", dry_run=True))
    assert not desk.do(keyed("k", "another")).repeated


def test_a_key_is_kept_seven_days(place):
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    with opened(*place, clock=lambda: now[0]) as desk:
        desk.do(keyed("k"))
        now[0] += timedelta(days=7)
        assert desk.do(keyed("k")).repeated
        now[0] += timedelta(seconds=1)
        assert not desk.do(keyed("k", "another")).repeated
        now[0] += timedelta(days=8)
        desk.do(keyed("m"))
        with desk.log.writing() as writing:
            names = [("me", "POST /complaints", key) for key in "km"]
            assert list(writing.answers(names, 0)) == [names[1]]


def test_a_key_that_cannot_be_stored_is_refused_before_it_harms_others():
    for bad in ("a\0b", "\ud800", "a\nb"):
        with pytest.raises(ValueError, match="printable"):
            keyed(bad)
        with pytest.raises(ValueError, match="stream"):
            Step("complaint", bad, Count())


# ------------------------------------------------------------------ dry runs


def test_a_dry_run_tells_and_records_nothing(desk):
    desk.do(order(("c-1", Count())))
    receipt = desk.do(order(("c-1", Count()), ("c-1", Say("p-1", "说")), dry_run=True))
    assert [(line.position, line.version) for line in receipt.lines] == [(0, 2), (0, 3)]
    assert receipt.versions == {"c-1": 3}
    assert desk.log.head() == 1
    assert desk._writer.vault.keys == []
    with pytest.raises(Refused):
        desk.do(order(("c-1", Refuse()), dry_run=True))
    with pytest.raises(Conflict):
        desk.submit(order(("c-1", Count()), expected=7, dry_run=True)).result()
    assert asyncio.run(desk.handle(order(("c-1", Count()), dry_run=True))).versions == {"c-1": 2}


# ------------------------------------------------------------------ personal values


def test_what_is_personal_is_sealed_for_its_place_and_nowhere_readable(desk, place):
    receipt = desk.do(order(("c-1", Count(2)), ("c-1", Say("p-1", "王大爷家没有暖气")), ("c-1", Count())))
    fact = receipt.lines[2].fact
    assert isinstance(fact, ProgressNoted)
    assert type(fact.text) is Sealed
    assert fact.text.box == "c-1|3|complaint.progress-noted|text"
    assert desk._writer.vault.homes == [("c-1", 3, "complaint.progress-noted", "text")]
    assert desk._writer.vault.keys == [{"p-1"}]
    state, _ = desk.state("complaint", "c-1")
    assert not any(isinstance(said, Clear) for said in state.said)
    assert state == desk._writer.cached["c-1"].state
    if place[1] is None:
        desk.do(order(("c-1", Count())))
        for file in place[0].iterdir():
            assert "王大爷".encode() not in file.read_bytes()


def test_values_of_one_group_cost_the_key_store_one_call(desk):
    with one_group(desk):
        fates = [desk.submit(order((f"c-{n}", Say(f"p-{n}", "说")))) for n in range(5)]
    for fate in fates:
        fate.result(10)
    assert desk._writer.vault.keys == [{f"p-{n}" for n in range(5)}]


# ------------------------------------------------------------------ books and organisation


def grid(path):
    return Order((Step("organisation", "organisation", EstablishGrid(path, path, "city")),), BY)


def book(version):
    content = {"rule": version}
    propose = Step("rule-book", "rule-book-vocabularies", Propose("vocabularies", version, content))
    adopt = Step("rule-book", "rule-book-vocabularies", Adopt("vocabularies", version, date(2030, 1, 1)))
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
        assert [v.version for v in other.stage().books.versions("vocabularies")] == ["1"]


def test_a_decision_sees_what_the_orders_before_it_changed(place):
    seen = []

    def decide(command, state, scene):
        seen.append(sorted(scene.organisation.grids))
        return COUNTER.decide(command, state, scene)

    with opened(*place) as desk, opened(*place) as other:
        looking = type(
            "Looking", (), {"INITIAL": State(), "decide": staticmethod(decide), "evolve": COUNTER.evolve}
        )
        desk.deciders["complaint"] = looking
        try:
            with one_group(desk):
                desk.submit(grid("a"))
                desk.submit(order(("c-1", Count())))
                desk.submit(Order((*grid("b").steps, Step("complaint", "c-1", Refuse())), BY))
                desk.submit(order(("c-1", Count())))
            other.do(grid("c"))
            desk.do(order(("c-1", Count())))
        finally:
            desk.deciders["complaint"] = COUNTER
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
        writer = desk.log.recorder.datastore._writer
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(StoreUnavailable, match="full"):
            desk.do(order(("c-1", Count()), ("c-2", Count(500))))
        assert desk.log.head() == 1
        assert desk.do(order(("c-1", Count()), ("c-2", Count(500)))).versions == {"c-1": 2, "c-2": 500}
        assert counted(desk.log, "c-2") == list(range(1, 501))


def test_too_many_waiting_are_turned_away(desk, monkeypatch):
    monkeypatch.setattr("engine.desk.WAITING", 5)
    with desk.log.writing():
        fates = [desk.submit(order(("c-1", Count())))]
        time.sleep(0.1)
        fates += [desk.submit(order(("c-1", Count()))) for _ in range(5)]
        with pytest.raises(StoreUnavailable, match="waiting"):
            desk.do(order(("c-1", Count())))
    assert [outcome(fate).versions["c-1"] for fate in fates] == [1, 2, 3, 4, 5, 6]
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
