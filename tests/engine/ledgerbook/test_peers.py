"""Two verifiers that others wrote agree with ours on every proof, and refuse every altered one: Go's
golang.org/x/mod/sumdb (which judges the checksums of all Go modules), and the package tlog-scales.
"""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from engine.ledgerbook import tree
from engine.ledgerbook.checkpoints import Receipt, opened
from engine.ledgerbook.notes import Note, NoteRefused, Verifier
from engine.ledgerbook.tree import ProofRefused
from tests.engine.ledgerbook.questions import Consistency, Inclusion, Question, Signed, coded, questions

PROGRAM = Path(__file__).parent / "go" / "main.go"
DEBIAN = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev puts its sources: nothing is fetched."""


def ours(question: Question) -> bool:
    try:
        match question:
            case Inclusion(size, root, index, leaf, path):
                tree.verify_inclusion(leaf, index, size, path, root)
            case Consistency(new, new_root, old, old_root, path):
                tree.verify_consistency(old, new, path, old_root, new_root)
            case Signed(vkey, text, None):
                opened(Note.read(text), [Verifier.read(vkey)])
            case Signed(vkey, text, leaf):
                Receipt.read(text).verify(leaf or b"", [Verifier.read(vkey)])
    except (ProofRefused, NoteRefused):
        return False
    return True


def in_go(question: Question) -> str:
    match question:
        case Inclusion(size, root, index, leaf, path):
            fields = ["inclusion", size, coded(root), index, coded(leaf), *map(coded, path)]
        case Consistency(new, new_root, old, old_root, path):
            fields = ["consistency", new, coded(new_root), old, coded(old_root), *map(coded, path)]
        case Signed(vkey, text, leaf) if leaf is None:
            fields = ["checkpoint", vkey, coded(text.encode())]
        case Signed(vkey, text, leaf):
            fields = ["receipt", vkey, coded(leaf or b""), coded(text.encode())]
    return " ".join(map(str, fields))


@pytest.fixture(scope="module")
def go_verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None or not (DEBIAN / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go is not here: Debian's golang-go and golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(DEBIAN), "GOCACHE": str(folder / "cache")}
    built = folder / "verifier"
    subprocess.run(["go", "build", "-o", built, PROGRAM], check=True, env=environment, timeout=240)
    return built


def enough(asked: list[tuple[Question, bool]]) -> None:
    found = Counter(holds for _, holds in asked)
    assert found[True] >= 10_000
    assert found[False] >= 3_000


def wrong(asked: list[tuple[Question, bool]], answers: list[bool]) -> list[tuple[Question, bool]]:
    return [one for one, answer in zip(asked, answers, strict=True) if answer != one[1]]


def test_ours_tells_every_altered_proof(signed) -> None:
    asked = list(questions(signed))
    enough(asked)
    assert wrong(asked, [ours(question) for question, _ in asked]) == []


def test_go_agrees(signed, go_verifier: Path) -> None:
    asked = list(questions(signed, seed=11))
    enough(asked)
    lines = "".join(f"{in_go(question)}\n" for question, _ in asked)
    ran = subprocess.run([go_verifier], input=lines, capture_output=True, text=True, check=True, timeout=240)
    assert wrong(asked, [line == "yes" for line in ran.stdout.splitlines()]) == []


def test_tlog_scales_agrees(signed) -> None:
    from cryptography.exceptions import InvalidSignature
    from tlog_scales import tlog
    from tlog_scales.signing import Vkey

    def theirs(question: Question) -> bool:
        try:
            match question:
                case Inclusion(size, root, index, leaf, path):
                    tlog.InclusionProof(index, size, list(path)).check(leaf, root)
                case Consistency(new, new_root, old, old_root, path):
                    tlog.ConsistencyProof(old, new, list(path)).check(old_root, new_root)
                case Signed(vkey, text, _):
                    tlog.Checkpoint.from_text(text).verify(Vkey.from_string(vkey))
        except (tlog.InclusionProofInvalid, tlog.ConsistencyProofInvalid, InvalidSignature):
            return False
        return True

    # It reads texts loosely (a letter more is no fault to it), so of texts it judges those that are whole.
    asked = [
        (question, holds)
        for question, holds in questions(signed, seed=13)
        if not isinstance(question, Signed) or (holds and question.leaf is None)
    ]
    enough(asked)
    assert wrong(asked, [theirs(question) for question, _ in asked]) == []
