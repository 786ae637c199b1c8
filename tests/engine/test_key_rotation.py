"""A new master key: every key wrapped anew, nothing sealed again, whatever dies on the way."""

import multiprocessing
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from domain.messages import Clear, Sealed
from engine.errors import StoreUnavailable
from engine.keys import KeyStore, KeyStoreUnusable
from engine.master import MasterFile
from engine.vault import Vault

HOME: dict[str, Any] = {"stream": "c-1", "version": 3, "name": "complaint.registered", "field": "text"}
KEYS = 3_000


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.fixture
def vault(tmp_path):
    vault = Vault.open(tmp_path)
    vault.ensure_keys(f"p-{n}" for n in range(KEYS))
    vault.ensure_keys(["p-gone"])
    vault.destroy_key("p-gone")
    yield vault
    vault.close()


def sealed(vault: Vault, subject: str = "p-1") -> Sealed:
    return vault.seal(Clear(subject, "", "暖气不热"), **HOME)


def opens(vault: Vault, value: Sealed) -> bool:
    return vault.open_sealed(value, **HOME) == "暖气不热"


def wrapped(directory: Path) -> dict[str, bytes | None]:
    with sqlite3.connect(directory / "keys.db") as db:
        return dict(db.execute("SELECT subject, wrapped FROM keys"))


def test_every_key_is_wrapped_anew_and_nothing_sealed_changes(vault, tmp_path):
    value, codes, secrets = sealed(vault), vault.tracking_code("c-1"), dict(vault._keys.secrets)
    before, master = wrapped(tmp_path), (tmp_path / "keys.master").read_bytes()
    moved: list[tuple[int, int | None]] = []
    assert vault.rotate_keys(lambda done, of: moved.append((done, of))) == KEYS + len(secrets)
    after = wrapped(tmp_path)
    assert before.keys() == after.keys() and after["p-gone"] is None
    assert all(before[key] != after[key] for key in before if key != "p-gone")
    assert (tmp_path / "keys.master").read_bytes() != master
    assert not (tmp_path / "keys.master.next").exists()
    assert moved[-1] == (KEYS, KEYS) and moved == sorted(moved)
    assert opens(vault, value)
    again = Vault.open(tmp_path)
    assert opens(again, value) and again.tracking_code("c-1") == codes
    assert again._keys.secrets == secrets
    again.close()


@pytest.mark.full
def test_a_hundred_thousand_keys_are_wrapped_anew_in_half_a_minute(tmp_path):
    """Processor time: the machine may have much else to do."""
    many = Vault.open(tmp_path)
    many.ensure_keys(f"p-{n}" for n in range(100_000))
    value, before, begun = sealed(many), wrapped(tmp_path), time.process_time()
    many.rotate_keys()
    assert time.process_time() - begun <= 30
    after = wrapped(tmp_path)
    assert len(after) >= 100_000 and before.keys() == after.keys()
    assert all(before[key] != after[key] for key in before)
    assert opens(many, value)
    many.close()


def test_the_old_wrapping_and_the_old_master_are_nowhere(vault, tmp_path):
    before, master = wrapped(tmp_path), (tmp_path / "keys.master").read_bytes()
    vault.rotate_keys()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert master.strip() not in files
    assert not any(box in files for box in list(before.values())[:200] if box)


def test_other_processes_notice(vault, tmp_path):
    other = Vault.open(tmp_path)
    value = sealed(vault, "p-7")
    vault.rotate_keys()
    assert opens(other, value)  # not in its memory before
    later = sealed(other, "p-new")  # wrapped under the new master
    assert opens(vault, later)
    vault.rotate_keys()
    other.ensure_keys(["p-newer"])
    third = Vault.open(tmp_path)
    assert opens(third, later) and opens(third, sealed(other, "p-newer"))
    third.close()
    other.close()


