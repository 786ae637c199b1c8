"""`huisheng replay claim|account` and `ledger check`, on a store where a dispute was ruled on."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.compose import open_engine
from api.demo_users import enrol
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE
from tests.api.points.conftest import COMMUNITY, MINE, Desk, SpringClock
from tests.scripts.test_cli import Terminal, one_line

ROOT = Path(__file__).parents[2]
OTHER = ROOT / "scripts" / "samples" / "tariffs-2025-0.toml"


@pytest.fixture
def claim(tmp_path: Path) -> str:
    """Two mediations are paid, and of three trips claimed one was proven."""
    clock = SpringClock()
    engine = open_engine(tmp_path / "store", clock=clock, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        desk = Desk(http, engine, clock)
        desk.opened()
        members = ["panel", "panel2", "panel3"]
        desk.done("panel", {"place": COMMUNITY, "members": members, "quorum": 2}, "street")
        desk.until("2025-03-10")
        for _ in range(2):
            desk.credited("mediation")
        claim = desk.credited("shopping-for-elder", 3)
        desk.claim(claim, "dispute", {"grounds": "只有一次"}, "dispatcher")
        minute = {"proven_quantity": 1, "reasons": "能核实一次", "votes": {"panel2": "agree"}}
        desk.claim(claim, "rule", minute)
    engine.catch_up()
    engine.close()
    return claim


@pytest.fixture
def terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    yield Terminal(tmp_path / "store", capfd)


def test_a_claim_is_told_step_by_step(claim: str, terminal: Terminal):
    steps = terminal.answer("replay", "claim", claim)["items"]
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert steps[0]["after"]["state"] == "filed" and steps[-1]["after"]["state"] == "ruled"
    ruled = next(step for step in steps if step["fact"] == "claim.ruled")
    assert (ruled["after"]["proven_quantity"], ruled["rule"]["version"]) == (1, "2025-1")
    code, out, _ = terminal.on_store("replay", "claim", claim, "--lang", "en")
    assert code == 0 and "ruled" in out
    early = terminal.answer("replay", "claim", claim, "--until", "2025-03-09")
    assert early["items"] == []


def test_an_account_is_told_step_by_step(claim: str, terminal: Terminal):
    steps = terminal.answer("replay", "account", MINE)["items"]
    assert steps[0]["fact"] == "points.account-opened"
    assert steps[-1]["after"]["balance"] == 35
    assert [
        s["step"] for s in terminal.answer("replay", "account", MINE, "--until", "2025-02-01")["items"]
    ] == [1]


def test_another_tariff_pays_otherwise_and_nothing_is_written(claim: str, terminal: Terminal):
    under = terminal.answer("replay", "account", MINE, "--tariff", str(OTHER))
    assert (under["accounts"][0]["actual"], under["accounts"][0]["under"]) == (35, 25)
    assert under["total_difference"] == -10
    assert terminal.answer("replay", "account", MINE, "--tariff", "2025-0")["total_difference"] == -10
    only = terminal.answer("replay", "claim", claim, "--tariff", "2025-0")["accounts"][0]
    assert (only["actual"], only["under"], len(only["entries"])) == (5, 5, 1)
    code, out, err = terminal.on_store("replay", "account", MINE, "--tariff", "2025-0")
    assert code == 0 and "mediation" in out and "-10" in err
    assert terminal.answer("ledger", "check")["balances"] == 35


def test_the_ledger_adds_up_and_says_where_it_does_not(claim: str, terminal: Terminal):
    answer = terminal.answer("ledger", "check")
    assert answer["ok"] and answer["findings"] == [] and answer["accounts"] == 1
    code, out, _ = terminal.on_store("ledger", "check")
    assert code == 0 and "findings" not in out
    (views,) = terminal.store.glob("views.*.db")
    with sqlite3.connect(views) as connection:
        connection.execute("UPDATE accounts SET balance = balance + 1")
    code, _, err = terminal.on_store("ledger", "check")
    assert code == 1 and one_line(err)
    assert "account-row" in err and f"{MINE}.balance" in err and "expected 35, found 36" in err


def test_what_is_not_there_ends_in_one_line(claim: str, terminal: Terminal, tmp_path: Path):
    bad = tmp_path / "bad.toml"
    bad.write_text("[[lines]]\nactivity = 'x'\npoints = -5\nbasis = 'case'\n", "utf-8")
    torn = tmp_path / "torn.toml"
    torn.write_text("[[lines", "utf-8")
    for expected, arguments in (
        (3, ("replay", "claim", "clm-0")), (3, ("replay", "account", "acct-nobody")),
        (3, ("replay", "account", MINE, "--tariff", "1999-9")),
        (3, ("replay", "account", MINE, "--tariff", str(bad))),
        (3, ("replay", "account", MINE, "--tariff", str(torn))),
        (3, ("replay", "account", MINE, "--tariff", str(tmp_path / "none.toml"))),
        (2, ("replay", "account", MINE, "--until", "yesterday")),
    ):  # fmt: skip
        code, out, err = terminal.on_store(*arguments)
        assert (code, out) == (expected, "") and one_line(err), (arguments, err)
