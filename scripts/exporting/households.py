"""The register of households as it stands: who lives where now, in the columns an import takes.

Whoever moved out is not in it. Importing it elsewhere gives the same register; its past stays in the log.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from domain.households.facts import DwellingRegistered, TenancyStarted
from engine.log import Log
from engine.vault import Vault
from projections.case import Kept, moment
from projections.households.register import Household, fold
from projections.rowing import kept
from scripts.exporting.events import ERASED, REDACTED

COLUMNS = (
    "id", "grid", "compound", "address", "people", "kind", "name", "phone", "tenure", "since",
    "registered_at",
)  # fmt: skip
PREFIX = "hh-"


def households(
    log: Log, vault: Vault | None, start: datetime | None, end: datetime | None
) -> Iterator[dict[str, Any]]:
    """Those registered at or after `start` and before `end`, by id.

    Without a vault what is sealed reads REDACTED; with one, what was destroyed reads ERASED.
    """
    for stream in sorted(log.streams_named(PREFIX)):
        found: Household | None = None
        for line in log.stream(stream):
            found = fold(found, line)
        if found is None or found.vacant:
            continue
        registered = moment(found.registered_at)
        if (start is None or registered >= start) and (end is None or registered < end):
            yield _row(log, vault, found, registered)


def _row(log: Log, vault: Vault | None, of: Household, registered: datetime) -> dict[str, Any]:
    address, tenure, since = None, "", ""
    for line in log.stream(of.dwelling) if of.dwelling else ():
        if isinstance(line.fact, DwellingRegistered):
            address = kept(line, line.fact.address, "address")
            break
    for line in log.stream(of.tenancy) if of.tenancy else ():
        if isinstance(line.fact, TenancyStarted):
            tenure, since = line.fact.tenure, line.fact.since.isoformat() if line.fact.since else ""
            break
    return {
        "id": of.id,
        "grid": of.grid,
        "compound": of.compound,
        "address": _opened(vault, address),
        "people": None if of.people < 0 else of.people,
        "kind": of.kind,
        "name": _opened(vault, of.name),
        "phone": _opened(vault, of.phone),
        "tenure": tenure,
        "since": since,
        "registered_at": registered.isoformat().replace("+00:00", "Z"),
    }


def _opened(vault: Vault | None, value: Kept | None) -> str:
    if value is None:
        return ""
    if vault is None:
        return REDACTED
    text = vault.open_kept(value)
    return ERASED if text is None else text
