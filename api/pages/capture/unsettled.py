"""What was noted without signal and could not be recorded: the list, and how a person settles each."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api.capture import settling
from api.capture.labels import LABELS, label
from api.capture.naming import Called, naming
from api.capture.settling import Id, Settling, must_capture, of_captures
from api.listing import newest_of
from api.orders import AtCases, AtEngine
from api.pages import asked, forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page, Viewer, signed_in
from api.receipts import heard_by
from api.routing import CaughtUp
from api.stories import speaker
from engine.read import Condition, Filter
from projections.capture import Capture
from projections.capture.telling import sentence

router = APIRouter(include_in_schema=False)

SHOWN = 50
MINUTE = 60
WHATS = {"follow-up": "回访", "attempt": "走访", "booking": "约好的上门时间", "care-visit": "关爱探访"}
HOWS = (("recorded", "已经照着重新记了"), ("dropped", "不用再记"))
ANSWERS = {
    **dict(asked.METHODS), **dict(asked.SATISFACTION), "yes": "解决了", "partly": "部分解决", "no": "没解决",
    "day": "白天", "evening": "晚上", "weekend": "周末", "in_person": "上门", "opened": "开了门",
    "no_answer": "没人应", "refused": "不愿开门", "moved": "已搬走",
    "unchecked": "未查看", "ok": "正常", "fault": "有隐患",
}  # fmt: skip
FREE = ("note", "health", "safety", "wishes")
"""What somebody wrote in his own words, whatever word it is."""
NOT_ALONE = "自己记下的，不能自己决定不再记入：由同网格的另一位或派单员来定。"


def fields(own: bool, known: str = "") -> tuple[Field, ...]:
    """What is asked; whoever noted it himself is not asked whether it is dropped. `known`: what it is about,
    as people call it."""
    how = Field("how", "怎么处理", "choice", options=HOWS, required=True)
    if own:
        how = replace(how, options=HOWS[:1], value=HOWS[0][0], hint=NOT_ALONE)
    hint = "工单编号；走访和探访填住户编号。不用再记的，不填。"
    again = Field("recorded_as", "重新记成了哪一件", hint=hint, value=known if own else "")
    return (how, again, asked.reason("为什么这样处理"))


@router.get("/capture/unsettled", dependencies=[CaughtUp])
async def listed(
    request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    page, actor = Page(request, viewer, "capture"), signed_in(viewer)

    def read() -> Response:
        called = naming(engine, cases, actor, page.facing)
        where: list[Condition] = [of_captures(actor), Filter("state", "=", "kept")]
        found = newest_of(
            page.engine, "captures", "opened_position", where, lambda each: row(page, each, called),
            after=cursor, limit=SHOWN,
        )  # fmt: skip
        return page.show("capture/unsettled.html", rows=found["items"], next=found["next"], cursor=cursor)

    return await asyncio.to_thread(read)


def row(page: Page, found: Mapping[str, Any], called: Called) -> dict[str, Any]:
    return {
        "id": found["id"],
        "what": page.say(WHATS[found["what"]]),
        "about": called(found["about"]),
        "grid": page.facing.grid(found["grid"]),
        "noted": page.facing.when(found["device_at"]),
        "came": page.facing.when(found["uploaded_at"]),
        "why": settling.refused(found["refusal"], page.lang),
    }


@router.get("/capture/{capture_id}")
async def form(
    request: Request, capture_id: Id, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Page(request, viewer, "capture"), signed_in(viewer)

    def read() -> Response:
        found = must_capture(page.engine, actor, capture_id)
        return shown(page, capture_id, forms.blank(fields(found.person == actor.person, known(page, found))))

    return await asyncio.to_thread(read)


def known(page: Page, found: Capture) -> str:
    """The number or id of what was noted, for whoever recorded it anew there."""
    if found.what != "follow-up":
        return found.about.rpartition("/")[2].removeprefix("care-")
    called = naming(page.engine, page.reader().cases, signed_in(page.viewer), page.facing)
    return called(found.about).partition(" ")[0]


@router.post("/capture/{capture_id}")
async def give(
    request: Request, capture_id: Id, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Page(request, viewer, "capture"), signed_in(viewer)
    found = await asyncio.to_thread(must_capture, engine, actor, capture_id)
    asked_for = fields(found.person == actor.person)
    filled, faults = await forms.typed(request, page, asked_for)
    sheet = Sheet(asked_for, filled, tuple(faults))
    ask = forms.asking(page, cases, actor, f"/api/v1/capture/{capture_id}/settle", filled)
    try:
        receipt = await settling.settled(ask, capture_id, forms.body_from(page, Settling, asked_for, filled))
    except Exception as error:
        return await asyncio.to_thread(shown, page, capture_id, forms.refused(page, sheet, error))
    if filled.preview:
        s = speaker(engine, page.lang, heard_by(ask, cases), cases)
        facts = [{"sentence": sentence(line, s)} for line in receipt.lines]
        sheet = replace(sheet, foreseen={"facts": facts, "consequences": []})
        return await asyncio.to_thread(shown, page, capture_id, sheet)
    return RedirectResponse(page.to(f"/capture/{capture_id}", min_position=receipt.position), 303)


def shown(page: Page, id: str, sheet: Sheet) -> Response:
    """What was noted, why it was refused, what came of it; 422 where the form has to be mended."""
    actor = signed_in(page.viewer)
    found = must_capture(page.engine, actor, id)
    cases = page.reader().cases
    told = settling.answer(page.engine, cases, actor, found, page.lang)
    called = naming(page.engine, cases, actor, page.facing)
    return page.show(
        "capture/settle.html", 422 if sheet.wrong else 200, sheet=sheet, told=told,
        row=row(page, found._asdict(), called), noted=list(noted(page, found.what, told["content"] or {})),
        case=found.about if found.about.startswith("c-") else "",
        again=called(found.recorded_as) if found.recorded_as.startswith("c-") else found.recorded_as,
        off=page.facing.span(abs(found.offset or 0) * 1_000_000) if abs(found.offset or 0) >= MINUTE else "",
        story=[(page.facing.when(each["at"]), each["sentence"]) for each in told["history"]],
    )  # fmt: skip


def noted(page: Page, what: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what was asked, what was said) of a capture's content, as the door form asked it."""
    for name in LABELS:
        value = content.get(name)
        if value in (None, "", []) or name in ("household", "photos"):
            continue
        asked_for = label(what, name, page.lang)
        if name == "chat":
            yield asked_for, page.say("聊了" if value else "没有")
            continue
        if name in FREE or name == "booking":
            yield asked_for, page.say("是") if name == "booking" else str(value)
            continue
        yield (
            asked_for,
            "；".join(worded(page, each) for each in (value if isinstance(value, list) else [value])),
        )


def worded(page: Page, value: object) -> str:
    match value:
        case bool():
            return page.say("见到了" if value else "没人在家")
        case {"quantity": quantity, "value": number, "unit": unit}:
            return f"{page.facing.quantity(str(quantity))} {number}{unit}"
        case {"category": category, "text": text}:
            return f"{page.facing.category(str(category))} {text}"
        case {"name": name, "capacity": capacity}:
            return page.say("{name}（{role}）", name=name, role=page.say(str(capacity)))
        case str() if (day := day_of(value)) is not None:
            return page.facing.day(day)
        case str() if value[10:11] == "T" and value.endswith("Z"):
            return page.facing.when(value)
        case str() if value in ANSWERS:
            return page.say(ANSWERS[value])
        case _:
            return str(value)


def day_of(value: str) -> date | None:
    """2026-11-25; None for anything else."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None
