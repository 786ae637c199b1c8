"""Every error leaves as RFC 9457 `application/problem+json`; this is the only place that maps one to a
status."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import misfits, words
from api.headers import SAFE
from domain.refusals import Refused
from domain.rule_books.content import BadContent
from engine.errors import Conflict, KeyReused, StoreUnavailable, TooFarAhead
from engine.vault import KeyDestroyed

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("huisheng.api")

TITLES: Mapping[int, str] = {
    400: "Malformed request",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    408: "Too slow",
    409: "Not allowed now",
    412: "Somebody was faster",
    413: "Too large",
    414: "Too long",
    415: "Media type not supported",
    422: "Not understood",
    429: "Too many requests",
    500: "Something broke",
    503: "Not available now",
}

BODY = (
    "moment.", "text.", "list.", "value.", "number.", "period.", "evidence.", "reading.value", "reading.unit",
    "place.",
)  # fmt: skip
"""Rules about what a body says rather than about the case it speaks of."""

ENGLISH: Mapping[str, str] = {
    "actor.unknown": "This needs an actor; nothing was done.",
    "audit.bundle-empty": "There is no entry to prove here.",
    "audit.bundle-too-large": "A proof pack holds at most {most} entries, this one would have {found}. "
    "Take less.",
    "audit.cosignature": "This co-signature is not taken: {message}",
    "audit.cosigned-meanwhile": "Somebody else has just co-signed this checkpoint; hand it in again.",
    "audit.not-yet": "The entry is recorded, and no checkpoint covers it yet. Ask again in a few seconds.",
    "audit.refused": "The audit trail does not hold together; until somebody has looked nothing is signed or "
    "proven. /readyz says where.",
    "audit.sizes": "There is no such proof: {message}",
    "body.characters": "The text holds characters that are not allowed "
    "(control characters, half characters, hidden direction marks).",
    "body.invalid": "The body does not fit; nothing was recorded.",
    "body.malformed": "The body is not well-formed JSON; nothing was recorded.",
    "body.media-type": "A command is sent as application/json; nothing was recorded.",
    "body.too-large": "The body is larger than {limit} bytes; nothing was recorded.",
    "bulk.command": "{command} cannot be given to many cases at once.",
    "body.too-slow": "The body took too long to come; nothing was recorded.",
    "cursor.unknown": "This cursor was not given out by this list.",
    "evidence.damaged": "The file is damaged: {message}",
    "evidence.media-type": "Only JPEG, PNG, WebP and PDF are kept: {message}",
    "evidence.too-large": "The file is too large: {message}",
    "evidence.too-many-pixels": "The picture is too large: {message}",
    "figure.scope": "The figure counts all of {scope}; whoever answers for less cannot count it again.",
    "header.idempotency-key": "An Idempotency-Key is 1 to 200 visible ASCII characters.",
    "header.if-match": "If-Match is the ETag last read.",
    "idempotency.reused": "This Idempotency-Key was used for another body.",
    "internal": "Something broke here. Nothing was answered that should be trusted; the error was logged.",
    "login.bad": "A login is 1 to 64 visible characters without spaces.",
    "login.stands": "This person has a login already; it does not change.",
    "login.taken": "Somebody else signs in as {login}.",
    "method.not-allowed": "This address does not take that method.",
    "moment.in-the-future": "The moment lies more than five minutes ahead of the clock; is the "
    "device's clock set?",
    "not-found": "There is no such thing, or you may not know of it.",
    "query.invalid": "A query parameter does not fit: {message}",
    "query.too-long": "The address is longer than {limit} bytes.",
    "query.twice": "{name} stands twice in the address; which one is meant?",
    "query.unknown": "{name} is no parameter of this address; a mistyped filter would answer everything.",
    "rate.limited": "Too many requests from your address; try again in a minute.",
    "request.refused": "The request was not understood.",
    "rule-book.bad-content": "The rule book's content does not fit: {field}: {message}",
    "personal-data.erased": "This person's data were destroyed; nothing more can be recorded about them.",
    "body.form": "The form is incomplete, or no plain form.",
    "password.common": "This password is among the first anybody would guess.",
    "password.long": "A password has at most {most} characters.",
    "password.no-account": "This person has no local account.",
    "password.old": "The old password is wrong.",
    "password.short": "A password has at least {least} characters.",
    "sign-in.busy": "Too many people sign in just now; try again in a few seconds.",
    "sign-in.cross-site": "This request came from another site; nothing was done.",
    "sign-in.failed": "Login or password is wrong.",
    "sign-in.issuer": "Signing in elsewhere did not succeed: {message}",
    "sign-in.no-role": "The password is right, but you hold no role yet; ask an administrator.",
    "sign-in.plain-http": "From another machine, sign in over https: a password would travel in the clear.",
    "sign-in.role": "You do not hold this role there: {role} {scope}",
    "sign-in.too-often": "The password was wrong too often; try again later.",
    "token.refused": "This token does not hold, or not any more; sign in again.",
    "store.unavailable": "The store cannot be written or read now. Nothing was recorded; try again.",
    "version.stale": "The case has moved on since you read it: version {actual}, not {expected}. "
    "Nothing was recorded.",
    "views.behind": "What was recorded is safe, but the lists have not caught up yet. Ask again shortly.",
}


class Problem(HTTPException):
    """An error the api itself finds. `facts` fill the blanks of the code's sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        **facts: object,
    ) -> None:
        super().__init__(status, code, dict(headers or {}))
        self.status = status
        self.code = code
        self.errors = errors
        self.facts = facts


def not_found() -> Problem:
    """Also for what the caller may not know of."""
    return Problem(404, "not-found")


