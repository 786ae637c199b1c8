"""`huisheng witness`: the panel's own small program. It holds the log to what it has shown before.

It keeps the last checkpoint it saw and nothing else, demands the proof that the next one grew out of it,
refuses one that is smaller or different, and co-signs (C2SP tlog-cosignature). It runs on a machine of the
panel's, with a key of its own, and needs no account. A store restored from an older backup shows here first.
"""

import fcntl
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from engine.ledgerbook.checkpoints import Checkpoint, opened, path_of
from engine.ledgerbook.keyfile import written
from engine.ledgerbook.notes import COSIGNED, NAME, Note, NoteRefused, Signature, Signer, Verifier, encoded
from engine.ledgerbook.tree import ProofRefused, verify_consistency
from scripts import accepting
from scripts.accepting import NotRestored
from scripts.terminal import DIFFERENT, INPUT, STORE, USAGE, As, Format, fail, print_json, say

KEY, LOG_KEYS, LAST = "witness.key", "log.keys", "checkpoint"
SECONDS = 20.0
LARGEST = 1 << 20
"""Bytes of an answer."""

WITNESS = """\
The first time it trusts the key the log shows (or --vkey) and prints it: compare it with what the operator
told you. From then on it believes only that key. Give your own key (--show-key) to the operator, who puts it
into `audit.witnesses`; then --hand-back adds your signature to the log's checkpoint.

A log put back from a backup is refused. Where its own signed fact says so and names what was lost, the panel
may go on with --accept-restored: that is its decision, and stands in `restores.jsonl` of the state folder.

Exit 0: consistent, co-signed. Exit 1: refused; keep the state folder and call the operator.

Examples:

\b
  huisheng witness --from http://127.0.0.1:8000
  huisheng witness --from http://127.0.0.1:8000 --hand-back
  huisheng witness --from http://127.0.0.1:8000 --accept-restored
  huisheng witness --from tuesday.checkpoint --proof tuesday.json
"""


class WitnessRefuses(Exception):
    """The log shows something that does not follow from what it has shown before."""


class Unreachable(Exception):
    """The log cannot be asked, or answers something else than asked for."""


class Source(Protocol):
    """Where a log is looked at."""

    def latest(self) -> str: ...
    def keys(self) -> str: ...
    def consistency(self, old: int, new: int) -> list[bytes]: ...
    def restored(self) -> str: ...
    def hand_back(self, size: int, line: Signature) -> None: ...


