"""The panel's witness: it goes on with a log that grew, and refuses one that was rolled back or rewritten."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.audit import StoreRestored
from domain.messages import Actor, Envelope
from engine.codec import encode
from engine.ledgerbook.leaf import leaf_bytes
from engine.ledgerbook.notes import Note, Signer, Verifier, encoded, signers_of
from engine.ledgerbook.trail import Trail
from engine.log import Log
from scripts.cli import run
from tests.engine.ledgerbook.growing import fill, opened, record, row


class Site:
    """The routes a witness asks, over whichever store stands behind them now."""

    def __init__(self) -> None:
        self.trail: Trail | None = None
        self.kept: list[dict[str, Any]] = []
        self.spoil: Callable[[str], str] = lambda text: text
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(site.get(self.path.removeprefix("/api/v1/audit")))

            def do_POST(self) -> None:
                site.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer("")

            def answer(self, text: str) -> None:
                self.send_response(200 if text is not None else 404)
                self.end_headers()
                self.wfile.write(site.spoil(text).encode())

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def get(self, path: str) -> str:
        trail = self.trail
        assert trail is not None
        if path == "/key":
            return "".join(f"{key}\n" for key in trail.verifiers())
        if path == "/checkpoints/latest":
            kept = trail.book.last()
            assert kept is not None
            return kept.note
        if path == "/restored":
            stored = trail.log.stream_rows("audit")[-1]
            told = {"position": stored[0], "leaf": encoded(leaf_bytes(stored))}
            return json.dumps(told | {"receipt": str(trail.receipt(stored[0]))})
        new, old = path.removeprefix("/checkpoints/").split("/consistency?from=")
        steps = trail.consistency(int(old), int(new))
        return json.dumps({"from": int(old), "to": int(new), "path": [encoded(each) for each in steps]})


class Scene:
    """A log, a site that shows it, and a witness who types."""

    def __init__(self, folder: Path, site: Site, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self.site, self._capfd = folder, site, capfd
        self.log, self.trail = self.open(folder / "store")

    def open(self, store: Path, **setup: Any) -> tuple[Log, Trail]:
        log, self.site.trail = opened(store, **setup)
        return log, self.site.trail

    def records(self, count: int) -> None:
        fill(self.log, count)
        self.trail.catch_up()

    def looks(self, *words: str, at: str = "") -> tuple[int, Any, str]:
        """(exit code, the answer as JSON, what was said beside it)"""
        self._capfd.readouterr()
        state = str(self.folder / "witness")
        code = run(
            ["witness", "--from", at or self.site.address, "--state", state, "--format", "json", *words]
        )
        told = self._capfd.readouterr()
        return code, orjson.loads(told.out) if told.out else None, told.err

    def key(self) -> Verifier:
        self._capfd.readouterr()
        assert run(["witness", "--show-key", "--state", str(self.folder / "witness")]) == 0
        return Verifier.read(self._capfd.readouterr().out)


@pytest.fixture
def scene(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    site = Site()
    scene = Scene(tmp_path, site, capfd)
    scene.records(300)
    yield scene
    site.server.shutdown()
    site.server.server_close()
    scene.trail.close()
    scene.log.close()


def test_it_goes_on_with_a_log_that_grew_and_co_signs(scene: Scene) -> None:
    code, first, said = scene.looks()
    assert (code, first["size"], first["before"]) == (0, 300, None)
    assert str(scene.trail.verifiers()[0]) in said
    for more in (1, 0, 400):
        if more:
            scene.records(more)
        code, told, said = scene.looks()
        assert (code, said) == (0, "")
        ours, log = scene.key(), scene.trail.verifiers()[0]
        assert signers_of(Note.read(told["note"]), [log, ours]) == [log, ours]
    assert (told["before"], told["size"]) == (301, 701)
    assert ours.name == "panel/witness" and ours.kind == 4


def test_it_hands_its_signature_back(scene: Scene) -> None:
    code, told, _ = scene.looks("--hand-back")
    assert code == 0 and scene.site.kept == [{"lines": [told["line"]]}]


def test_a_restored_backup_is_refused(scene: Scene) -> None:
    backup = scene.folder / "backup"
    scene.trail.follower.release()  # or the copy waits for whoever holds the original's lease
    shutil.copytree(scene.folder / "store", backup)
    scene.records(50)
    assert scene.looks()[0] == 0
    log, trail = scene.open(backup)
    code, _, said = scene.looks()
    assert code == 1 and "rolled back: it showed 350 entries before, now it shows 300" in said
    scene.trail.follower.release()
    record(log, *(row(n, body=b"{}") for n in range(301, 401)))
    shutil.copy(backup / "audit.mark", backup / "audit.mark.kept")
    trail.catch_up()
    code, _, said = scene.looks()
    assert code == 1 and "rewritten" in said
    scene.site.trail = scene.trail
    assert scene.looks()[0] == 0  # what it knew it still knows
    trail.close()
    log.close()


def test_another_key_or_another_log_is_refused(scene: Scene) -> None:
    assert scene.looks()[0] == 0
    log, trail = scene.open(scene.folder / "other")
    fill(log, 400)
    trail.catch_up()
    code, _, said = scene.looks()
    assert code == 1 and "not one of this log" in said
    code, _, said = scene.looks("--vkey", str(trail.verifiers()[0]))
    assert code == 1 and "this is the log" in said
    trail.close()
    log.close()


def test_an_altered_answer_is_refused(scene: Scene) -> None:
    assert scene.looks()[0] == 0
    scene.records(20)
    scene.site.spoil = lambda text: text.replace("\n320\n", "\n321\n")
    assert scene.looks()[0] == 1
    scene.site.spoil = lambda text: text.replace('"to": 320', '"to": 319')
    assert scene.looks()[0] == 4
    scene.site.spoil = lambda text: text.replace('"path": ["', '"path": ["' + "A" * 43 + '=", "')
    assert scene.looks()[0] == 1
    scene.site.spoil = lambda text: text
    assert scene.looks()[0] == 0


def test_a_rotated_key_is_taken_when_the_panel_says_so(scene: Scene) -> None:
    assert scene.looks()[0] == 0
    scene.trail.keys.rotate()
    scene.records(5)
    assert scene.looks()[0] == 0  # both sign
    scene.trail.keys.retire()
    scene.records(5)
    assert scene.looks()[0] == 1
    assert scene.looks("--vkey", str(scene.trail.verifiers()[0]))[0] == 0
    scene.records(5)
    assert scene.looks()[0] == 0


def test_a_checkpoint_on_a_stick_needs_its_proof(scene: Scene) -> None:
    file, proof = scene.folder / "monday", scene.folder / "proof"
    key = str(scene.trail.verifiers()[0])
    file.write_text(scene.site.get("/checkpoints/latest"))
    assert scene.looks(at=str(file))[0] == 4  # no key
    assert scene.looks("--vkey", key, at=str(file))[0] == 0
    scene.records(9)
    file.write_text(scene.site.get("/checkpoints/latest"))
    assert scene.looks(at=str(file))[0] == 4
    proof.write_text(scene.site.get("/checkpoints/309/consistency?from=300"))
    code, told, _ = scene.looks("--proof", str(proof), at=str(file))
    assert (code, told["before"], told["size"]) == (0, 300, 309)
    proof.write_text("{}")
    scene.records(1)
    file.write_text(scene.site.get("/checkpoints/latest"))
    assert scene.looks("--proof", str(proof), at=str(file))[0] == 4


def test_what_is_wrong_is_said_in_one_line(scene: Scene, tmp_path: Path) -> None:
    assert scene.looks(at="http://127.0.0.1:9")[0] == 4
    assert scene.looks(at=str(tmp_path / "nothing"))[0] == 4
    assert scene.looks("--vkey", "nonsense")[0] == 3
    assert run(["witness", "--state", str(tmp_path / "w")]) == 2
    (scene.folder / "witness" / "witness.key").write_text("nonsense")
    assert scene.looks()[0] == 3
    assert Signer.PREFIX not in scene.looks()[2]


# ------------------------------------------------------------------ a restore the log owns up to


def put_back(scene: Scene) -> tuple[Log, Trail]:
    """The store as it was at 300 entries, with the fact that says so, after 350 were shown."""
    backup = scene.folder / "backup"
    scene.trail.follower.release()  # or the copy waits for whoever holds the original's lease
    shutil.copytree(scene.folder / "store", backup)
    scene.records(50)
    assert scene.looks()[0] == 0
    lost, scene.site.trail = scene.trail.book.last(), None
    assert lost is not None
    shutil.copy(scene.folder / "store" / "audit.mark", backup / "audit.mark")
    log, trail = scene.open(backup)
    held = trail.book.last()
    assert held is not None
    roots = encoded(held.root), encoded(lost.root)
    envelope = Envelope(datetime(2026, 11, 18, tzinfo=UTC), Actor("operator", "admin"), "", "")
    name, body = encode(StoreRestored(held.size, roots[0], lost.size, roots[1], "the disk died"), envelope)
    record(log, (301, "audit", 1, name, row(301)[4], body))
    trail.catch_up()
    return log, trail


def test_a_restore_is_accepted_when_the_panel_says_so_and_written_down(scene: Scene) -> None:
    log, trail = put_back(scene)
    code, _, said = scene.looks()
    assert code == 1 and "rolled back" in said
    code, told, said = scene.looks("--accept-restored")
    assert (code, told["before"], told["size"]) == (0, 350, 301) and "the disk died" in said
    (line,) = (scene.folder / "witness" / "restores.jsonl").read_text("utf-8").splitlines()
    kept = json.loads(line)
    assert (kept["seen"]["size"], kept["now"]["size"], kept["position"]) == (350, 301, 301)
    assert kept["fact"]["reason"] == "the disk died"
    fill(log, 100)
    trail.catch_up()
    assert scene.looks()[0] == 0
    trail.close()
    log.close()


def test_without_the_fact_nothing_is_accepted(scene: Scene) -> None:
    log, trail = put_back(scene)
    good = scene.site.get("/restored")
    told = json.loads(good)
    other = json.dumps(told | {"leaf": encoded(leaf_bytes(row(300)))})
    for spoilt in ("{}", good.replace('"receipt": "c2sp', '"receipt": "C2SP'), other):
        scene.site.spoil = lambda text, spoilt=spoilt: spoilt if "receipt" in text else text  # type: ignore[misc]
        code, _, said = scene.looks("--accept-restored")
        assert code == 1 and "rolled back" in said
    assert not (scene.folder / "witness" / "restores.jsonl").exists()
    trail.close()
    log.close()


def test_a_restore_that_lost_something_else_explains_nothing(scene: Scene) -> None:
    log, trail = put_back(scene)
    assert scene.looks("--accept-restored")[0] == 0
    scene.site.trail = scene.trail  # the lost log again, which has no such fact
    scene.records(1)
    fact = scene.site.get
    scene.site.get = lambda path: "{}" if path == "/restored" else fact(path)  # type: ignore[method-assign]
    code, _, said = scene.looks("--accept-restored")
    assert code == 1 and "rewritten" in said
    trail.close()
    log.close()
