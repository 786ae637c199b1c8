"""The sample of a further signature: SM2 by OpenSSL under a checkpoint, verified again or refused."""

import subprocess
from pathlib import Path

import pytest

from engine.ledgerbook.checkpoints import opened
from engine.ledgerbook.notes import Note
from engine.ledgerbook.trail import Trail
from engine.log import Log
from tests.engine.ledgerbook.growing import fill
from tests.engine.ledgerbook.growing import opened as opened_trail

SAMPLE = Path(__file__).parents[2] / "scripts" / "samples" / "sm2.sh"
NAME = "street.example/sm2"


def able() -> bool:
    try:
        told = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return told.startswith("OpenSSL ") and int(told.split()[1].partition(".")[0]) >= 3


pytestmark = pytest.mark.skipif(not able(), reason="needs OpenSSL 3 (Debian: apt-get install openssl)")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    secret, public = tmp_path / "sm2.pem", tmp_path / "sm2.pub"
    assert run("openssl", "genpkey", "-algorithm", "SM2", "-out", secret).returncode == 0
    assert run("openssl", "pkey", "-in", secret, "-pubout", "-out", public).returncode == 0
    return secret, public


def test_a_checkpoint_carries_an_sm2_line_that_holds(tmp_path: Path, keys: tuple[Path, Path]):
    secret, public = keys
    log, trail = opened_trail(tmp_path / "store", extra=(str(SAMPLE), "sign", str(secret), NAME))
    fill(log, 20)
    note = trail.catch_up().note
    checkpoint = tmp_path / "checkpoint.txt"
    checkpoint.write_text(note, "utf-8")
    assert [line.name for line in Note.read(note).signatures][1:] == [NAME]
    assert opened(Note.read(note), trail.verifiers()).size == 20  # who does not know the key passes it over
    assert run(SAMPLE, "verify", public, NAME, checkpoint).returncode == 0
    checkpoint.write_text(note.replace("\n20\n", "\n21\n"), "utf-8")
    assert run(SAMPLE, "verify", public, NAME, checkpoint).returncode != 0
    checkpoint.write_text(note.replace(NAME, "somebody.else/sm2"), "utf-8")
    assert run(SAMPLE, "verify", public, NAME, checkpoint).returncode == 1
    closed(trail, log)


def test_the_line_of_another_key_is_told(tmp_path: Path, keys: tuple[Path, Path]):
    secret, _ = keys
    other, stranger = tmp_path / "other.pem", tmp_path / "other.pub"
    run("openssl", "genpkey", "-algorithm", "SM2", "-out", other)
    run("openssl", "pkey", "-in", other, "-pubout", "-out", stranger)
    log, trail = opened_trail(tmp_path / "store", extra=(str(SAMPLE), "sign", str(secret), NAME))
    checkpoint = tmp_path / "checkpoint.txt"
    checkpoint.write_text(trail.catch_up().note, "utf-8")
    told = run(SAMPLE, "verify", stranger, NAME, checkpoint)
    assert told.returncode == 1 and "another key" in told.stderr
    closed(trail, log)


def closed(trail: Trail, log: Log) -> None:
    trail.close()
    log.close()
