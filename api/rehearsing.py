"""What a version of the book `deadlines` would have promised for the cases of some months, before anybody
adopts it. Nothing is written back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api import problems, sight
from api.bodies import Body, StrictRoute
from api.jobs import Move, accepted
from api.kinds import Day
from api.orders import AtEngine
from api.routing import example
from api.rule_books import VersionName
from api.sign_in import Caller
from domain.messages import Actor
from domain.rule_books.deadline_rules import DeadlineRules, read_deadline_rules
from engine.engine import Engine
from engine.read import Filter, rows
from projections.case import micros
from projections.rehearsal import Rehearsal

router = APIRouter(prefix="/api/v1/rule-books", tags=["rule books"], route_class=StrictRoute)

DAYS = 92
"""Days before today that are rehearsed where none are named."""
MOST = 20_000
"""Cases of one rehearsal, the newest; `more` says that there were others."""
CHUNK = 500
EVERY = 50
"""Cases after which it says how far it is."""


class Span(Body):
    """Of the cases registered on these days, both included."""

    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None


@router.post(
    "/deadlines/{version}/what-if",
    status_code=202,
    summary="What a version would have promised",
    responses={
        202: {
            "description": "`{job}`, the address of the answer: `{version, from, to, cases, clocks: "
            "[{clock, promises, same, sooner, later, late, late_under, newly_late, no_longer_late}], items, "
            "differing, left_out, more}`"
        },
        **problems.responses(401, 404, 413, 422, 503),
    },
    openapi_extra=example({"from": "2026-09-01", "to": "2026-11-30"}),
)
async def what_if(
    version: VersionName, body: Span, request: Request, engine: AtEngine, caller: Caller
) -> Response:
    """Every promise to the cases the caller sees, derived again by the version: when it would have been due,
    and whether what was done would have been in time. Never written back."""
    rules = must_rules(engine, version)
    return accepted(request, caller, lambda move: tried(engine, caller, rules, body.first, body.last, move))


def must_rules(engine: Engine, version: str) -> DeadlineRules:
    """Problem 404 for a version that was never proposed."""
    found = engine.desk.stage().books.deadlines_of(version)
    if found is None:
        raise problems.not_found()
    return found


def unproposed(content: dict[str, Any], name: str) -> DeadlineRules:
    """The content of a version that nobody proposed yet. BadContent."""
    return read_deadline_rules(content, name)


def tried(
    engine: Engine,
    actor: Actor | None,
    rules: DeadlineRules,
    first: date | None = None,
    last: date | None = None,
    move: Move = lambda done, of: None,
) -> dict[str, Any]:
    """The answer. `actor` None sees everything. Reads case by case: call it in a thread."""
    stage = engine.desk.stage()
    now = engine.clock().astimezone(UTC)
    zone = stage.organisation.zone
    last = last or now.astimezone(zone).date()
    first = first or last - timedelta(days=DAYS)
    begin = datetime.combine(min(first, last), time(), zone)
    end = datetime.combine(max(first, last) + timedelta(days=1), time(), zone)
    found = list(chosen(engine, actor, micros(begin), micros(end), micros(now)))
    cases, rehearsal = found[:MOST], Rehearsal(rules, stage.books, now)
    for done, (case, number) in enumerate(cases):
        if done % EVERY == 0:
            move(done, len(cases))
        rehearsal.take(case, number, engine.log.stream(case))
    move(len(cases), len(cases))
    span = {"from": min(first, last).isoformat(), "to": max(first, last).isoformat()}
    answer = rehearsal.plain() | span | {"more": len(found) > MOST}
    answer["items"] = [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in item.items()}
        for item in answer["items"]
    ]
    return answer


def chosen(engine: Engine, actor: Actor | None, begin: int, end: int, now: int) -> Iterator[tuple[str, str]]:
    """(id, number) of the cases registered in between, the newest first, one more than are rehearsed."""
    seen = () if actor is None else sight.condition(actor, now, engine.desk.stage().organisation)
    cursor: str | None = None
    days = [Filter("registered_at", ">=", begin), Filter("registered_at", "<", end)]
    found = 0
    while found <= MOST:
        with engine.views.read() as reading:
            page = rows(
                reading, "cases", where=days, checked=seen, order=("registered_at", "desc"),
                after=cursor, limit=CHUNK,
            )  # fmt: skip
        for row in page.items[: MOST + 1 - found]:
            yield row["id"], row["number"] or row["external_number"]
        found += len(page.items)
        cursor = page.next
        if cursor is None:
            return
