"""A browser carries its cookie wherever another site sends it: such a request changes nothing here.

What a browser says about where a request comes from cannot be forged by a page: `Sec-Fetch-Site`, and
before it `Origin`. A request that says neither comes from no browser, and nobody else's cookie is in it.
(The rule of Go's net/http.CrossOriginProtection; OWASP's sheet on CSRF, “Fetch Metadata”.) Pure ASGI.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.limits import refuse

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class CrossSite:
    """Refuses, 403, whatever could change something, comes from another site, and would be believed because
    of a cookie; and signing in from there, which would make somebody work in a stranger's name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            trusted = "authorization" in headers or not ("cookie" in headers or scope["path"] == "/login")
            if not trusted and foreign(headers):
                await refuse(scope, receive, send, 403, "sign-in.cross-site")
                return
        await self.app(scope, receive, send)


def foreign(headers: Headers) -> bool:
    """Whether the browser says that another site asks."""
    said = headers.get("sec-fetch-site", "")
    if said:
        return said not in ("same-origin", "none")
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
