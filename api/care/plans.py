"""Care plans over HTTP: opened for a key household, listed by what is due, visited, handed over, closed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from api import kinds
from api.bodies import Body, Moment, StrictRoute
from api.care.seeing import find, home_of, must_plan, not_erased
from api.care.told import Teller, detail
from api.commands import kept
from api.needs import Need, registrations
from api.orders import Ask, Asking, etag, said
from api.permitted import permitted
from api.registers_then import Register
from api.routing import COMMANDED, example, route_each
from api.telling import Reading
from api.then import Then, lines_then
from domain import care
from domain.care import commands as c
from domain.care.emergencies import HANDED_TO, STEPS
from domain.care.facts import CareVisitRecorded
from domain.care.notices import METHODS
from domain.care.periods import CONDITIONS, MODES
from domain.households.commands import Reclassify
from domain.rule_books.care import GROUNDS, RISKS
from domain.steps import Step
from engine.desk import Receipt
from projections.care.plans import CARE_PLANS
from projections.case import micros

router = APIRouter(prefix="/api/v1/care-plans", tags=["care plans"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^care-[0-9A-Za-z._-]{1,64}$", description="A care plan's id.")]
REGISTER = Register(CARE_PLANS, "care_plans", ("id", "asc"), frozenset({"household"}))
"""A plan opened again has another place in today's order than it had."""

Risk = Literal[RISKS]  # type: ignore[valid-type]
Grounds = Literal[GROUNDS]  # type: ignore[valid-type]
Condition_ = Literal[CONDITIONS]  # type: ignore[valid-type]
Days = Annotated[int, Field(ge=1, le=366)]
Short = Annotated[str, StringConstraints(max_length=500)]
Note = Annotated[str, StringConstraints(max_length=2000)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]


class Opening(kinds.Command):
    """`cadence_days`: at most what risk and grounds allow, which is what it is if left out. `worker`: who
    calls; the grid member who asks, if left out. `person`: who in the household. `contact`: whom to call in
    an emergency."""

    household: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")]
    grounds: Grounds
    risk: Risk
    cadence_days: Days | None = None
    worker: kinds.MaybeName = ""
    person: kinds.MaybeName = ""
    contact: Short = ""
    note: Short = ""


class Visiting(kinds.Command):
    """The checklist. `needs` become complaints in the same save; `health`, `safety` and `wishes` are sealed.
    `occurred_at`: when it was made, by the device's clock, if it is entered later."""

    mode: Literal[MODES] = "in_person"  # type: ignore[valid-type]
    met: bool = True
    minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    chat: bool = False
    water: Condition_ = "unchecked"
    electricity: Condition_ = "unchecked"
    health: Note = ""
    safety: Note = ""
    wishes: Note = ""
    needs: Annotated[list[Need], Field(max_length=20, default_factory=list)]


class Said(Body):
    step: Literal[STEPS]  # type: ignore[valid-type]
    at: Moment


class Answering(kinds.Command):
    """`emergency`: the number of one told before; left out, it is a new one. What is not known yet is left
    out, and told later."""

    moments: Annotated[list[Said], Field(max_length=len(STEPS), default_factory=list)]
    emergency: Annotated[int, Field(ge=0, le=100_000)] = 0
    handed_to: Literal[("", *HANDED_TO)] = ""  # type: ignore[valid-type]
    who: Annotated[str, StringConstraints(max_length=200)] = ""
    what: Note = ""


class Rating(kinds.Command):
    risk: Risk
    reason: Reason
    cadence_days: Days | None = None


class Handing(kinds.Command):
    worker: kinds.Name
    reason: Short = ""


class Revealing(kinds.Command):
    field: Literal[care.FIELDS]  # type: ignore[valid-type]
    reason: Reason


class Delivering(kinds.Command):
    """`evidence`: ids of stored files that prove it."""

    notice: Annotated[str, StringConstraints(pattern=r"^notice-[0-9a-z-]{1,60}$")]
    method: Literal[METHODS]  # type: ignore[valid-type]
    evidence: Annotated[list[kinds.Name], Field(max_length=10, default_factory=list)]


