"""Whom to call on: what is overdue first, what is due this week, and key households without a plan."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.answers import page as page_of
from api.care import lists as api
from api.care import plans as api_plans
from api.care.told import in_list
from api.pages import forms, looking_back
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.visits.care_desk import OPENS, CareDesk
from api.routing import CaughtUp, Word
from api.then import Then
from domain import care
from domain.rule_books.care import GROUNDS, RISKS
from engine.desk import Receipt
from engine.read import Condition, Filter

router = APIRouter(include_in_schema=False)

SHOWN, UNFILED = 50, 20
"""Plans on a page; key households without one named below."""
DUE = {"overdue": "已逾期", "today": "今天应走访", "week": "本周应走访"}
STATES = {"active": "执行中", "closed": "已结束"}


@router.get("/care", dependencies=[CaughtUp])
async def listed(
    request: Request, viewer: Viewer, due: Word = "", risk: Word = "", grid: Word = "", worker: Word = "",
    state: Word = "", cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    desk = CareDesk(request, signed_in(viewer))
    asked = {"due": due, "risk": risk, "grid": grid, "worker": worker, "state": state}

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        now = desk.facing.now
        where: list[Condition] = [Filter("state", "=", "closed" if state == "closed" else "active")]
        named = {"risk": risk, "worker": worker}
        where += [Filter(name, "=", value) for name, value in named.items() if value]
        where += [Filter("grid", "under", grid.strip("/"))] if grid else []
        wanted: Any = due if due in DUE else ""
        late: Sequence[Any] = ()
        if past.then is None:
            where += api.due_by(desk.engine, now, wanted)
            got = api.plans(desk.engine, desk.actor, where, after=cursor, limit=SHOWN)
            found = page_of([in_list(row, now) for row in got.items], got.next)
            late = api.plans(
                desk.engine, desk.actor,
                [Filter("state", "=", "active"), *api.due_by(desk.engine, now, "overdue")], limit=SHOWN,
            ).items  # fmt: skip
        else:
            found = api.plans_then(desk.engine, desk.actor, where, wanted, past.then, cursor, SHOWN)
        items = found["items"]
        without = [] if cursor else unfiled(desk, grid, past.then)
        called = desk.homes([one["household"] for one in items] + [one["id"] for one in without])
        query = {name: value for name, value in asked.items() if value}
        return desk.show(
            "visits/care.html", rows=[row(desk, one, called) for one in items], next=found["next"],
            cursor=cursor, asked=asked, late=len(late),
            dues=[(code, desk.say(name)) for code, name in DUE.items()],
            risks=desk.options(RISKS), grids=desk.grid_filter(),
            states=[(code, desk.say(name)) for code, name in STATES.items()],
            without=[
                {
                    "id": one["id"],
                    "name": called.get(one["id"], one["id"]),
                    "grid": desk.facing.grid(one["grid"]),
                }
                for one in without
            ],
            opens=past.now and desk.role in OPENS, past=past,
            json=address("/api/v1/care-plans", query | past.clocks),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def unfiled(desk: CareDesk, grid: str, then: Then | None) -> list[dict[str, Any]]:
    """Key households nobody made a plan for, now or then."""
    found = api.without_plan(desk.engine, desk.actor, grid, then=then, limit=UNFILED)
    return list(found["items"])


def row(desk: CareDesk, one: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": one["id"], "name": called.get(one["household"], one["household"]),
        "household": one["household"], "grid": desk.facing.grid(one["grid"]),
        "grounds": desk.word(one["grounds"]), "risk": desk.word(one["risk"]), "level": one["risk"],
        "days": one["cadence_days"], "worker": desk.who(one["worker"]), "closed": one["state"] == "closed",
        "why": desk.word(one["closed_for"], "closed") if one["closed_for"] else "",
        "overdue": one["overdue"], "missed": one["unanswered"], "emergency": one["emergencies_open"],
        "by": desk.facing.short_day(desk.facing.local(one["visit_by"]).date()) if one["visit_by"] else "",
        "last": desk.day(one["last_visit"]) if one["last_visit"] else "",
    }  # fmt: skip


# ------------------------------------------------------------------ opening one


def fields(desk: CareDesk, household: str) -> tuple[Field, ...]:
    scope = desk.actor.scope
    mine = desk.actor.person if desk.role == "gridworker" else ""
    known = dict(desk.workers(scope))
    organisation, now = desk.facing.organisation, desk.engine.clock()
    for grant in organisation.grants_under(scope):
        if grant.role == "gridworker" and grant.holds(now):
            known.setdefault(grant.person, desk.who(grant.person))
    return (
        Field("household", "哪一户", required=True, value=household, hint="住户编号。"),
        Field("grounds", "为什么要重点联系", "select", options=desk.options(GROUNDS), required=True),
        Field(
            "risk", "风险等级", "select", options=levels(desk), required=True,
            hint="独居老人不论等级，最长 7 天一次。" if longest(desk) == 7 else "",
        ),
        Field("cadence_days", "要更勤一些：几天一次", "number", hint="不填就按等级的最长间隔。"),
        Field("worker", "谁去走访", "select", options=tuple(known.items()), value=mine, required=True),
        Field("contact", "应急联系人", hint="姓名、关系、电话。密封保存。"),
        Field("note", "说明", "area", rows=3, hint="密封保存，只有走访人和社区派单员看得到。"),
    )  # fmt: skip


def longest(desk: CareDesk) -> int | None:
    return desk.books.care(desk.engine.clock()).longest.get("living_alone")


def levels(desk: CareDesk) -> tuple[tuple[str, str], ...]:
    days = desk.books.care(desk.engine.clock()).levels
    return tuple(
        (risk, desk.say("{risk}：最长 {n} 天一次", risk=desk.word(risk), n=days[risk])) for risk in RISKS
    )


def opening(desk: CareDesk, sheet: Sheet) -> Response:
    back = desk.to("/care")
    return desk.form(
        sheet, desk.say("建立关爱计划"), desk.say("建立"), back, crumbs=[(desk.say("关爱走访"), back)],
        explain="一户一份。建立后该户列为重点户，从今天起按间隔走访，到期没去会记下来。",
    )  # fmt: skip


@router.get("/care/new", dependencies=[CaughtUp])
async def blank(request: Request, viewer: Viewer, household: Word = "") -> Response:
    desk = CareDesk(request, signed_in(viewer))
    return await asyncio.to_thread(lambda: opening(desk, forms.blank(fields(desk, household))))


@router.post("/care/new")
async def open_plan(request: Request, viewer: Viewer) -> Response:
    desk = CareDesk(request, signed_in(viewer))
    asked = await asyncio.to_thread(fields, desk, "")

    async def record(ask: Any, body: Any) -> Receipt:
        return await api_plans.opened(ask, body)

    made = await desk.given(asked, api_plans.Opening, "care-plans", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(opening, desk, made)
    stream = next(each for each in made.versions if each.startswith(care.stream_of("")))
    return desk.done(f"/care/{stream}", made, stream)
