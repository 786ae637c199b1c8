"""Attendance lists over HTTP: who was there when something was done together, and who vouches for it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from api import kinds, problems
from api.answers import at
from api.bodies import StrictRoute
from api.listing import chosen
from api.orders import Ask, Asking, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.points import bodies as b
from api.points.permissions import of_attendance
from api.points.saves import save, scene_of, seen
from api.points.sight import must_account, must_attendance, of_attendances
from api.points.subjects import AtPoints, Points
from api.points.told import foreseen, recorded
from api.registers_then import Register, Shown
from api.registers_then import listed as page_of
from api.routing import OWN_COMMANDED, CaughtUp, Grid, Limit, Word, example, route_each
from api.sight import reads
from api.sign_in import Caller
from api.then import AtThen
from domain.messages import Actor
from domain.points import account as accounts
from domain.points import attendance as lists
from domain.steps import Step, Steps
from engine.desk import Receipt
from engine.ids import new_id
from projections.case import Kept
from projections.points import attendance as shown
from projections.views import Row

router = APIRouter(prefix="/api/v1/points/attendance", tags=["points: attendance"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^att-[0-9a-z-]{1,60}$", description="An attendance list's id.")]
REGISTER = Register(
    shown.ATTENDANCES,
    "attendance",
    ("opened_position", "desc"),
    frozenset({"activity", "opened_by", "place"}),
    first="opened_position",
    begun="opened_at",
)
COLUMNS = (
    "id", "state", "activity", "place", "occurred_on", "quantity", "basis", "points", "present", "opened_by",
    "confirmed_by", "cancelled_by", "version", "position",
)  # fmt: skip


class Opening(kinds.Command):
    """`quantity` (hours, times …) may be left out where the activity is not paid by the hour."""

    activity: kinds.Name
    occurred_on: kinds.Day
    place: kinds.Name
    quantity: b.Quantity | None = None


class Presence(kinds.Command):
    accounts: Annotated[list[b.Id], Field(min_length=1, max_length=lists.PRESENT)]


class Absence(kinds.Command):
    """`reason` is needed once the list is confirmed: the points go back then."""

    account: b.Id
    reason: kinds.MaybeText = ""


class Confirming(kinds.Command):
    pass


class Cancelling(kinds.Command):
    reason: kinds.Text


# ------------------------------------------------------------------ what callers get


def answer(points: Points, actor: Actor, found: shown.Attendance) -> dict[str, Any]:
    """With everybody on it; a resident sees himself only."""
    own = actor.person if actor.role == "resident" else ""
    people = [
        {
            "account": each.account,
            "holder": each.holder,
            "state": each.state,
            "noted_by": each.noted_by,
            "reason": opened(points, actor, each.reason),
        }
        for each in found.people
        if not own or each.holder == own
    ]
    return row(points, actor, shown.row(found)) | {"people": people}


def row(points: Points, actor: Actor, found: Row) -> dict[str, Any]:
    said: dict[str, Any] = {name: found[name] for name in COLUMNS}
    said |= {name: at(found[name]) for name in ("opened_at", "confirmed_at", "cancelled_at")}
    rule = {"book": "tariffs", "version": found["rule_version"], "line": found["activity"]}
    said["rule"] = rule | {"text": found["rule_text"]}
    return said | {"reason": opened(points, actor, found["reason"])}


def opened(points: Points, actor: Actor, sealed: str | None) -> str | None:
    return points.opened(Kept.of_json(sealed)) if sealed and reads(actor, points.places()) else None


def answered(ask: Asking, points: Points, id: str, receipt: Receipt, *, created: str = "") -> Response:
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    found = answer(points, ask.actor, points.attendances.at(id, receipt.versions[id]))
    found |= of_attendance(ask.engine, ask.actor, id, ask.lang)
    return recorded(ask, points, receipt, id, found, created=created)


# ------------------------------------------------------------------ commands


@router.post(
    "",
    status_code=201,
    summary="Open a list of who was there",
    responses=OWN_COMMANDED,
    openapi_extra=example(
        {"activity": "health-lecture", "occurred_on": "2025-03-04", "place": "demo/north/sl/grid-01"}
    ),
)
async def open_list(body: Opening, ask: Ask, points: AtPoints) -> Response:
    """For a deed of the tariff in force on that day, at a place the caller answers for."""
    receipt = await begun(ask, points, body)
    id = receipt.lines[0].stream
    return answered(ask, points, id, receipt, created=f"/api/v1/points/attendance/{id}")


async def begun(ask: Asking, points: Points, body: Opening) -> Receipt:
    """Open it; the first line's stream is the list."""
    id = new_id("att")
    command = lists.OpenList(body.activity, body.occurred_on, body.place, body.quantity)
    step = Step("attendance", id, command)
    return await save(ask, points, id, lambda: (step,), body, body.occurred_at)


