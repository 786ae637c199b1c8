"""The plan of a day: who goes where, worked out from the register, recorded as it stood."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from api import kinds
from api.answers import at, page
from api.bodies import StrictRoute
from api.orders import Ask, Asking, AtEngine, said
from api.routing import COMMANDED, READ, CaughtUp, example
from api.sign_in import Caller
from api.visits.counting import AT_ONCE, every
from api.visits.rounds import Id
from api.visits.seeing import must_round, part_of
from api.visits.told import Teller
from domain.messages import Actor
from domain.organisation import within
from domain.refusals import Refused
from domain.steps import Step
from domain.visits import planning, plans, rounds
from domain.visits.rules import plan_stream
from engine.read import Among, Condition, Filter, rows
from engine.views import Reading
from projections.views import Row

router = APIRouter(prefix="/api/v1/visits", tags=["visits"], route_class=StrictRoute)

WORKERS = 500
"""Workers planned for at once, at most."""

PLAN = ("id", "round", "worker", "day", "households", "rule", "made_by", "version", "position")

Worker = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]


class Planning(kinds.Command):
    """`workers`: whose day; everybody's who answers for a grid of yours if left out (a grid member: his own).
    `per_window` for this plan only, else as the supervision book says."""

    day: kinds.Day
    workers: Annotated[list[Worker], Field(min_length=1, max_length=WORKERS)] | None = None
    per_window: Annotated[int, Field(ge=1, le=500)] | None = None


EXAMPLE = {"day": "2026-11-19"}


@router.post(
    "/rounds/{round}/plans",
    status_code=201,
    summary="Plan a day's visits",
    responses=COMMANDED,
    openapi_extra=example(EXAMPLE),
)
async def plan(round: Id, body: Planning, ask: Ask) -> Response:
    """By day residents, in the evening the employed, at weekends key households, as the book says; who was
    not met comes back in another window, and after some tries online. Made again, the later plan stands."""
    of = must_round(ask.engine, ask.actor, round)
    outcome, steps = await asyncio.to_thread(worked_out, ask, round, of, body)
    receipt = await ask.give(*steps, body=body, occurred_at=body.occurred_at)
    shown = [
        {
            "plan": plan_stream(round, each.worker, body.day),
            "worker": each.worker,
            "grids": list(each.grids),
            "windows": {f"{share.window}.{share.mode}": len(share.households) for share in each.planned()},
            "households": sum(len(share.households) for share in each.planned()),
        }
        for each in outcome.days
    ]
    answer = {
        "round": round,
        "day": body.day.isoformat(),
        "plans": shown,
        "households": sum(each["households"] for each in shown),  # type: ignore[misc]
        "without_worker": outcome.nobody,
        "over_capacity": outcome.full,
    }
    told = Teller(ask).recorded(receipt, ask.dry_run)
    return said(answer | told, 200 if ask.dry_run else 201)


def worked_out(
    ask: Asking, id: str, round: rounds.Round, body: Planning
) -> tuple[planning.Outcome, tuple[Step, ...]]:
    """Each worker's day, and the steps that record it. Refused where nobody is there to go."""
    stage, now = ask.engine.desk.stage(), ask.engine.clock()
    part = part_of(ask.actor, round)
    workers = _workers(ask, part, body.workers)
    supervision = stage.books.supervision(now)
    rules = supervision.visits
    if body.per_window is not None:
        rules = replace(rules, per_window=body.per_window)
    with ask.engine.views.read() as reading:
        to_go = list(candidates(reading, id, part, body.day, tuple(workers)))
    outcome = planning.planned(body.day, to_go, workers, rules)
    steps = [Step("round", id, rounds.AdmitPlan(body.day), ask.expected)]
    for each in outcome.days:
        stream = plan_stream(id, each.worker, body.day)
        command = plans.MakePlan(id, each.worker, body.day, each.grids, each.planned(), supervision.version)
        steps.append(Step("plan", stream, command))
    return outcome, tuple(steps)


def _workers(ask: Asking, part: str, named: Sequence[str] | None) -> dict[str, list[str]]:
    """The grid members of the place, and the grids each answers for."""
    places, now = ask.engine.desk.stage().organisation, ask.engine.clock()
    found: dict[str, list[str]] = {}
    for grant in places.grants_under(part):
        if grant.role == "gridworker" and grant.holds(now):
            found.setdefault(grant.person, []).append(grant.scope)
    wanted = list(dict.fromkeys(named)) if named is not None else sorted(found)
    if ask.actor.role == "gridworker":
        found.setdefault(ask.actor.person, [ask.actor.scope])
        wanted = [ask.actor.person] if named is None else wanted
        if other := next((each for each in wanted if each != ask.actor.person), None):
            raise Refused(
                "visit-plan.of-another",
                "a grid member plans his own day",
                help=f"workers: {ask.actor.person}",
                worker=other,
            )
    if strange := next((each for each in wanted if each not in found), None):
        raise Refused(
            "visit-plan.no-worker",
            f"{strange} is no grid member of {part}",
            help="workers: grid members of the place",
            worker=strange,
        )
    if not wanted:
        raise Refused(
            "visit-plan.nobody", f"{part} has no grid member", help="grant the role first", grid=part
        )
    return {each: sorted(set(found[each])) for each in wanted[:WORKERS]}


