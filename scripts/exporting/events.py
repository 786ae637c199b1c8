"""Every fact of the log, as it was stored, with its position; sealed values opened or named as redacted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from domain.messages import Sealed
from engine.log import Log, Row, moment
from engine.vault import Vault

COLUMNS = (
    "position",
    "stream",
    "version",
    "name",
    "occurred_at",
    "recorded_at",
    "actor",
    "command_id",
    "caused_by",
    "fact",
)
PAGE = 2_000
REDACTED = "[redacted]"
ERASED = "[erased]"
SEALED = {"subject", "box"}


def events(
    log: Log, vault: Vault | None, start: datetime | None, end: datetime | None
) -> Iterator[dict[str, Any]]:
    """Facts that occurred at or after `start` and before `end`, in the order of the log.

    Without a vault every sealed value reads REDACTED; with one, those whose key was destroyed read ERASED.
    """
    after, head = 0, log.head()
    while page := log.rows(after, PAGE, until=head):
        bodies = [orjson.loads(row[5]) for row in page]
        if vault is not None:
            vault.load_keys({subject for body in bodies for subject in _subjects(body["fact"])})
        for row, body in zip(page, bodies, strict=True):
            occurred_at = datetime.fromisoformat(body["occurred_at"])
            if (start is None or occurred_at >= start) and (end is None or occurred_at < end):
                yield _event(row, body, vault)
        after = page[-1][0]


def _event(row: Row, body: dict[str, Any], vault: Vault | None) -> dict[str, Any]:
    position, stream, version, name, recorded_at, _ = row

    def opened(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if value.keys() == SEALED:
                return _opened(value, path)
            return {key: opened(item, f"{path}.{key}" if path else key) for key, item in value.items()}
        if isinstance(value, list):
            return [opened(item, f"{path}.{n}") for n, item in enumerate(value)]
        return value

    def _opened(value: dict[str, str], path: str) -> str:
        if vault is None:
            return REDACTED
        sealed = Sealed(value["subject"], value["box"])
        text = vault.open_sealed(sealed, stream=stream, version=version, name=name, field=path)
        return ERASED if text is None else text

    return {
        "position": position,
        "stream": stream,
        "version": version,
        "name": name,
        "occurred_at": body["occurred_at"],
        "recorded_at": moment(recorded_at).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": body["actor"],
        "command_id": body["command_id"],
        "caused_by": body["caused_by"],
        "fact": opened(body["fact"], ""),
    }


def _subjects(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.keys() == SEALED:
            yield value["subject"]
        else:
            for item in value.values():
                yield from _subjects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _subjects(item)
