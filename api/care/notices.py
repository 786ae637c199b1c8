"""A notice to all households of a segment (防寒提醒), and to whom it is known to have got."""

import asyncio
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import StringConstraints

from api import kinds, problems
from api.answers import at
from api.bodies import StrictRoute
from api.care.plans import Grounds, Risk
from api.care.seeing import of_plans
from api.care.told import Teller
from api.orders import Ask, Asking, AtCases, AtEngine, Language, said
from api.routing import COMMANDED, READ, CaughtUp, example
from api.sign_in import Caller
from api.telling import Reading
from domain.care import commands as c
from domain.care.notices import AT_ONCE, TEXT
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Receipt
from engine.ids import new_id
from engine.read import Condition, Filter, rows
from projections.case import Kept

router = APIRouter(prefix="/api/v1/care-plans", tags=["care plans"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^notice-[0-9a-z-]{1,60}$", description="A notice's id.")]


class Notice(kinds.Command):
    """To every active plan of the caller's place with these grounds, this risk, in this grid and below; to
    all of them where nothing is said."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT, pattern=r"\S")]
    grounds: Literal["", Grounds] = ""
    risk: Literal["", Risk] = ""
    grid: kinds.MaybeName = ""


@router.post(
    "/notices",
    status_code=201,
    summary="Send a notice to a segment of the households",
    responses=COMMANDED,
    openapi_extra=example({"text": "今夜降温，请关好门窗；有事打网格员电话", "grounds": "living_alone"}),
)
async def send(body: Notice, ask: Ask) -> Response:
    """All of them in one save, 200 at most; that it got there is told of each (`delivered`)."""
    notice, receipt = await sent(ask, body)
    teller = Teller(ask, "")
    answer = {"id": notice, "sent": len(receipt.lines)} | teller.recorded(receipt, ask.dry_run)
    if ask.dry_run:
        return said(answer)
    return said(answer, 201, Location=f"/api/v1/care-plans/notices/{notice}")


async def sent(ask: Asking, body: Notice) -> tuple[str, Receipt]:
    """The notice's id, for a repeated key that of the first time, and what was recorded."""
    plans = await asyncio.to_thread(segment, ask, body)
    notice = new_id("notice")
    steps = [Step("care-plan", plan, c.SendNotice(notice, body.text)) for plan in plans]
    receipt = await ask.give(*steps, body=body, occurred_at=body.occurred_at)
    fact: Any = receipt.lines[0].fact
    return fact.notice, receipt


def segment(ask: Asking, body: Notice) -> list[str]:
    """The plans it goes to. Refused where there is none, or too many for one save."""
    where: list[Condition] = [of_plans(ask.actor), Filter("state", "=", "active")]
    named = {"grounds": body.grounds, "risk": body.risk}
    where += [Filter(name, "=", value) for name, value in named.items() if value]
    where += [Filter("grid", "under", body.grid.strip("/"))] if body.grid else []
    engine = ask.engine
    engine.views.wait_for(engine.log.head(), 2.0)
    with engine.views.read() as reading:
        order = ("visit_by", "asc")
        found = rows(reading, "care_plans", where=where, order=order, limit=AT_ONCE + 1).items
    if not found:
        raise Refused("care.segment-empty", "no household is looked after there", help="a wider segment")
    if len(found) > AT_ONCE:
        raise Refused(
            "care.segment-too-large",
            f"a notice goes to {AT_ONCE} households at most",
            help="grounds, risk or grid",
            most=AT_ONCE,
        )
    return [row["id"] for row in found]


@router.get(
    "/notices/{notice}",
    summary="A notice, and whom it has reached",
    dependencies=[CaughtUp],
    responses=READ,
)
async def one(notice: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language) -> Response:
    """Of the caller's place."""
    reading = Reading(engine, cases, caller, lang)
    return said(await asyncio.to_thread(reached, reading, notice))


def reached(ask: Reading, notice: str) -> dict[str, Any]:
    """Problem 404 where the caller may know of none of its households."""
    where = [of_plans(ask.actor), Filter("notice", "=", notice)]
    with ask.engine.views.read() as reading:
        found = rows(reading, "care_notices", where=where, limit=AT_ONCE).items
    if not found:
        raise problems.not_found()
    words = (Teller(ask, row["plan"]).opened(Kept.of_json(row["text"])) for row in found)
    return {
        "id": notice,
        "text": next((each for each in words if each), None),
        "sent_at": at(found[0]["sent_at"]),
        "sent_by": found[0]["sent_by"],
        "sent": len(found),
        "delivered": sum(row["delivered_at"] is not None for row in found),
        "plans": [
            {
                "id": row["plan"],
                "household": row["household"],
                "grid": row["grid"],
                "delivered_at": at(row["delivered_at"]),
                "delivered_by": row["delivered_by"],
                "method": row["method"],
                "evidence": json.loads(row["evidence"]),
            }
            for row in found
        ],
    }
