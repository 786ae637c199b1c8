"""At a door, on a phone: what came of it first, then who was met, then what was found. Sent twice it counts
once, and what was typed stays where something has to be mended."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response

from api.pages import forms
from api.pages.forms import Field, Filled, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.visits import door_form as ask
from api.pages.visits.visit_desk import OUTCOMES, AHousehold, Home, Id, VisitDesk
from api.pages.visits.walking import next_of, walk_of
from api.problems import not_found
from api.routing import CaughtUp
from api.visits.attempts import steps_of
from api.visits.seeing import must_round
from domain.visits.rules import visit_stream
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

PATH = "/visits/{round}/households/{household}/door"
ICONS = {"opened": "house", "no_answer": "circle-x", "refused": "lock", "moved": "arrow-right"}
SAID = {
    "opened": "有人开门，进去了或在门口说上了话",
    "no_answer": "敲门、打电话都没人应",
    "refused": "有人在，不愿意接待",
    "moved": "这户不住这里了",
}
QUESTIONS = {
    ("opened", ask.MET): "见到了几个人",
    ("opened", ask.FOUND): "有没有要帮忙的",
    ("no_answer", ask.FOUND): "无人应门，记一下",
    ("refused", ask.FOUND): "拒访，记一下",
    ("moved", ask.FOUND): "已搬走，记一下",
}


def must_home(desk: VisitDesk, round: str, household: str) -> Home:
    """Problem 404 for a household that is none of the caller's part of the round."""
    home = desk.home(must_round(desk.engine, desk.actor, round), household)
    if home is None:
        raise not_found()
    return home


def questions(desk: VisitDesk, round: str, home: Home) -> tuple[Field, ...]:
    """With the window of today's plan, or the usual one of the hour."""
    today = desk.facing.today()
    walk = walk_of(desk, round, desk.actor.person, today)
    planned = next((stop.window for stop in walk.stops if stop.home.id == home.id), "") if walk else ""
    slot = ask.slot_today(desk, round, home.id, today.isoformat())
    return ask.fields(desk, home, planned or desk.usual_window(), slot)


