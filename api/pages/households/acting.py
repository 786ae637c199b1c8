"""Registering a household and what is done to it, from forms; reading a sealed field with a reason."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.households import commands as api
from api.households.personal import Reading, read_in_full
from api.households.register import Id, whole
from api.households.seeing import must_household
from api.pages import forms
from api.pages.asked import WHEN, reason
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.households.desk import Desk
from api.pages.households.words import COMMANDS, EXPLAINED, FIELDS, KINDS, TENURES, TITLES
from api.problems import not_found
from api.routing import CaughtUp
from engine.desk import Receipt
from projections.households.register import Household

router = APIRouter(include_in_schema=False)

Command = Annotated[str, Path(max_length=40)]
OUR_KINDS = tuple((code, word) for code, word in KINDS.items() if code != "unclassified")


def home_fields(desk: Desk, grid: str) -> tuple[Field, ...]:
    return (
        Field("grid", "哪个网格", "select", options=desk.grids(), required=True, value=grid),
        Field("compound", "小区"),
        Field("address", "住址", hint="写到门牌。会密封保存；同一个网格里同一个住址就是同一套住房。"),
        Field("tenure", "怎么住的", "select", options=tuple(TENURES.items())),
        Field("since", "哪天住进来的", "day"),
    )


def contact_fields() -> tuple[Field, ...]:
    return (
        Field("name", "找谁", hint="会密封保存，别人只看到姓。"),
        Field("phone", "电话", "tel", hint="会密封保存，要看得写理由。"),
    )


def entry_fields(desk: Desk) -> tuple[Field, ...]:
    first, *rest = home_fields(desk, desk.actor.scope)
    return (
        first,
        *rest,
        Field("people", "几口人", "number"),
        Field("kind", "哪一类", "select", options=OUR_KINDS, hint="不知道就先不选，以后能按“未分类”找出来。"),
        *contact_fields(),
        Field("id", "户编号", hint="登记册上有编号就填，没有就不填。只用字母、数字、点和横线。"),
    )


def entering(desk: Desk, sheet: Sheet) -> Response:
    back = desk.to("/households")
    return desk.form(
        sheet, desk.say("登记一户"), desk.say("登记"), back, crumbs=[(desk.say("住户登记册"), back)]
    )


@router.get("/households/new")
async def blank(request: Request, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))
    return await asyncio.to_thread(lambda: entering(desk, forms.blank(entry_fields(desk))))


@router.post("/households/new")
async def enter(request: Request, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))

    async def record(ask: Any, body: Any) -> Receipt:
        receipt, _ = await api.entered(ask, body)
        return receipt

    made = await desk.given(entry_fields(desk), api.Entry, "households", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(entering, desk, made)
    stream = next(name for name in made.versions if name.startswith("hh-"))
    return desk.done(f"/households/{stream.removeprefix('hh-')}", made, stream)


# ------------------------------------------------------------------ one household


def questions(desk: Desk, found: Household, name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a household."""
    match name:
        case "recount":
            now = "" if found.people < 0 else str(found.people)
            return (Field("people", "几口人", "number", required=True, value=now), WHEN)
        case "reclassify":
            kinds = Field("kind", "哪一类", "select", options=OUR_KINDS, required=True, value=found.kind)
            return (kinds, reason(required=False, hint="重点户建档、销档必须写。"), WHEN)
        case "contact":
            return contact_fields()
        case "move-in":
            return (*home_fields(desk, found.grid), WHEN)
        case "move-out":
            return (reason("为什么搬走"), WHEN)
        case "join":
            return (Field("person", "谁", required=True, hint="填人员编号。"), WHEN)
        case "leave":
            now_there = tuple(
                (each.person, desk.who(each.person)) for each in found.members if not each.left_at
            )
            person = Field("person", "谁", "select", options=now_there, required=True)
            return (person, reason("为什么", required=False), WHEN)
    raise not_found()


def shown(desk: Desk, found: Household, name: str, sheet: Sheet) -> Response:
    item = whole(desk.engine, desk.actor, found, desk.lang)
    back = desk.to(f"/households/{found.id}")
    no = next((each for each in item["refused"] if each["command"] == name), None)
    now = desk.say(
        "{where}，{people}，{kind}", where=desk.where(item), people=desk.people(item), kind=desk.kind(item)
    )
    about = [(desk.say("现在"), now)]
    return desk.form(
        sheet, desk.say(TITLES[name]), desk.say(COMMANDS[name]), back,
        no=None if sheet.wrong else no, subject=found.id, about=about, explain=EXPLAINED.get(name, ""),
        crumbs=[(desk.say("住户登记册"), desk.to("/households")), (found.id, back)],
    )  # fmt: skip


@router.get("/households/{household}/do/{household_command}", dependencies=[CaughtUp])
async def form(request: Request, household: Id, household_command: Command, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        found = must_household(desk.engine, desk.actor, household)
        sheet = forms.blank(questions(desk, found, household_command), version=found.version)
        return shown(desk, found, household_command, sheet)

    return await asyncio.to_thread(read)


@router.post("/households/{household}/do/{household_command}")
async def give(request: Request, household: Id, household_command: Command, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))
    found = await asyncio.to_thread(must_household, desk.engine, desk.actor, household)
    fields = await asyncio.to_thread(questions, desk, found, household_command)

    async def record(ask: Any, body: Any) -> Receipt:
        return await api.given(ask, household, household_command, body)

    path = f"households/{household}/{household_command}"
    made = await desk.given(fields, api.COMMANDS[household_command].body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, found, household_command, made)
    return desk.done(f"/households/{household}", made, f"hh-{household}")


# ------------------------------------------------------------------ reading in full


def asking(desk: Desk, found: Household, sheet: Sheet) -> Response:
    back = desk.to(f"/households/{found.id}")
    return desk.form(
        sheet, desk.say("看这户的姓名或电话"), desk.say("打开"), back, subject=found.id,
        explain="谁、什么时候、为什么看的，会先记下来再打开，大家都看得到。",
        crumbs=[(desk.say("住户登记册"), desk.to("/households")), (found.id, back)],
    )  # fmt: skip


def reading_fields() -> tuple[Field, ...]:
    return (
        Field("field", "看什么", "choice", options=tuple(FIELDS.items()), required=True),
        reason("为什么要看"),
    )


@router.get("/households/{household}/reveal")
async def sealed(request: Request, household: Id, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        found = must_household(desk.engine, desk.actor, household)
        return asking(desk, found, forms.blank(reading_fields(), version=found.version))

    return await asyncio.to_thread(read)


@router.post("/households/{household}/reveal")
async def reveal(request: Request, household: Id, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))
    found = await asyncio.to_thread(must_household, desk.engine, desk.actor, household)
    values: list[str | None] = []
    typed: list[str] = []

    async def record(ask: Any, body: Any) -> Receipt:
        receipt, value = await read_in_full(ask, household, body)
        values.append(value)
        typed.append(body.field)
        return receipt

    made = await desk.given(reading_fields(), Reading, f"households/{household}/reveal", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(asking, desk, found, made)
    value = values[-1] or desk.say("（没有登记）")
    return desk.show("households/revealed.html", id=household, what=desk.say(FIELDS[typed[-1]]), value=value)
