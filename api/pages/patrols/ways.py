"""Patrol routes: set on a form with one stop a line, changed and retired on a page of their own."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api import kinds
from api.listing import chosen
from api.pages import forms, looking_back
from api.pages.forms import Fault, Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.patrols.desk import KINDS, Desk
from api.pages.patrols.walking import HERE, WALKERS, row
from api.patrols import bodies, ways
from api.patrols.told import listed
from api.problems import not_found
from api.routing import CaughtUp, Nth
from api.then import Then
from domain.bounds import NAME
from domain.patrols.rules import STOPS
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

COMMANDS = {"set": "修改路线", "retire": "停用路线"}
RECENT = 10
Id = Annotated[str, Path(pattern=r"^patrol-route-[0-9a-z-]{1,60}$")]


class WayForm(kinds.Command):
    """A route as the page asks for it: its stops one a line."""

    name: kinds.Name
    grid: kinds.Name
    stops: kinds.Text
    kind: bodies.Kind = "daily"
    category: kinds.MaybeName = ""


def fields(desk: Desk, of: dict[str, Any] | None) -> tuple[Field, ...]:
    was = of or {"name": "", "grid": desk.actor.scope, "kind": "daily", "category": "", "stops": []}
    return (
        Field("name", "路线叫什么", required=True, value=was["name"]),
        Field("grid", "在哪个网格", "select", options=desk.grid_options(), required=True, value=was["grid"]),
        Field("kind", "哪一种", "select", options=desk.kind_options(), required=True, value=was["kind"]),
        Field(
            "category", "读数按哪一类的要求判断", "select", options=desk.category_options(),
            value=was["category"], hint="不测量的不选。",
        ),
        Field(
            "stops", "点位，一行一个", "area", rows=8, required=True, value="\n".join(was["stops"]),
            hint="按走的顺序写。点位是公共地方，不是谁的家。",
        ),
    )  # fmt: skip


def way_of(desk: Desk, asked: tuple[Field, ...], form: WayForm) -> bodies.Way:
    """The api's body. Raises forms.Unreadable where the lines are too many, or one is too long."""
    stops = [line.strip() for line in form.stops.splitlines() if line.strip()]
    says = ""
    if len(stops) > STOPS:
        says = desk.say("最多 {n} 项", n=STOPS)
    elif any(len(stop) > NAME for stop in stops):
        says = desk.say("最多 {n} 个字", n=NAME)
    if says:
        box = next(field for field in asked if field.name == "stops")
        raise forms.Unreadable([Fault(box.name, box.id, says)])
    return bodies.Way.model_validate(form.model_dump(exclude={"occurred_at"}) | {"stops": stops})


def shown(desk: Desk, of: dict[str, Any] | None, name: str, sheet: Sheet) -> Response:
    """`of` None for a route that is not there yet."""
    patrols = (desk.say("巡查"), desk.to("/patrols"))
    if of is None:
        title = desk.say("新设巡查路线")
        return desk.form(sheet, title, desk.say("设定路线"), patrols[1], crumbs=[patrols])
    back = desk.to(f"/patrols/routes/{of['id']}")
    no = None if sheet.wrong else next((no for no in of["refused"] if no["command"] == name), None)
    said = desk.say(COMMANDS[name])
    return desk.form(sheet, said, said, back, no=no, crumbs=[patrols, (of["name"], back)])


@router.get("/patrols/routes/new")
async def blank(request: Request, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    return await asyncio.to_thread(lambda: shown(desk, None, "set", forms.blank(fields(desk, None))))


@router.post("/patrols/routes/new")
async def set_new(request: Request, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    asked = await asyncio.to_thread(fields, desk, None)

    async def record(ask: Any, form: Any) -> Receipt:
        return await ways.set_new(ask, way_of(desk, asked, form))

    made = await desk.given(asked, WayForm, "patrols/routes", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, None, "set", made)
    stream = made.lines[0].stream
    return desk.done(f"/patrols/routes/{stream}", made, stream)


# ------------------------------------------------------------------ one route


def one(desk: Desk, route: str, then: Then | None = None) -> dict[str, Any]:
    return ways.one(desk.asked, "patrol_routes", "patrol-route", route, then)


@router.get("/patrols/routes/{route}", dependencies=[CaughtUp])
async def detail(request: Request, route: Id, viewer: Viewer, done: Nth = 0) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        item = one(desk, route, past.then)
        walked = listed(
            desk.engine, desk.actor, "patrols", chosen({"route": route}, ""), desk.teller.row, after=None,
            limit=RECENT, then=past.then,
        )  # fmt: skip
        return desk.show(
            "patrols/route.html", item=item, said=desk.said_since(route, done), total=walked.get("total"),
            past=past,
            kind=desk.say(KINDS[item["kind"]]), place=desk.facing.grid(item["grid"]),
            category=desk.facing.category(item["category"]) if item["category"] else "",
            walks=past.now and desk.role in WALKERS and item["state"] == "set",
            rows=[row(desk, each) for each in walked["items"]],
            history=[each["sentence"] for each in item["history"]], **desk.may(item, COMMANDS),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def questions(desk: Desk, of: dict[str, Any], name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a route."""
    if name == "set":
        return fields(desk, of)
    if name == "retire":
        return (Field("reason", "为什么停用", "area", required=True, rows=3),)
    raise not_found()


@router.get("/patrols/routes/{route}/do/{route_command}", dependencies=[CaughtUp])
async def form(request: Request, route: Id, route_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)

    def read() -> Response:
        of = one(desk, route)
        sheet = forms.blank(questions(desk, of, route_command), version=of["version"])
        return shown(desk, of, route_command, sheet)

    return await asyncio.to_thread(read)


@router.post("/patrols/routes/{route}/do/{route_command}")
async def give(request: Request, route: Id, route_command: str, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer), HERE)
    of = await asyncio.to_thread(one, desk, route)
    asked = questions(desk, of, route_command)

    async def record(ask: Any, form: Any) -> Receipt:
        if route_command == "retire":
            return await ways.retired(ask, route, form)
        return await ways.set_anew(ask, route, way_of(desk, asked, form))

    body = bodies.Retiring if route_command == "retire" else WayForm
    made = await desk.given(asked, body, f"patrols/routes/{route}/{route_command}", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, of, route_command, made)
    return desk.done(f"/patrols/routes/{route}", made, route)
