"""Who may try to sign in, and who is signed in: the one part of the store that is changed and forgotten.

Three tables beside the log: accounts (a login, a person, a hash), sessions of browsers, and whose an
account of an outside issuer is. None of it is history. A login is sealed under its person's key and found
by a keyed HMAC, a session is kept as the SHA-256 of its cookie: whoever reads the tables learns no name and
takes no session.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.messages import Sealed, clear
from engine.log import Log, micros, moment
from engine.terms import normal
from engine.vault import Vault

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS @accounts (
        look_up TEXT PRIMARY KEY, person TEXT NOT NULL UNIQUE, login TEXT NOT NULL, hash TEXT NOT NULL,
        changed_at BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS @sessions (
        id TEXT PRIMARY KEY, person TEXT NOT NULL, role TEXT NOT NULL, scope TEXT NOT NULL,
        began_at BIGINT NOT NULL, made_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS sessions_person ON @sessions (person)",
    """CREATE TABLE IF NOT EXISTS @identities (
        issuer TEXT NOT NULL, look_up TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (issuer, look_up))""",
    "CREATE INDEX IF NOT EXISTS identities_person ON @identities (person)",
)
"""The same words for both databases; `@` stands before a table's name (engine/log.py: `aside`)."""

LOGIN = 64
"""Longest login, in characters."""


class LoginTaken(ValueError):
    """Another person has this login."""


class BadLogin(ValueError):
    """A login is 1 to 64 visible characters without spaces."""


@dataclass(frozen=True, slots=True)
class Account:
    """`hash` is "" for one who has no password. `login` is "" where its person was erased."""

    person: str
    login: str
    hash: str


@dataclass(frozen=True, slots=True)
class Session:
    """`began_at` is when he signed in, `made_at` when this cookie was given (a change of role gives another),
    `seen_at` when he was last heard of, to the minute."""

    id: str
    person: str
    role: str
    scope: str
    began_at: datetime
    made_at: datetime
    seen_at: datetime


def session_id(cookie: str) -> str:
    """What the store keeps of a session's cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


class Accounts:
    """Safe to use from any thread and process. Every method may raise StoreUnavailable."""

    def __init__(self, log: Log, vault: Vault) -> None:
        self._aside = log.aside
        self._vault = vault

    # ------------------------------------------------------------------ accounts

    def find(self, login: str) -> Account | None:
        """The account of a login, however it is spelled (width, case)."""
        rows = self._aside(
            "SELECT person, login, hash FROM @accounts WHERE look_up = ?", (self._look_up(login),)
        )
        return self._account(rows[0]) if rows else None

    def of(self, person: str) -> Account | None:
        rows = self._aside("SELECT person, login, hash FROM @accounts WHERE person = ?", (person,))
        return self._account(rows[0]) if rows else None

    def all(self) -> Iterator[Account]:
        for row in self._aside("SELECT person, login, hash FROM @accounts ORDER BY person"):
            yield self._account(row)

    def keep(self, person: str, login: str, hash: str, at: datetime) -> None:
        """Give the person this login and this hash, in place of what he had. LoginTaken, BadLogin."""
        spelled = self.must_be_free(login, person)
        home = _home(person)
        box = self._vault.seal(clear(person, spelled), stream=home, version=0, name="account", field="login")  # type: ignore[arg-type]
        self._aside(
            "INSERT INTO @accounts (look_up, person, login, hash, changed_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (person) DO UPDATE SET look_up = excluded.look_up, login = excluded.login,"
            " hash = excluded.hash, changed_at = excluded.changed_at RETURNING 1",
            (self._look_up(spelled), person, box.box, hash, micros(at)),
        )

    def must_be_free(self, login: str, person: str = "") -> str:
        """The login as it is kept. BadLogin; LoginTaken if it is somebody's other than `person`."""
        spelled = login.strip()
        if not (0 < len(spelled) <= LOGIN and spelled.isprintable() and not any(map(str.isspace, spelled))):
            raise BadLogin(login)
        held = self.find(spelled)
        if held is not None and held.person != person:
            raise LoginTaken(spelled)
        return spelled

    def set_hash(self, person: str, hash: str, at: datetime) -> bool:
        """A new password; False for one who has no account."""
        sql = "UPDATE @accounts SET hash = ?, changed_at = ? WHERE person = ? RETURNING 1"
        return bool(self._aside(sql, (hash, micros(at), person)))

    def forget(self, person: str) -> None:
        """Everything about an erased person: his account, sessions and outside identities."""
        for table in ("accounts", "sessions", "identities"):
            self._aside(f"DELETE FROM @{table} WHERE person = ? RETURNING 1", (person,))

    def _account(self, row: tuple[Any, ...]) -> Account:
        person, box, hash = row
        login = self._vault.open_sealed(
            Sealed(person, box), stream=_home(person), version=0, name="account", field="login"
        )
        return Account(person, login or "", hash)

    def _look_up(self, login: str) -> str:
        return self._vault.look_up("accounts", normal(login.strip()))

    # ------------------------------------------------------------------ sessions

    def begin(self, cookie: str, person: str, role: str, scope: str, began: datetime, now: datetime) -> None:
        """Keep a session. `began` is when he signed in, earlier than `now` where he changes his role."""
        made = (session_id(cookie), person, role, scope, micros(began), micros(now), micros(now))
        self._aside("INSERT INTO @sessions VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING 1", made)

    def session(self, cookie: str) -> Session | None:
        sql = "SELECT id, person, role, scope, began_at, made_at, seen_at FROM @sessions WHERE id = ?"
        rows = self._aside(sql, (session_id(cookie),))
        if not rows:
            return None
        id, person, role, scope, began, made, seen = rows[0]
        return Session(id, person, role, scope, moment(began), moment(made), moment(seen))

    def seen(self, id: str, now: datetime) -> None:
        self._aside("UPDATE @sessions SET seen_at = ? WHERE id = ? RETURNING 1", (micros(now), id))

    def end(self, id: str) -> None:
        self._aside("DELETE FROM @sessions WHERE id = ? RETURNING 1", (id,))

    def end_all(self, person: str) -> None:
        self._aside("DELETE FROM @sessions WHERE person = ? RETURNING 1", (person,))

    def forget_sessions(self, before: datetime, idle: datetime) -> None:
        """Those that began before a moment, or were not heard of since another."""
        sql = "DELETE FROM @sessions WHERE began_at < ? OR seen_at < ? RETURNING 1"
        self._aside(sql, (micros(before), micros(idle)))

    # ------------------------------------------------------------------ identities of outside issuers

    def subject_key(self, issuer: str, subject: str) -> str:
        """What the log keeps of an issuer's name for somebody."""
        return self._vault.look_up("identities", f"{len(issuer)}:{issuer}{subject}")

    def link(self, issuer: str, key: str, person: str) -> None:
        """`key`: `subject_key`. Whose it was before does not keep it."""
        self._aside(
            "INSERT INTO @identities VALUES (?, ?, ?)"
            " ON CONFLICT (issuer, look_up) DO UPDATE SET person = excluded.person RETURNING 1",
            (issuer, key, person),
        )

    def linked(self, issuer: str, key: str) -> str | None:
        rows = self._aside("SELECT person FROM @identities WHERE issuer = ? AND look_up = ?", (issuer, key))
        return rows[0][0] if rows else None


def _home(person: str) -> str:
    return f"account-{person}"
