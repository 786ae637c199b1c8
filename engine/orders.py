"""What is asked of the desk and what it answers; and what is kept of an answer for a retry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.messages import Actor, Recorded, quick
from domain.steps import Step
from engine.errors import KeyReused
from engine.log import AnswerKey, Writing, recorded


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The caller's name for this order, valid for his own orders on one route. `body_hash` tells a retry
    from another order under the same key."""

    actor: str
    route: str
    key: str
    body_hash: str

    def __post_init__(self) -> None:
        if not (self.key.isprintable() and self.route.isprintable() and self.actor.isprintable()):
            raise ValueError("an idempotency key is printable text")

    @property
    def name(self) -> AnswerKey:
        return self.actor, self.route, self.key

    def check(self, body_hash: str) -> None:
        """KeyReused if the key was used with another body."""
        if body_hash != self.body_hash:
            raise KeyReused(self.key)


@quick
@dataclass(frozen=True, slots=True)
class Order:
    """Steps that happen together or not at all. A step sees what the steps before it did."""

    steps: tuple[Step, ...]
    actor: Actor
    occurred_at: datetime | None = None
    """When the actor says it happened; None: now."""
    command_id: str = ""
    caused_by: str = ""
    key: IdempotencyKey | None = None
    dry_run: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an order. `position`: the log's last position when it was carried out, its own facts
    included. `versions`: the version each stream named in the order then had, in the order of the steps.
    `repeated`: it was carried out before under the same key, and this is that answer."""

    position: int
    versions: Mapping[str, int]
    lines: tuple[Recorded, ...]
    repeated: bool = False


# ------------------------------------------------------------------ answers kept for a retry


class _Kept(msgspec.Struct, frozen=True):
    first: int
    last: int
    position: int
    versions: dict[str, int]


def answer_of(receipt: Receipt) -> bytes:
    """What is kept under an idempotency key: where the answer's lines stand, never what they say."""
    positions = [line.position for line in receipt.lines]
    first, last = (positions[0], positions[-1]) if positions else (0, 0)
    return msgspec.json.encode(_Kept(first, last, receipt.position, dict(receipt.versions)))


def receipt_again(answer: bytes, writing: Writing) -> Receipt:
    """The receipt that `answer_of` kept, with its lines as the log has them."""
    kept = msgspec.json.decode(answer, type=_Kept)
    rows = writing.between(kept.first, kept.last) if kept.first else []
    return Receipt(kept.position, kept.versions, tuple(map(recorded, rows)), repeated=True)