def test_a_change_that_dies_before_its_commit_never_was(vault, tmp_path, monkeypatch):
    value = sealed(vault)

    def dies(store: KeyStore, master: Any, move: Any) -> int:
        raise Killed

    monkeypatch.setattr(KeyStore, "_wrap_anew", dies)
    with pytest.raises(Killed):
        vault.rotate_keys()
    assert (tmp_path / "keys.master.next").exists()
    again = Vault.open(tmp_path)
    assert opens(again, value) and opens(vault, value)
    assert not (tmp_path / "keys.master.next").exists()
    again.close()


def test_a_change_that_dies_after_its_commit_is_finished_by_the_next(vault, tmp_path, monkeypatch):
    value, master = sealed(vault), (tmp_path / "keys.master").read_bytes()
    running = Vault.open(tmp_path)

    def dies(file: MasterFile) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(MasterFile, "take_over", dies)
        with pytest.raises(Killed):
            vault.rotate_keys()
    assert (tmp_path / "keys.master").read_bytes() == master
    assert opens(running, value)
    assert opens(running, sealed(running, "p-new"))
    assert (tmp_path / "keys.master").read_bytes() != master
    assert not (tmp_path / "keys.master.next").exists()
    again = Vault.open(tmp_path)
    assert opens(again, value)
    again.close()
    running.close()


def test_a_lost_master_is_found_beside_it(vault, tmp_path, monkeypatch):
    """Only the next master is left: it is the one that opens the store."""
    value = sealed(vault)
    monkeypatch.setattr(MasterFile, "take_over", lambda file: None)
    vault.rotate_keys()
    monkeypatch.undo()
    (tmp_path / "keys.master").unlink()
    again = Vault.open(tmp_path)
    assert opens(again, value) and (tmp_path / "keys.master").exists()
    again.close()


def test_a_folder_that_cannot_be_written_to_changes_nothing(vault, tmp_path, monkeypatch):
    value = sealed(vault)

    def full(file: MasterFile, name: str, key: bytes) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MasterFile, "_written", full)
    with pytest.raises(StoreUnavailable, match="No space"):
        vault.rotate_keys()
    monkeypatch.undo()
    assert opens(vault, value)
    assert opens(vault, sealed(vault, "p-new"))


def test_the_master_key_may_lie_elsewhere(tmp_path):
    elsewhere = tmp_path / "safe" / "master"
    elsewhere.parent.mkdir()
    vault = Vault.open(tmp_path / "store", master=elsewhere)
    value = sealed(vault)
    vault.rotate_keys()
    vault.close()
    assert not (tmp_path / "store" / "keys.master").exists()
    with pytest.raises(KeyStoreUnusable, match="missing"):
        Vault.open(tmp_path / "store")
    again = Vault.open(tmp_path / "store", master=elsewhere)
    assert opens(again, value)
    again.close()


MADE = 60


def seal_slowly(directory: str, worker: int) -> list[tuple[str, str]]:
    vault = Vault.open(directory)
    found: list[tuple[str, str]] = []
    for n in range(MADE):
        value = sealed(vault, f"w-{worker}-{n}")
        found.append((value.subject, value.box))
        time.sleep(0.01)
    vault.close()
    return found


def test_processes_that_make_keys_meanwhile_lose_none(vault, tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        asked = pool.starmap_async(seal_slowly, [(str(tmp_path), n) for n in range(2)])
        changed = 0
        while not asked.ready():
            vault.rotate_keys()
            changed += 1
            time.sleep(0.1)
        made = [Sealed(*each) for part in asked.get() for each in part]
    assert changed > 2 and len(made) == 2 * MADE
    again = Vault.open(tmp_path)
    assert all(opens(again, value) and opens(vault, value) for value in made)
    again.close()


def test_a_copy_opens_under_the_same_master(vault, tmp_path):
    value = sealed(vault)
    copy = tmp_path / "copy"
    copy.mkdir()
    vault.copy_keys(copy / "keys.db")
    with pytest.raises(FileExistsError):
        vault.copy_keys(copy / "keys.db")
    (copy / "keys.master").write_bytes((tmp_path / "keys.master").read_bytes())
    again = Vault.open(copy)
    assert opens(again, value)
    assert vault.keys_counted() == (KEYS, 1)
    again.close()
