"""From a request to an order at the desk, and from the receipt to an answer.

Every command route asks for `Asking`: who, `If-Match`, `Idempotency-Key`, `dry_run`. It hands over steps and
gets a receipt; what can go wrong leaves as a problem (api/problems.py).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from api import words
from api.cases import Cases
from api.problems import Problem
from api.sign_in import Caller
from domain.messages import Actor
from domain.steps import Step
from engine.desk import IdempotencyKey, Order, Receipt
from engine.engine import Engine

JSON = "application/json"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,15})"|(\d{1,15})')


async def engine_of(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


async def cases_of(request: Request) -> Cases:
    cases: Cases = request.app.state.cases
    return cases


# Dependencies are `async def`: as plain functions each would cost a hop to a thread.
AtCases = Annotated[Cases, Depends(cases_of)]
AtEngine = Annotated[Engine, Depends(engine_of)]


async def language(request: Request) -> str:
    return words.language(request)


Language = Annotated[str, Depends(language)]


async def if_match(
    given: Annotated[
        str | None, Header(alias="If-Match", description="The version last read, as its ETag.", max_length=60)
    ] = None,
) -> int | None:
    """Problem 400 for anything but one ETag of ours or `*`."""
    if given is None or given.strip() == "*":
        return None
    found = _ETAG.fullmatch(given.strip())
    if found is None:
        raise Problem(400, "header.if-match")
    return int(found[1] or found[2])


Expected = Annotated[int | None, Depends(if_match)]


async def asked_key(
    given: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="Makes a retry safe for 7 days.", max_length=200),
    ] = None,
) -> str | None:
    if given is not None and not _KEY.fullmatch(given):
        raise Problem(400, "header.idempotency-key")
    return given


DryRun = Annotated[bool, Query(description="Say what it would record and cause; record nothing.")]


@dataclass(frozen=True, slots=True)
class Asking:
    """One caller's one command. `path` is the address it was sent to: keys are scoped to (actor, path)."""

    engine: Engine
    cases: Cases
    actor: Actor
    lang: str
    path: str
    expected: int | None
    key: str | None
    dry_run: bool

    async def give(self, *steps: Step, body: object = None, occurred_at: datetime | None = None) -> Receipt:
        """Record the steps together, or none of them."""
        return await self.engine.desk.handle(self.order(*steps, body=body, occurred_at=occurred_at))

    def order(self, *steps: Step, body: object = None, occurred_at: datetime | None = None) -> Order:
        key = None
        if self.key is not None and not self.dry_run:
            key = IdempotencyKey(self.actor.person, self.path, self.key, body_hash(body))
        return Order(
            steps=steps,
            actor=self.actor,
            occurred_at=occurred_at,
            command_id=self.key or "",
            key=key,
            dry_run=self.dry_run,
        )

    def for_id(self, complaint: str, command: str) -> "Asking":
        """The same caller for one id of a bulk: key per id = key + id."""
        key = f"{self.key}+{complaint}"[:300] if self.key else None
        return replace(self, key=key, path=f"/api/v1/complaints/{complaint}/{command}")


async def asking(
    request: Request,
    actor: Caller,
    expected: Expected,
    key: Annotated[str | None, Depends(asked_key)],
    dry_run: DryRun = False,
) -> Asking:
    state = request.app.state
    lang, path = words.language(request), request.url.path
    return Asking(state.engine, state.cases, actor, lang, path, expected, key, dry_run)


Ask = Annotated[Asking, Depends(asking)]


def body_hash(body: object) -> str:
    """The same for two spellings of one body."""
    plain = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def said(body: Mapping[str, Any], status: int = 200, **headers: str) -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_UTC_Z),
        status,
        {k.replace("_", "-"): v for k, v in headers.items()},
        JSON,
    )


def etag(version: int) -> str:
    return f'"{version}"'
