"""Bearer tokens: JWTs this deployment signs for one person in one role, and reads back strictly.

RFC 7519 and RFC 9068 (`typ: at+jwt`), HS256 under a secret of the key store. A header says the algorithm
and the type and nothing else: no `kid`, `jku`, `x5u` or `crit` is ever looked at, because a token with one
is refused. Moments are compared with the engine's clock, not the library's.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from domain.messages import Actor
from engine.log import micros, moment

ALGORITHM = "HS256"
HEADER = {"alg": ALGORITHM, "typ": "at+jwt"}
REQUIRED = ["iss", "aud", "sub", "exp", "iat", "nbf", "jti", "made", "role", "scope"]
FLOW_TYPE = "huisheng-flow+jwt"
LONGEST = 4096
"""Characters of a token; ours have some 500."""
SKEW = timedelta(seconds=10)
"""How far the clocks of two serving machines may differ."""


class BadToken(ValueError):
    """No token of this deployment that holds now. Why is nobody's business."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `made_at` is exact to the microsecond: `iat` knows whole seconds only, and a token
    made in the second of a password change must not look older than it."""

    actor: Actor
    made_at: datetime
    until: datetime


class Tokens:
    """Makes and reads the tokens of one deployment."""

    def __init__(self, secret: bytes, clock: Callable[[], datetime], life: timedelta) -> None:
        self._secret = secret
        self._clock = clock
        self.life = life
        named = hashlib.sha256(b"huisheng deployment\0" + secret).hexdigest()[:24]
        self.issuer = f"urn:huisheng:{named}"
        self.audience = f"{self.issuer}:api"

    def mint(self, actor: Actor, *, after: datetime | None = None, life: timedelta | None = None) -> str:
        """A token to act so. `after`: the moment before which his tokens have ended, should the clock be
        behind it."""
        now = self._clock()
        made = max(now, after or now)
        seconds = int(made.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": actor.person,
            "iat": seconds,
            "nbf": seconds,
            "exp": int((made + (life or self.life)).timestamp()),
            "jti": secrets.token_urlsafe(12),
            "made": micros(made),
            "role": actor.role,
            "scope": actor.scope,
        }
        return jwt.encode(claims, self._secret, ALGORITHM, headers=HEADER)

    def read(self, token: str) -> Claims:
        """BadToken for anything but a token of ours that holds now."""
        if len(token) > LONGEST or not token.isascii():
            raise BadToken
        try:
            found = jwt.decode_complete(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=self.audience,
                issuer=self.issuer,
                options={
                    "require": REQUIRED,
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise BadToken from error
        claims = found["payload"]
        if found["header"] != HEADER:
            raise BadToken
        begins, ends, made = (claims[name] for name in ("nbf", "exp", "made"))
        texts = (claims["sub"], claims["role"], claims["scope"])
        if not all(type(number) is int and 0 <= number < 1 << 62 for number in (begins, ends, made)):
            raise BadToken
        if not all(isinstance(text, str) for text in texts) or not claims["sub"]:
            raise BadToken
        now, made_at = self._clock(), moment(made)
        if begins > (now + SKEW).timestamp() or made_at > now + SKEW or now.timestamp() >= ends:
            raise BadToken
        return Claims(Actor(*texts), made_at, moment(ends * 1_000_000))

    # ------------------------------------------------------------------ on the way to an outside issuer

    def sign_flow(self, flow: dict[str, str], life: timedelta) -> str:
        """What a browser carries to an outside issuer and back: no token of ours, by type and audience."""
        ends = int((self._clock() + life).timestamp())
        return jwt.encode(
            {"aud": FLOW_TYPE, "exp": ends, "flow": flow}, self._secret, ALGORITHM, headers={"typ": FLOW_TYPE}
        )

    def read_flow(self, signed: str) -> dict[str, str]:
        """BadToken for anything else."""
        try:
            found = jwt.decode_complete(
                signed[:LONGEST], self._secret, algorithms=[ALGORITHM], audience=FLOW_TYPE,
                options={"require": ["aud", "exp", "flow"], "strict_aud": True, "verify_exp": False},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError) as error:
            raise BadToken from error
        claims = found["payload"]
        if found["header"].get("typ") != FLOW_TYPE or self._clock().timestamp() >= claims["exp"]:
            raise BadToken
        return dict(claims["flow"])
