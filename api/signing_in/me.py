"""`/api/v1/me`: who I am, my password, out of everywhere; and another's password, by his administrator."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api import problems
from api.bodies import Body, StrictRoute
from api.naming import own_name
from api.orders import said
from api.problems import Problem
from api.routing import example
from api.sign_in import Caller, Present, SignedIn, door_of
from api.signing_in.choosing import must_be_good
from api.signing_in.door import Door
from api.signing_in.giving import Token, came_from, token_answer
from domain.messages import Actor
from domain.people import SetPassword, SignOut, stream_of
from domain.steps import Step
from engine.accounts import BadLogin, LoginTaken
from engine.desk import Order
from engine.engine import Engine

router = APIRouter(prefix="/api/v1", tags=["sign-in"], route_class=StrictRoute)

Password = Annotated[str, Field(max_length=1024)]


class Passwords(Body):
    """Both as typed; nothing is trimmed."""

    old: Password
    new: Password


class NewPassword(Body):
    """`login` is asked for where he has none yet; it does not change afterwards."""

    new: Password
    login: Annotated[str, Field(max_length=64)] = ""


class Leaving(Body):
    reason: Annotated[str, Field(min_length=1, max_length=500)] = "由本人退出全部登录"


class Role(BaseModel):
    role: str
    scope: str


class Me(BaseModel):
    """`roles` are all he may act in, the one he acts in included; `until` is when this token or session
    ends."""

    person: str
    role: str
    scope: str
    name: str | None
    login: str | None
    roles: list[Role]
    until: str


@router.get("/me", response_model=Me, summary="Who I am here", responses=problems.responses(401, 503))
async def me(request: Request, present: Present) -> Response:
    """The role this token or session acts in, and the others that could be chosen."""
    door, actor = door_of(request), present.actor

    def read() -> dict[str, Any]:
        account = door.engine.accounts.of(actor.person)
        return {
            "person": actor.person,
            "role": actor.role,
            "scope": actor.scope,
            "name": own_name(door.engine, actor.person),
            "login": account.login if account else None,
            "roles": [{"role": each.role, "scope": each.scope} for each in door.standing.roles(actor.person)],
            "until": present.until,
        }

    return said(await asyncio.to_thread(read))


@router.post(
    "/me/password",
    response_model=Token,
    summary="Change my password",
    responses=problems.responses(400, 401, 403, 409, 413, 422, 429, 503),
    openapi_extra=example({"old": "…", "new": "松林里的一场早雪"}),
)
async def change(request: Request, present: Present, body: Passwords) -> Response:
    """Every earlier token and session ends, this one too: the answer is a new token, and a browser gets a new
    session."""
    door, person = door_of(request), present.actor.person
    account = await asyncio.to_thread(door.engine.accounts.of, person)
    if account is None:
        raise Problem(409, "password.no-account")
    try:
        await door.person(account.login, body.old, came_from(request))
    except Problem as no:
        raise Problem(403, "password.old") if no.code == "sign-in.failed" else no from no
    must_be_good(body.new, account.login, demo=door.standing.person(person).demo)
    await set_password(door, person, body.new, present.actor)
    response = token_answer(door, present.actor)
    if present.by_session:
        door.sessions.begin(request, response, present.actor)
    return response


@router.post(
    "/people/{person}/password",
    summary="Give somebody a new password",
    responses=problems.responses(400, 401, 404, 409, 413, 422, 503),
    openapi_extra=example({"new": "松林里的一场早雪"}),
)
async def give(
    request: Request, actor: Caller, body: NewPassword, person: Annotated[str, Path(max_length=100)]
) -> Response:
    """By an administrator of his place. Every token and session he has ends. Whoever has no login yet gets
    one."""
    await password_given(door_of(request), actor, person, body.new, body.login)
    return said({"person": person})


async def password_given(door: Door, actor: Actor, person: str, password: str, login: str = "") -> None:
    """Problem 409 without a login, or with another than he has; 422 for what is no password or no login."""
    account = await asyncio.to_thread(door.engine.accounts.of, person)
    if account is None and not login:
        raise Problem(409, "password.no-account")
    if account is not None and login not in ("", account.login):
        raise Problem(409, "login.stands")
    login = (
        account.login if account is not None else await asyncio.to_thread(free, door.engine, person, login)
    )
    must_be_good(password, login, demo=door.standing.person(person).demo)
    step = Step("person", stream_of(person), SetPassword())
    # Asked first, so that nobody's hash is changed by somebody who may not.
    await door.engine.desk.handle(Order((step,), actor, dry_run=True))
    if account is None:
        await asyncio.to_thread(door.engine.accounts.keep, person, login, "", door.engine.clock())
    await set_password(door, person, password, actor)


def free(engine: Engine, person: str, login: str) -> str:
    """The login as it is kept."""
    try:
        return engine.accounts.must_be_free(login, person)
    except BadLogin as no:
        raise Problem(422, "login.bad") from no
    except LoginTaken as no:
        raise Problem(409, "login.taken", login=login) from no


async def set_password(door: Door, person: str, password: str, actor: Actor) -> None:
    """The hash, then the fact that ends what was given before."""
    hash = await door.hashed(password)
    engine = door.engine
    await asyncio.to_thread(engine.accounts.set_hash, person, hash, engine.clock())
    await engine.desk.handle(Order((Step("person", stream_of(person), SetPassword()),), actor))
    await asyncio.to_thread(engine.accounts.end_all, person)


@router.post(
    "/me/sign-out",
    summary="Sign out everywhere",
    responses=problems.responses(400, 401, 409, 413, 422, 503),
    openapi_extra=example({}),
)
async def sign_out(request: Request, present: Present, body: Leaving) -> Response:
    """Every token and session given before this moment has ended, on every device."""
    door, person = door_of(request), present.actor.person
    step = Step("person", stream_of(person), SignOut(body.reason))
    receipt = await door.engine.desk.handle(Order((step,), present.actor))
    await asyncio.to_thread(door.engine.accounts.end_all, person)
    return left(request, present, said({"person": person, "position": receipt.position}))


def left(request: Request, present: SignedIn, response: Response) -> Response:
    if present.by_session:
        door_of(request).sessions.end(request, response)
    return response