@router.get(PATH, dependencies=[CaughtUp])
async def door(
    request: Request, viewer: Viewer, round: Id, household: AHousehold,
    outcome: Annotated[str, Query(max_length=20)] = "",
    since: Annotated[int, Query(ge=0, le=10**11)] = 0,
) -> Response:  # fmt: skip
    """First what came of it, a button each; then the questions of that outcome."""
    desk = VisitDesk(request, signed_in(viewer))

    def read() -> Response:
        home = must_home(desk, round, household)
        if outcome not in OUTCOMES:
            return first(desk, round, home)
        every = ask.asked(questions(desk, round, home), outcome)
        began = since or int(desk.facing.now // 1_000_000)
        chosen = {"outcome": outcome, "since": str(began)}
        sheet = Sheet(every, Filled(ask.before(chosen, every), uuid4().hex))
        return shown(desk, round, home, sheet, ask.MET if outcome == "opened" else ask.FOUND)

    return await asyncio.to_thread(read)


def first(desk: VisitDesk, round: str, home: Home) -> Response:
    began = int(desk.facing.now // 1_000_000)
    choices = [
        {
            "code": code, "name": desk.say(name), "icon": ICONS[code], "says": desk.say(SAID[code]),
            "link": desk.to(door_of(round, home.id), outcome=code, since=began),
        }
        for code, name in OUTCOMES.items()
    ]  # fmt: skip
    return desk.show("visits/door.html", choices=choices, **about(desk, round, home))


def door_of(round: str, household: str) -> str:
    return PATH.format(round=round, household=household)


def about(desk: VisitDesk, round: str, home: Home) -> dict[str, Any]:
    """What stands above every page of the door."""
    visit = desk.visit(round, home.id)
    slot = ask.slot_today(desk, round, home.id, desk.facing.today().isoformat())
    booked = desk.teller.booking(slot) if slot else None
    return {
        "round": {"id": round, "name": must_round(desk.engine, desk.actor, round).name},
        "home": {
            "id": home.id, "where": desk.where(home), "name": home.name, "kind": desk.kind(home.kind),
            "key": home.kind == "key", "size": desk.size(home), "grid": desk.facing.grid(home.grid),
            "vacant": home.vacant, "tried": desk.tried(visit), "attempts": visit["attempts"] if visit else 0,
            "slot": desk.say("约好{window} {times}", window=desk.window(slot["window"]), times="").strip()
            if slot else "",
            "note": (booked or {}).get("note") or "",
        },
    }  # fmt: skip


def shown(
    desk: VisitDesk, round: str, home: Home, sheet: Sheet, page: str, *, more: bool = False
) -> Response:
    filled, outcome = sheet.filled, sheet.filled.one("outcome")
    if page == ask.MET and outcome != "opened":
        page = ask.FOUND
    here = [one for one in sheet.fields if ask.page_of(one.name, outcome) == page]
    return desk.show(
        "visits/door_form.html", 422 if sheet.wrong else 200, sheet=sheet, page=page, outcome=outcome,
        question=desk.say(QUESTIONS[outcome, page]), outcome_name=desk.outcome(outcome),
        fields=[one for one in here if "[" not in one.name and one.name not in BEHIND],
        behind=[one for one in here if one.name in BEHIND],
        team=rows_of(here, "team", ask.TEAM), team_open=ask.companions_shown(filled),
        readings=[one for one in here if one.name.startswith("readings[")],
        measured=any(one.kind == "decimal" and filled.one(one.name) for one in here),
        needs=rows_of(here, "needs", ask.rows_shown(filled, more)),
        room=ask.rows_shown(filled, True) > ask.rows_shown(filled, False),
        along=[
            (one.name, value)
            for one in sheet.fields if one not in here for value in filled.values.get(one.name, ())
        ],
        met=filled.one("people_met"), action=desk.to(door_of(round, home.id)),
        restart=desk.to(door_of(round, home.id)), **about(desk, round, home),
    )  # fmt: skip


BEHIND = ("occurred_at", "mode")
"""What is seldom told otherwise than it stands: behind a fold."""


def rows_of(fields: list[Field], name: str, most: int) -> list[list[Field]]:
    found = ([one for one in fields if one.name.startswith(f"{name}[{n}].")] for n in range(most))
    return [row for row in found if row]


@router.post(PATH)
async def tell(request: Request, viewer: Viewer, round: Id, household: AHousehold) -> Response:
    """The next page, or the attempt and its needs in one save."""
    desk = VisitDesk(request, signed_in(viewer))
    home = await asyncio.to_thread(must_home, desk, round, household)
    every = await asyncio.to_thread(questions, desk, round, home)
    filled, faults = await forms.typed(request, desk, every)
    outcome = filled.one("outcome")
    if outcome not in OUTCOMES:
        return await asyncio.to_thread(first, desk, round, home)
    form = await request.form()
    go, here = str(form.get("go") or ""), ask.asked(every, outcome)
    sheet = Sheet(here, filled, tuple(faults))
    if sheet.again or go in ("back", "more"):
        page = ask.MET if go == "back" else ask.FOUND
        return await asyncio.to_thread(lambda: shown(desk, round, home, sheet, page, more=go == "more"))
    if go == "on":
        told = read_so_far(desk, sheet, outcome)
        page = ask.MET if told.wrong else ask.FOUND
        return await asyncio.to_thread(shown, desk, round, home, told, page)
    made = await record(desk, round, home, sheet)
    if isinstance(made, Sheet):
        page = ask.page_with_fault(made, outcome, ask.FOUND)
        return await asyncio.to_thread(shown, desk, round, home, made, page)
    return desk.done(f"/visits/{round}/households/{home.id}", made, visit_stream(round, home.id))


def read_so_far(desk: VisitDesk, sheet: Sheet, outcome: str) -> Sheet:
    """The first page of questions alone: what is wrong there is said before the next one is shown."""
    asked = [one for one in sheet.fields if ask.page_of(one.name, outcome) in ("", ask.MET)]
    asked = [one for one in asked if "." not in one.name or one.name.startswith("team[")]
    try:
        ask.read(desk, asked, sheet.filled)
    except forms.Unreadable as error:
        return replace(sheet, faults=error.faults)
    return sheet


async def record(desk: VisitDesk, round: str, home: Home, sheet: Sheet) -> Sheet | Receipt:
    """Keyed by the form as it was typed: its second tap is answered as the first was."""
    path = f"visits/rounds/{round}/attempts"
    asking = forms.asking(desk, desk.request.app.state.cases, desk.actor, f"/api/v1/{path}", sheet.filled)
    try:
        body = ask.read(desk, sheet.fields, sheet.filled)
        now = desk.engine.clock()
        attempt = body.attempt(home.id, desk.facing.local(now))
        at = attempt.occurred_at or attempt.ended_at
        steps = await steps_of(asking, round, attempt, at)
        return await asking.give(*steps, body=body, occurred_at=at)
    except Exception as error:
        return forms.refused(desk, sheet, error)


def next_after(desk: VisitDesk, round: str, household: str) -> dict[str, Any] | None:
    """The next household of today's plan, for the grid member whose plan it is."""
    walk = walk_of(desk, round, desk.actor.person, desk.facing.today())
    if walk is None:
        return None
    stop = next_of(walk, without=household)
    return {
        "left": sum(each.home.id != household for each in walk.left),
        "where": desk.where(stop.home) if stop else "", "name": stop.home.name if stop else "",
        "link": desk.to(door_of(round, stop.home.id)) if stop else "",
    }  # fmt: skip
