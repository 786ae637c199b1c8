"""One week: the frame under its checkpoint, the public value, the cases drawn with their lots, the re-checks.
Of a week of one's own place without a frame, the demo draw, called so."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api import sampling as api
from api.framing import Spot, found, overview
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.spot_checks.desk import Desk
from api.pages.spot_checks.redrawing import ordered
from api.problems import not_found
from api.routing import CaughtUp
from domain.organisation import within
from engine.desk import Receipt

router = APIRouter(include_in_schema=False)

RESULTS = {"confirmed": "属实", "contradicted": "与记录不符，已重开"}
WITNESSES = ("panel", "street", "admin", "dispatcher", "gridworker", "analyst")
"""Roles whose holders are offered as present; who else was there is told by his name in the system."""


@router.get("/audit/spot-checks/{spot_check}", dependencies=[CaughtUp])
async def one(request: Request, spot_check: api.Id, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        if found(desk.engine, spot_check) is None:
            return demo(desk, spot_check)
        return shown(desk, api.must_concern(desk.engine, desk.actor, spot_check), None)

    return await asyncio.to_thread(read)


def demo(desk: Desk, id: str) -> Response:
    pack = desk.demo(id)
    if pack is None:
        raise not_found()
    return desk.show(
        "spot_checks/demo.html", pack=pack, week=desk.week(pack["week"]), rows=ordered(pack),
        place=desk.facing.grid(pack["place"]) if pack["place"] else desk.say("全部"),
        fixes=desk.role in ("panel", "street", "admin"),
        label=pack["label_en" if desk.lang == "en" else "label"],
    )  # fmt: skip


def shown(desk: Desk, spot: Spot, sheet: Sheet | None) -> Response:
    told = overview(desk.engine, desk.request.app.state.cases, spot, desk.actor)
    frame, draw = spot.frame, told["draw"]
    drawn = draw["kind"] == "public"
    records = desk.role == "panel" and not drawn and bool(frame.many)
    return desk.show(
        "spot_checks/week.html", 422 if sheet and sheet.wrong else 200, id=spot.id, told=told,
        week=desk.week(frame.week), place=desk.facing.grid(frame.place) if frame.place else desk.say("全部"),
        drawn=drawn, fixed=desk.when(told["frame"]["fixed_at"]), by=desk.who(told["frame"]["fixed_by"]),
        how=desk.say({"dice": "掷骰子", "lottery": "彩票开奖"}.get(draw.get("method", ""), "")),
        present=[desk.who(who) for who in draw.get("present", ())],
        on=desk.day(draw["drawn_on"]) if drawn else "",
        recorded=desk.when(draw.get("recorded_at")), recorded_by=desk.who(draw.get("recorded_by", "")),
        cases=[case(desk, each) for each in told["cases"]], command=command(spot),
        sheet=sheet or (forms.blank(fields(desk, spot)) if records else None),
        may_check=desk.role == "street",
    )  # fmt: skip


def case(desk: Desk, each: dict[str, Any]) -> dict[str, Any]:
    return each | {
        "says": desk.say(RESULTS[each["result"]]) if each["result"] else "",
        "who": desk.who(each["checked_by"] or ""), "when": desk.when(each["checked_at"]),
        "path": f"/complaints/{each['id']}" if each["number"] else "",
    }  # fmt: skip


def command(spot: Spot) -> str:
    """The line that draws again without the store, from the pack as the browser names it."""
    return f'huisheng audit sample --pack {spot.id}.json --verify --key "$(cat huisheng.vkey)"'


def fields(desk: Desk, spot: Spot) -> tuple[Field, ...]:
    organisation, now = desk.facing.organisation, desk.engine.clock()
    people = {
        grant.person
        for role in WITNESSES
        for grant in organisation.grants_under(spot.frame.place)
        if grant.role == role and grant.holds(now)
    }
    over = {
        grant.person for grant in organisation.grants.values() if holds_over(grant, spot.frame.place, now)
    }
    named = tuple(sorted(((who, desk.who(who)) for who in people | over), key=lambda one: one[1]))
    return (
        Field("method", "怎么取的", "choice", required=True,
              options=(("dice", "掷骰子"), ("lottery", "彩票开奖"))),
        Field("source", "哪几颗骰子、哪张桌子，或者哪一期彩票", required=True,
              hint="例如：十颗骰子，街道会议室"),
        Field("value", "点数或号码", required=True, hint="骰子至少十次，按掷出的先后写；彩票照公布的写。"),
        Field("drawn_on", "哪一天", "day", required=True, value=desk.facing.today().isoformat()),
        Field("present", "谁在场看着", "checks", options=named, required=True, hint="掷骰子至少两个人在场。"),
    )  # fmt: skip


def holds_over(grant: Any, place: str, now: Any) -> bool:
    """Whether he holds a role over the place from above, short of the whole deployment's."""
    return bool(grant.scope) and grant.role in WITNESSES and within(place, grant.scope) and grant.holds(now)


@router.post("/audit/spot-checks/{spot_check}/value")
async def value(request: Request, spot_check: api.Id, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))
    spot = await asyncio.to_thread(api.must_concern, desk.engine, desk.actor, spot_check)
    asked = await asyncio.to_thread(fields, desk, spot)

    async def record(ask: Any, body: Any) -> Receipt:
        step = await api.value_step(ask, spot_check, body)
        made: Receipt = await ask.give(step, body=body, occurred_at=body.occurred_at)
        return made

    made = await desk.given(asked, api.Value, f"spot-checks/{spot_check}/value", record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, desk, spot, made)
    return RedirectResponse(desk.to(f"/audit/spot-checks/{spot_check}", min_position=made.position), 303)
