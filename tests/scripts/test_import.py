"""Import into a store: real facts with their own times, nothing twice, every row accounted for."""

import signal
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.compose import open_engine
from domain.complaint.facts import ComplaintRegistered, HistoricallyClosed
from engine.engine import Engine
from engine.ids import derived_id
from scripts import setting_up
from scripts.importing import Mapping, Summary, load_mapping, read_mapping, run
from tests.scripts.sheets import write_xlsx

ROOT = Path(__file__).parents[2]
PLAIN = load_mapping(ROOT / "mappings/plain.toml")
HOTLINE = load_mapping(ROOT / "mappings/hotline_cn.toml")


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(tmp_path / "var")
    yield engine
    engine.close()


def ticket(number: str, **told: Any) -> dict[str, Any]:
    """A plain line: heating, registered on Monday 5 January 2026 at 9, due on Friday at 18."""
    return {
        "number": number,
        "category": "heating",
        "grid": "demo/north/sl/grid-01",
        "lead": "heating-co",
        "text": "暖气不热，请联系 13800138000",
        "registered_at": "2026-01-05T09:00:00+08:00",
        "resolve_by": "2026-01-09T18:00:00+08:00",
        **told,
    }


RESOLVED = {"resolved_at": "2026-01-08T10:00:00+08:00", "result": "solved"}
ANSWERED = {"followed_up_at": "2026-01-08T20:00:00+08:00", "satisfaction": "satisfied", "solved": "yes"}


