"""A restored store is signed as one, or not at all."""

import shutil
from pathlib import Path

import pytest

from bench.ours import COMMUNITY, fill
from domain.audit import StoreRestored
from domain.refusals import Refused
from engine.ledgerbook.notes import encoded
from engine.ledgerbook.signing import SigningRefused
from scripts.cli import run
from scripts.opening import opened
from scripts.restoring import accept
from scripts.setting_up import apply, load


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with opened(tmp_path / "store") as engine:
        apply(engine.desk, load(COMMUNITY))
        fill(engine, 3)
        engine.trail.catch_up()
    return tmp_path / "store"


def goes_on(store: Path) -> tuple[int, str]:
    """Two more cases, signed: (size, root) of the checkpoint."""
    with opened(store) as engine:
        fill(engine, 2)
        kept = engine.trail.catch_up()
        return kept.size, encoded(kept.root)


def facts(store: Path) -> list[StoreRestored]:
    with opened(store) as engine:
        return [line.fact for line in engine.log.stream("audit") if isinstance(line.fact, StoreRestored)]


def verified(store: Path) -> bool:
    return run(["audit", "verify", "--data", str(store)]) == 0


def test_huisheng_restore_says_so_in_the_log_and_signs(store: Path, tmp_path: Path) -> None:
    backup, again = tmp_path / "monday", tmp_path / "again"
    assert run(["backup", str(backup), "--data", str(store)]) == 0
    goes_on(store)
    assert run(["restore", str(backup), "--data", str(again)]) == 0
    (told,) = facts(again)
    assert told.size > 0 and (told.lost_size, told.lost_root) == (0, "")  # the mark was not kept
    assert "monday" in told.reason
    assert verified(again)
    goes_on(again)
    assert (store / "audit.key").read_bytes() == (again / "audit.key").read_bytes()


def test_a_store_never_signed_is_restored_without_a_word(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as engine:
        apply(engine.desk, load(COMMUNITY))
    assert run(["backup", str(tmp_path / "b"), "--data", str(tmp_path / "store")]) == 0
    assert run(["restore", str(tmp_path / "b"), "--data", str(tmp_path / "again")]) == 0
    assert facts(tmp_path / "again") == []


@pytest.mark.parametrize("more", [0, 4])
def test_a_copied_back_database_is_taken_only_with_a_reason(store: Path, tmp_path: Path, more: int) -> None:
    """The mark is newer, and the fact names it; whether or not the old store has outgrown it meanwhile."""
    shutil.copy(store / "log.db", tmp_path / "old.db")
    size, root = goes_on(store)
    shutil.copy(tmp_path / "old.db", store / "log.db")
    for rest in ("-wal", "-shm"):
        (store / f"log.db{rest}").unlink(missing_ok=True)
    with opened(store) as engine:
        fill(engine, more)
        with pytest.raises(SigningRefused):
            engine.trail.catch_up()
        with pytest.raises(Refused, match="says why"):
            accept(engine, " ")
    assert run(["audit", "accept", "--reason", "the disk died", "--data", str(store)]) == 0
    (told,) = facts(store)
    assert (told.lost_size, told.lost_root, told.reason) == (size, root, "the disk died")
    assert verified(store)
    assert run(["audit", "accept", "--reason", "again", "--data", str(store)]) == 2  # nothing to accept


def test_a_fact_once_signed_opens_no_door_a_second_time(store: Path) -> None:
    (store / "audit.mark").unlink()
    assert run(["audit", "accept", "--reason", "the mark was lost", "--data", str(store)]) == 0
    (store / "audit.mark").unlink()
    with opened(store) as engine, pytest.raises(SigningRefused):
        engine.trail.catch_up()


def test_damage_is_not_accepted_as_a_restore(store: Path) -> None:
    (store / "audit.mark").unlink()
    with opened(store) as engine, engine.log.recorder.writing() as writing:
        writing._execute("UPDATE log SET recorded_at = recorded_at + 1 WHERE position = 9")  # type: ignore[attr-defined]
    assert run(["audit", "accept", "--reason", "the disk died", "--data", str(store)]) == 1
    assert facts(store) == []
