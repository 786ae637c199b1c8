"""One command for many complaints; each is answered on its own, as if it had been sent alone.

All orders are put before the desk at once, so that they share a commit; between two of them, and between two
answers, the loop may turn to others.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from api import problems
from api.bodies import Body, StrictRoute
from api.commands import COMMANDS, recorded
from api.orders import Ask, Asking, said
from api.receipts import answered
from engine.desk import Receipt

router = APIRouter(prefix="/api/v1/complaints", tags=["complaint commands"], route_class=StrictRoute)

MOST = 200
ALONE = ("merge", "unmerge", "split")
"""Commands that name another case or make new ones are given one by one."""


class Bulk(Body):
    command: Annotated[str, Field(max_length=40, examples=["dispatch"])]
    ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST)]
    body: Annotated[dict[str, Any], Field(default_factory=dict)]


@router.post(
    "/bulk",
    summary="Give one command to many complaints",
    description="Each id is answered with the status and body it would have got alone; its key is the "
    "Idempotency-Key + id. Always 200: look at each.",
    responses=problems.responses(400, 401, 413, 422),
)
async def bulk(asked: Bulk, ask: Ask) -> Response:
    kind = COMMANDS.get(asked.command)
    if kind is None or asked.command in ALONE:
        raise problems.Problem(422, "bulk.command", command=asked.command)
    try:
        body = kind.body.model_validate(asked.body)
    except ValidationError as error:
        found = [{**e, "loc": ("body", "body", *e["loc"])} for e in error.errors()]
        raise RequestValidationError(found) from error
    return said({"items": await each(ask, asked.ids, asked.command, body), "next": None})


async def each(ask: Asking, ids: Sequence[str], command: str, body: Body) -> list[dict[str, Any]]:
    """The answers in the order of the ids; an id that stands twice is answered once."""
    given = []
    for complaint in dict.fromkeys(ids):
        mine = ask.for_id(complaint, command)
        given.append((complaint, mine, asyncio.create_task(recorded(mine, complaint, command, body))))
        await asyncio.sleep(0)
    items = []
    for complaint, mine, order in given:
        items.append({"id": complaint, **await one(mine, complaint, order)})
        await asyncio.sleep(0)
    return items


async def one(ask: Asking, complaint: str, order: Awaitable[Receipt]) -> dict[str, Any]:
    try:
        response = await answered(ask, complaint, await order)
    except Exception as error:
        problem = problems.of(error, ask.lang)
        if problem is None:
            raise
        return {"status": problem["status"], "problem": problem}
    return {"status": response.status_code, "answer": orjson.loads(response.body)}
