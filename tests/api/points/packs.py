"""Proof packs that were tampered with, one way each, for the verifiers to refuse."""

import base64
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from api.bundles.judging import receipt_name
from engine.ledgerbook.notes import SIGNED, Signer, encoded
from engine.ledgerbook.tree import leaf_hash

Files = dict[str, bytes]
Change = Callable[[Random, Files], None]

STRANGER = Signer("huisheng/000000000000", SIGNED, bytes(32))


def told(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["events.json"])
    return found


def put(files: Files, pack: dict[str, Any]) -> None:
    files["events.json"] = json.dumps(pack, ensure_ascii=False).encode()


def some(chance: Random, files: Files) -> int:
    return chance.randrange(len(told(files)["events"]))


def flipped(chance: Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def leaf(chance: Random, files: Files) -> None:
    """A bit of the hashed bytes, with the hash beside it made to fit."""
    pack = told(files)
    event = chance.choice(pack["events"])
    changed = flipped(chance, base64.b64decode(event["leaf"]))
    event |= {"leaf": encoded(changed), "leaf_hash": encoded(leaf_hash(changed))}
    put(files, pack)


def word(chance: Random, files: Files) -> None:
    """What is copied out of the bytes says something else."""
    pack = told(files)
    event = chance.choice(pack["events"])
    name = chance.choice(
        ["index", "position", "stream", "version", "name", "recorded_at", "occurred_at", "leaf_hash"]
    )
    event[name] = event[name] + 1 if isinstance(event[name], int) else event[name][:-1] + "#"
    put(files, pack)


def receipt(chance: Random, files: Files) -> None:
    name = receipt_name(some(chance, files) + 1)
    files[name] = flipped(chance, files[name])


def checkpoint(chance: Random, files: Files) -> None:
    files["checkpoint.txt"] = flipped(chance, files["checkpoint.txt"])


def checkpoint_everywhere(chance: Random, files: Files) -> None:
    """Altered in the receipts too, so that only the signature tells."""
    before = files["checkpoint.txt"]
    changed = flipped(chance, before)
    for name in files:
        files[name] = files[name].replace(before, changed)


def key(chance: Random, files: Files) -> None:
    files["key.txt"] = flipped(chance, files["key.txt"])


def strange_key(chance: Random, files: Files) -> None:
    added = f"{STRANGER.verifier}\n".encode()
    files["key.txt"] = chance.choice([added, files["key.txt"] + added])


def swapped(chance: Random, files: Files) -> None:
    """Two entries change places: with or without their receipts."""
    pack = told(files)
    events = pack["events"]
    a = chance.randrange(len(events) - 1)
    events[a], events[a + 1] = events[a + 1], events[a]
    put(files, pack)
    if chance.random() < 0.5:
        one, other = receipt_name(a + 1), receipt_name(a + 2)
        files[one], files[other] = files[other], files[one]


def dropped(chance: Random, files: Files) -> None:
    """An entry is taken out, its receipt with it."""
    pack = told(files)
    at = some(chance, files)
    del pack["events"][at]
    put(files, pack)
    for n in range(at + 1, len(pack["events"]) + 1):
        files[receipt_name(n)] = files[receipt_name(n + 1)]
    del files[receipt_name(len(pack["events"]) + 1)]


def dropped_and_relisted(chance: Random, files: Files) -> None:
    """The first entry of a story told from the first on: its list of contents says so too."""
    pack = told(files)
    stream = next(each for each in pack["streams"] if each["run"] == "first")
    at = next(n for n, event in enumerate(pack["events"]) if event["stream"] == stream["stream"])
    del pack["events"][at]
    stream["versions"] = stream["versions"][1:]
    put(files, pack)
    for n in range(at + 1, len(pack["events"]) + 1):
        files[receipt_name(n)] = files[receipt_name(n + 1)]
    del files[receipt_name(len(pack["events"]) + 1)]


def doubled(chance: Random, files: Files) -> None:
    pack = told(files)
    at = some(chance, files)
    pack["events"].append(pack["events"][at])
    put(files, pack)
    files[receipt_name(len(pack["events"]))] = files[receipt_name(at + 1)]


def borrowed(chance: Random, files: Files) -> None:
    """The receipt of another entry."""
    pack = told(files)
    a, b = chance.sample(range(1, len(pack["events"]) + 1), 2)
    files[receipt_name(a)] = files[receipt_name(b)]


def missing(chance: Random, files: Files) -> None:
    needed = [name for name in files if name not in ("index.html", "README.txt")]
    del files[chance.choice(needed)]


def added(chance: Random, files: Files) -> None:
    files[chance.choice(["receipts/999.tlog-proof", "more.txt", "receipts/../x"])] = b"x"


def listing(chance: Random, files: Files) -> None:
    pack = told(files)
    stream = chance.choice(pack["streams"])
    if chance.random() < 0.5:
        stream["versions"] = [*stream["versions"], stream["versions"][-1] + 1]
    else:
        stream["run"] = "all"
    put(files, pack)


def heading(chance: Random, files: Files) -> None:
    pack = told(files)
    name = chance.choice(["origin", "size", "format"])
    pack[name] = pack[name] + 1 if isinstance(pack[name], int) else pack[name] + "x"
    put(files, pack)


def another_subject(chance: Random, files: Files) -> None:
    pack = told(files)
    pack["about"]["id"] = "clm-somebody-else"
    put(files, pack)


def broken(chance: Random, files: Files) -> None:
    name = chance.choice(["events.json", "checkpoint.txt", "key.txt"])
    data = files[name]
    # A list of keys that ends after its first one is a whole list: the ledger's own key judges the pack.
    files[name] = data[: chance.randrange(data.index(b"\n") if name == "key.txt" else len(data) // 2)]


CHANGES: tuple[Change, ...] = (
    leaf, word, receipt, checkpoint, checkpoint_everywhere, key, strange_key, swapped, dropped,
    dropped_and_relisted, doubled, borrowed, missing, added, listing, heading, another_subject, broken,
)  # fmt: skip


def tampered(files: Files, many: int, seed: int = 7) -> Iterator[tuple[str, Files]]:
    """`many` of each kind, with its name."""
    chance = Random(seed)
    for change in CHANGES:
        for _ in range(many):
            copy = dict(files)
            change(chance, copy)
            assert copy != files, change.__name__
            yield change.__name__, copy
