"""Accounts: the list, one account with its ledger, opening one at the counter, and what is given to one
there: a claim filed, an order, a card that goes on."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.listing import chosen
from api.pages import forms, looking_back
from api.pages.forms import Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.points import at_the_counter as counter
from api.pages.points.window import Window, table
from api.pages.points.words import CAUSES, DIFFERS, ENTRIES, KINDS
from api.points import accounts as api
from api.points import bodies as b
from api.points.sight import must_account, of_accounts
from api.points.statements import entries
from api.points.what_if import known, one
from api.problems import not_found
from api.registers_then import listing
from api.routing import CaughtUp, Nth, Word
from api.then import account_then
from engine.desk import Receipt
from projections.points.account import Account

router = APIRouter(include_in_schema=False)

SHOWN, LAST = 50, 12
OPENERS = ("admin", "gridworker")
"""Who opens accounts (domain/points/account)."""

LINKS = {
    "claim": "/points/claims/", "ruling": "/points/claims/", "redemption": "/points/redemptions/",
    "attendance": "/points/attendance/", "complaint": "/complaints/",
}  # fmt: skip
PREFIXES = {"clm": "claim", "rdm": "redemption", "att": "attendance", "c": "complaint"}


def cause_of(window: Window, cause: str) -> dict[str, str]:
    """Where an entry comes from: what it is called, and its page; no link where the viewer has none."""
    kind = PREFIXES.get(cause.partition("-")[0], "")
    if not kind or (window.role == "analyst" and kind == "redemption"):
        return {"name": "", "path": ""}
    return {"name": window.say(CAUSES[kind]), "path": LINKS[kind] + cause}


@router.get("/points/accounts", dependencies=[CaughtUp])
async def listed(
    request: Request, viewer: Viewer, holder: Word = "", kind: Word = "", grid: Word = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    window = Window(request, signed_in(viewer), "points-accounts")
    asked = {"holder": holder.strip(), "kind": kind, "grid": grid}

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        named = {"holder": asked["holder"].removeprefix("acct-"), "kind": kind}
        found = listing(
            window.engine, api.REGISTER, [of_accounts(window.actor)], chosen(named, grid, "place"),
            lambda at: window.answers(at).account_row, then=past.then, after=cursor, limit=SHOWN,
        )  # fmt: skip
        query = {name: value for name, value in (named | {"grid": grid}).items() if value}
        return window.show(
            "points/accounts.html", rows=[row(window, item) for item in found["items"]], next=found["next"],
            cursor=cursor, asked=asked, kinds=[(code, window.say(name)) for code, name in KINDS.items()],
            grids=window.grid_filter(), json=address("/api/v1/points/accounts", query | past.clocks),
            opens=past.now and window.role in OPENERS, past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def row(window: Window, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"], "holder": window.who(item["holder"]), "kind": window.say(KINDS[item["kind"]]),
        "grid": window.facing.grid(item["place"]), "balance": item["balance"],
        "available": item["available"], "held": item["held"], "owed": item["owed"],
        "credit": item["credit_score"],
        "suspended": window.day(item["suspended_until"][:10]) if item["suspended_until"] else "",
        "opened": window.when(item["opened_at"]),
    }  # fmt: skip


@router.get("/points/accounts/new")
async def blank(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-accounts")
    return await asyncio.to_thread(opening, window, forms.blank(counter.opening(window)))


@router.post("/points/accounts/new")
async def open_one(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-accounts")

    async def record(ask: Any, body: Any) -> Receipt:
        return await api.opened(ask, window.points, body)

    made = await window.given(counter.opening(window), b.Opening, "points/accounts", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(opening, window, made)
    account = next(iter(made.versions))
    return window.done(f"/points/accounts/{account}", made, account)


def opening(window: Window, sheet: Sheet) -> Response:
    back = window.to("/points/accounts")
    return window.form(
        sheet, window.say("开一个积分账户"), window.say("开户"), back,
        crumbs=[(window.say("积分账户"), back)],
        explain="一个人一个账户。账户属于持有人住的网格；不知道住哪里，就属于开户人的网格。",
    )  # fmt: skip


@router.get("/points/accounts/{account}")
async def detail(request: Request, account: api.Id, viewer: Viewer, done: Nth = 0) -> Response:
    window = Window(request, signed_in(viewer), "points-accounts")

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        found, then = must_account(window.points, window.actor, account), past.then
        if then is not None:
            found = account_then(window.engine, account, then)
        item = window.answers(past.facing.now).account(found)
        last = entries(window.points, account, then)[-LAST:]
        return window.show(
            "points/account.html", item=item, row=row(window, item), month=f"{window.facing.today():%Y-%m}",
            holds=[
                {
                    "points": hold["points"],
                    "what": window.say("等裁决" if hold["purpose"] == "disputed" else "等领取"),
                    "until": window.when(hold["until"]), **cause_of(window, hold["hold"]),
                }
                for hold in item["holds"]
            ],
            scores=[
                {
                    "change": each["change"], "after": each["after"],
                    "when": window.when(each["recorded_at"]), **cause_of(window, each["cause"]),
                }
                for each in reversed(item["credit_entries"])
            ],
            last=[entry(window, each) for each in reversed(last)], said=window.said_since(account, done),
            allowed=[(name, window.say(counter.BUTTONS[name])) for name in counter.may(window, found)],
            past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def entry(window: Window, line: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `entries` in words."""
    what = window.deed(line["activity"]) if line["activity"] else ""
    rule = window.rule_text(line["rule_text"])
    return {
        "kind": window.say(ENTRIES[line["kind"]]), "what": what, "points": line["points"],
        "balance": line["balance"], "day": window.day(line["day"]), **cause_of(window, line["cause"]),
        "rule": f"{line['rule_version']} · {rule}" if line["rule_book"] else "",
    }  # fmt: skip


