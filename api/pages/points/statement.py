"""A month of an account on paper: what stood at its beginning, every entry with where it comes from and by
which rule, what stands at its end. It adds up, and says so."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.pages.codes import qr
from api.pages.frame import Viewer, address, signed_in
from api.pages.points.accounts import cause_of
from api.pages.points.checkpoint import last_signed
from api.pages.points.window import Window, table
from api.pages.points.words import ENTRIES
from api.points import accounts as api
from api.points.sight import must_account
from api.points.statements import months_statement
from domain.points.panel.periods import span
from projections.points.spans import previous

router = APIRouter(include_in_schema=False)

Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]
MOVES = (
    ("credited", "得到"), ("redeemed", "兑换"), ("reversed", "冲正"), ("undone", "撤销冲正"),
    ("expired", "过期"), ("transferred", "转移"),
)  # fmt: skip


@router.get("/points/accounts/{account}/statement")
async def statement(request: Request, account: api.Id, viewer: Viewer, month: Month = "") -> Response:
    """The month before this one where none is asked for."""
    window = Window(request, signed_in(viewer), "points-accounts")

    def read() -> Response:
        found = must_account(window.points, window.actor, account)
        now = f"{window.facing.today():%Y-%m}"
        asked = month or previous(now)
        told = months_statement(window.points, found, asked)
        moves = sums(window, told["entries"])
        first, after = span(asked)
        path = f"/points/accounts/{account}/statement"
        later = f"{after:%Y-%m}"
        signed = last_signed(window)
        says = window.say("二维码：这张对账单打印时的检查点")
        return window.show(
            "points/statement.html", account=account, holder=window.who(found.holder),
            place=window.facing.grid(found.place), month=asked, month_name=month_name(window, asked),
            opening=told["opening"], closing=told["closing"], moves=moves,
            adds_up=told["opening"] + sum(move["points"] for move in moves) == told["closing"],
            first=window.facing.short_day(first), entries=[line(window, each) for each in told["entries"]],
            before=(window.to(path, month=previous(asked)), month_name(window, previous(asked))),
            later=(window.to(path, month=later) if later <= now else "", month_name(window, later)),
            running=asked >= now, csv=window.to(f"{path}.csv", month=asked),
            json=address(f"/api/v1{path}", {"month": asked}), checkpoint=signed,
            picture=signed and qr(signed["short"], says),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def month_name(window: Window, month: str) -> str:
    return window.facing.month(month)


def sums(window: Window, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the month did to the balance, kind by kind; kinds that did nothing are left out."""
    found = []
    for kind, title in MOVES:
        points = sum(each["points"] for each in entries if each["kind"] == kind)
        if points:
            found.append(
                {"name": window.say(title), "points": points, "op": "＋" if points > 0 else "−", "kind": kind}
            )
    return found


def line(window: Window, told: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the statement (projections/points/statement.py) in words."""
    item, activity = told.get("item"), told.get("activity", "")
    name = window.item(item) if item else window.deed(activity) if activity else ""
    kind = window.say(ENTRIES[told["kind"]])
    what = name or kind
    if name and told["kind"] != "credited":
        what = window.say("{kind}：{name}", kind=kind, name=name)
    rule = told["rule"]
    recorded = window.facing.local(told["recorded_at"]).date()
    return {
        "day": window.day(told["on"]),
        "later": "" if recorded.isoformat() == told["on"] else window.facing.short_day(recorded),
        "what": what,
        "quantity": told["quantity"], "points": told["points"], "balance": told["balance"],
        "rule": f"{rule['version']} · {window.rule_text(rule['text'])}" if rule else "",
        "by": window.say("{who}核实", who=window.who(told["verified_by"])) if told["verified_by"] else "",
        "owed": told["owed"], **cause_of(window, told["cause"]),
    }  # fmt: skip


@router.get("/points/accounts/{account}/statement.csv")
async def as_file(
    request: Request, account: api.Id, viewer: Viewer,
    month: Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")],
) -> Response:  # fmt: skip
    window = Window(request, signed_in(viewer), "points-accounts")
    header = (
        "on",
        "recorded_at",
        "kind",
        "activity",
        "item",
        "quantity",
        "points",
        "balance",
        "rule",
        "cause",
    )

    def read() -> Response:
        told = months_statement(window.points, must_account(window.points, window.actor, account), month)
        rows = (
            [
                (each["rule"] or {}).get("version", "") if name == "rule" else each.get(name, "")
                for name in header
            ]
            for each in told["entries"]
        )
        return table(f"{account}-{month}", header, rows)

    return await asyncio.to_thread(read)
