"""申报积分: somebody says what he did; what it would pay is said before he sends it; what became of it."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.points.claim import heading
from api.pages.resident.following import Do, Done
from api.pages.resident.my_points import account_of_viewer, claim_words, nothing_yet
from api.pages.resident.plain import Counted, status_of
from api.points import bodies as b
from api.points import claims as api
from api.points.permissions import of_claim
from api.points.sight import must_claim
from api.problems import not_found
from api.routing import CaughtUp
from domain.refusals import Refused
from domain.rule_books.tariffs import TariffLine
from engine.desk import Receipt
from projections.points.claims import Claim

router = APIRouter(include_in_schema=False)

PLAIN_ID = "写户号或编号，不写名字。没有就不填。"
NEXT = {
    "filed": "等别人核实，一般是网格员或派单员。核实后，{points} 分入账。",
    "credited": "{points} 分已经入账。", "refused": "这次没有认定。",
    "disputed": "有人提出异议，这 {points} 分先冻结，由监督小组裁决。谁说了什么，裁决时都会写明。",
    "ruled": "监督小组裁决了：冲正 {reversed} 分。不同意，{until} 前可以申诉。",
    "appealed": "申诉收到了，等街道决定。", "final": "裁决已经生效：冲正 {reversed} 分。",
}  # fmt: skip
SAYS = {
    "dispute": (Field("grounds", "哪里不对", "area", required=True, rows=3),),
    "appeal": (Field("grounds", "为什么不同意", "area", required=True, rows=3),),
}
BUTTONS = {"dispute": "这笔记错了", "appeal": "申诉"}


def lines(window: Counted) -> dict[str, TariffLine]:
    """What is paid for today; nothing where no tariff is in force."""
    try:
        return dict(window.books.tariff(window.facing.today()).lines)
    except Refused:
        return {}


def questions(window: Counted, account: str) -> tuple[Field, ...]:
    deeds = tuple((code, window.rule_text(line.text)) for code, line in lines(window).items())
    return (
        Field("account", "", "hidden", value=account),
        Field("activity", "做了什么", "choice", options=deeds, required=True),
        Field(
            "quantity", "多少", "number", value="1", required=True,
            hint="按上面选的那一项：几次、几天、几件，或几小时。",
        ),
        Field(
            "occurred_on", "哪一天", "day", value=window.facing.today().isoformat(), required=True,
            hint="按那一天的积分规则算。",
        ),
        Field("beneficiary", "帮的是谁", hint=PLAIN_ID),
        Field("witnesses", "谁看见了", "checks", hint=PLAIN_ID),
        Field("evidence", "照片", "photos"),
        Field("note", "说明", "area", rows=2),
    )  # fmt: skip


@router.get("/my/points/claim")
async def form(request: Request, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")

    def read() -> Response:
        found = account_of_viewer(window)
        if found is None:
            return nothing_yet(window)
        return shown(window, forms.blank(questions(window, found.id)))

    return await asyncio.to_thread(read)


def shown(window: Counted, sheet: Sheet, *, back: str = "/my/points") -> Response:
    return window.show("resident/claim_form.html", status_of(sheet), sheet=sheet, back=back)


@router.post("/my/points/claim")
async def claim(request: Request, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")
    found = await asyncio.to_thread(account_of_viewer, window)
    if found is None:
        raise not_found()

    async def give(ask: Any, body: Any) -> Receipt:
        return await api.filed(ask, window.points, body)

    answer = await window.given(questions(window, found.id), b.Filing, "points/claims", give)
    if isinstance(answer, Sheet):
        return await asyncio.to_thread(shown, window, answer)
    filed = answer.lines[0].stream
    return window.done(f"/my/points/claims/{filed}", answer, filed)


# ------------------------------------------------------------------ what became of it


@router.get("/my/points/claims/{claim}", dependencies=[CaughtUp])
async def detail(request: Request, claim: api.Id, viewer: Viewer, do: Do = "", done: Done = 0) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")

    def read() -> Response:
        found = must_claim(window.points, window.actor, claim)
        sheet = forms.blank(SAYS[do]) if do in SAYS else None
        return seen(window, found, do, sheet, done)

    return await asyncio.to_thread(read)


def seen(window: Counted, found: Claim, do: str, sheet: Sheet | None, done: int = 0) -> Response:
    item = window.answers().claim(found)
    may = of_claim(window.engine, window.actor, found.filing.id, window.lang)
    no = next((one for one in may["refused"] if one["command"] == do), None) if do in SAYS else None
    ruling = item["ruling"] or {"reversed_points": 0, "final_at": None}
    until = window.when(ruling["final_at"])
    next_ = window.say(
        NEXT[found.state], points=found.filing.points, reversed=ruling["reversed_points"], until=until
    )
    return window.show(
        "resident/claim.html", status_of(sheet), claim=claim_words(window, item), next=next_, item=item,
        heading=heading(window, found), sheet=None if no else sheet, no=no, do=do,
        button=window.say(BUTTONS[do]) if do in BUTTONS else "",
        others=[(name, window.say(BUTTONS[name])) for name in may["allowed"] if name in SAYS and name != do],
        rule=window.rule_text(item["rule"]["text"]), said=window.said_since(found.filing.id, done),
    )  # fmt: skip


@router.post("/my/points/claims/{claim}")
async def speak(request: Request, claim: api.Id, viewer: Viewer) -> Response:
    window = Counted(request, signed_in(viewer), "my-points")
    found = await asyncio.to_thread(must_claim, window.points, window.actor, claim)
    name = (await request.form()).get("do")
    if not isinstance(name, str) or name not in SAYS:
        raise not_found()

    async def give(ask: Any, body: Any) -> Receipt:
        return await api.given(ask, window.points, claim, name, body)

    body = api.COMMANDS[name].body
    answer = await window.given(SAYS[name], body, f"points/claims/{claim}/{name}", give)
    if isinstance(answer, Sheet):
        return await asyncio.to_thread(seen, window, found, name, answer)
    return window.done(f"/my/points/claims/{claim}", answer, claim)
