"""Opening balances: each row an account with one entry, nothing twice, every row accounted for."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.compose import open_engine
from domain.points.account.state import Open
from domain.points.facts import AccountOpened, PointsCredited, Posting
from engine.engine import Engine
from engine.read import rows
from scripts.checking_points import ledger as checked
from scripts.cli import run as command
from scripts.importing import BadImport, Summary
from scripts.importing.ledger import run
from scripts.setting_up import apply, load
from tests.scripts.sheets import write_xlsx

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "scripts/samples/community.toml"
GRID = "demo/north/sl/grid-01"
HEADER = ("account", "holder", "kind", "place", "balance", "as_of", "source")
LAN = {
    "holder": "p-lan", "kind": "resident", "place": GRID, "balance": 68, "as_of": "2024-12-31",
    "source": "paper",
}  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(tmp_path / "var")
    apply(engine.desk, load(SAMPLE))
    yield engine
    engine.close()


def row(**changes: Any) -> dict[str, Any]:
    return {**LAN, **changes}


def imported(engine: Engine, *lines: Any, **options: Any) -> Summary:
    path = engine.data_dir / "balances.jsonl"
    path.write_bytes(
        b"".join((each if isinstance(each, bytes) else orjson.dumps(each)) + b"\n" for each in lines)
    )
    return run(engine, path, **options)


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.read, summary.imported, summary.rejected, summary.already


def rejected(summary: Summary) -> list[tuple[int, str, str]]:
    assert summary.rejected_file is not None
    lines = [orjson.loads(line) for line in Path(summary.rejected_file).read_bytes().splitlines()]
    assert all(line["reason"] for line in lines)
    return [(line["line"], line["field"], line["rule"]) for line in lines]


def account(engine: Engine, holder: str = "p-lan") -> Open:
    state = engine.desk.state("account", f"acct-{holder}")[0]
    assert isinstance(state, Open)
    return state


def adds_up(engine: Engine, points: int) -> None:
    answer = checked(engine)
    assert answer["ok"], answer["findings"]
    assert answer["balances"] == points


class TestFacts:
    def test_a_row_opens_the_account_and_books_its_balance_from_the_opening_account(self, engine):
        assert counts(imported(engine, row())) == (1, 1, 0, 0)
        opening, entry, *_ = [line.fact for line in engine.log.stream("acct-p-lan")]
        assert isinstance(opening, AccountOpened) and isinstance(entry, PointsCredited)
        assert (opening.holder, opening.kind, opening.place) == ("p-lan", "resident", GRID)
        assert (entry.points, entry.cause, entry.cause_kind) == (68, "import:paper", "import")
        assert entry.occurred_on.isoformat() == "2024-12-31"
        assert entry.postings == (Posting("opening", -68), Posting("acct-p-lan", 68))
        adds_up(engine, 68)

    def test_what_was_brought_was_not_earned_here(self, engine):
        imported(engine, row())
        engine.catch_up()
        with engine.views.read() as reading:
            (found,) = rows(reading, "accounts").items
        assert (found["balance"], found["earned"]) == (68, 0)

    def test_the_account_begins_when_its_old_life_ended(self, engine):
        """Deeds since then can be claimed."""
        imported(engine, row())
        assert account(engine).opened_at == datetime.fromisoformat("2024-12-31T00:00:00+08:00")

    def test_an_account_with_nothing_is_opened_all_the_same(self, engine):
        assert counts(imported(engine, row(balance=0))) == (1, 1, 0, 0)
        assert (account(engine).balance, account(engine).entries) == (0, 0)
        assert counts(imported(engine, row(balance=0))) == (1, 0, 0, 1)

    def test_each_source_is_booked_once(self, engine):
        imported(engine, row(), row(balance=7, source="app"))
        assert account(engine).available == 75
        adds_up(engine, 75)

    def test_empty_cells_are_stood_in_for(self, engine):
        short = {"account": "acct-p-qiao", "place": GRID, "balance": 5}
        assert counts(imported(engine, short, source="paper", as_of=date(2025, 1, 1))) == (1, 1, 0, 0)
        assert account(engine, "p-qiao").kind == "resident"


class TestAgain:
    def test_running_it_again_records_nothing(self, engine):
        lines = [row(holder=f"p-{n}", balance=n) for n in range(1, 30)]
        assert counts(imported(engine, *lines)) == (29, 29, 0, 0)
        head = engine.log.head()
        assert counts(imported(engine, *lines)) == (29, 0, 0, 29)
        assert engine.log.head() == head

    def test_a_dry_run_says_the_same_and_records_nothing(self, engine):
        head = engine.log.head()
        lines = [row(), row(), row(balance=70), row(holder="p-2"), row(holder="p-3", balance=-1)]
        dry = imported(engine, *lines, dry_run=True)
        assert engine.log.head() == head
        told = rejected(dry)
        real = imported(engine, *lines)
        assert counts(dry) == counts(real) == (5, 2, 2, 1)
        assert rejected(real) == told

    @pytest.mark.parametrize(
        "field, value",
        [
            ("balance", 70),
            ("balance", 0),
            ("kind", "household"),
            ("place", "demo/north/sl/grid-02"),
            ("as_of", "2024-12-30"),
        ],
    )
    def test_a_row_that_contradicts_is_rejected_with_both_values(self, engine, field, value):
        imported(engine, row())
        summary = imported(engine, row(**{field: value}))
        assert counts(summary) == (1, 0, 1, 0)
        assert rejected(summary) == [(1, field, "ledger.contradicts")]
        reason = Path(str(summary.rejected_file)).read_text()
        assert str(LAN[field]) in reason and str(value) in reason
        adds_up(engine, 68)


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "negative": ({"balance": -5}, "balance", "number.out-of-bounds"),
    "a negative text": ({"balance": "-5"}, "balance", "number.out-of-bounds"),
    "fractional": ({"balance": 5.5}, "balance", "number.out-of-bounds"),
    "a fraction that is whole": ({"balance": 5.0}, "balance", "number.out-of-bounds"),
    "bool": ({"balance": True}, "balance", "number.out-of-bounds"),
    "huge": ({"balance": 10**18}, "balance", "number.out-of-bounds"),
    "a huge text": ({"balance": "1" + "0" * 30}, "balance", "number.out-of-bounds"),
    "words": ({"balance": "many"}, "balance", "number.out-of-bounds"),
    "other digits": ({"balance": "６８"}, "balance", "number.out-of-bounds"),
    "no balance": ({"balance": None}, "balance", "value.missing"),
    "no place": ({"place": ""}, "place", "value.missing"),
    "an unknown place": ({"place": "demo/nowhere"}, "place", "grid.unknown"),
    "an unknown kind": ({"kind": "cat"}, "kind", "value.unknown"),
    "nobody": ({"holder": " "}, "holder", "value.missing"),
    "an id with a part": ({"holder": "p-lan/disputed"}, "holder", "value.unknown"),
    "an id with an entry": ({"holder": "p-lan#1"}, "holder", "value.unknown"),
    "a name for an id": ({"holder": "Lan Jie"}, "holder", "value.unknown"),
    "an endless id": ({"holder": "p" * 201}, "holder", "text.length"),
    "an unprintable id": ({"holder": "p\u0007"}, "holder", "text.encoding"),
    "a list": ({"holder": ["p-lan"]}, "holder", "value.unknown"),
    "another holder": ({"account": "acct-p-qiao"}, "account", "ledger.contradicts"),
    "no day": ({"as_of": ""}, "as_of", "value.missing"),
    "a day that is none": ({"as_of": "2024-02-31"}, "as_of", "moment.unreadable"),
    "a day to come": ({"as_of": "2150-01-01"}, "as_of", "moment.in-the-future"),
    "no source": ({"source": ""}, "source", "value.missing"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_row_is_rejected_by_line_and_field_and_the_others_are_not(engine, what):
    changes, field, rule = BAD[what]
    summary = imported(engine, row(holder="p-1"), row(**changes), row(holder="p-2"))
    assert counts(summary) == (3, 2, 1, 0)
    assert rejected(summary) == [(2, field, rule)]
    adds_up(engine, 2 * 68)


def test_who_holds_an_account_does_not_stand_in_the_side_file(engine):
    summary = imported(engine, row(balance=-1), b"no json")
    text = Path(str(summary.rejected_file)).read_text()
    assert "p-lan" not in text and "paper" in text
    assert rejected(summary)[1][2] == "row.unreadable"


class TestFiles:
    def test_chinese_headings_in_the_encoding_of_old_spreadsheets(self, engine, tmp_path):
        path = tmp_path / "余额.csv"
        text = f"持有人,所属网格,积分余额,截止日期,来源\np-lan,{GRID},68,2024年12月31日,纸质台账\n"
        path.write_bytes(text.encode("gb18030"))
        assert counts(run(engine, path)) == (1, 1, 0, 0)
        assert account(engine).paid_for("import:纸质台账")[0].points == 68

    def test_a_sheet_keeps_whole_numbers_as_fractions_and_they_are_taken(self, engine, tmp_path):
        path = tmp_path / "balances.xlsx"
        day = datetime(2024, 12, 31)  # noqa: DTZ001  (as Excel has it)
        cells = ["", "p-lan", "resident", GRID, 68.0, day, "paper"]
        write_xlsx(path, [[list(HEADER), cells, ["", "p-2", "resident", GRID, 6.5, day, "paper"]]])
        summary = run(engine, path)
        assert counts(summary) == (2, 1, 1, 0)
        assert account(engine).available == 68

    def test_a_file_without_a_balance_cannot_be_used(self, engine, tmp_path):
        path = tmp_path / "balances.csv"
        path.write_text("holder,points\np-lan,5\n")
        with pytest.raises(BadImport, match="balance"):
            run(engine, path)


def test_the_command_line(tmp_path, capfd):
    store, path = tmp_path / "var", tmp_path / "balances.csv"
    assert command(["init", str(SAMPLE), "--data", str(store)]) == 0
    lines = [f"acct-p-{n},,resident,{GRID},{n},2024-12-31,paper" for n in range(1, 6)]
    path.write_text("\n".join([",".join(HEADER), *lines, "acct-p-9,,resident,x/y,9,2024-12-31,paper"]) + "\n")
    capfd.readouterr()
    answers = []
    for more in (["--dry-run"], [], []):
        options = ["--data", str(store), "--format", "json"]
        assert command(["import", "ledger", str(path), *options, *more]) == 0
        answers.append(orjson.loads(capfd.readouterr().out.splitlines()[-1]))
    keys = ["read", "imported", "rejected", "already", "mended", "rejected_file", "seconds", "per_second"]
    assert [list(answer) for answer in answers] == [keys] * 3
    assert [(a["read"], a["imported"], a["rejected"], a["already"]) for a in answers] == [
        (6, 5, 1, 0), (6, 5, 1, 0), (6, 0, 1, 5),
    ]  # fmt: skip
    assert command(["ledger", "check", "--data", str(store), "--format", "json"]) == 0
    assert orjson.loads(capfd.readouterr().out.splitlines()[-1])["balances"] == 15
    assert command(["import", "ledger", str(path), "--data", str(store), "--as-of", "tomorrow"]) == 2
