"""Taking a restored store into use: a fact says so and is signed, or nothing is signed any more."""

from domain.audit import STREAM, AcceptRestore
from domain.messages import Actor
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from engine.ledgerbook.book import Kept
from engine.ledgerbook.checking import check
from engine.ledgerbook.checkpoints import Checkpoint
from engine.ledgerbook.notes import Note, encoded
from engine.ledgerbook.signing import SigningRefused

OPERATOR = Actor("operator", "admin")
OF_A_RESTORE = {"audit.unmarked", "audit.rolled-back", "audit.rewritten"}
"""Why a restored store is not signed; anything else is damage, which nobody can accept."""


def accept(engine: Engine, reason: str) -> Kept | None:
    """Record that the store was restored, and sign it. None where nothing stands in the way of signing.

    SigningRefused where the rows are not those the store's own checkpoints were signed over; Refused without
    a reason.
    """
    trail = engine.trail
    trail.follower.catch_up()
    try:
        trail.checkpoint()
    except SigningRefused as refused:
        if refused.code not in OF_A_RESTORE:
            raise
    else:
        return None
    marked = trail.keys.mark()
    for found in check(trail.log, trail.book, trail.keys).findings:
        if found.code not in OF_A_RESTORE:
            raise SigningRefused(found.code, found.message, found.position)
    last = trail.book.last()
    lost = None if marked is None else Checkpoint.read(Note.read(marked).text)
    command = AcceptRestore(
        0 if last is None else last.size,
        "" if last is None else encoded(last.root),
        0 if lost is None else lost.size,
        "" if lost is None else encoded(lost.root),
        reason,
    )
    engine.desk.do(Order((Step("audit", STREAM, command),), OPERATOR))
    return trail.catch_up()
