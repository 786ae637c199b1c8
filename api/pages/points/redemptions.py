"""Orders: what waits to be handed out, one order with its forms, and what partners are owed for a month."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api import kinds
from api.listing import chosen
from api.pages import forms, looking_back
from api.pages.asked import WHEN
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.looking_back import NOTHING, Past
from api.pages.points.statement import month_name
from api.pages.points.window import Give, Window, table
from api.pages.points.words import BUTTONS, BY, COMMANDS, ORDER_RINGS, ORDER_STATES
from api.points import bodies as b
from api.points import redemptions as api
from api.points.permissions import of_redemption
from api.points.sight import must_redemption, of_redemptions, of_settlements
from api.points.stock import settled
from api.problems import not_found
from api.registers_then import listing
from api.routing import CaughtUp, Nth, Word
from engine.desk import Receipt
from engine.read import Filter, count
from projections.points.redemptions import Redemption
from projections.points.spans import previous

router = APIRouter(include_in_schema=False)

SHOWN, COUNTED = 50, 1_000
Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]
Command = Annotated[str, Path(max_length=40)]


@router.get("/points/redemptions", dependencies=[CaughtUp])
async def listed(
    request: Request, viewer: Viewer, state: Word = "", account: Word = "", partner: Word = "",
    grid: Word = "", cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    window = Window(request, signed_in(viewer), "points-redemptions")
    asked = {"state": state, "account": account.strip(), "partner": partner, "grid": grid}

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        named = {name: value for name, value in asked.items() if name != "grid"}
        found = listing(
            window.engine, api.REGISTER, [of_redemptions(window.actor)], chosen(named, grid, "place"),
            lambda at: window.answers(at).redemption_row, then=past.then, after=cursor, limit=SHOWN,
        )  # fmt: skip
        query = {name: value for name, value in asked.items() if value}
        return window.show(
            "points/redemptions.html", rows=[row(window, item) for item in found["items"]],
            next=found["next"], cursor=cursor, asked=asked, tabs=tabs_of(window, asked, past),
            grids=window.grid_filter(), json=address("/api/v1/points/redemptions", query | past.clocks),
            past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def tabs_of(window: Window, asked: Mapping[str, str], past: Past) -> list[dict[str, Any]]:
    """Every state with how many there are of it; of the past, not counted."""
    tabs: list[dict[str, Any]] = [{"code": "", "name": window.say("全部"), "many": None}]
    if not past.now:
        return tabs + [
            {"code": code, "name": window.say(name), "many": None} for code, name in ORDER_STATES.items()
        ]
    others = {name: value for name, value in asked.items() if name in ("account", "partner")}
    where = [of_redemptions(window.actor), *chosen(others, asked["grid"], "place")]
    with window.engine.views.read() as reading:
        for code, name in ORDER_STATES.items():
            many = count(
                reading, "redemptions", [*where, Filter("state", "=", code)], up_to=COUNTED + 1
            )  # fmt: skip
            shown = f"{COUNTED:,}+" if many > COUNTED else f"{many:,}"
            tabs.append({"code": code, "name": window.say(name), "many": shown})
    return tabs


def row(window: Window, item: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        {
            "what": window.item(line["item"]), "quantity": line["quantity"],
            "points": line.get("points", line["quantity"] * line.get("price", 0)),
        }
        for line in item["lines"]
    ]  # fmt: skip
    basket = window.say("、").join(f"{line['what']} × {line['quantity']}" for line in lines)
    return {
        "id": item["id"], "state": item["state"], "ring": ORDER_RINGS[item["state"]],
        "state_name": window.say(ORDER_STATES[item["state"]]), "basket": basket, "lines": lines,
        "holder": window.who(item["holder"]), "grid": window.facing.grid(item["place"]),
        "total": item["total"], "requested": window.when(item["requested_at"]),
        "expires": window.when(item["expires_at"]) if item["state"] == "requested" else "",
        "proxy": window.who(item["proxy"]) if item["proxy"] else "",
        "partner": window.facing.unit(item["partner"]) if item["partner"] else "",
        "by": window.who(item["fulfilled_by"]) if item["fulfilled_by"] else "",
        "ended": window.when(item["fulfilled_at"] or item["cancelled_at"]),
        "reason": window.say(BY.get(item["reason"], "")),
    }  # fmt: skip


@router.get("/points/redemptions/{redemption}")
async def detail(request: Request, redemption: api.Id, viewer: Viewer, done: Nth = 0) -> Response:
    window = Window(request, signed_in(viewer), "points-redemptions")

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        found, then = must_redemption(window.points, window.actor, redemption), past.then
        may, lines = NOTHING, window.engine.log.stream(redemption)
        if then is None:
            may = of_redemption(window.engine, window.actor, redemption, window.lang)
        else:
            found, lines = api.REGISTER.must(window.engine, redemption, then), then.kept(lines)
        item = window.answers(past.facing.now).redemption(found)
        return window.show(
            "points/redemption.html", item=item, row=row(window, item),
            said=window.said_since(redemption, done),
            story=[
                {"when": window.facing.when(line.occurred_at), "sentence": window.sentence(line)}
                for line in reversed(lines)
            ],
            allowed=[(name, window.say(BUTTONS[name])) for name in may["allowed"] if name in COMMANDS],
            refused=[no | {"name": window.say(COMMANDS[no["command"]])} for no in may["refused"]],
            proofs=[each for each in (item["consent"], item["delivery"]) if each],
            sees_account=window.role != "unit", past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


# ------------------------------------------------------------------ commands


class HandingOut(kinds.Command):
    """`proof`: the first photograph becomes the delivery."""

    proof: kinds.Photos
    partner: kinds.MaybeName = ""


def questions(window: Window, order: Redemption, name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of an order."""
    if name == "cancel":
        return (WHEN,)
    if name != "fulfil":
        raise not_found()
    units = tuple((unit.id, unit.name) for unit in window.facing.organisation.units.values())
    partner = (Field("partner", "哪家伙伴单位给的", "select", options=units, hint="社区自己给的就不选。"),)
    return (
        Field(
            "proof", "交到本人手里的凭证", "photos", required=bool(order.proxy),
            hint="有人代领时必须有：签字单或交接照片。",
        ),
        *(() if window.role == "unit" else partner),
        WHEN,
    )  # fmt: skip


