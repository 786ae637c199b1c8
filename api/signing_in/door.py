"""The door: whoever comes in with a login and a password, and what he goes on with."""

from datetime import timedelta

from api.problems import Problem
from api.signing_in.attempts import Attempts, TooMany
from api.signing_in.passwords import Busy, Passwords
from api.signing_in.rules import Rules
from api.signing_in.sessions import Sessions
from api.signing_in.standing import Standing
from api.signing_in.tokens import Tokens
from domain.messages import Actor
from engine.accounts import LOGIN
from engine.engine import Engine
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
        self.attempts = Attempts()

    async def person(self, login: str, password: str, address: str) -> str:
        """Who this is. Problem 401 for a wrong password, an unknown login and somebody barred alike; 429
        where it was wrong too often, 503 where too many wait."""
        try:
            with self.attempts.one(normal(login.strip())[:LOGIN], address) as tried:
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
            raise Problem(503, "sign-in.busy", headers={"Retry-After": "2"}) from no

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
        raise Problem(403, "sign-in.role", role=role, scope=scope)

    def token(self, actor: Actor, life: timedelta | None = None) -> str:
        """A bearer token to act so."""
        return self.tokens.mint(actor, after=self.standing.person(actor.person).valid_from, life=life)

    def close(self) -> None:
        self.passwords.close()


def failed() -> Problem:
    return Problem(401, "sign-in.failed", headers={"WWW-Authenticate": "Bearer"})
