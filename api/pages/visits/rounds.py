"""The rounds of visits: all of them, a new one, one of them with its figures and households, and its end."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.listing import chosen, paged
from api.pages import forms, looking_back
from api.pages.asked import reason
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.households.words import MODES, WINDOWS
from api.pages.visits.visit_desk import (
    HERE,
    KEEPERS,
    MEMBER,
    OUTCOMES,
    STATES,
    STATUSES,
    Id,
    VisitDesk,
    figure,
)  # fmt: skip
from api.problems import not_found
from api.registers_then import listing
from api.routing import CaughtUp, Nth, Word
from api.visits import rounds as api
from api.visits.lists import how_far, place, visits_of
from api.visits.seeing import must_round, of_rounds
from domain.steps import Step
from domain.visits import rounds
from engine.desk import Receipt
from engine.ids import new_id
from engine.read import Condition, Filter
from projections.views import Row

router = APIRouter(include_in_schema=False)

MORE_MET = "more_met"

SHOWN = 40
LENGTH = 30
"""Days a new round is offered for."""
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/visits", dependencies=[CaughtUp])
async def listed(request: Request, viewer: Viewer, state: Word = "", cursor: Cursor = None) -> Response:
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        asked = {"state": state if state in STATES else ""}
        got = listing(
            desk.engine, api.REGISTER, of_rounds(desk.actor), chosen({"state": asked["state"]}),
            lambda _: desk.teller.round, then=past.then, after=cursor, limit=SHOWN,
        )  # fmt: skip
        every = got["items"]
        return desk.show(
            "visits/rounds.html", rows=[line(desk, each) for each in every], next=got["next"], cursor=cursor,
            asked=asked, running=sum(each["state"] == "open" for each in every),
            states=[(code, desk.say(name)) for code, (_, name) in STATES.items()],
            keeps=past.now and desk.role in KEEPERS, goes=past.now and desk.role == MEMBER, past=past,
            json=address("/api/v1/visits/rounds", ({"state": state} if state else {}) | past.clocks),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def found(
    desk: VisitDesk, table: str, where: list[Condition], cursor: str | None, order: tuple[str, str], *,
    alone: bool = False,
) -> tuple[list[Row], str | None]:  # fmt: skip
    """A page of rows. Problem 422 for a cursor of another list."""
    with desk.engine.views.read() as reading:
        got = paged(reading, table, where, order, cursor, SHOWN, alone=alone)
    return got.items, got.next


def line(desk: VisitDesk, round: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": round["id"], "name": round["name"], "grid": desk.facing.grid(round["grid"]),
        "open": round["state"] == "open", "state": desk.state(round["state"]),
        "days": desk.span_of(round["from"], round["to"]), "by": desk.who(round["opened_by"]),
        "opened": desk.when(round["opened_at"]),
    }  # fmt: skip


# ------------------------------------------------------------------ opening one


def fields(desk: VisitDesk) -> tuple[Field, ...]:
    today = desk.facing.today()
    last = today + timedelta(days=LENGTH - 1)
    return (
        Field("name", "这一轮叫什么", required=True, hint="例如：走千家、入万户"),
        Field("grid", "走哪里", "select", options=desk.grid_options(), required=True, value=desk.actor.scope),
        Field("from", "从哪天", "day", required=True, value=today.isoformat()),
        Field("to", "到哪天", "day", required=True, value=last.isoformat(), hint="这一天也算。最长一年。"),
    )


def opening(desk: VisitDesk, sheet: Sheet) -> Response:
    back = desk.to("/visits")
    return desk.form(
        sheet, desk.say("发起一轮走访"), desk.say("发起"), back, crumbs=[(desk.say("入户走访"), back)],
        explain="登记在这个网格里的在住户都是走访对象：搬进来的自动加上，搬走的不算。",
    )  # fmt: skip


@router.get("/visits/new")
async def blank(request: Request, viewer: Viewer) -> Response:
    desk = VisitDesk(request, signed_in(viewer))
    return await asyncio.to_thread(lambda: opening(desk, forms.blank(fields(desk))))


@router.post("/visits/new")
async def open_round(request: Request, viewer: Viewer) -> Response:
    desk = VisitDesk(request, signed_in(viewer))

    async def record(ask: Any, body: api.Opening) -> Receipt:
        command = rounds.OpenRound(body.name, body.grid.strip("/"), body.from_day, body.to_day)
        step = Step("round", new_id("round"), command, 0)
        return await ask.give(step, body=body, occurred_at=body.occurred_at)  # type: ignore[no-any-return]

    made = await desk.given(fields(desk), api.Opening, "visits/rounds", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(opening, desk, made)
    stream = made.lines[0].stream
    return desk.done(f"/visits/{stream}", made, stream)


# ------------------------------------------------------------------ one round


@router.get("/visits/{round}", dependencies=[CaughtUp])
async def detail(
    request: Request, viewer: Viewer, round: Id, status: Word = "", grid: Word = "", kind: Word = "",
    window: Word = "", cursor: Cursor = None, done: Nth = 0,
) -> Response:  # fmt: skip
    desk = VisitDesk(request, signed_in(viewer))
    asked = {"status": status or "unvisited", "grid": grid, "kind": kind, "window": window}

    def read() -> Response:
        told = api.one(desk.asked, round)
        coverage = told["coverage"]
        homes = None if desk.counts_only else households(desk, round, asked, cursor)
        reached = figure(coverage["coverage_households"])
        counts = {
            "unvisited": reached["of"] - reached["n"], "reached": reached["n"], "all": reached["of"],
            "vacant": coverage["excluded"]["vacant"],
        }  # fmt: skip
        query = {name: value for name, value in asked.items() if value and name in ("grid", "kind")}
        return desk.show(
            "visits/round.html", round=line(desk, told), said=desk.said_since(round, done),
            doors=figure(coverage["door_open_rate"]), reached=reached,
            people=figure(coverage["coverage_people"]), modes=by_mode(desk, coverage),
            needs=coverage["needs"],
            uncounted=coverage["excluded"]["people_unknown"],
            homes=homes, asked=asked, cursor=cursor,
            tabs=[(code, desk.say(name), counts[code]) for code, name in STATUSES.items()]
            + ([(MORE_MET, desk.say("见到的比登记的多"), coverage[MORE_MET])] if coverage[MORE_MET] else []),
            more_met=coverage[MORE_MET],
            grids=desk.grid_filter(), kinds=desk.kind_options(), windows=desk.options(WINDOWS),
            closes="close" in told["allowed"], keeps=desk.role in KEEPERS, goes=desk.role == MEMBER,
            json=address(
                f"/api/v1/visits/rounds/{round}/households",
                query | ({} if asked["status"] == "all" else {"status": asked["status"]}),
            ),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def by_mode(desk: VisitDesk, coverage: Mapping[str, Any]) -> list[dict[str, Any]]:
    """In person and online apart: they are never mixed."""
    return [
        {
            "code": mode, "name": desk.say(name), "doors": figure(coverage["door_open_rate"][mode]),
            "reached": coverage["coverage_households"][mode]["numerator"],
            "people": coverage["coverage_people"][mode]["numerator"],
            "outcomes": coverage["outcomes"][mode],
        }
        for mode, name in MODES.items()
    ]  # fmt: skip


def households(desk: VisitDesk, round: str, asked: Mapping[str, str], cursor: str | None) -> dict[str, Any]:
    """The households asked for. `window` names the kinds that the supervision book has met in it."""
    status, of = asked["status"], must_round(desk.engine, desk.actor, round)
    if status not in STATUSES and status != MORE_MET:
        raise not_found()
    where: list[Condition] = [
        place(desk.actor, of, asked["grid"]), Filter("vacant", "=", int(status == "vacant")),
        *how_far(round, status),
    ]  # fmt: skip
    where += [Filter("kind", "=", asked["kind"])] if asked["kind"] else []
    if asked["window"]:
        where.append(Filter("kind", "in", [*desk.rules().windows.get(asked["window"], ())]))
    got, after = found(desk, "households", where, cursor, ("id", "asc"))
    ids = [row["id"] for row in got]
    with desk.engine.views.read() as reading:
        visits = visits_of(reading, round, ids)
    homes = desk.homes(ids)
    return {"rows": [household(desk, homes[id], visits.get(id)) for id in ids if id in homes], "next": after}


def household(desk: VisitDesk, home: Any, visit: Row | None) -> dict[str, Any]:
    return {
        "id": home.id, "where": desk.where(home), "name": home.name, "grid": desk.facing.grid(home.grid),
        "kind": desk.kind(home.kind), "key": home.kind == "key", "size": desk.size(home),
        "vacant": home.vacant, "reached": bool(visit and visit["reached"]),
        "attempts": visit["attempts"] if visit else 0, "best": visit["best"] if visit else 0,
        "complaints": visit["complaints"] if visit else 0, "tried": desk.tried(visit),
        "booked": desk.say(
            "约在{day}{window}", day=desk.day(visit["booked_day"]), window=desk.window(visit["booked_window"])
        ) if visit and visit["booked_day"] else "",
    }  # fmt: skip


# ------------------------------------------------------------------ attempts


@router.get("/visits/{round}/attempts", dependencies=[CaughtUp])
async def attempts(
    request: Request, viewer: Viewer, round: Id, outcome: Word = "", window: Word = "", mode: Word = "",
    grid: Word = "", cursor: Cursor = None,
) -> Response:  # fmt: skip
    """The attempts behind the figures, the last recorded first."""
    desk = VisitDesk(request, signed_in(viewer))
    asked = {"outcome": outcome, "window": window, "mode": mode, "grid": grid}

    def read() -> Response:
        of = must_round(desk.engine, desk.actor, round)
        named = {name: value for name, value in asked.items() if value}
        where: list[Condition] = [Filter(name, "=", value) for name, value in named.items() if name != "grid"]
        where += [Filter("round", "=", round), place(desk.actor, of, grid)]
        got, after = found(desk, "visit_attempts", where, cursor, ("position", "desc"))
        homes = desk.homes([row["household"] for row in got])
        return desk.show(
            "visits/attempts.html", round={"id": round, "name": of.name}, next=after, cursor=cursor,
            rows=[tried(desk, desk.teller.attempt(row), homes.get(row["household"])) for row in got],
            asked=asked, outcomes=desk.options(OUTCOMES), windows=desk.options(WINDOWS),
            modes=desk.options(MODES), grids=desk.grid_filter(),
            json=address(f"/api/v1/visits/rounds/{round}/attempts", named),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def tried(desk: VisitDesk, told: Mapping[str, Any], home: Any) -> dict[str, Any]:
    return {
        "household": told["household"], "where": desk.where(home) if home else told["household"],
        "grid": desk.facing.grid(told["grid"]), "when": desk.when(told["occurred_at"]),
        "window": desk.window(told["window"]), "mode": desk.mode(told["mode"]),
        "outcome": desk.outcome(told["outcome"]), "opened": told["outcome"] == "opened",
        "met": told["people_met"], "minutes": told["minutes"], "by": desk.who(told["by"]),
        "needs": len(told["complaints"]),
    }  # fmt: skip


# ------------------------------------------------------------------ its end


def ending(desk: VisitDesk, round: str, sheet: Sheet) -> Response:
    told = api.one(desk.asked, round)
    reached = figure(told["coverage"]["coverage_households"])
    back = desk.to(f"/visits/{round}")
    no = next((no for no in told["refused"] if no["command"] == "close"), None)
    about = [
        (desk.say("哪天"), desk.span_of(told["from"], told["to"])),
        (desk.say("已走到"), desk.say("{n} / {of} 户", n=reached["n"], of=reached["of"])),
    ]
    return desk.form(
        sheet, desk.say("结束这一轮走访"), desk.say("结束"), back, no=None if sheet.wrong else no,
        crumbs=[(desk.say("入户走访"), desk.to(f"/{HERE}")), (told["name"], back)], subject=told["name"],
        about=about, explain="结束以后不再排计划、不再预约。结束前走过、还没录入的，之后仍可补录。",
    )  # fmt: skip


def closing_fields() -> tuple[Field, ...]:
    return (reason("为什么结束", required=False),)


@router.get("/visits/{round}/close", dependencies=[CaughtUp])
async def ask_close(request: Request, viewer: Viewer, round: Id) -> Response:
    desk = VisitDesk(request, signed_in(viewer))
    return await asyncio.to_thread(lambda: ending(desk, round, forms.blank(closing_fields())))


@router.post("/visits/{round}/close")
async def close(request: Request, viewer: Viewer, round: Id) -> Response:
    desk = VisitDesk(request, signed_in(viewer))
    await asyncio.to_thread(must_round, desk.engine, desk.actor, round)

    async def record(ask: Any, body: api.Closing) -> Receipt:
        step = Step("round", round, rounds.CloseRound(body.reason), ask.expected)
        return await ask.give(step, body=body, occurred_at=body.occurred_at)  # type: ignore[no-any-return]

    made = await desk.given(closing_fields(), api.Closing, f"visits/rounds/{round}/close", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(ending, desk, round, made)
    return desk.done(f"/visits/{round}", made, round)
