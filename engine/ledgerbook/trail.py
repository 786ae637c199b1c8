"""The audit trail of one deployment: hashes and signs in the background, and answers with proofs."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson
import structlog

from engine.errors import StoreUnavailable
from engine.ledgerbook.at_once import AtOnce
from engine.ledgerbook.book import Book, Kept, Overtaken
from engine.ledgerbook.checkpoints import Receipt, opened
from engine.ledgerbook.follower import BATCH, Follower, Progress
from engine.ledgerbook.keyfile import FILE, KeyFile, KeyUnusable
from engine.ledgerbook.leaf import leaf_bytes, row_hash
from engine.ledgerbook.notes import Note, Verifier
from engine.ledgerbook.signing import Clock, Signing, SigningRefused, utc_now
from engine.ledgerbook.tiles import TilesDamaged
from engine.log import Log, Row
from engine.loop import Loop

LOOK_SECONDS = 0.5
"""Between two looks for what was recorded."""
SIGN_SECONDS = 3.0
"""From the first unsigned fact to its checkpoint, when nobody asks for one sooner. With a look and the work
itself it stays below five seconds."""
ASKED_SECONDS = 0.25
"""Between two checkpoints that callers ask for."""
REFUSED_PAUSE = 5.0
REFUSED = "audit.refused"
"""The setting that tells every process why nothing is signed."""

report = structlog.get_logger("huisheng.audit")


class NotYetSigned(Exception):
    """The entry is recorded, and no checkpoint covers it yet; ask again in a few seconds."""

    code = "audit.not-yet"


class NoSuchEntry(LookupError):
    """There is no entry at this position, or no checkpoint of this size."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: its number in the tree, the row's position, the exact bytes hashed."""

    index: int
    position: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Setup:
    """Where the key file stands (default: in the data directory), what the log is called when its key is
    first made (default: derived from the key), the command that adds a signature line, and whether receipts
    are given at once (engine/ledgerbook/at_once.py)."""

    key: Path | None = None
    origin: str = ""
    extra: tuple[str, ...] = ()
    at_once: bool = False


BESIDE = Setup()
"""The key in the data directory, one signature."""


