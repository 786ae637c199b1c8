"""Signed notes (C2SP signed-note), with the two signature types used here: Ed25519 (0x01) and the witness's
timestamped cosignature (0x04, C2SP tlog-cosignature).
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNED = 1
COSIGNED = 4
MOST_SIGNATURES = 100
LONGEST = 1_000_000
NAME = re.compile(r"[^\s+\x00-\x1f]+\Z")
DASH = "— "


class NoteRefused(ValueError):
    """The note is malformed, or nobody trusted has signed it."""


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Standard base64, with its padding and without anything else. ValueError otherwise."""
    data = base64.b64decode(text, validate=True)
    if encoded(data) != text:
        raise ValueError("not the only way to write these bytes")
    return data


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note. `id` names the key together with `name`; `blob` is what follows the id."""

    name: str
    id: bytes
    blob: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {encoded(self.id + self.blob)}"

    @classmethod
    def read(cls, line: str) -> Self:
        """NoteRefused for anything but a signature line (without its newline)."""
        name, space, text = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or not space or not NAME.match(name):
            raise NoteRefused(f"{line[:80]!r} is no signature line")
        try:
            blob = decoded(text)
        except (ValueError, binascii.Error) as error:
            raise NoteRefused(f"{line[:80]!r}: the signature is not base64") from error
        if len(blob) < 5:
            raise NoteRefused(f"{line[:80]!r}: the signature is too short")
        return cls(name, blob[:4], blob[4:])


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends in a newline; the signatures are unverified."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)

    @classmethod
    def read(cls, given: str | bytes) -> Self:
        """NoteRefused if it is not a well-formed note."""
        try:
            whole = given.decode() if isinstance(given, bytes) else given
            whole.encode()
        except UnicodeError as error:
            raise NoteRefused("the note is not UTF-8") from error
        if len(whole) > LONGEST or any(letter < " " and letter != "\n" for letter in whole):
            raise NoteRefused("the note is too long, or holds control characters")
        text, empty, lines = whole.rpartition("\n\n")
        if not empty or not lines.endswith("\n"):
            raise NoteRefused("the note has no signatures under an empty line")
        signatures = lines[:-1].split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise NoteRefused(f"the note has {len(signatures)} signatures")
        return cls(text + "\n", tuple(map(Signature.read, signatures)))

    def signed_also(self, *more: Signature) -> "Note":
        """With these lines too, each key once: a later line of the same key replaces the earlier one."""
        lines = {(line.name, line.id): line for line in (*self.signatures, *more)}
        return Note(self.text, tuple(lines.values()))


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key in the vkey form: `name+id+base64(type ‖ key)`."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    @classmethod
    def read(cls, vkey: str) -> Self:
        """NoteRefused if it is no verifier key of a type known here."""
        name, _, rest = vkey.strip().partition("+")
        id_, _, text = rest.partition("+")
        try:
            data = decoded(text)
        except (ValueError, binascii.Error) as error:
            raise NoteRefused(f"{vkey[:80]!r} is no verifier key") from error
        if not NAME.match(name) or len(data) != 33 or data[0] not in (SIGNED, COSIGNED):
            raise NoteRefused(f"{vkey[:80]!r} is no verifier key for Ed25519")
        found = cls(name, data[0], data[1:])
        if found.id.hex() != id_:
            raise NoteRefused(f"{vkey[:80]!r}: the id is not that of the key")
        return found

    def made(self, line: Signature) -> bool:
        """Whether the line names this key; says nothing of its being right."""
        return (line.name, line.id) == (self.name, self.id)

    def check(self, text: str, line: Signature) -> None:
        """NoteRefused if the line is not this key's signature under the text."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public)
            if self.kind == SIGNED:
                key.verify(line.blob, text.encode())
            else:
                key.verify(line.blob[8:], cosigned(text, line.blob[:8]))
        except InvalidSignature as error:
            raise NoteRefused(f"the signature of {self.name} is wrong") from error


def cosigned(text: str, at: bytes) -> bytes:
    """What a witness signs at a moment (8 bytes, seconds since 1970)."""
    return f"cosignature/v1\ntime {int.from_bytes(at)}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret key in the form Go's sumdb writes: `PRIVATE+KEY+name+id+base64(type ‖ seed)`."""

    name: str
    kind: int
    seed: bytes

    PREFIX = "PRIVATE+KEY+"

    @property
    def verifier(self) -> Verifier:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return Verifier(self.name, self.kind, public)

    def __repr__(self) -> str:
        return f"<signer {self.verifier}>"

    def secret(self) -> str:
        return f"{self.PREFIX}{self.name}+{self.verifier.id.hex()}+{encoded(bytes([self.kind]) + self.seed)}"

    @classmethod
    def read(cls, secret: str) -> Self:
        """NoteRefused, without a word of the secret, if it is no such key."""
        name, _, rest = secret.strip().removeprefix(cls.PREFIX).partition("+")
        id_, _, text = rest.partition("+")
        try:
            data = decoded(text)
        except (ValueError, binascii.Error):
            data = b""
        fits = secret.startswith(cls.PREFIX) and NAME.match(name) and len(data) == 33
        if not fits or data[0] not in (SIGNED, COSIGNED):
            raise NoteRefused("a line is no signing key for Ed25519")
        found = cls(name, data[0], data[1:])
        if found.verifier.id.hex() != id_:
            raise NoteRefused(f"the signing key of {name} does not have its id")
        return found

    def sign(self, text: str, at: int = 0) -> Signature:
        """`at`: seconds since 1970, for a cosignature."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.kind == SIGNED:
            blob = key.sign(text.encode())
        else:
            moment = at.to_bytes(8)
            blob = moment + key.sign(cosigned(text, moment))
        return Signature(self.name, self.verifier.id, blob)


def signers_of(note: Note, known: Iterable[Verifier]) -> Sequence[Verifier]:
    """Which of the known keys signed the note. NoteRefused if one that is named did not (a known name and id
    with a wrong signature)."""
    keys = list(known)
    found: list[Verifier] = []
    for line in note.signatures:
        for key in keys:
            if key.made(line):
                key.check(note.text, line)
                if key not in found:
                    found.append(key)
    return found
