"""What the audit trail says of itself: the last signed checkpoint, and whether anybody should look."""

from datetime import UTC, datetime
from typing import Any

from api.audit import listed
from api.pages.frame import Page

LATEST = "/api/v1/audit/checkpoints/latest"


def last_signed(page: Page) -> dict[str, Any] | None:
    """Size, root and date of the last checkpoint, and who co-signed it. None before the first."""
    kept = page.engine.trail.book.last()
    if kept is None:
        return None
    return listed(kept) | {
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
