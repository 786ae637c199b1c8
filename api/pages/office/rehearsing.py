"""The rehearsal of a deadlines version: what it would have promised for the cases of some months."""

import asyncio
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api import rehearsing
from api.jobs import Jobs, must_job
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.pages.office.books import Job, VersionName, must_version, titled
from api.permissions import ADOPTERS
from api.rehearsing import DAYS
from domain.messages import Actor

router = APIRouter(include_in_schema=False)

SHOWN = 50
"""Promises listed by themselves."""
AT_ONCE = 1.5
"""Seconds the page waits for a short rehearsal, so that its answer is there at once."""
PATH = "/rule-books/deadlines/{version}/what-if"
VERDICTS = {
    "on_time": "按时", "late": "超时", "running": "还没到期", "overdue": "已超时未办",
    "ended": "没办完就结束了",
}  # fmt: skip
CLOCKS = {"dispatch": "派单期限", "response": "响应期限", "resolution": "办结期限", "follow_up": "回访期限"}


@router.get(PATH)
async def shown(
    request: Request, version: VersionName, viewer: Viewer, engine: AtEngine, job: Job = ""
) -> Response:
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)

    def read() -> Response:
        state, _ = must_version(page, "deadlines", version)
        name, _ = titled(page, "deadlines")
        return page.show(
            "office/rehearsal.html",
            name=name,
            version=version,
            span=usual(page),
            tried=told(page, actor, job),
            may_adopt=actor.role in ADOPTERS and state.adoption(version) is None,
        )

    return await asyncio.to_thread(read)


@router.post(PATH)
async def begin(request: Request, version: VersionName, viewer: Viewer, engine: AtEngine) -> Response:
    """`from`, `to`: days of registration. A short one is waited for."""
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)
    rules = rehearsing.must_rules(engine, version)
    form = await request.form(max_fields=10)
    span = usual(page)
    first, last = (day(str(form.get(name) or ""), span[name]) for name in ("from", "to"))
    jobs: Jobs = request.app.state.jobs
    job = jobs.start(actor, lambda move: rehearsing.tried(engine, actor, rules, first, last, move))
    for _ in range(int(AT_ONCE / 0.05)):
        found = jobs.find(job)
        if found is None or found["state"] != "running":
            break
        await asyncio.sleep(0.05)
    return RedirectResponse(page.to(PATH.format(version=version), job=job), 303)


def usual(page: Page) -> dict[str, str]:
    today = page.facing.today()
    return {"from": (today - timedelta(days=DAYS)).isoformat(), "to": today.isoformat()}


def day(text: str, otherwise: str) -> date:
    """The usual one for what cannot be read."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.fromisoformat(otherwise)


def told(page: Page, actor: Actor, job: str) -> dict[str, Any] | None:
    """How far it is, or what came of it; None where none was asked for."""
    if not job:
        return None
    found = must_job(page.request.app.state.jobs, actor, job)
    tried: dict[str, Any] = {name: found[name] for name in ("id", "state", "done", "of")}
    result = found["result"]
    if found["state"] != "done" or "clocks" not in (result or {}):
        return tried
    clocks = [
        each | {"name": page.say(CLOCKS[each["clock"]])} for each in result["clocks"] if each["promises"]
    ]
    promised = sum(each["promises"] for each in clocks)
    turned = {name: sum(each[name] for each in clocks) for name in ("newly_late", "no_longer_late")}
    items = [item(page, each) for each in result["items"][:SHOWN]]
    tried |= result | turned | {"clocks": clocks, "items": items, "promised": promised}
    return tried


def item(page: Page, each: dict[str, Any]) -> dict[str, Any]:
    facing = page.facing
    hours = abs(each["seconds"]) / 3600
    length = (
        page.say("{n} 天", n=f"{hours / 24:.1f}") if hours >= 48 else page.say("{n} 小时", n=f"{hours:.1f}")
    )
    moved = "晚 {length}" if each["seconds"] > 0 else "早 {length}"
    return each | {
        "clock": page.say(CLOCKS[each["clock"]]), "unit": facing.unit(each["unit"]) if each["unit"] else "",
        "due": facing.when(each["due"]), "due_under": facing.when(each["due_under"]),
        "moved": page.say(moved, length=length), "was": page.say(VERDICTS[each["was"]]),
        "would_be": page.say(VERDICTS[each["would_be"]]),
        "tone": "late" if each["would_be"] in ("late", "overdue") else "good",
        "turned": each["was"] != each["would_be"],
    }  # fmt: skip
