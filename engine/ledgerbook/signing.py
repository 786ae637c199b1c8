"""Makes checkpoints, and refuses to where anything disagrees.

Before a signature the rows it newly covers are read and hashed again; the root must follow from the last
signed one and these rows, must be what the tiles say, and must grow out of the high-water mark, which stands
outside the database. What was signed once is never signed differently.
"""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain import audit
from engine.ledgerbook.book import Book, Kept, State
from engine.ledgerbook.checkpoints import Checkpoint, opened
from engine.ledgerbook.keyfile import KeyFile, Keys, KeyUnusable
from engine.ledgerbook.leaf import row_hash, row_hashes
from engine.ledgerbook.notes import Note, NoteRefused, Signature, Verifier, encoded, signers_of
from engine.ledgerbook.tiles import Shelf, TilesDamaged
from engine.ledgerbook.tree import EMPTY, Growing, ProofRefused, joined, verify_consistency
from engine.log import Log, Row, micros

Clock = Callable[[], datetime]
"""Tells the time in UTC."""

BATCH = 10_000
EXTRA_SECONDS = 10.0
"""How long the command that adds a signature line may take."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class SigningRefused(Exception):
    """Something disagrees with what was signed before: no checkpoint is made until somebody has looked.

    `code` is stable; `position` is the first row concerned, where one is known.
    """

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.position = position


@dataclass(frozen=True, slots=True)
class Moment:
    """When a checkpoint is made, in microseconds since 1970."""

    micros: int

    def day(self) -> str:
        return datetime.fromtimestamp(self.micros // 1_000_000, UTC).date().isoformat()


class Signing:
    """The one way to a checkpoint. `extra`: a command that reads the text to be signed and prints one more
    signature line (an SM2 co-signature, say)."""

    def __init__(
        self, log: Log, book: Book, keys: KeyFile, extra: Sequence[str] = (), clock: Clock = utc_now
    ) -> None:
        self._log = log
        self._book = book
        self._keys = keys
        self._extra = tuple(extra)
        self._clock = clock

    def _now(self, last: Kept | None) -> Moment:
        """By the engine's clock, and never before the last checkpoint."""
        return Moment(max(micros(self._clock()), 0 if last is None else last.made_at))

    def sign(self) -> Kept:
        """The checkpoint over all that is hashed; the last one again where nothing came.

        Raises SigningRefused, KeyUnusable, Overtaken (another process signed meanwhile), StoreUnavailable.
        """
        # In this order: another process may sign between any two of these, and writes tree, mark, checkpoint.
        last = self._book.last()
        mark = self._keys.mark()
        keys = self._keys.keys(make=last is None and mark is None)
        state, shelf = self._book.state(), self._book.shelf()
        try:
            last = self._healed(last, mark, keys, state)
            signed = self._signed(last, keys, state)
            root = self._reread(signed, state, shelf)
        except TilesDamaged as error:
            raise SigningRefused("audit.tile", str(error)) from error
        if last is not None and state.size == last.size:
            return self._renewed(last, mark, keys)
        at = self._now(last)
        daily = last is None or Moment(last.made_at).day() != at.day()
        note = str(self._note(Checkpoint(keys.origin, state.size, root), keys))
        kept = Kept(state.size, root, note, at.micros, daily)
        # The mark first: after a crash in between it is ahead of the store, which heals (see `_healed`).
        self._keys.set_mark(kept.note)
        self._book.put(kept, last)
        return kept

    # ------------------------------------------------------------------ what was signed before

    def _healed(self, last: Kept | None, mark: str | None, keys: Keys, state: State) -> Kept | None:
        """The last checkpoint, which is the mark itself where a crash came between the two.

        SigningRefused where the tree is not the one the mark was signed for, grown or the same.
        """
        marked = self._marked(mark, keys)
        if marked is None and last is None:
            return None
        if self._restored(marked, last, state):
            return last
        if marked is None:
            raise SigningRefused(
                "audit.unmarked",
                f"checkpoints were signed, but there is no mark beside {self._keys.path}: "
                "this store was restored, or the mark was taken away",
            )
        if state.size < marked.size:
            raise SigningRefused(
                "audit.rolled-back",
                f"a checkpoint of {marked.size} entries was signed, this store has {state.size}: "
                "it is an older one",
            )
        if self._book.shelf().root(marked.size) != marked.root:
            raise SigningRefused(
                "audit.rewritten", f"the first {marked.size} entries are not those that were signed"
            )
        if last is not None and last.size >= marked.size:
            return last
        found = Kept(marked.size, marked.root, mark or "", self._now(last).micros, False)
        self._book.put(found, last)
        return found

    def _restored(self, marked: Checkpoint | None, last: Kept | None, state: State) -> bool:
        """Whether the log itself says, in what is not signed yet, that it was restored and which checkpoint
        was lost. Once signed over, the fact opens no door a second time."""
        signed = 0 if last is None else last.size
        for line in reversed(self._log.stream(audit.STREAM)):
            index = self._book.index_of(line.position)
            if index is None or index < signed or line.position > state.position:
                continue
            told = line.fact
            assert isinstance(told, audit.StoreRestored)
            lost = (0, "") if marked is None else (marked.size, encoded(marked.root))
            if (told.lost_size, told.lost_root) == lost and told.size == signed:
                return True
        return False

    def _signed(self, last: Kept | None, keys: Keys, state: State) -> Checkpoint:
        """What the last checkpoint says, its signature verified; an empty tree before the first."""
        if last is None:
            return Checkpoint(keys.origin, 0, EMPTY)
        try:
            signed = opened(Note.read(last.note), keys.verifiers)
        except NoteRefused as error:
            raise SigningRefused("audit.checkpoint", f"the checkpoint of {last.size}: {error}") from error
        if (signed.origin, signed.size, signed.root) != (keys.origin, last.size, last.root):
            raise SigningRefused("audit.checkpoint", f"the checkpoint of {last.size} was altered")
        head = self._log.head()
        if state.size < signed.size or head < state.position:
            raise SigningRefused(
                "audit.truncated",
                f"{signed.size} entries were signed and {state.size} hashed up to {state.position}, "
                f"but the log ends at {head}",
                head + 1,
            )
        return signed

    def _marked(self, mark: str | None, keys: Keys) -> Checkpoint | None:
        if mark is None:
            return None
        try:
            return opened(Note.read(mark), keys.verifiers)
        except NoteRefused as error:
            raise KeyUnusable(f"the mark beside {self._keys.path}: {error}") from error

    # ------------------------------------------------------------------ what is signed now

    def _reread(self, signed: Checkpoint, state: State, shelf: Shelf) -> bytes:
        """The root over the last signed tree and the rows that came since, hashed again from the log."""
        edge = shelf.edge(signed.size)
        if joined(edge) != signed.root:
            raise SigningRefused("audit.tile", f"the tiles no longer give the root signed at {signed.size}")
        growing = Growing(signed.size, edge)
        after = self._book.position_of(signed.size - 1) if signed.size else 0
        if signed.size:
            self._still_there(after, signed.size - 1)
        while rows := self._log.rows(after, BATCH, state.position):
            hashes = row_hashes(rows)
            self._compare(rows, hashes, growing.size)
            growing.take_all(hashes)
            after = rows[-1][0]
        if growing.size != state.size:
            raise SigningRefused(
                "audit.row-missing",
                f"{state.size} rows were hashed, {growing.size} are there",
                after + 1,
            )
        root = growing.root()
        if root != shelf.root(state.size):
            raise SigningRefused("audit.tile", f"the tiles do not give the root of {state.size} entries")
        try:
            verify_consistency(
                signed.size, state.size, shelf.consistency(signed.size, state.size), signed.root, root
            )
        except ProofRefused as error:
            raise SigningRefused("audit.tile", f"the tiles prove no growth: {error}") from error
        return root

    def _still_there(self, position: int, index: int) -> None:
        """The last row signed is where it was: rows cut from the end are not hidden by those that follow."""
        rows = self._log.rows(position - 1, 1, position)
        if not rows:
            raise SigningRefused(
                "audit.row-missing", f"position {position} was signed, and is gone", position
            )
        self._compare(rows, row_hashes(rows), index)

    def _compare(self, rows: list[Row], hashes: bytes, first: int) -> None:
        """SigningRefused, naming the first row that is not what was hashed when it came."""
        stored = self._book.leaves(first, first + len(rows))
        if stored == hashes:
            return
        for n, row in enumerate(rows):
            if stored[32 * n : 32 * n + 32] != row_hash(row):
                raise SigningRefused(
                    "audit.row-changed",
                    f"position {row[0]} ({row[1]}, version {row[2]}, {row[3]}) is not what was recorded",
                    row[0],
                )

    def _note(self, checkpoint: Checkpoint, keys: Keys) -> Note:
        text = checkpoint.text()
        lines = [signer.sign(text) for signer in keys.signing]
        return Note(text, (*lines, *self._extra_lines(text)))

    def _extra_lines(self, text: str) -> list[Signature]:
        if not self._extra:
            return []
        try:
            ran = subprocess.run(
                self._extra, input=text.encode(), capture_output=True, timeout=EXTRA_SECONDS, check=True
            )
            return [Signature.read(line) for line in ran.stdout.decode().splitlines() if line]
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError, NoteRefused) as error:
            raise KeyUnusable(f"the command for the extra signature: {error}") from error

    def _renewed(self, last: Kept, mark: str | None, keys: Keys) -> Kept:
        """The same checkpoint, signed by keys that came since too; the mark again if a crash lost it."""
        note = Note.read(last.note)
        named = {(line.name, line.id) for line in note.signatures}
        missing = [key for key in keys.signing if (key.name, key.verifier.id) not in named]
        if missing:
            more = note.signed_also(*(key.sign(note.text) for key in missing))
            self._book.sign_also(last.size, last.note, str(more))
            last = Kept(last.size, last.root, str(more), last.made_at, last.daily)
        if mark != last.note:
            self._keys.set_mark(last.note)
        return last

    # ------------------------------------------------------------------ witnesses

    def cosign(self, size: int, lines: Sequence[Signature]) -> Kept | None:
        """Keep a witness's lines under a checkpoint; None where there is none of this size. NoteRefused for a
        line of an unknown witness, or one that is wrong."""
        kept = self._book.at(size)
        if kept is None:
            return None
        known = self._keys.witnesses()
        before = Note.read(kept.note)
        for line in lines:
            if not any(key.made(line) for key in known):
                raise NoteRefused(f"{line.name} is not among the witnesses of this log")
        signers_of(Note(before.text, tuple(lines)), known)
        after = before.signed_also(*lines)
        self._book.sign_also(size, kept.note, str(after))
        return Kept(kept.size, kept.root, str(after), kept.made_at, kept.daily)

    def known(self) -> tuple[Verifier, ...]:
        """The keys whose signatures count, the one in use first; makes it before the first checkpoint."""
        make = self._book.last() is None and self._keys.mark() is None
        return self._keys.keys(make=make).verifiers
