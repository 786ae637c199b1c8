"""An outside issuer (OpenID Connect) that says who somebody is; what he may do is never its business.

Its bearer tokens are taken, and browsers are sent to it and come back with a code (OpenID Connect Core 3.1,
PKCE as in RFC 7636). A signature is checked with a key of its own key set, found by `kid` alone: `jku`,
`x5u` and `jwk` are never looked at, and the key says which algorithm it is for, not the token. Nothing is
fetched before somebody signs in; what is fetched is bounded in time and size and follows no redirect.
"""

import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jwt
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from api.signing_in.rules import IssuerRules, private
from engine.log import moment

ALGORITHMS: Mapping[tuple[str, str], str] = {
    ("RSA", ""): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
"""Which algorithm a key is for, by its type and curve. A symmetric key is for none."""

LONGEST = 8192
"""Characters of a token."""
BYTES = 256 * 1024
KEYS = 100
SECONDS = 5.0
KEPT = 600.0
AGAIN = 30.0
"""Seconds a key set is kept, and before an unknown `kid` may have it fetched again."""
SKEW = timedelta(seconds=60)
FLOW = timedelta(minutes=10)
"""How long somebody may take at the issuer's."""


class Untrusted(ValueError):
    """What the issuer, or somebody in its name, said cannot be believed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A browser on its way to the issuer; kept in a cookie this deployment signs."""

    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(slots=True)
class Issuer:
    """One issuer. Made without touching the network."""

    rules: IssuerRules
    clock: Callable[[], datetime]
    transport: httpx2.AsyncBaseTransport | None = None
    _about: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _fetched: float = -KEPT

    # ------------------------------------------------------------------ what it publishes

    async def about(self) -> Mapping[str, Any]:
        """Its discovery document; Untrusted if it is another's, or names addresses in the clear."""
        if not self._about:
            found = await self._get(f"{self.rules.issuer.rstrip('/')}/.well-known/openid-configuration")
            if not isinstance(found, dict) or found.get("issuer") != self.rules.issuer:
                raise Untrusted("the discovery document is another issuer's")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(found.get(name), str) or not private(found[name], self.rules.issuer):
                    raise Untrusted(f"{name} is no https address")
            self._about = found
        return self._about

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of that name. Untrusted if the issuer has none of it that signs."""
        age = time.monotonic() - self._fetched
        if age > KEPT or (kid not in self._keys and age > AGAIN):
            about = await self.about()
            self._fetched = time.monotonic()
            self._keys = usable(await self._get(about["jwks_uri"]))
        if kid not in self._keys:
            raise Untrusted("signed with a key the issuer does not publish")
        return self._keys[kid]

    async def _get(self, address: str) -> Any:
        async with httpx2.AsyncClient(
            timeout=SECONDS, follow_redirects=False, transport=self.transport, trust_env=False
        ) as client:
            try:
                async with client.stream("GET", address, headers={"Accept": "application/json"}) as answer:
                    if answer.status_code != 200:
                        raise Untrusted(f"{address} answered {answer.status_code}")
                    body = b""
                    async for piece in answer.aiter_bytes():
                        body += piece
                        if len(body) > BYTES:
                            raise Untrusted(f"{address} answered more than {BYTES} bytes")
                return json.loads(body)
            except (httpx2.HTTPError, ValueError, RecursionError) as error:
                if isinstance(error, Untrusted):
                    raise
                raise Untrusted(f"{address} cannot be read") from error

    # ------------------------------------------------------------------ what it signs

    async def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """What a token says that this issuer signed for that audience and that holds now. Untrusted."""
        if len(token) > LONGEST or not token.isascii():
            raise Untrusted("too long")
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if not isinstance(kid, str) or not kid or "crit" in header:
                raise Untrusted("a token names its key, and asks for nothing more")
            key = await self.key(kid)
            if header.get("alg") != key.algorithm_name:
                raise Untrusted("signed by another algorithm than its key is for")
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=audience,
                issuer=self.rules.issuer,
                options={
                    "require": ["iss", "aud", "sub", "exp", "iat"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise Untrusted("no token of this issuer") from error
        self._must_hold(found)
        return found

    def _must_hold(self, claims: Mapping[str, Any]) -> None:
        now = self.clock()
        begins = claims.get("nbf", claims["iat"])
        for number in (claims["exp"], claims["iat"], begins):
            if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1 << 40:
                raise Untrusted("a moment that is none")
        late = (now - SKEW).timestamp() >= claims["exp"]
        early = (now + SKEW).timestamp() < max(begins, claims["iat"])
        subject = claims["sub"]
        if late or early or not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Untrusted("it does not hold now")

    def made_at(self, claims: Mapping[str, Any]) -> datetime:
        """When it was signed, to the second; the beginning of it."""
        return moment(int(claims["iat"]) * 1_000_000)

    # ------------------------------------------------------------------ browsers

    def _client(self, back: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.rules.client_id, self.rules.client_secret or None, scope="openid", redirect_uri=back,
            code_challenge_method="S256", timeout=SECONDS, follow_redirects=False, trust_env=False,
            transport=self.transport,
        )  # fmt: skip

    async def begin(self, back: str, next: str) -> tuple[str, Flow]:
        """Where to send the browser, and what to remember of it."""
        draw = secrets.token_urlsafe
        flow = Flow(state=draw(32), nonce=draw(32), verifier=draw(48), next=next)
        about = await self.about()
        async with self._client(back) as client:
            address, _ = client.create_authorization_url(
                about["authorization_endpoint"], state=flow.state, nonce=flow.nonce,
                code_verifier=flow.verifier,
            )  # fmt: skip
        return str(address), flow

    async def finish(self, back: str, flow: Flow, state: str, code: str) -> Mapping[str, Any]:
        """The claims of whoever came back with a code. Untrusted."""
        if not code or not hmac.compare_digest(state.encode(), flow.state.encode()):
            raise Untrusted("this is not the way somebody left here")
        about = await self.about()
        try:
            async with self._client(back) as client:
                given = await client.fetch_token(
                    about["token_endpoint"], code=code, code_verifier=flow.verifier
                )
        except (OAuthError, httpx2.HTTPError, ValueError) as error:
            raise Untrusted("the code was not taken") from error
        found = await self.claims(str(given.get("id_token", "")), self.rules.client_id)
        nonce = found.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), flow.nonce.encode()):
            raise Untrusted("this was said to somebody else")
        if isinstance(found["aud"], list) and found.get("azp", self.rules.client_id) != self.rules.client_id:
            raise Untrusted("this was said to somebody else")
        return found


def usable(published: Any) -> dict[str, jwt.PyJWK]:
    """The keys of a key set that sign in a way we take, by `kid`."""
    listed = published.get("keys") if isinstance(published, dict) else None
    if not isinstance(listed, list):
        raise Untrusted("no key set")
    found: dict[str, jwt.PyJWK] = {}
    for each in listed[:KEYS]:
        if (
            not isinstance(each, dict)
            or each.get("use", "sig") != "sig"
            or not isinstance(each.get("kid"), str)
        ):
            continue
        algorithm = ALGORITHMS.get((str(each.get("kty")), str(each.get("crv", ""))))
        if algorithm is None or each.get("alg", algorithm) != algorithm:
            continue
        try:
            key = jwt.PyJWK(each, algorithm=algorithm)
        except jwt.PyJWTError:
            continue
        if algorithm == "RS256" and key.key.key_size < 2048:
            continue
        found[each["kid"]] = key
    return found


def issuer_of(token: str) -> str:
    """Who a token says it is of, believing nothing; "" for what is none."""
    try:
        said = jwt.decode(token[:LONGEST], options={"verify_signature": False}).get("iss", "")
    except (jwt.PyJWTError, ValueError):
        return ""
    return said if isinstance(said, str) else ""


def host_of(address: str) -> str:
    return urlsplit(address).netloc
