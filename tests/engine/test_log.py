"""What the log promises on both databases: rows as written, in one order, never a position twice."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest

from domain.complaint.facts import ComplaintClosed, ComplaintWithdrawn
from domain.messages import Actor, Envelope
from engine.codec import encode
from engine.errors import StoreDamaged, StoreUnavailable
from engine.log import EPOCH, Log, moment

BY = Actor("dispatcher", "dispatcher")
SECOND = 1_000_000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    """(database, directory) to open logs at."""
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return database, tmp_path


@pytest.fixture
def log(place):
    with closing(Log.open(*place)) as log:
        yield log


def append(log, *rows):
    """(stream, version, name or fact, recorded_at) each; returns the last position."""
    with log.writing() as writing:
        position, _ = writing.head()
        full = []
        for stream, version, fact, at in rows:
            position += 1
            if isinstance(fact, str):
                name, body = fact, b"{}"
            else:
                name, body = encode(fact, Envelope(moment(at), BY))
            full.append((position, stream, version, name, at, body))
        writing.insert(full)
    log.committed()
    return position


def filled(log, n=10):
    """`n` rows, one a second from second 1 on, on two streams in turn, with two names in turn."""
    append(log, *((f"c-{k % 2}", k // 2 + 1, f"fact-{k % 2}", (k + 1) * SECOND) for k in range(n)))


def test_an_empty_log_is_empty(log):
    assert log.head() == 0
    assert log.rows() == log.read() == log.stream("c-1") == []
    assert log.line(1) is None
    assert log.position_at(EPOCH) == 0
    assert log.setting("anything") is None


def test_lines_are_read_as_they_were_written(log):
    append(log, ("c-1", 1, ComplaintClosed("satisfied"), 5), ("c-1", 2, ComplaintWithdrawn(None), 6))
    first, second = log.read()
    assert (first.position, first.stream, first.version, first.recorded_at) == (1, "c-1", 1, moment(5))
    assert first.fact == ComplaintClosed("satisfied")
    assert first.actor == BY
    assert log.stream("c-1") == [first, second]
    assert log.line(2) == second


def test_rows_are_found_by_position_and_name(log):
    filled(log)
    assert [row[0] for row in log.rows()] == list(range(1, 11))
    assert [row[0] for row in log.rows(after=3, limit=2)] == [4, 5]
    assert [row[0] for row in log.rows(after=3, until=5)] == [4, 5]
    assert [row[0] for row in log.rows(names=("fact-1",), until=6)] == [2, 4, 6]
    assert log.rows(names=()) == []
    assert log.rows()[0] == (1, "c-0", 1, "fact-0", SECOND, b"{}")
    assert all(type(row[5]) is bytes for row in log.rows())


def test_a_stream_is_found_after_a_version_and_up_to_a_position(log):
    filled(log)
    assert [(row[0], row[2]) for row in log.stream_rows("c-1")] == [(2, 1), (4, 2), (6, 3), (8, 4), (10, 5)]
    assert [row[2] for row in log.stream_rows("c-1", after_version=3)] == [4, 5]
    assert [row[2] for row in log.stream_rows("c-1", until=6)] == [1, 2, 3]
    assert log.streams_named("c-") == ["c-0", "c-1"]
    assert log.streams_named("c-1") == ["c-1"]


def test_a_moment_finds_its_position(log):
    filled(log)
    append(log, ("d", 1, "fact", 10 * SECOND))
    seconds = {0: 0, 0.5: 0, 1: 1, 1.5: 1, 9: 9, 9.9: 9, 10: 11, 99: 11}
    assert {s: log.position_at(EPOCH + timedelta(seconds=s)) for s in seconds} == seconds


def test_a_stream_has_each_version_once_and_a_failed_transaction_leaves_nothing(log):
    append(log, ("c-1", 1, "fact", 1))
    with pytest.raises(StoreUnavailable):
        append(log, ("c-2", 1, "fact", 1), ("c-1", 1, "fact", 1))
    with pytest.raises(ZeroDivisionError), log.writing() as writing:
        writing.insert([(2, "c-3", 1, "fact", 1, b"{}")])
        raise ZeroDivisionError
    assert [row[1] for row in log.rows()] == ["c-1"]
    assert append(log, ("c-2", 1, "fact", 1)) == 2


def test_rows_inserted_in_two_goes_of_one_transaction_are_all_there(log):
    filled(log, 2)
    with log.writing() as writing:
        writing.insert([(3, "c-3", 1, "fact", SECOND, b"{}"), (4, "c-3", 2, "fact", SECOND, b"{}")])
        writing.insert([(5, "c-4", 1, "fact", 2 * SECOND, b"{}")])
    assert [row[:3] for row in log.rows(after=2)] == [(3, "c-3", 1), (4, "c-3", 2), (5, "c-4", 1)]
    with log.writing() as writing:
        assert writing.head() == (5, 2 * SECOND)


def test_no_position_is_used_twice(log, place):
    filled(log)
    delete = "DELETE FROM {}log WHERE position > 5"
    if place[0]:
        with psycopg.connect(place[0]) as connection:
            connection.execute(delete.format("huisheng."))
    else:
        with closing(sqlite3.connect(place[1] / "log.db")) as connection:
            connection.execute(delete.format(""))
            connection.commit()
            connection.execute("VACUUM")
    assert append(log, ("c-9", 1, "fact", 1)) == 11
    assert [row[0] for row in log.rows()] == [1, 2, 3, 4, 5, 11]


def test_many_rows_at_once(log):
    assert append(log, *((f"c-{n}", 1, "fact", n) for n in range(1000))) == 1000
    assert [row[1] for row in log.rows(until=1000)] == [f"c-{n}" for n in range(1000)]


def test_followers_never_see_a_later_row_before_an_earlier_one(log, place):
    seen: list[int] = []
    done = threading.Event()

    def write(log, me):
        for n in range(50):
            append(log, (f"c-{me}-{n}", 1, "fact", 1), (f"c-{me}-{n}", 2, "fact", 1))

    def follow():
        while not done.is_set() or log.head() > len(seen):
            seen.extend(row[0] for row in log.rows(after=seen[-1] if seen else 0))

    follower = threading.Thread(target=follow)
    follower.start()
    with closing(Log.open(*place)) as other, ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(write, log if n % 2 else other, n) for n in range(4)]:
            result.result()
    done.set()
    follower.join()
    assert seen == list(range(1, 401))


def test_readers_do_not_wait_for_a_writer(log):
    filled(log)
    with log.writing() as writing:
        writing.insert([(11, "c-9", 1, "fact", 1, b"{}")])
        assert log.head() == 10
        assert len(log.rows()) == 10


def test_waiting_ends_with_the_commit(log):
    filled(log)
    assert log.wait(9, 5) == 10
    started = time.perf_counter()
    assert log.wait(10, 0.05) == 10
    assert time.perf_counter() - started > 0.04
    threading.Timer(0.05, lambda: append(log, ("c-9", 1, "fact", 1))).start()
    started = time.perf_counter()
    assert log.wait(10, 60) == 11
    assert time.perf_counter() - started < 30


def test_waiting_ends_with_another_processs_commit(log, place):
    filled(log)
    with closing(Log.open(*place)) as other:
        threading.Timer(0.1, lambda: append(other, ("c-9", 1, "fact", 1))).start()
        started = time.perf_counter()
        assert log.wait(10, 60) == 11
        assert time.perf_counter() - started < 30


def test_settings_are_shared(log, place):
    log.set_setting("views.generation", "1")
    log.set_setting("views.generation", "2")
    with closing(Log.open(*place)) as other:
        assert other.setting("views.generation") == "2"
    log.set_setting("views.generation", None)
    assert log.setting("views.generation") is None


def test_one_holds_a_lease_at_a_time_and_epochs_grow(log):
    assert log.lease_epoch("views") == 0
    assert log.lease("views", "a", 30) == 1
    assert log.lease("views", "a", 30) == 1
    assert log.lease("views", "b", 30) is None
    log.release("views", "b")
    assert log.lease("views", "b", 30) is None
    log.release("views", "a")
    assert log.lease("views", "b", 0.01) == 2
    time.sleep(0.02)
    assert log.lease("views", "a", 30) == 3
    assert log.lease_epoch("views") == 3
    assert log.lease("watch", "b", 30) == 1


def test_answers_are_found_until_they_are_forgotten(log):
    key, other = ("me", "route", "1"), ("me", "route", "2")
    with log.writing() as writing:
        writing.keep_answers([(*key, "hash", b"answer", 10), (*other, "hash", b"answer", 20)])
    with log.writing() as writing:
        assert writing.answers([key, other, ("you", "route", "1")], 15) == {other: ("hash", b"answer")}
        assert writing.answers([key], 10) == {key: ("hash", b"answer")}
        writing.forget_answers(15)
    with log.writing() as writing:
        assert writing.answers([key, other], 0) == {other: ("hash", b"answer")}
        writing.keep_answers([(*other, "another", b"again", 30)])
    with log.writing() as writing:
        assert writing.answers([other], 0) == {other: ("another", b"again")}


def test_a_closed_log_says_so(place):
    log = Log.open(*place)
    log.close()
    with pytest.raises(StoreUnavailable), log.writing():
        pass


def test_a_log_of_a_newer_layout_is_left_alone(place):
    log = Log.open(*place)
    log.close()
    if place[0]:
        with psycopg.connect(place[0]) as connection:
            connection.execute("UPDATE huisheng.settings SET value = '99' WHERE name = 'layout'")
    else:
        with closing(sqlite3.connect(place[1] / "log.db")) as connection:
            connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreUnavailable, match="newer"):
        Log.open(*place)


def test_several_open_a_new_log_at_once(place):
    with ThreadPoolExecutor(8) as pool:
        logs = [opened.result() for opened in [pool.submit(Log.open, *place) for _ in range(8)]]
    for log in logs:
        append(log, (f"c-{id(log)}", 1, "fact", 1))
    assert logs[0].head() == 8
    for log in logs:
        log.close()


# ------------------------------------------------------------------ a torn file


@pytest.fixture
def closed_file(tmp_path):
    """A log file of some pages, closed."""
    with closing(Log.open(None, tmp_path)) as log:
        filled(log, 5000)
    return tmp_path / "log.db"


def damaged(file):
    """What opening says: one line that names the file."""
    with pytest.raises(StoreDamaged) as caught:
        Log.open(None, file.parent)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)
    return str(caught.value)


def test_a_file_cut_off_is_found_at_the_start(closed_file):
    size = closed_file.stat().st_size
    with closed_file.open("r+b") as file:
        file.truncate(size // 2)
    damaged(closed_file)


def test_a_file_overwritten_at_the_head_is_found_at_the_start(closed_file):
    with closed_file.open("r+b") as file:
        file.write(b"\0" * 4096)
    damaged(closed_file)


def test_a_file_overwritten_in_the_middle_is_found_at_the_start(closed_file):
    with closed_file.open("r+b") as file:
        file.seek(closed_file.stat().st_size // 8192 * 4096)
        file.write(b"\xa5" * 8192)
    damaged(closed_file)


def test_a_large_file_cut_off_is_found_without_reading_all_of_it(closed_file, monkeypatch):
    monkeypatch.setattr("engine.sqlite_file.CHECKED_BYTES", 4096)
    with closing(Log.open(None, closed_file.parent)) as log:
        assert log.head() == 5000
    with closed_file.open("r+b") as file:
        file.truncate(closed_file.stat().st_size - 4096)
    damaged(closed_file)


# ------------------------------------------------------------------ a database that goes away


@pytest.mark.postgres
def test_the_log_goes_on_after_the_server_was_restarted(postgres_server, postgres_url, tmp_path):
    with closing(Log.open(postgres_url, tmp_path)) as log:
        filled(log)
        postgres_server.stop()
        with pytest.raises(StoreUnavailable):
            append(log, ("c-9", 1, "fact", 1))
        postgres_server.start()
        assert log.head() == 10
        assert append(log, ("c-9", 1, "fact", 1)) == 11
        with closing(Log.open(postgres_url, tmp_path)) as other:
            threading.Timer(0.2, lambda: append(other, ("c-8", 1, "fact", 1))).start()
            assert any(log.wait(11, 30) == 12 for _ in range(3))  # woken, it says the head, whatever came


@pytest.mark.postgres
def test_a_database_out_of_reach_is_said_in_one_line(tmp_path):
    with pytest.raises(StoreUnavailable) as caught:
        Log.open(f"postgresql://huisheng@/none?host={tmp_path}", tmp_path)
    assert "\n" not in str(caught.value)
