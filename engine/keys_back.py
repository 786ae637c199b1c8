"""Putting a key store back from its backup: looked through first, and never over a key that opens.

Where the store of keys is still a database, what it lacks or can no longer open comes out of the backup, and
everything else stays as it is: a key made since, and a key destroyed since. Where it is none any more it is
moved aside and the backup takes its place.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import StoreUnavailable
from engine.keys import NONCE, KeyStore, KeyStoreUnusable
from engine.master import MasterFile

Rows = dict[str, bytes | None]


class BadKeyBackup(ValueError):
    """The file is no backup of a key store, is torn, or belongs to another master key."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """`keys` came back, of `held` in the backup; `aside` is where an unusable store was moved, if it was."""

    keys: int
    held: int
    aside: Path | None


def put_back(directory: Path, file: Path, *, master: Path | None = None) -> PutBack:
    """Put the keys of a backup (`huisheng keys backup`) back into a store. BadKeyBackup, and nothing changed,
    for a file that does not hold together under the master key; StoreUnavailable where it cannot be written.
    """
    secret = MasterFile(master or directory / "keys.master")
    store = directory / "keys.db"
    draft = directory / f".keys.{secrets.token_hex(8)}"
    draft.mkdir(mode=0o700)
    try:
        keys, purposes = _looked_through(file, draft, secret)
        held = sum(box is not None for box in keys.values())
        if _sound(store):
            return PutBack(_filled(store, secret, keys, purposes, draft / store.name), held, None)
        aside = _moved_aside(store)
        os.replace(draft / store.name, store)
        _synced(directory)
        return PutBack(held, held, aside)
    except OSError as error:
        raise StoreUnavailable(f"{error.filename or directory}: {error.strerror}") from error
    finally:
        for left in sorted(draft.iterdir()):
            left.unlink()
        draft.rmdir()


def _looked_through(file: Path, draft: Path, secret: MasterFile) -> tuple[Rows, Rows]:
    """The keys and the secrets of the backup, each of them opened; `draft` holds a whole copy then."""
    copy = draft / "keys.db"
    try:
        with closing(_read_only(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            if target.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise BadKeyBackup("is damaged")
        KeyStore.open(draft, make=False, master=secret.path).close()
        keys, purposes = _rows(copy, "keys", "subject"), _rows(copy, "purposes", "name")
    except KeyStoreUnusable as error:
        raise BadKeyBackup(f"is no key store of this master key: {error}") from error
    except sqlite3.Error as error:
        raise BadKeyBackup(f"is no key store: {error}") from error
    opens = _opener(secret)
    for name, box in [*keys.items(), *((f"purpose/{name}", box) for name, box in purposes.items())]:
        if box is not None and not opens(name, box):
            raise BadKeyBackup(f"holds a key of {name} that this master key does not open")
    return keys, purposes


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _sound(store: Path) -> bool:
    """Whether it is a whole database with the tables of a key store."""
    if not store.exists():
        return False
    try:
        with closing(sqlite3.connect(store, timeout=30)) as db:
            for table in ("keys", "purposes", "people"):
                db.execute(f"SELECT count(*) FROM {table}").fetchone()
            return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise StoreUnavailable(f"{store}: {error}") from error
        return False


def _filled(store: Path, secret: MasterFile, keys: Rows, purposes: Rows, copy: Path) -> int:
    """Put in what the store lacks or can no longer open, in one transaction. Returns how many."""
    opens, done = _opener(secret), 0
    with closing(sqlite3.connect(store, timeout=30, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA secure_delete=ON")
        db.execute("ATTACH DATABASE ? AS backup", (str(copy),))
        db.execute("BEGIN IMMEDIATE")
        for table, key, wanted, prefix in (
            ("keys", "subject", keys, ""),
            ("purposes", "name", purposes, "purpose/"),
        ):
            there = dict(db.execute(f"SELECT {key}, wrapped FROM main.{table}").fetchall())
            for name, box in wanted.items():
                held = there.get(name)
                if name in there and (held is None or opens(prefix + name, held)):
                    continue  # as it is, or destroyed
                db.execute(
                    f"INSERT OR REPLACE INTO main.{table} SELECT * FROM backup.{table} WHERE {key} = ?",
                    (name,),
                )
                done += box is not None
        db.execute("INSERT OR IGNORE INTO main.people SELECT * FROM backup.people")
        db.execute(
            "DELETE FROM main.people WHERE person IN (SELECT subject FROM main.keys WHERE wrapped IS NULL)"
        )
        db.execute("COMMIT")
    return done


def _opener(secret: MasterFile) -> Callable[[str, bytes], bool]:
    masters = [AESGCM(key) for _, key in secret.candidates()]

    def opens(name: str, box: bytes) -> bool:
        for master in masters:
            try:
                master.decrypt(box[1 : 1 + NONCE], box[1 + NONCE :], f"key|{name}".encode())
            except (InvalidTag, ValueError):
                continue
            return True
        return False

    return opens


def _rows(store: Path, table: str, key: str) -> Rows:
    with closing(sqlite3.connect(store)) as db:
        return dict(db.execute(f"SELECT {key}, wrapped FROM {table}").fetchall())


def _moved_aside(store: Path) -> Path | None:
    """Where the unusable store lies now, with its write-ahead log; None where there was none."""
    aside = None
    if store.exists():
        aside = store.with_name(f"{store.name}.unusable-{secrets.token_hex(4)}")
        os.replace(store, aside)
    for end in ("-wal", "-shm"):
        beside = store.with_name(store.name + end)
        if beside.exists() and aside is not None:
            os.replace(beside, aside.with_name(aside.name + end))
        else:
            beside.unlink(missing_ok=True)
    return aside


def _synced(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
