"""Patrols on a phone: what was walked, a form with the stops of the route, hazards entered on the spot."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field as Bound

from api import kinds
from api.bodies import Body
from api.listing import chosen
from api.pages import forms, looking_back
from api.pages.asked import WHEN
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.patrols.desk import COMMANDS, KINDS, Desk, hazards
from api.patrols import bodies, recording, walks
from api.patrols.told import days, found, in_sight, listed
from api.patrols.ways import one
from api.problems import not_found
from api.routing import CaughtUp, Nth, Word
from api.then import Then
from domain.rule_books.categories import RequiredReading
from engine.desk import Receipt
from engine.read import Filter, rows
from projections.views import Row

router = APIRouter(include_in_schema=False)

HERE, SHOWN, FREE = "patrols", 50, 3
"""FREE: stops asked for on a walk without a route."""
WALKERS = ("gridworker", "dispatcher", "street")
Day = Annotated[str, Query(max_length=10)]


class Visited(Body):
    stop: kinds.MaybeName = ""
    looked: bool = False
    value: float | None = None
    note: kinds.MaybeText = ""


class WalkForm(kinds.Command):
    """A walk as the page asks for it: one reading a stop, of the quantity the route's class asks for."""

    grid: kinds.Name
    minutes: Annotated[int, Bound(ge=1, le=24 * 60)]
    kind: bodies.MaybeKind = ""
    units: bodies.Names
    evidence: bodies.Evidence
    note: kinds.MaybeText = ""
    visited: Annotated[list[Visited], Bound(max_length=100, default_factory=list)]
    hazards: bodies.Hazards


