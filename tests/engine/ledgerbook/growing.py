"""A log of plain rows to hash, and the tree over it as RFC 6962 defines it: slow, recursive, written apart
from ours."""

import struct
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from engine.ledgerbook.trail import Setup, Trail
from engine.log import Log, Row

STARTED = 1_700_000_000_000_000


def row(position: int, stream: str = "", version: int = 0, body: bytes = b"") -> Row:
    """Streams of four facts each, one after the other, unless said otherwise."""
    at = position - 1
    return (
        position,
        stream or f"c-{at // 4:04d}",
        version or at % 4 + 1,
        "complaint.progress-noted",
        STARTED + position * 1_000,
        body or b'{"occurred_at":"2026-11-18T01:30:00Z","fact":{"text":"%d"}}' % position,
    )


def record(log: Log, *rows: Row) -> None:
    """Write rows as they are, past every rule."""
    with log.writing() as writing:
        writing.insert(rows)


def fill(log: Log, count: int) -> None:
    first = log.head() + 1
    record(log, *(row(position) for position in range(first, first + count)))


def opened(directory: Path, database: str | None = None, **setup: object) -> tuple[Log, Trail]:
    log = Log.open(database, directory)
    return log, Trail.open(directory, log, Setup(**setup))  # type: ignore[arg-type]


# ------------------------------------------------------------------ the definition


def leaf_hashes(rows: Sequence[Row]) -> list[bytes]:
    """By docs/audit.md, without a look at engine/ledgerbook/leaf.py."""
    found = []
    for position, stream, version, name, at, body in rows:
        fields = [struct.pack(">q", position), stream.encode(), struct.pack(">q", version), name.encode()]
        fields += [struct.pack(">q", at), body]
        data = b"".join(len(each).to_bytes(4, "big") + each for each in fields)
        found.append(sha256(b"\0" + data).digest())
    return found


def power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def mth(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = power_below(len(hashes))
    return sha256(b"\1" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    k = power_below(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def proof(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    return [] if m in (0, len(hashes)) else subproof(m, hashes, True)


def subproof(m: int, hashes: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = power_below(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]
