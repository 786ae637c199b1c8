"""The composition root of HTTP: where routes, problems, headers and pages are joined to one engine."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute

from api import (
    administration,
    audit,
    bulk,
    called,
    commands,
    complaints,
    docs,
    duties,
    erasing,
    evidence,
    gate,
    health,
    jobs,
    pages,
    problems,
    publishing,
    rebuilding,
    rehearsing,
    revealing,
    rule_books,
    sampling,
    statistics,
    stream,
    tlog,
    tracking,
    words,
)
from api.aisles import Aisle, beginning
from api.bundles import asking as bundles
from api.capture import routes as capture
from api.capture.settings import Settings as CaptureSettings
from api.care import routes as care
from api.cases import Cases
from api.duty_calendar import routes as duty_calendar
from api.files import Files
from api.headers import SafeHeaders
from api.households import routes as households
from api.limits import BodyLimit, Reporters, Visitors
from api.organisation import routes as organisation
from api.parameters import known_parameters
from api.patrols import routes as patrols
from api.points import routes as points
from api.points.subjects import Points
from api.signing_in import giving, login, me
from api.signing_in.cross_site import CrossSite
from api.signing_in.door import Door
from api.signing_in.rules import Rules
from api.visits import routes as visits
from engine.engine import Engine

VERSION = "0.1.0"

ROUTERS = (
    bulk,
    capture,
    complaints,
    commands,
    evidence,
    publishing,
    statistics,
    sampling,
    rehearsing,
    rule_books,
    duties,
    duty_calendar,
    tracking,
    points,
    visits,
    patrols,
    households,
    care,
    organisation,
    revealing,
    administration,
    rebuilding,
    jobs,
    audit,
    tlog,
    bundles,
    stream,
    health,
    giving,
    me,
    login,
    pages,
)
"""Fixed addresses before those with an id in them."""

OPEN = (health, login, pages)
"""Outside /api: a page or a probe may be called with anything behind the question mark."""
GUARDED = (Depends(known_parameters),)


SUBJECTS = (
    "sign-in", "complaints", "complaint commands", "evidence", "capture", "duties", "statistics",
    "spot checks", "rule books", "visits", "patrols", "households", "care plans", "tracking", "organisation",
    "people", "personal data", "administration", "audit", "stream", "health",
)  # fmt: skip
"""The order of the documentation."""


def create_app(engine: Engine, *, demo: bool = False, rules: Rules | None = None) -> FastAPI:
    """The application over an engine that is open and started. `demo` lets the users of the demo community
    sign in; `rules` are how signing in goes, else the environment says it (BadSetting).

    The caller closes the engine after the application has stopped.
    """
    for language in ("zh", "en"):
        words.catalogue(language)
    pages.prepare()
    app = FastAPI(
        title="Huisheng 回声",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=running,
        openapi_url="/openapi.json",
        openapi_tags=[{"name": name} for name in SUBJECTS],
    )
    app.state.engine = engine
    app.state.cases = Cases(engine)
    app.state.points = Points(engine)
    app.state.jobs = jobs.Jobs(engine)
    app.state.demo = demo
    app.state.gate = gate.admit
    app.state.retention = erasing.retention(os.environ)
    app.state.capture = CaptureSettings.of(os.environ)
    app.state.door = Door(engine, rules or Rules.of(os.environ), demo=demo)
    app.state.parameters = {}
    app.state.meters = health.Meters()
    app.state.problem_page = pages.problem_page
    app.state.lapsed_page = login.lapsed
    app.state.visitors = Visitors()
    app.state.reporters = Reporters()
    app.router.routes.extend(joined().routes)
    app.mount("/static", Files(directory=Path(__file__).parent / "static"), name="static")
    docs.install(app)
    problems.install(app)
    gate.check(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(health.Measured, meters=app.state.meters)
    app.add_middleware(CrossSite)
    app.add_middleware(SafeHeaders)
    zone, named = (lambda: engine.desk.stage().organisation.zone), called.names_of(engine)
    app.add_middleware(words.LocalWords, zone=zone, named=named, now=engine.clock)
    return app


@cache
def joined() -> APIRouter:
    """All routers as one, for every application of this process: what FastAPI works out of some three hundred
    routes takes it half a second, and depends on no engine."""
    aisles: dict[tuple[str, bool], Aisle] = {}
    for part in ROUTERS:
        for route in plain(part.router.routes):
            begins = beginning(getattr(route, "path", "/"))
            aisle = aisles.setdefault((begins, part in OPEN), Aisle(begins))
            aisle.routes.append(route)
    whole = APIRouter()
    for (_, everybody), aisle in aisles.items():
        whole.include_router(aisle, dependencies=[] if everybody else GUARDED)
    return whole


def plain(found: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    """The routes themselves, out of the routers that were included in one another without adding anything:
    FastAPI would work out each anew for every router around it."""
    for route in found:
        inside = getattr(route, "original_router", None)
        if inside is None:
            yield route
        else:
            yield from plain(inside.routes)


def looked(engine: Engine) -> None:
    """What the first page would wait for: who is who in the organisation, and a way into the views."""
    engine.desk.stage()
    with engine.views.read() as reading:
        reading.position()


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Listens while it serves. Whoever runs the server ends the streams first (`app.state.pulse.end`)."""
    app.state.pulse = stream.Pulse(app.state.engine)
    await asyncio.to_thread(looked, app.state.engine)
    yield
    app.state.jobs.close()
    app.state.door.close()
    await app.state.pulse.stop()
