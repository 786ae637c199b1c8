"""Planning a day's visits, who goes where on it, and one worker's day on a phone."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, address, signed_in
from api.pages.visits.visit_desk import KEEPERS, MEMBER, Id, VisitDesk
from api.pages.visits.walking import Walk, by_window, shown, walk_of
from api.problems import not_found
from api.routing import CaughtUp, Nth, Word
from api.visits import planning as api
from api.visits.counting import every
from api.visits.seeing import must_round, part_of
from domain.organisation import within
from domain.visits import rounds
from engine.desk import Receipt
from engine.read import Filter, spread
from projections.views import Row

router = APIRouter(include_in_schema=False)

MOST = 60
"""Households still to see on one page; those after them move up as it is walked."""
TOGETHER = 100
"""Grid members on one page of a day's plans."""
STOPS = 100_000
"""Households of one day of a round that are counted by window."""


@router.get("/visits/{round}/day", dependencies=[CaughtUp])
async def day(
    request: Request, viewer: Viewer, round: Id, day: Annotated[str, Query(max_length=10)] = "",
    worker: Word = "", after: Word = "", nobody: Nth = 0, full: Nth = 0, made: Nth = 0,
) -> Response:  # fmt: skip
    """A grid member's own day, or everybody's, or `worker`'s. `nobody` and `full`: households that a plan
    just made found no place for; `made` that it was; `after` whom the list goes on."""
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        of = must_round(desk.engine, desk.actor, round)
        on = desk.parsed(day)
        whose = worker or (desk.actor.person if desk.role == MEMBER else "")
        told = {"id": round, "name": of.name, "open": still_open(desk, round), "grid": of.grid}
        around: dict[str, Any] = {
            "round": told, "day": on, "on": desk.facing.short_day(on), "full_day": desk.facing.day(on),
            "before": (on - timedelta(days=1)).isoformat(), "after": (on + timedelta(days=1)).isoformat(),
            "iso": on.isoformat(), "today": on == desk.facing.today(), "keeps": desk.role in KEEPERS,
            "nobody": nobody, "full": full, "made": bool(made),
        }  # fmt: skip
        if not whose:
            every_one = plans(desk, round, of, on)
            rest = [plan for plan in every_one if plan["worker"] > after]
            return desk.show(
                "visits/plans.html", plans=rest[:TOGETHER], members=len(every_one), beyond=after,
                households=sum(plan["households"] for plan in every_one),
                next=rest[TOGETHER - 1]["worker"] if len(rest) > TOGETHER else "", **around,
            )  # fmt: skip
        walk = walk_of(desk, round, whose, on)
        if walk is not None and not may_see(desk, of, walk.plan):
            raise not_found()
        return desk.show("visits/day.html", **around, **on_foot(desk, round, whose, on, walk))

    return await asyncio.to_thread(read)


def on_foot(desk: VisitDesk, round: str, whose: str, on: date, walk: Walk | None) -> dict[str, Any]:
    left = walk.left if walk else ()
    own = whose == desk.actor.person and desk.role == MEMBER
    return {
        "planned": walk is not None, "total": len(walk.stops) if walk else 0, "left": len(left),
        "more": max(0, len(left) - MOST),
        "parts_of_day": [
            {
                "window": desk.window(window), "online": mode == "online",
                "stops": [shown(desk, stop) for stop in stops],
                "n": sum((s.window, s.mode) == (window, mode) for s in left),
            }
            for window, mode, stops in by_window(left[:MOST])
        ],
        "been": [shown(desk, stop) for stop in walk.been] if walk else [],
        "worker": whose, "who": desk.who(whose), "own": own,
        "doors": own and on == desk.facing.today(),
        "rule": walk.plan["rule"] if walk else "",
        "json": address(f"/api/v1/visits/rounds/{round}/plans", {"day": on.isoformat(), "worker": whose}),
    }  # fmt: skip


def still_open(desk: VisitDesk, round: str) -> bool:
    state, _ = desk.engine.desk.state("round", round)
    return isinstance(state, rounds.Open)


def may_see(desk: VisitDesk, of: rounds.Round, plan: Row) -> bool:
    part = part_of(desk.actor, of)
    mine = plan["worker"] == desk.actor.person
    return mine or any(within(grid, part) for grid in json.loads(plan["grids"]))


