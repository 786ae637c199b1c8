"""What is due for the caller: what waits for his role, in his scope, the soonest first."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api import problems, words
from api.answers import Reader, at, page
from api.capture.settling import captures_due, settings_of
from api.care.duties import care_due
from api.duty_calendar.seeing import recurring_due
from api.lists import now_of
from api.orders import AtCases, AtEngine, Language, said
from api.patrols.duties import patrols_due
from api.points.duties import points_due
from api.points.subjects import AtPoints
from api.rechecks import rechecks_due
from api.routing import CaughtUp, Limit
from api.sight import below, beside, everywhere
from api.sign_in import Caller
from api.visits.duties import checks_due, visits_due
from domain.messages import Actor
from engine.engine import Engine
from engine.read import AllOf, Among, AnyOf, Condition, Filter, rows
from projections.views import Row

router = APIRouter(prefix="/api/v1", tags=["duties"])

DOES: Mapping[str, str] = {
    "dispatch": "派单",
    "response": "响应",
    "resolution": "办结",
    "follow_up": "回访",
    "extension": "决定延期",
}
COMMAND = {
    "dispatch": "dispatch",
    "response": "respond",
    "resolution": "resolution",
    "follow_up": "follow-up",
    "extension": "extension-decision",
}
RESTS_ON = {"extension": "resolution"}
"""The clock that says until when something waits, where it is not named like it."""


@router.get(
    "/duties",
    summary="Everything due for the caller",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 422, 503),
)
async def duties(
    request: Request,
    engine: AtEngine,
    cases: AtCases,
    points: AtPoints,
    caller: Caller,
    lang: Language,
    whose: Annotated[Literal["me"], Query(alias="for")] = "me",
    limit: Limit = 100,
) -> Response:
    def read() -> dict[str, Any]:
        now = now_of(engine)
        found = due_for(engine, Reader(cases, caller, now), caller, lang, limit)
        found += points_due(engine, points, caller, now, lang, limit)
        found += rechecks_due(engine, caller, now, lang)
        found += recurring_due(engine, caller, now, lang, limit)
        found += care_due(engine, caller, now, lang, limit)
        found += visits_due(engine, caller, now, lang)
        found += checks_due(engine, caller, now, lang, limit)
        found += patrols_due(engine, caller, now, lang, limit)
        found += captures_due(engine, cases, caller, now, lang, settings_of(request), limit)
        return page(sorted(found, key=lambda one: one["due_by"] or "9")[:limit], None)

    return said(await asyncio.to_thread(read))


def due_for(engine: Engine, reader: Reader, actor: Actor, lang: str, limit: int) -> list[dict[str, Any]]:
    return [duty(reader, row, clock, due, lang) for clock, due, row in cases_due(engine, actor, limit)]


def cases_due(engine: Engine, actor: Actor, limit: int) -> list[tuple[str, int | None, Row]]:
    """(clock, deadline in microseconds, the register's row) of what waits for such a caller, the soonest
    first, those without a deadline last."""
    found: dict[tuple[str, str], tuple[str, int | None, Row]] = {}
    with engine.views.read() as reading:
        near = beside(actor, now_of(engine), engine.desk.stage().organisation)
        for clock, column, where in waiting(actor, near):
            open_ones = [each for each in where if finds(each)]
            others = [each for each in where if each not in open_ones]
            order = (column, "asc")  # sorted, but only what is open: never the cases of years
            page = rows(reading, "cases", where=open_ones, checked=others, order=order, limit=limit)
            for row in page.items:
                found[row["id"], clock] = clock, row[column], row
    return sorted(found.values(), key=lambda one: (one[1] is None, one[1] or 0))[:limit]


def finds(condition: Condition) -> bool:
    """Whether it says which state the case is in: there are few that are open."""
    match condition:
        case AnyOf(each):
            return all(isinstance(one, AllOf) and any(map(finds, one.conditions)) for one in each)
        case Filter(column):
            return column == "state"
    return False


def waiting(actor: Actor, near: Sequence[Condition] = ()) -> Iterator[tuple[str, str, list[Condition]]]:
    """(clock, the register's column that holds its deadline, which cases) that wait for such a caller; what
    is `near` he follows up beyond his own scope (api/sight.py)."""
    scope = actor.scope
    inside: list[Condition] = [] if everywhere(actor) else [Filter("grid", "under", scope or "-")]
    if actor.role in ("dispatcher", "admin"):
        yield "dispatch", "dispatch_by", [*inside, Filter("state", "=", "received")]
    if actor.role in ("unit", "gridworker", "street"):
        unanswered = (Filter("unit", "=", scope), Filter("state", "=", "awaited"), Filter("current", "=", 1))
        asked = Among("id", "tasks", "case", unanswered)
        yield "response", "response_by", [asked, Filter("state", "in", ("dispatched", "handling"))]
        yield "resolution", "resolve_by", [Filter("lead", "=", scope), Filter("state", "=", "handling")]
    if actor.role in ("dispatcher", "street"):
        by_another = Among("id", "extension_requests", "case", (Filter("asked_by", "!=", actor.person),))
        yield "extension", "resolve_by", [*inside, by_another, Filter("state", "=", "handling")]
    if actor.role in ("gridworker", "admin"):
        resolved = Filter("state", "=", "resolved")
        own = AllOf((resolved, *below(scope or "-")))  # by place too: what is resolved is not few
        yield "follow_up", "follow_up_by", [resolved] if everywhere(actor) else [AnyOf((own, *near))]


def duty(reader: Reader, row: dict[str, Any], clock: str, due: int | None, lang: str) -> dict[str, Any]:
    says = words.say(DOES[clock], lang)
    return {
        "kind": clock,
        "due_by": at(due),
        "overdue": due is not None and due < reader.now,
        "why": words.say("{what}：工单 {number}", lang, what=says, number=row["number"]),
        "command": COMMAND[clock],
        "link": f"/api/v1/complaints/{row['id']}",
        "why_link": f"/api/v1/complaints/{row['id']}/clocks/{RESTS_ON.get(clock, clock)}/why",
        "complaint": row["id"],
        "number": row["number"],
        "state": row["state"],
        "category": row["category"],
        "grid": row["grid"],
        "text": reader.opened(row["text"]),
    }
