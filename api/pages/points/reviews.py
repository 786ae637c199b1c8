"""The monthly review in five steps: the checkpoint, the draw, the books and the shelves, findings,
signatures.

Figures are the engine's, never typed; what is saved stays, so one may leave and come back at any step.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api import kinds
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.points.accounts import cause_of
from api.pages.points.checkpoint import last_signed
from api.pages.points.statement import month_name
from api.pages.points.stock import COUNTERS
from api.pages.points.sums import adding_up
from api.pages.points.window import Window
from api.points import panel as panel_api
from api.points import reviews as api
from api.points.saves import save
from api.points.stock import shelved, what_is_there
from api.problems import Problem, not_found
from api.routing import CaughtUp, Nth
from domain.points import panel as panels
from domain.points.stock import Count
from domain.steps import Step
from engine.desk import Receipt
from projections.points.panel import Panel
from projections.points.spans import previous
from projections.points.words import booked

router = APIRouter(include_in_schema=False)

STEPS = ("认准检查点", "抽查", "核对总账与库存", "写发现", "签字")
BACK = 12
"""Months that are over and offered to be opened."""


def panel_of(window: Window) -> Panel | None:
    """The panel the viewer may read of; None where there is none for him."""
    try:
        return panel_api.readable(window.points, window.actor)
    except Problem:
        return None


@router.get("/points/reviews")
async def listed(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-reviews")

    def read() -> Response:
        return overview(window, forms.blank(opening(window, panel_of(window))))

    return await asyncio.to_thread(read)


def overview(window: Window, sheet: Sheet) -> Response:
    panel = panel_of(window)
    reviews = sorted(panel.reviews, key=lambda each: each.month, reverse=True) if panel else []
    rows = [
        {
            "month": each.month, "name": month_name(window, each.month), "done": bool(each.reviewed_at),
            "entries": each.entries, "credited": each.credited, "redeemed": each.redeemed,
            "findings": len(each.findings),
            "signed": window.say("、").join(window.who(who) for who in each.signed_by),
            "missing": max(0, panel.quorum - len(each.signed_by)) if panel else 0,
        }
        for each in reviews
    ]  # fmt: skip
    return window.show(
        "points/reviews.html", 422 if sheet.wrong else 200, panel=panel, rows=rows, sheet=sheet,
        waiting=sum(1 for row in rows if not row["done"]), judges=window.role == "panel",
        members=[window.who(who) for who in panel.members] if panel else [],
        place=window.facing.grid(panel.place) if panel else "",
    )  # fmt: skip


def opening(window: Window, panel: Panel | None) -> tuple[Field, ...]:
    known = {each.month for each in panel.reviews} if panel else set()
    month, over = f"{window.facing.today():%Y-%m}", []
    for _ in range(BACK):
        month = previous(month)
        if month not in known:
            over.append((month, month_name(window, month)))
    return (Field("month", "核查哪个月", "select", options=tuple(over), required=True),)


@router.post("/points/reviews")
async def open_one(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-reviews")
    panel = await asyncio.to_thread(panel_of, window)

    async def record(ask: Any, body: Any) -> Receipt:
        stream, place = panel_api.mine(window.points, ask.actor)
        await panel_api.fresh(window.engine)
        command = await asyncio.to_thread(api.figures, window.engine, stream, place, body.month)
        step = Step("panel", stream, command)
        return await save(ask, window.points, stream, lambda: (step,), body, body.occurred_at)

    fields = opening(window, panel)
    made = await window.given(fields, api.Review, "panel/reviews", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(overview, window, made)
    stream = next(iter(made.versions))
    found = window.points.panels.must(stream)
    return window.done(f"/points/reviews/{found.reviews[-1].month}", made, stream)


# ------------------------------------------------------------------ the wizard


@router.get("/points/reviews/{month}", dependencies=[CaughtUp])
async def wizard(
    request: Request, month: api.Month, viewer: Viewer, step: Annotated[int, Query(ge=0, le=5)] = 0,
    done: Nth = 0, entry: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Step 1 to 5; of a review that is done the last one, where nothing else is asked for."""
    window = Window(request, signed_in(viewer), "points-reviews")

    def read() -> Response:
        panel = panel_of(window)
        if panel is None:
            raise not_found()
        return shown(window, panel, month, step, None, done=done, entry=entry)

    return await asyncio.to_thread(read)


