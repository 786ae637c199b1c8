"""What was noted without signal is brought in: each item recorded once, or kept as a fact if it is refused.

The device's id names a stream of its own (`cap-…`), written in the same save as what it brings: what comes
again, from another tab or after an answer that was lost, finds it there.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Response
from pydantic import Field, SkipValidation, StringConstraints, ValidationError

from api import misfits, problems
from api.bodies import Body, Moment
from api.capture.labels import said_of
from api.capture.reading import ItemsRoute, Unusable, named
from api.capture.ways import WAYS, About
from api.orders import Ask, Asking, said
from api.routing import example
from api.visits.bookings import booked
from domain import capture
from domain.capture import KeepCapture, RecordCapture
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Order, Receipt
from engine.errors import TooFarAhead
from engine.vault import KeyDestroyed

router = APIRouter(prefix="/api/v1/capture", tags=["capture"], route_class=ItemsRoute)

MOST = 20
"""Items of one upload."""
PHOTOS = 10
OFF = 10 * 366 * 86_400
"""Seconds a device's clock may be told to be off."""
ALREADY = ("capture.already", "visit.told-already")
ERASED = "personal-data.erased"


class Item(Body):
    """`about` is the case, the round and household (`round-…/sl-0007`), or the care plan it is for.
    `device_at` is the device's clock when it was noted, `offset` the seconds that clock was ahead of the
    server's at `taken_at`. `body` is what the command takes; it happened at `device_at` unless the body says
    when: yesterday's attempt, noted today."""

    id: Annotated[str, StringConstraints(pattern=f"^{capture.ID}$")]
    what: Literal["follow-up", "attempt", "booking", "care-visit"]
    about: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\w./:-]+$")]
    device_at: Moment
    offset: Annotated[int, Field(ge=-OFF, le=OFF)] | None = None
    taken_at: Moment | None = None
    body: dict[str, Any]


class Upload(Body):
    """`person`: who noted it, by his name in the system; another one's is not taken."""

    person: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    items: Annotated[list[SkipValidation[Item]], Field(min_length=1, max_length=MOST)]
    """Each is read by itself: one that makes no sense keeps no other from coming in."""


EXAMPLE = {
    "person": "gridworker",
    "items": [
        {
            "id": "0b7cbb62-4f1f-4c53-9d1c-2f6d4f0a9a11",
            "what": "follow-up",
            "about": "c-0193a1…",
            "device_at": "2026-11-18T18:40:00+08:00",
            "offset": 2,
            "taken_at": "2026-11-18T17:30:00+08:00",
            "body": {"method": "on_site", "reached": True, "satisfaction": "satisfied", "solved": "yes"},
        }
    ],
}


@router.post(
    "",
    summary="Bring in what was noted without signal",
    responses=problems.responses(400, 401, 403, 409, 413, 422, 503),
    openapi_extra=example(EXAMPLE),
)
async def upload(body: Upload, ask: Ask) -> Response:
    """Each item's `result`: recorded, already (it came in before), conflict (refused, and kept for somebody
    to settle), refused (not understood, or too long to be kept: it stays on the device); `code` and `reason`
    say why, `errors` which field. An upload that breaks off is sent again whole."""
    if body.person != ask.actor.person:
        raise Refused(
            "capture.other-person",
            f"this was noted by {body.person}; nobody else brings it in",
            help=f"sign in as {body.person}",
            person=body.person,
        )
    ask = replace(ask, key=None, expected=None)
    results = [await one_of_them(ask, told) for told in body.items]
    return said({"results": results, "dry_run": ask.dry_run})


async def one_of_them(ask: Asking, told: object) -> dict[str, Any]:
    """What becomes of it as it was sent."""
    if isinstance(told, Unusable):
        why = problems.document(422, told.code, ask.lang)
        why["errors"] = [{"field": told.field, "message": why["detail"]}]
        return not_understood(told.named, because(why, ask.lang))
    try:
        item = Item.model_validate(told)
    except ValidationError as error:
        return not_understood(named(told), because(no(error, ask.lang), ask.lang))
    return await brought_in(ask, item)


