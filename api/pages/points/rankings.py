"""Who earned most in a period, ties explained; freezing it, and the honours that follow."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api import kinds
from api.naming import posted
from api.pages import forms
from api.pages.asked import reason
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.points.window import Window
from api.points import panel as api
from api.points.claims import panel_over
from api.points.rankings import checked, earned, place_of, ranked
from api.points.saves import save
from api.points.sight import sees_account
from api.problems import not_found
from api.routing import CaughtUp, Nth, Word
from domain.points import panel as panels
from domain.points.panel import periods
from domain.steps import Step
from engine.desk import Receipt
from projections.points.panel import Honour
from projections.points.spans import previous

router = APIRouter(include_in_schema=False)

Period = Annotated[str, Query(max_length=10)]
COMMANDS = {"freeze": "定下这一期排名", "grant": "授予荣誉", "revoke": "撤销荣誉"}
EXPLAINED = {
    "freeze": "定下以后不再变，以后冲正也不改这一期。",
    "grant": "只能授给这一期排上名的人，名称不填就用规则里的。",
    "revoke": "撤销会留下记录和原因，荣誉本身不会被删掉。",
}


@router.get("/points/rankings", dependencies=[CaughtUp])
async def ranking(request: Request, viewer: Viewer, period: Period = "", done: Nth = 0) -> Response:
    """The month before this one where none is asked for."""
    window = Window(request, signed_in(viewer), "points-rankings")

    def read() -> Response:
        asked = checked(period or previous(f"{window.facing.today():%Y-%m}"))
        place = place_of(window.points, window.actor, "")
        told = ranked(window.engine, window.points, place, asked)
        items = [person(window, each) for each in told["items"]]
        stream, _ = panel_over(window.points, place)
        panel = window.points.panels.find(stream)
        return window.show(
            "points/rankings.html", told=told, items=items, period=asked, period_name=name_of(window, asked),
            place=window.facing.grid(place), ties=ties(window, items), others=others(window, asked),
            over=periods.span(asked)[1] <= window.facing.today(), rule=window.rule_text(told["rule"]["text"]),
            honours=[
                honour(window, each) for each in reversed(panel.honours if panel else ())
                if each.period == asked
            ],
            judges=window.role == "panel", said=window.said_since(stream, done) if panel else [],
            json=address("/api/v1/points/rankings", {"period": asked}),
            today=window.facing.day(window.facing.today()),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def called(window: Window, holder: str) -> str:
    """A ranking is printed and hung up."""
    return posted(window.engine, window.lang, window.actor).get(holder, holder)


def person(window: Window, each: Mapping[str, Any]) -> dict[str, Any]:
    """By his masked name; with a link for whoever may open the account."""
    found = window.points.accounts.find(each["account"])
    staff = window.role != "resident"
    seen = staff and found is not None and sees_account(window.actor, found)
    return {
        "rank": each["rank"], "points": each["points"], "honour": each["honour"] or "",
        "who": called(window, found.holder) if found else "—",
        "grid": window.facing.grid(found.place) if found else "",
        "account": each["account"] if seen else "",
    }  # fmt: skip


def ties(window: Window, items: list[dict[str, Any]]) -> list[str]:
    """Who stands equal, and which rank follows."""
    found = []
    for rank, many in Counter(each["rank"] for each in items).items():
        if many > 1:
            facts = {"rank": rank, "n": many, "next": rank + many}
            found.append(window.say("积分相同的并列：第 {rank} 名有 {n} 人，下一名是第 {next} 名。", **facts))
    return found


def honour(window: Window, each: Honour) -> dict[str, Any]:
    found = window.points.accounts.find(each.account)
    return {
        "id": each.honour, "title": window.rule_text(each.title), "revoked": bool(each.revoked_at),
        "who": called(window, found.holder) if found else "—",
        "when": window.facing.when(each.granted_at),
        "reason": window.points.opened(each.reason) if window.reads else None,
    }  # fmt: skip


def name_of(window: Window, period: str) -> str:
    first, _ = periods.span(period)
    match periods.kind_of(period):
        case "quarter":
            return window.say("{y}年第 {q} 季度", y=first.year, q=first.month // 3 + 1)
        case "year":
            return window.say("{y}年", y=first.year)
        case _:
            return window.facing.month(f"{first:%Y-%m}")


def others(window: Window, asked: str) -> list[tuple[str, str]]:
    """Periods one may want next: this month, the three before, the last quarter, this year and the last."""
    today = window.facing.today()
    month, found = f"{today:%Y-%m}", []
    for _ in range(4):
        found.append(month)
        month = previous(month)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    before = previous(f"{quarter:%Y-%m}")
    found += [f"{before[:4]}-Q{(int(before[-2:]) - 1) // 3 + 1}", f"{today.year}", f"{today.year - 1}"]
    return [(period, name_of(window, period)) for period in found]


# ------------------------------------------------------------------ commands

Command = Annotated[str, Path(max_length=20)]


def questions(name: str, period: str, account: str, honoured: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a ranking."""
    hidden = Field("period", "", "hidden", value=period)
    match name:
        case "freeze":
            return (hidden,)
        case "grant":
            return (
                hidden, Field("account", "授给哪个账户", required=True, value=account),
                Field("title", "荣誉的名称", hint="不填就用规则里的。"),
            )  # fmt: skip
        case "revoke":
            return (Field("honour", "", "hidden", value=honoured), reason("为什么撤销"))
    raise not_found()