class Closing(kinds.Command):
    """`note` is needed with the reason `other`."""

    reason: Literal[care.CLOSINGS]  # type: ignore[valid-type]
    note: Short = ""


# ------------------------------------------------------------------ what callers get


def told(ask: Reading, id: str, version: int | None = None) -> dict[str, Any]:
    """The plan as it is now, or as a command left it, with its visits and what may be done next."""
    engine = ask.engine
    lines = [line for line in engine.log.stream(id) if version is None or line.version <= version]
    plan = find(engine, id, version)
    assert plan is not None
    answer = detail(Teller(ask, id), plan, lines, micros(engine.clock()))
    return answer | permitted(engine, ask.actor, "care-plan", id, care.ROUTES, care.permitted, ask.lang)


def told_then(ask: Reading, id: str, then: Then) -> dict[str, Any]:
    """The plan as it was then, with its visits. Problem 404 where it was not opened yet."""
    plan = REGISTER.must(ask.engine, id, then)
    lines = lines_then(ask.engine, id, then)
    return detail(Teller(ask, id), plan, lines, then.as_of) | then.over()


async def answered(ask: Asking, id: str, receipt: Receipt, *, created: bool = False) -> Response:
    def read() -> dict[str, Any]:
        ended = Teller(ask, id).recorded(receipt, ask.dry_run)
        if ask.dry_run:
            return ended
        found = told(ask_of(ask), id, receipt.versions[id])
        visits = [line.fact for line in receipt.lines if isinstance(line.fact, CareVisitRecorded)]
        return found | {"complaints": [each for fact in visits for each in fact.complaints]} | ended

    answer = await asyncio.to_thread(read)
    if ask.dry_run:
        return said(answer)
    headers = {"ETag": etag(receipt.versions[id])}
    if created:
        headers["Location"] = f"/api/v1/care-plans/{id}"
    return said(answer | {"version": receipt.versions[id]}, 201 if created else 200, **headers)


def ask_of(ask: Asking) -> Reading:
    return Reading(ask.engine, ask.cases, ask.actor, ask.lang)


# ------------------------------------------------------------------ commands


@router.post(
    "",
    status_code=201,
    summary="Open a care plan for a household",
    responses=COMMANDED,
    openapi_extra=example(
        {
            "household": "hh-0001",
            "grounds": "living_alone",
            "risk": "high",
            "worker": "gridworker",
            "contact": "儿子，在外地",
        }
    ),
)
async def open_plan(body: Opening, ask: Ask) -> Response:
    """The household becomes a key one in the same save, if it is none yet. It never has two plans."""
    receipt = await opened(ask, body)
    return await answered(ask, care.stream_of(body.household), receipt, created=True)


async def opened(ask: Asking, body: Opening) -> Receipt:
    grid, since = await asyncio.to_thread(home_of, ask.engine, ask.actor, body.household)
    if body.person:
        await asyncio.to_thread(not_erased, ask.engine, body.person)
    command = c.OpenPlan(
        household=body.household,
        grid=grid,
        grounds=body.grounds,
        risk=body.risk,
        cadence_days=body.cadence_days,
        worker=body.worker,
        person=body.person,
        contact=body.contact,
        note=body.note,
        since=since,
    )
    return await ask.give(
        Step("care-plan", care.stream_of(body.household), command, ask.expected),
        Step("household", care.household_stream(body.household), Reclassify("key", WHY)),
        body=body,
        occurred_at=body.occurred_at,
    )


WHY = "建立关爱计划 · a care plan was opened"
"""Why a household becomes a key one with its plan; the grounds stand in the plan."""