def not_understood(named: Mapping[str, str], why: Mapping[str, Any]) -> dict[str, Any]:
    return {**named, "capture": None, "result": "refused", **why}


async def brought_in(ask: Asking, item: Item) -> dict[str, Any]:
    """What became of one item. StoreUnavailable leaves it as it was."""
    about = About("", "")
    try:
        about = await asyncio.to_thread(WAYS[item.what].find, ask, item.about)
        receipt = await recorded(ask, item, about)
    except (Refused, problems.Problem, TooFarAhead, KeyDestroyed, ValidationError) as error:
        if isinstance(error, Refused) and error.rule in ALREADY:
            return result(item, "already")
        return await kept(ask, item, about, no(error, ask.lang))
    slot = booked(receipt)
    return result(item, "recorded", position=receipt.position, **({"booking": slot} if slot else {}))


async def recorded(ask: Asking, item: Item, about: About) -> Receipt:
    way = WAYS[item.what]
    told = {way.moment: item.device_at.isoformat(), **item.body}
    body = way.body.model_validate_json(orjson.dumps(told))
    at: datetime = getattr(body, way.moment) or item.device_at
    note = RecordCapture(item.what, item.about, about.grid, item.device_at, item.offset, item.taken_at)
    steps = await way.steps(ask, item.about, body, at)
    return await give(ask, item, (Step("capture", stream(item), note), *steps), at)


async def kept(ask: Asking, item: Item, about: About, why: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing is lost: what was refused is a fact, and waits for somebody."""
    content = orjson.dumps(item.body, option=orjson.OPT_SORT_KEYS).decode()
    note = KeepCapture(
        item.what,
        item.about,
        about.grid or ask.actor.scope,
        item.device_at,
        str(why["code"]),
        content,
        "" if why["code"] == ERASED else about.subject or stream(item),
        item.offset,
        item.taken_at,
        photos(item.body),
    )
    try:
        receipt = await give(ask, item, (Step("capture", stream(item), note),), None)
    except Refused as again:
        if again.rule in ALREADY:
            return result(item, "already")
        told = no(again, ask.lang)
        told["errors"] = [{"field": "body", "message": told["detail"]}]
        return result(item, "refused", **because(told, ask.lang)) | {"capture": None}
    except KeyDestroyed:
        erased = replace(note, subject="", refusal=ERASED)
        receipt = await give(ask, item, (Step("capture", stream(item), erased),), None)
    return result(item, "conflict", position=receipt.position, **because(why, ask.lang, item.what))


def because(why: Mapping[str, Any], lang: str, what: str = "") -> dict[str, Any]:
    """With a field's own name before what is wrong with it, as the form at the door asked for it."""
    told = {"code": why["code"], "reason": why["detail"], "what_would_help": why.get("what_would_help", "")}
    wrong: list[Mapping[str, str]] = why.get("errors", [])
    if not wrong:
        return told
    return told | {"reason": said_of(what, wrong, lang), "errors": wrong}


def photos(body: Mapping[str, Any]) -> tuple[str, ...]:
    """What is named as evidence, if it is what evidence is named by."""
    named = body.get("photos", ())
    return tuple(str(one)[:64] for one in named[:PHOTOS]) if isinstance(named, list) else ()


async def give(ask: Asking, item: Item, steps: tuple[Step, ...], at: datetime | None) -> Receipt:
    order = Order(steps, ask.actor, occurred_at=at, command_id=item.id, dry_run=ask.dry_run)
    return await ask.engine.desk.handle(order)


def no(error: Exception, lang: str) -> dict[str, Any]:
    """What refused it, as the problem document says it."""
    if isinstance(error, ValidationError):
        return problems.document(422, "body.invalid", lang) | {"errors": misfits.listed(error.errors(), lang)}
    told = problems.of(error, lang)
    assert told is not None
    return told


def stream(item: Item) -> str:
    return capture.stream_of(item.id)


def result(item: Item, what: str, **more: Any) -> dict[str, Any]:
    return {"id": item.id, "capture": stream(item), "about": item.about, "result": what} | more
