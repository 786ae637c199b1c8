"""The headers every answer carries: what a browser may load, and from where. Pure ASGI."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

SAFE = {
    "Content-Security-Policy": PAGES,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


HSTS = "max-age=31536000; includeSubDomains"
"""A year; said only where the request itself came by https."""
FILES = ("/static/", "/docs/swagger/")
"""The same for everybody: browsers may keep them."""


class SafeHeaders:
    """Adds what the answer does not say itself. What the api answers is never cached by others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def adorned(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", HSTS)
                if not scope["path"].startswith(FILES):
                    headers.setdefault("Cache-Control", "private, no-store")
                headers.setdefault("Vary", "Accept-Language")
            await send(message)

        await self.app(scope, receive, adorned if scope["type"] == "http" else send)