# ------------------------------------------------------------------ at the counter


Command = Annotated[str, Path(max_length=40)]


@router.get("/points/accounts/{account}/do/{account_command}")
async def form(request: Request, account: api.Id, account_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-accounts")

    def read() -> Response:
        found = must_account(window.points, window.actor, account)
        return shown(window, found, account_command, forms.blank(fields_of(window, found, account_command)))

    return await asyncio.to_thread(read)


def fields_of(window: Window, account: Account, name: str) -> tuple[forms.Field, ...]:
    """Problem 404 for what is no command of the counter."""
    if name not in counter.QUESTIONS:
        raise not_found()
    return counter.QUESTIONS[name](window, account)


def shown(window: Window, account: Account, name: str, sheet: Sheet) -> Response:
    back = window.to(f"/points/accounts/{account.id}")
    item = row(window, window.answers().account(account))
    return window.form(
        sheet, window.say(counter.TITLES[name]), window.say(counter.BUTTONS[name]), back,
        crumbs=[(window.say("积分账户"), window.to("/points/accounts")), (item["holder"], back)],
        about=[
            (window.say("持有人"), item["holder"]), (window.say("可用"), f"{item['available']}"),
            (window.say("暂停兑换到"), item["suspended"]),
        ],
        explain=counter.EXPLAINED[name],
    )  # fmt: skip


@router.post("/points/accounts/{account}/do/{account_command}")
async def give(request: Request, account: api.Id, account_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-accounts")
    found = await asyncio.to_thread(must_account, window.points, window.actor, account)
    fields = await asyncio.to_thread(fields_of, window, found, account_command)
    body, path, record = counter.giving(window, account, account_command)
    made = await window.given(fields, body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, found, account_command, made)
    return window.done(counter.then(account, made), made, counter.stream_then(account, made))


# ------------------------------------------------------------------ under another tariff


@router.get("/points/accounts/{account}/under")
async def under(
    request: Request, account: api.Id, viewer: Viewer,
    tariff: Annotated[str, Query(max_length=60)] = "",
) -> Response:  # fmt: skip
    """The same facts under two tariffs, entry by entry. Nothing is written back."""
    window = Window(request, signed_in(viewer), "points-accounts")

    def read() -> Response:
        found = must_account(window.points, window.actor, account)
        versions = [each.version for each in window.books.versions("tariffs")]
        told = one(window.engine, account, known(window.books, tariff), None, None) if tariff else None
        item = row(window, window.answers().account(found))
        lines = [
            {
                "on": window.day(each.on.isoformat()), "what": window.deed(each.activity),
                "quantity": each.proven_quantity, "actual": each.actual, "under": each.under,
                "difference": each.difference, "by": each.paid_by, "why": window.say(DIFFERS[each.reason]),
                **cause_of(window, each.cause),
            }
            for each in (told.entries if told else ())
        ]  # fmt: skip
        return window.show(
            "points/under.html",
            account=account,
            row=item,
            versions=versions,
            tariff=tariff,
            told=told,
            lines=lines,
            different=sum(1 for each in lines if each["difference"]),
        )

    return await asyncio.to_thread(read)


@router.get("/points/accounts/{account}/ledger.csv")
async def as_file(request: Request, account: api.Id, viewer: Viewer) -> Response:
    """Every entry of the account."""
    window = Window(request, signed_in(viewer), "points-accounts")
    header = ("entry", "day", "kind", "activity", "quantity", "points", "balance", "rule_version", "cause")

    def read() -> Response:
        found = must_account(window.points, window.actor, account)
        rows = ([line[name] for name in header] for line in entries(window.points, found.id))
        return table(found.id, header, rows)

    return await asyncio.to_thread(read)
