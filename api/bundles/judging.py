"""What a proof pack is worth, found without a store and without network: the rules of `page/verify.js`, told
once more. A test holds the two to one verdict.

The sentences are the engine's telling and proven by nothing; every other word of `events.json` must be what
the hashed bytes say.
"""

import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from engine.ledgerbook.checkpoints import Checkpoint, Receipt
from engine.ledgerbook.leaf import LeafMalformed, leaf_row
from engine.ledgerbook.notes import SIGNED, Note, NoteRefused, Verifier, decoded, encoded, signers_of
from engine.ledgerbook.tree import ProofRefused, leaf_hash, verify_consistency, verify_inclusion

FORMAT = "huisheng/proof-pack@v1"
EVENTS, CHECKPOINT, KEY, PAGE, README = "events.json", "checkpoint.txt", "key.txt", "index.html", "README.txt"
LARGEST = 2_000_000
"""Bytes of a whole pack."""
HIGHEST = 2**53 - 1
"""The largest number that every reader of JSON keeps."""
ABOUT = ("kind", "id", "month")
SUBJECTS = ("claim", "account", "complaint", "figure")
"""What a pack is of, where that is one stream of the log."""
PUBLISHED = "figure.published"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Files = Mapping[str, bytes]

CODES: Mapping[str, tuple[str, str]] = {
    "zip": ("不是存证包，或者压缩包坏了", "this is no proof pack, or the zip is damaged"),
    "events": ("events.json 读不出来", "events.json cannot be read"),
    "files": ("包里少了文件，或者多了文件", "a file is missing from the pack, or one too many is in it"),
    "key": ("key.txt 里不是公钥", "key.txt does not hold keys"),
    "key-unused": ("有一把公钥没有签过这个检查点", "a key of key.txt did not sign this checkpoint"),
    "other-key": ("包里的公钥不是您手里的那一把", "the key of the pack is not the one you hold"),
    "note": ("检查点的格式不对", "the checkpoint is malformed"),
    "checkpoint": ("检查点的内容不对", "the checkpoint does not say what it must"),
    "signature": ("检查点的签名不对", "a signature of the checkpoint is wrong"),
    "base64": ("编码不对", "the encoding is wrong"),
    "leaf": ("原始字节不成一条记录", "the bytes are no entry"),
    "copy": (
        "events.json 里抄写的和原始字节不一样",
        "events.json says something else than the entry's bytes",
    ),
    "receipt": ("收据不对，或者不在这个检查点下", "the receipt is malformed, or of another checkpoint"),
    "proof": ("这条记录不在签过的树里", "this entry is not in the signed tree"),
    "order": ("记录的先后不对", "the entries are out of order"),
    "contents": ("少了记录，或者和清单不符", "an entry is missing, or the list of contents is wrong"),
    "grown": (
        "公布时的检查点没有长成现在的检查点",
        "the checkpoint that the figure names did not grow into this one",
    ),
    "page": ("index.html 里的内容和文件不一样", "index.html carries something else than the files"),
}
"""Why a pack does not hold, in Chinese and English."""


class PackRefused(Exception):
    """`code` is one of CODES; `event` the number of the first bad entry, 0 for the pack itself."""

    def __init__(self, code: str, event: int = 0, detail: str = "") -> None:
        super().__init__(f"{CODES[code][1]}{detail and f' ({detail})'}")
        self.code = code
        self.event = event


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as its bytes say it."""

    n: int
    index: int
    position: int
    stream: str
    version: int
    name: str
    recorded_at: str
    occurred_at: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A pack that holds. `about` is what the pack says it is; `signers` the names under the checkpoint that a
    key of the pack stands for."""

    about: Mapping[str, Any]
    checkpoint: Checkpoint
    signers: tuple[str, ...]
    keys: tuple[str, ...]
    entries: tuple[Entry, ...]


def receipt_name(n: int) -> str:
    return f"receipts/{n:03d}.tlog-proof"


def moment(micros: int) -> str:
    """A moment with all its microseconds, in UTC."""
    at = EPOCH + timedelta(microseconds=micros)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}Z"


def unzipped(path: Any) -> dict[str, bytes]:
    """The members of a pack (a path or an open file). PackRefused for anything else."""
    try:
        with ZipFile(path) as found:
            members = found.infolist()
            sizes = sum(member.file_size for member in members)
            stored = all(member.compress_type == ZIP_STORED for member in members)
            if not stored or sizes > LARGEST or len({member.filename for member in members}) < len(members):
                raise PackRefused("zip")
            return {member.filename: found.read(member) for member in members}
    except (BadZipFile, OSError, ValueError, EOFError) as error:
        raise PackRefused("zip", detail=str(error)) from error


def judge(files: Files, key: str = "") -> Judged:
    """PackRefused where anything does not hold. `key`: the verifier key one has from elsewhere."""
    pack = told_in(files)
    events = pack["events"]
    names = {EVENTS, CHECKPOINT, KEY, *map(receipt_name, range(1, len(events) + 1))}
    if not names <= set(files) <= names | {PAGE, README}:
        raise PackRefused("files", detail=", ".join(sorted(set(files) ^ names)[:3]))
    keys = keys_of(text(files[KEY], "key"))
    if key and key.strip() not in map(str, keys):
        raise PackRefused("other-key")
    note = text(files[CHECKPOINT], "note")
    head, signers = signed(note, keys)
    if (pack.get("origin"), pack.get("size")) != (head.origin, head.size):
        raise PackRefused("checkpoint")
    found: list[Entry] = []
    for n, told in enumerate(events, 1):
        receipt = text(files[receipt_name(n)], "receipt", n)
        entry = proven(n, told, receipt, note, head)
        if found and not (found[-1].index < entry.index and found[-1].position < entry.position):
            raise PackRefused("order", n)
        found.append(entry)
    about = pack.get("about")
    listed(pack.get("streams"), found)
    if not isinstance(about, dict) or not all(isinstance(about.get(word), str) for word in ABOUT):
        raise PackRefused("events")
    if about["kind"] in SUBJECTS and about["id"] not in {entry.stream for entry in found}:
        raise PackRefused("contents")
    if about["kind"] == "figure":
        grew(pack, about["id"], head)
    return Judged(about, head, signers, tuple(map(str, keys)), tuple(found))


