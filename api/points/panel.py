"""The supervision panel over HTTP: who sits on it, its disclosures, the rankings it froze, the honours.

Figures are the engine's, read when the command is given; people look, note findings and sign.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, StringConstraints

from api import kinds, problems
from api.answers import at, page
from api.bodies import StrictRoute
from api.orders import Ask, Asking, etag, said
from api.points import bodies as b
from api.points.claims import panel_over
from api.points.rankings import checked, earned
from api.points.saves import save
from api.points.sight import inside
from api.points.subjects import AtPoints, Points
from api.points.told import foreseen, told
from api.problems import Problem
from api.routing import OWN_COMMANDED, CaughtUp, example
from api.sign_in import Caller
from domain.messages import Actor
from domain.points import panel as panels
from domain.refusals import Refused
from domain.steps import Step
from engine.engine import Engine
from engine.read import Condition, Filter, count, rows, sums
from engine.views import Reading
from projections.case import Kept
from projections.points.panel import Panel
from projections.points.panels import honour_row, panel_row
from projections.points.spans import bounds_of
from projections.views import Row

router = APIRouter(prefix="/api/v1/panel", tags=["points: panel"], route_class=StrictRoute)

LONGEST_WAIT = 2.0
DISCLOSED = ("half_year", "place", "redemptions", "points", "checkpoint", "published_at", "position")
"""What everybody may read: totals, and the place in the log where they can be checked."""

HonourId = Annotated[str, Path(pattern=r"^[\w.-]{1,160}$", description="As listed: <period>-<account>.")]


class Appointment(kinds.Command):
    """`quorum` members sign a review: more than half if left out."""

    place: kinds.Name
    members: Annotated[list[kinds.Name], Field(min_length=1, max_length=50)]
    quorum: Annotated[int, Field(ge=0, le=50)] = 0


class Disclosure(kinds.Command):
    half_year: Annotated[str, StringConstraints(pattern=r"^\d{4}-H[12]$")]


class Freezing(kinds.Command):
    """A month, a quarter, a year that is over."""

    period: Annotated[str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$")]


class Honour(kinds.Command):
    """`title`: the ranking's own if left out."""

    account: b.Id
    period: kinds.Name
    title: kinds.MaybeName = ""


class Revocation(kinds.Command):
    reason: kinds.Text


# ------------------------------------------------------------------ whose panel


def mine(points: Points, actor: Actor) -> tuple[str, str]:
    """Stream and place of the panel over the caller. Refused where none is appointed."""
    stream, found = panel_over(points, actor.scope)
    panels.members(found.state)
    return stream, found.state.place


def readable(points: Points, actor: Actor, grid: str = "") -> Panel:
    """The panel of `grid`, else the one over the caller, else the only one below him; for staff who answer
    for its whole place. Problem 404 for anybody else, and where there are several."""
    found = points.panels.find(panel_over(points, grid.strip("/") or actor.scope)[0])
    if found is None and not grid:
        below = [points.panels.find(stream) for stream in points.engine.log.streams_named("panel-")]
        mine = [panel for panel in below if panel is not None and inside(actor, panel.place)]
        found = mine[0] if len(mine) == 1 else None
    if found is None or not inside(actor, found.place):
        raise problems.not_found()
    return found


def public(points: Points, actor: Actor, grid: str = "") -> Panel:
    """As `readable`, and for everybody who lives or works where the panel sits."""
    over = points.panels.find(panel_over(points, actor.scope)[0])
    if not grid and over is not None:
        return over
    return readable(points, actor, grid)


Show = Callable[[Panel], dict[str, Any]]


async def give(
    ask: Asking, points: Points, stream: str, command: Any, body: kinds.Command, path: str, show: Show
) -> Response:
    """Record the command; the answer shows what the panel's stream then says."""
    steps = (Step("panel", stream, command),)
    receipt = await save(ask, points, stream, lambda: steps, body, body.occurred_at)
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    version = receipt.versions[stream]
    answer = show(points.panels.at(stream, version)) | {
        "panel": stream,
        "version": version,
        "position": receipt.position,
        "repeated": receipt.repeated,
        "facts": told(points, receipt.lines, ask.lang, ask.actor),
    }
    return said(answer, 201, ETag=etag(version), Location=f"/api/v1/panel/{path}")


