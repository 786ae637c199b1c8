"""One household's visits in a round: what came of each attempt, the needs found, the slots agreed; and a slot
more, or one less."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import Reader
from api.lists import MOST
from api.pages import forms
from api.pages.asked import reason
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.households.words import MODES, WINDOWS
from api.pages.visits.door import must_home, next_after
from api.pages.visits.visit_desk import (
    KEEPERS,
    MEMBER,
    AHousehold,
    Home,
    Id,
    VisitDesk,
)  # fmt: skip
from api.pages.visits.walking import next_time
from api.routing import CaughtUp, Nth
from api.sight import condition
from api.visits import bookings as api
from api.visits.bookings import Slot
from api.visits.duties import more_met
from api.visits.seeing import must_round
from domain.steps import Step
from domain.visits import rounds, visiting
from domain.visits.rules import visit_stream
from engine.desk import Receipt
from engine.read import Filter, rows
from projections.outreach.tables import OVER

router = APIRouter(include_in_schema=False)

PATH = "/visits/{round}/households/{household}"
STATES = {"open": ("handling", "约好了"), "kept": ("closed", "去过了"), "cancelled": ("ended", "取消了")}


@router.get(PATH, dependencies=[CaughtUp])
async def detail(
    request: Request, viewer: Viewer, round: Id, household: AHousehold, done: Nth = 0
) -> Response:
    """`done` is the version a command given from a page has just left: what it recorded is said on top."""
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        home, of = must_home(desk, round, household), must_round(desk.engine, desk.actor, round)
        stream = visit_stream(round, household)
        visit = desk.visit(round, household)
        with desk.engine.views.read() as reading:
            mine = [Filter("visit", "=", stream)]
            tried = rows(reading, "visit_attempts", where=mine, order=("number", "desc"), limit=MOST).items
            slots = rows(reading, "visit_bookings", where=mine, order=("position", "desc"), limit=MOST).items
        told = [desk.teller.attempt(row) for row in tried]
        found = cases(desk, [id for each in told for id in each["complaints"]])
        latest = told[0] if done and told else None
        running = isinstance(desk.engine.desk.state("round", round)[0], rounds.Open)
        return desk.show(
            "visits/household.html", round={"id": round, "name": of.name, "open": running}, home=home,
            where=desk.where(home), size=desk.size(home), kind=desk.kind(home.kind),
            grid=desk.facing.grid(home.grid), said=desk.said_since(stream, done),
            check=to_check(desk, round, household),
            reached=bool(visit and visit["reached"]), best=visit["best"] if visit else 0,
            again=next_time(desk, home.kind, visit) if visit and not visit["reached"] else "",
            attempts=[attempt(desk, each, found) for each in told],
            needs=[found[id] for id in latest["complaints"] if id in found] if latest else [],
            slots=[slot(desk, desk.teller.booking(row)) for row in slots],
            goes=desk.role == MEMBER, keeps=desk.role in KEEPERS,
            next=next_after(desk, round, household) if done and desk.role == MEMBER else None,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def to_check(desk: VisitDesk, round: str, household: str) -> str:
    """见到 4 人，登记 2 人: where somebody should count the household anew."""
    where = [Filter("round", "=", round), Filter("household", "=", household), Filter("open", "=", 1)]
    with desk.engine.views.read() as reading:
        found = rows(reading, OVER.name, where=where, limit=1).items
    return more_met(found[0]["met"], found[0]["people"], desk.lang) if found else ""


def cases(desk: VisitDesk, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the needs became, as far as he may know of them."""
    if not ids:
        return {}
    reader = Reader(desk.request.app.state.cases, desk.actor, desk.facing.now)
    where = (
        Filter("id", "in", [*ids]),
        *condition(desk.actor, desk.facing.now, desk.facing.organisation),
    )
    with desk.engine.views.read() as reading:
        known = rows(reading, "cases", where=where, limit=len(ids)).items
    return {row["id"]: desk.facing.row(reader.of_row(row, sure=False)) for row in known}


