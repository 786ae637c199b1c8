"""The pages of signing in: `/login`, out again, and acting in another of one's roles. Plain forms, no
script."""

from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import words
from api.demo_users import PASSWORD, USERS
from api.facing import ROLES
from api.pages.frame import Page
from api.problems import Problem, document, not_found, wants_page
from api.sign_in import Present, Viewer, door_of
from api.signing_in.door import Door
from api.signing_in.giving import Form, came_from
from api.signing_in.issuers import FLOW, Flow, Untrusted, host_of
from api.signing_in.tokens import BadToken
from api.signing_in.typed import Typed, sent, taken
from domain.messages import Actor

router = APIRouter(include_in_schema=False)

DOORS = ("/login", "/logout", "/acting")
"""Where nobody wants to be led after he came in."""
Next = Annotated[str, Query(max_length=500)]


@router.get("/login")
async def page(request: Request, viewer: Viewer, next: Next = "") -> Response:
    return shown(request, viewer, next)


@router.post("/login")
async def sign_in(request: Request, fields: Form) -> Response:
    """A right password opens a session; a wrong one shows the page again, with a sentence."""
    door = door_of(request)
    after, login = fields.get("next", ""), fields.get("username", "")
    try:
        door.sessions.must_be_private(request)
        person = await door.person(login, fields.get("password", ""), came_from(request))
        actor = door.acting(person, fields.get("scope", "").strip())
    except Problem as no:
        if no.status == 503 or not wants_page(request):
            raise
        return shown(request, None, after, refused=no, login=login, typed=taken(fields.get("typed", "")))
    typed = taken(fields.get("typed", ""))
    if typed is None or own_path(typed.to) != typed.to:
        return opened(request, actor, after)
    response = Page(request, actor, "").show("typed.html", typed=typed)
    door.sessions.begin(request, response, actor)
    return response


def opened(request: Request, actor: Actor, after: str) -> Response:
    """On to where he wanted to go, with a session of his own."""
    response = RedirectResponse(own_path(after), 303)
    door_of(request).sessions.begin(request, response, actor)
    return response


@router.get("/login/issuer")
async def leave(request: Request, next: Next = "") -> Response:
    """Off to the outside issuer, with a cookie that knows the way back."""
    door = door_of(request)
    if door.issuer is None:
        raise not_found()
    door.sessions.must_be_private(request)
    try:
        address, flow = await door.issuer.begin(back(request), own_path(next))
    except Untrusted as no:
        return shown(request, None, next, refused=Problem(503, "sign-in.issuer", message=str(no)))
    response = RedirectResponse(address, 303)
    door.sessions.keep_flow(request, response, door.tokens.sign_flow(asdict(flow), FLOW))
    return response


@router.get("/login/issuer/back")
async def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back with a code: whoever it is said to be gets a session, if an administrator linked him."""
    door = door_of(request)
    if door.issuer is None:
        raise not_found()
    after = ""
    try:
        flow = Flow(**door.tokens.read_flow(door.sessions.flow(request)))
        after = flow.next
        person = door.linked(await door.issuer.finish(back(request), flow, state, code))
        if person is None or not door.standing.may_sign_in(door.standing.person(person)):
            raise Untrusted("nobody here has this account")
        response = opened(request, door.acting(person), after)
    except (Untrusted, BadToken) as no:
        message = str(no) or "it took too long"
        response = shown(request, None, after, refused=Problem(403, "sign-in.issuer", message=message))
    door.sessions.keep_flow(request, response, "")
    return response


async def lapsed(request: Request) -> Response | None:
    """The answer to a form sent when the session was over: the sign-in, with what was typed."""
    typed = await sent(request)
    return None if typed is None else shown(request, None, "", typed=typed, status=401)


def back(request: Request) -> str:
    return str(request.url_for("come_back"))


@router.post("/logout")
async def sign_out(request: Request) -> Response:
    response = RedirectResponse("/login", 303)
    door_of(request).sessions.end(request, response)
    return response


@router.post("/acting")
async def act_as(request: Request, present: Present, fields: Form) -> Response:
    """Go on in another role of his: a new session, and the old one ends."""
    wanted = f"{fields.get('role', '')}:{fields.get('scope', '')}"
    actor = door_of(request).acting(present.actor.person, wanted)
    return opened(request, actor, fields.get("next", ""))


def shown(
    request: Request, viewer: Actor | None, after: str, *, refused: Problem | None = None, login: str = "",
    typed: Typed | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """The page that asks who somebody is. `typed` goes with him."""
    page = Page(request, viewer, "login")
    door = door_of(request)
    english = page.lang == words.ENGLISH
    users = [
        {"id": id, "says": user.en if english else user.zh, "role": ROLES[user.actor.role]}
        for id, user in USERS.items()
    ]
    said = ""
    if refused is not None:
        said = document(refused.status, refused.code, page.lang, facts=refused.facts)["detail"]
    response = page.show(
        "login.html", status if refused is None else refused.status, typed=typed.text() if typed else "",
        users=users if door.demo else [], password=PASSWORD, issuer=named(door), refused=said,
        login=login[:64], next=own_path(after),
    )  # fmt: skip
    if refused is not None and "Retry-After" in (refused.headers or {}):
        response.headers["Retry-After"] = (refused.headers or {})["Retry-After"]
    return response


def own_path(wanted: str) -> str:
    """An address of this site, or the first page: nobody is led elsewhere by a link to the login."""
    parts = urlsplit(wanted) if wanted.isascii() and wanted.isprintable() else urlsplit("")
    safe = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if safe and not parts.scheme and not parts.netloc and parts.path not in DOORS else "/"


def named(door: Door) -> str:
    """What the button to the outside issuer says; "" where there is none."""
    rules = door.rules.issuer
    return (rules.name or host_of(rules.issuer)) if rules is not None and rules.client_id else ""
