"""`huisheng users` and `token`: the operator lets people in and out, and every change is a fact."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from api.compose import open_engine
from api.demo_users import OPERATOR, enrol, keep_accounts
from api.signing_in.passwords import Passwords
from domain.people import Bar, stream_of
from domain.steps import Step
from engine.desk import Order
from scripts.cli import run
from scripts.setting_up import apply, load
from tests.api.conftest import GRID, SAMPLE


@pytest.fixture
def store(tmp_path: Path) -> Path:
    engine = open_engine(tmp_path, watch=False)
    apply(engine.desk, load(SAMPLE))
    engine.close()
    return tmp_path


def told(store: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    """What the command printed as JSON; None for nothing."""
    assert run([*arguments, "--data", str(store)]) == code, capsys.readouterr().err
    said = capsys.readouterr().out.strip()
    return json.loads(said) if said.startswith(("{", "[")) else said or None


def names(store: Path) -> list[str]:
    engine = open_engine(store, watch=False)
    try:
        return [type(line.fact).NAME for line in engine.log.read(limit=10_000)]  # type: ignore[attr-defined]
    finally:
        engine.close()


def test_somebody_is_let_in_and_out(store: Path, capsys: pytest.CaptureFixture[str]):
    added = told(
        store, capsys, "users", "add", "wangli", "--role", "gridworker", "--scope", GRID, "--name", "王丽",
        "--phone", "13800000001", "--format", "json",
    )  # fmt: skip
    assert len(added["password"]) >= 16
    assert names(store)[-3:] == ["person.enrolled", "organisation.granted", "person.password-set"]
    (row,) = told(store, capsys, "users", "list", "--format", "json")
    assert (row["login"], row["state"], row["roles"]) == ("wangli", "may sign in", [f"gridworker:{GRID}"])
    given = told(store, capsys, "token", "wangli", "--hours", "2", "--format", "json")
    assert (given["expires_in"], given["scope"]) == (7200, f"gridworker:{GRID}")
    told(store, capsys, "users", "bar", "wangli", "--reason", "离职")
    told(store, capsys, "token", "wangli", code=3)
    told(store, capsys, "users", "readmit", "wangli")
    told(store, capsys, "users", "grant", "wangli", "--role", "panel", "--scope", "demo/north/sl")
    assert told(store, capsys, "token", "wangli", "--role", "panel").count(".") == 2
    told(store, capsys, "users", "revoke", "wangli", "--role", "panel", "--scope", "demo/north/sl")
    told(store, capsys, "token", "wangli", "--role", "panel", code=3)
    assert told(store, capsys, "users", "passwd", "wangli", "--format", "json")["password"]
    told(store, capsys, "users", "link", "wangli", "--issuer", "https://id.example", "--subject", "42")
    assert names(store)[-5:] == [
        "person.readmitted", "organisation.granted", "organisation.grant-revoked", "person.password-set",
        "person.identity-linked",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "x"], 2),
        (["add", "x", "--role", "resident", "--home", GRID], 2),
        (["grant", "x", "--role", "resident", "--scope", GRID], 2),
        (["add", "a b", "--home", GRID], 3),
        (["add", "x", "--role", "king", "--scope", GRID], 3),
        (["add", "x", "--role", "gridworker", "--scope", "nowhere"], 3),
        (["bar", "nobody"], 3),
        (["grant", "nobody", "--role", "panel"], 3),
    ],
)
def test_what_cannot_be_done_leaves_nothing(
    store: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
):
    before = names(store)
    assert run(["users", *arguments, "--data", str(store)]) == code
    assert capsys.readouterr().err.count("\n") == 1
    assert names(store) == before
    assert told(store, capsys, "users", "list", "--format", "json") == []


def test_a_password_comes_from_stdin_and_has_to_be_good(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for given, code in (("short\n", 3), ("1234567890\n", 3), ("a whole sentence\n", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        arguments = ("users", "add", "boss", "--role", "admin", "--password-stdin", "--format", "json")
        added = told(store, capsys, *arguments, code=code)
    assert added["login"] == "boss" and "password" not in added
    engine = open_engine(store, watch=False)
    account = engine.accounts.find("boss")
    assert account is not None and Passwords().matches("a whole sentence", account.hash)
    engine.close()


def test_a_store_with_demo_users_is_not_served_to_others(store: Path, capsys: pytest.CaptureFixture[str]):
    engine = open_engine(store, watch=False)
    enrol(engine)
    keep_accounts(engine, "", engine.clock())
    for name in ("panel", "resident"):
        engine.desk.do(Order((Step("person", stream_of(name), Bar("x")),), OPERATOR))
    engine.close()
    assert run(["serve", "--host", "0.0.0.0", "--port", "0", "--data", str(store)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "dispatcher" in said and "resident" not in said