async def fresh(engine: Engine) -> None:
    """Figures that are signed tell of everything recorded. Problem 503 where the views take more than 2 s."""
    if not await engine.views.reach(engine.log.head(), LONGEST_WAIT):
        raise Problem(503, "views.behind", headers={"Retry-After": "1"})


def unpacked(points: Points, row: Row, *, lists: tuple[str, ...] = (), sealed: bool = True) -> dict[str, Any]:
    """A row as an answer: lists read, moments written, sealed words opened."""
    answer: dict[str, Any] = {}
    for name, value in plainly(row).items():
        if name in lists:
            answer[name] = json.loads(value)
        elif name.endswith("_at"):
            answer[name] = at(value)
        elif name in ("reason", "text"):
            answer[name] = points.opened(Kept.of_json(value)) if value and sealed else None
        else:
            answer[name] = value
    return answer


def plainly(row: Row) -> dict[str, Any]:
    """A column's name may be a kind of str that JSON does not take for one."""
    return {str(name): value for name, value in row.items()}


def known(points: Points, panel: Panel) -> dict[str, Any]:
    return unpacked(points, panel_row(panel), lists=("members",))


# ------------------------------------------------------------------ members


Grid = Annotated[str, Query(max_length=200, description="Whose panel; your own if left out.")]


@router.get("", summary="Who sits on the panel", responses=problems.responses(401, 404))
async def panel(points: AtPoints, caller: Caller, grid: Grid = "") -> Response:
    def read() -> dict[str, Any]:
        return known(points, public(points, caller, grid))

    answer = await asyncio.to_thread(read)
    return said(answer, ETag=etag(answer["version"]))


@router.post(
    "",
    status_code=201,
    summary="Appoint the panel of a place",
    responses=OWN_COMMANDED,
    openapi_extra=example({"place": "demo/north/sl", "members": ["panel", "panel2", "panel3"], "quorum": 2}),
)
async def appoint(body: Appointment, ask: Ask, points: AtPoints) -> Response:
    if not inside(ask.actor, body.place):
        raise Refused(
            "panel.outside-scope",
            "the place lies outside what you answer for",
            help=ask.actor.scope,
            place=body.place,
        )
    stream = panels.panel_of(body.place)
    command = panels.Appoint(body.place, tuple(body.members), body.quorum)
    return await give(ask, points, stream, command, body, "", lambda found: known(points, found))


# ------------------------------------------------------------------ disclosures


@router.get(
    "/disclosures",
    summary="What was made public, the latest first",
    dependencies=[CaughtUp],
    responses=problems.responses(422, 503),
)
async def disclosures(points: AtPoints) -> Response:
    """公示: totals of a half-year, without names. Needs no actor."""
    return said(page(await asyncio.to_thread(published, points), None))


def published(points: Points) -> list[dict[str, Any]]:
    with points.engine.views.read() as reading:
        found = rows(reading, "disclosures", order=("half_year", "desc"), limit=200).items
        reviewed = {row["panel"] + row["half_year"]: reviews_of(reading, row) for row in found}
    shown = [unpacked(points, row) | {"reviews": reviewed[row["panel"] + row["half_year"]]} for row in found]
    return [{name: row[name] for name in (*DISCLOSED, "reviews")} for row in shown]


def reviews_of(reading: Reading, disclosed: Row) -> list[dict[str, Any]]:
    """What the panel found in each month of the half-year: how much, never whose."""
    year, half = int(disclosed["half_year"][:4]), disclosed["half_year"][-1]
    months = [f"{year}-{month:02}" for month in (range(1, 7) if half == "1" else range(7, 13))]
    where = [Filter("panel", "=", disclosed["panel"]), Filter("month", "in", months)]
    found = rows(reading, "reviews", where=where, order=("month", "asc"), limit=12).items
    return [
        {
            "month": each["month"],
            "state": each["state"],
            "entries": each["entries"],
            "credited": each["credited"],
            "redeemed": each["redeemed"],
            "reversed": each["reversed"],
            "findings": len(json.loads(each["findings"])),
            "signatures": len(json.loads(each["signed_by"])),
        }
        for each in found
    ]


