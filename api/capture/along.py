"""What a grid member takes along before going out: today's list, and of nobody more than a door asks."""

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response

from api import duties, facing, problems
from api.answers import Reader, at
from api.capture.doors import doors
from api.capture.settings import Settings
from api.facing import HOUR
from api.lists import now_of
from api.orders import AtCases, AtEngine, Language, said
from api.routing import CaughtUp
from api.sight import reads
from api.sign_in import Caller
from engine.engine import Engine

router = APIRouter(prefix="/api/v1/capture", tags=["capture"])

MOST = 100
"""Follow-ups of one list: more than anybody makes in a day."""


@router.get(
    "/along",
    summary="Today's list, to take along where there is no signal",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 503),
)
async def along(
    request: Request, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language
) -> Response:
    """Follow-ups that wait for the caller: number, class, address, text, deadline, what is measured; and the
    doors of his plan of today. No name and no telephone. `now` is the server's clock; the copy is deleted at
    `keep_until`."""
    settings: Settings = request.app.state.capture

    def read() -> dict[str, Any]:
        now = now_of(engine)
        reader = Reader(cases, caller, now)
        readable = reads(caller, engine.desk.stage().organisation)
        found = duties.cases_due(engine, caller, MOST) if readable else []
        return {
            "person": caller.person,
            "now": at(now),
            "keep_until": at(now + settings.hours * HOUR),
            "hours": settings.hours,
            "clock_seconds": settings.clock_seconds,
            "follow_ups": [
                follow_up(engine, reader, row["id"], due, lang)
                for clock, due, row in found
                if clock == "follow_up"
            ],
            "doors": doors(engine, caller, facing.Facing(engine, lang, now)),
        }

    return said(await asyncio.to_thread(read))


def follow_up(engine: Engine, reader: Reader, complaint: str, due: int | None, lang: str) -> dict[str, Any]:
    case = reader.of_case(reader.cases.must(complaint))
    named = facing.Facing(engine, lang, reader.now)
    return {
        "about": complaint,
        "number": case["number"],
        "category": named.category(case["category"]),
        "grid": case["grid"],
        "where": case["place"]["address"] or named.grid(case["grid"]),
        "text": case["text"] or "",
        "due_by": at(due),
        "methods": list(methods(engine, case["category"])),
        "readings": list(readings(engine, named, case["category"])),
    }


def methods(engine: Engine, category: str) -> tuple[str, ...]:
    known = engine.desk.stage().books.categories(engine.clock()).get(category)
    return known.methods if known else ()


def readings(engine: Engine, named: facing.Facing, category: str) -> Iterator[dict[str, Any]]:
    known = engine.desk.stage().books.categories(engine.clock()).get(category)
    for asked in known.readings if known else ():
        yield {
            "quantity": asked.quantity,
            "unit": asked.unit,
            "label": named.quantity(asked.quantity),
            "least": asked.min,
        }
