"""The frame of every page: who looks, in which language, where the links lead, and how a template is shown.

Until sign-in exists a page shows what a demo user sees (`?as=dispatcher`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse

from api import facing, words
from api.answers import Reader
from api.facing import Facing
from api.lists import now_of
from api.pages import menu
from api.problems import Problem
from api.sign_in import caller
from domain.messages import Actor
from engine.engine import Engine

PLACES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def icon(name: str, extra: str = "") -> Markup:
    """A drawing of the sprite (templates/icons.html); a word always stands beside it."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="#i-{}"/></svg>').format(extra, name)


async def viewer_of(
    request: Request, named: Annotated[str | None, Query(alias="as", max_length=40)] = None
) -> Actor | None:
    """Whose eyes the page is seen with; on a demo the dispatcher's, unless another is named."""
    header = request.headers.get("x-dev-actor")
    if named or header:
        return caller(request, named or header)
    try:
        return caller(request, "dispatcher")
    except Problem:
        return None


Viewer = Annotated[Actor | None, Depends(viewer_of)]


class Page:
    """What every template needs: who looks, in which language, and links that keep both."""

    def __init__(self, request: Request, viewer: Actor | None, here: str) -> None:
        self.request = request
        self.viewer = viewer
        self.here = here
        self.lang = words.page_language(request)
        self.engine: Engine = request.app.state.engine
        self.facing = Facing(self.engine, self.lang, now_of(self.engine))

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

    def to(self, path: str, **query: object) -> str:
        """An address that keeps the language and the viewer."""
        kept: dict[str, str] = {}
        if "lang" in self.request.query_params:
            kept["lang"] = "en" if self.lang == words.ENGLISH else "zh"
        if "as" in self.request.query_params:
            kept["as"] = self.request.query_params["as"]
        return address(path, kept | {k: v for k, v in query.items() if v not in (None, "")})

    def same(self, **changes: object) -> str:
        """This address with some parameters changed; None takes one away."""
        kept = {k: v for k, v in self.request.query_params.multi_items() if k not in changes}
        return address(self.request.url.path, kept | {k: v for k, v in changes.items() if v is not None})

    def show(self, template: str, status: int = 200, **context: object) -> Response:
        scope = self.viewer.scope if self.viewer else ""
        html = PLACES.get_template(template).render(
            _=self.say, to=self.to, same=self.same, icon=icon, lang=self.lang, here=self.here,
            viewer=self.viewer,
            demo=self.request.app.state.demo, position=self.engine.views.position(), roles=facing.ROLES,
            scope_name=self.facing.scope(scope), menu=tuple(menu.of(self.role)), none=None,
            counts=self.viewer is not None and self.viewer.role != "resident", **context,
        )  # fmt: skip
        return HTMLResponse(html, status, {"Content-Language": self.lang})


def address(path: str, query: Mapping[str, object]) -> str:
    text = str(QueryParams({k: str(v) for k, v in query.items()}))
    return f"{path}?{text}" if text else path


def signed_in(viewer: Actor | None) -> Actor:
    if viewer is None:
        raise Problem(401, "actor.unknown")
    return viewer


def problem_page(request: Request, body: Mapping[str, Any]) -> Response:
    """A refusal as a page, for whoever asked for one."""
    page = Page(request, None, "")
    return page.show("problem.html", body["status"], problem=body)
