"""The people of a set-up file: who is entered, who may act where, who holds which post, which bodies sit.

What would change is said without a name or a number: a terminal is often a file. Nobody loses a right because
a line is missing: such a grant or post is only pointed out, unless the operator says `--revoke`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain import organisation
from domain.messages import Recorded, Sealed, clear
from domain.organisation import (
    ROLES,
    FormBody,
    Grant,
    HeldGrant,
    LeavePost,
    Member,
    Organisation,
    RevokeGrant,
    TakePost,
)
from domain.people import Enrol, Enrolled, stream_of
from domain.rule_books import BadContent
from domain.rule_books.content import Table
from domain.steps import Step
from engine.accounts import Accounts
from engine.desk import Desk
from engine.ids import derived_id
from engine.vault import Vault

REASON = "huisheng init"
TAKEN_BACK = "!"
_KEY = re.compile(r"[\w.-]{1,60}")


@dataclass(frozen=True, slots=True)
class GrantWanted:
    """`until` is its last day; None for one that stands until it is revoked."""

    role: str
    scope: str
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class PersonWanted:
    """`key` is what the file calls him for ever: his id is made from it. `posts` are (post, place)."""

    key: str
    name: str
    phone: str
    home: str
    login: str
    grants: tuple[GrantWanted, ...]
    posts: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        return person_id(self.key)


def person_id(key: str) -> str:
    """The id of the person a set-up file calls so: the same in every run."""
    return derived_id("p", "setup", key)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not yet as asked: `sign` is `+` (new), `~` (other than now) or `!` (taken back)."""

    sign: str
    text: str
    step: Step


@dataclass(frozen=True, slots=True)
class Remark:
    """What the operator should know, and what nothing is done about."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Login:
    """An account to keep beside the log: its password is set by `huisheng users passwd`."""

    sign: str
    text: str
    person: str
    login: str


# ------------------------------------------------------------------ reading


def read_people(table: Table) -> tuple[PersonWanted, ...]:
    """BadContent if a key or a login stands twice, or a field is wrong."""
    found: list[PersonWanted] = []
    for entry in table.tables("people") if table.has("people") else ():
        person = _person(entry)
        if any(person.key == other.key for other in found):
            raise BadContent(entry.at("key"), f"{person.key!r} is used twice")
        if person.login and any(person.login == other.login for other in found):
            raise BadContent(entry.at("login"), f"{person.login!r} is used twice")
        found.append(person)
    return tuple(found)


def _person(table: Table) -> PersonWanted:
    key = table.text("key")
    if _KEY.fullmatch(key) is None:
        raise BadContent(table.at("key"), f"is {key!r}, but a key is letters, digits, _ . and -")
    phone = table.text("phone", default="")
    if phone and sum(map(str.isdigit, phone)) < 3:
        raise BadContent(table.at("phone"), "is no telephone number")
    person = PersonWanted(
        key=key,
        name=table.text("name"),
        phone=phone,
        home=table.text("home", default=""),
        login=table.text("login", default=""),
        grants=tuple(map(_grant, table.tables("grants"))) if table.has("grants") else (),
        posts=tuple(map(_post, table.tables("posts"))) if table.has("posts") else (),
    )
    table.done()
    return person


def _grant(table: Table) -> GrantWanted:
    role = table.text("role", among=ROLES)
    scope = table.text("scope", default="")
    if not scope and role != "admin":
        raise BadContent(table.at("scope"), "is missing: only an admin has the whole deployment")
    grant = GrantWanted(role, scope, table.day("until"), table.text("reason", default=REASON))
    table.done()
    return grant


def _post(table: Table) -> tuple[str, str]:
    post = table.text("post"), table.text("place")
    table.done()
    return post


def read_bodies(table: Table, people: tuple[PersonWanted, ...]) -> tuple[FormBody, ...]:
    """BadContent for a member who is none of the file's people."""
    keys = {person.key for person in people}
    return tuple(_body(entry, keys) for entry in table.tables("bodies")) if table.has("bodies") else ()


def _body(table: Table, keys: set[str]) -> FormBody:
    members = []
    for entry in table.tables("members"):
        role, key = entry.text("role"), entry.text("person")
        if key not in keys:
            raise BadContent(entry.at("person"), f"{key!r} is the key of nobody in this file")
        entry.done()
        members.append(Member(role, person_id(key)))
    body = FormBody(
        table.text("id"), table.text("name"), table.text("place"), table.text("template"), tuple(members)
    )
    table.done()
    return body


# ------------------------------------------------------------------ what is not yet so


@dataclass(frozen=True, slots=True)
class Register:
    """The people of a store, as far as a set-up file asks for them. `now` is the engine's."""

    desk: Desk
    vault: Vault
    accounts: Accounts

    def entry(self, person: str) -> tuple[str, str, str] | None:
        """Name, number and home as last entered; None for one who was not."""
        for line in reversed(self.desk.log.stream(stream_of(person))):
            if isinstance(line.fact, Enrolled):
                name = self._opened(line.fact.name, line, "name")
                return name, self._opened(line.fact.phone, line, "phone"), line.fact.home
        return None

    def _opened(self, value: Sealed | None, line: Recorded, field: str) -> str:
        if value is None:
            return ""
        found = self.vault.open_sealed(
            value, stream=line.stream, version=line.version, name="person.enrolled", field=field
        )
        return found or ""


Told = Change | Remark | Login
Found = Iterator[Told]


