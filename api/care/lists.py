"""Care plans in lists: by what is due, one with its history, and key households nobody made a plan for."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from fastapi import APIRouter, Response

from api import problems
from api.answers import page
from api.bodies import StrictRoute
from api.care.plans import REGISTER, Id, Risk, told, told_then
from api.care.seeing import must_plan, of_plans
from api.care.told import Teller, in_list
from api.households.register import REGISTER as HOUSEHOLDS
from api.listing import chosen, paged
from api.lists import now_of
from api.orders import AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.periods import whole
from api.registers_then import Beside, found_then
from api.registers_then import told as told_page
from api.routing import READ, CaughtUp, Grid, Limit, Word
from api.sign_in import Caller
from api.telling import Reading
from api.then import AtThen, Then
from domain import care
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Among, Condition, Filter, Page
from projections.case import micros, moment
from projections.views import Row

router = APIRouter(prefix="/api/v1/care-plans", tags=["care plans"], route_class=StrictRoute)

Due = Literal["", "overdue", "today", "week"]
HOUSEHOLD = ("id", "grid", "compound", "people", "kind", "version")


def end_of_week(engine: Engine, now: int) -> int:
    """The last microsecond of the local week, Monday to Sunday."""
    places = engine.desk.stage().organisation
    today = places.local_date(moment(now))
    monday = today - timedelta(days=today.weekday())
    return micros(whole(monday, monday + timedelta(days=7), places.zone)[1])


def end_of_day(engine: Engine, now: int) -> int:
    places = engine.desk.stage().organisation
    today = places.local_date(moment(now))
    return micros(whole(today, today + timedelta(days=1), places.zone)[1])


def due_by(engine: Engine, now: int, due: Due) -> Sequence[Condition]:
    """What is overdue, or is to be visited by the end of today or of this week: what is overdue is too."""
    if due == "overdue":
        return (Filter("visit_by", "<", now),)
    if due == "today":
        return (Filter("visit_by", "<=", end_of_day(engine, now)),)
    return (Filter("visit_by", "<=", end_of_week(engine, now)),) if due else ()


def plans(
    engine: Engine, actor: Actor, where: Sequence[Condition], *, after: str | None = None, limit: int = 50
) -> Page:
    """Active plans, the longest overdue first; or closed ones, the newest first. Problem 422 for a cursor
    that is none of this list's."""
    closed = any(
        isinstance(each, Filter) and (each.column, each.value) == ("state", "closed") for each in where
    )
    order = ("opened_position", "desc") if closed else ("visit_by", "asc")
    with engine.views.read() as reading:
        return paged(reading, "care_plans", (of_plans(actor), *where), order, after, limit)


def plans_then(
    engine: Engine,
    actor: Actor,
    where: Sequence[Condition],
    due: Due,
    then: Then,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of them as they were, `due` asked of the moment."""

    def asked(of: Then) -> Sequence[Condition]:
        return [*where, *due_by(engine, of.as_of, due)]

    found = found_then(engine, REGISTER, then, [of_plans(actor)], asked, after=cursor, limit=limit)
    return told_page(found, lambda row: in_list(row, found.then.as_of))


@router.get(
    "",
    summary="Care plans, what is overdue first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)
async def listed(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    state: Literal["active", "closed"] = "active",
    due: Due = "",
    risk: Literal["", Risk] = "",
    worker: Word = "",
    household: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """`due`: `overdue`, or to be visited by the end of `today` or of this `week` (Monday to Sunday), what is
    overdue included. With `as_of` or `known_at`: as they were then, in the order of their ids, for what is
    due first was another then."""

    def read() -> dict[str, Any]:
        now = now_of(engine)
        named = {"state": state, "risk": risk, "worker": worker, "household": household}
        where = chosen(named, grid)
        if then is not None:
            return plans_then(engine, caller, where, due, then, cursor, limit)
        found = plans(engine, caller, [*where, *due_by(engine, now, due)], after=cursor, limit=limit)
        return page([in_list(row, now) for row in found.items], found.next)

    return said(await asyncio.to_thread(read))


@router.get(
    "/unfiled",
    summary="Key households nobody made a care plan for",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)
async def unfiled(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Or whose plan was closed. Newest in the register first. With `as_of` or `known_at`: who was a key
    household then, and had no plan then."""
    return said(
        await asyncio.to_thread(without_plan, engine, caller, grid, then=then, after=cursor, limit=limit)
    )


def without_plan(
    engine: Engine,
    actor: Actor,
    grid: str = "",
    *,
    then: Then | None = None,
    after: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """Now, or as it was. Problem 422 for a cursor that is none of this list's."""
    asked = [Filter("kind", "=", "key"), Filter("vacant", "=", 0), *chosen({}, grid)]
    if then is not None:
        was = found_then(
            engine, HOUSEHOLDS, then, [of_plans(actor)], lambda _: asked, after=after, limit=limit,
            beside=lambda of, settled: without_then(engine, of, settled),
        )  # fmt: skip
        return told_page(was, key_household)
    where = [of_plans(actor), *asked, without(Filter("state", "=", "active"))]
    with engine.views.read() as reading:
        found = paged(reading, "households", where, ("registered_position", "desc"), after, limit)
    return page([key_household(row) for row in found.items], found.next)


def without(*plan: Condition) -> Condition:
    """Households that have no such plan."""
    return Among("id", "care_plans", "household", plan, absent=True)


def without_then(engine: Engine, then: Then, settled: int) -> Beside:
    """A plan that was active when all was settled was so then; any other is folded. A household has one."""

    def keeps(household: str) -> bool:
        plan = REGISTER.state(engine, care.stream_of(household), then)
        return plan is None or plan.state != "active"

    return Beside((without(Filter("state", "=", "active"), Filter("position", "<=", settled)),), keeps)


def key_household(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in HOUSEHOLD}


@router.get("/{care_plan}", summary="One care plan, with its visits", dependencies=[CaughtUp], responses=READ)
async def one(
    care_plan: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """What is sealed is null for who may not read it; `readable` names the fields he may, `noted` what there
    is. With `as_of` or `known_at`: as it was then, and nothing is allowed."""

    def read() -> dict[str, Any]:
        must_plan(engine, caller, care_plan)
        ask = Reading(engine, cases, caller, lang)
        return told(ask, care_plan) if then is None else told_then(ask, care_plan, then)

    found = await asyncio.to_thread(read)
    return said(found) if then is not None else said(found, ETag=etag(found["version"]))


@router.get(
    "/{care_plan}/history", summary="Everything that happened to it", dependencies=[CaughtUp], responses=READ
)
async def history(
    care_plan: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """With `as_of` or `known_at`: what had happened and was known then."""

    def read() -> dict[str, Any]:
        must_plan(engine, caller, care_plan)
        teller = Teller(Reading(engine, cases, caller, lang), care_plan)
        if then is None:
            return page(teller.facts(engine.log.stream(care_plan)), None)
        lines = then.kept(engine.log.stream(care_plan, until=then.known_at))
        return page(teller.facts(lines), None, **then.plain())

    return said(await asyncio.to_thread(read))
