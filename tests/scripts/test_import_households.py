"""A register of households: each row a household with its dwelling and tenancy, nothing twice, every row
accounted for."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.compose import open_engine
from domain.households import orders
from domain.households.facts import DwellingRegistered, HouseholdRegistered, TenancyStarted
from domain.households.household import Living
from domain.steps import Seen
from engine.desk import Order
from engine.engine import Engine
from engine.read import count, rows
from scripts.cli import run as command
from scripts.exporting import export
from scripts.importing import BadImport, Summary
from scripts.importing.household_rows import load_mapping
from scripts.importing.households import run
from scripts.setting_up import OPERATOR
from tests.scripts.sheets import write_xlsx

GRID = "demo/north/sl/grid-01"
ROW: dict[str, Any] = {"id": "H-1", "grid": GRID, "address": "松林苑3号楼2单元602室", "people": 3}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "var")
    yield engine
    engine.close()


def imported(engine: Engine, *lines: dict[str, Any] | bytes, **options: Any) -> Summary:
    path = engine.data_dir / "register.jsonl"
    path.write_bytes(
        b"".join((each if isinstance(each, bytes) else orjson.dumps(each)) + b"\n" for each in lines)
    )
    return run(engine, path, **options)


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.read, summary.imported, summary.rejected, summary.already


def rejected(summary: Summary) -> list[tuple[int, str, str]]:
    assert summary.rejected_file is not None
    lines = [orjson.loads(line) for line in Path(summary.rejected_file).read_bytes().splitlines()]
    return [(line["line"], line["field"], line["rule"]) for line in lines]


def household(engine: Engine, id: str = "H-1") -> Living:
    state = engine.desk.state("household", f"hh-{id}")[0]
    assert isinstance(state, Living)
    return state


def test_a_row_becomes_a_household_in_a_dwelling_on_a_store_that_knows_no_grid(engine: Engine) -> None:
    told = ROW | {"kind": "重点户", "name": "王建国", "phone": "13800000001", "tenure": "租住"}
    assert counts(imported(engine, told | {"since": "2024-05-01"})) == (1, 1, 0, 0)
    of = household(engine).household
    (first,) = [line.fact for line in engine.log.stream("hh-H-1")]
    assert isinstance(first, HouseholdRegistered)
    assert (first.people, first.kind, first.source) == (3, "key", "register")
    dwelling = next(iter(engine.log.stream(of.dwelling))).fact
    tenancy = next(iter(engine.log.stream(of.tenancy))).fact
    assert isinstance(dwelling, DwellingRegistered) and dwelling.grid == GRID
    assert isinstance(tenancy, TenancyStarted) and str(tenancy.since) == "2024-05-01"
    raw = b"".join(row[5] for stream in ("hh-H-1", of.dwelling) for row in engine.log.stream_rows(stream))
    assert "王建国".encode() not in raw and b"13800000001" not in raw and "松林苑".encode() not in raw
    engine.start()
    engine.views.wait_for(engine.log.head(), 10)
    with engine.views.read() as reading:
        (row,) = rows(reading, "households").items
    assert (row["id"], row["people"], row["grid"], row["vacant"]) == ("H-1", 3, GRID, 0)


def test_the_same_file_again_records_nothing(engine: Engine) -> None:
    other = {"id": "H-2", "grid": GRID, "people": None}
    imported(engine, ROW, other)
    head = engine.log.head()
    assert counts(imported(engine, ROW, other, ROW)) == (3, 0, 0, 3)
    assert engine.log.head() == head


def test_two_spellings_of_an_address_are_one_dwelling_that_two_households_share(engine: Engine) -> None:
    imported(engine, ROW, ROW | {"id": "H-2", "address": "松林苑 3号楼 2单元 602室"})
    assert household(engine, "H-1").household.dwelling == household(engine, "H-2").household.dwelling


def test_a_later_file_counts_anew_and_never_moves_anybody(engine: Engine) -> None:
    imported(engine, ROW)
    later = imported(
        engine,
        ROW | {"people": 4, "kind": "employed"},
        ROW | {"address": "北苑1号楼"},
        ROW | {"grid": "demo/north/sl/grid-02"},
    )
    assert counts(later) == (3, 1, 2, 0)
    assert rejected(later) == [
        (2, "address", "household.lives-elsewhere"),
        (3, "grid", "household.grid-differs"),
    ]
    assert (household(engine).household.people, household(engine).household.kind) == (4, "employed")


def test_who_moved_out_is_not_put_back_by_an_old_file(engine: Engine) -> None:
    imported(engine, ROW)
    seen = Seen(*engine.desk.state("household", "hh-H-1"))
    steps = orders.move_out("hh-H-1", seen, "卖房")
    engine.desk.do(Order(steps, OPERATOR))
    assert rejected(imported(engine, ROW)) == [(1, "id", "household.state")]


def test_every_bad_row_is_named_by_line_and_field_and_says_nothing_personal(engine: Engine) -> None:
    bad: list[dict[str, Any] | bytes] = [
        {k: v for k, v in ROW.items() if k != "id"},
        ROW | {"id": "a|b"},
        ROW | {"grid": ""},
        ROW | {"grid": "../x y"},
        ROW | {"people": -1},
        ROW | {"people": True},
        ROW | {"people": 2.5},
        ROW | {"kind": "villa"},
        ROW | {"since": "yesterday"},
        ROW | {"address": "x" * 501},
        b"no json",
    ]
    summary = imported(engine, *bad, ROW)
    assert counts(summary) == (12, 1, 11, 0)
    assert [field for _, field, _ in rejected(summary)] == [
        "id", "id", "grid", "grid", "people", "people", "people", "kind", "since", "address", "",
    ]  # fmt: skip
    assert summary.rejected_file is not None and "松林苑" not in Path(summary.rejected_file).read_text()


def test_a_dry_run_says_the_same_and_records_nothing(engine: Engine) -> None:
    summary = imported(engine, ROW, ROW, ROW | {"id": "H-2", "people": "many"}, dry_run=True)
    assert counts(summary) == (3, 1, 1, 1)
    assert engine.log.head() == 0


def test_a_mapping_says_what_their_columns_and_words_mean(engine: Engine, tmp_path: Path) -> None:
    mapping = tmp_path / "street.toml"
    mapping.write_text(
        'source = "street-2025"\n[columns]\nid = "Nr"\ngrid = "Block"\npeople = "Heads"\nkind = "Art"\n'
        '[words.kind]\nLaden = "shop"\n[grids]\nunder = "demo/north/sl"\n[grids.words]\nA = "grid-01"\n',
        "utf-8",
    )
    path = tmp_path / "r.csv"
    path.write_text("Nr,Block,Heads,Art\nX1,A,2,Laden\n", "utf-8")
    assert counts(run(engine, path, load_mapping(mapping))) == (1, 1, 0, 0)
    of = household(engine, "X1").household
    assert (of.grid, of.people, of.kind) == (GRID, 2, "shop")
    mapping.write_text('source = "x"\n[columns]\nsize = "Heads"\n', "utf-8")
    with pytest.raises(BadImport, match=r"columns\.size"):
        load_mapping(mapping)


def test_a_spreadsheet_with_chinese_headings(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "住户.xlsx"
    header = ["户编号", "网格", "地址", "人数", "类别"]
    write_xlsx(path, [[header, ["A1", GRID, "松林苑1号楼", 2.0, "商铺"]]])
    assert counts(run(engine, path)) == (1, 1, 0, 0)
    assert household(engine, "A1").household.people == 2


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"id,grid,address,people\nH1,{GRID},松林苑1号楼,2\n", "utf-8")
    data = str(tmp_path / "var")
    assert command(["import", "households", str(path), "--data", data, "--format", "json"]) == 0
    assert orjson.loads(capsys.readouterr().out.splitlines()[-1])["imported"] == 1


def test_killed_half_way_and_run_again_leaves_each_household_once(tmp_path: Path) -> None:
    """kill -9, then the whole file again: every household whole, none twice."""
    path, many = tmp_path / "r.csv", 1_500
    lines = [f"H{n},{GRID},松林苑{n}室,{n % 6}" for n in range(many)]
    path.write_text("\n".join(["id,grid,address,people", *lines]) + "\n", "utf-8")
    data = tmp_path / "var"
    arguments = [sys.executable, "-m", "scripts.cli", "import", "households", str(path), "--data", str(data)]
    begun = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = data / "log.db-wal"
    until = time.monotonic() + 30
    while time.monotonic() < until and begun.poll() is None:
        if log.exists() and log.stat().st_size > 250_000:
            os.kill(begun.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    begun.wait(30)
    engine = open_engine(data)
    try:
        head = engine.log.head()
        summary = run(engine, path)
        assert summary.read == many == summary.imported + summary.already
        assert summary.rejected == 0 and engine.log.head() >= head
        assert len(engine.log.streams_named("hh-")) == len(engine.log.streams_named("ten-")) == many
        engine.start()
        assert engine.views.wait_for(engine.log.head(), 20)
        with engine.views.read() as reading:
            assert count(reading, "households") == count(reading, "tenancies") == many
    finally:
        engine.close()


def test_what_is_exported_is_taken_in_elsewhere_as_it_stands(engine: Engine, tmp_path: Path) -> None:
    told = ROW | {
        "kind": "key",
        "name": "=王建国",
        "phone": "13800000001",
        "tenure": "rent",
        "since": "2024-05-01",
    }
    imported(
        engine, told, ROW | {"id": "H-2", "address": "别处", "people": None}, {"id": "H-3", "grid": GRID}
    )
    seen = Seen(*engine.desk.state("household", "hh-H-2"))
    steps = orders.move_out("hh-H-2", seen, "卖房")
    engine.desk.do(Order(steps, OPERATOR))
    out = tmp_path / "register.csv"
    assert export(engine, "households", "csv", out).rows == 2
    assert export(engine, "households", "parquet", tmp_path / "register.parquet").rows == 2
    hidden = tmp_path / "hidden.jsonl"
    export(engine, "households", "jsonl", hidden, redact=True)
    assert "13800000001" not in hidden.read_text("utf-8") and "松林苑" not in hidden.read_text("utf-8")
    other = open_engine(tmp_path / "other")
    try:
        assert counts(run(other, out)) == (2, 2, 0, 0)
        again = tmp_path / "again.csv"
        export(other, "households", "csv", again)
        lines = [line.rpartition(",")[0] for line in out.read_text("utf-8").splitlines()]
        assert lines == [line.rpartition(",")[0] for line in again.read_text("utf-8").splitlines()]
        assert any("13800000001" in line for line in lines)
    finally:
        other.close()
