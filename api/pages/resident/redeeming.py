"""兑换: a basket at the prices in force, and an order that waits to be fetched."""

import asyncio
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from api.orders import Asking
from api.pages import forms
from api.pages.codes import qr
from api.pages.forms import Fault, Field, Filled, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.resident.following import Done
from api.pages.resident.my_points import account_of_viewer, nothing_yet, order_words, trouble, wares
from api.pages.resident.plain import Counted, status_of
from api.points import redemptions as api
from api.points.bodies import Cancelling, ItemWanted, Ordering, Proxy
from api.points.permissions import of_redemption
from api.points.sight import must_redemption
from api.points.told import foretold
from api.problems import not_found
from api.routing import CaughtUp
from engine.desk import Receipt
from projections.points.account import Account
from projections.points.redemptions import Redemption

router = APIRouter(include_in_schema=False)

EMPTY = "篮子是空的：在要换的东西旁边填个数"
MOST = 1000
NEXT = {
    "requested": "东西给您留着，分先冻结。{until} 前到社区服务站，报兑换单号就能领；过期自动取消，分退回来。",
    "fulfilled": "已经领走了。", "cancelled": "已经取消，分退回来了。",
}  # fmt: skip


def questions(window: Counted) -> tuple[Field, ...]:
    """How many of each, and for whom."""
    items = tuple(
        Field(f"n.{each['item']}", each["name"], "number")
        for each in wares(window)
        if each["price"] and each["left"] != 0
    )
    return (*items, Field("beneficiary", "给家里谁用", hint="写户号或编号，不写名字。自己用就不填。"))


@router.get("/my/points/redeem", dependencies=[CaughtUp])
async def form(request: Request, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")

    def read() -> Response:
        found = account_of_viewer(window)
        if found is None:
            return nothing_yet(window)
        return shown(window, found, forms.blank(questions(window)))

    return await asyncio.to_thread(read)


def shown(window: Counted, account: Account, sheet: Sheet, **more: object) -> Response:
    told = window.answers().account(account)
    fields = {field.name: field for field in sheet.fields}
    shelves = [each | {"field": fields.get(f"n.{each['item']}")} for each in wares(window)]
    usual: dict[str, object] = {"back": "/my/points", "post": "/my/points/redeem", "consent": None}
    return window.show(
        "resident/redeem.html", status_of(sheet), sheet=sheet, account=told, shelves=shelves,
        trouble=trouble(window, told), **(usual | more),
    )  # fmt: skip


def basket(window: Counted, account: str, filled: Filled, proxy: Proxy | None = None) -> Ordering:
    """The order the form means. Unreadable where nothing is in it, or a number is none."""
    wanted, faults = [], []
    for name, given in filled.values.items():
        item = name.removeprefix("n.")
        many = given[0].strip() if given else ""
        if item == name or many in ("", "0"):
            continue
        if not (many.isascii() and many.isdecimal() and 0 < int(many[:9]) <= MOST):
            faults.append(Fault(name, f"f-n-{item}", window.say("要填整数，例如 3")))
        else:
            wanted.append(ItemWanted(item=item, quantity=int(many)))
    if faults or not wanted:
        raise forms.Unreadable(faults or [Fault("", "", window.say(EMPTY))])
    return Ordering(
        account=account, items=wanted, beneficiary=filled.one("beneficiary").strip()[:100], proxy=proxy
    )


@router.post("/my/points/redeem")
async def redeem(request: Request, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")
    found = await asyncio.to_thread(account_of_viewer, window)
    if found is None:
        raise not_found()
    fields = questions(window)
    filled, _ = await forms.typed(request, window, fields)
    sheet = Sheet(fields, filled)
    ask = forms.asking(window, request.app.state.cases, window.actor, "/api/v1/points/redemptions", filled)
    try:
        receipt = await api.ordered(ask, window.points, basket(window, found.id, filled))
    except Exception as error:
        return await asyncio.to_thread(shown, window, found, forms.refused(window, sheet, error))
    if filled.preview:
        sheet = await asyncio.to_thread(foreseen, window, ask, sheet, receipt)
        return await asyncio.to_thread(shown, window, found, sheet)
    order = receipt.lines[0].stream
    return window.done(f"/my/points/orders/{order}", receipt, order)


def foreseen(window: Counted, ask: Asking, sheet: Sheet, receipt: Receipt) -> Sheet:
    """The form with what would be recorded; nothing was."""
    told = foretold(ask, window.points, receipt)
    facts = [{"sentence": window.sentence(line)} for line in receipt.lines]
    return replace(sheet, foreseen=told | {"facts": facts, "consequences": []})


# ------------------------------------------------------------------ one order


@router.get("/my/points/orders/{redemption}", dependencies=[CaughtUp])
async def detail(request: Request, redemption: api.Id, viewer: Viewer, done: Done = 0) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")

    def read() -> Response:
        return seen(window, must_redemption(window.points, window.actor, redemption), None, done)

    return await asyncio.to_thread(read)


def seen(window: Counted, found: Redemption, refused: Any, done: int = 0) -> Response:
    item = window.answers().redemption(found)
    may = of_redemption(window.engine, window.actor, found.id, window.lang)
    order = order_words(window, item)
    return window.show(
        "resident/order.html", 200 if refused is None else refused.refused["status"], order=order,
        next=window.say(NEXT[item["state"]], until=order["until"]), may_cancel="cancel" in may["allowed"],
        sheet=refused or forms.blank(()), said=window.said_since(found.id, done),
        lines=[
            {"name": window.item(each["item"]), "many": each["quantity"], "points": each["points"]}
            for each in item["lines"]
        ],
        picture=qr(found.id, window.say("二维码：兑换单号")),
    )  # fmt: skip


@router.post("/my/points/orders/{redemption}")
async def cancel(request: Request, redemption: api.Id, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")
    found = await asyncio.to_thread(must_redemption, window.points, window.actor, redemption)
    filled, _ = await forms.typed(request, window, ())
    path = f"/api/v1/points/redemptions/{redemption}/cancel"
    ask = forms.asking(window, request.app.state.cases, window.actor, path, filled)
    try:
        receipt = await api.cancelled(ask, window.points, redemption, Cancelling())
    except Exception as error:
        sheet = forms.refused(window, Sheet((), filled), error)
        return await asyncio.to_thread(seen, window, found, sheet)
    return window.done(f"/my/points/orders/{redemption}", receipt, redemption)
