"""How often a password was wrong: one count for all processes, on both databases, and no name in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.failures import TIDIED, Failures
from engine.log import Log, micros
from engine.vault import Vault

NOW = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
EACH, MOST = timedelta(seconds=30), timedelta(minutes=2)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_failures_add_up_and_are_forgotten(kind: str, tmp_path: Path, request: Any):
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else None
    log, vault = Log.open(url, tmp_path), Vault.open(tmp_path)
    one, other = Failures(log, vault), Failures(log, vault)
    for n, failures in enumerate((one, other, one), 1):
        failures.count("login wangli", NOW, EACH, MOST)
        assert other.over("login wangli", "login zhou") == {"login wangli": micros(NOW + n * EACH)}
    for _ in range(5):
        one.count("login wangli", NOW, EACH, MOST)
    assert one.over("login wangli") == {"login wangli": micros(NOW + MOST)}
    later = NOW + timedelta(hours=1)
    for n in range(TIDIED):
        other.count(f"address {n}", later, EACH, MOST)
    assert one.over("login wangli") == {} and len(log.aside("SELECT id FROM @failures")) == TIDIED
    assert not [id for (id,) in log.aside("SELECT id FROM @failures") if len(id) != 64]
    log.close()
    vault.close()
