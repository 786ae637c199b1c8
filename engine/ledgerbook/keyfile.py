"""The signing keys and the high-water mark: files outside the database, so that whoever can rewrite the one
cannot rewrite the other.

`audit.key` holds one key a line: first the one in use, then those that still sign beside it while a rotation
is under way, then the verifier keys of those that sign no more. `audit.mark` beside it holds the last
checkpoint that was signed, `audit.witnesses` the verifier keys whose co-signatures are taken.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StoreDamaged
from engine.ledgerbook.notes import COSIGNED, NAME, SIGNED, NoteRefused, Signer, Verifier

FILE = "audit.key"
MARK = "audit.mark"
WITNESSES = "audit.witnesses"


class KeyUnusable(StoreDamaged):
    """The key file is missing where it must not be, or does not hold keys."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`signing`: all of them sign, the first is the one in use. `retired`: their signatures still count."""

    signing: tuple[Signer, ...]
    retired: tuple[Verifier, ...]

    @property
    def origin(self) -> str:
        """The log's name: the first line of every checkpoint."""
        return self.signing[0].name

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        return tuple(signer.verifier for signer in self.signing) + self.retired


class KeyFile:
    """`audit.key` at a path, with the files beside it. Several processes may use it."""

    def __init__(self, path: Path, origin: str = "") -> None:
        self.path = path
        self._origin = origin
        self._read: tuple[tuple[int, int], Keys] | None = None

    def keys(self, make: bool = False) -> Keys:
        """What the file holds now; with `make`, makes it where there is none. KeyUnusable otherwise."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            if not make:
                raise KeyUnusable(f"{self.path} is missing: nothing can be signed") from None
            self._make()
            found = self.path.stat()
        seen = (found.st_mtime_ns, found.st_ino)
        if self._read is None or self._read[0] != seen:
            self._read = seen, self._keys()
        return self._read[1]

    def _keys(self) -> Keys:
        signing: list[Signer] = []
        retired: list[Verifier] = []
        try:
            for line in self.path.read_text("utf-8").split("\n"):
                if line.startswith(Signer.PREFIX):
                    signing.append(Signer.read(line))
                elif line.strip() and not line.startswith("#"):
                    retired.append(Verifier.read(line))
        except (NoteRefused, UnicodeDecodeError) as error:
            raise KeyUnusable(f"{self.path}: {error}") from error
        if not signing or {key.name for key in signing} | {key.name for key in retired} != {signing[0].name}:
            raise KeyUnusable(f"{self.path} does not hold the keys of one log")
        return Keys(tuple(signing), tuple(retired))

    def _make(self) -> None:
        seed = os.urandom(32)
        name = self._origin or f"huisheng/{Signer('huisheng', SIGNED, seed).verifier.public.hex()[:12]}"
        if not NAME.match(name):
            raise KeyUnusable(f"{name!r} cannot name a log: no spaces, no plus")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written(self.path, Signer(name, SIGNED, seed).secret() + "\n", new=True)

    def rotate(self) -> Keys:
        """A new key, in use from now on; those before sign beside it."""
        keys = self.keys()
        return self._kept(Keys((Signer(keys.origin, SIGNED, os.urandom(32)), *keys.signing), keys.retired))

    def retire(self) -> Keys:
        """Only the key in use signs from now on."""
        keys = self.keys()
        gone = tuple(signer.verifier for signer in keys.signing[1:])
        return self._kept(Keys(keys.signing[:1], (*gone, *keys.retired)))

    def _kept(self, keys: Keys) -> Keys:
        lines = [*(signer.secret() for signer in keys.signing), *map(str, keys.retired)]
        written(self.path, "".join(f"{line}\n" for line in lines))
        return keys

    # ------------------------------------------------------------------ beside it

    def mark(self) -> str | None:
        """The last checkpoint signed, as a note; None before the first."""
        try:
            return self.path.with_name(MARK).read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return ""

    def set_mark(self, note: str) -> None:
        written(self.path.with_name(MARK), note)

    def witnesses(self) -> Sequence[Verifier]:
        """Whose co-signatures are taken. KeyUnusable for a line that is no verifier key of a witness."""
        path = self.path.with_name(WITNESSES)
        try:
            lines = path.read_text("utf-8").split("\n") if path.exists() else []
            found = [Verifier.read(line) for line in lines if line.strip() and not line.startswith("#")]
        except (NoteRefused, UnicodeDecodeError) as error:
            raise KeyUnusable(f"{path}: {error}") from error
        if any(key.kind != COSIGNED for key in found):
            raise KeyUnusable(f"{path}: a witness's key is of type 4 (tlog-cosignature)")
        return found


def written(path: Path, text: str, *, new: bool = False) -> None:
    """Replace a file in one step, durably, readable by its owner only. With `new`, the first of several
    writers wins and the others change nothing."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        if not new:
            os.replace(draft, path)
        else:
            try:
                os.link(draft, path)
            except FileExistsError:
                return
    finally:
        draft.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
