"""Weekly spot checks over HTTP: the frame of a week, the public value that draws from it, the re-checks.

The re-check of a case is the case's own command (`POST /complaints/{id}/spot-check`); the first one recorded
after the draw is the draw's.
"""

import asyncio
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from api import problems, telling
from api.audit import signed
from api.bodies import Body, Moment, StrictRoute
from api.framing import Signed, Spot, concerns, found, listed, overview, pack_of, signed_by, tickets_of
from api.listing import chosen, newest_of
from api.lists import LONGEST_WAIT
from api.orders import Ask, Asking, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.routing import COMMANDED, CaughtUp, Limit, example
from api.sight import everywhere
from api.sign_in import Caller
from api.stories import speaker
from domain import sampling
from domain.messages import Actor
from domain.organisation import within
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Receipt
from engine.engine import Engine
from engine.errors import StoreUnavailable
from engine.read import AnyOf, Filter
from projections.cells import street
from projections.sampling.telling import sentence

router = APIRouter(prefix="/api/v1/spot-checks", tags=["spot checks"], route_class=StrictRoute)

Id = Annotated[
    str,
    Path(pattern=r"^spots-\d{4}-W\d{2}[\w.-]{0,200}$", examples=["spots-2026-W07-demo.north"]),
]
Week = Annotated[str, StringConstraints(pattern=r"^\d{4}-W\d{2}$")]


def day(value: object) -> object:
    """2026-02-17, and nothing else. ValueError otherwise."""
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("a day is written 2026-02-17")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "format": "date"})]


class Frame(Body):
    """`grid`: whose cases; your own place's if left out, the panel's street's."""

    week: Week
    grid: Annotated[str, StringConstraints(max_length=200)] | None = None
    occurred_at: Moment | None = None


class Value(Body):
    """What was thrown or drawn in public after the frame was fixed. `present`: who saw it, by their names
    here; two at least where dice were thrown."""

    method: Literal["dice", "lottery"]
    source: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
    value: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]
    drawn_on: Day
    present: Annotated[list[Annotated[str, Field(max_length=120)]], Field(min_length=1, max_length=50)]
    occurred_at: Moment | None = None


# ------------------------------------------------------------------ reading


