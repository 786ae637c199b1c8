"""The file with the master key, which wraps every key of the store; and its change-over to a new one.

A new master is written beside the old one first (`keys.master.next`), then the key store is wrapped under it
in one transaction, then the file takes the old one's place. Whichever of the two opens the key store is the
master: killed at any moment, the next who opens it finishes or undoes the change.
"""

import base64
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from engine.errors import StoreDamaged, StoreUnavailable

KEY = 32


class KeyStoreUnusable(StoreDamaged):
    """The two key files do not belong together, or one is missing or damaged."""


class MasterFile:
    """`path` holds the key in base64, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next = path.with_name(f"{path.name}.next")

    def made(self) -> bytes:
        """The key; made if there is none. The first of several processes wins."""
        if not self.path.exists() and not self.next.exists():
            draft = self._written(f".{self.path.name}.{secrets.token_hex(8)}", os.urandom(KEY))
            try:
                os.link(draft, self.path)
            except FileExistsError:
                pass  # another process was quicker: its key is the key
            finally:
                draft.unlink()
            _sync_directory(self.path.parent)
        return next(self.candidates())[1]

    def candidates(self) -> Iterator[tuple[Path, bytes]]:
        """The master, and the one it may just have been changed for, with their files. KeyStoreUnusable for a
        file that holds no key."""
        found = False
        for path in (self.path, self.next):
            try:
                yield path, _read(path)
                found = True
            except FileNotFoundError:
                continue
        if not found:
            raise KeyStoreUnusable(f"{self.path} is missing: nothing can be opened")

    def draft(self, key: bytes) -> None:
        """Write the next master beside this one, durably. StoreUnavailable where the folder is read-only."""
        try:
            self.next.unlink(missing_ok=True)
            self._written(self.next.name, key)
            _sync_directory(self.path.parent)
        except OSError as error:
            raise StoreUnavailable(f"{self.next}: {error.strerror}") from error

    def take_over(self) -> None:
        """Put the next master in the place of this one; another process may have done so already."""
        try:
            os.replace(self.next, self.path)
        except FileNotFoundError:
            return
        _sync_directory(self.path.parent)

    def drop_draft(self) -> None:
        """Undo a change that died before its commit."""
        if self.path.exists():
            self.next.unlink(missing_ok=True)

    def _written(self, name: str, key: bytes) -> Path:
        path = self.path.with_name(name)
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(file, base64.b64encode(key) + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        return path


def _read(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError as error:
        raise KeyStoreUnusable(f"{path} does not hold a key") from error
    if len(key) != KEY:
        raise KeyStoreUnusable(f"{path} does not hold a key of {KEY} bytes")
    return key


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
