"""A small OpenID issuer on this machine, which a test may make lie."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT = "huisheng-test"
AUDIENCE = "huisheng-api"


@dataclass
class Signer:
    """An issuer with a key of each kind. `asked` is what was fetched; `lie` changes an id token's claims."""

    clock: Callable[[], datetime]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    subject: str = "zhang-san"
    lie: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    redirect: str = ""

    def __post_init__(self) -> None:
        self.keys: dict[str, tuple[str, Any]] = {
            "rsa": ("RS256", rsa.generate_private_key(65537, 2048)),
            "ec": ("ES256", ec.generate_private_key(ec.SECP256R1())),
            "ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
            "small": ("RS256", rsa.generate_private_key(65537, 1024)),
        }

    def claims(self, audience: str, **changed: Any) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        good = {"iss": self.address, "aud": audience, "sub": self.subject, "iat": now, "exp": now + 600}
        return {name: value for name, value in (good | changed).items() if value is not None}

    def token(self, kid: str = "rsa", audience: str = AUDIENCE, header: Any = None, **changed: Any) -> str:
        algorithm, key = self.keys[kid]
        headers = {"kid": kid, **(header or {})}
        return jwt.encode(self.claims(audience, **changed), key, algorithm, headers=headers)

    def published(self) -> list[dict[str, Any]]:
        made: dict[str, Any] = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm}
        found = []
        for kid, (algorithm, key) in self.keys.items():
            maker = made.get(algorithm, jwt.algorithms.OKPAlgorithm)
            found.append(json.loads(maker.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"})
        found.append({"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "use": "sig"})
        return found

    # ------------------------------------------------------------------ over HTTP

    async def discovery(self, request: Request) -> Any:
        self.asked.append("about")
        if self.redirect:
            return RedirectResponse(self.redirect)
        at = self.address
        return JSONResponse(
            {
                "issuer": at, "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/keys",
            } | self.about
        )  # fmt: skip

    async def key_set(self, request: Request) -> Any:
        self.asked.append("keys")
        return JSONResponse({"keys": self.published()})

    async def authorize(self, request: Request) -> Any:
        asked = dict(request.query_params)
        assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
        self.codes["a-code"] = asked
        back = urlencode({"code": "a-code", "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

    async def exchange(self, request: Request) -> Any:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        said = {"nonce": asked["nonce"]} | self.lie
        id_token = self.token("ec", CLIENT, **said)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": id_token})


@contextmanager
def issuing(clock: Callable[[], datetime]) -> Iterator[Signer]:
    """The issuer, listening on a free port."""
    signer = Signer(clock)
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", signer.discovery),
            Route("/keys", signer.key_set),
            Route("/authorize", signer.authorize),
            Route("/token", signer.exchange, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        signer.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield signer
    finally:
        server.should_exit = True
        thread.join(timeout=10)