@router.post(
    "/disclosures",
    status_code=201,
    summary="Make a half-year public",
    responses=OWN_COMMANDED,
    openapi_extra=example({"half_year": "2025-H1"}),
)
async def disclose(body: Disclosure, ask: Ask, points: AtPoints) -> Response:
    """How many orders were handed out in it and what they cost, as of the log's last position."""
    stream, place = mine(points, ask.actor)
    await fresh(ask.engine)
    position, many, total = await asyncio.to_thread(handed_out, ask.engine, place, body.half_year)
    command = panels.PublishDisclosure(body.half_year, position, many, total)
    show = {"half_year": body.half_year, "place": place}
    return await give(ask, points, stream, command, body, "disclosures", lambda _: dict(show))


def handed_out(engine: Engine, place: str, period: str) -> tuple[int, int, int]:
    """(position, orders, points) handed out in the period. Problem 422 for what is no period."""
    zone = engine.desk.stage().organisation.zone
    try:
        first, after = bounds_of(period, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "query.invalid", message=f"half_year: {error}") from error
    where: list[Condition] = [
        Filter("state", "=", "fulfilled"),
        Filter("fulfilled_at", ">=", first),
        Filter("fulfilled_at", "<", after),
        Filter("place", "under", place),
    ]
    with engine.views.read() as reading:
        many = count(reading, "redemptions", where)
        total = sum(row["total"] for row in sums(reading, "redemptions", "total", by=("state",), where=where))
        return reading.position(), many, total


# ------------------------------------------------------------------ rankings and honours


@router.post(
    "/rankings",
    status_code=201,
    summary="Freeze the ranking of a period that is over",
    responses=OWN_COMMANDED,
    openapi_extra=example({"period": "2025-03"}),
)
async def freeze(body: Freezing, ask: Ask, points: AtPoints) -> Response:
    """What is frozen stays as it is, whatever is reversed later."""
    stream, place = mine(points, ask.actor)
    checked(body.period)
    await fresh(ask.engine)
    position, found = await asyncio.to_thread(earned, ask.engine, place, body.period)
    command = panels.FreezeRanking(body.period, position, found)
    show = {"period": body.period, "place": place}
    return await give(ask, points, stream, command, body, "rankings", lambda _: dict(show))


@router.get("/honours", summary="Honours, the latest first", responses=problems.responses(401, 404))
async def honours(points: AtPoints, caller: Caller, grid: Grid = "") -> Response:
    def read() -> dict[str, Any]:
        told = public(points, caller, grid)
        return page([honour(points, told, each.honour) for each in reversed(told.honours)], None)

    return said(await asyncio.to_thread(read))


def honour(points: Points, panel: Panel, name: str) -> dict[str, Any]:
    found = next(honour_row(panel, each) for each in panel.honours if each.honour == name)
    return unpacked(points, found)


@router.post(
    "/honours",
    status_code=201,
    summary="Grant an honour to an account that was ranked",
    responses=OWN_COMMANDED,
    openapi_extra=example({"account": "acct-resident", "period": "2025-03"}),
)
async def grant(body: Honour, ask: Ask, points: AtPoints) -> Response:
    stream, _ = mine(points, ask.actor)
    name = f"{body.period}-{body.account}"
    command = panels.GrantHonour(body.account, body.period, body.title)
    return await give(
        ask, points, stream, command, body, "honours", lambda found: honour(points, found, name)
    )


@router.post(
    "/honours/{honour_id}/revoke",
    summary="Take an honour back",
    status_code=201,
    responses=OWN_COMMANDED,
    openapi_extra=example({"reason": "裁决认定虚报"}),
)
async def revoke(honour_id: HonourId, body: Revocation, ask: Ask, points: AtPoints) -> Response:
    stream, _ = mine(points, ask.actor)
    command = panels.RevokeHonour(honour_id, body.reason)
    return await give(
        ask, points, stream, command, body, "honours", lambda found: honour(points, found, honour_id)
    )
