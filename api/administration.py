"""What the operators did to the store as a whole, for administrators and the panel; and how the keys are
kept."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import problems
from api.answers import page, z
from api.bodies import StrictRoute
from api.naming import acting, speaking
from api.orders import AtEngine, Language, said
from api.parameters import Cursor
from api.problems import Problem
from api.sign_in import Caller
from domain import administration
from domain.messages import Actor
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from engine.errors import StoreUnavailable
from projections.administration import sentence
from projections.words import Names

router = APIRouter(prefix="/api/v1", tags=["administration"], route_class=StrictRoute)

KEPT_FOR = timedelta(days=30)
"""A backup of the keys is to be no older, and none is to be kept longer: an erased person's key is in it."""


@router.get(
    "/administration",
    summary="What was done to the store as a whole, newest first",
    responses=problems.responses(401, 403, 422, 503),
)
async def listed(
    engine: AtEngine,
    caller: Caller,
    lang: Language,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Backups, exports, changes of the master key, rebuilt views: who did it, when, and how much."""
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 12):
        raise Problem(422, "cursor.unknown")

    def read() -> dict[str, Any]:
        told = speaking(engine, lang, caller, Names())
        until = int(cursor) if cursor else None
        lines = engine.log.stream(administration.STREAM)
        found = [line for line in reversed(lines) if until is None or line.version < until]
        items = [
            {
                "position": line.position,
                "name": line.fact.NAME,  # type: ignore[attr-defined]
                "sentence": sentence(line, told),
                "occurred_at": z(line.occurred_at),
                "recorded_at": z(line.recorded_at),
                "actor": acting(told, line.actor),
            }
            for line in found[:limit]
        ]
        return page(items, str(found[limit - 1].version) if len(found) > limit else None)

    return said(await asyncio.to_thread(read))


# ------------------------------------------------------------------ recording it


def note(engine: Engine, command: administration.Command, actor: Actor) -> None:
    """Record a deed, once it is done."""
    engine.desk.do(Order((Step("administration", administration.STREAM, command),), actor))


def keys_kept(engine: Engine, now: datetime) -> Mapping[str, Any]:
    """How the keys are kept: how many, when they were last copied and changed, and what to do about it."""
    try:
        state, _ = engine.desk.state("administration", administration.STREAM)
    except StoreUnavailable as error:
        return {"warnings": [str(error)]}
    there, gone = engine.vault.keys_counted()
    kept: datetime | None = state.keys_kept_at
    warnings = []
    if kept is None:
        warnings.append("the keys were never backed up: huisheng keys backup FILE")
    elif now - kept > KEPT_FOR:
        warnings.append(
            f"the last backup of the keys is {(now - kept).days} days old; make another, delete it"
        )
    return {
        "keys": there,
        "destroyed": gone,
        "backed_up_at": None if kept is None else z(kept),
        "rotated_at": None if state.keys_rotated_at is None else z(state.keys_rotated_at),
        "warnings": warnings,
    }