def present(ask: Asking, points: Points, body: Presence) -> lists.NotePresent:
    """Accounts the caller may know of. Problem 404 for any other."""
    for account in body.accounts:
        must_account(points, ask.actor, account)
    told = [(each, accounts.opened(seen(points, "account", each).state)) for each in body.accounts]
    return lists.NotePresent(lists.people(told, scene_of(ask, "")))


@dataclass(frozen=True, slots=True)
class Kind:
    says: str
    body: type[kinds.Command]
    make: Callable[[Asking, Points, Any], Any]
    example: Mapping[str, Any]


COMMANDS: Mapping[str, Kind] = {
    "present": Kind("Note who was there", Presence, present, {"accounts": ["acct-resident"]}),
    "absent": Kind(
        "Take somebody off: after the list was confirmed, his points go back",
        Absence,
        lambda _, __, x: lists.NoteAbsent(x.account, x.reason),
        {"account": "acct-resident", "reason": "当天在外地"},
    ),
    "confirm": Kind(
        "Confirm the list: everybody on it earns", Confirming, lambda _, __, x: lists.Confirm(), {}
    ),
    "cancel": Kind(
        "Cancel the list: what it earned goes back",
        Cancelling,
        lambda _, __, x: lists.CancelList(x.reason),
        {"reason": "活动没有办成"},
    ),
}


async def given(ask: Asking, points: Points, attendance: str, name: str, body: Any) -> Receipt:
    """Give one of `COMMANDS` to the list. Problem 404 where the caller may not know of it."""
    must_attendance(points, ask.actor, attendance)

    def compose() -> Steps:
        return (Step("attendance", attendance, COMMANDS[name].make(ask, points, body)),)

    return await save(ask, points, attendance, compose, body, body.occurred_at)


def command(name: str) -> Callable[..., Any]:
    async def give(attendance: Id, body: Any, ask: Ask, points: AtPoints) -> Response:
        return answered(ask, points, attendance, await given(ask, points, attendance, name, body))

    return give


route_each(router, "/{attendance}", COMMANDS, command, "{}_attendance", responses=OWN_COMMANDED)

# ------------------------------------------------------------------ reading


@router.get(
    "",
    summary="Attendance lists, newest first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 422, 503),
)
async def listed(
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    then: AtThen,
    state: Word = "",
    activity: Word = "",
    opened_by: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """`state`: taking, confirmed, cancelled."""
    named = {"state": state, "activity": activity, "opened_by": opened_by}
    where = chosen(named, grid, "place")

    def show(_: int) -> Shown:
        return lambda found: row(points, caller, found)

    return await page_of(
        engine, REGISTER, [of_attendances(caller)], where, show, then=then, after=cursor, limit=limit
    )


@router.get(
    "/{attendance}",
    summary="One list, as it is now",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def detail(
    attendance: Id, engine: AtEngine, points: AtPoints, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """With everybody on it, and what the caller may do next. With `as_of` or `known_at`: as it was then, and
    nothing is allowed."""

    def read() -> dict[str, Any]:
        found = must_attendance(points, caller, attendance)
        if then is not None:
            return answer(points, caller, REGISTER.must(engine, attendance, then)) | then.over()
        return answer(points, caller, found) | of_attendance(engine, caller, attendance, lang)

    told = await asyncio.to_thread(read)
    return said(told) if then is not None else said(told, ETag=etag(told["version"]))
