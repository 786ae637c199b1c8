"""How large a body may be, and which characters an address may hold. Pure ASGI: nothing is buffered before
the check.

A default FastAPI keeps a 200 MB body whole; here it stops at the first piece over the limit.
"""

from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems, words

JSON_BYTES = 256 * 1024
EVIDENCE_BYTES = 10 * 1024 * 1024
BULK_BYTES = 512 * 1024
ENVELOPE_BYTES = 64 * 1024
"""What multipart adds around a file."""


class TooLarge(HTTPException):
    """Raised into whoever reads the body; the framework lets its own kind pass."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, str(limit))


def limit_of(path: str) -> int:
    if path == "/api/v1/evidence":
        return EVIDENCE_BYTES + ENVELOPE_BYTES
    return BULK_BYTES if path.endswith("/bulk") or "/rule-books/" in path else JSON_BYTES


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not clean(scope):
            await refuse(scope, receive, send, 422, "body.characters")
            return
        limit = limit_of(scope["path"])
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            await refuse(scope, receive, send, 413, "body.too-large", limit=limit)
            return
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
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
