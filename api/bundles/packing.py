"""Makes a proof pack of any entries of the log. The same entries under the same checkpoint give the same
bytes."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import orjson

from api.bundles.contents import Contents, Tell
from api.bundles.judging import (
    CHECKPOINT,
    EVENTS,
    FORMAT,
    KEY,
    LARGEST,
    PAGE,
    README,
    moment,
    receipt_name,
)
from api.bundles.paper import README_TEXT, page_of
from api.problems import Problem
from engine.engine import Engine
from engine.ledgerbook.checkpoints import Checkpoint, Receipt
from engine.ledgerbook.leaf import leaf_bytes
from engine.ledgerbook.notes import Note, Verifier, encoded, signers_of
from engine.ledgerbook.tree import leaf_hash
from engine.log import Row

MOST = 400
"""Entries of one pack: with its page it stays below 2 MB."""
DATED = (1980, 1, 1, 0, 0, 0)
"""No member of the zip says when it was made: what is true stands in the checkpoint."""


def pack_of_lines(engine: Engine, contents: Contents, tell: Tell, *, size: int | None = None) -> bytes:
    """The pack of these entries, proven under the checkpoint of a size (default: the last one).

    Raises NotYetSigned while an entry is too new for it, NoSuchEntry, ValueError as `Trail.receipt`; problem
    422 for more entries than one pack holds.
    """
    lines = sorted(contents.lines, key=lambda line: line.position)
    if len(lines) > MOST:
        raise Problem(422, "audit.bundle-too-large", most=MOST, found=len(lines))
    receipts = engine.trail.receipts([line.position for line in lines], size)
    if not receipts:
        raise Problem(404, "audit.bundle-empty")
    rows = rows_at(engine, [(line.stream, line.position) for line in lines])
    note = receipts[0].note
    head = Checkpoint.read(note.text)
    entries = [
        entry(n, row, receipt, tell(line), edge=line.position in contents.edges)
        for n, (line, row, receipt) in enumerate(zip(lines, rows, receipts, strict=True), 1)
    ]
    told = {
        "format": FORMAT,
        "about": {
            "kind": contents.kind, "id": contents.id, "month": contents.month, "title": dict(contents.title),
        },
        "origin": head.origin,
        "size": head.size,
        "time_zone": str(engine.desk.stage().organisation.zone),
        "streams": streams(entries, contents.runs),
        "events": entries,
    }  # fmt: skip
    if contents.grown is not None:
        old, root = contents.grown
        path = engine.trail.consistency(old, head.size)
        told["grown"] = {"size": old, "root": root, "path": [encoded(step) for step in path]}
    files = {
        EVENTS: json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n",
        CHECKPOINT: str(note).encode(),
        KEY: "".join(f"{key}\n" for key in keys_under(engine, note)).encode(),
    }
    files |= {receipt_name(n): str(each).encode() for n, each in enumerate(receipts, 1)}
    packed = zipped(files | {PAGE: page_of(files), README: README_TEXT.encode()})
    if len(packed) > LARGEST:
        raise Problem(422, "audit.bundle-too-large", most=MOST, found=len(lines))
    return packed


def rows_at(engine: Engine, places: Sequence[tuple[str, int]]) -> list[Row]:
    """The stored rows, in the order asked: one question a stream where it gives several."""
    wanted: dict[str, list[int]] = {}
    for stream, position in places:
        wanted.setdefault(stream, []).append(position)
    found: dict[int, Row] = {}
    for stream, positions in wanted.items():
        if len(positions) == 1:
            rows = engine.log.rows(positions[0] - 1, 1, positions[0])
        else:
            rows = engine.log.stream_rows(stream, until=positions[-1])
        found |= {row[0]: row for row in rows}
    return [found[position] for _, position in places]


def entry(n: int, row: Row, receipt: Receipt, sentence: Mapping[str, str], *, edge: bool) -> dict[str, Any]:
    position, stream, version, name, recorded_at, body = row
    leaf = leaf_bytes(row)
    return {
        "n": n,
        "index": receipt.index,
        "position": position,
        "stream": stream,
        "version": version,
        "name": name,
        "recorded_at": moment(recorded_at),
        "occurred_at": orjson.loads(body)["occurred_at"],
        "edge": edge,
        "sentence": dict(sentence),
        "leaf_hash": encoded(leaf_hash(leaf)),
        "leaf": encoded(leaf),
        "receipt": receipt_name(n),
    }


def streams(entries: Sequence[Mapping[str, Any]], runs: Mapping[str, str]) -> list[dict[str, Any]]:
    found: dict[str, list[int]] = {}
    for each in entries:
        found.setdefault(each["stream"], []).append(each["version"])
    return [
        {"stream": stream, "run": runs.get(stream, "chosen"), "versions": versions}
        for stream, versions in found.items()
    ]


def keys_under(engine: Engine, note: Note) -> Sequence[Verifier]:
    """The keys that signed it: the log's, and those of the witnesses it knows."""
    return signers_of(note, (*engine.trail.verifiers(), *engine.trail.keys.witnesses()))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Stored as they are: a page can read them back without a library, and no compressor's version shows."""
    found = BytesIO()
    with ZipFile(found, "w", ZIP_STORED) as archive:
        for name in sorted(files):
            member = ZipInfo(name, DATED)
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            archive.writestr(member, files[name])
    return found.getvalue()
