"""The shelves: what can still be ordered, booking what came, counting what lies there."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import kinds
from api.pages import forms, looking_back
from api.pages.asked import WHEN
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.points.window import Window
from api.pages.points.words import ITEM_KINDS
from api.points import bodies as b
from api.points.stock import shelved, what_is_there
from api.routing import Nth
from domain.points.stock import Count, Receive, stock_of
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

Word = Annotated[str, Query(max_length=100)]
RECEIVERS = ("admin", "gridworker", "dispatcher", "street")
COUNTERS = (*RECEIVERS, "panel")
"""Who may book what came, and who may count (api/permissions/)."""

LAST = 8


@router.get("/points/stock")
async def shelves(request: Request, viewer: Viewer, item: Word = "", done: Nth = 0) -> Response:
    """`item`: with the last movements of one."""
    window = Window(request, signed_in(viewer), "points-stock")

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        told = what_is_there(window.points, window.actor, past.then)
        items = [
            each
            | {
                "what": window.item(each["item"]),
                "kind_name": window.say(ITEM_KINDS[each["kind"]]),
            }
            for each in told["items"]
        ]
        moves = []
        if known(items, item):
            lines = window.engine.log.stream(stock_of(item))
            moves = (lines if past.then is None else past.then.kept(lines))[-LAST:]
        return window.show(
            "points/stock.html", items=items, catalogue=told["catalogue"], item=item,
            moves=[
                {"when": window.facing.when(line.occurred_at), "sentence": window.sentence(line)}
                for line in reversed(moves)
            ],
            chosen=window.item(item) if moves else "", past=past,
            receives=past.now and window.role in RECEIVERS, may_count=past.now and window.role in COUNTERS,
            json=address("/api/v1/points/stock", past.clocks),
            said=window.said_since(stock_of(item), done) if moves else [],
        )  # fmt: skip

    return await asyncio.to_thread(read)


def known(items: list[dict[str, Any]], item: str) -> bool:
    return any(each["item"] == item and each["stocked"] for each in items)


# ------------------------------------------------------------------ commands


def questions(window: Window, what: str, item: str) -> tuple[Field, ...]:
    told = what_is_there(window.points, window.actor)["items"]
    options = tuple((each["item"], window.item(each["item"])) for each in told if each["stocked"])
    many = Field(
        "quantity", "来了多少件" if what == "receive" else "清点到多少件", "number", required=True,
        hint="" if what == "receive" else "填实数。账面不会被改，差多少另记一笔。",
    )  # fmt: skip
    return (
        Field("item", "哪一样", "select", options=options, required=True, value=item),
        many,
        Field(
            "reason", "从哪里来的" if what == "receive" else "为什么清点", required=True,
            value="" if what == "receive" else window.say("盘点"),
        ),
        WHEN,
    )  # fmt: skip


def shown(window: Window, what: str, sheet: Sheet) -> Response:
    back = window.to("/points/stock")
    title, button = ("登记进货", "记下进货") if what == "receive" else ("盘点", "记下清点数")
    return window.form(
        sheet, window.say(title), window.say(button), back, crumbs=[(window.say("库存"), back)]
    )


BODIES: Mapping[str, tuple[type[kinds.Command], type, str]] = {
    "receive": (b.Receiving, Receive, "points/stock/receipts"),
    "count": (b.Counting, Count, "points/stock/counts"),
}


async def given(request: Request, viewer: Viewer, what: str) -> Response:
    window = Window(request, signed_in(viewer), "points-stock")
    body, command, path = BODIES[what]

    async def record(ask: Any, told: Any) -> Receipt:
        return await shelved(ask, window.points, (command(told.item, told.quantity, told.reason),), told)

    made = await window.given(await asyncio.to_thread(questions, window, what, ""), body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, what, made)
    stream = next(iter(made.versions))
    item = stream.partition("-")[2]
    return window.done("/points/stock", made, stream, item=item)


async def blank(request: Request, viewer: Viewer, what: str, item: str) -> Response:
    window = Window(request, signed_in(viewer), "points-stock")

    def read() -> Response:
        return shown(window, what, forms.blank(questions(window, what, item)))

    return await asyncio.to_thread(read)


@router.get("/points/stock/receive")
async def receive_form(request: Request, viewer: Viewer, item: Word = "") -> Response:
    return await blank(request, viewer, "receive", item)


@router.post("/points/stock/receive")
async def receive(request: Request, viewer: Viewer) -> Response:
    return await given(request, viewer, "receive")


@router.get("/points/stock/count")
async def count_form(request: Request, viewer: Viewer, item: Word = "") -> Response:
    return await blank(request, viewer, "count", item)


@router.post("/points/stock/count")
async def count(request: Request, viewer: Viewer) -> Response:
    return await given(request, viewer, "count")
