"""My day: what waits for whoever is signed in, the soonest first, why it is due then, and the button that
does it. Beside it the week's own numbers, each with its cases, and what has just happened."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query, Request, Response

from api import showing, sight, stories
from api.answers import Reader
from api.care.duties import care_due
from api.cases import Cases
from api.commands import COMMANDS
from api.duties import COMMAND, DOES, RESTS_ON, cases_due
from api.duty_calendar.seeing import recurring_due
from api.orders import AtCases, AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.pages.named import Named
from api.pages.points import home as points_home
from api.permissions import TABLE
from api.points.duties import points_due
from api.points.subjects import AtPoints, Points
from api.rechecks import rechecks_due
from api.routing import CaughtUp
from api.visits.duties import checks_due, visits_due
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Filter, count, rows
from projections import history as telling
from projections.case import micros
from projections.views import Row

router = APIRouter(include_in_schema=False)

WORKERS = ("gridworker", "dispatcher", "unit", "street")
"""Whose first page this is."""
MOST, SHOWN = 200, 25
"""Duties looked at a kind, and shown a page: the rest is a link to the queue."""
TAIL, LINES = 300, 6
"""Lines of the log's end that are looked through, and told, under "just happened"."""
MANY = 1_000
MINUTE, REMEMBERED = 60_000_000, 1_000
WEEKS: WeakKeyDictionary[Engine, dict[tuple[object, ...], tuple[int, list[dict[str, Any]]]]] = (
    WeakKeyDictionary()
)
"""By engine, and by role, scope and language: when the week was counted (microseconds), and its numbers."""
OWN = ("follow_up_24h_rate", "satisfaction_rate", "on_time_closure_rate")
OFFICE = ("response_rate", "on_time_closure_rate", "follow_up_24h_rate", "satisfaction_rate")
WEEKLY = {
    "gridworker": OWN,
    "unit": ("response_rate", "on_time_closure_rate", "satisfaction_rate"),
    "dispatcher": OFFICE,
    "street": OFFICE,
}
VERBS = {
    "dispatch": "去派单",
    "response": "报到",
    "resolution": "报告办结",
    "follow_up": "去回访",
    "extension": "去决定",
}
POINTS = {
    "claim": "核实积分申报", "attendance": "核对活动名单", "redemption": "发放兑换",
    "dispute": "裁决积分异议", "appeal": "决定积分申诉", "review": "签积分审核",
}  # fmt: skip
BESIDE = {
    "recurring": "履职事项", "spot_check": "抽核工单", "spot_check_frame": "锁定每周抽核范围",
    "spot_check_value": "录入抽核的公开随机数", "care_visit": "关爱走访", "visits": "今天的走访",
    "register_check": "核对登记人数",
}  # fmt: skip
"""What waits beside cases and points: the calendar of duties, the weekly spot checks, care visits, today's
plan of a visit round."""
GOES = {
    "recurring": "去办", "spot_check": "去抽核", "spot_check_frame": "去锁定", "spot_check_value": "去录入",
    "care_visit": "去走访", "visits": "看今天的名单",
    "register_check": "去核对",
}  # fmt: skip
ADDRESSES = {
    "claim": "/points/claims/{claim}",
    "dispute": "/points/claims/{claim}",
    "appeal": "/points/claims/{claim}",
    "attendance": "/points/attendance/{attendance}",
    "redemption": "/points/redemptions/{redemption}",
}
"""The page of a duty about points; a duty without one is not shown here."""


@dataclass(frozen=True, slots=True)
class Duty:
    """`due` in microseconds, None for what does not lapse. `row` is of a case, `item` of what concerns
    points."""

    kind: str
    due: int | None
    row: Row | None = None
    item: dict[str, Any] | None = None


