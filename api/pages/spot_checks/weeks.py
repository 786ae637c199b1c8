"""The weeks, the latest first: how far each has come, and the weeks that are over and have no frame yet."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api import sampling as api
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.spot_checks.desk import FIXES, Desk
from api.parameters import Cursor
from api.routing import CaughtUp
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

PAGE = 26
"""Half a year of weeks."""


@router.get("/audit/spot-checks", dependencies=[CaughtUp])
async def listed(request: Request, viewer: Viewer, cursor: Cursor = None) -> Response:
    desk = Desk(request, signed_in(viewer))
    return await asyncio.to_thread(lambda: shown(desk, None, cursor))


def shown(desk: Desk, sheet: Sheet | None, cursor: str | None) -> Response:
    found = api.weeks_of(desk.engine, desk.actor, "", cursor, PAGE)
    rows = [told(desk, row) for row in found["items"]]
    missing = [] if cursor else desk.missing({row["id"] for row in rows})
    return desk.show(
        "spot_checks/weeks.html", 422 if sheet and sheet.wrong else 200, rows=rows, missing=missing,
        sheet=sheet or forms.blank(fields(desk)), fixes=desk.role in FIXES, cursor=cursor,
        next=found["next"], waiting=sum(1 for row in rows if row["many"] and not row["drawn"]),
    )  # fmt: skip


def told(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "week": desk.week(row["week"]), "cases": row["cases"], "many": row["many"],
        "place": desk.facing.grid(row["place"]) if row["place"] else desk.say("全部"),
        "drawn": row["drawn_on"] is not None, "fixed": desk.when(row["fixed_at"]),
        "by": desk.who(row["fixed_by"]),
    }  # fmt: skip


def fields(desk: Desk) -> tuple[Field, ...]:
    weeks = tuple((week, desk.week(week)) for week in desk.weeks_over())
    asked = [Field("week", "哪一周", "select", options=weeks, required=True)]
    if desk.place() is None:
        asked.append(Field("grid", "哪个街道", "select", options=desk.places(), required=True))
    return tuple(asked)


@router.post("/audit/spot-checks")
async def fix(request: Request, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))
    asked = await asyncio.to_thread(fields, desk)

    async def record(ask: Any, body: Any) -> Receipt:
        step = await api.frame_step(ask, body)
        made: Receipt = await ask.give(step, body=body, occurred_at=body.occurred_at)
        return made

    made = await desk.given(asked, api.Frame, "spot-checks", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, made, None)
    (stream,) = made.versions
    return RedirectResponse(desk.to(f"/audit/spot-checks/{stream}", min_position=made.position), 303)
