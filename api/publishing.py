"""Published figures over HTTP: publishing one, what everybody may read of it, and the same counted today."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from api import problems, published, telling
from api.bodies import Body, Moment, StrictRoute
from api.lists import LONGEST_WAIT
from api.orders import Ask, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.published import NoSuchFigure
from api.questions import Asked
from api.routing import CaughtUp, Limit, example
from api.sampling import covering, facts
from api.sight import everywhere
from api.sign_in import Caller
from api.statistics import Name, answered
from domain.messages import Actor
from domain.organisation import within
from domain.steps import Step
from engine.ids import new_id

router = APIRouter(prefix="/api/v1", tags=["statistics"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^fig-[0-9a-z-]{1,60}$", description="A published figure's id.")]
When = Annotated[str, StringConstraints(max_length=40)]


class Publication(Body):
    """The question as `GET /statistics/{indicator}` asks it, where the figure is published, and why. `from`,
    `to`, `as_of`, `known_at` are days, months or moments; `filters` narrows by dimension."""

    first: When = Field("", alias="from")
    last: When = Field("", alias="to")
    group_by: Annotated[
        list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=6, default_factory=list)
    ]
    cohort: Literal["deadline", "dispatched", "resolved", "closed"] = "deadline"
    as_of: When = ""
    known_at: When = ""
    filters: Annotated[
        dict[
            Annotated[str, StringConstraints(max_length=40)],
            Annotated[str, StringConstraints(max_length=200)],
        ],
        Field(max_length=13, default_factory=dict),
    ]
    minimum: Annotated[int, Field(ge=0, le=100_000)] = 20
    where: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
    occurred_at: Moment | None = None


@router.post(
    "/statistics/{indicator}/publish",
    status_code=201,
    summary="Publish a figure",
    responses=problems.responses(400, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=example(
        {
            "from": "2026-10",
            "to": "2026-10",
            "group_by": ["community"],
            "where": "街道公告栏",
            "reason": "十月通报",
        }
    ),
)
async def publish(indicator: Name, body: Publication, ask: Ask, lang: Language) -> Response:
    """What it says then stays so for ever, with the moment, the position and the checkpoint it was counted
    at. It counts what the caller may count."""
    engine = ask.engine
    asked = Asked(
        indicator,
        body.first,
        body.last,
        tuple(dict.fromkeys(body.group_by)),
        body.cohort,
        body.as_of,
        body.known_at,
        narrow=tuple(body.filters.items()),
        minimum=body.minimum,
    )
    if not await engine.views.reach(engine.log.head(), LONGEST_WAIT):
        raise problems.Problem(503, "views.behind", headers={"Retry-After": "1"})
    pinned = await answered(lambda: published.pinned(engine, asked))
    signed = await covering(engine, max(1, int(pinned.known_at)))
    scoped = None if everywhere(ask.actor) else ask.actor
    command = await answered(
        lambda: published.publish_of(
            engine, pinned, scoped, signed, where=body.where.strip(), reason=body.reason.strip()
        )
    )
    receipt = await ask.give(
        Step("figure", new_id("fig"), command, 0), body=body, occurred_at=body.occurred_at
    )
    told = facts(engine, receipt, lang, ask.actor)
    if ask.dry_run:
        return said(telling.foretold(receipt, told))
    figure = receipt.lines[0].stream
    answer = await asyncio.to_thread(published.told, engine, figure, lang)
    answer |= {"position": receipt.position, "repeated": receipt.repeated, "facts": told, "version": 1}
    return said(answer, 201, ETag=etag(1), Location=f"/api/v1/figures/{figure}")


@router.get(
    "/figures",
    summary="What was published, the latest first",
    dependencies=[CaughtUp],
    responses=problems.responses(422, 503),
)
async def every(engine: AtEngine, lang: Language, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Needs no sign-in."""
    try:
        return said(await asyncio.to_thread(published.listed, engine, lang, cursor, limit))
    except ValueError as error:
        raise problems.Problem(422, "cursor.unknown") from error


@router.get("/figures/{figure}", summary="A published figure", responses=problems.responses(404, 503))
async def one(figure: Id, engine: AtEngine, lang: Language) -> Response:
    """As it was published, without a case or a person in it; small groups only together. Needs no sign-in."""
    try:
        return said(await asyncio.to_thread(published.told, engine, figure, lang))
    except NoSuchFigure as error:
        raise problems.not_found() from error


@router.get(
    "/figures/{figure}/recompute",
    summary="A published figure, counted again today",
    responses=problems.responses(401, 403, 404, 503),
)
async def recompute(figure: Id, engine: AtEngine, caller: Caller, lang: Language) -> Response:
    """Under today's formula and with what is known today of the same moment; the difference, and the cases
    that make it. For who may count all that it counts."""

    def read() -> dict[str, Any]:
        fact, _ = published.must(engine, figure)
        if not counts_there(caller, fact.scope):
            raise problems.Problem(403, "figure.scope", scope=fact.scope)
        return published.recomputed(engine, figure, lang, caller)

    try:
        return said(await answered(read))
    except NoSuchFigure as error:
        raise problems.not_found() from error


def counts_there(actor: Actor, scope: str) -> bool:
    """Whether all that was counted is his to count."""
    if everywhere(actor):
        return True
    return actor.role != "unit" and bool(actor.scope) and bool(scope) and within(scope, actor.scope)
