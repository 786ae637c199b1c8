"""What a witness asks before it goes on with a log that was restored: the log's own fact, signed.

A restored log cannot prove that it grew out of what it showed before, and most often it did not. It can show
that it says so itself, under which entry, and what was lost; whether that is good enough is the panel's
decision, which is written down.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.ledgerbook.checkpoints import Checkpoint, Receipt
from engine.ledgerbook.leaf import LeafMalformed, leaf_row
from engine.ledgerbook.notes import NoteRefused, Verifier, decoded, encoded
from engine.ledgerbook.tree import ProofRefused, leaf_hash

NAME = "audit.store-restored"
RECORD = "restores.jsonl"
"""Beside the last checkpoint: one line for each restore that was accepted, the latest last."""


class NotRestored(Exception):
    """What the log shows is no restore of this log, or another than the one that stands in the way."""


@dataclass(frozen=True, slots=True)
class Restore:
    """What the fact says. `position` is where it stands in the log, `index` in the tree."""

    position: int
    index: int
    recorded_at: int
    fact: dict[str, Any]


def proven(text: str, shown: Checkpoint, last: Checkpoint, keys: list[Verifier]) -> Restore:
    """The answer of `GET /api/v1/audit/restored`, judged: the fact stands in the tree shown, came after what
    the backup held, and names as lost what this witness last saw, or something later. NotRestored."""
    try:
        told = json.loads(text)
        receipt, leaf = Receipt.read(told["receipt"]), decoded(told["leaf"])
        receipt.verify(leaf_hash(leaf), keys)
        held = Checkpoint.read(receipt.note.text)
        position, _, _, name, at, body = leaf_row(leaf)
        fact = dict(json.loads(body)["fact"])
        lost, lost_root, size = int(fact["lost_size"]), str(fact["lost_root"]), int(fact["size"])
    except (ValueError, KeyError, TypeError, NoteRefused, ProofRefused, LeafMalformed) as error:
        raise NotRestored(f"the log proves no restore: {error}") from error
    if name != NAME or held.origin != shown.origin:
        raise NotRestored(f"the entry is {name} of {held.origin}, not {NAME} of {shown.origin}")
    if (held.size, held.root) != (shown.size, shown.root):
        raise NotRestored("the receipt is of another checkpoint than the one shown; look again")
    if lost < last.size or (lost == last.size and lost_root != encoded(last.root)) or size > receipt.index:
        raise NotRestored(
            f"the log says that {lost} entries were lost to a backup of {size}; that does not explain the "
            f"{last.size} entries seen here"
        )
    return Restore(position, receipt.index, at, fact)


def keep(folder: Path, found: Restore, last: Checkpoint, shown: Checkpoint, at: int) -> None:
    """Write down what was accepted, before anything is signed. `at` in seconds since 1970."""
    line = {
        "accepted_at": at,
        "origin": shown.origin,
        "seen": {"size": last.size, "root": encoded(last.root)},
        "now": {"size": shown.size, "root": encoded(shown.root)},
        "position": found.position,
        "index": found.index,
        "fact": found.fact,
    }
    with (folder / RECORD).open("a", encoding="utf-8") as record:
        record.write(json.dumps(line, ensure_ascii=False) + "\n")
