"""A claim that was disputed and ruled on, under a checkpoint that a witness co-signed."""

from engine.ledgerbook.keyfile import WITNESSES
from engine.ledgerbook.notes import COSIGNED, Note, Signer
from tests.api.points.conftest import Desk

WITNESS = Signer("panel.example/witness", COSIGNED, bytes(range(32)))
AT = 1_741_600_000
GROUNDS = "邻居说只帮过一次"


def disputed(desk: Desk) -> str:
    """Filed for three, credited, disputed, and one of the three proven. Everything is signed."""
    desk.until("2025-03-10")
    desk.credited("mediation")
    claim = desk.credited("shopping-for-elder", 3, beneficiary="hh-0007")
    desk.claim(claim, "dispute", {"grounds": GROUNDS}, "dispatcher")
    said = {"witness": "hh-0007", "text": "我只收到一次", "proven_quantity": 1}
    desk.claim(claim, "statement", said, "gridworker")
    minute = {"proven_quantity": 1, "reasons": "三次中能核实一次", "votes": {"panel2": "agree"}}
    desk.claim(claim, "rule", minute)
    trail = desk.engine.trail
    trail.keys.path.parent.joinpath(WITNESSES).write_text(f"{WITNESS.verifier}\n", "utf-8")
    kept = trail.catch_up()
    trail.signing.cosign(kept.size, [WITNESS.sign(Note.read(kept.note).text, AT)])
    return claim
