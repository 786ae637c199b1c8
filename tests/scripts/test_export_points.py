"""The ledger of points, exported: every entry as the statements print it, adding up to every balance."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyarrow import parquet

from api.compose import open_engine
from domain.points.account.commands import CarryOver, Open
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from engine.read import rows
from projections.points.statement import statement
from scripts.cli import run
from scripts.demo import load_demo
from scripts.exporting import POINT_COLUMNS, export
from scripts.setting_up import OPERATOR
from tests.scripts.test_demo import NOW
from tests.scripts.test_export import jsonl, table

GRID = "demo/north/sl/grid-01"
FORMULA = '=HYPERLINK("evil.example")'


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The demo, an account whose holder is called like a formula, and one that ends in another ledger."""
    engine = open_engine(tmp_path_factory.mktemp("points"), clock=lambda: NOW, watch=False)
    load_demo(engine)
    steps = (
        Step("account", f"acct-{FORMULA}", Open(FORMULA, "resident", GRID)),
        Step("account", f"acct-{FORMULA}", CarryOver(68, "+cmd|' /C calc'!A0", date(2024, 12, 31))),
    )
    engine.desk.do(Order(steps, OPERATOR))
    engine.catch_up()
    yield engine
    engine.close()


def view(engine: Engine, name: str) -> list[dict[str, Any]]:
    with engine.views.read() as reading:
        return rows(reading, name, limit=5_000).items


