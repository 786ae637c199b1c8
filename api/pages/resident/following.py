"""查进展: with a code, without an account. State, what comes next, and the reporter's own word."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import stories
from api.limits import Bounded
from api.orders import AtCases, AtEngine
from api.pages import forms
from api.pages.forms import Fault, Field, Sheet
from api.pages.frame import Viewer
from api.pages.resident.plain import Plain, status_of
from api.pages.resident.telling import told
from api.problems import Problem, not_found
from api.tracking import WORDS, Code, asking, case_of, shown, speaker, spoken
from projections.case import Case

router = APIRouter(include_in_schema=False)

ENTRY = Field("code", "查询码", hint="15 个字母和数字，在您的回执上。大小写、横线都不要紧。", required=True)
WRONG = "没有这个查询码。请对照回执再看一遍；0 和 O 写错了不要紧。"
RATINGS = (("satisfied", "满意"), ("basically_satisfied", "基本满意"), ("dissatisfied", "不满意，重新办"))
TOO_LATE = (*RATINGS[:2], ("dissatisfied", "不满意"))
AGAIN = (("dissatisfied", "没办好"), ("recurrence", "又出现了"), ("other", "别的原因"))
SAYS: Mapping[str, tuple[Field, ...]] = {
    "rate": (
        Field("satisfaction", "办得怎么样", "choice", options=RATINGS, required=True),
        Field("text", "想说的话", "area", rows=2),
    ),
    "urge": (Field("text", "想说的话", "area", rows=2),),
    "reopen": (
        Field("reason", "为什么要重新办", "choice", options=AGAIN, required=True),
        Field("text", "现在是什么情况", "area", rows=3),
    ),
}
BUTTONS = {"rate": "就这样说", "urge": "催一催", "reopen": "要求重新办"}
TITLES = {"rate": "办得怎么样，您说了算", "urge": "催一催", "reopen": "没办好，要求重新办"}
LONGEST = 60
Do = Annotated[str, Query(alias="do", max_length=12)]
Done = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("/track")
async def entry(request: Request, viewer: Viewer) -> Response:
    return entered(Plain(request, viewer, "track"), forms.blank((ENTRY,)))


def entered(page: Plain, sheet: Sheet, status: int = 0) -> Response:
    return page.show("resident/track.html", status or status_of(sheet), sheet=sheet)


@router.post("/track", dependencies=[Bounded])
async def enter(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    page = Plain(request, viewer, "track")
    filled, _ = await forms.typed(request, page, (ENTRY,))
    code = filled.one("code").strip()
    try:
        if not 8 <= len(code) <= LONGEST:
            raise not_found()
        case = await case_of(engine, cases, code)
    except Problem as error:
        if error.status != 404:
            raise
        fault = Fault(ENTRY.name, ENTRY.id, page.say(WRONG))
        return entered(page, Sheet((ENTRY,), filled, (fault,)))
    return RedirectResponse(page.to(f"/track/{engine.vault.tracking_code(case.opening.id)}"), 303)


@router.get("/track/{code}", dependencies=[Bounded])
async def progress(
    request: Request, viewer: Viewer, code: Code, engine: AtEngine, cases: AtCases, do: Do = "",
    done: Done = 0,
) -> Response:  # fmt: skip
    page = Plain(request, viewer, "track")
    try:
        case = await case_of(engine, cases, code)
    except Problem as error:
        if error.status != 404:
            raise
        fault = Fault(ENTRY.name, ENTRY.id, page.say(WRONG))
        return entered(page, Sheet((ENTRY,), forms.Filled({"code": (code,)}), (fault,)), 404)
    return await asyncio.to_thread(seen, page, code, case, do, None, done)


def seen(page: Plain, code: str, case: Case, do: str, sheet: Sheet | None, done: int = 0) -> Response:
    """The case; `do` is the word its reporter is about to say, `sheet` what he typed."""
    engine = page.engine
    answer = shown(engine, page.request.app.state.cases, case, page.lang)
    allowed: list[str] = answer["allowed"]
    wanted = do if do in SAYS else "rate" if "rate" in allowed and not done else ""
    no = refusal(page, case, wanted) if wanted and wanted not in allowed else None
    now = told(page.facing, engine, case, answer)
    if sheet is None and wanted and no is None:
        sheet = forms.blank(SAYS[wanted])
    lines = engine.log.stream(case.opening.id, done - 1) if done else ()
    return page.show(
        "resident/progress.html", status_of(sheet), case=now, base=f"/track/{code}",
        story=story(page, answer["history"]), sheet=worded(sheet, bool(now["past"])), wanted=wanted, no=no,
        others=[(name, page.say(BUTTONS[name])) for name in allowed if name != wanted],
        button=page.say(BUTTONS[wanted]) if wanted else "", title=page.say(TITLES[wanted]) if wanted else "",
        said=stories.sentences(engine, None, lines, page.lang, None), words=None, code=code,
    )  # fmt: skip


def worded(sheet: Sheet | None, past: bool) -> Sheet | None:
    """Past its time a rating is kept and nothing is handled again: the form does not promise it."""
    if sheet is None or not past:
        return sheet
    late = (replace(one, options=TOO_LATE) if one.name == "satisfaction" else one for one in sheet.fields)
    return replace(sheet, fields=tuple(late))


def refusal(page: Plain, case: Case, wanted: str) -> Mapping[str, Any] | None:
    """The rule against what was asked for."""
    may = stories.permissions(page.engine, speaker(case), case.opening.id, page.lang)
    return next((one for one in may["refused"] if one["command"] == wanted), None)


def story(page: Plain, history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Newest first."""
    found = []
    for line in reversed(history):
        at = page.facing.local(line["occurred_at"])
        found.append(
            {
                "day": page.facing.short_day(at.date()), "time": f"{at:%H:%M}", "sentence": line["sentence"],
                "quotes": line.get("quotes", ()),
            }
        )  # fmt: skip
    return found


@router.post("/track/{code}", dependencies=[Bounded])
async def speak(request: Request, viewer: Viewer, code: Code, engine: AtEngine, cases: AtCases) -> Response:
    page = Plain(request, viewer, "track")
    case = await case_of(engine, cases, code)
    name = (await request.form()).get("do")
    if not isinstance(name, str) or name not in SAYS:
        raise not_found()
    filled, faults = await forms.typed(request, page, SAYS[name])
    sheet = Sheet(SAYS[name], filled, tuple(faults))
    try:
        body = forms.body_from(page, WORDS[name].body, SAYS[name], filled)
        receipt = await spoken(asking(engine, cases, case, name, page.lang, filled.key), case, name, body)
    except Exception as error:
        sheet = forms.refused(page, sheet, error)
        now = await asyncio.to_thread(cases.must, case.opening.id)
        return await asyncio.to_thread(seen, page, code, now, name, sheet)
    since = min(line.version for line in receipt.lines) if receipt.lines else 0
    return RedirectResponse(page.to(f"/track/{code}", done=since), 303)