def missing_people(
    people: tuple[PersonWanted, ...],
    bodies: tuple[FormBody, ...],
    register: Register,
    state: Organisation,
    *,
    revoke: bool,
) -> tuple[Told, ...]:
    """What must still be recorded for the people, in the order it can be: what is taken back comes last, so
    that a new administrator is there before the old one goes."""
    told = tuple(_missing(people, bodies, register, state, revoke))
    last = tuple(each for each in told if isinstance(each, Change) and each.sign == TAKEN_BACK)
    return (*(each for each in told if each not in last), *last)


def _missing(
    people: tuple[PersonWanted, ...],
    bodies: tuple[FormBody, ...],
    register: Register,
    state: Organisation,
    revoke: bool,
) -> Found:
    now = register.desk.clock()
    for person in people:
        if register.desk.state("person", stream_of(person.id))[0].erased:
            yield Remark("!", f"person {person.key} was erased; the entry does nothing any more")
            continue
        yield from _entry(person, register)
        yield from _grants(person, state, now, revoke)
        yield from _posts(person, state, revoke)
        yield from _login(person, register.accounts)
    for body in bodies:
        yield from _body_changes(body, state)


def _entry(person: PersonWanted, register: Register) -> Found:
    wanted = (person.name, person.phone, person.home)
    known = register.entry(person.id)
    if known == wanted:
        return
    text = f"person {person.key} ({person.id})"
    if known is not None:
        pairs = zip(("name", "phone", "home"), known, wanted, strict=True)
        text = f"person {person.key}: " + ", ".join(
            field for field, before, after in pairs if before != after
        )
    phone = clear(person.id, person.phone) if person.phone else None
    enrol = Enrol(clear(person.id, person.name), phone, person.home)
    yield Change("~" if known else "+", text, Step("person", stream_of(person.id), enrol))


def _grants(person: PersonWanted, state: Organisation, now: datetime, revoke: bool) -> Found:
    """A grant that must become shorter is taken back first, and given anew."""
    standing = [held for held in state.all_grants_of(person.id) if not held.ended(now)]
    wanted = {(grant.role, grant.scope, _end(grant.until, state)): grant for grant in person.grants}
    rest = []
    for held in standing:
        same = (held.role, held.scope, held.until_at)
        if same in wanted:
            rest.append(held)
            continue
        text = f"grant {held.id} of {person.key}: {_said(*same, state)}"
        again = any(same[:2] == asked[:2] for asked in wanted)
        yield _not_wanted(text, RevokeGrant(held.id, REASON), revoke, "~" if again else TAKEN_BACK)
        if not revoke:
            rest.append(held)
    for (role, scope, until), grant in wanted.items():
        if not any(_covers(held, grant, until) for held in rest):
            asked = Grant(person.id, role, scope, grant.reason, None, until)
            step = Step("organisation", organisation.STREAM, asked)
            yield Change("+", f"grant to {person.key}: {_said(role, scope, until, state)}", step)


def _covers(held: HeldGrant, grant: GrantWanted, until: datetime | None) -> bool:
    longer = held.until_at is None or (until is not None and until <= held.until_at)
    return (held.role, held.scope) == (grant.role, grant.scope) and longer


def _end(until: date | None, state: Organisation) -> datetime | None:
    """The end of its last local day."""
    if until is None:
        return None
    return datetime.combine(until + timedelta(days=1), time.min, state.zone).astimezone(UTC)


def _said(role: str, scope: str, until: datetime | None, state: Organisation) -> str:
    last = "" if until is None else f" until {state.local_date(until - timedelta(seconds=1))}"
    return f"{role} of {scope or 'the whole deployment'}{last}"


def _posts(person: PersonWanted, state: Organisation, revoke: bool) -> Found:
    held = [tenure for tenure in state.tenures_of(person.id) if tenure.left_at is None]
    for tenure in held:
        if (tenure.post, tenure.place) not in person.posts:
            text = f"post {tenure.id} of {person.key}: {tenure.post} of {tenure.place}"
            yield _not_wanted(text, LeavePost(tenure.id, REASON), revoke)
    for post, place in person.posts:
        if not any((tenure.post, tenure.place) == (post, place) for tenure in held):
            step = Step("organisation", organisation.STREAM, TakePost(person.id, post, place))
            yield Change("+", f"post of {person.key}: {post} of {place}", step)


def _not_wanted(text: str, command: Any, revoke: bool, sign: str = TAKEN_BACK) -> Change | Remark:
    if revoke:
        return Change(sign, f"{text}: taken back", Step("organisation", organisation.STREAM, command))
    return Remark(TAKEN_BACK, f"{text}: not in the file; --revoke takes it back")


def _login(person: PersonWanted, accounts: Accounts) -> Found:
    if not person.login:
        return
    account = accounts.of(person.id)
    if account is None:
        yield Login("+", f"login of {person.key}", person.id, person.login)
    elif account.login != person.login:
        yield Login("~", f"login of {person.key}", person.id, person.login)


def _body_changes(body: FormBody, state: Organisation) -> Found:
    known, unit = state.bodies.get(body.unit), state.units.get(body.unit)
    step = Step("organisation", organisation.STREAM, body)
    if known is None:
        text = f"body {body.unit}: {body.name} ({body.template}, {len(body.members)} members)"
        yield Change("+", text, step)
        return
    before: Mapping[str, Any] = {
        "name": unit.name if unit else "", "place": known.place, "template": known.template,
        "members": known.members,
    }  # fmt: skip
    fields = [name for name, value in before.items() if getattr(body, name) != value]
    if fields:
        yield Change("~", f"body {body.unit}: {', '.join(fields)}", step)
