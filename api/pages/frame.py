"""The frame of every page: who looks, in which language, where links lead, and how a template is shown."""

import re
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse

from api import facing, words
from api.answers import Reader
from api.facing import Facing
from api.lists import now_of
from api.naming import own_name
from api.pages import hints, live, lost, menu, waiting
from api.pages.compiled import Compiled
from api.problems import Problem
from api.sign_in import Viewer as Viewer
from api.sign_in import door_of
from domain.messages import Actor
from engine.engine import Engine
from engine.errors import StoreUnavailable

TEMPLATES = Path(__file__).parent.parent / "templates"
PLACES = Environment(
    loader=FileSystemLoader(TEMPLATES),
    bytecode_cache=Compiled(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_PLAIN = re.compile(r"[A-Za-z0-9_.~:,-]*")
"""What stands in a query as it is. Most of what does, and asking is quicker than quoting it."""
_SHOWN = re.compile(r'href="#i-([\w-]+)"')
_DRAWING = re.compile(r'<symbol id="i-([\w-]+)".*?</symbol>\n?')


@cache
def icon(name: str, extra: str = "") -> Markup:
    """A drawing of the sprite (templates/icons.html); a word always stands beside it."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="#i-{}"/></svg>').format(extra, name)


def only_used(html: str) -> str:
    """A page with those drawings alone that it shows: all together are a tenth of what it may weigh."""
    used = set(_SHOWN.findall(html))
    return _DRAWING.sub(lambda drawing: drawing[0] if drawing[1] in used else "", html)


class Page:
    """What every template needs: who looks, in which language, and links that keep the language."""

    def __init__(self, request: Request, viewer: Actor | None, here: str) -> None:
        self.request = request
        self.viewer = viewer
        self.here = here
        self.lang = words.page_language(request)
        self.engine: Engine = request.app.state.engine
        self.facing = Facing(self.engine, self.lang, now_of(self.engine))
        self.counted: dict[str, int] = {}  # by entry of the menu, what the page counts itself (waiting.py)
        if viewer is not None and request.method == "POST":
            waiting.forget(self.engine, viewer)

    @property
    def person(self) -> str:
        return self.viewer.person if self.viewer else ""

    @property
    def role(self) -> str:
        return self.viewer.role if self.viewer else ""

    def reader(self) -> Reader:
        """Cases as the viewer may read them. Problem 401 for nobody."""
        return Reader(self.request.app.state.cases, signed_in(self.viewer), self.facing.now)

    def say(self, text: str, **facts: object) -> str:
        return words.say(text, self.lang, **facts)

    @cached_property
    def kept(self) -> Mapping[str, str]:
        """What every address carries on: the language, where the browser does not keep it itself."""
        if "lang" in self.request.query_params and words.remembered(self.request) != self.lang:
            return {"lang": "en" if self.lang == words.ENGLISH else "zh"}
        return {}

    def to(self, path: str, **query: object) -> str:
        """An address that keeps the language."""
        return address(path, {**self.kept, **{k: v for k, v in query.items() if v not in (None, "")}})

    def same(self, **changes: object) -> str:
        """This address with some parameters changed; None takes one away."""
        kept = {k: v for k, v in self.request.query_params.multi_items() if k not in changes}
        return address(self.request.url.path, kept | {k: v for k, v in changes.items() if v is not None})

    def show(self, template: str, status: int = 200, **context: object) -> Response:
        scope = self.viewer.scope if self.viewer else ""
        html = PLACES.get_template(template).render(
            _=self.say, to=self.to, same=self.same, icon=icon, lang=self.lang, here=self.here,
            viewer=self.viewer, **self._who(),
            demo=self.request.app.state.demo, position=self.engine.views.position(), roles=facing.ROLES,
            scope_name=self.facing.scope(scope), menu=tuple(menu.of(self.role)), none=None,
            badges=waiting.of(self) if status < 500 else {},
            counts=self.viewer is not None and self.viewer.role != "resident",
            watched=live.watched(self.request.url.path, self.role), hint=hints.of(self),
            **({"print": self.request.query_params.get("print") == "1"} | context),
        )  # fmt: skip
        response = HTMLResponse(only_used(html), status, {"Content-Language": self.lang})
        if words.chosen(self.request) not in ("", words.remembered(self.request)):
            remember(self.request, response, words.REMEMBERED, self.lang)
        return response

    def _who(self) -> dict[str, Any]:
        """What the header says of whoever is signed in: his name, and the other roles he may take."""
        if self.viewer is None:
            return {"called": "", "other_roles": []}
        door = door_of(self.request)
        person = self.viewer.person
        others = [role for role in door.standing.roles(person) if role != self.viewer]
        return {
            "called": own_name(self.engine, person, self.lang) or person,
            "other_roles": [
                {"role": role.role, "scope": role.scope, "where": self.facing.scope(role.scope)}
                for role in others
            ],
        }


def remember(request: Request, response: Response, name: str, value: str) -> None:
    """Keep a choice of this browser for a year. It says nothing of anybody."""
    response.set_cookie(
        name, value, max_age=31_536_000, path="/", secure=request.url.scheme == "https", httponly=True,
        samesite="lax",
    )  # fmt: skip


def address(path: str, query: Mapping[str, object]) -> str:
    """What a query may hold as it is stays so: a page of figures has hundreds of moments in its links."""
    text = "&".join([f"{_quoted(k)}={_quoted(str(v))}" for k, v in query.items()])
    return f"{path}?{text}" if text else path


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote_plus(text, safe=":,")


def signed_in(viewer: Actor | None) -> Actor:
    if viewer is None:
        raise Problem(401, "actor.unknown")
    return viewer


def problem_page(request: Request, body: Mapping[str, Any]) -> Response:
    """A refusal as a page, for whoever asked for one; a stranger is led to the login, and back again."""
    if body["code"] == "actor.unknown" and request.method in ("GET", "HEAD"):
        return RedirectResponse(
            address("/login", {"next": address(request.url.path, request.query_params)}), 303
        )
    page = Page(request, viewer_of(request), "")
    said = lost.of(body["status"], body["code"], body["title"], wrote=request.method == "POST")
    says = {"title": page.say(said.title), "safe": page.say(said.safe), "again": page.say(said.again)}
    again = page.same()
    if body["status"] == 401:
        again = page.to("/login", next=request.url.path if request.method == "GET" else "/")
    return page.show("problem.html", body["status"], problem=body, says=says, again=again)


def viewer_of(request: Request) -> Actor | None:
    """Who looks, for a page that has failed: nobody, if that cannot be found out."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    try:
        session = door_of(request).sessions.of(request)
    except (Problem, StoreUnavailable):
        return None
    return None if session is None else session.actor
