"""The audit trail's own facts: that the store was restored from a backup, and who answers for it.

A restored log is shorter than what was signed before. It is signed again only when this fact says so: it
names the checkpoint that was lost, and stands itself under the next one for everybody to see.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from domain.messages import Envelope, command, fact
from domain.refusals import Refused
from domain.scene import Scene

STREAM = "audit"
LONGEST = 1_000
"""Characters of a reason."""


@fact("audit.store-restored")
class StoreRestored:
    """The store is a backup put back. `size` and `root` (base64) are of the last checkpoint it holds,
    `lost_size` and `lost_root` of the last one signed before; 0 and "" where nobody knows that any more."""

    size: int
    root: str
    lost_size: int
    lost_root: str
    reason: str


@command
class AcceptRestore:
    """Take the store as it is, though more or something else was signed before."""

    size: int
    root: str
    lost_size: int
    lost_root: str
    reason: str


Command = AcceptRestore
Fact = StoreRestored


@dataclass(frozen=True, slots=True)
class State:
    """How often the store was restored, and the last time's lost checkpoint."""

    restored: int = 0
    lost_size: int = 0
    lost_root: str = ""


INITIAL = State()


def decide(command: Command, state: State, scene: Scene) -> tuple[Fact, ...]:
    """Refused `audit.role`, `audit.reason-missing`."""
    match command:
        case AcceptRestore(size, root, lost_size, lost_root, reason):
            if scene.actor.role != "admin":
                raise Refused(
                    "audit.role", "only the administrator accepts a restored store", help="role: admin"
                )
            if not reason.strip() or len(reason) > LONGEST:
                raise Refused(
                    "audit.reason-missing",
                    "whoever puts a backup in place says why",
                    help=f"a reason of at most {LONGEST} characters",
                )
            return (StoreRestored(size, root, lost_size, lost_root, reason.strip()),)
        case _:
            assert_never(command)


def evolve(state: State, fact: Fact, envelope: Envelope) -> State:
    match fact:
        case StoreRestored():
            return replace(
                state,
                restored=state.restored + 1,
                lost_size=fact.lost_size,
                lost_root=fact.lost_root,
            )
        case _:
            assert_never(fact)
