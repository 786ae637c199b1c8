"""What the log says is not to be shown any more: fields redacted by hand, people and households erased.

These are facts among millions; an index of their own finds them at once (`INDEX`). The log is never changed:
a redacted value stays behind its seal, and the vault opens what stands in its place; an erased person's key
is destroyed, and destroyed again at every start from what the log says, should the store of keys be an older
one.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from domain.messages import Recorded, Sealed
from engine.accounts import Accounts
from engine.log import Log, recorded
from engine.vault import REDACTION, Vault

ERASED = "person.erased"
ERASURES = (ERASED, "household.erased")
PERSON = "person-"
HOUSEHOLD, CARED = "hh-", "care-"
"""A household, and the stream about looking after it: words written there after somebody of it was erased are
sealed under a key of that stream, which goes with the household's."""
NAMES = f"name IN {(REDACTION, *ERASURES)!r}"
INDEX = f"CREATE INDEX IF NOT EXISTS log_forgotten ON @log (position) WHERE {NAMES}"
FOUND = (
    "SELECT position, stream, version, name, recorded_at, body FROM @log"
    f" WHERE position > ? AND {NAMES} ORDER BY position"
)
LOOK = 0.02
"""Seconds within which another process's redaction is noticed; one's own at once (`look`)."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What stands in the place of a redacted value: nothing, or a text sealed in line `version`."""

    sealed: Sealed | None
    version: int


class Forgetting:
    """Follows the log by itself. Safe to use from several threads."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._after = 0
        self._looked = 0.0
        self._lock = Lock()
        self._instead: dict[tuple[str, int, str], Instead] = {}
        self.erased: dict[str, int] = {}
        """People, and households with what was noted of looking after them (`hh-…`, `care-…`), with the
        position at which they were erased."""

    def instead(self, stream: str, line: int, field: str) -> Instead | None:
        """What is shown in the place of a field; None where it was not redacted."""
        if time.monotonic() - self._looked >= LOOK:
            self.look()
        return self._instead.get((stream, line, field))

    def look(self) -> None:
        """Read what was recorded since the last look. Raises StoreUnavailable."""
        with self._lock:
            for row in self._log.aside(FOUND, (self._after,)):
                self._tell(recorded(row))
                self._after = row[0]
            self._looked = time.monotonic()

    def _tell(self, line: Recorded) -> None:
        fact = line.fact
        if line.fact.NAME in ERASURES:  # type: ignore[attr-defined]
            for subject in subjects_of(line.stream):
                self.erased[subject] = line.position
        else:
            place = (line.stream, fact.line, fact.field)  # type: ignore[attr-defined]
            self._instead[place] = Instead(fact.text, line.version)  # type: ignore[attr-defined]


def subjects_of(stream: str) -> tuple[str, ...]:
    """Whose keys go when the person or the household of the stream is erased. The last is the one itself: a
    key of his that is gone says the rest is done."""
    if stream.startswith(HOUSEHOLD):
        return (CARED + stream.removeprefix(HOUSEHOLD), stream)
    return (stream.removeprefix(PERSON),)


def forget(log: Log, vault: Vault, accounts: Accounts, person: str, streams: Iterable[str]) -> bool:
    """Make everything about a person unreadable: his account and sessions, what is kept for a retry of his
    orders or on his cases, the look-up of his number, his key. In this order, so that a key that is gone says
    the rest is done. Safe to do again. False where his key was gone already."""
    accounts.forget(person)
    log.aside("DELETE FROM @answers WHERE actor = ? RETURNING 1", (person,))
    forget_answers(log, set(streams))
    return vault.destroy_key(person)


def forget_answers(log: Log, streams: set[str]) -> None:
    """Answers kept for a retry name streams and the hash of a body, which may be guessed from a short one."""
    if not streams:
        return
    for actor, route, key, answer in log.aside("SELECT actor, route, key, answer FROM @answers"):
        said = bytes(answer).decode()
        if any(f'"{stream}"' in said for stream in streams):
            log.aside(
                "DELETE FROM @answers WHERE actor = ? AND route = ? AND key = ? RETURNING 1",
                (actor, route, key),
            )


def forget_again(
    forgetting: Forgetting, vault: Vault, finish: Callable[[str], object] | None = None
) -> list[str]:
    """Destroy the keys of everybody the log says was erased and who still has one: after a crash between the
    fact and the destruction, or where an older key store was put back. Returns who."""
    forgetting.look()
    left = sorted(set(forgetting.erased) - vault.destroyed(forgetting.erased))
    for person in left:
        (finish or vault.destroy_key)(person)
    return left
