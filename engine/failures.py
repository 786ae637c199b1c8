"""How often a password was wrong lately, where every serving process sees it.

One number a login and an address: when nothing of its failures will be left. It is found by a keyed HMAC and
holds no name; what is over is thrown away. A count is durable when it is told, and outlives a restart.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.log import Log, micros
from engine.vault import Vault

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS @failures (id TEXT PRIMARY KEY, over_at BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS failures_over ON @failures (over_at)",
)
"""The same words for both databases; `@` stands before a table's name (engine/log.py: `aside`)."""

TIDIED = 50
"""Failures of this process between two looks for what is over."""


class Failures:
    """Safe to use from any thread and process. Every method may raise StoreUnavailable."""

    def __init__(self, log: Log, vault: Vault) -> None:
        self._aside = log.aside
        self._vault = vault
        self._counted = 0

    def over(self, *names: str) -> Mapping[str, int]:
        """When nothing will be left of each name's failures, in microseconds; who has none is not there."""
        ids = {self._id(name): name for name in names}
        asked = ", ".join("?" * len(ids))
        rows = self._aside(f"SELECT id, over_at FROM @failures WHERE id IN ({asked})", tuple(ids))
        return {ids[id]: int(over) for id, over in rows}

    def count(self, name: str, now: datetime, each: timedelta, most: timedelta) -> None:
        """One more, forgotten in `each`; all of them at most `most` from now on."""
        at, later, last = micros(now), micros(now + each), micros(now + most)
        step = later - at
        self._aside(
            "INSERT INTO @failures (id, over_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET over_at ="
            " CASE WHEN failures.over_at <= ? THEN excluded.over_at"
            " WHEN failures.over_at + ? > ? THEN ? ELSE failures.over_at + ? END RETURNING 1",
            (self._id(name), later, at, step, last, last, step),
        )
        self._counted += 1
        if self._counted % TIDIED == 0:
            self._aside("DELETE FROM @failures WHERE over_at <= ? RETURNING 1", (at,))

    def _id(self, name: str) -> str:
        return self._vault.look_up("accounts", f"failed {name}")