@router.get("/patrols", dependencies=[CaughtUp])
async def every(
    request: Request, viewer: Viewer, kind: Word = "", grid: Word = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    desk = Desk(request, signed_in(viewer), HERE)
    asked = {"from": first, "to": last, "kind": kind, "grid": grid}

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        where = [*chosen({"kind": kind}, grid), *days(desk.engine, "patrolled_at", first, last)]
        got = listed(
            desk.engine, desk.actor, "patrols", where, desk.teller.row, after=cursor, limit=SHOWN,
            then=past.then,
        )  # fmt: skip
        of_days = [*chosen({}, grid), *days(desk.engine, "registered_at", first, last)]
        cases = request.app.state.cases
        hazards_ = walks.hazards_of(desk.engine, cases, desk.actor, of_days, None, 10, past.then)
        query = {name: value for name, value in asked.items() if value}
        return desk.show(
            "patrols/patrols.html", rows=[row(desk, each) for each in got["items"]], total=got.get("total"),
            next=got["next"], cursor=cursor, asked=asked, kinds=desk.kind_options(),
            grids=desk.grid_filter(), walks=past.now and desk.role in WALKERS, routes=routes(desk, past.then),
            hazards=[past.facing.row(each) for each in hazards_["items"]], found=hazards_.get("total"),
            json=address("/api/v1/patrols", query | past.clocks), past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def routes(desk: Desk, then: Then | None) -> list[Row]:
    """The routes the viewer may walk, or might then."""
    standing = Filter("state", "=", "set")
    if then is not None:
        was = listed(
            desk.engine, desk.actor, "patrol_routes", [standing], dict, after=None, limit=20, then=then
        )
        return list(was["items"])
    where = [*in_sight(desk.actor, "patrol_routes"), standing]
    with desk.engine.views.read() as reading:
        return rows(reading, "patrol_routes", where=where, order=("set_position", "desc"), limit=20).items


def row(desk: Desk, item: dict[str, Any]) -> dict[str, Any]:
    return item | {
        "kind_name": desk.say(KINDS[item["kind"]]), "on": desk.day(item["patrolled_on"]),
        "place": desk.facing.grid(item["grid"]), "by": desk.who(item["recorded_by"]),
        "with": [desk.facing.organisation.units[each].name for each in item["units"]
                 if each in desk.facing.organisation.units],
    }  # fmt: skip


# ------------------------------------------------------------------ walking


def measured(desk: Desk, category: str) -> RequiredReading | None:
    """What the class asks to be measured first."""
    found_ = desk.books.categories(desk.engine.clock()).get(category)
    return found_.readings[0] if found_ and found_.readings else None


def fields(desk: Desk, way: Row | None) -> tuple[Field, ...]:
    reading = measured(desk, way["category"]) if way else None
    stops: list[Field] = []
    names = desk.teller.row(way)["stops"] if way else [""] * FREE
    for n, stop in enumerate(names):
        if stop:
            stops.append(Field(f"visited[{n}].stop", stop, "hidden", value=stop))
            stops.append(Field(f"visited[{n}].looked", desk.say("看过：{stop}", stop=stop), "tick"))
        else:
            stops.append(Field(f"visited[{n}].stop", "看了哪里", required=n == 0))
        if reading is not None:
            label = desk.say("{stop}的读数", stop=stop)
            stops.append(Field(f"visited[{n}].value", label, "decimal", unit=reading.unit))
    own = (way["grid"] if way else "") or desk.actor.scope
    return (
        Field("grid", "在哪个网格", "select", options=desk.grid_options(), required=True, value=own),
        Field("kind", "哪一种", "select", options=desk.kind_options(), value=way["kind"] if way else "daily"),
        *stops,
        Field("minutes", "用了多少分钟", "number", required=True),
        Field("units", "一起来的单位", "checks", options=desk.unit_options(), hint="联合巡检必须填。"),
        *hazards(desk),
        Field("evidence", "照片", "photos"),
        Field("note", "记录", "area", rows=2),
        WHEN,
    )


def form(desk: Desk, way: Row | None, sheet: Sheet) -> Response:
    back = desk.to("/patrols")
    return desk.form(
        sheet, desk.say("记录一次巡查"), desk.say("记录巡查"), back, crumbs=[(desk.say("巡查"), back)],
        about=[(desk.say("路线"), way["name"])] if way else (),
        explain="没有勾选的点位记为未查看。点位是公共地方；到居民家里看，请记走访。",
    )  # fmt: skip


def way_of(desk: Desk, route: str) -> Row | None:
    return found(desk.engine, desk.actor, "patrol_routes", route) if route else None


@router.get("/patrols/new", dependencies=[CaughtUp])
async def blank(request: Request, viewer: Viewer, route: Word = "") -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        way = way_of(desk, route)
        return form(desk, way, forms.blank(fields(desk, way)))

    return await asyncio.to_thread(read)


@router.post("/patrols/new")
async def walked(request: Request, viewer: Viewer, route: Word = "") -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    way = await asyncio.to_thread(way_of, desk, route)
    reading = measured(desk, way["category"]) if way else None

    async def record(ask: Any, body: Any) -> Receipt:
        if not any(_visited(each, route) for each in body.visited):
            box = next(field for field in asked if field.kind == "tick")
            raise forms.Unreadable([forms.Fault(box.name, box.id, desk.say("至少看一个点位"))])
        return await recording.walk(ask, walk_of(body, route, reading))

    asked = await asyncio.to_thread(fields, desk, way)
    made = await desk.given(asked, WalkForm, "patrols", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(form, desk, way, made)
    stream = made.lines[0].stream
    return desk.done(f"/patrols/{stream}", made, stream)


def walk_of(body: WalkForm, route: str, reading: RequiredReading | None) -> bodies.Walk:
    """The api's body: the stops that were looked at, each with what was read there."""
    stops = [
        {"stop": each.stop, "note": each.note}
        | (
            {"readings": [{"quantity": reading.quantity, "value": each.value, "unit": reading.unit}]}
            if reading and each.value is not None
            else {}
        )
        for each in body.visited
        if _visited(each, route)
    ]
    told = body.model_dump(exclude={"visited", "occurred_at"}) | {"stops": stops, "route": route}
    if body.occurred_at is not None:
        told["occurred_at"] = body.occurred_at.isoformat()
    return bodies.Walk.model_validate(told)


def _visited(each: Visited, route: str) -> bool:
    """Ticked, or measured; on a walk without a route, named."""
    return bool(each.stop) and (each.looked or not route or each.value is not None)


# ------------------------------------------------------------------ one patrol

Id = Annotated[str, Path(pattern=r"^patrol-[0-9a-z-]{1,60}$")]


@router.get("/patrols/{patrol}", dependencies=[CaughtUp])
async def detail(request: Request, patrol: Id, viewer: Viewer, done: Nth = 0) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        item = one(desk.asked, "patrols", "patrol", patrol, past.then)
        return desk.show(
            "patrols/patrol.html", item=item, row=row(desk, item), past=past,
            said=desk.said_since(patrol, done),
            history=[each["sentence"] for each in item["history"]], **desk.may(item),
            readings=[
                (stop["stop"], [desk.speaker.reading(r["quantity"], r["value"], r["unit"])
                                for r in stop["readings"]],
                 any(r["in_range"] is False for r in stop["readings"]), stop["note"])
                for stop in item["stops"]
            ],
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/patrols/{patrol}/do/{patrol_command}", dependencies=[CaughtUp])
async def more(request: Request, patrol: Id, patrol_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    return await asyncio.to_thread(
        lambda: asking(desk, patrol, patrol_command, forms.blank(hazards(desk, required=True)))
    )


def asking(desk: Desk, patrol: str, name: str, sheet: Sheet) -> Response:
    """Problem 404 for what is no command of a patrol."""
    if name != "hazards":
        raise not_found()
    item = row(desk, one(desk.asked, "patrols", "patrol", patrol))
    back = desk.to(f"/patrols/{patrol}")
    no = None if sheet.wrong else next((no for no in item["refused"] if no["command"] == name), None)
    return desk.form(
        sheet, desk.say(COMMANDS[name]), desk.say(COMMANDS[name]), back, no=no,
        crumbs=[(desk.say("巡查"), desk.to("/patrols")), (item["on"], back)],
    )  # fmt: skip


@router.post("/patrols/{patrol}/do/{patrol_command}")
async def add(request: Request, patrol: Id, patrol_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    state = await asyncio.to_thread(found, desk.engine, desk.actor, "patrols", patrol)
    if patrol_command != "hazards":
        raise not_found()

    async def record(ask: Any, body: Any) -> Receipt:
        return await recording.more_hazards(ask, patrol, state["grid"], body)

    asked = hazards(desk, required=True)
    made = await desk.given(asked, bodies.MoreHazards, f"patrols/{patrol}/hazards", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(asking, desk, patrol, patrol_command, made)
    return desk.done(f"/patrols/{patrol}", made, patrol)