async def visit_steps(ask: Asking, id: str, body: Visiting) -> tuple[Step, ...]:
    plan = must_plan(ask.engine, ask.actor, id)
    complaints = tuple(ask.engine.vault.new_id("c") for _ in body.needs)
    command = c.RecordVisit(
        mode=body.mode,
        met=body.met,
        minutes=body.minutes,
        chat=body.chat,
        water=body.water,
        electricity=body.electricity,
        health=body.health,
        safety=body.safety,
        wishes=body.wishes,
        complaints=complaints,
    )
    found = await registrations(ask, body.needs, complaints, plan.grid, id)
    return (Step("care-plan", id, command, ask.expected), *found)


@dataclass(frozen=True, slots=True)
class Kind:
    says: str
    body: type[kinds.Command]
    make: Callable[[Any], Any]
    example: Mapping[str, Any]


def emergency(x: Answering) -> c.AnswerEmergency:
    moments = tuple(c.Moment(each.step, each.at) for each in x.moments)
    return c.AnswerEmergency(moments, x.emergency, x.handed_to, x.who, x.what)


COMMANDS: Mapping[str, Kind] = {
    "emergency": Kind(
        "Tell of an emergency what is known by now",
        Answering,
        emergency,
        {
            "moments": [
                {"step": "called", "at": "2026-11-17T06:10:00+08:00"},
                {"step": "arrived", "at": "2026-11-17T06:18:00+08:00"},
            ],
            "what": "在家摔倒",
        },
    ),
    "risk": Kind(
        "Change the level of risk, and with it how often somebody calls",
        Rating,
        lambda x: c.ChangeRisk(x.risk, x.reason, x.cadence_days),
        {"risk": "daily", "reason": "刚出院"},
    ),
    "handover": Kind(
        "Hand the household over to another worker",
        Handing,
        lambda x: c.HandOver(x.worker, x.reason),
        {"worker": "gridworker2", "reason": "轮岗"},
    ),
    "reveal": Kind(
        "Read a sealed field, with a reason that everybody sees",
        Revealing,
        lambda x: c.RevealCare(x.field, x.reason),
        {"field": "health", "reason": "代班走访"},
    ),
    "delivered": Kind(
        "Tell that a notice got there, and what proves it",
        Delivering,
        lambda x: c.DeliverNotice(x.notice, x.method, tuple(x.evidence)),
        {"notice": "notice-0", "method": "in_person"},
    ),
    "close": Kind(
        "Close the plan, with a reason",
        Closing,
        lambda x: c.ClosePlan(x.reason, x.note),
        {"reason": "moved"},
    ),
}


async def given(ask: Asking, id: str, name: str, body: Any) -> Receipt:
    """Give one of the plan's commands. Problem 404 where the caller may not know of it."""
    await asyncio.to_thread(must_plan, ask.engine, ask.actor, id)
    await kept(ask, body)
    if name == "visits":
        steps = await visit_steps(ask, id, body)
    else:
        steps = (Step("care-plan", id, COMMANDS[name].make(body), ask.expected),)
    return await ask.give(*steps, body=body, occurred_at=body.occurred_at)


@router.post(
    "/{care_plan}/visits",
    status_code=201,
    summary="Record a visit; its needs become complaints",
    responses=COMMANDED,
    openapi_extra=example(
        {
            "mode": "in_person",
            "minutes": 20,
            "chat": True,
            "water": "ok",
            "electricity": "fault",
            "health": "血压偏高，按时服药",
            "safety": "厨房插座松动",
            "needs": [{"category": "property", "text": "楼道灯不亮，老人晚上不敢下楼"}],
        }
    ),
)
async def visit(care_plan: Id, body: Visiting, ask: Ask) -> Response:
    """It counts on the local day it was made, however late it is entered. A period recorded as missed is
    mended by it, and both stand."""
    receipt = await given(ask, care_plan, "visits", body)
    return await answered(ask, care_plan, receipt, created=True)


def command(name: str) -> Callable[..., Any]:
    async def give(care_plan: Id, body: Any, ask: Ask) -> Response:
        return await answered(ask, care_plan, await given(ask, care_plan, name, body))

    return give


route_each(router, "/{care_plan}", COMMANDS, command, "{}_care_plan", responses=COMMANDED)
