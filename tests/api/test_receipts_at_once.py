"""Receipts at once over HTTP: the answer to a command carries the proof of its last entry."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.compose import audit_setup
from api.signing_in.rules import BadSetting
from engine.ledgerbook.checkpoints import Receipt
from engine.ledgerbook.leaf import row_hash
from tests.api.conftest import Clock, Office, opened


def test_receipts_at_once_come_with_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUISHENG_AUDIT_RECEIPTS", "at-once")
    engine = opened(tmp_path / "store", clock := Clock())
    try:  # nothing runs in the background
        with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
            office = Office(http, engine, clock)
            case = office.registered()
            told = office.case(case, "dispatch", {"lead": "property-co"})
            receipt = Receipt.read(told["proof"])
            (row,) = engine.log.rows(told["facts"][-1]["position"] - 1, 1)
            receipt.verify(row_hash(row), engine.trail.verifiers())
            assert engine.trail.check(told["proof"]) == row
            dry = office.done(f"complaints/{case}/respond?dry_run=true", {}, "property")
            assert "proof" not in dry
    finally:
        engine.close()


def test_receipts_come_later_unless_the_operator_says_otherwise(office: Office):
    assert "proof" not in office.case(office.registered(), "dispatch", {"lead": "property-co"})
    assert audit_setup({"HUISHENG_AUDIT_RECEIPTS": "at-once"}).at_once
    with pytest.raises(BadSetting):
        audit_setup({"HUISHENG_AUDIT_RECEIPTS": "soon"})
