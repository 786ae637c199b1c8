"""The engine whole, on the sample community: from an order to a row, a hit, an overdue fact, a link."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain import complaint, organisation, rule_books
from domain.complaint import commands as c
from domain.complaint.facts import RecurrenceSuspected, ResponseOverdue
from domain.messages import Actor
from domain.steps import Step
from engine.desk import Order, Receipt
from engine.engine import Engine
from engine.errors import StoreDamaged, StoreUnavailable
from engine.ids import new_id
from engine.reactions import POSITION, metres, point
from engine.read import Filter, count, one, rows
from projections.cases import Cases
from scripts.setting_up import apply, load

SAMPLE = Path(__file__).parents[2] / "scripts" / "samples" / "community.toml"
DECIDERS = {"complaint": complaint, "organisation": organisation, "rule-book": rule_books}
GRID = "demo/north/sl/grid-01"
DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
UNIT = Actor("property", "unit", "property-co")
GRIDWORKER = Actor("gridworker", "gridworker", GRID)


class Clock:
    """Stands on a Wednesday morning, local time, until it is moved; the monotonic clock goes with it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
        self.mono = 0.0

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.mono += timedelta(**span).total_seconds()


class Office:
    def __init__(self, folder: Path, database: str | None = None, clock: Clock | None = None) -> None:
        self.folder, self.database = folder, database
        self.clock = clock or Clock()
        self.engine = self.open()
        apply(self.engine.desk, load(SAMPLE))

    def open(self, *projections: Any) -> Engine:
        engine = Engine.open(
            self.folder,
            self.database,
            projections=projections or (Cases(),),
            deciders=DECIDERS,
            clock=self.clock,
        )
        engine.watch.guard.monotonic = engine.watch.monotonic = lambda: self.clock.mono
        engine.watch.guard.confirm()
        engine.watch.guard.start_over()
        return engine

    def do(self, stream: str, command: Any, actor: Actor = DISPATCHER) -> Receipt:
        return self.engine.desk.do(Order((Step("complaint", stream, command),), actor))

    def register(
        self, address: str = "", lat: float | None = None, long: float | None = None, **more: Any
    ) -> str:
        id = new_id("c")
        fields: dict[str, Any] = {
            "category": "property",
            "text": "单元门禁失灵，晚上关不上",
            "channel": "hotline",
            "place": c.Place(GRID, address, lat, long),
            "place_key": self.engine.vault.place_key(address),
        }
        self.do(id, c.Register(**(fields | more)))
        return id

    def close_case(self, id: str) -> None:
        self.do(id, c.Dispatch("property-co"))
        self.do(id, c.Respond(), UNIT)
        self.do(id, c.ReportResolution("solved", "已修好"), UNIT)
        visit = c.FollowUp("on_site", self.clock(), satisfaction="satisfied", solved="yes")
        self.do(id, visit, GRIDWORKER)

    def row(self, id: str) -> dict[str, Any]:
        with self.engine.views.read() as reading:
            found = one(reading, "cases", [Filter("id", "=", id)])
        assert found is not None
        return found

    def facts(self, id: str) -> list[Any]:
        return [line.fact for line in self.engine.log.stream(id)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_office(request: pytest.FixtureRequest, tmp_path: Path):
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    made = Office(tmp_path, database)
    yield made
    made.engine.close()


@pytest.fixture
def office(tmp_path: Path):
    made = Office(tmp_path)
    yield made
    made.engine.close()


def soon(true: Callable[[], object], seconds: float = 60.0) -> bool:
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_an_order_becomes_a_row_and_a_search_hit(any_office: Office) -> None:
    office = any_office
    office.engine.start()
    id = office.register("柳园 5 号楼")
    assert office.engine.views.wait_for(office.engine.log.head(), 60)
    assert office.row(id)["state"] == "received"
    assert soon(lambda: office.engine.search.search("门禁失灵") == [id])
    assert office.engine.health()["ok"], office.engine.health()


def test_a_deadline_that_passed_is_recorded_once_whatever_happens(any_office: Office) -> None:
    office = any_office
    id = office.register()
    office.do(id, c.Dispatch("property-co"))
    office.engine.catch_up()
    office.clock.passes(days=2)
    for _ in range(3):
        office.engine.watch.turn()
    office.engine.close()

    office.engine = office.open()
    for _ in range(3):
        office.engine.catch_up()
        office.engine.watch.turn()
    found = [fact for fact in office.facts(id) if isinstance(fact, ResponseOverdue)]
    assert len(found) == 1
    recorded = [line for line in office.engine.log.stream(id) if line.fact == found[0]]
    assert recorded[0].occurred_at == found[0].due < recorded[0].recorded_at


def test_the_watch_thread_finds_it_on_its_own(office: Office) -> None:
    office.engine.start()
    id = office.register()
    office.clock.passes(days=3)
    assert soon(lambda: any(type(fact).__name__ == "DispatchOverdue" for fact in office.facts(id)))


@pytest.mark.parametrize(
    ("again", "matched_by"),
    [
        ({"address": "柳园 5号楼"}, "place"),
        ({"address": "另一处", "lat": 26.0800, "long": 119.2960}, "location"),
        ({"address": "另一处", "lat": 26.0810, "long": 119.2960}, None),
        ({"address": "柳园 5 号楼", "category": "noise"}, None),
        ({"address": ""}, None),
    ],
)
def test_a_case_that_seems_to_have_come_back_is_linked(
    office: Office, again: dict[str, Any], matched_by: str | None
) -> None:
    first = office.register("柳园 5 号楼", 26.0802, 119.2961)
    office.close_case(first)
    office.clock.passes(days=9)
    second = office.register(**again)
    office.engine.catch_up()
    while office.engine.recurrences.turn():
        pass
    links = [fact for fact in office.facts(first) if isinstance(fact, RecurrenceSuspected)]
    assert links == ([RecurrenceSuspected(second, matched_by)] if matched_by else [])
    if matched_by:
        cause = office.engine.log.stream(first)[-1].envelope.caused_by
        assert cause == f"{second}@1"


def test_a_reaction_delivered_twice_decides_nothing_the_second_time(office: Office) -> None:
    first = office.register("柳园 5 号楼")
    office.close_case(first)
    office.register("柳园 5 号楼")
    for _ in range(2):
        office.engine.log.set_setting(POSITION, "0")
        office.engine.catch_up()
        while office.engine.recurrences.turn():
            pass
    assert sum(isinstance(fact, RecurrenceSuspected) for fact in office.facts(first)) == 1


def test_a_case_closed_long_ago_has_not_come_back(office: Office) -> None:
    first = office.register("柳园 5 号楼")
    office.close_case(first)
    office.clock.passes(days=31)
    office.register("柳园 5 号楼")
    office.engine.catch_up()
    office.engine.recurrences.turn()
    assert not any(isinstance(fact, RecurrenceSuspected) for fact in office.facts(first))


def test_distance_is_measured_along_the_ground() -> None:
    assert metres((26.0, 119.0), (26.0, 119.0)) == 0
    assert metres((26.0, 119.0), (27.0, 119.0)) == pytest.approx(111_195, rel=1e-3)
    assert metres((60.0, 0.0), (60.0, 1.0)) == pytest.approx(55_597, rel=1e-3)
    assert [point(text) for text in ("1,2", "", "x,y", "1", "91,0", None)] == [(1.0, 2.0)] + [None] * 5


def test_a_second_process_reads_what_the_first_keeps_and_takes_over(office: Office) -> None:
    office.engine.start()
    other = office.open()
    other.start()
    try:
        id = office.register()
        assert other.views.wait_for(other.log.head(), 60)
        assert soon(lambda: office.engine.leads()) and not other.leads()
        office.engine.close()
        other.desk.do(Order((Step("complaint", id, c.Dispatch("property-co")),), DISPATCHER))
        assert other.views.wait_for(other.log.head(), 60)
        assert other.leads()
        with other.views.read() as reading:
            assert count(reading, "tasks", [Filter("unit", "=", "property-co")]) == 1
    finally:
        other.close()


def test_views_of_older_code_are_made_anew_at_the_start(office: Office) -> None:
    id = office.register()
    office.engine.catch_up()
    before = office.engine.views.live().name
    office.engine.close()

    newer = Cases()
    newer.VERSION = Cases.VERSION + 1
    office.engine = office.open(newer)
    assert office.engine.health()["views"]["outdated"] == ["cases"]
    office.engine.start()
    assert soon(lambda: office.engine.views.live().name != before)
    assert soon(lambda: office.engine.health()["ok"])
    assert office.row(id)["state"] == "received"
    office.engine.close()

    office.engine = office.open()
    with pytest.raises(StoreUnavailable, match="newer program"):
        office.engine.views.outdated()
    assert not office.engine.health()["ok"]


def test_the_health_names_a_stopped_clock(office: Office) -> None:
    office.clock.now += timedelta(hours=2)
    office.engine.watch.turn()
    health = office.engine.health()
    assert not health["ok"] and health["clock_stepped"]["to"].startswith("2026-11-18T03:30")


def test_closing_twice_is_closing_once(office: Office) -> None:
    office.engine.start()
    office.engine.close()
    office.engine.close()
    with pytest.raises(StoreUnavailable):
        office.register()


def explained(office: Office, where: list[Any], order: tuple[str, str], after: str | None = None) -> str:
    """How SQLite would answer a page of the register."""
    with office.engine.views.read() as reading:
        seen: list[str] = []
        execute = reading.connection.execute

        def explain(statement: Any, *args: Any) -> Any:
            sql = statement.compile(reading.connection.engine, compile_kwargs={"literal_binds": True})
            plan = reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
            seen.extend(row[3] for row in plan)
            return execute(statement, *args)

        reading.connection.execute = explain  # type: ignore[method-assign, assignment]
        try:
            rows(reading, "cases", where=where, order=order, after=after, limit=20)
        finally:
            del reading.connection.execute
    return "; ".join(seen)


@pytest.mark.parametrize(
    "where",
    [
        [],
        [Filter("state", "=", "received")],
        [Filter("category", "=", "heating")],
        [Filter("grid", "=", GRID)],
        [Filter("lead", "=", "property-co")],
        [Filter("id", "in", ["c-1", "c-2"])],
        [Filter("number", "=", "HS261118-0001")],
        [Filter("place_key", "=", "x"), Filter("grid", "=", GRID)],
    ],
)
def test_the_register_never_scans_its_table_for_a_page(office: Office, where: list[Any]) -> None:
    plan = explained(office, where, ("registered_position", "desc"))
    assert "SCAN cases USING INDEX" in plan or "SEARCH cases" in plan, plan
    assert "SCAN cases;" not in f"{plan};"


@pytest.mark.parametrize("lost", ["keys.db", "keys.db and keys.master", "what keys.db holds"])
def test_a_log_whose_keys_are_gone_is_not_opened_with_new_ones(tmp_path: Path, lost: str):
    Office(tmp_path).engine.close()
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"keys.db{end}").unlink(missing_ok=True)
    if "master" in lost:
        (tmp_path / "keys.master").unlink()
    if lost == "what keys.db holds":
        (tmp_path / "keys.db").touch()
    before = sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("keys"))
    with pytest.raises(StoreDamaged, match=r"keys\.db is missing or empty, but the log is not") as refused:
        Office(tmp_path)
    assert "\n" not in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("keys")) == before


def test_a_key_store_that_never_held_a_secret_is_no_key_store(tmp_path: Path):
    Office(tmp_path).engine.close()
    with closing(sqlite3.connect(tmp_path / "keys.db", isolation_level=None)) as keys:
        keys.execute("DELETE FROM purposes")
    with pytest.raises(StoreDamaged, match="missing or empty"):
        Office(tmp_path)
