"""`huisheng erase`, `huisheng keys …`, and what the operator's verbs leave in the log."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.administration import keys_kept
from api.compose import open_engine
from domain import administration
from domain.care.commands import OpenPlan
from domain.care.facts import CarePlanClosed
from domain.complaint.commands import Place, Register, Reporter
from domain.households.commands import JoinHousehold
from domain.households.commands import Register as Enter
from domain.messages import Actor
from domain.organisation import STREAM
from domain.organisation.commands import Grant
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine, utc_now
from scripts import keeping
from scripts.cli import run
from scripts.setting_up import OPERATOR, apply, load
from scripts.terminal import INPUT, STORE, USAGE

SAMPLE = Path(__file__).parents[2] / "scripts" / "samples" / "community.toml"
DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
PHONE = "13987654321"
HOUSE = Enter("demo/north/sl/grid-01", "柳园", 2, "key", "欧阳鹤鸣")
MEMBER = JoinHousehold("p-1")
GRANT = Grant("gridworker", "gridworker", HOUSE.grid, "to start with")
PLAN = OpenPlan("h1", "demo/north/sl/grid-01", "living_alone", "high", worker="gridworker", note="独居")
TEXT = "厨房水管漏水"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    data = tmp_path / "store"
    engine = open_engine(data, watch=False)
    apply(engine.desk, load(SAMPLE))
    report(engine, TEXT, "欧阳鹤鸣", PHONE)
    report(engine, f"欧阳鹤鸣家太吵，电话 {PHONE}", "李四", "13700000000")
    engine.catch_up()
    engine.close()
    return data


def report(engine: Engine, text: str, name: str, phone: str) -> None:
    command = Register(
        "property", text, Place("demo/north/sl/grid-01", "柳园 5 号楼"), "hotline",
        reporter=Reporter(name, phone), reporter_id=engine.vault.person_for(phone),
    )  # fmt: skip
    engine.desk.do(Order((Step("complaint", engine.vault.new_id("c"), command, 0),), DISPATCHER))


@pytest.fixture
def cli(store: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    def call(*arguments: str) -> tuple[int, dict[str, object]]:
        code = run([*arguments, "--data", str(store), "--format", "json"])
        out = capsys.readouterr().out.strip().splitlines()
        return code, json.loads(out[-1]) if out else {}

    yield call


def deeds(store: Path) -> list[str]:
    engine = open_engine(store, watch=False)
    try:
        return [line.fact.NAME for line in engine.log.stream(administration.STREAM)]  # type: ignore[attr-defined]
    finally:
        engine.close()


def test_a_person_is_erased_by_his_number(store, cli):
    code, answer = cli("erase", PHONE, "--reason", "asked", "--dry-run")
    assert (code, answer["erased"], answer["cases"]) == (0, False, 1)
    code, answer = cli("erase", "+86 139 8765 4321", "--reason", "asked")
    assert (code, answer["erased"], answer["cases"]) == (0, True, 1)
    assert len(answer["others"]) == 1 and answer["seconds"] < 5
    engine = open_engine(store, watch=False)
    assert engine.vault.destroyed([str(answer["person"])]) == {answer["person"]}
    assert engine.search.search("水管") == []
    engine.close()
    assert cli("erase", PHONE, "--reason", "again")[0] == INPUT


def test_nobody_is_erased_by_a_number_nobody_has(cli):
    assert cli("erase", "13100000000", "--reason", "asked")[0] == INPUT


def test_a_retention_stops_it(cli, monkeypatch):
    monkeypatch.setenv("HUISHENG_RETENTION_DAYS", "365")
    assert cli("erase", PHONE, "--reason", "asked")[0] == INPUT
    monkeypatch.setenv("HUISHENG_RETENTION_DAYS", "a year")
    assert cli("erase", PHONE, "--reason", "asked")[0] == USAGE


def test_a_household_is_erased_and_its_care_plan_ends(store, cli):
    assert cli("erase-household", "h1", "--reason", "asked")[0] == INPUT, "there is none yet"
    engine = open_engine(store, watch=False)
    engine.desk.do(Order((Step("household", "hh-h1", HOUSE), Step("household", "hh-h1", MEMBER)), DISPATCHER))
    engine.desk.do(Order((Step("organisation", STREAM, GRANT),), OPERATOR))
    engine.desk.do(Order((Step("care-plan", "care-h1", PLAN),), DISPATCHER))
    engine.close()
    code, answer = cli("erase-household", "h1", "--reason", "asked", "--dry-run")
    assert (code, answer["erased"], answer["members"]) == (0, False, ["p-1"])
    code, answer = cli("erase-household", "h1", "--reason", "asked")
    assert (code, answer["erased"]) == (0, True)
    engine = open_engine(store, watch=False)
    try:
        for following in engine.reactions:
            while following.turn():
                pass
        ended = engine.log.stream("care-h1")[-1].fact
        assert isinstance(ended, CarePlanClosed) and ended.reason == "erased"
        plan: Any = engine.log.stream("care-h1")[0]
        opened = engine.vault.open_sealed(
            plan.fact.note, stream="care-h1", version=1, name="care-plan.opened", field="note"
        )
        assert opened is None, "sealed under the household's key, which is gone"
    finally:
        engine.close()


def test_keys_are_counted_copied_and_changed(store, cli, tmp_path):
    code, before = cli("keys", "status")
    assert code == 0 and before["backed_up_at"] is None and len(before["warnings"]) == 1
    assert cli("keys", "backup", str(tmp_path / "keys.db"))[0] == 0
    assert cli("keys", "backup", str(tmp_path / "keys.db"))[0] == USAGE
    code, changed = cli("keys", "rotate")
    assert code == 0 and changed["keys"] > before["keys"]
    after = cli("keys", "status")[1]
    assert after["backed_up_at"] and after["rotated_at"] and after["warnings"] == []
    assert deeds(store) == ["administration.backed-up", "administration.keys-rotated"]


def test_an_old_backup_is_warned_of(store):
    engine = open_engine(store, watch=False)
    note = administration.NoteBackup("keys", 1)
    engine.desk.do(Order((Step("administration", "administration", note),), Actor("operator", "admin")))
    assert keys_kept(engine, utc_now())["warnings"] == []
    (warning,) = keys_kept(engine, utc_now().replace(year=utc_now().year + 1))["warnings"]
    assert "days old" in warning
    engine.close()


def test_what_operators_do_is_told(store, cli, tmp_path):
    assert cli("backup", str(tmp_path / "all.huisheng"))[0] == 0
    assert cli("export", "cases", "-o", str(tmp_path / "cases.jsonl"), "--redact")[0] == 0
    assert cli("rebuild", "--swap")[0] == 0
    assert deeds(store) == [
        "administration.backed-up", "administration.exported", "administration.views-rebuilt",
    ]  # fmt: skip


def test_a_restore_forgets_whom_the_log_says_was_erased(store, cli, tmp_path, monkeypatch):
    """The key store of the backup still has his key: it was copied before the erasure, the log after."""
    older = tmp_path / "older.db"
    assert cli("keys", "backup", str(older))[0] == 0
    person = str(cli("erase", PHONE, "--reason", "asked")[1]["person"])
    for end in ("", "-wal", "-shm"):
        (store / f"keys.db{end}").unlink(missing_ok=True)
    older.rename(store / "keys.db")
    keeping.backup(store, tmp_path / "all.huisheng")
    fresh = tmp_path / "fresh"
    assert run(["restore", str(tmp_path / "all.huisheng"), "--data", str(fresh)]) == 0
    engine = open_engine(fresh, watch=False)
    assert engine.vault.destroyed([person]) == {person}
    engine.close()
    assert deeds(fresh)[-1] == "administration.restored"


def test_the_master_key_elsewhere_is_kept_and_put_back(tmp_path, monkeypatch, capsys):
    place = tmp_path / "safe" / "master"
    place.parent.mkdir()
    monkeypatch.setenv("HUISHENG_MASTER_KEY", str(place))
    data, fresh = tmp_path / "store", tmp_path / "fresh"
    engine = open_engine(data, watch=False)
    apply(engine.desk, load(SAMPLE))
    report(engine, TEXT, "李四", PHONE)
    engine.close()
    assert place.exists() and not (data / "keys.master").exists()
    assert run(["backup", str(tmp_path / "all.huisheng"), "--data", str(data)]) == 0
    elsewhere = tmp_path / "other"
    monkeypatch.setenv("HUISHENG_MASTER_KEY", str(elsewhere))
    assert run(["restore", str(tmp_path / "all.huisheng"), "--data", str(fresh)]) == 0
    assert elsewhere.read_bytes() == place.read_bytes() and not (fresh / "keys.master").exists()
    engine = open_engine(fresh, watch=False, clock=utc_now)
    engine.catch_up()
    assert len(engine.search.search("水管")) == 1
    engine.close()


def lose(store: Path, subject: str) -> None:
    with closing(sqlite3.connect(store / "keys.db")) as db:
        db.execute("DELETE FROM keys WHERE subject = ?", (subject,))
        db.commit()


def test_lost_keys_come_back_and_no_other_changes(store, cli, tmp_path):
    """One key is lost, one made since, one person erased since: only the lost one comes back."""
    copy = tmp_path / "copy.db"
    assert cli("keys", "backup", str(copy))[0] == 0
    person = str(cli("erase", PHONE, "--reason", "asked")[1]["person"])
    engine = open_engine(store, watch=False)
    report(engine, "楼道灯不亮", "新来的", "13600000000")
    newest, li_si = (engine.vault.person_for(phone) for phone in ("13600000000", "13700000000"))
    engine.close()
    lose(store, li_si)
    assert cli("audit", "verify")[0] == 1
    code, answer = cli("keys", "restore", str(copy))
    assert (code, answer["keys"], answer["missing"], answer["aside"]) == (0, 1, 0, None)
    assert deeds(store)[-1] == "administration.keys-restored"
    engine = open_engine(store, watch=False)
    assert engine.vault.destroyed([person, newest, li_si]) == {person}
    engine.close()
    lose(store, newest)
    code, answer = cli("keys", "restore", str(copy))  # its copy is older than the key
    assert (code, answer["keys"], answer["missing"]) == (1, 0, 1)


def test_a_key_store_that_is_none_any_more_is_moved_aside(store, cli, tmp_path):
    copy = tmp_path / "copy.db"
    assert cli("keys", "backup", str(copy))[0] == 0
    (store / "keys.db").write_bytes(b"not a database" * 500)
    assert cli("keys", "status")[0] == STORE
    code, answer = cli("keys", "restore", str(copy))
    assert code == 0 and answer["missing"] == 0 and answer["keys"] == answer["in_backup"] > 0
    assert Path(str(answer["aside"])).read_bytes().startswith(b"not a database")
    assert cli("keys", "status")[1]["keys"] == answer["keys"]


def test_a_copy_of_another_master_key_changes_nothing(store, cli, tmp_path):
    copy, torn = tmp_path / "copy.db", tmp_path / "torn.db"
    assert cli("keys", "backup", str(copy))[0] == 0
    torn.write_bytes(copy.read_bytes()[:3000])
    assert cli("keys", "rotate")[0] == 0
    before = cli("keys", "status")[1]
    for file in (copy, torn):
        assert cli("keys", "restore", str(file))[0] == INPUT
    assert cli("keys", "status")[1] == before and not list(store.glob(".keys.*"))
