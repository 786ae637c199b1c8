"""我的积分: what stands there, what it buys now, and the month as a statement to take to the counter."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from api.listing import newest_of
from api.pages.frame import Viewer, signed_in
from api.pages.points.checkpoint import last_signed
from api.pages.points.statement import Month, line, month_name, sums
from api.pages.points.words import CLAIM_RINGS, CLAIM_STATES, ORDER_RINGS, ORDER_STATES
from api.pages.resident.plain import Counted
from api.points.prices import newly_reached
from api.points.statements import months_statement
from api.points.stock import what_is_there
from api.routing import CaughtUp
from domain.points.account import account_of
from domain.points.panel.periods import span
from engine.read import Filter
from projections.points.account import Account
from projections.points.spans import previous

router = APIRouter(include_in_schema=False)

SHOWN = 6
STATEMENT = "/my/points/statement"
LINKS = {"/points/claims/": "/my/points/claims/", "/points/redemptions/": "/my/points/orders/"}


def account_of_viewer(window: Counted) -> Account | None:
    return window.points.accounts.find(account_of(window.actor.person))


def nothing_yet(window: Counted) -> Response:
    """Somebody without an account is told how to get one."""
    return window.show("resident/no_account.html")


@router.get("/my/points", dependencies=[CaughtUp])
async def mine(request: Request, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")

    def read() -> Response:
        found = account_of_viewer(window)
        if found is None:
            return nothing_yet(window)
        told = window.answers().account(found)
        return window.show(
            "resident/my_points.html", account=told, trouble=trouble(window, told),
            buys=affordable(window, told), news=news(window),
            claims=claims_of(window, found.id), orders=orders_of(window, found.id),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def trouble(window: Counted, told: Mapping[str, Any]) -> list[str]:
    """What stands in the way of ordering, kindly, and until when."""
    found = []
    if told["suspended_until"]:
        until = window.facing.local(told["suspended_until"])
        day = window.facing.short_day(until.date())
        found.append(window.say("现在不能兑换，到 {day} 恢复。积分还在，还可以继续攒，也可以申诉。", day=day))
    if told["owed"]:
        found.append(
            window.say("还欠 {n} 分：以前多记的分已经换掉了。以后得的分先补上这些。", n=told["owed"])
        )
    if told["held_disputed"]:
        found.append(window.say("有 {n} 分因为有人提出异议先冻结，等监督小组裁决。", n=told["held_disputed"]))
    return found


def wares(window: Counted) -> list[dict[str, Any]]:
    """What the catalogue in force has: its price, and how many are left; None where nobody counts."""
    return [
        {
            "item": each["item"], "name": window.item(each["item"]), "price": each["price"],
            "left": each["available"],
        }
        for each in what_is_there(window.points, window.actor)["items"]
    ]  # fmt: skip


def affordable(window: Counted, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the points that are free buy now."""
    return [
        each
        for each in wares(window)
        if each["price"] and each["price"] <= told["available"] and each["left"] != 0
    ]


def news(window: Counted) -> str:
    """What the points have come to buy lately, in one line; "" for nothing new."""
    found = newly_reached(window.points, window.actor, window.facing.now)
    named = [window.say("{item}（{n} 分）", item=window.item(each.item), n=each.price) for each in found]
    return window.say("积分够换了：{items}", items=window.say("、").join(named)) if named else ""


def claims_of(window: Counted, account: str) -> list[dict[str, Any]]:
    """The newest, in words."""
    found = newest_of(
        window.engine, "claims", "filed_position", [Filter("account", "=", account)],
        window.answers().claim_row, after=None, limit=SHOWN,
    )  # fmt: skip
    return [claim_words(window, item) for item in found["items"]]


def claim_words(window: Counted, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"], "state": item["state"], "state_name": window.say(CLAIM_STATES[item["state"]]),
        "ring": CLAIM_RINGS[item["state"]], "deed": window.deed(item["activity"]),
        "many": window.many(item["quantity"], item["basis"]), "points": item["points"],
        "day": window.day(item["occurred_on"]),
    }  # fmt: skip


def orders_of(window: Counted, account: str) -> list[dict[str, Any]]:
    found = newest_of(
        window.engine, "redemptions", "requested_position", [Filter("account", "=", account)],
        window.answers().redemption_row, after=None, limit=SHOWN,
    )  # fmt: skip
    return [order_words(window, item) for item in found["items"]]


def order_words(window: Counted, item: Mapping[str, Any]) -> dict[str, Any]:
    goods = window.say("、").join(
        window.item(each["item"]) + (f" × {each['quantity']}" if each["quantity"] > 1 else "")
        for each in item["lines"]
    )
    return {
        "id": item["id"], "state": item["state"], "state_name": window.say(ORDER_STATES[item["state"]]),
        "ring": ORDER_RINGS[item["state"]], "goods": goods, "total": item["total"],
        "day": window.when(item["requested_at"]), "until": window.when(item["expires_at"]),
        "short": item["id"].rpartition("-")[2][-6:].upper(),
    }  # fmt: skip


@router.get("/my/points/statement", dependencies=[CaughtUp])
async def statement(request: Request, viewer: Viewer, month: Month = "") -> Response:
    """The running month where none is asked for."""
    window = Counted(request, signed_in(viewer), "my-points")

    def read() -> Response:
        found = account_of_viewer(window)
        if found is None:
            return nothing_yet(window)
        now = f"{window.facing.today():%Y-%m}"
        asked = month or now
        told = months_statement(window.points, found, asked)
        moves = sums(window, told["entries"])
        first, after = span(asked)
        later = f"{after:%Y-%m}"
        account = window.answers().account(found)
        return window.show(
            "resident/statement.html", who=window.who(found.holder), month_name=month_name(window, asked),
            opening=told["opening"], closing=told["closing"], moves=moves,
            adds_up=told["opening"] + sum(move["points"] for move in moves) == told["closing"],
            first=window.facing.short_day(first), entries=[mine_line(window, e) for e in told["entries"]],
            before=(window.to(STATEMENT, month=previous(asked)), month_name(window, previous(asked))),
            later=window.to(STATEMENT, month=later) if later <= now else "",
            later_name=month_name(window, later), running=asked >= now, place=window.facing.grid(found.place),
            account=account, month=asked, checkpoint=last_signed(window), buys=affordable(window, account),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def mine_line(window: Counted, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry, its link leading to one's own pages; none where one has no page for it."""
    told = line(window, entry)
    path = told["path"]
    own = next(
        (mine + path.removeprefix(theirs) for theirs, mine in LINKS.items() if path.startswith(theirs)), ""
    )
    return told | {"path": own}
