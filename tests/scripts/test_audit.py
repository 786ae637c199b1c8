"""`huisheng audit`: what an operator and an auditor type, and how a tampered store answers them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.ours import COMMUNITY, fill
from engine.ledgerbook.checkpoints import Receipt, opened
from engine.ledgerbook.notes import Note, Verifier
from engine.read import Filter, one
from scripts.cli import run
from scripts.opening import opened as opened_engine
from scripts.setting_up import apply, load
from tests.engine.ledgerbook.growing import leaf_hashes


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Eight cases, signed."""
    with opened_engine(tmp_path / "store") as engine:
        apply(engine.desk, load(COMMUNITY))
        fill(engine, 8)
        engine.catch_up()
        engine.trail.catch_up()
    return tmp_path / "store"


@pytest.fixture
def audit(store: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """(exit code, the answer as JSON, what was said beside it)"""

    def asked(*words: str) -> tuple[int, Any, str]:
        capfd.readouterr()
        code = run(["audit", *words, "--data", str(store), "--format", "json"])
        told = capfd.readouterr()
        return code, orjson.loads(told.out.splitlines()[-1]) if told.out else None, told.err

    return asked


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_checkpoint_is_printed_as_the_signed_note(store: Path, audit, capfd) -> None:
    code, told, _ = audit("checkpoint")
    assert code == 0
    found = opened(Note.read(told["note"]), [Verifier.read(key) for key in told["keys"]])
    assert (found.size, found.origin) == (told["size"], told["origin"])
    assert run(["audit", "checkpoint", "--data", str(store)]) == 0
    assert capfd.readouterr().out == told["note"]


def test_a_receipt_is_printed_for_any_entry(store: Path, audit, capfd) -> None:
    with opened_engine(store) as engine:
        rows = engine.log.rows()
        keys = engine.trail.verifiers()
    case = next(row for row in rows if row[1].startswith("c-") and row[2] == 2)
    for event in (str(case[0]), f"{case[1]}@2"):
        code, told, _ = audit("prove", event)
        assert (code, told["position"]) == (0, case[0])
        assert len(told["receipt"].encode()) <= 2_048
        Receipt.read(told["receipt"]).verify(leaf_hashes([case])[0], keys)
    assert audit("prove", case[1])[1]["position"] > case[0]
    assert run(["audit", "prove", "1", "--data", str(store)]) == 0
    assert capfd.readouterr().out.startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
    for code, event in ((3, "999999"), (3, "c-nowhere"), (3, f"{case[1]}@77"), (2, f"{case[1]}@x")):
        assert audit("prove", event)[0] == code


def test_an_untouched_store_is_verified(audit, tmp_path: Path) -> None:
    note = audit("checkpoint")[1]["note"]
    (tmp_path / "monday").write_text(note)
    code, told, _ = audit("verify", "--against", str(tmp_path / "monday"))
    assert (code, told["ok"], told["findings"], told["first"]) == (0, True, [], None)
    assert (told["keys"], told["ledger"], told["views"]) == ("good", "adds up", "as rebuilt")
    assert told["events"] == told["hashed"] == told["signed"]
    assert audit("verify", "--no-views")[1]["views"] == "not compared"


def test_the_first_bad_event_is_named_by_its_case(store: Path, audit) -> None:
    with opened_engine(store) as engine:
        row = next(row for row in engine.log.rows() if row[1].startswith("c-") and row[2] == 3)
        with engine.views.read() as reading:
            case = one(reading, "cases", [Filter("id", "=", row[1])])
    sql(store / "log.db", f"UPDATE log SET recorded_at = recorded_at + 1 WHERE position = {row[0]}")
    code, told, said = audit("verify")
    assert (code, told["ok"]) == (1, False)
    assert (told["first"]["position"], told["first"]["stream"]) == (row[0], row[1])
    assert f"position {row[0]}" in said and case is not None and case["number"] in said


def test_an_edited_view_is_found(store: Path, audit) -> None:
    views = next(store.glob("views.*.db"))
    sql(views, "UPDATE cases SET lead = 'water-co' WHERE id = (SELECT min(id) FROM cases)")
    code, told, said = audit("verify")
    assert (code, told["views"], told["first"]["code"]) == (1, "different", "audit.view")
    assert "lead" in said


@pytest.mark.parametrize("how", ["changed", "swapped", "removed", "destroyed"])
def test_an_edited_key_store_is_found(store: Path, audit, how: str) -> None:
    with opened_engine(store) as engine:
        first, second = sorted({row[1] for row in engine.log.rows() if row[1].startswith("c-")})[:2]
    sql(
        store / "keys.db",
        {
            "changed": f"UPDATE keys SET wrapped = randomblob(length(wrapped)) WHERE subject = '{first}'",
            "swapped": f"UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE subject = '{second}')"
            f" WHERE subject = '{first}'",
            "removed": f"DELETE FROM keys WHERE subject = '{first}'",
            "destroyed": f"UPDATE keys SET wrapped = NULL, destroyed_at = 1 WHERE subject = '{first}'",
        }[how],
    )
    code, told, said = audit("verify", "--no-views")
    assert (code, told["first"]["code"], told["first"]["stream"]) == (1, "audit.key", first)
    assert f"position {told['first']['position']}" in said


def test_a_checkpoint_of_another_log_is_bad_input(audit, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("no checkpoint")
    assert audit("verify", "--against", str(tmp_path / "other"))[0] == 3


def test_a_store_that_was_cut_is_refused_a_checkpoint(store: Path, audit) -> None:
    sql(store / "log.db", "DELETE FROM log WHERE position > (SELECT max(position) - 3 FROM log)")
    code, _, said = audit("checkpoint")
    assert code == 1 and "no checkpoint is signed" in said
    code, told, _ = audit("verify")
    assert (code, told["first"]["code"]) == (1, "audit.row-missing")


def test_keys_are_changed_with_both_signing_for_a_while(audit) -> None:
    before = audit("checkpoint")[1]
    code, both, _ = audit("rotate")
    assert code == 0 and len(both["signing"]) == 2
    assert audit("checkpoint")[1]["note"].count("\n— ") == 2
    _, one, _ = audit("rotate", "--retire")
    assert len(one["signing"]) == 1 and one["retired"] == before["keys"]


def test_no_store_is_said_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (["checkpoint"], ["verify"], ["prove", "1"], ["rotate"]):
        assert run(["audit", *words, "--data", str(tmp_path / "nowhere")]) == 4
        assert "holds no store" in capfd.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_a_proof_pack_is_written_and_checked_without_its_store(store: Path, audit, tmp_path, capfd) -> None:
    with opened_engine(store) as engine:
        case = next(line.stream for line in engine.log.read(0, 1_000) if line.stream.startswith("c-"))
    pack = tmp_path / "case.zip"
    code, told, _ = audit("bundle", "complaint", case, "-o", str(pack))
    assert (code, told["bytes"]) == (0, pack.stat().st_size)
    (store / "log.db").rename(tmp_path / "gone.db")

    def checked(*words: str) -> tuple[int, Any, str]:
        capfd.readouterr()
        code = run(["audit", "verify-pack", *words, "--format", "json"])
        told = capfd.readouterr()
        return code, orjson.loads(told.out.splitlines()[-1]), told.err

    code, told, _ = checked(str(pack))
    assert (code, told["verified"], told["page"], told["about"]) == (0, True, "same", f"complaint {case}")
    assert checked(str(pack), "--key", told["keys"][0])[0] == 0
    assert checked(str(pack), "--key", "another")[1]["code"] == "other-key"
    whole = pack.read_bytes()
    at = whole.index(b'"leaf": "') + 300
    pack.write_bytes(whole[:at] + (b"A" if whole[at : at + 1] != b"A" else b"B") + whole[at + 1 :])
    code, told, _ = checked(str(pack))
    assert (code, told["verified"]) == (1, False) and told["code"] == "zip"
    (tmp_path / "gone.db").rename(store / "log.db")
    assert audit("bundle", "complaint", "c-none", "-o", str(pack))[0] == 3
    assert audit("bundle", "household", "x", "-o", str(pack))[0] == 2
