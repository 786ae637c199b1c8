"""The key store: one random data key per subject, wrapped, in `keys.db`; the wrapping key in `keys.master`.

Both files are apart from the log, with a backup of their own; with PostgreSQL they are still these two files
in the data directory, and the database never meets a key. Several processes may use them: a key exists on
disk before anybody seals with it, and a destroyed key leaves every process's memory at its next use.
"""

import base64
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import StoreDamaged, StoreUnavailable

KEY = 32
NONCE = 12
FORMAT = b"\x01"
"""First byte of everything sealed: the way it was sealed (AES-256-GCM, nonce of 12 bytes, then the text)."""
CACHED = 50_000
"""Unwrapped keys kept in memory per process (about 400 bytes each); the oldest go first."""
PURPOSES = ("people", "places", "tracking-codes", "tracking-look-up", "search")

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    subject TEXT PRIMARY KEY, wrapped BLOB, made_at INTEGER NOT NULL, destroyed_at INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS purposes (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (look_up BLOB PRIMARY KEY, person TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS people_by_person ON people (person);
"""


class Nonces:
    """Random nonces, drawn from the system by the thousand: each call to it lets another thread go first."""

    def __init__(self) -> None:
        self._drawn: list[bytes] = []
        os.register_at_fork(after_in_child=self._drawn.clear)  # no two processes draw the same

    def draw(self) -> bytes:
        while True:
            try:
                return self._drawn.pop()
            except IndexError:
                drawn = os.urandom(NONCE * 1_000)
                self._drawn += [drawn[at : at + NONCE] for at in range(0, len(drawn), NONCE)]


nonces = Nonces()


class KeyStoreUnusable(StoreDamaged):
    """The two key files do not belong together, or one is missing or damaged."""


class KeyStore:
    """Keys by subject, secrets by purpose, people by the HMAC of their number. Safe to use from threads."""

    def __init__(self, connection: sqlite3.Connection, master: bytes, *, make: bool = True) -> None:
        self._db = connection
        self._master = AESGCM(master)
        self._lock = threading.RLock()
        self._keys: dict[str, AESGCM] = {}
        self._seen = self._data_version()
        self.secrets = self._purposes(make)

    @classmethod
    def open(cls, directory: Path, *, make: bool = True) -> Self:
        """Open the key store of a data directory, or make one. KeyStoreUnusable if it is damaged, or if it
        is missing and none may be made, because there are values sealed with its keys."""
        directory.mkdir(parents=True, exist_ok=True)
        store, master = directory / "keys.db", directory / "keys.master"
        if store.exists() and store.stat().st_size and not master.exists():
            raise KeyStoreUnusable(f"{store} is there, but {master} is missing: nothing can be opened")
        if not make and not (store.exists() and store.stat().st_size):
            raise _lost(store)
        secret = _master_key(master)
        os.close(os.open(store, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(store, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
            return cls(connection, secret, make=make)
        except sqlite3.OperationalError as error:
            connection.close()
            raise StoreUnavailable(f"{store}: {error}") from error
        except sqlite3.DatabaseError as error:
            connection.close()
            raise KeyStoreUnusable(f"{store}: {error}") from error
        except KeyStoreUnusable:
            connection.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._keys.clear()
            self._db.close()

    # ------------------------------------------------------------------ keys

    def key(self, subject: str, *, sure: bool = True) -> AESGCM | None:
        """The subject's key; None if it has none, or if it was destroyed.

        `sure` False trusts the memory, as whoever has just called `ensure` may."""
        if not sure and (held := self._keys.get(subject)) is not None:
            return held
        with self._lock:
            self._refresh()
            if subject not in self._keys:
                self._load([subject])
            return self._keys.get(subject)

    def ensure(self, subjects: Iterable[str]) -> None:
        """Make a key for every subject that never had one: one durable transaction for all of them."""
        with self._lock:
            self._refresh()
            missing = self._load(sorted({s for s in subjects if s not in self._keys}))
            if not missing:
                return
            with self._transaction():
                missing = self._load(missing)  # another process may have made some of them first
                drawn = os.urandom(KEY * len(missing))
                made = {s: drawn[KEY * n : KEY * (n + 1)] for n, s in enumerate(missing)}
                now = time.time_ns() // 1_000
                self._db.executemany(
                    "INSERT INTO keys (subject, wrapped, made_at) VALUES (?, ?, ?)",
                    [(s, self._wrap(key, s), now) for s, key in made.items()],
                )
            self._remember({s: AESGCM(key) for s, key in made.items()})

    def load(self, subjects: Iterable[str]) -> None:
        """Bring the keys of many subjects into memory by few reads. Makes none."""
        with self._lock:
            self._refresh()
            self._load(sorted({s for s in subjects if s not in self._keys}))

    def destroy(self, subject: str) -> bool:
        """Destroy the subject's key for ever and forget whose number was whose. False if there was no key."""
        with self._lock:
            with self._transaction():
                done = self._db.execute(
                    "UPDATE keys SET wrapped = NULL, destroyed_at = ?"
                    " WHERE subject = ? AND wrapped IS NOT NULL",
                    (time.time_ns() // 1_000, subject),
                ).rowcount
                self._db.execute("DELETE FROM people WHERE person = ?", (subject,))
            # The old page must not survive in the write-ahead log.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._keys.pop(subject, None)
            return done == 1

    def _load(self, subjects: list[str]) -> list[str]:
        """Unwrap the keys of `subjects` into memory; returns those that have no row at all."""
        found = dict(self._select("SELECT subject, wrapped FROM keys WHERE subject IN", subjects))
        self._remember({s: AESGCM(self._unwrap(box, s)) for s, box in found.items() if box is not None})
        return [s for s in subjects if s not in found]

    def _remember(self, keys: dict[str, AESGCM]) -> None:
        self._keys |= keys
        while len(self._keys) > max(CACHED, len(keys)):
            del self._keys[next(iter(self._keys))]

    def _refresh(self) -> None:
        """If another process wrote to the key store, drop what it may have destroyed."""
        seen = self._data_version()
        if seen != self._seen:
            self._seen = seen
            gone = "SELECT subject FROM keys WHERE wrapped IS NULL AND subject IN"
            for (subject,) in self._select(gone, list(self._keys)):
                del self._keys[subject]

    def _select(self, query: str, subjects: list[str]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(subjects), 500):
            part = subjects[start : start + 500]
            yield from self._db.execute(f"{query} ({','.join('?' * len(part))})", part).fetchall()

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    # ------------------------------------------------------------------ people

    def person(self, look_up: bytes) -> str | None:
        """Who has the number with this HMAC."""
        with self._lock:
            row = self._db.execute("SELECT person FROM people WHERE look_up = ?", (look_up,)).fetchone()
        return str(row[0]) if row else None

    def enter_person(self, look_up: bytes, person: str) -> str:
        """Remember whose number this is, durably; the person already known for it wins and is returned."""
        with self._lock, self._transaction():
            row = self._db.execute(
                "INSERT INTO people (look_up, person) VALUES (?, ?)"
                " ON CONFLICT (look_up) DO UPDATE SET person = people.person RETURNING person",
                (look_up, person),
            ).fetchone()
        return str(row[0])

    # ------------------------------------------------------------------ wrapping

    def _purposes(self, make: bool) -> dict[str, bytes]:
        """The secrets behind look-ups, codes and search: random, and wrapped like every other key."""
        with self._transaction():
            if not make and self._db.execute("SELECT 1 FROM purposes").fetchone() is None:
                raise _lost(Path(self._db.execute("PRAGMA database_list").fetchone()[2]))
            self._db.executemany(
                "INSERT INTO purposes (name, wrapped) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(name, self._wrap(os.urandom(KEY), f"purpose/{name}")) for name in PURPOSES],
            )
            rows = self._db.execute("SELECT name, wrapped FROM purposes").fetchall()
        return {name: self._unwrap(wrapped, f"purpose/{name}") for name, wrapped in rows}

    def _wrap(self, key: bytes, name: str) -> bytes:
        nonce = nonces.draw()
        return FORMAT + nonce + self._master.encrypt(nonce, key, f"key|{name}".encode())

    def _unwrap(self, wrapped: bytes, name: str) -> bytes:
        try:
            return self._master.decrypt(wrapped[1 : 1 + NONCE], wrapped[1 + NONCE :], f"key|{name}".encode())
        except InvalidTag as error:
            raise KeyStoreUnusable("keys.master is not the master of this keys.db") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise StoreUnavailable(f"the key store: {error}") from error
            raise


def _lost(store: Path) -> KeyStoreUnusable:
    return KeyStoreUnusable(f"{store} is missing or empty, but the log is not: restore it from its backup")


def _master_key(path: Path) -> bytes:
    """Read the wrapping key; make it if there is none. The first of several processes wins."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(file, base64.b64encode(os.urandom(KEY)) + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was quicker: its key is the key
        finally:
            draft.unlink()
        _sync_directory(path.parent)
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