def attempt(desk: VisitDesk, told: Mapping[str, Any], found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    late = desk.when(told["occurred_at"]) != desk.when(told["recorded_at"])
    return {
        "number": told["number"], "when": desk.when(told["occurred_at"]), "by": desk.who(told["by"]),
        "recorded": desk.when(told["recorded_at"]) if late else "",
        "window": desk.window(told["window"]), "mode": desk.mode(told["mode"]),
        "outcome": desk.outcome(told["outcome"]), "opened": told["outcome"] == "opened",
        "met": told["people_met"], "minutes": told["minutes"], "note": told["note"],
        "team": [
            desk.say("{who}（{as_what}）", who=along(desk, each), as_what=desk.say(each["capacity"]))
            for each in told["team"]
        ],
        "readings": [
            desk.speaker.reading(each["quantity"], each["value"], each["unit"]) for each in told["readings"]
        ],
        "cases": [found[id] for id in told["complaints"] if id in found],
        "photos": told["photos"],
    }  # fmt: skip


def along(desk: VisitDesk, each: Mapping[str, Any]) -> str:
    return each["name"] or desk.who(each["person"]) or desk.say("（已删除）")


def slot(desk: VisitDesk, told: Mapping[str, Any]) -> dict[str, Any]:
    ring, name = STATES[told["state"]]
    times = "–".join(f"{desk.facing.local(told[at]):%H:%M}" for at in ("from_at", "until_at") if told[at])
    return {
        "id": told["booking"], "day": desk.day(told["day"]), "window": desk.window(told["window"]),
        "times": times, "mode": desk.mode(told["mode"]), "open": told["state"] == "open", "ring": ring,
        "state": desk.say(name), "note": told["note"], "reason": told["reason"],
        "by": desk.who(told["booked_by"]),
    }  # fmt: skip


# ------------------------------------------------------------------ bookings


def fields(desk: VisitDesk, household: str) -> tuple[Field, ...]:
    return (
        Field("household", "", "hidden", value=household),
        Field("day", "哪一天", "day", required=True),
        Field("window", "什么时段", "choice", options=desk.options(WINDOWS), required=True),
        Field("mode", "怎么走访", "choice", options=desk.options(MODES), required=True, value="in_person"),
        Field("from_at", "几点起", "moment"),
        Field("until_at", "到几点", "moment"),
        Field("note", "约的时候说了什么", "area", rows=2, hint="密封保存，只有办理的人看得到。"),
    )


def asking(
    desk: VisitDesk, round: str, home: Home, sheet: Sheet, title: str, button: str, explain: str = ""
) -> Response:
    of = must_round(desk.engine, desk.actor, round)
    back = desk.to(PATH.format(round=round, household=home.id))
    return desk.form(
        sheet, desk.say(title), desk.say(button), back, explain=explain, subject=desk.where(home),
        about=[(desk.say("找谁"), home.name), (desk.say("这一轮"), desk.say("{name}，{days}", name=of.name,
               days=desk.span_of(of.from_day.isoformat(), of.to_day.isoformat())))],
        crumbs=[(of.name, desk.to(f"/visits/{round}")), (desk.where(home), back)],
    )  # fmt: skip


def booking(desk: VisitDesk, round: str, home: Home, sheet: Sheet) -> Response:
    return asking(
        desk, round, home, sheet, "约一个上门时间", "约好", "约好的排在那天的最前面，别的日子不再排这一户。"
    )


@router.get(f"{PATH}/book", dependencies=[CaughtUp])
async def ask_book(request: Request, viewer: Viewer, round: Id, household: AHousehold) -> Response:
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        return booking(desk, round, must_home(desk, round, household), forms.blank(fields(desk, household)))

    return await asyncio.to_thread(read)


@router.post(f"{PATH}/book")
async def book(request: Request, viewer: Viewer, round: Id, household: AHousehold) -> Response:
    desk = VisitDesk(request, signed_in(viewer))
    home = await asyncio.to_thread(must_home, desk, round, household)
    asked = fields(desk, household)

    async def record(ask: Any, body: api.Booking) -> Receipt:
        steps = await api.steps_of(ask, round, body)
        return await ask.give(*steps, body=body, occurred_at=body.occurred_at)  # type: ignore[no-any-return]

    made = await desk.given(asked, api.Booking, f"visits/rounds/{round}/bookings", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(booking, desk, round, home, made)
    return desk.done(PATH.format(round=round, household=household), made, visit_stream(round, household))


def cancelling(desk: VisitDesk, round: str, home: Home, sheet: Sheet) -> Response:
    return asking(desk, round, home, sheet, "取消这次预约", "取消预约", "取消后这一户照常排进走访。")


def cancel_fields() -> tuple[Field, ...]:
    return (reason("为什么取消", required=False),)


@router.get(f"{PATH}/bookings/{{booking}}/cancel", dependencies=[CaughtUp])
async def ask_cancel(
    request: Request, viewer: Viewer, round: Id, household: AHousehold, booking: Slot
) -> Response:
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        return cancelling(desk, round, must_home(desk, round, household), forms.blank(cancel_fields()))

    return await asyncio.to_thread(read)


@router.post(f"{PATH}/bookings/{{booking}}/cancel")
async def cancel(
    request: Request, viewer: Viewer, round: Id, household: AHousehold, booking: Slot
) -> Response:
    desk = VisitDesk(request, signed_in(viewer))
    home = await asyncio.to_thread(must_home, desk, round, household)
    stream = visit_stream(round, household)

    async def record(ask: Any, body: api.Cancelling) -> Receipt:
        steps = (
            Step("round", round, rounds.Reach(home.grid)),
            Step("visit", stream, visiting.CancelBooking(booking, body.reason), ask.expected),
        )
        return await ask.give(*steps, body=body, occurred_at=body.occurred_at)  # type: ignore[no-any-return]

    path = f"visits/rounds/{round}/households/{household}/bookings/{booking}/cancel"
    made = await desk.given(cancel_fields(), api.Cancelling, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(cancelling, desk, round, home, made)
    return desk.done(PATH.format(round=round, household=household), made, stream)
