"""Accounts, sessions and outside identities: kept beside the log, and forgotten without a trace of a name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.accounts import Account, Accounts, LoginTaken
from engine.log import Log
from engine.vault import Vault

NOW = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def accounts(request: Any, tmp_path: Path) -> Iterator[Accounts]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    log, vault = Log.open(url, tmp_path), Vault.open(tmp_path)
    yield Accounts(log, vault)
    log.close()
    vault.close()


def test_a_login_is_one_persons_and_may_change(accounts: Accounts):
    accounts.keep("p-1", "WangLi", "h1", NOW)
    assert accounts.find("wangli") == accounts.of("p-1") == Account("p-1", "WangLi", "h1")
    with pytest.raises(LoginTaken):
        accounts.keep("p-2", "WANGLI", "h2", NOW)
    accounts.keep("p-1", "wang.li", "h3", NOW)
    assert accounts.find("WangLi") is None and [each.login for each in accounts.all()] == ["wang.li"]
    assert accounts.set_hash("p-1", "h4", NOW) and not accounts.set_hash("p-2", "h4", NOW)
    assert accounts.of("p-1") == Account("p-1", "wang.li", "h4")


def test_a_session_is_known_by_its_cookie_until_it_ends(accounts: Accounts):
    accounts.begin("cookie", "p-1", "panel", "demo", NOW - HOUR, NOW)
    session = accounts.session("cookie")
    assert session is not None and "cookie" not in session.id
    assert (session.person, session.began_at, session.made_at, session.seen_at) == (
        "p-1",
        NOW - HOUR,
        NOW,
        NOW,
    )
    accounts.seen(session.id, NOW + HOUR)
    seen = accounts.session("cookie")
    assert seen is not None and seen.seen_at == NOW + HOUR
    accounts.end(session.id)
    assert accounts.session("cookie") is None
    for n in range(3):
        accounts.begin(f"c{n}", "p-1", "panel", "demo", NOW + n * HOUR, NOW + n * HOUR)
    accounts.forget_sessions(NOW + HOUR, NOW + HOUR)
    assert [accounts.session(f"c{n}") is None for n in range(3)] == [True, False, False]
    accounts.end_all("p-1")
    assert accounts.session("c2") is None


def test_whoever_is_forgotten_leaves_nothing(accounts: Accounts):
    key = accounts.subject_key("https://id.example", "42")
    assert key != accounts.subject_key("https://id.example4", "2")
    accounts.keep("p-1", "wangli", "h", NOW)
    accounts.begin("cookie", "p-1", "panel", "demo", NOW, NOW)
    accounts.link("https://id.example", key, "p-1")
    assert accounts.linked("https://id.example", key) == "p-1"
    accounts.forget("p-1")
    assert accounts.find("wangli") is None and accounts.session("cookie") is None
    assert accounts.linked("https://id.example", key) is None
