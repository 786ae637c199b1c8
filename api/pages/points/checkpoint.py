"""What the audit trail says of itself: the last signed checkpoint, and whether anybody should look."""

from datetime import UTC, datetime
from typing import Any

from api.audit import listed
from api.pages.frame import Page
from engine.ledgerbook.notes import Note

LATEST = "/api/v1/audit/checkpoints/latest"


def last_signed(page: Page) -> dict[str, Any] | None:
    """Size, root and date of the last checkpoint, who co-signed it, and `short`: the note with the engine's
    own signature, which fits a QR code on paper. None before the first."""
    kept = page.engine.trail.book.last()
    if kept is None:
        return None
    note = Note.read(kept.note)
    origin = note.text.partition("\n")[0]
    short = Note(note.text, tuple(line for line in note.signatures if line.name == origin))
    return listed(kept) | {
        "short": str(short),
        "when": page.facing.when(datetime.fromtimestamp(kept.made_at / 1e6, UTC)),
        "latest": LATEST,
    }


def health(page: Page) -> dict[str, Any]:
    """`ok`, why nothing is signed where it is so, and how far the signed part goes."""
    told = page.engine.trail.health()
    return {
        "ok": told["refused"] is None, "refused": told["refused"], "signed": told["signed"],
        "size": told["size"], "waiting": max(0, told["size"] - told["signed"]),
    }  # fmt: skip
