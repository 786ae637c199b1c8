"""Exports: everything, in order, readable by the owner only, harmless to spreadsheets, and back again."""

import csv
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from api import answering
from api.compose import open_engine
from api.questions import Asked
from engine.engine import Engine
from engine.ids import derived_id
from scripts.exporting import CASE_COLUMNS, EVENT_COLUMNS, Exported, export
from scripts.importing import load_mapping, run

ROOT = Path(__file__).parents[2]
PLAIN = load_mapping(ROOT / "mappings/plain.toml")
FORMULA = '=HYPERLINK("http://evil.example","暖气")'
G1, G2 = "demo/north/sl/grid-01", "demo/north/sl/grid-02"
LINES: list[dict[str, Any]] = [
    {
        "number": "A1", "category": "heating", "channel": "phone", "origin": "reactive", "grid": G1,
        "lead": "heating-co", "assisting": f"property-co,{G2}", "text": FORMULA,
        "registered_at": "2026-01-05T09:00:00+08:00", "dispatched_at": "2026-01-05T09:20:00+08:00",
        "respond_by": "2026-01-05T11:20:00+08:00", "responded_at": "2026-01-05T10:00:00+08:00",
        "first_resolve_by": "2026-01-06T09:00:00+08:00", "extended_at": "2026-01-06T08:00:00+08:00",
        "resolve_by": "2026-01-08T09:00:00+08:00", "resolved_at": "2026-01-07T10:00:00+08:00",
        "result": "solved", "followed_up_at": "2026-01-07T20:00:00+08:00", "satisfaction": "dissatisfied",
        "solved": "no",
    },
    {
        "number": "A1", "round": 2, "category": "heating", "channel": "phone", "origin": "reactive",
        "grid": G1, "lead": "heating-co", "text": FORMULA,
        "registered_at": "2026-01-07T20:00:00+08:00", "resolve_by": "2026-01-09T09:00:00+08:00",
        "resolved_at": "2026-01-09T10:00:00+08:00", "result": "partly",
        "followed_up_at": "2026-01-09T20:00:00+08:00", "satisfaction": "basically_satisfied",
        "solved": "partly",
    },
    {
        "number": "-7", "category": "noise", "channel": "wechat", "origin": "proactive", "grid": G2,
        "text": "夜间\n施工, \"很吵\"", "registered_at": "2026-02-01T23:30:00+08:00", "ended": "withdrawn",
        "ended_at": "2026-02-02T08:00:00+08:00",
    },
    {
        "number": "A3", "category": "water", "channel": "hotline", "origin": "reactive", "grid": G2,
        "lead": G2, "text": "停水", "registered_at": "2026-02-03T09:00:00+08:00",
        "resolve_by": "2026-02-04T09:00:00+08:00", "resolved_at": "2026-02-03T12:00:00+08:00",
        "follow_up": "unknown",
    },
]  # fmt: skip


FIGURES = (
    "dispatch_on_time_rate",
    "follow_up_24h_rate",
    "on_time_closure_rate",
    "on_time_first_promise",
    "reopen_rate",
    "response_rate",
    "satisfaction_rate",
    "solved_rate",
)


def filled(directory: Path, source: Path) -> Engine:
    engine = open_engine(directory)
    summary = run(engine, source, PLAIN)
    assert summary.rejected == 0, summary.rejected_file and Path(summary.rejected_file).read_text()
    return engine


@pytest.fixture
def engine(tmp_path):
    source = tmp_path / "tickets.jsonl"
    source.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in LINES))
    engine = filled(tmp_path / "var", source)
    yield engine
    engine.close()


