"""Checkpoints (C2SP tlog-checkpoint) and receipts (C2SP tlog-proof): what is handed to the outside."""

import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from engine.ledgerbook.notes import SIGNED, Note, NoteRefused, Verifier, decoded, encoded, signers_of
from engine.ledgerbook.tree import HASH, verify_inclusion

NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
PROOF = "c2sp.org/tlog-proof@v1"
HIGHEST = 63
"""Hashes of the longest path."""


def number(text: str, what: str) -> int:
    if not NUMBER.match(text):
        raise NoteRefused(f"{what} {text[:40]!r} is no number")
    return int(text)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the log's name, the number of its leaves, its root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """NoteRefused if the text of the note is no checkpoint. Extension lines are allowed, and ignored."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteRefused("the note's text is no checkpoint")
        try:
            root = decoded(lines[2])
        except (ValueError, binascii.Error) as error:
            raise NoteRefused("the root is not base64") from error
        if len(root) != HASH:
            raise NoteRefused(f"a root has {HASH} bytes, not {len(root)}")
        return cls(lines[0], number(lines[1], "the size"), root)


def opened(note: Note, known: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint of a note that the log itself signed. NoteRefused if it did not, or if the signature of
    any known key is wrong."""
    found = Checkpoint.read(note.text)
    signed = [key for key in signers_of(note, known) if key.kind == SIGNED and key.name == found.origin]
    if not signed:
        raise NoteRefused(f"no known key of {found.origin} signed it")
    return found


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a leaf stands at an index of a signed tree. `extra` is not authenticated."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"extra {encoded(self.extra)}"] if self.extra else []
        lines = [PROOF, *extra, f"index {self.index}", *map(encoded, self.path)]
        return "\n".join(lines) + f"\n\n{self.note}"

    @classmethod
    def read(cls, given: str | bytes) -> Self:
        """NoteRefused if it is not a tlog-proof@v1."""
        try:
            whole = given.decode() if isinstance(given, bytes) else given
        except UnicodeError as error:
            raise NoteRefused("the receipt is not UTF-8") from error
        head, empty, note = whole.partition("\n\n")
        lines = head.split("\n")
        if not empty or lines.pop(0) != PROOF:
            raise NoteRefused(f"a receipt begins with {PROOF}")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = _bytes(lines.pop(0).removeprefix("extra "))
        if not lines or not lines[0].startswith("index "):
            raise NoteRefused("the receipt names no index")
        index = number(lines.pop(0).removeprefix("index "), "the index")
        path = tuple(map(_bytes, lines))
        if len(path) > HIGHEST or any(len(step) != HASH for step in path):
            raise NoteRefused("the receipt's path is not made of hashes")
        return cls(index, path, Note.read(note), extra)

    def verify(self, leaf: bytes, known: Iterable[Verifier]) -> Checkpoint:
        """The checkpoint under which the leaf (its hash) stands at the index. NoteRefused for a signature,
        ProofRefused for a path that does not hold."""
        found = opened(self.note, known)
        verify_inclusion(leaf, self.index, found.size, self.path, found.root)
        return found


def _bytes(text: str) -> bytes:
    try:
        return decoded(text)
    except (ValueError, binascii.Error) as error:
        raise NoteRefused(f"{text[:60]!r} is not base64") from error


def path_of(lines: Sequence[object]) -> list[bytes]:
    """A path as JSON carries it: base64 of each hash. NoteRefused otherwise."""
    found = [_bytes(line) if isinstance(line, str) else b"" for line in lines]
    if any(len(step) != HASH for step in found):
        raise NoteRefused("the path is not made of hashes")
    return found
