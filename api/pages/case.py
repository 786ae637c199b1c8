"""One case: what happened, sentence by sentence, which clock runs and why, who may do what next, and what is
like it. Reading what is sealed has a page of its own, because it is recorded first."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api import revealing, stories
from api.answers import Reader
from api.cases import Cases
from api.commands import Id
from api.duties import COMMAND
from api.orders import AtCases, AtEngine, said
from api.pages import forms, looking_back, measured
from api.pages.asked import QUESTIONS
from api.pages.forms import Field, Sheet
from api.pages.found import finding
from api.pages.frame import Page, Viewer, signed_in
from api.pages.statistics.tables import spreadsheet
from api.patrols.recording import ENDED
from api.problems import Problem, not_found
from api.sight import must_see
from api.similar import similar_to
from api.then import Then, case_then
from domain.complaint import commands as c
from domain.messages import Actor
from domain.steps import Step
from engine.engine import Engine
from projections.case import Case

router = APIRouter(include_in_schema=False)

NEAR, COMPARED = 4, 60
"""Cases like this one that are shown, out of how many of the newest of its grid."""
OFFICE = ("dispatcher", "street")
AFTERWARDS = (*OFFICE, "gridworker")
"""Who looks after an ended case again; the office sweeps its class."""
USUAL = (
    "follow-up",
    "resolution",
    "progress",
    "evidence",
    "respond",
    "dispatch",
    "extension-decision",
    "extension",
    "decline",
)
WAITING = {
    "dispatch": "等待派单：社区派单员决定由谁主办。",
    "response": "等待{lead}响应。",
    "resolution": "等待{lead}报告办结。",
    "follow_up": "等待回访：由没有参与办理的人去问居民满不满意。",
}
REVEALED = (("phone", "电话"), ("name", "姓名"))
REVEAL = (
    Field("field", "要看什么", "choice", options=REVEALED, required=True, value="phone"),
    Field(
        "reason", "为什么要看", "text", required=True,
        hint="例如：约上门时间。理由和您的名字会写进这件工单的经过，谁都看得到。",
    ),
)  # fmt: skip


@router.get("/complaints/{complaint}")
async def case_page(
    request: Request, complaint: str, viewer: Viewer, engine: AtEngine, cases: AtCases,
    key: Annotated[bool, Query()] = False, done: Annotated[int, Query(ge=0)] = 0,
    format: Annotated[Literal["html", "csv", "json"], Query()] = "html",
) -> Response:  # fmt: skip
    """`done` is the version a command given from a page has just left: what it recorded is said on top.
    `csv` and `json` are the story alone, as it stands on the page."""
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)

    def read() -> Response:
        past = looking_back.looked(page)
        if past.faults:
            return past.asked_again()
        case, then = must_see(cases, actor, complaint), past.then
        if then is not None:
            case = must_have_been(engine, cases, complaint, then)
        answer = Reader(cases, actor, past.facing.now).of_case(case)
        row = past.facing.row(answer)
        lines = stories.history(
            engine, cases, actor, case, page.lang, key=key, apart=format == "html", then=then
        )
        if format == "json":
            return said({"id": complaint, "number": case.opening.number, "items": lines, "next": None})
        if format == "csv":
            return spreadsheet(f"{case.opening.number or complaint}.csv", STORY, map(flat, lines))
        may: dict[str, Any] = {"allowed": [], "refused": []}
        if past.now:
            may = stories.permissions(engine, actor, complaint, page.lang)
        why = stories.clocks(engine, case, page.lang, actor, then)
        return page.show(
            "complaint.html", case=answer, row=row, key=key, rounds=page.facing.rounds(lines), past=past,
            clocks=past.facing.clocks(why, answer["next_clock"]),
            four=page.facing.four_clocks(why, case.opening.at),
            facts=page.facing.key_facts(answer), waiting=waiting(page, row, answer),
            allowed=[(name, page.facing.button(name)) for name in in_order(may["allowed"], answer)],
            turn=COMMAND.get(answer["next_clock"] or "", ""),
            afterwards=past.now and actor.role in AFTERWARDS and case.state in ENDED,
            sweeps=actor.role in OFFICE,
            finding=finding(page, answer["found_by"]),
            may_reveal="reveal" in may["allowed"] and bool(answer["reporter"]),
            said=[line["sentence"] for line in lines if done and line["version"] >= done] if done else [],
            refused=[no | {"name": page.facing.command(no["command"])} for no in may["refused"]],
            text=page.say("（内容已删除）") if answer["erased"] else answer["text"],
            near=near(page, cases, actor, case) if past.now else [],
            related=related(page, cases, actor, answer) if past.now else [],
            images=images(page, lines), measured=measured.chart(page, case, lines),
            shown=pictured(lines), print=request.query_params.get("print") == "1",
        )  # fmt: skip

    return await asyncio.to_thread(read)


def must_have_been(engine: Engine, cases: Cases, complaint: str, then: Then) -> Case:
    """Problem 404 for a case that was not registered yet."""
    was = case_then(engine, cases, complaint, then)
    if was is None:
        raise not_found()
    return was


STORY = (
    "position", "round", "name", "occurred_at", "recorded_at", "actor", "sentence", "evidence", "receipt",
)  # fmt: skip


def flat(line: Mapping[str, Any]) -> list[object]:
    """A step of the story as a row."""
    by = line["actor"]
    told = {**line, "actor": f"{by['role']} {by['person']}".strip(), "evidence": " ".join(line["evidence"])}
    return [told[name] for name in STORY]


def in_order(allowed: Sequence[str], answer: Mapping[str, Any]) -> list[str]:
    """What is awaited first, then what is usually done, then the rest."""
    first = COMMAND.get(answer["next_clock"] or "", "")
    rank = {name: n for n, name in enumerate((first, *USUAL))}
    return sorted((name for name in allowed if name in QUESTIONS), key=lambda name: rank.get(name, len(rank)))


def waiting(page: Page, row: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, str] | None:
    """What the case waits for now, as the first line of its story."""
    if row["due"] is None:
        return None
    says = page.say(WAITING[answer["next_clock"]], lead=row["lead_name"])
    return {"says": says, "until": page.facing.when(answer["next_by"])}


def pictured(lines: Sequence[Mapping[str, Any]]) -> int:
    """The latest entry with a picture of its own, shown at once; the others wait behind a click, so that a
    case of many pictures opens as fast as any."""
    latest = next((line for line in reversed(lines) if line["evidence"]), None)
    return latest["position"] if latest and len(latest["evidence"]) == 1 else 0


def images(page: Page, lines: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Which of the evidence can be shown as a picture."""
    kept = {id for line in lines for id in line["evidence"]}
    return frozenset(id for id in kept if page.engine.blobs.media_type(id).startswith("image/"))