class Address:
    """A log over HTTP."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/") + "/api/v1/audit"

    def latest(self) -> str:
        return self._ask("/checkpoints/latest")

    def keys(self) -> str:
        return self._ask("/key")

    def consistency(self, old: int, new: int) -> list[bytes]:
        return proven(self._ask(f"/checkpoints/{new}/consistency?from={old}"), old, new)

    def restored(self) -> str:
        return self._ask("/restored")

    def hand_back(self, size: int, line: Signature) -> None:
        self._ask(f"/checkpoints/{size}/cosignatures", json.dumps({"lines": [str(line)]}).encode())

    def _ask(self, path: str, body: bytes | None = None) -> str:
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self._base + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return str(answer.read(LARGEST).decode())
        except urllib.error.HTTPError as error:
            told = error.read(LARGEST).decode("utf-8", "replace")
            raise Unreachable(
                f"{self._base}{path} answers {error.code}: {' '.join(told.split())[:300]}"
            ) from error
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise Unreachable(f"{self._base}{path}: {error}") from error


class Files:
    """A checkpoint on a stick, with the proof the operator made for it."""

    def __init__(self, checkpoint: Path, proof: Path | None) -> None:
        self._checkpoint = checkpoint
        self._proof = proof

    def latest(self) -> str:
        return self._checkpoint.read_text("utf-8")

    def keys(self) -> str:
        raise Unreachable("a file shows no key: give it with --vkey")

    def consistency(self, old: int, new: int) -> list[bytes]:
        if self._proof is None:
            raise Unreachable(
                f"the proof from {old} to {new} is needed: GET /api/v1/audit/checkpoints/{new}/consistency"
                f"?from={old}, given with --proof"
            )
        return proven(self._proof.read_text("utf-8"), old, new)

    def restored(self) -> str:
        if self._proof is None:
            raise Unreachable("the answer of GET /api/v1/audit/restored is needed: give it with --proof")
        return self._proof.read_text("utf-8")

    def hand_back(self, size: int, line: Signature) -> None:
        raise Unreachable("a file takes nothing back: give the operator the line that is printed")


def proven(text: str, old: int, new: int) -> list[bytes]:
    """The path of a consistency proof as JSON. Unreachable for anything else."""
    try:
        told = json.loads(text)
        if (told["from"], told["to"]) != (old, new):
            raise ValueError(f"it goes from {told['from']} to {told['to']}, not from {old} to {new}")
        return path_of(list(told["path"]))
    except (ValueError, KeyError, TypeError, NoteRefused) as error:
        raise Unreachable(f"this is not the consistency proof asked for: {error}") from error


@dataclass(frozen=True, slots=True)
class Seen:
    """What was accepted: the checkpoint, the note with our line, and what came before (None: the first)."""

    checkpoint: Checkpoint
    note: Note
    line: Signature
    before: int | None


class Witness:
    """The state of one witness for one log, in a folder."""

    def __init__(self, folder: Path, now: Callable[[], int] = lambda: int(time.time())) -> None:
        self._folder = folder
        self._now = now

    def signer(self, name: str) -> Signer:
        """Our key; made the first time, under this name. NoteRefused if the file holds none."""
        path = self._folder / KEY
        if not path.exists():
            if not NAME.match(name):
                raise NoteRefused(f"{name!r} cannot name a witness: no spaces, no plus")
            written(path, Signer(name, COSIGNED, os.urandom(32)).secret() + "\n", new=True)
        return Signer.read(path.read_text("utf-8").strip())

    def known(self, vkey: str, source: Source) -> list[Verifier]:
        """The log's keys: those pinned, with `vkey` added; the first time, those it shows."""
        path = self._folder / LOG_KEYS
        lines = path.read_text("utf-8").split() if path.exists() else []
        if vkey and vkey not in lines:
            lines.append(str(Verifier.read(vkey)))
            written(path, "".join(f"{line}\n" for line in lines))
        elif not lines:
            lines = [str(Verifier.read(line)) for line in source.keys().split()]
            written(path, "".join(f"{line}\n" for line in lines))
            say(f"trusting, for the first time: {', '.join(lines)}")
        return [Verifier.read(line) for line in lines]

    def look(self, source: Source, name: str, vkey: str = "", *, restored: bool = False) -> Seen:
        """Look once: accept and co-sign what the log shows, or raise WitnessRefuses and keep what we have.
        With `restored`, what did not grow is taken where the log's own signed fact explains it; that is
        written down."""
        with self._alone():
            signer, keys = self.signer(name), self.known(vkey, source)
            try:
                note = Note.read(source.latest())
                shown = opened(note, keys)
            except NoteRefused as error:
                raise WitnessRefuses(f"the checkpoint is not one of this log: {error}") from error
            last = self._last(keys)
            if last is not None:
                try:
                    self._grown(last, shown, source)
                except WitnessRefuses as refused:
                    if not restored or shown.origin != last.origin:
                        raise
                    self._accept(source, shown, last, keys, refused)
            line = signer.sign(note.text, self._now())
            seen = note.signed_also(line)
            # Kept before anything leaves: what was co-signed once is never contradicted.
            written(self._folder / LAST, str(seen))
            return Seen(shown, seen, line, None if last is None else last.size)

    def _last(self, keys: Sequence[Verifier]) -> Checkpoint | None:
        path = self._folder / LAST
        return opened(Note.read(path.read_bytes()), keys) if path.exists() else None

    def _accept(
        self, source: Source, shown: Checkpoint, last: Checkpoint, keys: list[Verifier], why: Exception
    ) -> None:
        try:
            found = accepting.proven(source.restored(), shown, last, keys)
        except NotRestored as error:
            raise WitnessRefuses(f"{why}; and {error}") from error
        accepting.keep(self._folder, found, last, shown, self._now())
        say(f"accepted, and written to {self._folder / accepting.RECORD}: {found.fact.get('reason', '')}")

    def _grown(self, last: Checkpoint, shown: Checkpoint, source: Source) -> None:
        if shown.origin != last.origin:
            raise WitnessRefuses(f"this is the log {shown.origin}, not {last.origin}")
        if shown.size < last.size:
            raise WitnessRefuses(
                f"the log was rolled back: it showed {last.size} entries before, now it shows {shown.size}"
            )
        path = source.consistency(last.size, shown.size) if 0 < last.size < shown.size else []
        try:
            verify_consistency(last.size, shown.size, path, last.root, shown.root)
        except ProofRefused as error:
            raise WitnessRefuses(
                f"the log was rewritten: its {shown.size} entries are not the {last.size} it showed before, "
                f"grown ({error})"
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def add_to(app: typer.Typer) -> None:
    app.command(epilog=WITNESS)(witness)


def witness(
    source: Annotated[str, typer.Option("--from", help="The log's address, or a checkpoint's file.")] = "",
    state: Annotated[Path, typer.Option(file_okay=False, help="Folder of what was seen.")] = Path("witness"),
    name: Annotated[str, typer.Option(help="Our name, when the key is first made.")] = "panel/witness",
    vkey: Annotated[str, typer.Option(help="A key of the log to trust.")] = "",
    proof: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The consistency proof, for a file.")
    ] = None,
    accept_restored: Annotated[
        bool,
        typer.Option(
            "--accept-restored", help="Go on with a log whose own signed fact says it was restored."
        ),
    ] = False,
    hand_back: Annotated[bool, typer.Option("--hand-back", help="Give the log our signature line.")] = False,
    show_key: Annotated[bool, typer.Option("--show-key", help="Only print our own key.")] = False,
    form: As = Format.table,
) -> None:
    """Look at a log once: refuse what does not follow from the last time, co-sign what does."""
    ours = Witness(state)
    try:
        if show_key:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            print(ours.signer(name).verifier)
            return
        if not source:
            fail(USAGE, "--from says where the log is: an address, or a file with a checkpoint")
        at = Address(source) if source.startswith(("http://", "https://")) else Files(Path(source), proof)
        seen = ours.look(at, name, vkey, restored=accept_restored)
        if hand_back:
            at.hand_back(seen.checkpoint.size, seen.line)
    except WitnessRefuses as refused:
        fail(DIFFERENT, f"REFUSED: {refused}")
    except Unreachable as error:
        fail(STORE, str(error))
    except NoteRefused as error:
        fail(INPUT, str(error))
    show(seen, form)


def show(seen: Seen, form: Format) -> None:
    if form is not Format.json:
        print(seen.note, end="")
        return
    told: dict[str, Any] = {
        "origin": seen.checkpoint.origin,
        "size": seen.checkpoint.size,
        "root": encoded(seen.checkpoint.root),
        "before": seen.before,
        "line": str(seen.line),
        "note": str(seen.note),
    }
    print_json(told)