def write(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


def imported(engine: Engine, *lines: dict[str, Any], mapping: Mapping = PLAIN, **options: Any) -> Summary:
    return run(engine, write(engine.data_dir / "tickets.jsonl", lines), mapping, **options)


def told(engine: Engine, number: str, source: str = "plain") -> list[tuple[str, str]]:
    """What the log says of a ticket: facts and when they occurred, Shanghai time."""
    lines = engine.log.stream(derived_id("c", source, number))
    zone = PLAIN.time_zone
    return [(line.fact.NAME[10:], f"{line.occurred_at.astimezone(zone):%m-%d %H:%M}") for line in lines]  # type: ignore[attr-defined]


def rejected(summary: Summary) -> list[dict[str, Any]]:
    assert summary.rejected_file is not None
    return [orjson.loads(line) for line in Path(summary.rejected_file).read_bytes().splitlines()]


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.read, summary.imported, summary.rejected, summary.already


class TestFacts:
    def test_a_ticket_becomes_its_own_facts_at_its_own_times(self, engine):
        summary = imported(
            engine, ticket("1", **RESOLVED, **ANSWERED, dispatched_at="2026-01-05T09:30:00+08:00")
        )
        assert counts(summary) == (1, 1, 0, 0)
        assert told(engine, "1") == [
            ("registered", "01-05 09:00"),
            ("dispatched", "01-05 09:30"),
            ("resolution-reported", "01-08 10:00"),
            ("followed-up", "01-08 20:00"),
            ("closed", "01-08 20:00"),
        ]
        first = engine.log.stream(derived_id("c", "plain", "1"))[0]
        assert isinstance(first.fact, ComplaintRegistered)
        assert (first.fact.record, first.fact.source, first.fact.external_number) == ("import", "plain", "1")
        assert first.recorded_at > datetime(2026, 2, 1, tzinfo=UTC)

    def test_each_line_is_a_round(self, engine):
        again = {"round": 2, "registered_at": "2026-01-10T09:00:00+08:00", "resolve_by": None}
        unhappy = {**ANSWERED, "satisfaction": "dissatisfied", "solved": "no"}
        summary = imported(engine, ticket("1", **RESOLVED, **unhappy), ticket("1", **again))
        assert counts(summary) == (2, 2, 0, 0)
        assert ("reopened", "01-10 09:00") in told(engine, "1")

    def test_nothing_personal_is_readable_on_disk(self, engine):
        imported(engine, ticket("1", address="幸福小区3号楼501"), ticket("", address="幸福小区3号楼501"))
        engine.catch_up()
        store = b"".join(
            file.read_bytes()
            for file in engine.data_dir.rglob("*")
            if file.is_file() and file.name != "tickets.jsonl"
        )
        assert b"heating-co" in store
        for word in ("暖气不热", "13800138000", "幸福小区"):
            assert word.encode() not in store

    def test_a_file_without_follow_up_closes_historically_and_names_what_was_mended(self, engine):
        columns = {
            "external_number": "no",
            "registered_at": "a",
            "resolved_at": "b",
            "category": "k",
            "grid": "g",
        }
        mapping = read_mapping({"source": "s", "time_zone": "UTC", "columns": columns})
        row = {"no": "1", "a": "2026-01-05T09:00", "b": "2026-01-05T08:00", "k": "x", "g": "g"}
        summary = imported(engine, row, mapping=mapping)
        assert summary.mended == {"closed_before_opened": 1}
        last = engine.log.stream(derived_id("c", "s", "1"))[-1]
        assert last.fact == HistoricallyClosed("closed_before_opened")
        assert last.occurred_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
        assert imported(engine, row, mapping=mapping).mended == {}


class TestFoundations:
    def test_a_fresh_store_learns_the_grids_units_and_categories(self, engine):
        imported(
            engine,
            ticket("1", assisting="水务,电力"),
            ticket("2", lead="demo/north/sl/grid-01", category="噪音"),
        )
        stage = engine.desk.stage()
        assert {path: grid.level for path, grid in stage.organisation.grids.items()} == {
            "demo": "city",
            "demo/north": "street",
            "demo/north/sl": "community",
            "demo/north/sl/grid-01": "grid",
        }
        assert set(stage.organisation.units) == {"heating-co", "水务", "电力"}
        now = datetime.now(UTC)
        assert stage.books.categories(now).codes() == ("heating", "噪音")
        assert stage.organisation.time_zone_set is False

    def test_a_set_up_store_keeps_its_names_and_its_categories(self, engine):
        setting_up.apply(engine.desk, setting_up.load(ROOT / "scripts/samples/community.toml"))
        before = engine.desk.stage()
        imported(
            engine, ticket("1"), ticket("2", category="new", grid="demo/north/sl/grid-99", lead="new-unit")
        )
        after, now = engine.desk.stage(), datetime.now(UTC)
        assert after.books.categories(now).codes() == (*before.books.categories(now).codes(), "new")
        assert after.books.categories(now).of("heating") == before.books.categories(now).of("heating")
        assert {**after.organisation.grids, **before.organisation.grids} == after.organisation.grids
        assert set(after.organisation.grids) - set(before.organisation.grids) == {"demo/north/sl/grid-99"}
        assert set(after.organisation.units) - set(before.organisation.units) == {"new-unit"}
        head = engine.log.head()
        assert (
            imported(
                engine,
                ticket("1"),
                ticket("2", category="new", lead="new-unit", grid="demo/north/sl/grid-99"),
            ).already
            == 2
        )
        assert engine.log.head() == head

    def test_the_name_of_a_slug_is_the_word_it_was_made_from(self, engine):
        mapping = load_mapping(ROOT / "mappings/boston311.toml")
        row = {
            "case_id": "1", "opened": "2015-01-05T09:00:00", "target": "", "closed": "",
            "subject": "Public Works", "reason": "Street Lights", "type": "Outage", "queue": "Q",
            "source": "Self Service", "neighborhood": "Back Bay", "lat": "42.3", "lon": "-71.1",
        }  # fmt: skip
        assert imported(engine, row, mapping=mapping).imported == 1
        place = engine.desk.stage().organisation
        assert place.units["public-works"].name == "Public Works"
        assert (place.grids["boston"].name, place.grids["boston/back-bay"].name) == (
            "City of Boston",
            "Back Bay",
        )
        assert (
            engine.desk.stage().books.categories(datetime.now(UTC)).of("street-lights").en == "Street Lights"
        )


class TestAgain:
    def test_the_same_file_records_nothing_twice(self, engine):
        lines = [ticket(str(n), **RESOLVED) for n in range(50)]
        assert counts(imported(engine, *lines)) == (50, 50, 0, 0)
        head = engine.log.head()
        assert counts(imported(engine, *lines)) == (50, 0, 0, 50)
        assert engine.log.head() == head

    def test_a_ticket_told_twice_in_one_file_counts_once(self, engine):
        assert counts(imported(engine, ticket("1"), ticket("1"))) == (2, 1, 0, 1)

    def test_a_later_file_adds_what_is_new(self, engine):
        imported(engine, ticket("1"), ticket("2"))
        assert counts(imported(engine, ticket("1", **RESOLVED), ticket("2"))) == (2, 1, 0, 1)
        assert told(engine, "1")[-1] == ("resolution-reported", "01-08 10:00")

    def test_a_contradiction_is_rejected_with_both_values_and_the_rest_goes_on(self, engine):
        imported(engine, ticket("1", **RESOLVED))
        head = engine.log.head()
        other = {**RESOLVED, "resolved_at": "2026-01-07T10:00:00+08:00"}
        summary = imported(engine, ticket("1", **other), ticket("2"), ticket("1", **RESOLVED))
        assert counts(summary) == (3, 1, 1, 1)
        (entry,) = rejected(summary)
        assert (entry["line"], entry["field"], entry["rule"]) == (1, "resolved_at", "history.contradicts")
        assert "2026-01-07" in entry["reason"] and "2026-01-08" in entry["reason"]
        assert len(engine.log.rows(head, 10, names=("complaint.registered",))) == 1

    @pytest.mark.parametrize("processes", [3])
    def test_imports_at_once_record_each_ticket_once(self, tmp_path, processes):
        path = write(tmp_path / "tickets.jsonl", [ticket(str(n), **RESOLVED) for n in range(400)])
        engines = [open_engine(tmp_path / "var") for _ in range(processes)]
        summaries: list[Summary] = []
        threads = [
            threading.Thread(target=lambda e=e: summaries.append(run(e, path, PLAIN))) for e in engines
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(s.imported for s in summaries) == 400 and sum(s.already for s in summaries) == 400 * (
            processes - 1
        )
        rows = engines[0].log.rows(0, 10_000)
        assert len({(row[1], row[2]) for row in rows}) == len(rows)
        assert Counter(row[3] for row in rows)["complaint.registered"] == 400
        for engine in engines:
            engine.close()


KILLED = """
import sys
from api.compose import open_engine
from scripts.importing import load_mapping, run
engine = open_engine(sys.argv[1])
run(engine, sys.argv[2], load_mapping("mappings/plain.toml"))
"""


def story(engine: Engine) -> Counter[tuple[str, int, str, datetime | None]]:
    """All facts; those of the import itself (grids, units, categories) happened when it ran."""
    return Counter(
        (line.stream, line.version, line.fact.NAME, line.occurred_at if line.stream[:2] == "c-" else None)  # type: ignore[attr-defined]
        for line in engine.log.read(0, 100_000)
    )


@pytest.mark.full  # test_import_killed kills an import and a server beside it in every run
def test_an_import_killed_at_any_moment_and_run_again_gives_the_same_facts(tmp_path):
    lines = [ticket(str(n), **(RESOLVED if n % 3 else {})) for n in range(2_000)]
    path = write(tmp_path / "tickets.jsonl", lines)
    whole = open_engine(tmp_path / "whole")
    run(whole, path, PLAIN)
    killed_midway = 0
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "torn"), str(path)], cwd=ROOT)
        log = tmp_path / "torn/log.db-wal"
        before = log.stat().st_size if log.exists() else 0
        while child.poll() is None and not (log.exists() and log.stat().st_size > before + 300_000):
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        killed_midway += child.wait() == -signal.SIGKILL
    torn = open_engine(tmp_path / "torn")
    partly = len(torn.log.rows(0, 100_000, names=("complaint.registered",)))
    summary = run(torn, path, PLAIN)
    assert killed_midway and partly > 0
    assert (summary.imported + summary.already, summary.rejected) == (2_000, 0)
    assert story(torn) == story(whole)
    whole.close()
    torn.close()


