"""A notice to a segment of the key households, and whom it has reached."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from api.care import notices as api
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.visits.care_desk import CareDesk
from api.routing import CaughtUp
from domain.rule_books.care import GROUNDS, RISKS
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)


def fields(desk: CareDesk) -> tuple[Field, ...]:
    return (
        Field(
            "text", "提醒什么", "area", required=True, rows=3, hint="最多 500 字。写上有事找谁、电话多少。"
        ),
        Field("grounds", "只发给哪一类", "select", options=desk.options(GROUNDS)),
        Field("risk", "只发给哪个等级", "select", options=desk.options(RISKS)),
        Field("grid", "只发给哪个网格", "select", options=desk.grid_options()),
    )


def asked(desk: CareDesk, sheet: Sheet) -> Response:
    back = desk.to("/care")
    return desk.form(
        sheet, desk.say("给一类重点户发提醒"), desk.say("发提醒"), back,
        crumbs=[(desk.say("关爱走访"), back)],
        explain="每户各记一条；送到了由走访人逐户确认，可以附凭据。没送到的一直看得到。",
    )  # fmt: skip


@router.get("/care/notices/new", dependencies=[CaughtUp])
async def blank(request: Request, viewer: Viewer) -> Response:
    desk = CareDesk(request, signed_in(viewer))
    return await asyncio.to_thread(lambda: asked(desk, forms.blank(fields(desk))))


@router.post("/care/notices/new")
async def send(request: Request, viewer: Viewer) -> Response:
    desk = CareDesk(request, signed_in(viewer))

    async def record(ask: Any, body: Any) -> Receipt:
        _, receipt = await api.sent(ask, body)
        return receipt

    made = await desk.given(fields(desk), api.Notice, "care-plans/notices", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(asked, desk, made)
    fact: Any = made.lines[0].fact
    return desk.done(f"/care/notices/{fact.notice}", made, made.lines[0].stream)


@router.get("/care/notices/{notice}", dependencies=[CaughtUp])
async def one(request: Request, notice: api.Id, viewer: Viewer) -> Response:
    desk = CareDesk(request, signed_in(viewer))

    def read() -> Response:
        told = api.reached(desk.asking, notice)
        called = desk.homes([each["household"] for each in told["plans"]])
        rows = [
            {
                "id": each["id"], "name": called.get(each["household"], each["household"]),
                "grid": desk.facing.grid(each["grid"]), "when": desk.when(each["delivered_at"]),
                "how": desk.word(each["method"], "by") if each["method"] else "",
                "by": desk.who(each["delivered_by"] or ""), "proofs": len(each["evidence"]),
            }
            for each in sorted(told["plans"], key=lambda each: each["delivered_at"] or "")
        ]  # fmt: skip
        return desk.show(
            "visits/care_notice.html", told=told, rows=rows, sent=desk.when(told["sent_at"]),
            sender=desk.who(told["sent_by"]),
        )  # fmt: skip

    return await asyncio.to_thread(read)
