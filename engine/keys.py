"""The key store: one random data key per subject, wrapped, in `keys.db`; the wrapping key in `keys.master`.

Both files are apart from the log, with a backup of their own; with PostgreSQL they are still these two files
in the data directory, and the database never meets a key. Several processes may use them: a key exists on
disk before anybody seals with it, and a destroyed key leaves every process's memory at its next use.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import StoreUnavailable
from engine.master import KEY, KeyStoreUnusable, MasterFile
from engine.nonces import NONCE, nonces
from engine.sqlite_file import into_wal

__all__ = ["FORMAT", "KEY", "NONCE", "KeyStore", "KeyStoreUnusable"]

FORMAT = b"\x01"
"""First byte of everything sealed: the way it was sealed (AES-256-GCM, nonce of 12 bytes, then the text)."""
PATIENCE = 5.0
"""Seconds to wait for other processes' reads and for a change of the master key."""
CACHED = 50_000
"""Unwrapped keys kept in memory per process (about 400 bytes each); the oldest go first."""
PURPOSES = (
    "people", "places", "tracking-codes", "tracking-look-up", "search", "tokens", "accounts", "identities",
)  # fmt: skip

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    subject TEXT PRIMARY KEY, wrapped BLOB, made_at INTEGER NOT NULL, destroyed_at INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS purposes (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (look_up BLOB PRIMARY KEY, person TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS people_by_person ON people (person);
"""


class KeyStore:
    """Keys by subject, secrets by purpose, people by the HMAC of their number. Safe to use from threads."""

    def __init__(self, connection: sqlite3.Connection, master: MasterFile, *, make: bool = True) -> None:
        self._db = connection
        self._file = master
        self._master = AESGCM(master.made())
        self._mark: bytes | None = None
        self._lock = threading.RLock()
        self._keys: dict[str, AESGCM] = {}
        self._seen = self._data_version()
        self.secrets = self._purposes(make)

    @classmethod
    def open(cls, directory: Path, *, make: bool = True, master: Path | None = None) -> Self:
        """Open the key store of a data directory, or make one; `master` is where its master key is, if not
        beside it. KeyStoreUnusable if it is damaged, or if it is missing and none may be made, because there
        are values sealed with its keys."""
        directory.mkdir(parents=True, exist_ok=True)
        store, secret = directory / "keys.db", MasterFile(master or directory / "keys.master")
        there = store.exists() and store.stat().st_size
        if there and not secret.path.exists() and not secret.next.exists():
            raise KeyStoreUnusable(f"{store} is there, but {secret.path} is missing: nothing can be opened")
        if not make and not there:
            raise _lost(store)
        secret.made()  # first of all: another process must never find a store without it
        with suppress(FileExistsError):  # whoever closes a file of SQLite gives up its process's locks on it
            os.close(os.open(store, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(store, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            into_wal(connection)
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
        now = time.time_ns() // 1_000
        with self._lock:
            with self._transaction():
                done = self._db.execute(
                    "UPDATE keys SET wrapped = NULL, destroyed_at = ?"
                    " WHERE subject = ? AND wrapped IS NOT NULL",
                    (now, subject),
                ).rowcount
                # Who never had a key gets none any more.
                self._db.execute(
                    "INSERT INTO keys VALUES (?, NULL, ?, ?) ON CONFLICT DO NOTHING", (subject, now, now)
                )
                self._db.execute("DELETE FROM people WHERE person = ?", (subject,))
            # The old page must not survive in the write-ahead log.
            self._truncate()
            self._keys.pop(subject, None)
            return done == 1

    def knows(self, subject: str) -> bool:
        """Whether it has a key, or had one."""
        with self._lock:
            return bool(list(self._select("SELECT 1 FROM keys WHERE subject IN", [subject])))

    def destroyed(self, subjects: Iterable[str]) -> set[str]:
        """Those of the subjects whose key was destroyed."""
        with self._lock:
            gone = "SELECT subject FROM keys WHERE wrapped IS NULL AND subject IN"
            return {subject for (subject,) in self._select(gone, list(subjects))}

    def count(self) -> tuple[int, int]:
        """How many keys there are, and how many were destroyed."""
        sql = "SELECT count(wrapped), count(*) - count(wrapped) FROM keys"
        with self._lock:
            there, gone = self._db.execute(sql).fetchone()
        return int(there), int(gone)

    def copy(self, file: Path) -> None:
        """A copy of the key store as it stands, under the same master key. Never overwrites."""
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(file)) as target:
            with self._lock:
                self._db.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")

    def _truncate(self) -> None:
        """Empty the write-ahead log; readers of other processes are done in a moment."""
        until = time.monotonic() + PATIENCE
        while self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > until:
                raise StoreUnavailable("the key store is being read without end: try again")
            time.sleep(0.01)

    def _load(self, subjects: list[str]) -> list[str]:
        """Unwrap the keys of `subjects` into memory; returns those that have no row at all."""
        query = "SELECT subject, wrapped FROM keys WHERE subject IN"
        found = dict(self._select(query, subjects))
        try:
            opened = {s: self._unwrap(box, s) for s, box in found.items() if box is not None}
        except KeyStoreUnusable:  # wrapped anew since we looked
            self._settle()
            found = dict(self._select(query, subjects))
            opened = {s: self._unwrap(box, s) for s, box in found.items() if box is not None}
        self._remember({s: AESGCM(key) for s, key in opened.items()})
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
            if self._marked() != self._mark:
                self._settle()

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
            if not make and self._marked() is None:
                raise _lost(Path(self._db.execute("PRAGMA database_list").fetchone()[2]))
            self._db.executemany(
                "INSERT INTO purposes (name, wrapped) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(name, self._wrap(os.urandom(KEY), f"purpose/{name}")) for name in PURPOSES],
            )
            rows = self._db.execute("SELECT name, wrapped FROM purposes").fetchall()
            self._mark = self._marked()
        return {name: self._unwrap(wrapped, f"purpose/{name}") for name, wrapped in rows}

    def _marked(self) -> bytes | None:
        """Something that differs under each master; None in a new store."""
        found = self._db.execute("SELECT wrapped FROM purposes WHERE name = ?", (PURPOSES[0],)).fetchone()
        return None if found is None else bytes(found[0])

    def _settle(self) -> None:
        """Find the master that opens this store, of the two that a change-over leaves for a moment, and put
        it in its place. KeyStoreUnusable if neither does."""
        mark = self._marked()
        for _ in range(3):  # a change-over may fall between two looks at its two files
            for path, key in self._file.candidates():
                master = AESGCM(key)
                if mark is not None and _opens(master, mark):
                    self._master, self._mark = master, mark
                    if path == self._file.next:
                        self._file.take_over()
                    return
            time.sleep(0.02)
            mark = self._marked()
        raise KeyStoreUnusable(f"{self._file.path} is not the master of this keys.db")

    def rotate(self, move: Callable[[int, int | None], None] = lambda done, of: None) -> int:
        """Change the master key: wrap every key and secret anew, in one transaction; no sealed value
        changes. Returns how many. Other processes notice at their next use of a key they do not hold."""
        fresh = os.urandom(KEY)
        with self._lock:
            with self._transaction():
                self._file.draft(fresh)
                done = self._wrap_anew(AESGCM(fresh), move)
            self._settle()
            self._truncate()
        return done

    def _wrap_anew(self, master: AESGCM, move: Callable[[int, int | None], None]) -> int:
        of = self._db.execute("SELECT count(wrapped) FROM keys").fetchone()[0]
        last, done = "", 0
        while part := self._db.execute(
            "SELECT subject, wrapped FROM keys WHERE subject > ? AND wrapped IS NOT NULL"
            " ORDER BY subject LIMIT 2000",
            (last,),
        ).fetchall():
            anew = [(self._wrap(self._unwrap(box, s), s, master), s) for s, box in part]
            self._db.executemany("UPDATE keys SET wrapped = ? WHERE subject = ?", anew)
            last, done = part[-1][0], done + len(part)
            move(done, of)
        purposes = self._db.execute("SELECT name, wrapped FROM purposes").fetchall()
        for name, box in purposes:
            secret = self._unwrap(box, f"purpose/{name}")
            wrapped = self._wrap(secret, f"purpose/{name}", master)
            self._db.execute("UPDATE purposes SET wrapped = ? WHERE name = ?", (wrapped, name))
        return done + len(purposes)

    def _wrap(self, key: bytes, name: str, master: AESGCM | None = None) -> bytes:
        nonce = nonces.draw()
        return FORMAT + nonce + (master or self._master).encrypt(nonce, key, f"key|{name}".encode())

    def _unwrap(self, wrapped: bytes, name: str) -> bytes:
        try:
            return self._master.decrypt(wrapped[1 : 1 + NONCE], wrapped[1 + NONCE :], f"key|{name}".encode())
        except InvalidTag as error:
            raise KeyStoreUnusable("keys.master is not the master of this keys.db") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            if self._marked() != self._mark:
                self._settle()  # nothing is wrapped under a master that was changed
            if self._file.next.exists():
                self._file.drop_draft()  # nobody is changing it now: a change-over died before its commit
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise StoreUnavailable(f"the key store: {error}") from error
            raise


def _opens(master: AESGCM, mark: bytes) -> bool:
    try:
        master.decrypt(mark[1 : 1 + NONCE], mark[1 + NONCE :], f"key|purpose/{PURPOSES[0]}".encode())
    except InvalidTag:
        return False
    return True


def _lost(store: Path) -> KeyStoreUnusable:
    return KeyStoreUnusable(f"{store} is missing or empty, but the log is not: restore it from its backup")