class Revoking(api.Revocation):
    honour: kinds.Name


BODIES: Mapping[str, tuple[type[kinds.Command], str]] = {
    "freeze": (api.Freezing, "panel/rankings"),
    "grant": (api.Honour, "panel/honours"),
    "revoke": (Revoking, "panel/honours/revoke"),
}


def command_of(window: Window, name: str, place: str, body: Any) -> object:
    match name:
        case "freeze":
            position, found = earned(window.engine, place, checked(body.period))
            return panels.FreezeRanking(body.period, position, found)
        case "grant":
            return panels.GrantHonour(body.account, body.period, body.title)
        case _:
            return panels.RevokeHonour(body.honour, body.reason)


def shown(window: Window, name: str, period: str, sheet: Sheet) -> Response:
    back = window.to("/points/rankings", period=period)
    return window.form(
        sheet, window.say(COMMANDS[name]), window.say(COMMANDS[name]), back,
        crumbs=[(window.say("排名与荣誉"), back)], explain=EXPLAINED[name],
        about=[(window.say("哪一期"), name_of(window, period) if period else "")],
    )  # fmt: skip


def a_period(period: str) -> str:
    return checked(period) if period else ""


@router.get("/points/rankings/do/{ranking_command}")
async def form(
    request: Request, ranking_command: Command, viewer: Viewer, period: Period = "", account: Word = "",
    honour: Word = "",
) -> Response:  # fmt: skip
    window = Window(request, signed_in(viewer), "points-rankings")
    fields = questions(ranking_command, a_period(period), account, honour)
    return await asyncio.to_thread(shown, window, ranking_command, period, forms.blank(fields))


@router.post("/points/rankings/do/{ranking_command}")
async def give(request: Request, ranking_command: Command, viewer: Viewer, period: Period = "") -> Response:
    window = Window(request, signed_in(viewer), "points-rankings")
    fields = questions(ranking_command, a_period(period), "", "")
    body, path = BODIES[ranking_command]

    async def record(ask: Any, told: Any) -> Receipt:
        stream, place = api.mine(window.points, ask.actor)
        await api.fresh(window.engine)
        command = await asyncio.to_thread(command_of, window, ranking_command, place, told)
        step = Step("panel", stream, command)
        return await save(ask, window.points, stream, lambda: (step,), told, told.occurred_at)

    made = await window.given(fields, body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, ranking_command, period, made)
    stream = next(iter(made.versions))
    return window.done("/points/rankings", made, stream, period=period)