class Trail:
    """Hashes, signs and proves. Safe to use from any thread; nothing runs before `start`."""

    def __init__(
        self,
        log: Log,
        book: Book,
        keys: KeyFile,
        extra: Sequence[str] = (),
        *,
        at_once: bool = False,
        clock: Clock = utc_now,
    ) -> None:
        self.log = log
        self.book = book
        self.keys = keys
        self.follower = Follower(log, book)
        self.signing = Signing(log, book, keys, extra, clock)
        self.at_once = AtOnce(book, self._signed_at_once) if at_once else None
        self.loop = Loop("audit", self._turn)
        self._asked = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._waiting_since: float | None = None
        self._signed_at = 0.0
        self._wanted = False
        self._refused: dict[str, Any] | None = None

    @classmethod
    def open(cls, data_dir: Path, log: Log, setup: Setup = BESIDE, clock: Clock = utc_now) -> Self:
        """Over an open log; `clock` dates the checkpoints. Makes the tables where there are none; the key
        only with the first checkpoint."""
        keys = KeyFile(setup.key or data_dir / FILE, setup.origin)
        return cls(log, Book.of(log), keys, setup.extra, at_once=setup.at_once, clock=clock)

    # ------------------------------------------------------------------ in the background

    def start(self) -> None:
        self.loop.start()

    def ask(self) -> None:
        """A checkpoint is wanted now."""
        self._asked.set()

    def _turn(self) -> float:
        if self._asked.wait(ASKED_SECONDS if self._wanted else LOOK_SECONDS):
            self._asked.clear()
            self._wanted = True
        behind, due = self._waiting()
        # Rows wait for their checkpoint: one burst costs the desk less than many. An idle process takes no
        # lease and writes nothing.
        if self.loop.stopping or not (due or behind >= BATCH) or not self.follower.acquire():
            return 0.0
        try:
            while self.follower.step() and not self.loop.stopping:
                pass
            if due:
                self.checkpoint()
        except Overtaken:
            return LOOK_SECONDS
        except (SigningRefused, KeyUnusable, TilesDamaged) as refused:
            self._note(refused)
            return REFUSED_PAUSE
        return 0.0

    def _waiting(self) -> tuple[int, bool]:
        """How many positions are not hashed yet, and whether a checkpoint is due."""
        now, head = time.monotonic(), self.log.head()
        state, last = self.book.state(), self.book.last()
        behind = head - state.position
        if state.size == (0 if last is None else last.size) and behind == 0:
            self._waiting_since, self._wanted = None, False
            return 0, False
        if self._waiting_since is None:
            self._waiting_since = now
        wait = ASKED_SECONDS - (now - self._signed_at) if self._wanted else SIGN_SECONDS
        return behind, now - self._waiting_since >= wait

    def _note(self, refused: Exception) -> None:
        code = getattr(refused, "code", "audit.refused")
        told = {"code": code, "message": str(refused), "position": getattr(refused, "position", None)}
        if told != self._refused:
            report.error("audit.refused", **told)
            self.log.set_setting(REFUSED, orjson.dumps(told).decode())
            self._refused = told

    def stop(self) -> None:
        self.loop.ask_to_stop()
        self._asked.set()
        self.loop.stop()

    def close(self) -> None:
        """Safe to call twice. The log is closed by its owner, afterwards."""
        self.stop()
        self.follower.release()
        self.book.close()

    # ------------------------------------------------------------------ checkpoints

    def checkpoint(self) -> Kept:
        """Sign over all that is hashed, now. Raises SigningRefused, KeyUnusable, StoreUnavailable; Overtaken
        where another process was quicker."""
        with self._one_at_a_time:
            kept = self.signing.sign()
        self._waiting_since, self._signed_at, self._wanted = None, time.monotonic(), False
        if self._refused is not None or self.log.setting(REFUSED) is not None:
            self.log.set_setting(REFUSED, None)
            self._refused = None
        return kept

    def _signed_at_once(self) -> None:
        """The desk has recorded; what keeps a signature away keeps no command's answer away."""
        try:
            self.checkpoint()
        except Overtaken:
            self.ask()  # another process signed meanwhile, over these rows or almost
        except (SigningRefused, KeyUnusable, TilesDamaged, StoreUnavailable) as refused:
            self._note(refused)

    def catch_up(self, progress: Progress = lambda done, of: None) -> Kept:
        """Hash up to the head and sign over it, as `checkpoint`; for commands. TimeoutError where another
        process hashes and does not go on."""
        self.follower.catch_up(progress)
        for _ in range(20):
            try:
                return self.checkpoint()
            except Overtaken:
                time.sleep(0.05)
        raise StoreUnavailable("other processes sign checkpoints all the time; try again")

    def verifiers(self) -> tuple[Verifier, ...]:
        """The keys whose signatures count, the one in use first."""
        return self.signing.known()

    # ------------------------------------------------------------------ proofs

    def receipt(self, position: int, size: int | None = None) -> Receipt:
        """That the row at a position stands in the tree of a checkpoint (default: the last one). NoSuchEntry;
        NotYetSigned where it is too new for the last one; ValueError where for the one asked."""
        return self.receipts((position,), size)[0]

    def receipts(self, positions: Sequence[int], size: int | None = None) -> list[Receipt]:
        """As `receipt` for each, all under one checkpoint; each tile is fetched once."""
        kept = self.book.last() if size is None else self.book.at(size)
        if size is not None and kept is None:
            raise NoSuchEntry(f"no checkpoint has {size} entries")
        found = [self._index(position, kept, latest=size is None) for position in positions]
        if kept is None or not found:
            return []
        shelf, note = self.book.shelf(), Note.read(kept.note)
        shelf.fetch(found, kept.size)
        return [Receipt(index, tuple(shelf.inclusion(index, kept.size)), note) for index in found]

    def _index(self, position: int, kept: Kept | None, *, latest: bool) -> int:
        index = self.book.index_of(position)
        if index is None:
            if position < 1 or self.log.recorder.at_or_before(position)[0] != position:
                raise NoSuchEntry(f"nothing stands at position {position}")
            raise NotYetSigned
        if kept is None or index >= kept.size:
            if latest:
                raise NotYetSigned
            raise ValueError(f"position {position} came after the checkpoint of {kept.size if kept else 0}")
        return index

    def consistency(self, old: int, new: int) -> list[bytes]:
        """That the tree of size `new` is that of `old`, grown. ValueError unless old <= new <= the last
        checkpoint."""
        last = self.book.last()
        if new > (0 if last is None else last.size):
            raise ValueError(f"no checkpoint has {new} entries yet")
        return self.book.shelf().consistency(old, new)

    def check(self, given: str) -> Row:
        """The row a receipt is for, if all of it holds: the signature, the path, and the row as it is stored
        now. NoteRefused, ProofRefused; NoSuchEntry where the tree has no such leaf."""
        receipt = Receipt.read(given)
        signed = opened(receipt.note, self.verifiers())
        if receipt.index >= signed.size or receipt.index >= self.book.state().size:
            raise NoSuchEntry(f"the tree has no entry {receipt.index}")
        position = self.book.position_of(receipt.index)
        rows = self.log.rows(position - 1, 1, position)
        if not rows:
            raise NoSuchEntry(f"nothing stands at position {position}")
        receipt.verify(row_hash(rows[0]), self.verifiers())
        return rows[0]

    def leaves(self, after: int, limit: int) -> list[Leaf]:
        """The leaves of the signed tree after a position."""
        last = self.book.last()
        if last is None or last.size == 0:
            return []
        rows = self.log.rows(after, limit, self.book.position_of(last.size - 1))
        found = []
        for row in rows:
            index = self.book.index_of(row[0])
            if index is not None:
                found.append(Leaf(index, row[0], leaf_bytes(row)))
        return found

    def health(self) -> dict[str, Any]:
        """`refused` says why nothing is signed, and by then somebody should look."""
        state, last, told = self.book.state(), self.book.last(), self.log.setting(REFUSED)
        return {
            "hashed": state.position,
            "size": state.size,
            "signed": 0 if last is None else last.size,
            "refused": None if told is None else orjson.loads(told),
        }