def shown(
    window: Window, panel: Panel, month: str, step: int, sheet: Sheet | None, *, done: int = 0,
    entry: str = "",
) -> Response:  # fmt: skip
    told = api.whole(window.points, panel, month)
    signed = told["state"] == "reviewed"
    at = step or (5 if signed else 1)
    counted = what_is_there(window.points, window.actor)["items"] if at == 3 else []
    return window.show(
        "points/review.html", 422 if sheet and sheet.wrong else 200, month=month,
        month_name=month_name(window, month), told=told, step=at, steps=STEPS, signed=signed,
        place=window.facing.grid(panel.place), quorum=panel.quorum,
        members=[(window.who(who), who in told["signed_by"]) for who in panel.members],
        mine=window.person in told["signed_by"], judges=window.person in panel.members,
        may_count=window.role in COUNTERS, drawn=[drawn(window, each) for each in told["drawn"]],
        noted=[
            each | {
                "who": window.who(each["by"]), "when": window.when(each["recorded_at"]),
                "entry": booked(window.speaker, each["entry"]) if each["entry"] else "",
            }
            for each in told["noted"]
        ],
        sums=adding_up(window, panel.place, month) if at == 3 else None,
        stock=shelves(window, told["stock"], counted), checkpoint=last_signed(window),
        sheet=sheet or forms.blank(fields_of(window, at, told, counted, entry)),
        opened=window.when(told["opened_at"]), said=window.said_since(panel.id, done),
    )  # fmt: skip


def drawn(window: Window, each: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the draw in words, with the way to where it comes from."""
    if "account" not in each:
        return {"entry": each["entry"], "what": each["entry"], "path": "", "name": "", "points": 0, "on": "",
                "rule": "", "who": ""}  # fmt: skip
    found = window.points.accounts.find(each["account"])
    return {
        "entry": each["entry"],
        "what": window.deed(each["activity"]) if each["activity"] else window.say("兑换"),
        "points": each["points"], "on": window.day(each["day"]), "rule": each["rule_version"],
        "who": window.who(found.holder) if found else "", **cause_of(window, each["cause"]),
    }  # fmt: skip


def in_words(window: Window, told: Mapping[str, Any]) -> str:
    """10月19日 社区巡逻 5 分，居民 2c8e: an entry to choose, by what is remembered of it."""
    if not told["on"]:
        return booked(window.speaker, told["entry"])
    return window.say(
        "{day} {what} {n} 分，{who}", day=told["on"], what=told["what"], n=told["points"], who=told["who"]
    )


def shelves(window: Window, month: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each item's month, and what the book says lies there now."""
    there = {each["item"]: each["on_hand"] for each in now if each["stocked"]}
    return [each | {"what": window.item(each["item"]), "now": there.get(each["item"])} for each in month]


def fields_of(
    window: Window, step: int, told: Mapping[str, Any], counted: list[dict[str, Any]], entry: str
) -> tuple[Field, ...]:
    match step:
        case 3:
            items = [each for each in counted if each["stocked"]]
            return (
                *(
                    Field(
                        f"counts.{each['item']}",
                        window.item(each["item"]),
                        "number",
                        value=str(each["on_hand"]),
                    )
                    for each in items
                ),
                Field("reason", "和账面不一样的，说明为什么", "area", rows=3, hint="会写进账里，一起公开。"),
            )
        case 4:
            there = {each["entry"]: in_words(window, drawn(window, each)) for each in told["drawn"]}
            sample = tuple((each, there.get(each, each)) for each in told["sample"])
            return (
                Field("text", "发现了什么", "area", required=True, hint="写看到的，不写推测；不写名字。"),
                Field("entry", "说的是哪一笔", "select", options=sample, value=entry),
            )
    return ()


# ------------------------------------------------------------------ commands


class Counts(kinds.Command):
    counts: dict[str, int]
    reason: kinds.MaybeText = ""


Command = Annotated[str, Path(max_length=20)]
AT: Mapping[str, tuple[int, type[kinds.Command]]] = {
    "count": (3, Counts), "finding": (4, api.Finding), "sign": (5, api.Signature),
}  # fmt: skip


@router.post("/points/reviews/{month}/do/{review_command}")
async def give(request: Request, month: api.Month, review_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-reviews")
    panel = await asyncio.to_thread(panel_of, window)
    if panel is None or review_command not in AT:
        raise not_found()
    told = await asyncio.to_thread(api.whole, window.points, panel, month)
    step, body = AT[review_command]
    counted = what_is_there(window.points, window.actor)["items"] if step == 3 else []

    async def record(ask: Any, given: Any) -> Receipt:
        if isinstance(given, Counts):
            why = given.reason.strip() or window.say("{month}核查盘点", month=month_name(window, month))
            commands = [Count(item, many, why) for item, many in given.counts.items()]
            return await shelved(ask, window.points, commands, given)
        made: object = panels.SignReview(month)
        if isinstance(given, api.Finding):
            made = panels.NoteFinding(month, given.text, given.entry)
        stream, _ = panel_api.mine(window.points, ask.actor)
        step = Step("panel", stream, made)
        return await save(ask, window.points, stream, lambda: (step,), given, given.occurred_at)

    fields = fields_of(window, step, told, counted, "")
    made = await window.given(fields, body, f"panel/reviews/{month}/{review_command}", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, panel, month, step, made)
    after = {"count": 4, "finding": 4, "sign": 5}[review_command]
    return window.done(f"/points/reviews/{month}", made, panel.id, step=after)