def giving(window: Window, redemption: str, name: str) -> tuple[type[kinds.Command], Give]:
    async def fulfil(ask: Any, body: HandingOut) -> Receipt:
        told = b.Fulfilling(
            delivery=next(iter(body.proof), ""), partner=body.partner, occurred_at=body.occurred_at
        )
        return await api.fulfilled(ask, window.points, redemption, told)

    async def cancel(ask: Any, body: b.Cancelling) -> Receipt:
        return await api.cancelled(ask, window.points, redemption, body)

    return (HandingOut, fulfil) if name == "fulfil" else (b.Cancelling, cancel)


def shown(window: Window, order: Redemption, name: str, sheet: Sheet) -> Response:
    item = row(window, window.answers().redemption(order))
    may = of_redemption(window.engine, window.actor, order.id, window.lang)
    back = window.to(f"/points/redemptions/{order.id}")
    return window.form(
        sheet, window.say(COMMANDS[name]), window.say(BUTTONS[name]), back,
        no=None if sheet.wrong else next((no for no in may["refused"] if no["command"] == name), None),
        subject=item["basket"],
        crumbs=[(window.say("兑换"), window.to("/points/redemptions")), (item["basket"], back)],
        about=[
            (window.say("持有人"), item["holder"]), (window.say("代领"), item["proxy"]),
            (window.say("积分"), f"{item['total']}"), (window.say("留到"), item["expires"]),
        ],
    )  # fmt: skip


@router.get("/points/redemptions/{redemption}/do/{order_command}")
async def form(request: Request, redemption: api.Id, order_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-redemptions")

    def read() -> Response:
        found = must_redemption(window.points, window.actor, redemption)
        sheet = forms.blank(questions(window, found, order_command), version=found.version)
        return shown(window, found, order_command, sheet)

    return await asyncio.to_thread(read)


@router.post("/points/redemptions/{redemption}/do/{order_command}")
async def give(request: Request, redemption: api.Id, order_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-redemptions")
    found = await asyncio.to_thread(must_redemption, window.points, window.actor, redemption)
    fields = questions(window, found, order_command)
    body, record = giving(window, redemption, order_command)
    made = await window.given(fields, body, f"points/redemptions/{redemption}/{order_command}", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, found, order_command, made)
    return window.done(f"/points/redemptions/{redemption}", made, redemption)


# ------------------------------------------------------------------ settlement


@router.get("/points/settlement", dependencies=[CaughtUp])
async def settlement(
    request: Request, viewer: Viewer, month: Month = "", partner: Word = "",
    form: Annotated[str, Query(pattern="^(csv)?$", alias="as")] = "",
) -> Response:  # fmt: skip
    """兑换结算: by partner and item; a partner sees its own."""
    window = Window(request, signed_in(viewer), "points-redemptions")

    def read() -> Response:
        asked = month or previous(f"{window.facing.today():%Y-%m}")
        told = settled(window.engine, asked, partner, [of_settlements(window.actor)])
        if form:
            header = ("partner", "item", "price", "quantity", "points")
            return table(f"settlement-{asked}", header, ([x[n] for n in header] for x in told["items"]))
        items = [
            x
            | {
                "unit": window.facing.unit(x["partner"]) or window.say("社区自己"),
                "what": window.item(x["item"]),
            }
            for x in told["items"]
        ]
        units = tuple((unit.id, unit.name) for unit in window.facing.organisation.units.values())
        query = {"month": asked} | ({"partner": partner} if partner else {})
        return window.show(
            "points/settlement.html", month=asked, month_name=month_name(window, asked), items=items,
            total=told["total"], partner=partner, units=units if window.role != "unit" else (),
            csv=window.to("/points/settlement", **query, **{"as": "csv"}),
            json=address("/api/v1/points/settlement", query), today=window.facing.day(window.facing.today()),
        )  # fmt: skip

    return await asyncio.to_thread(read)