@router.get("/day", dependencies=[CaughtUp])
async def day(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    cases: AtCases,
    points: AtPoints,
    kind: Annotated[str, Query(max_length=20)] = "",
    told: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """`told` is the command he has just given to a case that he no longer sees."""
    page = Page(request, viewer, "day")
    signed_in(viewer)
    return await asyncio.to_thread(shown, page, cases, points, kind, told)


def shown(page: Page, cases: Cases, points: Points, kind: str = "", told: str = "") -> Response:
    """The page. Reads: call it in a thread."""
    actor, now = signed_in(page.viewer), page.facing.now
    every = duties(page, actor, points)
    wanted = [duty for duty in every if not kind or duty.kind == kind]
    reader = Reader(cases, actor, now)
    listed = wanted[:SHOWN]
    # What is due by the midnight that ends today is due today.
    midnight = page.facing.midnight(page.facing.today() + timedelta(days=1)) + 1
    late = sum(duty.due is not None and duty.due < now for duty in every)
    today = sum(duty.due is not None and now <= duty.due < midnight for duty in every)
    page.counted["day"] = late + today
    return page.show(
        "my_day.html", total=len(every), late=late, today=today, kind=kind, left=len(wanted) - len(listed),
        day=page.facing.day(page.facing.today()), time=f"{page.facing.local_now():%H:%M}",
        tabs=list(tabs(page, every)), groups=list(groups(page, reader, listed, midnight)),
        week=week(page, actor), recent=recent(page, reader),
        first_next=page.facing.due(wanted[0].due, "") if wanted and not late and not today else None,
        may_register=actor.role in ("gridworker", "dispatcher", "street"),
        print=page.request.query_params.get("print") == "1",
        told=page.facing.command(told) if told in COMMANDS else "",
    )  # fmt: skip


def duties(page: Page, actor: Actor, points: Points) -> list[Duty]:
    found = [Duty(clock, due, row) for clock, due, row in cases_due(page.engine, actor, MOST)]
    for item in points_due(page.engine, points, actor, page.facing.now, page.lang, MOST):
        if f"GET {ADDRESSES.get(item['kind'], '')}" in TABLE:
            due = item["due_by"] and micros(page.facing.local(item["due_by"]))
            found.append(Duty(item["kind"], due, item=item))
    for item in beside(page, actor):
        found.append(Duty(item["kind"], micros(page.facing.local(item["due_by"])), item=item))
    return sorted(found, key=lambda duty: (duty.due is None, duty.due or 0))


def beside(page: Page, actor: Actor) -> list[dict[str, Any]]:
    """With the address of the page that does it, where it is not the api's."""
    now = page.facing.now
    checks = rechecks_due(page.engine, actor, now, page.lang)
    for item in checks:
        case = item.get("complaint")
        own = item["link"].removeprefix("/api/v1/")
        item["page"] = f"/complaints/{case}/do/spot-check" if case else f"/audit/{own}"
    care = care_due(page.engine, actor, now, page.lang, MOST)
    for item in care:
        item["page"] = f"/care/{item['link'].rpartition('/')[2]}/do/visits"
    visits = visits_due(page.engine, actor, now, page.lang)
    for item in visits:
        item["page"] = f"/visits/{item['link'].split('/')[5]}/day"
    register = checks_due(page.engine, actor, now, page.lang, MOST)
    for item in register:
        item["page"] = f"/households/{item['household']}/do/recount"
    return [*recurring_due(page.engine, actor, now, page.lang, MOST), *checks, *care, *visits, *register]


def tabs(page: Page, every: Sequence[Duty]) -> Iterator[dict[str, Any]]:
    """One for each kind there is, with how many wait."""
    kinds = dict.fromkeys(duty.kind for duty in every)
    if len(kinds) > 1:
        for kind in kinds:
            n = sum(duty.kind == kind for duty in every)
            yield {"kind": kind, "name": name_of(page, kind), "n": n if n < MOST else f"{MOST}+"}


def name_of(page: Page, kind: str) -> str:
    return page.say(DOES.get(kind) or POINTS.get(kind) or BESIDE[kind])


def groups(page: Page, reader: Reader, listed: Sequence[Duty], midnight: int) -> Iterator[dict[str, Any]]:
    """Overdue, today, tomorrow, this week, later; empty ones left out."""
    today, now = page.facing.today(), page.facing.now
    monday = page.facing.midnight(today + timedelta(days=7 - today.weekday()))
    tomorrow = page.facing.midnight(today + timedelta(days=2)) + 1
    bounds = (
        (page.say("已超时"), 0, now), (page.say("今天到期"), now, midnight),
        (page.say("明天到期"), midnight, tomorrow), (page.say("本周"), tomorrow, monday),
        (page.say("以后"), max(tomorrow, monday), 1 << 62),
    )  # fmt: skip
    named = Named(page, reader.actor, listed)
    for nth, (title, since, until) in enumerate(bounds):
        inside = [duty for duty in listed if since <= (duty.due or (1 << 61)) < until]
        if inside:
            lines = [line(page, reader, duty, named) for duty in inside]
            yield {"title": title, "late": nth == 0, "lines": lines}


def line(page: Page, reader: Reader, duty: Duty, named: Named) -> dict[str, Any]:
    if duty.row is None:
        return beside_cases(page, duty, named)
    answer = reader.of_row(duty.row, sure=False)
    row = page.facing.row(answer)
    link = page.to(f"/complaints/{row['id']}")
    address = answer["place"]["address"] or row["grid_name"]
    who = (answer["reporter"] or {}).get("name") or ""
    unit = reader.actor.scope if duty.kind == "response" else ""
    case = reader.cases.find(row["id"])
    why = []
    if case and duty.due:
        why = stories.why(
            page.engine, case, RESTS_ON.get(duty.kind, duty.kind), unit, page.lang, reader.actor
        )["sentences"]
    return {
        "title": page.say("{what}：{about}", what=name_of(page, duty.kind), about=row["headline"]),
        "link": link, "row": row, "where": " · ".join(part for part in (address, who) if part),
        "due": page.facing.due(duty.due, RESTS_ON.get(duty.kind, duty.kind)), "why": why,
        "does": page.say(VERBS[duty.kind]),
        "to": page.to(f"/complaints/{row['id']}/do/{COMMAND[duty.kind]}"),
    }  # fmt: skip


def beside_cases(page: Page, duty: Duty, named: Named) -> dict[str, Any]:
    item = duty.item or {}
    link = page.to(item.get("page") or item["link"].removeprefix("/api/v1"))
    return {
        "title": named.title(duty.kind, item), "link": link, "row": None,
        "about": page.say("积分") if duty.kind in POINTS else name_of(page, duty.kind),
        "where": page.facing.grid(item["grid"]),
        "due": page.facing.due(duty.due, "") if duty.due else None, "why": [],
        "does": page.say(GOES.get(duty.kind) or points_home.VERBS[duty.kind]), "to": link,
    }  # fmt: skip


# ------------------------------------------------------------------ beside the list


def week(page: Page, actor: Actor) -> list[dict[str, Any]]:
    """The numbers of this week as they were within the last minute: counted anew for each visit they would be
    half of the page's time. Their links name the moment they were counted at."""
    known = WEEKS.setdefault(page.engine, {})
    key = actor.role, actor.scope, page.lang, page.to("/")
    at, found = known.get(key, (0, []))
    if not 0 <= page.facing.now - at < MINUTE:
        at, found = page.facing.now, numbers(page, actor)
        if len(known) >= REMEMBERED:
            known.clear()
        if page.engine.views.position() >= page.engine.log.head():  # what is behind is not kept
            known[key] = at, found
    return found


def numbers(page: Page, actor: Actor) -> list[dict[str, Any]]:
    """This week's rates of what he answers for, as two counts, and what came in. Each opens its cases."""
    today = page.facing.today()
    monday = today - timedelta(days=today.weekday())
    weekly = WEEKLY.get(actor.role, ())
    found = showing.stats(page.engine, page.facing, actor, (monday, today), weekly)
    return found + list(came_in(page, actor, monday))


def came_in(page: Page, actor: Actor, monday: date) -> Iterator[dict[str, Any]]:
    since = page.facing.midnight(monday)
    # Of the days the index finds, not of the place: a place has years.
    where = (Filter("registered_at", ">=", since),)
    his = sight.condition(actor, page.facing.now, page.facing.organisation)
    asked = {"registered_from": monday.isoformat(), "state": ""}
    with page.engine.views.read() as reading:
        every = count(reading, "cases", where, up_to=MANY, checked=his)
        proactive = (*his, Filter("origin", "=", "proactive"))
        first = count(reading, "cases", where, up_to=MANY, checked=proactive)
    yield {"title": page.say("新受理"), "n": every, "link": page.to("/complaints", **asked)}
    if actor.role != "unit":
        link = page.to("/complaints", origin="proactive", **asked)
        yield {"title": page.say("未诉先办"), "n": first, "link": link}


def recent(page: Page, reader: Reader) -> list[dict[str, Any]]:
    """The last things that matter in the cases he may know of, the newest first; no sealed word is said."""
    head = page.engine.log.head()
    tail = [
        line
        for line in page.engine.log.read(max(0, head - TAIL), TAIL)
        if line.stream.startswith("c-")
        and (telling.is_milestone(line.fact) or type(line.fact) in telling.TONES)
    ]
    streams = list(dict.fromkeys(line.stream for line in tail))
    where = (
        Filter("id", "in", streams),
        *sight.condition(reader.actor, reader.now, page.facing.organisation),
    )
    with page.engine.views.read() as reading:
        known = {row["id"]: row for row in rows(reading, "cases", where=where, limit=TAIL).items}
    told = [line for line in tail if line.stream in known][-LINES:]
    said = stories.sentences(page.engine, None, told, page.lang, reader.actor)
    return [
        {
            "when": page.facing.when(micros(line.recorded_at)), "sentence": sentence,
            "about": page.facing.row(reader.of_row(known[line.stream], sure=False))["headline"],
            "link": page.to(f"/complaints/{line.stream}"),
        }
        for line, sentence in reversed(list(zip(told, said, strict=True)))
    ]  # fmt: skip