def near(page: Page, cases: Cases, actor: Actor, case: Case) -> list[dict[str, Any]]:
    """Cases like this one in its grid, as far as he may know of them; none for whom words are not meant."""
    reader = Reader(cases, actor, page.facing.now)
    text = cases.opened(case.opening.text) or ""
    if not reader.reads or not text:
        return []
    o = case.opening
    found = similar_to(page.engine, reader, actor, text, o.grid, o.place_key, without=o.id, among=COMPARED)
    return [page.facing.row(item) for item in found["items"][:NEAR]]


def related(page: Page, cases: Cases, actor: Actor, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Cases this one names: it was merged into one, split from one, or comes again after one."""
    named = [(answer["merged_into"], page.say("已并入")), (answer["split_from"], page.say("由它拆出"))]
    named += [(other, page.say("以前出现过")) for other in answer["recurrences"]]
    reader, found = Reader(cases, actor, page.facing.now), []
    for other, how in named:
        try:
            row = page.facing.row(reader.of_case(must_see(cases, actor, other))) if other else None
        except Problem:
            row = None
        if row is not None:
            found.append({"how": how, "row": row})
    return found


# ------------------------------------------------------------------ what is sealed


@router.get("/complaints/{complaint}/reveal")
async def ask_to_read(
    request: Request, complaint: Id, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)
    case = await asyncio.to_thread(must_see, cases, actor, complaint)
    return await asyncio.to_thread(reading, page, case, forms.blank(REVEAL))


@router.post("/complaints/{complaint}/reveal")
async def read_sealed(
    request: Request, complaint: Id, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    """The value is shown on this very answer and stands in no address; who read it is on the disk before."""
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)
    case = await asyncio.to_thread(must_see, cases, actor, complaint)
    filled, faults = await forms.typed(request, page, REVEAL)
    sheet = Sheet(REVEAL, filled, tuple(faults))
    ask = forms.asking(page, cases, actor, f"/api/v1/complaints/{complaint}/reveal", filled)
    try:
        body = forms.body_from(page, revealing.Reading, REVEAL, filled)
        command = c.Reveal(body.field, body.reason, body.reporter)
        await ask.give(Step("complaint", complaint, command, ask.expected), body=body)
        found = await asyncio.to_thread(revealing.revealed, ask, complaint, body)
    except Exception as error:
        return await asyncio.to_thread(reading, page, case, forms.refused(page, sheet, error))
    told = found | {"name": page.say(dict(REVEALED)[body.field])}
    told["until"] = page.facing.when(found["until_at"]) if found["until_at"] else ""
    return await asyncio.to_thread(reading, page, case, sheet, told)


def reading(page: Page, case: Case, sheet: Sheet, told: Mapping[str, Any] | None = None) -> Response:
    answer = page.reader().of_case(case)
    row = page.facing.row(answer)
    return page.show("reveal.html", 422 if sheet.wrong else 200, case=answer, row=row, sheet=sheet, told=told)
