"""What people do with the calendar of duties: open what recurs at a place, note it done, say why not."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from api import kinds
from api.bodies import StrictRoute
from api.duty_calendar.reading import Id
from api.duty_calendar.seeing import must_series
from api.duty_calendar.told import recorded, whole
from api.evidence import must_know
from api.orders import Ask, Asking, etag, said
from api.routing import COMMANDED, example
from domain import duties
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Receipt

router = APIRouter(prefix="/api/v1/duties", tags=["duties"], route_class=StrictRoute)

Period = Annotated[str, StringConstraints(pattern=r"^\d{4}(-[QHW]?\d{1,2}(-\d\d)?)?$")]


class Opening(kinds.Command):
    """`what`: a line of the book `duties`; every line of the place's level if left out."""

    place: kinds.Name
    what: kinds.MaybeName = ""


class Doing(kinds.Command):
    """`note`: what was done. `evidence`: ids of photographs and papers."""

    period: Period
    note: kinds.Text
    evidence: Annotated[
        list[Annotated[str, StringConstraints(max_length=64)]], Field(max_length=50, default_factory=list)
    ]


class Explaining(kinds.Command):
    period: Period
    reason: kinds.Text


class Closing(kinds.Command):
    reason: kinds.Text


async def answered(ask: Asking, duty: str, receipt: Receipt, *, created: bool = False) -> Response:
    told = await asyncio.to_thread(recorded, ask, receipt)
    if ask.dry_run:
        return said(told)
    await ask.engine.views.reach(receipt.position, 2.0)

    def read() -> dict[str, Any]:
        series = must_series(ask.engine, ask.actor, duty)
        return whole(ask.engine, ask.cases, ask.actor, series, ask.lang)

    version = receipt.versions[duty]
    headers = {"ETag": etag(version)}
    if created:
        headers["Location"] = f"/api/v1/duties/{duty}"
    answer = await asyncio.to_thread(read) | told | {"version": version}
    return said(answer, 201 if created else 200, **headers)


@router.post(
    "/series",
    status_code=201,
    summary="Open what recurs at a place",
    responses=COMMANDED,
    openapi_extra=example({"place": "demo/north/sl/grid-01", "what": "patrol"}),
)
async def open_series(body: Opening, ask: Ask) -> Response:
    """From the first period on that begins after now. What is open already stays as it is."""
    steps = steps_of(ask, body)
    receipt = await ask.give(*steps, body=body, occurred_at=body.occurred_at)
    return await answered(ask, steps[0].stream, receipt, created=True)


def steps_of(ask: Asking, body: Opening) -> tuple[Step, ...]:
    """A step for each line. Refused where the place has none."""
    place = body.place.strip("/")
    if body.what:
        return (_open(body.what, place),)
    stage = ask.engine.desk.stage()
    grid = stage.organisation.grid(place)
    if grid is None:
        raise Refused("grid.unknown", f"there is no grid {place!r}", grid=place)
    rules = stage.books.duties(stage.organisation.local_date(ask.engine.clock()))
    lines = rules.of_level(grid.level)
    if not lines:
        raise Refused(
            "duty.none-at-level",
            f"the book of duties {rules.version} has nothing for a {grid.level}",
            level=grid.level,
            version=rules.version,
        )
    return tuple(_open(line.code, place) for line in lines)


def _open(what: str, place: str) -> Step:
    return Step("duty", duties.stream_of(what, place), duties.OpenSeries(what, place))


async def given(ask: Asking, duty: str, command: Any, body: kinds.Command) -> Receipt:
    """Give a command to a series the caller may know of (else problem 404)."""
    await asyncio.to_thread(must_series, ask.engine, ask.actor, duty)
    step = Step("duty", duty, command, ask.expected)
    return await ask.give(step, body=body, occurred_at=body.occurred_at)


async def doing(ask: Asking, duty: str, body: Doing) -> Receipt:
    for each in body.evidence:
        await must_know(ask.engine, ask.actor, each)
    return await given(ask, duty, duties.Done(body.period, body.note, tuple(body.evidence)), body)


@router.post(
    "/{duty}/done",
    summary="Note a period done",
    responses=COMMANDED,
    openapi_extra=example({"period": "2026-03-05", "note": "接待 12 人，登记诉求 3 件"}),
)
async def done(duty: Id, body: Doing, ask: Ask) -> Response:
    """By who owes it. Of a period that was missed, both facts stand."""
    return await answered(ask, duty, await doing(ask, duty, body))


@router.post(
    "/{duty}/explain",
    summary="Say why a period was missed",
    responses=COMMANDED,
    openapi_extra=example({"period": "2026-03-05", "reason": "暴雪，改为电话接访"}),
)
async def explain(duty: Id, body: Explaining, ask: Ask) -> Response:
    return await answered(ask, duty, await given(ask, duty, duties.Explain(body.period, body.reason), body))


@router.post(
    "/{duty}/close",
    summary="Ask for it no longer at this place",
    responses=COMMANDED,
    openapi_extra=example({"reason": "网格撤并"}),
)
async def close(duty: Id, body: Closing, ask: Ask) -> Response:
    """The open period is neither done nor missed; what was missed before stays."""
    return await answered(ask, duty, await given(ask, duty, duties.CloseSeries(body.reason), body))
