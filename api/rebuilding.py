"""The views over HTTP: how far each is, whether one says what the log says, and making them anew.

A check folds the log into a side store and compares; making anew puts such a side store live in one step.
Both are jobs, and the product goes on meanwhile (engine/rebuild.py).
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response

from api import problems
from api.administration import note
from api.answers import z
from api.bodies import StrictRoute
from api.jobs import Jobs, Move, Nothing, Work
from api.orders import AtEngine, said
from api.routing import example
from api.sight import everywhere
from api.sign_in import Caller
from domain import administration
from domain.administration import NoteRebuild, ViewsRebuilt
from domain.messages import Actor
from domain.refusals import Refused
from engine import rebuild
from engine.engine import Engine
from engine.fold import Projection

router = APIRouter(prefix="/api/v1/projections", tags=["administration"], route_class=StrictRoute)

Name = Annotated[str, Path(pattern=r"^[a-z_-]{1,40}$", examples=["cases"])]
ALL = "all"
CHECKED = "views.checked"
"""The setting that keeps what the last check of each projection found."""


@router.get("", summary="The views, and how far each is", responses=problems.responses(401, 403, 503))
async def projections(engine: AtEngine, caller: Caller) -> Response:
    """All are folded together, so they stand at one position; `checked` is what the last check found."""
    return said(await asyncio.to_thread(standing, engine))


def standing(engine: Engine) -> dict[str, Any]:
    head, position = engine.log.head(), engine.views.position()
    checked = orjson.loads(engine.log.setting(CHECKED) or "{}")
    rebuilt = {
        name: line
        for line in engine.log.stream(administration.STREAM)
        if isinstance(line.fact, ViewsRebuilt)
        for name in line.fact.projections
    }
    items = [
        {
            "name": each.NAME,
            "version": each.VERSION,
            "tables": [table.name for table in each.TABLES],
            "facts": len(each.FACTS),
            "rebuilt_at": z(rebuilt[each.NAME].recorded_at) if each.NAME in rebuilt else None,
            "checked": checked.get(each.NAME),
        }
        for each in engine.projections
    ]
    return {
        "items": items, "next": None, "position": position, "head": head, "behind": max(0, head - position),
        "generation": engine.views.live().name,
    }  # fmt: skip


def chosen(engine: Engine, name: str) -> tuple[Projection, ...]:
    """Those of the name; problem 404 for none."""
    found = tuple(each for each in engine.projections if name in (ALL, each.NAME))
    if not found:
        raise problems.not_found()
    return found


@router.post(
    "/{name}/verify", status_code=202, summary="Compare a view with the log",
    responses=problems.responses(401, 403, 404, 413, 422, 503),
    openapi_extra=example({}),
)  # fmt: skip
async def verify(name: Name, body: Nothing, request: Request, engine: AtEngine, caller: Caller) -> Response:
    """A job; `all` for every view. `result.outcome` is `same` or `differs` (`difference` names the first), or
    `underway` where another process is at it."""
    return accepted(request, checking(request, engine, caller, name))


@router.post(
    "/{name}/rebuild", status_code=202, summary="Make the views anew, and put them live",
    responses=problems.responses(401, 403, 404, 409, 413, 422, 503),
    openapi_extra=example({}),
)  # fmt: skip
async def renew(name: Name, body: Nothing, request: Request, engine: AtEngine, caller: Caller) -> Response:
    """A job; only `all`, and by an administrator of the whole deployment. It stands in the administration's
    log afterwards."""
    return accepted(request, renewing(request, engine, caller, name))


def accepted(request: Request, job: str) -> Response:
    address = f"/api/v1/jobs/{job}"
    return said({"job": address, "id": job, "state": "running"}, 202, Location=address)


# ------------------------------------------------------------------ the work


def checking(request: Request, engine: Engine, actor: Actor, name: str) -> str:
    """Begin a check; the job's id."""
    picked = chosen(engine, name)

    def work(move: Move) -> dict[str, Any]:
        try:
            report = rebuild.rebuild(engine, picked, verify=True, progress=move)
        except rebuild.RebuildUnderway:
            return told("verify", picked, "underway")
        difference = None if report.difference is None else str(report.difference)
        keep(engine, picked, report.events, difference)
        outcome = "same" if difference is None else "differs"
        return told("verify", picked, outcome, report, difference=difference)

    return begun(request, actor, work)


def renewing(request: Request, engine: Engine, actor: Actor, name: str) -> str:
    """Begin making the views anew; the job's id. Refused for one view by itself, and for whoever administers
    a part."""
    picked = chosen(engine, name)
    if name != ALL:
        raise Refused(
            "projection.together",
            "the views go live together, or not at all",
            help=f"POST /api/v1/projections/{ALL}/rebuild",
            name=name,
        )
    if not everywhere(actor):
        raise Refused(
            "projection.whole-deployment",
            "the views are the whole deployment's",
            help="an administrator without a scope",
            scope=actor.scope,
        )

    def work(move: Move) -> dict[str, Any]:
        try:
            report = rebuild.rebuild(engine, picked, swap=True, progress=move)
        except rebuild.RebuildUnderway:
            return told("rebuild", picked, "underway")
        note(engine, NoteRebuild(tuple(each.NAME for each in picked), report.events), actor)
        return told("rebuild", picked, "swapped", report)

    return begun(request, actor, work)


def begun(request: Request, actor: Actor, work: Work) -> str:
    jobs: Jobs = request.app.state.jobs
    return jobs.start(actor, work)


def told(
    deed: str,
    picked: Sequence[Projection],
    outcome: str,
    report: rebuild.RebuildReport | None = None,
    *,
    difference: str | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {"deed": deed, "projections": [each.NAME for each in picked], "outcome": outcome}
    if report is not None:
        found |= {
            "events": report.events,
            "seconds": round(report.seconds, 3),
            "generation": report.generation,
        }
    return found | {"difference": difference}


def keep(engine: Engine, picked: Sequence[Projection], position: int, difference: str | None) -> None:
    """Remember what a check found, for whoever looks next."""
    checked = orjson.loads(engine.log.setting(CHECKED) or "{}")
    for each in picked:
        checked[each.NAME] = {"at": z(engine.clock()), "position": position, "difference": difference}
    engine.log.set_setting(CHECKED, orjson.dumps(checked).decode())
