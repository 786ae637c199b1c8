"""The door: whoever comes in with a login and a password, and what he goes on with."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from api.problems import Problem
from api.signing_in.attempts import Attempts, TooMany
from api.signing_in.issuers import Issuer, Untrusted, issuer_of
from api.signing_in.passwords import Busy, Passwords
from api.signing_in.rules import Rules
from api.signing_in.sessions import Sessions
from api.signing_in.standing import Standing
from api.signing_in.tokens import Tokens
from domain.messages import Actor
from engine.accounts import LOGIN
from engine.engine import Engine
from engine.log import moment
from engine.terms import normal


class Door:
    """All of signing in over one engine. `demo` lets the users of the demo community in."""

    def __init__(self, engine: Engine, rules: Rules, *, demo: bool) -> None:
        self.engine = engine
        self.rules = rules
        self.demo = demo
        self.standing = Standing(engine, demo=demo)
        self.tokens = Tokens(engine.vault.token_secret(), engine.clock, rules.token)
        self.sessions = Sessions(engine, self.standing, rules)
        self.passwords = Passwords()
        self.attempts = Attempts(engine.failures, engine.clock)
        self.issuer = Issuer(rules.issuer, engine.clock) if rules.issuer else None

    async def person(self, login: str, password: str, address: str) -> str:
        """Who this is. Problem 401 for a wrong password, an unknown login and somebody barred alike; 429
        where it was wrong too often, 503 where too many wait."""
        try:
            async with self.attempts.one(normal(login.strip())[:LOGIN], address) as tried:
                account = self.engine.accounts.find(login) if len(login) <= LOGIN else None
                right = await self.passwords.check(password, account.hash if account else "")
                if account is None or not right:
                    raise failed()
                if not self.standing.may_sign_in(self.standing.person(account.person)):
                    raise failed()
                tried.succeeded = True
                return account.person
        except TooMany as no:
            raise Problem(429, "sign-in.too-often", headers={"Retry-After": str(no.seconds)}) from no
        except Busy as no:
            raise busy() from no

    async def hashed(self, password: str) -> str:
        """The hash of a new password. Problem 503 where too many wait."""
        try:
            return await self.passwords.make(password)
        except Busy as no:
            raise busy() from no

    def linked(self, claims: Mapping[str, Any]) -> str | None:
        """Whose the account at the issuer is; None for nobody's. The log has the last word."""
        assert self.issuer is not None
        issuer, subject = self.issuer.rules.issuer, str(claims["sub"])
        key = self.engine.accounts.subject_key(issuer, subject)
        person = self.engine.accounts.linked(issuer, key)
        known = person is not None and (issuer, key) in self.standing.person(person).identities
        return person if known else None

    async def bearer_of_issuer(self, token: str) -> tuple[Actor, datetime, datetime] | None:
        """Who acts with a bearer token of the outside issuer, when it was made and until when it holds."""
        issuer = self.issuer
        if issuer is None or not issuer.rules.audience or issuer_of(token) != issuer.rules.issuer:
            return None
        try:
            claims = await issuer.claims(token, issuer.rules.audience)
        except Untrusted:
            return None
        person = self.linked(claims)
        if person is None:
            return None
        wanted = claims.get(issuer.rules.role_claim, "") if issuer.rules.role_claim else ""
        actor = self.acting(person, wanted if isinstance(wanted, str) else "")
        return actor, issuer.made_at(claims), moment(int(claims["exp"]) * 1_000_000)

    def acting(self, person: str, wanted: str = "") -> Actor:
        """The role he goes on in: the one wanted (`role:scope`, or a role alone), else his oldest. Problem
        403 where he holds none, or not that one."""
        roles = self.standing.roles(person)
        if not roles:
            raise Problem(403, "sign-in.no-role")
        if not wanted:
            return roles[0]
        role, _, scope = wanted.partition(":")
        for held in roles:
            if held.role == role and (held.scope == scope or ":" not in wanted):
                return held
        raise Problem(403, "sign-in.role", role=role, scope=scope or "whole-deployment")

    def token(self, actor: Actor, life: timedelta | None = None) -> str:
        """A bearer token to act so."""
        return self.tokens.mint(actor, after=self.standing.person(actor.person).valid_from, life=life)

    def close(self) -> None:
        self.passwords.close()


def failed() -> Problem:
    return Problem(401, "sign-in.failed", headers={"WWW-Authenticate": "Bearer"})


def busy() -> Problem:
    return Problem(503, "sign-in.busy", headers={"Retry-After": "2"})
