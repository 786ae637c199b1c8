"""Who acts: the one module that says it, from a bearer token or from the session of a browser.

A token stands before a session, and a bad one is refused although there is a session beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from api.problems import Problem
from api.signing_in.door import Door
from api.signing_in.tokens import BadToken
from domain.messages import Actor

BEARER = {"WWW-Authenticate": "Bearer"}

bearer = OAuth2PasswordBearer("/api/v1/token", auto_error=False)
Bearer = Annotated[str | None, Depends(bearer)]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who acts, in which role, until when at most, and whether a browser's session says so."""

    actor: Actor
    until: datetime
    by_session: bool


def door_of(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


async def known(request: Request, token: Bearer) -> SignedIn | None:
    """Who asks, let in by the gate; None for a stranger. Problem 401 for a token that does not hold, Refused
    and problem 404 as in api/gate.py."""
    found = await who(request, token)
    if found is not None:
        request.state.actor = found.actor
        await request.app.state.gate(request, found.actor)
    return found


async def who(request: Request, token: str | None) -> SignedIn | None:
    door = door_of(request)
    if token is None:
        if request.headers.get("authorization"):
            raise Problem(401, "token.refused", headers=BEARER)
        session = door.sessions.of(request)
        return None if session is None else SignedIn(session.actor, session.until, by_session=True)
    try:
        claims = door.tokens.read(token)
        actor, made_at, until = claims.actor, claims.made_at, claims.until
    except BadToken as no:
        outside = await door.bearer_of_issuer(token)
        if outside is None:
            raise Problem(401, "token.refused", headers=BEARER) from no
        actor, made_at, until = outside
    if not door.standing.admits(actor, made_at):
        raise Problem(401, "token.refused", headers=BEARER)
    return SignedIn(actor, until, by_session=False)


Known = Annotated[SignedIn | None, Depends(known)]


async def must_be_known(found: Known) -> SignedIn:
    if found is None:
        raise Problem(401, "actor.unknown", headers=BEARER)
    return found


async def signed_in(found: Annotated[SignedIn, Depends(must_be_known)]) -> Actor:
    return found.actor


async def viewer(found: Known) -> Actor | None:
    return None if found is None else found.actor


Caller = Annotated[Actor, Depends(signed_in)]
"""Every route but the public ones takes it: without an actor the answer is 401."""
Viewer = Annotated[Actor | None, Depends(viewer)]
"""For what a stranger may see too."""
Present = Annotated[SignedIn, Depends(must_be_known)]
"""As `Caller`, for the few routes that ask until when, or through what."""
