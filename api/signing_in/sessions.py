"""Sessions of browsers: a cookie that says nothing, and a row in the store that says who.

The cookie is 256 random bits, HttpOnly and SameSite=Lax; over https it is `__Host-huisheng` and Secure, so
that no neighbouring host can set it. Every signing in and every change of role gives a new one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from fastapi import Request, Response

from api.problems import Problem
from api.signing_in.rules import Rules
from api.signing_in.standing import Standing
from domain.messages import Actor
from engine.accounts import Session
from engine.engine import Engine

SECURE, PLAIN = "__Host-huisheng", "huisheng"
FLOW = "-issuer"
"""What the name of the other cookie ends with: of a browser that is on its way to an outside issuer."""
LONGEST = 100
TIDY = timedelta(hours=1)
"""How often somebody who signs in has the sessions that ended forgotten."""
HEARD = timedelta(minutes=1)
"""How exactly a session knows when it was last used: a write for every request would be one too many."""


@dataclass(frozen=True, slots=True)
class Open:
    """A session that holds, and whom it lets act."""

    session: Session
    actor: Actor
    until: datetime


class Sessions:
    def __init__(self, engine: Engine, standing: Standing, rules: Rules) -> None:
        self._engine = engine
        self._accounts = engine.accounts
        self._standing = standing
        self._rules = rules
        self._tidied: datetime | None = None

    def of(self, request: Request) -> Open | None:
        """The session of this browser; None without one, or where it holds no more."""
        cookie = request.cookies.get(cookie_name(request), "")
        if not cookie or len(cookie) > LONGEST:
            return None
        session = self._accounts.session(cookie)
        if session is None:
            return None
        now = self._engine.clock()
        until = min(session.began_at + self._rules.session, session.seen_at + self._rules.idle)
        actor = Actor(session.person, session.role, session.scope)
        if now >= until or not self._standing.admits(actor, session.made_at):
            return None
        if now - session.seen_at >= HEARD:
            self._accounts.seen(session.id, now)
        return Open(session, actor, until)

    def begin(self, request: Request, response: Response, actor: Actor) -> None:
        """Let this browser act so. Whatever session it had has ended: what an attacker planted is worth
        nothing."""
        known = self.of(request)
        same = known is not None and known.actor.person == actor.person
        self.end(request)
        cookie = secrets.token_urlsafe(32)
        now = self._engine.clock()
        began = known.session.began_at if known is not None and same else now
        made = max(now, self._standing.person(actor.person).valid_from or now)
        self._accounts.begin(cookie, actor.person, actor.role, actor.scope, began, made)
        self._set(request, response, cookie)
        if self._tidied is None or now - self._tidied >= TIDY:
            self._tidied = now
            self.tidy()

    def end(self, request: Request, response: Response | None = None) -> None:
        """End this browser's session, and take its cookie where a response is given."""
        cookie = request.cookies.get(cookie_name(request), "")
        if cookie and len(cookie) <= LONGEST and (session := self._accounts.session(cookie)) is not None:
            self._accounts.end(session.id)
        if response is not None:
            self._set(request, response, "")

    def tidy(self) -> None:
        """Forget the sessions that have ended by themselves."""
        now = self._engine.clock()
        self._accounts.forget_sessions(now - self._rules.session, now - self._rules.idle)

    def must_be_private(self, request: Request) -> None:
        """Problem 403 where a password and a cookie would travel in the clear: over http from another
        machine."""
        here = request.client.host if request.client else ""
        if request.url.scheme != "https" and not self._rules.plain_http and not loopback(here):
            raise Problem(403, "sign-in.plain-http")

    def flow(self, request: Request) -> str:
        """What a browser brings back from an outside issuer."""
        return request.cookies.get(cookie_name(request) + FLOW, "")

    def keep_flow(self, request: Request, response: Response, flow: str) -> None:
        """Give it a browser on its way there; "" takes it away."""
        response.set_cookie(
            cookie_name(request) + FLOW, flow, max_age=600 if flow else 0, path="/",
            secure=request.url.scheme == "https", httponly=True, samesite="lax",
        )  # fmt: skip

    def _set(self, request: Request, response: Response, cookie: str) -> None:
        response.set_cookie(
            cookie_name(request),
            cookie,
            max_age=int(self._rules.session.total_seconds()) if cookie else 0,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def cookie_name(request: Request) -> str:
    return SECURE if request.url.scheme == "https" else PLAIN


def loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
