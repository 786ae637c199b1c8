"""What was done to the store as a whole: the operator's deeds, which the panel may read. One stream.

They are recorded by the verbs that do them, when they are done; none is refused but for the role.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from domain.messages import Envelope, command, fact
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene

STREAM = "administration"
OPERATORS = frozenset({"admin", "engine"})

# ------------------------------------------------------------------ facts


@fact("administration.keys-rotated")
class KeysRotated:
    """A new master key wraps `keys` keys and secrets; no sealed value changed."""

    keys: int


@fact("administration.backed-up")
class BackedUp:
    """`what`: store, keys. `position`: the log's last then."""

    what: str
    position: int


@fact("administration.restored")
class Restored:
    """The store was made of a backup taken at `made_at`, whose log ended at `position`."""

    made_at: str
    position: int


@fact("administration.keys-restored")
class KeysRestored:
    """`keys` came back from a backup of the key store; of `missing` people and cases none is there still."""

    keys: int
    missing: int


@fact("administration.exported")
class Exported:
    """`redacted`: nothing sealed was opened. Without bounds: everything."""

    what: str
    rows: int
    redacted: bool
    from_at: datetime | None
    to_at: datetime | None


@fact("administration.views-rebuilt")
class ViewsRebuilt:
    """Views made anew from `events` facts were put live."""

    projections: tuple[str, ...]
    events: int


Fact = KeysRotated | BackedUp | Restored | KeysRestored | Exported | ViewsRebuilt

# ------------------------------------------------------------------ commands


@command
class NoteRotation:
    keys: int


@command
class NoteBackup:
    what: str
    position: int


@command
class NoteRestore:
    made_at: str
    position: int


@command
class NoteKeysRestored:
    keys: int
    missing: int


@command
class NoteExport:
    what: str
    rows: int
    redacted: bool
    from_at: datetime | None = None
    to_at: datetime | None = None


@command
class NoteRebuild:
    projections: tuple[str, ...]
    events: int


Command = NoteRotation | NoteBackup | NoteRestore | NoteKeysRestored | NoteExport | NoteRebuild


@dataclass(frozen=True, slots=True)
class Administration:
    """When the keys were last kept somewhere else (with the store, or by themselves), and last changed."""

    keys_kept_at: datetime | None = None
    keys_rotated_at: datetime | None = None


State = Administration
INITIAL = Administration()


def decide(command: Command, state: Administration, scene: "Scene") -> tuple[Fact, ...]:
    if scene.actor.role not in OPERATORS:
        raise Refused(
            "actor.role",
            "only who runs the store says so",
            help="role: admin",
            command=type(command).__name__,
            role=scene.actor.role,
            roles=("admin",),
        )
    match command:
        case NoteRotation(keys):
            return (KeysRotated(keys),)
        case NoteBackup(what, position):
            return (BackedUp(what, position),)
        case NoteRestore(made_at, position):
            return (Restored(made_at, position),)
        case NoteKeysRestored(keys, missing):
            return (KeysRestored(keys, missing),)
        case NoteExport(what, rows, redacted, from_at, to_at):
            return (Exported(what, rows, redacted, from_at, to_at),)
        case NoteRebuild(projections, events):
            return (ViewsRebuilt(projections, events),)
        case _:
            assert_never(command)


def evolve(state: Administration, fact: Fact, envelope: Envelope) -> Administration:
    match fact:
        case KeysRotated():
            return replace(state, keys_rotated_at=envelope.occurred_at)
        case BackedUp():
            return replace(state, keys_kept_at=envelope.occurred_at)
        case Restored() | KeysRestored() | Exported() | ViewsRebuilt():
            return state
        case _:
            assert_never(fact)
