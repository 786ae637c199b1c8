"""What the desk promises: orders happen once, whole, in turn, durably; and each fails only for itself."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.complaint.facts import ProgressNoted
from domain.messages import Clear, Sealed
from domain.refusals import Refused
from engine.desk import Desk
from engine.errors import Conflict, StoreUnavailable, TooFarAhead
from engine.log import Log
from engine.vault import Vault
from tests.engine.counting import (
    DECIDERS,
    Break,
    Count,
    Refuse,
    Say,
    Spoil,
    State,
    counted,
    one_group,
    opened,
    order,
    outcome,
    taken,
)

ROOT = Path(__file__).parents[2]


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
        pending = desk.submit(order(("c-1", Count())))
        with pytest.raises(TimeoutError):
            pending.result(0.01)
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

    begun = taken(desk)
    with desk.log.writing() as writing:
        fates = [desk.submit(order(("c-first", Count())))]
        assert begun.wait(60)
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


def test_the_vault_opens_what_the_desk_sealed(tmp_path):
    with closing(Vault.open(tmp_path)) as vault, closing(Log.open(None, tmp_path)) as log:
        desk = Desk(log, vault, DECIDERS)
        desk.do(order(("c-1", Count()), ("c-1", Say("p-1", "王大爷家没有暖气"))))
        desk.close()
        line = log.stream("c-1")[1]
        assert isinstance(line.fact, ProgressNoted)
        text = vault.open_sealed(
            line.fact.text, stream="c-1", version=2, name="complaint.progress-noted", field="text"
        )
        assert text == "王大爷家没有暖气"


def test_values_of_one_group_cost_the_key_store_one_call(desk):
    with one_group(desk):
        fates = [desk.submit(order((f"c-{n}", Say(f"p-{n}", "说")))) for n in range(5)]
    for fate in fates:
        fate.result(10)
    assert desk._writer.vault.keys == [{f"p-{n}" for n in range(5)}]