def plans(desk: VisitDesk, round: str, of: rounds.Round, on: date) -> list[dict[str, Any]]:
    """Everybody's day, by window."""
    where = [Filter("round", "=", round), Filter("day", "=", on.isoformat())]
    with desk.engine.views.read() as reading:
        found = [plan for plan in every(reading, "visit_plans", where) if may_see(desk, of, plan)]
        counted: Counter[tuple[str, str]] = Counter()
        for row in spread(reading, "visit_stops", ("plan", "window", "mode"), where, STOPS):
            counted[row["plan"], "online" if row["mode"] == "online" else row["window"]] += row["n"]
    return [
        {
            "worker": plan["worker"], "who": desk.who(plan["worker"]), "households": plan["households"],
            "grids": [desk.facing.grid(grid) for grid in json.loads(plan["grids"])],
            "parts": [counted[plan["id"], code] for code in ("day", "evening", "weekend", "online")],
        }
        for plan in sorted(found, key=lambda plan: str(plan["worker"]))
    ]  # fmt: skip


# ------------------------------------------------------------------ planning


def fields(desk: VisitDesk, of: rounds.Round) -> tuple[Field, ...]:
    rules, today = desk.rules(), desk.facing.today()
    day = min(max(today, of.from_day), of.to_day)
    asked = [Field("day", "哪一天", "day", required=True, value=day.isoformat())]
    if desk.role != MEMBER:
        hint = "不选就是每一位。"
        asked.append(Field("workers", "排给谁", "checks", options=workers(desk, of), hint=hint))
    hint = desk.say("不填就按监督规则：每人每时段最多 {n} 户。", n=rules.per_window)
    return (*asked, Field("per_window", "每人每时段最多几户", "number", hint=hint))


def workers(desk: VisitDesk, of: rounds.Round) -> tuple[tuple[str, str], ...]:
    """The grid members of the place, by grid."""
    now = desk.engine.clock()
    found: dict[str, str] = {}
    for grant in desk.facing.organisation.grants_under(part_of(desk.actor, of)):
        if grant.role == MEMBER and grant.holds(now):
            place = desk.facing.grid(grant.scope)
            found.setdefault(
                grant.person, desk.say("{who} · {place}", who=desk.who(grant.person), place=place)
            )
    return tuple(found.items())


def planning(desk: VisitDesk, round: str, of: rounds.Round, sheet: Sheet) -> Response:
    back = desk.to(f"/visits/{round}")
    told = [(desk.window(window), kinds_of(desk, kinds)) for window, kinds in desk.rules().windows.items()]
    return desk.form(
        sheet, desk.say("排一天的走访"), desk.say("排好"), back, subject=of.name, about=told,
        crumbs=[(desk.say("入户走访"), desk.to("/visits")), (of.name, back)],
        explain="约好的排在最前；没开过门的换一个时段再去，去过几次还不开的改线上补访。重新排一次，以后一次为准。",
    )  # fmt: skip


def kinds_of(desk: VisitDesk, kinds: tuple[str, ...]) -> str:
    return desk.say("、").join(desk.kind(kind) for kind in kinds)


@router.get("/visits/{round}/plan", dependencies=[CaughtUp])
async def ask_plan(request: Request, viewer: Viewer, round: Id) -> Response:
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        of = must_round(desk.engine, desk.actor, round)
        return planning(desk, round, of, forms.blank(fields(desk, of)))

    return await asyncio.to_thread(read)


@router.post("/visits/{round}/plan")
async def plan(request: Request, viewer: Viewer, round: Id) -> Response:
    desk = VisitDesk(request, signed_in(viewer))
    of = await asyncio.to_thread(must_round, desk.engine, desk.actor, round)
    asked = await asyncio.to_thread(fields, desk, of)
    found: dict[str, Any] = {}

    async def record(ask: Any, body: api.Planning) -> Receipt:
        outcome, steps = await asyncio.to_thread(api.worked_out, ask, round, of, body)
        found.update(day=body.day.isoformat(), nobody=outcome.nobody, full=outcome.full)
        return await ask.give(*steps, body=body, occurred_at=body.occurred_at)  # type: ignore[no-any-return]

    made = await desk.given(asked, api.Planning, f"visits/rounds/{round}/plans", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(planning, desk, round, of, made)
    missed: Mapping[str, Any] = {name: value for name, value in found.items() if value}
    return desk.done(f"/visits/{round}/day", made, round, made=1, **missed)