class TestRejected:
    def test_every_row_is_accounted_for_and_the_bad_ones_are_named(self, engine):
        summary = imported(
            engine,
            ticket("1"),
            ticket("2", registered_at="tomorrow"),
            ticket("3", category=""),
            ticket("4", channel="telegraph"),
            ticket("5", round=3),
            ticket("6", responded_at="2026-01-04T09:00:00+08:00"),
            ticket("7", registered_at="2999-01-01T00:00:00Z"),
            ticket("8", ended="withdrawn"),
            ticket("9"),
        )
        assert counts(summary) == (9, 2, 7, 0)
        assert summary.read == summary.imported + summary.rejected + summary.already
        found = [(entry["line"], entry["field"], entry["rule"]) for entry in rejected(summary)]
        assert found == [
            (2, "registered_at", "moment.unreadable"),
            (3, "category", "value.unknown"),
            (4, "channel", "value.unknown"),
            (5, "round", "history.round-missing"),
            (6, "responded_at", "moment.out-of-order"),
            (7, "registered_at", "moment.unreadable"),
            (8, "ended_at", "history.incomplete"),
        ]

    def test_the_side_file_is_the_owners_and_shows_nothing_personal(self, engine):
        summary = imported(engine, ticket("1", registered_at="tomorrow", address="幸福小区", name="王小明"))
        assert summary.rejected_file is not None
        path = Path(summary.rejected_file)
        assert path.parent == engine.data_dir / "imports"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (entry,) = rejected(summary)
        assert entry["row"]["number"] == "1" and entry["row"]["registered_at"] == "tomorrow"
        for word in ("暖气", "13800138000", "幸福小区", "王小明"):
            assert word not in path.read_text()

    def test_it_stands_where_it_is_asked_for_and_goes_when_nothing_is_rejected(self, engine, tmp_path):
        target = tmp_path / "elsewhere/bad.jsonl"
        assert imported(engine, ticket(""), rejected_file=target).rejected_file == str(target)
        assert target.exists()
        assert imported(engine, ticket("1"), rejected_file=target).rejected_file is None
        assert not target.exists()

    def test_lines_that_are_no_rows_are_rejected_with_their_number(self, engine, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("number,registered_at,category,grid\n1,2026-01-05,heating,g\n2,torn\n")
        summary = run(engine, path, PLAIN)
        assert counts(summary) == (2, 1, 1, 0)
        assert [(e["line"], e["rule"]) for e in rejected(summary)] == [(3, "row.unreadable")]


class TestDryRun:
    def test_it_says_what_would_be_and_records_nothing(self, engine):
        again = {"round": 2, "registered_at": "2026-01-10T09:00:00+08:00", "resolve_by": None}
        lines = [
            ticket("1", **RESOLVED),
            ticket("1", **again),
            ticket("1", **again),
            ticket("2"),
            ticket("", **RESOLVED),
        ]
        dry = imported(engine, *lines, dry_run=True)
        assert engine.log.head() == 0
        real = imported(engine, *lines)
        assert counts(dry) == counts(real) == (5, 3, 1, 1)
        again_dry = imported(engine, *lines, dry_run=True)
        assert counts(again_dry) == (5, 0, 1, 4)

    def test_a_contradiction_shows_already_then(self, engine):
        imported(engine, ticket("1", **RESOLVED))
        dry = imported(engine, ticket("1", **{**RESOLVED, "result": "partly"}), dry_run=True)
        assert counts(dry) == (1, 0, 1, 0) and rejected(dry)[0]["field"] == "result"


class TestAdoption:
    def test_open_tickets_live_when_asked_and_only_those(self, engine):
        lines = [ticket("1"), ticket("2", **RESOLVED, **ANSWERED)]
        assert counts(imported(engine, *lines, adopt_open=True)) == (2, 2, 0, 0)
        assert [name for name, _ in told(engine, "1")] == ["registered", "dispatched", "adopted"]
        assert "adopted" not in [name for name, _ in told(engine, "2")]
        assert counts(imported(engine, *lines, adopt_open=True)) == (2, 0, 0, 2)

    def test_without_it_none_does(self, engine):
        imported(engine, ticket("1"))
        assert "adopted" not in [name for name, _ in told(engine, "1")]


CHINESE, *CALLS = [
    call.split("|")
    for call in (
        "工单编号|工单类型|问题分类|受理时间|派单时间|办结时限|办结时间|回访时间|"
        "是否解决|是否满意|主办单位|协办单位|所属网格|诉求内容|诉求来源",
        "GD1|投诉|供暖|2026/1/5 8:30|2026/1/5 9:00|2026/1/7 18:00|2026/1/6 17:05|2026/1/7 10:00|"
        "解决|满意|热力公司|物业公司、街道办|北街/幸福社区/网格一|暖气不热|12345",
        "GD2|投诉|噪音|2026/1/5 22:10|2026/1/6 8:40|2026/1/9 18:00|2026/1/10 9:00|2026/1/10 20:00|"
        "未解决|不满意|城管队||北街/幸福社区/网格二|夜间施工|微信小程序",
        "GD3|咨询|社保|2026/1/6 10:00|2026/1/6 10:20|2026/1/8 18:00|2026/1/6 11:00||||人社局|||如何办理|",
        "GD4|求助|供水|2026/1/6 12:00|||||||||北街/幸福社区/网格一|停水|上级交办",
    )
]


class TestHotline:
    def check(self, engine: Engine, summary: Summary) -> None:
        assert counts(summary) == (4, 4, 0, 0)
        assert told(engine, "GD1", "hotline") == [
            ("registered", "01-05 08:30"),
            ("dispatched", "01-05 09:00"),
            ("resolution-reported", "01-06 17:05"),
            ("followed-up", "01-07 10:00"),
            ("closed", "01-07 10:00"),
        ]
        assert [name for name, _ in told(engine, "GD4", "hotline")] == ["registered"]
        answer = engine.log.stream(derived_id("c", "hotline", "GD2"))[3].fact
        assert (answer.satisfaction, answer.solved) == ("dissatisfied", "no")  # type: ignore[attr-defined]
        dispatch = engine.log.stream(derived_id("c", "hotline", "GD1"))[1].fact
        assert [task.unit for task in dispatch.tasks] == ["热力公司", "物业公司", "街道办"]  # type: ignore[attr-defined]
        assert dispatch.resolution.due.astimezone(PLAIN.time_zone).hour == 18  # type: ignore[attr-defined]
        assert "北街/幸福社区/网格一" in engine.desk.stage().organisation.grids

    def test_an_export_in_csv_as_old_spreadsheets_write_it(self, engine, tmp_path):
        text = "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in [CHINESE, *CALLS])
        (tmp_path / "a.csv").write_bytes(text.encode("gb18030"))
        self.check(engine, run(engine, tmp_path / "a.csv", HOTLINE))

    def test_the_same_in_excel_with_real_dates(self, engine, tmp_path):
        def cell(text: str) -> Any:
            try:
                return datetime.strptime(text, "%Y/%m/%d %H:%M")  # noqa: DTZ007
            except ValueError:
                return text

        write_xlsx(tmp_path / "a.xlsx", [[CHINESE, *([cell(text) for text in call] for call in CALLS)]])
        self.check(engine, run(engine, tmp_path / "a.xlsx", HOTLINE))

    def test_one_that_has_no_time_of_the_follow_up_is_counted_as_mended(self, engine, tmp_path):
        header = [
            "工单编号",
            "工单类型",
            "问题分类",
            "派单时间",
            "办结时间",
            "是否解决",
            "是否满意",
            "主办单位",
            "协办单位",
        ]
        call = [
            "GD9",
            "投诉",
            "供暖",
            "2026-01-05 08:30",
            "2026-01-06 17:05",
            "部分解决",
            "基本满意",
            "热力公司",
            "",
        ]
        (tmp_path / "a.csv").write_text("\n".join(map(",".join, [header, call])))
        summary = run(engine, tmp_path / "a.csv", HOTLINE)
        assert counts(summary) == (1, 1, 0, 0) and summary.mended == {"follow_up_without_moment": 1}
        assert told(engine, "GD9", "hotline")[-1] == ("closed", "01-06 17:05")


def test_progress_counts_up_to_the_whole(engine):
    seen: list[tuple[int, int | None]] = []
    imported(
        engine, *(ticket(str(n)) for n in range(1_200)), progress=lambda done, of: seen.append((done, of))
    )
    assert [of for _, of in seen] == [1_200] * len(seen) and seen[-1] == (1_200, 1_200)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen) and len(seen) >= 3


def test_the_summary_has_exactly_the_promised_names(engine):
    summary = imported(engine, ticket("1"))
    assert list(summary.as_json()) == [
        "read", "imported", "rejected", "already", "mended", "rejected_file", "seconds", "per_second"
    ]  # fmt: skip
    assert summary.per_second > 0


def test_a_store_that_stops_working_stops_the_import(engine, tmp_path):
    from engine.errors import StoreUnavailable

    path = write(tmp_path / "t.jsonl", [ticket("1")])
    engine.desk.close()
    with pytest.raises(StoreUnavailable):
        run(engine, path, PLAIN)