def candidates(
    reading: Reading, round: str, part: str, day: date, workers: Sequence[str]
) -> Iterator[planning.Candidate]:
    """Households of the place that the round has not reached, nobody else goes to that day, and that have not
    moved away."""
    tried = {row["household"]: row for row in every(reading, "visits", _of(round, part))}
    others: list[Condition] = [Filter("round", "=", round), Filter("day", "=", day.isoformat())]
    taken = {
        row["household"] for row in every(reading, "visit_stops", others) if row["worker"] not in workers
    }
    living: list[Condition] = [Filter("grid", "under", part), Filter("vacant", "=", 0)]
    for row in every(reading, "households", living):
        visit = tried.get(row["id"])
        if row["id"] in taken or (visit and (visit["reached"] or visit["last_outcome"] == "moved")):
            continue
        yield _candidate(row, visit)


def _candidate(row: Row, visit: Row | None) -> planning.Candidate:
    if visit is None:
        return planning.Candidate(row["id"], row["grid"], row["kind"])
    slot = (visit["booked_day"], visit["booked_window"], visit["booked_mode"])
    return planning.Candidate(
        row["id"],
        row["grid"],
        row["kind"],
        tuple(json.loads(visit["failed_windows"])),
        slot if visit["booked_day"] else None,
    )


def _of(round: str, part: str) -> list[Condition]:
    return [Filter("round", "=", round), Filter("grid", "under", part)]


# ------------------------------------------------------------------ reading


@router.get(
    "/rounds/{round}/plans",
    summary="Plans of a round; with `worker` the households in the order to go",
    dependencies=[CaughtUp],
    responses=READ,
)
async def listed(
    round: Id,
    engine: AtEngine,
    caller: Caller,
    day: Annotated[kinds.Day | None, Query(description="A local day; today if left out.")] = None,
    worker: Annotated[str, Query(max_length=200, description="A grid member: his own if left out.")] = "",
) -> Response:
    def read() -> dict[str, Any]:
        of = must_round(engine, caller, round)
        on = day or engine.desk.stage().organisation.local_date(engine.clock())
        whose = worker or (caller.person if caller.role == "gridworker" else "")
        with engine.views.read() as reading:
            where: list[Condition] = [Filter("round", "=", round), Filter("day", "=", on.isoformat())]
            if whose:
                where.append(Filter("worker", "=", whose))
            found = [_plan(row) for row in every(reading, "visit_plans", where)]
            seen = [each for each in found if _may(caller, of, each)]
            if whose:
                for each in seen:
                    each["stops"] = stops_of(reading, round, each["id"])
        return page(seen, None, day=on.isoformat())

    return said(await asyncio.to_thread(read))


def _may(caller: Actor, round: rounds.Round, plan: Mapping[str, Any]) -> bool:
    part = part_of(caller, round)
    return plan["worker"] == caller.person or any(within(grid, part) for grid in plan["grids"])


def _plan(row: Row) -> dict[str, Any]:
    shown: dict[str, Any] = {name: row[name] for name in PLAN}
    return shown | {"grids": json.loads(row["grids"]), "made_at": at(row["made_at"])}


def stops_of(reading: Reading, round: str, plan: str) -> list[dict[str, Any]]:
    """Where to go, with what was tried there so far."""
    order = ("place", "asc")
    found = rows(reading, "visit_stops", where=[Filter("plan", "=", plan)], order=order, limit=AT_ONCE).items
    named = [row["household"] for row in found]
    if not named:
        return []
    homes = {row["id"]: row for row in every(reading, "households", _among("id", "household", plan))}
    tried = {
        row["household"]: row
        for row in every(
            reading,
            "visits",
            [Filter("round", "=", round), *_among("household", "household", plan)],
        )
    }
    return [_stop(row, homes.get(row["household"]), tried.get(row["household"])) for row in found]


def _among(column: str, select: str, plan: str) -> list[Condition]:
    return [Among(column, "visit_stops", select, (Filter("plan", "=", plan),))]


def _stop(row: Row, home: Row | None, visit: Row | None) -> dict[str, Any]:
    shown: dict[str, Any] = {name: row[name] for name in ("place", "window", "mode", "household")}
    shown |= {name: home[name] if home else None for name in ("grid", "compound", "people", "kind")}
    shown["reached"] = bool(visit and visit["reached"])
    for name in ("attempts", "last_outcome", "last_window", "booked_day", "booked_window"):
        shown[name] = visit[name] if visit else (0 if name == "attempts" else None)
    return shown
