"""`huisheng users` and `huisheng token`: who may sign in, by whoever may write the store's files."""

import secrets
import sys
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from api.problems import Problem, document
from api.signing_in.choosing import must_be_good
from api.signing_in.passwords import Passwords
from api.signing_in.standing import Standing
from api.signing_in.tokens import Tokens
from domain.messages import Actor, clear
from domain.organisation import STREAM, Grant, RevokeGrant
from domain.people import Bar, Enrol, LinkIdentity, Person, Readmit, SetPassword, stream_of
from domain.steps import Step
from engine.accounts import Account, BadLogin, LoginTaken
from engine.desk import Order
from engine.engine import Engine
from scripts.moments import last
from scripts.opening import existing
from scripts.setting_up import OPERATOR
from scripts.terminal import (
    DEFAULT_DATA,
    INPUT,
    USAGE,
    As,
    Data,
    Database,
    Format,
    fail,
    say,
    show_one,
    show_rows,
)

users = typer.Typer(help="Who may sign in, and as what.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="His login, or his id.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password, one line, from stdin.")]
Role = Annotated[
    str, typer.Option("--role", help="gridworker, dispatcher, unit, street, panel, analyst or admin.")
]
Scope = Annotated[str, typer.Option("--scope", help='A path of the grid tree, or a unit; "" is everything.')]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the log.")]

ADD = """\
A password is printed once, unless it is read from stdin. Without --role he acts as a resident at his --home.

Examples:

\b
  huisheng users add wangli --role gridworker --scope demo/north/sl/grid-01 --name 王丽 --phone 13800000001
  huisheng users add zhao --home demo/north/sl/grid-02 --password-stdin <password.txt
"""
TOKEN = """\
The operator of the store's files needs no password. Examples:

\b
  huisheng token dispatcher
  curl -H "Authorization: Bearer $(huisheng token admin --hours 8)" http://127.0.0.1:8000/api/v1/me
"""


def example(words: str) -> str:
    return f"Example:\n\n\b\n  huisheng users {words}\n"


def add_to(app: typer.Typer) -> None:
    users.command("add", epilog=ADD)(add)
    users.command("list", epilog=example("list --format json"))(listed)
    users.command("bar", epilog=example('bar wangli --reason "she moved away"'))(bar)
    users.command("readmit", epilog=example("readmit wangli"))(readmit)
    users.command("passwd", epilog=example("passwd wangli --password-stdin <password.txt"))(passwd)
    users.command("grant", epilog=example("grant wangli --role panel --scope demo/north --until 2027-06-30"))(
        grant
    )
    users.command("revoke", epilog=example("revoke wangli --role panel --scope demo/north"))(revoke)
    users.command("link", epilog=example("link wangli --issuer https://id.example --subject 42"))(link)
    app.add_typer(users, name="users")
    app.command(epilog=TOKEN)(token)


# ------------------------------------------------------------------ what they share


def found(engine: Engine, name: str) -> Account:
    """The account of a login or an id; ends with exit code 3 where there is none."""
    account = engine.accounts.find(name) or engine.accounts.of(name)
    if account is None:
        fail(INPUT, f"nobody signs in as {name!r}; see `huisheng users list`")
    return account


def record(engine: Engine, *steps: Step) -> None:
    engine.desk.do(Order(steps, OPERATOR))


def about(person: str, command: Any) -> Step:
    return Step("person", stream_of(person), command)


def password_for(login: str, stdin: bool, *, demo: bool = False) -> tuple[str, bool]:
    """A password, and whether it was made here and has to be shown."""
    if not stdin:
        return secrets.token_urlsafe(12), True
    given = sys.stdin.readline().rstrip("\n")
    try:
        must_be_good(given, login, demo=demo)
    except Problem as no:
        fail(INPUT, str(document(no.status, no.code, "en", facts=no.facts)["detail"]))
    return given, False


def must_be_granted(role: str) -> None:
    """A resident is whoever is enrolled with a home: no grant makes one."""
    if role == "resident":
        fail(
            USAGE,
            "nobody is granted the role resident: `huisheng users add NAME --home PATH` enrols one there",
        )


def state_of(person: Person) -> str:
    if person.erased:
        return "erased"
    return "barred" if person.barred else "may sign in" if person.enrolled else "not enrolled"


# ------------------------------------------------------------------ the commands


def add(
    name: Annotated[str, typer.Argument(help="His login: up to 64 characters, no spaces.")],
    role: Role = "",
    scope: Scope = "",
    home: Annotated[str, typer.Option(help="Where he lives: a path of the grid tree.")] = "",
    called: Annotated[str, typer.Option("--name", help="His name; sealed. Default: the login.")] = "",
    phone: Annotated[str, typer.Option(help="His number; sealed. Whoever reported under it is he.")] = "",
    password_stdin: Stdin = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Enrol somebody, grant him a role, and let him sign in."""
    if not role and not home:
        fail(USAGE, "say what he may do (--role and --scope) or where he lives (--home)")
    must_be_granted(role)
    with existing(data, database) as engine:
        try:
            engine.accounts.must_be_free(name)
        except BadLogin:
            fail(INPUT, f"{name!r} cannot be a login: 1 to 64 visible characters, no spaces")
        except LoginTaken:
            fail(INPUT, f"somebody signs in as {name!r} already")
        password, made = password_for(name, password_stdin)
        person = engine.vault.person_for(phone) if phone else engine.vault.new_id("p")
        if engine.accounts.of(person) is not None:
            fail(INPUT, "somebody with this number signs in already")
        number = clear(person, phone) if phone else None
        steps = [about(person, Enrol(clear(person, called or name), number, home))]
        if role:
            steps.append(Step("organisation", STREAM, Grant(person, role, scope, "huisheng users add")))
        record(engine, *steps, about(person, SetPassword()))
        engine.accounts.keep(person, name, Passwords().hash(password), engine.clock())
    answer = {"login": name, "person": person, "role": role or "resident", "scope": scope or home}
    show_one(answer | ({"password": password} if made else {}), form)
    if made:
        say("This password is shown once; nobody can look it up.")


def listed(data: Data = DEFAULT_DATA, database: Database = None, form: As = Format.table) -> None:
    """Everybody who has an account: his roles now, and whether he may sign in."""
    with existing(data, database) as engine:
        standing = Standing(engine, demo=True)
        rows = []
        for account in engine.accounts.all():
            person = standing.person(account.person)
            roles = [f"{actor.role}:{actor.scope}" for actor in standing.roles(account.person)]
            rows.append(
                {
                    "login": account.login, "person": account.person, "state": state_of(person),
                    "roles": roles, "password": bool(account.hash), "demo": person.demo,
                }
            )  # fmt: skip
        show_rows(rows, form)


def bar(
    name: Name, reason: Reason = "由运维停用", data: Data = DEFAULT_DATA, database: Database = None
) -> None:
    """Let him in no more: every token and session ends at its next request."""
    with existing(data, database) as engine:
        account = found(engine, name)
        record(engine, about(account.person, Bar(reason)))
        engine.accounts.end_all(account.person)
        say(f"{account.login} is barred")


def readmit(
    name: Name, reason: Reason = "由运维恢复", data: Data = DEFAULT_DATA, database: Database = None
) -> None:
    """Let him in again."""
    with existing(data, database) as engine:
        account = found(engine, name)
        record(engine, about(account.person, Readmit(reason)))
        say(f"{account.login} may sign in")


def passwd(
    name: Name,
    password_stdin: Stdin = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Give him a new password; what he was signed in with ends."""
    with existing(data, database) as engine:
        account = found(engine, name)
        demo = Standing(engine, demo=True).person(account.person).demo
        password, made = password_for(account.login, password_stdin, demo=demo)
        engine.accounts.set_hash(account.person, Passwords().hash(password), engine.clock())
        record(engine, about(account.person, SetPassword()))
        engine.accounts.end_all(account.person)
    show_one({"login": account.login} | ({"password": password} if made else {}), form)


def grant(
    name: Name,
    role: Role,
    scope: Scope = "",
    until: Annotated[str, typer.Option(help="Day or moment it ends.")] = "",
    reason: Reason = "huisheng users grant",
    data: Data = DEFAULT_DATA,
    database: Database = None,
) -> None:
    """Let him act in a role."""
    must_be_granted(role)
    with existing(data, database) as engine:
        account = found(engine, name)
        ends: datetime | None = (
            last(until, "--until", engine.desk.stage().organisation.zone) if until else None
        )
        wanted = Grant(account.person, role, scope, reason, None, ends)
        record(engine, Step("organisation", STREAM, wanted))
        say(f"{account.login} may act as {role} in {scope or 'the whole deployment'}")


def revoke(
    name: Name,
    role: Role,
    scope: Scope = "",
    reason: Reason = "huisheng users revoke",
    data: Data = DEFAULT_DATA,
    database: Database = None,
) -> None:
    """Take a role from him, from this moment on."""
    with existing(data, database) as engine:
        account = found(engine, name)
        held = engine.desk.stage().organisation.grants_of(account.person, engine.clock())
        mine = [each for each in held if (each.role, each.scope) == (role, scope)]
        if not mine:
            fail(INPUT, f"{account.login} does not act as {role} in {scope!r}")
        record(engine, *(Step("organisation", STREAM, RevokeGrant(each.id, reason)) for each in mine))
        say(f"{account.login} no longer acts as {role} in {scope or 'the whole deployment'}")


def link(
    name: Name,
    issuer: Annotated[str, typer.Option(help="The outside issuer, as HUISHENG_OIDC_ISSUER writes it.")],
    subject: Annotated[str, typer.Option(help="His `sub` there; kept as a keyed hash only.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
) -> None:
    """Say that an account at an outside issuer is his."""
    with existing(data, database) as engine:
        account = found(engine, name)
        key = engine.accounts.subject_key(issuer, subject)
        record(engine, about(account.person, LinkIdentity(issuer, key)))
        engine.accounts.link(issuer, key, account.person)
        say(f"{account.login} may sign in through {issuer}")


def token(
    name: Name,
    role: Role = "",
    scope: Scope = "",
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 366, help="How long it holds.")] = 1.0,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """A bearer token for somebody who has an account."""
    with existing(data, database) as engine:
        account = found(engine, name)
        standing = Standing(engine, demo=True)
        person = standing.person(account.person)
        if not standing.may_sign_in(person):
            fail(INPUT, f"{account.login} may not sign in: {state_of(person)}")
        held = [each for each in standing.roles(account.person) if _is_wanted(each, role, scope)]
        if not held:
            fail(INPUT, f"{account.login} holds no such role; see `huisheng users list`")
        tokens = Tokens(engine.vault.token_secret(), engine.clock, timedelta(hours=hours))
        minted = tokens.mint(held[0], after=person.valid_from)
    if form is Format.json:
        said = {"access_token": minted, "token_type": "bearer", "expires_in": int(hours * 3600)}
        show_one(said | {"scope": f"{held[0].role}:{held[0].scope}"}, form)
    else:
        print(minted)


def _is_wanted(held: Actor, role: str, scope: str) -> bool:
    return (not role or held.role == role) and (not scope or held.scope == scope)
