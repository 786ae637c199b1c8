"""The pages: what is here, the register, one case as a story, the figures. Plain HTML, no script.

Until sign-in exists a page shows what a demo user sees (`?as=dispatcher`), under the same conditions as the
header `X-Dev-Actor`. Pages only read; what changes something goes through the api.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse

from api import evidence, facing, showing, stories, words
from api.answers import Reader
from api.facing import Facing
from api.figures import within_month
from api.lists import Asked, Filters, complaints, now_of
from api.orders import AtCases, AtEngine
from api.problems import Problem
from api.sight import must_see
from api.sign_in import USERS, caller
from api.statistics import Question, answered, countable
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Filter, count

router = APIRouter(include_in_schema=False)

SHOWN = 50
ON_HOME = 8
PLACES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
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
            scope_name=self.facing.scope(scope), none=None,
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


@router.get("/")
async def home(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    page = Page(request, viewer, "home")

    def read() -> Response:
        organisation = engine.desk.stage().organisation
        now = engine.clock()
        today = organisation.local_date(now)
        registered, rows = 0, []
        if viewer is not None:
            reader = Reader(cases, viewer, page.facing.now)
            asked = Asked(registered_from=today.isoformat())
            found = complaints(engine, reader, viewer, asked, None, ON_HOME, total=True)
            registered, rows = found["total"], [page.facing.row(item) for item in found["items"]]
        else:
            midnight = page.facing.midnight(today)
            with engine.views.read() as reading:
                registered = count(reading, "cases", [Filter("registered_at", ">=", midnight)])
        rates, period = showing.three_rates(engine, page.facing)
        users = [
            {
                "name": name,
                "says": user.en if page.lang == words.ENGLISH else user.zh,
                "scope": user.actor.scope,
            }
            for name, user in USERS.items()
        ]
        return page.show(
            "home.html", today=page.facing.day(today), rates=rates, period=period,
            registered_today=registered,
            rows=rows, users=users,
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/complaints")
async def register(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    cases: AtCases,
    filters: Filters,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)

    def read() -> Response:
        reader = Reader(cases, actor, page.facing.now)
        found = complaints(engine, reader, actor, filters, cursor, SHOWN, total=True)
        asked = {name: request.query_params.get(name, "") for name in (*facing.CHOICES, "q", "cursor")}
        return page.show(
            "complaints.html", rows=[page.facing.row(item) for item in found["items"]], next=found["next"],
            asked=asked, choices=page.facing.choices(actor), applied=page.facing.applied(asked),
            heading=page.say("{n} 件工单", n=f"{found['total']:,}"),
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/complaints/{complaint}")
async def case_page(
    request: Request, complaint: str, viewer: Viewer, engine: AtEngine, cases: AtCases,
    key: Annotated[bool, Query()] = False,
) -> Response:  # fmt: skip
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)

    def read() -> Response:
        case = must_see(cases, actor, complaint)
        answer = Reader(cases, actor, page.facing.now).of_case(case)
        row = page.facing.row(answer)
        lines = stories.history(engine, cases, actor, case, page.lang, key=key)
        may = stories.permissions(engine, actor, complaint, page.lang)
        return page.show(
            "complaint.html", case=answer, row=row, key=key, rounds=page.facing.rounds(lines),
            clocks=page.facing.clocks(stories.clocks(engine, case, page.lang), answer["next_clock"]),
            facts=page.facing.key_facts(answer),
            allowed=[page.facing.command(name) for name in may["allowed"]],
            refused=[no | {"name": page.facing.command(no["command"])} for no in may["refused"]],
            text=answer["text"], print=request.query_params.get("print") == "1",
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/statistics")
async def statistics(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    first: Annotated[str, Query(alias="from", max_length=40)] = "",
    last: Annotated[str, Query(alias="to", max_length=40)] = "",
    by: Annotated[str, Query(max_length=40)] = "month",
    as_of: Annotated[str, Query(max_length=40)] = "",
    known_at: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    countable(actor)

    def read() -> Response:
        asked = showing.Asked(first, last, by, as_of, known_at)
        return page.show("statistics.html", **showing.overview(engine, page.facing, actor, asked))

    return await answered(read)


@router.get("/statistics/{indicator}/cases")
async def counted(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    cases: AtCases,
    question: Question,
    month: Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$")] = "",
    part: Annotated[str, Query(max_length=60)] = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)
    countable(actor)

    def read() -> Response:
        asked = within_month(engine, question, month)
        return page.show("counted.html", **showing.cases(engine, page.facing, actor, asked, part, cursor))

    return await answered(read)


@router.get("/evidence/{kept}")
async def picture(kept: str, engine: AtEngine, viewer: Viewer) -> Response:
    return await evidence.fetch(engine, signed_in(viewer), kept)


def problem_page(request: Request, body: Mapping[str, Any]) -> Response:
    """A refusal as a page, for whoever asked for one."""
    page = Page(request, None, "")
    return page.show("problem.html", body["status"], problem=body)