def text(data: bytes, code: str, event: int = 0) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise PackRefused(code, event) from error


def told_in(files: Files) -> dict[str, Any]:
    try:
        pack = json.loads(text(files[EVENTS], "events"))
    except (KeyError, ValueError, RecursionError) as error:
        raise PackRefused("events") from error
    fits = isinstance(pack, dict) and pack.get("format") == FORMAT and isinstance(pack.get("events"), list)
    if not fits or not pack["events"]:
        raise PackRefused("events")
    return dict(pack)


def keys_of(lines: str) -> list[Verifier]:
    found = lines.removesuffix("\n").split("\n")
    try:
        keys = [Verifier.read(line) for line in found]
    except NoteRefused as error:
        raise PackRefused("key", detail=str(error)) from error
    if [*map(str, keys)] != found or len(set(found)) < len(found):
        raise PackRefused("key")
    return keys


def signed(note: str, keys: Sequence[Verifier]) -> tuple[Checkpoint, tuple[str, ...]]:
    """What the checkpoint says, every key of the pack having signed it, one of them the log's own."""
    try:
        found = Note.read(note)
        head = Checkpoint.read(found.text)
    except NoteRefused as error:
        raise PackRefused("note", detail=str(error)) from error
    try:
        by = signers_of(found, keys)
    except NoteRefused as error:
        raise PackRefused("signature", detail=str(error)) from error
    if set(by) != set(keys):
        raise PackRefused("key-unused")
    if not any(key.kind == SIGNED and key.name == head.origin for key in keys):
        raise PackRefused("signature")
    return head, tuple(key.name for key in by)


def proven(n: int, told: Any, receipt: str, note: str, head: Checkpoint) -> Entry:
    """The entry as its bytes say it, proven to stand under the checkpoint, and told no other way."""
    try:
        leaf = decoded(told["leaf"])
        position, stream, version, name, recorded_at, body = leaf_row(leaf)
        occurred_at = json.loads(body)["occurred_at"]
        at = moment(recorded_at)
    except (binascii.Error, KeyError, TypeError, ValueError, OverflowError, LeafMalformed) as error:
        raise PackRefused("leaf", n) from error
    if not isinstance(occurred_at, str) or max(abs(position), abs(version)) > HIGHEST:
        raise PackRefused("leaf", n)
    hashed = leaf_hash(leaf)
    try:
        held = Receipt.read(receipt)
    except NoteRefused as error:
        raise PackRefused("receipt", n, str(error)) from error
    if held.extra or not receipt.endswith(f"\n\n{note}") or str(held.note) != note:
        raise PackRefused("receipt", n)
    entry = Entry(n, held.index, position, stream, version, name, at, occurred_at)
    plain = {word: getattr(entry, word) for word in COPIED} | {"leaf_hash": encoded(hashed)}
    if any(told.get(word) != value for word, value in plain.items()):
        raise PackRefused("copy", n)
    try:
        verify_inclusion(hashed, held.index, head.size, held.path, head.root)
    except ProofRefused as error:
        raise PackRefused("proof", n, str(error)) from error
    return entry


COPIED = ("index", "position", "stream", "version", "name", "recorded_at", "occurred_at")


def grew(pack: Mapping[str, Any], figure: str, head: Checkpoint) -> None:
    """Whether the figure stands last, over entries it could know, and the checkpoint it names grew into the
    pack's."""
    *others, last = pack["events"]
    fact = json.loads(leaf_row(decoded(last["leaf"]))[5]).get("fact")
    if last["stream"] != figure or last["name"] != PUBLISHED or not isinstance(fact, dict):
        raise PackRefused("contents")
    known = fact.get("known_at")
    if type(known) is not int or any(other["position"] > known for other in others):
        raise PackRefused("contents")
    grown: Any = pack.get("grown")
    try:
        if (grown["size"], grown["root"]) != (fact["size"], fact["root"]) or type(grown["size"]) is not int:
            raise PackRefused("grown")
        path = [decoded(step) for step in grown["path"]]
        verify_consistency(grown["size"], head.size, path, decoded(grown["root"]), head.root)
    except (KeyError, TypeError, ValueError, ProofRefused) as error:
        raise PackRefused("grown", detail=str(error)) from error


def listed(told: Any, entries: Sequence[Entry]) -> None:
    """Whether the list of contents is what is there, and what is called unbroken has no gap."""
    found: dict[str, list[int]] = {}
    for entry in entries:
        found.setdefault(entry.stream, []).append(entry.version)
    try:
        listed = {each["stream"]: (each["versions"], each["run"]) for each in told}
        whole = len(told) == len(listed) and {name: each[0] for name, each in listed.items()} == found
    except (TypeError, KeyError) as error:
        raise PackRefused("contents") from error
    if not whole or any(gaps(versions, run) for versions, run in listed.values()):
        raise PackRefused("contents")


def gaps(versions: Sequence[int], run: str) -> bool:
    if run not in ("first", "unbroken", "chosen"):
        return True
    if run == "chosen":
        return False
    first = 1 if run == "first" else versions[0]
    return list(versions) != list(range(first, first + len(versions)))