def jsonl(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def comparable(line: dict[str, Any]) -> dict[str, Any]:
    """A line with every column, moments in UTC."""
    empty = ("lead", "assisting", "result", "satisfaction", "solved", "ended", "follow_up")
    told = {"round": 1, **dict.fromkeys(empty, ""), **line}
    if "resolve_by" in told:
        told.setdefault("first_resolve_by", told["resolve_by"])
    for name, value in told.items():
        if name.endswith(("_at", "_by")):
            told[name] = datetime.fromisoformat(value).astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {name: told.get(name) for name in CASE_COLUMNS if name != "id"}


class TestCases:
    def test_each_round_is_a_row_of_the_plain_layout_with_its_id(self, engine, tmp_path):
        done = export(engine, "cases", "jsonl", tmp_path / "out.jsonl")
        rows = jsonl(tmp_path / "out.jsonl")
        assert done == Exported(str(tmp_path / "out.jsonl"), 4)
        assert [list(row) for row in rows] == [list(CASE_COLUMNS)] * 4
        assert [row.pop("id") for row in rows] == [derived_id("c", "plain", n["number"]) for n in LINES]
        assert rows == [comparable(line) for line in LINES]

    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_what_was_exported_is_imported_as_it_was(self, engine, tmp_path, form):
        first, second = tmp_path / f"1.{form}", tmp_path / f"2.{form}"
        export(engine, "cases", form, first)
        other = filled(tmp_path / "other", first)
        export(other, "cases", form, second)
        assert second.read_bytes() == first.read_bytes()
        engine.catch_up()
        other.catch_up()
        for name in FIGURES:
            one, two = (answering.figure(e, Asked(name, group_by=("category",))) for e in (engine, other))
            for each in (*one["rows"], *two["rows"], *one["small_groups"], *two["small_groups"]):
                del each["cases"]
            assert (one["rows"], one["small_groups"]) == (two["rows"], two["small_groups"]), name
        other.close()

    def test_redacted_there_is_no_text(self, engine, tmp_path):
        export(engine, "cases", "jsonl", tmp_path / "out.jsonl", redact=True)
        assert {row["text"] for row in jsonl(tmp_path / "out.jsonl")} == {""}

    def test_a_period_is_of_local_days_both_included(self, engine, tmp_path):
        def numbers(**period: Any) -> list[str]:
            export(engine, "cases", "jsonl", tmp_path / "out.jsonl", **period)
            return [f"{row['number']}.{row['round']}" for row in jsonl(tmp_path / "out.jsonl")]

        assert numbers(start=date(2026, 2, 1), end=date(2026, 2, 1)) == ["-7.1"]
        assert numbers(end=date(2026, 1, 31)) == ["A1.1", "A1.2"]
        assert numbers(start=date(2026, 2, 2)) == ["A3.1"]
        moment = datetime(2026, 1, 7, 12, tzinfo=UTC)
        assert numbers(start=moment, end=moment) == ["A1.2"]


class TestEvents:
    def test_every_fact_with_its_position_in_order(self, engine, tmp_path):
        export(engine, "events", "jsonl", tmp_path / "out.jsonl")
        rows = jsonl(tmp_path / "out.jsonl")
        assert [row["position"] for row in rows] == list(range(1, engine.log.head() + 1))
        assert all(tuple(row) == EVENT_COLUMNS for row in rows)
        (first, *_) = [row for row in rows if row["name"] == "complaint.registered"]
        assert first["fact"]["text"] == FORMULA and first["occurred_at"] == "2026-01-05T01:00:00Z"
        assert first["actor"]["role"] == "admin" and first["recorded_at"].endswith("Z")

    def test_redacted_nothing_sealed_is_opened(self, engine, tmp_path):
        export(engine, "events", "jsonl", tmp_path / "out.jsonl", redact=True)
        content = (tmp_path / "out.jsonl").read_text()
        assert "[redacted]" in content and '"box"' not in content
        for word in ("HYPERLINK", "夜间", "停水"):
            assert word not in content

    def test_a_destroyed_key_leaves_a_word_for_it(self, engine, tmp_path):
        engine.vault.destroy_key(derived_id("c", "plain", "A3"))
        export(engine, "events", "jsonl", tmp_path / "out.jsonl")
        texts = {
            row["stream"]: row["fact"]["text"]
            for row in jsonl(tmp_path / "out.jsonl")
            if "registered" in row["name"]
        }
        assert texts[derived_id("c", "plain", "A3")] == "[erased]"
        assert texts[derived_id("c", "plain", "A1")] == FORMULA

    def test_csv_holds_the_same(self, engine, tmp_path):
        export(engine, "events", "jsonl", tmp_path / "out.jsonl")
        export(engine, "events", "csv", tmp_path / "out.csv")
        for one, other in zip(jsonl(tmp_path / "out.jsonl"), table(tmp_path / "out.csv"), strict=True):
            assert orjson.loads(other["fact"]) == one["fact"] and int(other["position"]) == one["position"]

    def test_a_period_goes_by_when_it_occurred(self, engine, tmp_path):
        export(
            engine, "events", "jsonl", tmp_path / "out.jsonl", start=date(2026, 2, 2), end=date(2026, 2, 2)
        )
        assert [row["name"] for row in jsonl(tmp_path / "out.jsonl")] == ["complaint.withdrawn"]


def test_no_cell_of_a_csv_can_be_a_formula(engine, tmp_path):
    for kind in ("cases", "events"):
        export(engine, kind, "csv", tmp_path / "out.csv")
        for row in table(tmp_path / "out.csv"):
            assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row.values())
    export(engine, "cases", "csv", tmp_path / "out.csv")
    assert [row["number"] for row in table(tmp_path / "out.csv")] == ["A1", "A1", "'-7", "A3"]
    assert table(tmp_path / "out.csv")[0]["text"] == "'" + FORMULA


def test_the_file_is_its_owners_and_takes_its_name_only_when_it_is_whole(engine, tmp_path, monkeypatch):
    out = tmp_path / "out.jsonl"
    export(engine, "cases", "jsonl", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()

    def torn(*args: Any, **options: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine.log, "stream", torn)
    with pytest.raises(OSError, match="No space"):
        export(engine, "cases", "jsonl", out)
    assert out.read_bytes() == before
    assert not (tmp_path / "out.jsonl.part").exists()


@pytest.mark.parametrize(("kind", "form"), [("balances", "csv"), ("cases", "xlsx")])
def test_an_unknown_export_is_named(engine, tmp_path, kind, form):
    with pytest.raises(ValueError, match=f"{kind} as {form}"):
        export(engine, kind, form, tmp_path / "out")


def test_pages_do_not_show(engine, tmp_path, monkeypatch):
    export(engine, "events", "jsonl", tmp_path / "a")
    export(engine, "cases", "jsonl", tmp_path / "b")
    monkeypatch.setattr("scripts.exporting.events.PAGE", 2)
    monkeypatch.setattr("scripts.exporting.cases.PAGE", 1)
    export(engine, "events", "jsonl", tmp_path / "c")
    export(engine, "cases", "jsonl", tmp_path / "d")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "c").read_bytes()
    assert (tmp_path / "b").read_bytes() == (tmp_path / "d").read_bytes()