@router.get(
    "",
    summary="The weeks' spot checks, the latest first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)
async def every(
    engine: AtEngine,
    caller: Caller,
    week: Annotated[str, Query(pattern=r"^(\d{4}-W\d{2}|)$", examples=["2026-W07"])] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Those of the caller's place, of what lies in it, and of what it lies in."""

    return said(await asyncio.to_thread(weeks_of, engine, caller, week, cursor, limit))


def weeks_of(engine: Engine, caller: Actor, week: str, cursor: str | None, limit: int) -> dict[str, Any]:
    """A page of the list. Problem 422 for a cursor of another one."""
    where = chosen({"week": week})
    if not everywhere(caller):
        where.append(
            AnyOf([Filter("place", "under", caller.scope or "-"), Filter("place", "in", above(caller))])
        )
    by = "fixed_position"
    return newest_of(engine, "spot_checks", by, where, listed, after=cursor, limit=limit, alone=True)


def above(actor: Actor) -> list[str]:
    """The places his own lies in."""
    nodes = actor.scope.split("/")
    return ["", *("/".join(nodes[:n]) for n in range(1, len(nodes)))]


def must_concern(engine: Engine, actor: Actor, id: str) -> Spot:
    """Problem 404 for one that is not there or is none of his."""
    spot = found(engine, id)
    if spot is None or not concerns(actor, spot.frame.place):
        raise problems.not_found()
    return spot


@router.get(
    "/{spot_check}", summary="One week: frame, draw, re-checks", responses=problems.responses(401, 403, 404)
)
async def one(spot_check: Id, engine: AtEngine, cases: AtCases, caller: Caller) -> Response:
    def read() -> dict[str, Any]:
        return overview(engine, cases, must_concern(engine, caller, spot_check), caller)

    answer = await asyncio.to_thread(read)
    return said(answer, ETag=etag(answer["version"]))


@router.get(
    "/{spot_check}/pack", summary="The pack anybody redraws from", responses=problems.responses(404, 503)
)
async def pack(spot_check: Id, engine: AtEngine) -> Response:
    """Ids and hashes, the value, and the signed checkpoint. Needs no sign-in."""

    def read() -> dict[str, Any]:
        spot = found(engine, spot_check)
        if spot is None:
            raise problems.not_found()
        return pack_of(engine, spot)

    return said(await asyncio.to_thread(read))


# ------------------------------------------------------------------ commands


@router.post(
    "",
    status_code=201,
    summary="Fix the frame of a week that is over",
    responses=COMMANDED,
    openapi_extra=example({"week": "2026-W07"}),
)
async def fix(body: Frame, ask: Ask, cases: AtCases, lang: Language) -> Response:
    """The cases closed or unreached in it, under a checkpoint signed now. What is fixed never changes."""
    return await give(ask, cases, lang, await frame_step(ask, body), body, created=True)


async def frame_step(ask: Asking, body: Frame) -> Step:
    """What fixes the frame, out of the log as it stands. Refused where the place is none of the caller's;
    problem 503 where views or checkpoint do not come."""
    place = own(ask.actor) if body.grid is None else body.grid.strip("/")
    responsible(ask.actor, place)
    sampling.check_week(body.week)
    checkpoint = await covering(ask.engine, ask.engine.log.head())
    if not await ask.engine.views.reach(checkpoint.position, LONGEST_WAIT):
        raise problems.Problem(503, "views.behind", headers={"Retry-After": "1"})
    command = await asyncio.to_thread(frame_command, ask.engine, body.week, place, checkpoint)
    return Step("sampling", sampling.stream_of(body.week, place), command, ask.expected)


def own(actor: Actor) -> str:
    """Whose cases he samples if he does not say: of the panel, its street's, whose team checks them."""
    return street(actor.scope) if actor.role == "panel" else actor.scope


def frame_command(engine: Engine, week: str, place: str, checkpoint: Signed) -> sampling.FixFrame:
    tickets = tickets_of(engine, week, place, checkpoint.position)
    return sampling.FixFrame(
        week, place, checkpoint.position, checkpoint.size, checkpoint.root, checkpoint.witnesses, tickets
    )


def responsible(actor: Actor, place: str) -> None:
    """Refused where the place is none of his. The panel's street is: the panel sits in it."""
    if everywhere(actor):
        return
    over = actor.role == "panel" and bool(place) and within(actor.scope, place)
    if not actor.scope or not (over or within(place, actor.scope)):
        raise Refused(
            "sampling.outside-scope",
            "the place lies outside what you answer for",
            help=actor.scope,
            place=place,
        )


@router.post(
    "/{spot_check}/value",
    summary="Record the public value, which draws",
    responses=COMMANDED,
    openapi_extra=example(
        {
            "method": "dice",
            "source": "十颗骰子，街道会议室",
            "value": "3 5 1 6 2 2 4 1 6 3",
            "drawn_on": "2026-02-17",
            "present": ["panel", "street"],
        }
    ),
)
async def draw(spot_check: Id, body: Value, ask: Ask, cases: AtCases, lang: Language) -> Response:
    """By the panel, once, and only after the frame stands under a signed checkpoint."""
    return await give(ask, cases, lang, await value_step(ask, spot_check, body), body)


async def value_step(ask: Asking, spot_check: str, body: Value) -> Step:
    """What records the value, under a checkpoint that holds the frame. Problem 404 for a frame that is none
    of the caller's, 503 where no checkpoint comes."""
    checkpoint = Signed(0, "", "", 0, ())
    spot = await asyncio.to_thread(found, ask.engine, spot_check)
    if spot is not None:
        spot = await asyncio.to_thread(must_concern, ask.engine, ask.actor, spot_check)
        if spot.draw is None:
            checkpoint = await covering(ask.engine, spot.fixed.position)
    command = sampling.DrawSample(
        body.method,
        body.source.strip(),
        body.value,
        body.drawn_on,
        tuple(body.present),
        checkpoint.size,
        checkpoint.root,
        checkpoint.witnesses,
    )
    return Step("sampling", spot_check, command, ask.expected)


async def covering(engine: Engine, position: int) -> Signed:
    """A checkpoint that covers the position: waits for it. Problem 503 where none comes."""
    there = await asyncio.to_thread(engine.log.recorder.at_or_before, position)
    await signed(engine, lambda: engine.trail.receipt(there[0]))
    kept = await asyncio.to_thread(engine.trail.book.last)
    if kept is None:
        raise StoreUnavailable("no checkpoint is signed")
    return await asyncio.to_thread(signed_by, engine, kept)


async def give(
    ask: Asking, cases: AtCases, lang: str, step: Step, body: Any, *, created: bool = False
) -> Response:
    stream = step.stream
    receipt = await ask.give(step, body=body, occurred_at=body.occurred_at)
    told = facts(ask.engine, receipt, lang, ask.actor)
    if ask.dry_run:
        return said(telling.foretold(receipt, told))
    spot = await asyncio.to_thread(must_concern, ask.engine, ask.actor, stream)
    answer = await asyncio.to_thread(overview, ask.engine, cases, spot, ask.actor)
    answer |= {"position": receipt.position, "repeated": receipt.repeated, "facts": told}
    headers = {"ETag": etag(answer["version"])}
    if created:
        headers["Location"] = f"/api/v1/spot-checks/{stream}"
    return said(answer, 201 if created else 200, **headers)


def facts(engine: Engine, receipt: Receipt, lang: str, to: Actor) -> list[dict[str, Any]]:
    told = speaker(engine, lang, to)
    return telling.facts(receipt.lines, lambda line: sentence(line, told))
