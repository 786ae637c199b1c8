"""`huisheng backup` and `restore`: the embedded store as one file, taken while everything runs.

The log is copied first, then the keys, then the evidence: a key and a photo are on disk before the log names
them, so a copy in this order never misses one. Views and the search index are not kept; they follow again.
Whoever has the file can read everything in it.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from engine.errors import StoreDamaged, StoreUnavailable
from engine.keys import KeyStore, KeyStoreUnusable

FORMAT = 1
CONTENTS = "huisheng.json"
DATABASES = ("log.db", "keys.db")
MASTER = "keys.master"
BLOBS = "blobs"
AUDIT_KEY = "audit.key"
"""Without its mark: that a store was restored is a fact to be signed (scripts/restoring.py)."""

Move = Callable[[int, int | None], None]


class BadBackup(ValueError):
    """The file is no backup of ours, or not a whole one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds: the log up to `position`, and how many pieces of evidence."""

    position: int
    evidence: int
    made_at: str


def backup(data: Path, file: Path, move: Move = lambda done, of: None, *, master: Path | None = None) -> Kept:
    """Write the store in `data` to `file`, readable by its owner only. Never overwrites (FileExistsError).
    `master` is where its master key stands, if not in `data`.

    Raises StoreUnavailable where there is no store, StoreDamaged where the copy does not hold together.
    """
    if not (data / "log.db").exists():
        raise StoreUnavailable(f"{data} holds no store")
    draft = file.with_name(file.name + ".part")
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(handle)
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".huisheng-") as folder:
            copies = [_copied(data / name, Path(folder) / name) for name in DATABASES]
            key = _master_of(copies[1], master or data / MASTER, data / DATABASES[1])
            evidence = sorted(path for path in (data / BLOBS).rglob("*") if _is_evidence(path, data))
            kept = Kept(_position(copies[0]), len(evidence), datetime.now(UTC).isoformat(timespec="seconds"))
            files = [(path.name, path) for path in copies] + [(MASTER, key)]
            files += [(AUDIT_KEY, data / AUDIT_KEY)] if (data / AUDIT_KEY).exists() else []
            files += [(path.relative_to(data).as_posix(), path) for path in evidence]
            os.close(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            _pack(draft, kept, files, move)
        os.replace(draft, file)
    except BaseException:
        draft.unlink(missing_ok=True)
        file.unlink(missing_ok=True)
        raise
    return kept


def _copied(source: Path, target: Path) -> Path:
    """A copy of a database as it stood at one moment, whatever is being written meanwhile."""
    try:
        live = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        with closing(live), closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=4096)
            copy.execute("PRAGMA journal_mode=DELETE")
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise StoreDamaged(f"{source} is damaged")
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{source}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{source} is damaged: {error}") from error
    return target


def _master_of(copy: Path, master: Path, live: Path) -> Path:
    """A copy of the master key that opens the copy of the key store; both are taken again where the master
    was changed meanwhile. KeyStoreUnusable if none does."""
    kept = copy.with_name(MASTER)
    for attempt in range(3):
        shutil.copyfile(master, kept)
        trial = copy.with_name(f"trial-{attempt}")
        trial.mkdir()
        shutil.copyfile(copy, trial / copy.name)
        try:
            KeyStore.open(trial, make=False, master=kept).close()
            return kept
        except KeyStoreUnusable:
            copy.unlink()
            _copied(live, copy)
    raise KeyStoreUnusable(f"{master} is not the master of {live}")


def _position(log: Path) -> int:
    with closing(sqlite3.connect(log)) as copy:
        (found,) = copy.execute("SELECT coalesce(max(position), 0) FROM log").fetchone()
    return int(found)


def _is_evidence(path: Path, data: Path) -> bool:
    return path.is_file() and "drafts" not in path.relative_to(data).parts


def _pack(target: Path, kept: Kept, files: list[tuple[str, Path]], move: Move) -> None:
    with tarfile.open(target, "w:gz", compresslevel=3, format=tarfile.PAX_FORMAT) as pack:
        hashes = {name: _hash(path) for name, path in files}
        head = {
            "format": FORMAT,
            "made_at": kept.made_at,
            "position": kept.position,
            "evidence": kept.evidence,
            "sha256": hashes,
        }
        _add(pack, CONTENTS, json.dumps(head).encode())
        for done, (name, path) in enumerate(files):
            move(done, len(files))
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as source:
                pack.addfile(entry, source)


def _add(pack: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    pack.addfile(entry, io.BytesIO(content))


def _hash(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def restore(
    file: Path, data: Path, move: Move = lambda done, of: None, *, master: Path | None = None
) -> Kept:
    """Make the store of a backup in `data`, which must not hold one (FileExistsError). `master` is where its
    master key is to stand, if not in `data`. BadBackup if the file is torn, altered or something else;
    nothing is left behind then."""
    if data.exists() and any(data.iterdir()):
        raise FileExistsError(f"{data} is not empty: a restore never overwrites a store")
    if master is not None and master.exists():
        raise FileExistsError(f"{master} exists: a restore never overwrites a master key")
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data.parent, prefix=".huisheng-") as folder:
        fresh = Path(folder) / "store"
        fresh.mkdir(mode=0o700)
        kept = _unpack(file, fresh, move)
        if master is not None:
            shutil.move(fresh / MASTER, master)
        if data.exists():
            data.rmdir()
        os.replace(fresh, data)
    return kept


def _unpack(file: Path, target: Path, move: Move) -> Kept:
    try:
        with tarfile.open(file, "r:gz") as pack:
            members = iter(pack)
            head = _contents(pack, next(members, None))
            hashes: dict[str, str] = dict(head["sha256"])
            missing = set(hashes)
            for done, (name, source) in enumerate(_files(pack, members, missing)):
                move(done, len(hashes))
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("wb") as written:
                    shutil.copyfileobj(source, written, 1 << 20)
                place.chmod(0o600)
                if _hash(place) != hashes[name]:
                    raise BadBackup(f"{name} is not what was backed up")
                missing.discard(name)
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, BadBackup):
            raise
        raise BadBackup(f"is not a whole backup: {error}") from error
    if missing:
        raise BadBackup(f"lacks {min(missing)}")
    return Kept(int(head["position"]), int(head["evidence"]), str(head["made_at"]))


def _contents(pack: tarfile.TarFile, first: tarfile.TarInfo | None) -> dict[str, Any]:
    source = pack.extractfile(first) if first is not None and first.name == CONTENTS else None
    head = json.loads(source.read()) if source is not None else None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BadBackup("is not a backup of this kind")
    return head


def _files(
    pack: tarfile.TarFile, members: Iterator[tarfile.TarInfo], expected: set[str]
) -> Iterator[tuple[str, IO[bytes]]]:
    for member in members:
        parts = PurePosixPath(member.name).parts
        source = pack.extractfile(member) if member.isfile() else None
        if source is None or ".." in parts or member.name not in expected:
            raise BadBackup(f"holds {member.name!r}, which is no part of a backup")
        yield member.name, source
