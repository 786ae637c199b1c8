"""One care plan: what is due, what was found, and the forms for a visit, an emergency and the rest."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import StringConstraints

from api.answers import at
from api.bodies import Body, Moment
from api.care import plans as api
from api.care.seeing import find, must_plan
from api.pages import forms
from api.pages.asked import WHEN, reason
from api.pages.forms import Field, Kind, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.visits.care import levels
from api.pages.visits.care_desk import CareDesk
from api.problems import not_found
from api.routing import CaughtUp, Nth
from domain.care import CLOSINGS, FIELDS
from domain.care.emergencies import HANDED_TO, STEPS
from domain.care.notices import METHODS
from domain.care.periods import CONDITIONS, MODES
from engine.desk import Receipt
from projections.care.plans import Plan

router = APIRouter(include_in_schema=False)

COMMANDS = {
    "visits": "记录走访",
    "emergency": "应急响应",
    "risk": "调整风险等级",
    "handover": "移交走访人",
    "reveal": "查看密封内容",
    "delivered": "确认提醒送达",
    "close": "结束关爱计划",
}
BUTTONS = {
    "visits": "记一次走访",
    "emergency": "记应急响应",
    "risk": "调整等级",
    "handover": "移交",
    "reveal": "查看",
    "delivered": "确认送达",
    "close": "结束",
}
CONSEQUENCES = {
    "visits": "按实际走访那天算：补记以前的走访请填真实时间。健康、安全和需求密封保存。",
    "emergency": "知道多少填多少，其余的可以以后再补。时间按先后：接报、到场、送医、交接。",
    "reveal": "谁看了、为什么看，会写进记录，所有人都看得到。30 分钟内可以再看。",
    "close": "结束后不再催办走访，历史都保留；以后可以重新建立。",
    "risk": "间隔缩短从今天算起，放宽从上次走访算起。",
    "handover": "",
    "delivered": "说明怎么送到的；有签收单就拍照附上。",
}
NEEDS = 2
"""Rows of needs on the form; more are told in a second entry."""
Command = Annotated[str, Path(max_length=40)]


class EmergencyForm(Body):
    """The moments as one form asks them, each by itself."""

    emergency: Annotated[str, StringConstraints(pattern=r"^\d{1,5}$")] = "0"
    called: Moment | None = None
    arrived: Moment | None = None
    hospital: Moment | None = None
    family_notified: Moment | None = None
    handed_over: Moment | None = None
    handed_to: str = ""
    who: Annotated[str, StringConstraints(max_length=200)] = ""
    what: api.Note = ""

    def answering(self) -> api.Answering:
        moments = [(step, getattr(self, step)) for step in STEPS]
        return api.Answering.model_validate(
            {
                "emergency": int(self.emergency),
                "moments": [{"step": step, "at": at.isoformat()} for step, at in moments if at is not None],
                "handed_to": self.handed_to,
                "who": self.who,
                "what": self.what,
            }
        )


@router.get("/care/{care_plan}", dependencies=[CaughtUp])
async def detail(request: Request, care_plan: api.Id, viewer: Viewer, done: Nth = 0) -> Response:
    actor = signed_in(viewer)
    desk = CareDesk(request, actor, care_plan)

    def read() -> Response:
        must_plan(desk.engine, actor, care_plan)
        plan = api.told(desk.asking, care_plan)
        called = desk.homes([plan["household"]])
        return desk.show(
            "visits/care_plan.html", plan=plan, name=called.get(plan["household"], plan["household"]),
            about=about(desk, plan), visits=[visit(desk, one) for one in plan["visits"]],
            emergencies=[emergency(desk, one) for one in plan["emergencies_told"]],
            notices=[notice(desk, each) for each in plan["notices"]],
            hidden=[desk.word(field, "field") for field in hidden(plan)],
            by=desk.facing.short_day(desk.facing.local(plan["visit_by"]).date()) if plan["visit_by"] else "",
            said=desk.said_since(care_plan, done),
            visits_now="visits" in plan["allowed"] and plan["state"] == "active",
            allowed=[(name, desk.say(BUTTONS[name])) for name in plan["allowed"] if wanted(plan, name)],
            refused=[no | {"name": desk.say(COMMANDS[no["command"]])} for no in plan["refused"]],
        )  # fmt: skip

    return await asyncio.to_thread(read)


def hidden(plan: Mapping[str, Any]) -> list[str]:
    """Fields the reader may not read."""
    return [field for field in FIELDS if field not in plan["readable"]]


def wanted(plan: Mapping[str, Any], name: str) -> bool:
    """Whoever reads everything has nothing to reveal, and where every notice got there nothing is to be
    confirmed."""
    waiting = any(each["delivered_at"] is None for each in plan["notices"])
    return bool(hidden(plan)) if name == "reveal" else waiting if name == "delivered" else True


def about(desk: CareDesk, plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    last = desk.day(plan["last_visit"]) if plan["last_visit"] else desk.say("还没有")
    counted = desk.say("按时 {kept} 次，漏访 {missed} 次", kept=plan["kept"], missed=plan["missed"])
    if plan["mended"]:
        counted += desk.say("（其中 {n} 次后来补录了走访）", n=plan["mended"])
    return [
        (desk.say("住户"), plan["household"]),
        (desk.say("网格"), desk.facing.grid(plan["grid"])),
        (desk.say("为什么"), desk.word(plan["grounds"])),
        (desk.say("多久一次"), desk.say("最长 {n} 天", n=plan["cadence_days"])),
        (desk.say("谁走访"), desk.who(plan["worker"])),
        (desk.say("上次走访"), last),
        (desk.say("执行情况"), counted),
        (desk.say("应急联系人"), plan["contact"] or ""),
        (desk.say("说明"), plan["note"] or ""),
        (desk.say("结束原因"), desk.word(plan["closed_for"], "closed") if plan["closed_for"] else ""),
    ]


def visit(desk: CareDesk, one: Mapping[str, Any]) -> dict[str, Any]:
    if one["missed"]:
        return {"missed": True, "on": desk.day(one["due_on"])}
    checked = [
        (desk.say(name), desk.word(one[field]))
        for field, name in (("water", "用水"), ("electricity", "用电"))
        if one[field] != "unchecked"
    ]
    noted = [
        (desk.word(field, "field"), one[field]) for field in ("health", "safety", "wishes") if one[field]
    ]
    sealed = [desk.word(field, "field") for field in one["noted"] if not one[field]]
    return {
        "missed": False, "on": desk.day(one["visited_on"]), "by": desk.who(one["by"]),
        "mode": desk.word(one["mode"]), "met": one["met"], "minutes": one["minutes"], "chat": one["chat"],
        "kept": one["kept"], "mended": one["mended"], "due": desk.day(one["due_on"]), "checked": checked,
        "noted": noted, "sealed": sealed, "complaints": one["complaints"],
        "late": one["recorded_at"][:10] != one["occurred_at"][:10],
        "recorded": desk.when(one["recorded_at"]),
    }  # fmt: skip


def emergency(desk: CareDesk, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": one["emergency"], "what": one["what"], "who": one["who"] or "",
        "moments": [(desk.word(step), desk.when(at)) for step, at in one["moments"].items()],
        "to": desk.word(one["handed_to"], "to") if one["handed_to"] else "",
    }  # fmt: skip


def notice(desk: CareDesk, one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """When it was sent, what it says, when it got there, its id."""
    return desk.when(one["sent_at"]), one["text"] or "", desk.when(one["delivered_at"]), one["notice"]


# ------------------------------------------------------------------ its forms


def questions(desk: CareDesk, plan: Plan, name: str) -> tuple[Field, ...]:
    """Problem 404 for what is no command of a plan."""
    match name:
        case "visits":
            return visiting(desk)
        case "emergency":
            return answering(desk, plan)
        case "risk":
            return (
                Field("risk", "改为", "select", options=levels(desk), required=True, value=plan.risk),
                Field("cadence_days", "要更勤一些：几天一次", "number", hint="不填就按等级的最长间隔。"),
                reason(),
            )
        case "handover":
            others = tuple(one for one in desk.workers(plan.grid) if one[0] != plan.worker)
            return (
                Field("worker", "移交给谁", "select", options=others, required=True),
                reason(required=False),
            )
        case "reveal":
            fields = tuple(field for field in FIELDS if field not in desk.teller.fields)
            return (
                Field(
                    "field",
                    "看什么",
                    "select",
                    options=desk.options(fields or FIELDS, "field"),
                    required=True,
                ),
                reason("为什么要看"),
            )
        case "delivered":
            waiting = [each for each in plan.notices if not each.delivered_at]
            sent = tuple((each.notice, desk.when(at(each.sent_at))) for each in waiting)
            return (
                Field("notice", "哪一次的提醒", "select", options=sent, required=True),
                Field("method", "怎么送到的", "select", options=desk.options(METHODS, "by"), required=True),
                Field("evidence", "凭据", "photos", hint="签收单或现场照片。照片里的位置信息会自动去掉。"),
            )
        case "close":
            return (
                Field("reason", "为什么结束", "select", options=closings(desk), required=True),
                Field("note", "说明", "area", rows=3, hint="选“其他原因”时必须填。"),
            )  # fmt: skip
    raise not_found()


def visiting(desk: CareDesk) -> tuple[Field, ...]:
    categories = tuple((code, desk.facing.category(code)) for code in desk.facing.categories())
    checked = desk.options(CONDITIONS)
    needs: list[Field] = []
    for n in range(NEEDS):
        needs += (
            Field(
                f"needs[{n}].category", desk.say("需求 {n}：哪一类", n=n + 1), "select", options=categories
            ),
            Field(f"needs[{n}].text", desk.say("需求 {n}：什么事", n=n + 1), "area", rows=2),
        )
    return (
        Field("mode", "怎么走访的", "choice", options=desk.options(MODES), required=True, value="in_person"),
        Field(
            "met", "见到本人了吗", "choice", options=(("true", "见到了"), ("false", "没见到")),
            required=True, value="true",
        ),
        Field("chat", "陪着聊了天", "tick"),
        Field("water", "用水", "choice", options=checked, required=True, value="unchecked"),
        Field(
            "electricity", "用电", "choice", options=checked, required=True, value="unchecked"
        ),
        Field("health", "健康状况", "area", rows=2, hint="密封保存。"),
        Field("safety", "居家安全", "area", rows=2, hint="密封保存。"),
        Field("wishes", "生活需求", "area", rows=2, hint="密封保存。要别人去办的，写在下面，会登记成工单。"),
        *needs,
        Field("minutes", "用了多久", "number", unit=desk.say("分钟")),
        WHEN,
    )  # fmt: skip


def answering(desk: CareDesk, plan: Plan) -> tuple[Field, ...]:
    numbers = tuple((str(n), desk.say("第 {n} 次，补充", n=n)) for n in range(plan.emergencies, 0, -1))[:5]
    which = (("0", desk.say("新的一次")), *numbers)
    first = str(plan.open_emergencies[-1]) if plan.open_emergencies else "0"
    kind: Kind = "choice" if numbers else "hidden"
    return (
        Field("emergency", "哪一次", kind, value=first, required=True, options=which),
        *(Field(step, desk.word(step), "moment") for step in STEPS),
        Field("handed_to", "交接给谁", "select", options=desk.options(HANDED_TO, "to")),
        Field("who", "接手人姓名", hint="密封保存。"),
        Field("what", "情况", "area", rows=3, hint="密封保存。"),
    )


def closings(desk: CareDesk) -> tuple[tuple[str, str], ...]:
    return desk.options(CLOSINGS, "closed")


def shown(desk: CareDesk, plan: Plan, name: str, sheet: Sheet) -> Response:
    told = api.told(desk.asking, plan.id)
    called = desk.homes([plan.household]).get(plan.household, plan.household)
    back = desk.to(f"/care/{plan.id}")
    by = desk.facing.short_day(desk.facing.local(plan.visit_by).date())
    return desk.form(
        sheet, desk.say(COMMANDS[name]), desk.say(BUTTONS[name]), back, subject=called,
        no=None if sheet.wrong else next((no for no in told["refused"] if no["command"] == name), None),
        about=[
            (desk.say("风险等级"), desk.word(plan.risk)), (desk.say("应不晚于"), by),
            (desk.say("应急联系人"), told["contact"] or ""),
        ],
        crumbs=[(desk.say("关爱走访"), desk.to("/care")), (called, back)], explain=CONSEQUENCES[name],
    )  # fmt: skip


@router.get("/care/{care_plan}/do/{care_command}", dependencies=[CaughtUp])
async def form(request: Request, care_plan: api.Id, care_command: Command, viewer: Viewer) -> Response:
    actor = signed_in(viewer)
    desk = CareDesk(request, actor, care_plan)

    def read() -> Response:
        plan = must_plan(desk.engine, actor, care_plan)
        sheet = forms.blank(questions(desk, plan, care_command), version=plan.version)
        return shown(desk, plan, care_command, sheet)

    return await asyncio.to_thread(read)


@router.post("/care/{care_plan}/do/{care_command}")
async def give(request: Request, care_plan: api.Id, care_command: Command, viewer: Viewer) -> Response:
    actor = signed_in(viewer)
    desk = CareDesk(request, actor, care_plan)
    plan = await asyncio.to_thread(must_plan, desk.engine, actor, care_plan)
    fields = await asyncio.to_thread(questions, desk, plan, care_command)

    async def record(ask: Any, body: Any) -> Receipt:
        told = body.answering() if isinstance(body, EmergencyForm) else body
        return await api.given(ask, care_plan, care_command, told)

    made = await desk.given(fields, body_of(care_command), f"care-plans/{care_plan}/{care_command}", record)
    if isinstance(made, Sheet):
        now = await asyncio.to_thread(find, desk.engine, care_plan)
        return await asyncio.to_thread(shown, desk, now or plan, care_command, made)
    return desk.done(f"/care/{care_plan}", made, care_plan)


def body_of(command: str) -> type[Body]:
    if command == "visits":
        return api.Visiting
    return EmergencyForm if command == "emergency" else api.COMMANDS[command].body
