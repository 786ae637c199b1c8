"""How large a body may be and how long it may take, which characters an address may hold, and how often an
address may ask what needs no sign-in. Pure ASGI: nothing is buffered before the check.

A default FastAPI keeps a 200 MB body whole; here it stops at the first piece over the limit.
"""

import asyncio
import math
import time
from collections import OrderedDict
from ipaddress import ip_address, ip_network
from threading import Lock
from urllib.parse import unquote_to_bytes

from fastapi import Depends
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems, words

JSON_BYTES = 256 * 1024
EVIDENCE_BYTES = 10 * 1024 * 1024
BULK_BYTES = 512 * 1024
ENVELOPE_BYTES = 64 * 1024
"""What multipart adds around a file."""
SECONDS = 30.0
"""In which the whole of a body must have come."""
WITH_PHOTOS = ("/report", "/my/points/claim", "/counter")
"""Pages of residents that take photographs."""
ADDRESS_BYTES = 16 * 1024
"""Path and query together."""


class TooLarge(HTTPException):
    """Raised into whoever reads the body; the framework lets its own kind pass."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, str(limit), {"Connection": "close"})


class TooSlow(HTTPException):
    """As `TooLarge`, for a body that trickles."""

    def __init__(self) -> None:
        super().__init__(408, headers={"Connection": "close"})


def limit_of(path: str) -> int:
    if path == "/api/v1/evidence" or "/do/" in path or path.startswith(WITH_PHOTOS):
        return EVIDENCE_BYTES + ENVELOPE_BYTES
    return BULK_BYTES if path.endswith("/bulk") or "/rule-books/" in path else JSON_BYTES


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > ADDRESS_BYTES:
            await refuse(scope, receive, send, 414, "query.too-long", limit=ADDRESS_BYTES)
            return
        if not clean(scope):
            await refuse(scope, receive, send, 422, "body.characters")
            return
        limit = limit_of(scope["path"])
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            await refuse(scope, receive, send, 413, "body.too-large", limit=limit)
            return
        read, whole = 0, False
        until = asyncio.get_running_loop().time() + SECONDS

        async def bounded() -> Message:
            nonlocal read, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError as error:
                raise TooSlow from error
            whole = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > limit:
                raise TooLarge(limit)
            return message

        await self.app(scope, bounded, send)


def clean(scope: Scope) -> bool:
    """Path and query are UTF-8 without control characters (PostgreSQL stores no NUL, and nobody types
    one)."""
    raw = scope.get("raw_path", b"") + b"&" + scope.get("query_string", b"")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return False
    return not any(c < " " or "\x7f" <= c < "\xa0" for c in text)


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, code: str, **facts: object) -> None:
    lang = words.language(HTTPConnection(scope))
    headers = {"Connection": "close"}
    response = problems.answer(problems.document(status, code, lang, facts=facts), headers)
    await response(scope, receive, send)


# ------------------------------------------------------------------ how often


class Visitors:
    """How often each address may ask: a bucket of `BURST` that refills by `PER_SECOND`."""

    BURST = 60.0
    PER_SECOND = 1.0
    REMEMBERED = 20_000

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def admit(self, address: str) -> int:
        """Seconds to wait; 0 for whoever may ask now."""
        now, visitor = time.monotonic(), household(address)
        with self._lock:
            left, since = self._buckets.pop(visitor, (self.BURST, now))
            left = min(self.BURST, left + (now - since) * self.PER_SECOND)
            admitted = left >= 1
            self._buckets[visitor] = (left - 1 if admitted else left, now)
            while len(self._buckets) > self.REMEMBERED:
                self._buckets.popitem(last=False)
        return 0 if admitted else max(1, math.ceil((1 - left) / self.PER_SECOND))


class Reporters(Visitors):
    """How often an address may report without an account: a service point has one for many people."""

    BURST = 20.0
    PER_SECOND = 1 / 20


def household(address: str) -> str:
    """Whom an address stands for: a household has a /64 of IPv6 addresses to choose from."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{address}/64", strict=False)) if found.version == 6 else address


async def bounded(request: Request) -> None:
    """Problem 429 for an address that asks too often."""
    admit(request, request.app.state.visitors)


async def seldom(request: Request) -> None:
    """The same, for who reports."""
    admit(request, request.app.state.reporters)


def admit(request: Request, visitors: Visitors) -> None:
    wait = visitors.admit(request.client.host if request.client else "")
    if wait:
        raise problems.Problem(429, "rate.limited", headers={"Retry-After": str(wait)})


Bounded = Depends(bounded)
"""Of every route that anybody may ask."""
Seldom = Depends(seldom)
"""Of the form with which anybody may report."""