def document(
    status: int, code: str, lang: str, *, facts: Mapping[str, object] | None = None, **more: object
) -> dict[str, Any]:
    facts = facts or {}
    english = words.fill(ENGLISH.get(code, code), facts)
    return {
        "type": f"urn:huisheng:problem:{code}",
        "title": words.rule(f"status.{status}", lang, TITLES.get(status, "Problem"), {}),
        "status": status,
        "detail": words.rule(code, lang, english, facts),
        "code": code,
        **more,
    }


Page = Callable[[Request, Mapping[str, Any]], Response]
Lapsed = Callable[[Request], Awaitable[Response | None]]
"""The answer to a form that nobody signed in has sent; None where it sent none."""


def told(request: Request, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The document; to a browser that asked for a page, the same as a page."""
    page: Page | None = getattr(request.app.state, "problem_page", None)
    if page is None or not wants_page(request):
        return answer(body, headers)
    response = page(request, body)
    response.headers.update(dict(headers or {}))
    return response


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def spoken(request: Request) -> str:
    """The language of what leaves as a problem: a page's, or the api's."""
    return words.page_language(request) if wants_page(request) else words.language(request)


def answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), body["status"], dict(headers or {}), MEDIA_TYPE)


def refusal(refused: Refused, lang: str) -> dict[str, Any]:
    """409; 403 where it is not for his role; 422 where the body itself cannot be meant (a length, an unknown
    name, a moment out of order)."""
    code = refused.rule
    about_body = code.startswith(BODY) or code.endswith(".unknown")
    status = 403 if code == "actor.role" else 422 if about_body else 409
    help_text = words.rule(f"{code}.help", lang, refused.help, refused.facts)
    return {
        "type": f"urn:huisheng:rule:{code}",
        "title": words.rule(f"status.{status}", lang, TITLES[status], {}),
        "status": status,
        "detail": words.rule(code, lang, words.sentence(refused.detail), refused.facts),
        "code": code,
        "rule": code,
        "what_would_help": help_text,
    }


def of(error: Exception, lang: str) -> dict[str, Any] | None:
    """The problem document of an error this product means to raise; None for any other."""
    match error:
        case BadContent():
            facts = {"field": error.field, "message": error.message}
            return document(422, "rule-book.bad-content", lang, facts=facts, field=error.field)
        case Refused():
            return refusal(error, lang)
        case Problem():
            more = {"errors": list(error.errors)} if error.errors else {}
            return document(error.status, error.code, lang, facts=error.facts, **more)
        case Conflict():
            versions = {"expected": error.expected, "actual": error.actual}
            return document(412, error.code, lang, facts=versions, actual=error.actual)
        case KeyReused():
            return document(409, "idempotency.reused", lang)
        case TooFarAhead():
            return document(422, "moment.in-the-future", lang, rule="moment.in-the-future")
        case KeyDestroyed():
            return document(409, "personal-data.erased", lang)
        case StoreUnavailable():
            return document(503, "store.unavailable", lang)
        case _:
            return None


async def respond(request: Request, error: Exception) -> Response:
    lang = spoken(request)
    body = of(error, lang)
    if body is None:
        # The standard traceback shows no local variables: no opened value reaches a log line.
        log.error("%s %s failed", request.method, request.scope.get("path", ""), exc_info=error)
        return broken(request, document(500, "internal", lang))
    headers = dict(error.headers or {}) if isinstance(error, Problem) else {}
    lapsed: Lapsed | None = getattr(request.app.state, "lapsed_page", None)
    if body["code"] == "actor.unknown" and lapsed is not None and wants_page(request):
        page = await lapsed(request)
        if page is not None:
            return page
    if body["status"] == 503:
        headers.setdefault("Retry-After", "1")
    return told(request, body, headers)


def broken(request: Request, body: Mapping[str, Any]) -> Response:
    """As a page if a page can still be made; what broke once may break again."""
    try:
        return told(request, body, SAFE)
    except Exception:
        return answer(body, SAFE)


async def invalid(request: Request, error: Exception) -> Response:
    """What FastAPI's own check of body, path and query found. A path that cannot be is a 404."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    lang = spoken(request)
    if any(e["loc"][:1] == ("path",) for e in found):
        return told(request, document(404, "not-found", lang))
    listed = misfits.listed(found, lang, skip=1)
    in_body = all(e["loc"][:1] == ("body",) for e in found)
    facts = {"message": f"{listed[0]['field']}: {listed[0]['message']}"}
    return told(
        request,
        document(422, "body.invalid" if in_body else "query.invalid", lang, facts=facts, errors=listed),
    )


FRAMEWORK: Mapping[int, str] = {
    400: "body.malformed",
    404: "not-found",
    405: "method.not-allowed",
    408: "body.too-slow",
    413: "body.too-large",
}


async def http(request: Request, error: Exception) -> Response:
    """The framework's own refusals: no such route, wrong method."""
    assert isinstance(error, HTTPException)
    known = FRAMEWORK.get(error.status_code, "request.refused")
    body = document(error.status_code, known, spoken(request), facts={"limit": error.detail})
    return told(request, body, error.headers)


def install(app: FastAPI) -> None:
    for kind in (
        Refused,
        Problem,
        Conflict,
        KeyReused,
        TooFarAhead,
        KeyDestroyed,
        StoreUnavailable,
        Exception,
    ):
        app.add_exception_handler(kind, respond)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "zh-CN or English, by Accept-Language"},
        "code": {"type": "string", "description": "stable"},
        "rule": {"type": "string", "description": "the rule that refused"},
        "what_would_help": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: these statuses leave as problem documents."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}