@pytest.fixture(scope="module")
def told(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    out = tmp_path_factory.mktemp("out") / "points.jsonl"
    done = export(engine, "points", "jsonl", out)
    found = jsonl(out)
    assert done.rows == len(found)
    return found


def test_the_rows_of_an_account_add_up_to_its_balance_and_its_debt(engine, told):
    balances, owed = Counter[str](), Counter[str]()
    for row in told:
        balances[row["account"]] += row["points"]
        owed[row["account"]] += row["owed"]
    accounts = view(engine, "accounts")
    assert len(accounts) > 30
    for account in accounts:
        assert balances[account["id"]] == account["balance"], account["id"]
        assert owed[account["id"]] == account["owed"], account["id"]


def test_each_row_says_what_the_statement_says(engine, told):
    """Line by line, all accounts: the views are told by others than the export is."""
    baskets: dict[str, list[Any]] = {}
    for line in sorted(view(engine, "redemption_lines"), key=lambda each: each["nth"]):
        baskets.setdefault(line["redemption"], []).append(line)
    kept = view(engine, "entries")
    for account in {row["account"] for row in told}:
        mine = sorted((e for e in kept if e["account"] == account), key=lambda e: e["version"])
        lines = statement(0, mine, baskets, {e["entry"]: e for e in mine}).entries
        theirs = [row for row in told if row["account"] == account]
        for printed, row in zip(lines, theirs, strict=True):
            for name in ("on", "kind", "entry", "activity", "item", "points", "owed", "cause", "reverses"):
                assert getattr(printed, name) == row[name], (name, row)
            if row["kind"] not in ("reversed", "undone"):
                assert printed.quantity == row["quantity"]
            if printed.rule is not None:
                decided = printed.rule.book, printed.rule.version, printed.rule.line
                assert decided == (row["rule_book"], row["rule_version"], row["rule_line"])


def test_every_kind_of_entry_was_told(told):
    assert {row["kind"] for row in told} >= {"credited", "redeemed", "reversed", "undone"}
    assert all(tuple(row) == POINT_COLUMNS for row in told)
    assert [row["position"] for row in told] == sorted(row["position"] for row in told)
    assert any(row["reason"] for row in told if row["kind"] == "reversed")


def test_redacted_no_reason_is_opened(engine, told, tmp_path):
    export(engine, "points", "jsonl", tmp_path / "out", redact=True)
    redacted = jsonl(tmp_path / "out")
    reasons = {row["reason"] for row in told if row["reason"]}
    assert reasons and {row["reason"] for row in redacted if row["reason"]} == {"[redacted]"}
    assert [row | {"reason": ""} for row in redacted] == [row | {"reason": ""} for row in told]


def test_a_month_is_a_month_of_the_statements(engine, told, tmp_path):
    """By local days of recording, both included."""
    zone = engine.desk.stage().organisation.zone
    months = Counter(
        datetime.fromisoformat(row["recorded_at"]).astimezone(zone).strftime("%Y-%m") for row in told
    )
    month, number = months.most_common(1)[0]
    first = date.fromisoformat(f"{month}-01")
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal() - 1
    done = export(engine, "points", "jsonl", tmp_path / "out", start=first, end=date.fromordinal(last))
    assert done.rows == number
    moment = datetime.fromisoformat(told[5]["recorded_at"])
    export(engine, "points", "jsonl", tmp_path / "one", start=moment, end=moment)
    assert told[5] in jsonl(tmp_path / "one")


def test_csv_holds_the_same_and_no_cell_is_a_formula(engine, told, tmp_path):
    export(engine, "points", "csv", tmp_path / "out.csv")
    found = table(tmp_path / "out.csv")
    assert len(found) == len(told)
    (odd,) = [row for row in found if "evil" in row["account"]]
    assert odd["cause"].startswith("import:") and odd["rule_version"] == "'+cmd|' /C calc'!A0"
    for row in found:
        for name, cell in row.items():
            assert cell[:1] not in ("=", "+", "@", "\t", "\r"), (name, cell)
            assert cell[:1] != "-" or int(cell) < 0
    sums = Counter[str]()
    for row in found:
        sums[row["account"]] += int(row["points"])
    assert sums == Counter({row["account"]: 0 for row in told}) + sums
    assert sum(sums.values()) == sum(row["points"] for row in told)


def test_parquet_holds_the_same_with_types(engine, told, tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.exporting.writing.GROUP", 50)
    export(engine, "points", "parquet", tmp_path / "out.parquet")
    file = parquet.ParquetFile(tmp_path / "out.parquet")
    assert file.num_row_groups == -(-len(told) // 50)
    kinds = {field.name: str(field.type) for field in file.schema_arrow}
    assert kinds["points"] == "int64" and kinds["on"] == "date32[day]"
    assert kinds["recorded_at"] == "timestamp[us, tz=UTC]" and kinds["account"] == "string"
    found = file.read().to_pylist()
    for row in found:
        row["on"] = row["on"].isoformat()
        row["recorded_at"] = row["recorded_at"].astimezone(UTC)
    expected = [row | {"recorded_at": datetime.fromisoformat(row["recorded_at"])} for row in told]
    assert found == expected


@pytest.mark.parametrize("kind", ["events", "cases"])
def test_facts_and_cases_have_a_typed_form_too(engine, tmp_path, kind):
    export(engine, kind, "parquet", tmp_path / "out.parquet")
    export(engine, kind, "jsonl", tmp_path / "out.jsonl")
    found, lines = parquet.read_table(tmp_path / "out.parquet").to_pylist(), jsonl(tmp_path / "out.jsonl")
    assert len(found) == len(lines)
    for one, other in zip(found, lines, strict=True):
        for name, value in other.items():
            if isinstance(value, dict):
                value = orjson.dumps(value).decode()
            elif name.endswith(("_at", "respond_by", "resolve_by")) and value:
                value = datetime.fromisoformat(value)
            assert one[name] == value, name


def test_pages_do_not_show_and_memory_holds_one_page(engine, tmp_path, monkeypatch):
    export(engine, "points", "jsonl", tmp_path / "a")
    monkeypatch.setattr("scripts.exporting.points.PAGE", 3)
    asked: list[int] = []
    real = engine.log.rows

    def counted(after: int, limit: int, **more: Any) -> Any:
        asked.append(limit)
        return real(after, limit, **more)

    monkeypatch.setattr(engine.log, "rows", counted)
    export(engine, "points", "jsonl", tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert max(asked) == 3 and len(asked) > 10


def test_the_command_line(engine, tmp_path: Path, capfd):
    out, data = tmp_path / "out.csv", str(engine.data_dir)
    assert run(["export", "points", "--as", "csv", "-o", str(out), "--data", data, "--format", "json"]) == 0
    answer = orjson.loads(capfd.readouterr().out.splitlines()[-1])
    with out.open(encoding="utf-8", newline="") as file:
        assert answer["rows"] == len(list(csv.reader(file))) - 1
    assert run(["export", "points", "--as", "xlsx", "-o", str(out), "--data", data]) == 2
