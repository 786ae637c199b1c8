"""The register, one household, one dwelling: what they show."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.households import dwellings as homes
from api.households import register as api
from api.households.seeing import must_household
from api.pages import looking_back
from api.pages.frame import Viewer, address, signed_in
from api.pages.households.desk import KEEPERS, READERS, REVEALERS, Desk
from api.pages.households.words import COMMANDS, KINDS, LACKS, STATES
from api.routing import CaughtUp, Nth
from api.visits.seeing import of_rounds
from domain.households.rules import stream_of
from engine.read import Filter, rows

router = APIRouter(include_in_schema=False)

SHOWN = 50


@router.get("/households", dependencies=[CaughtUp])
async def listed(
    request: Request,
    viewer: Viewer,
    grid: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(pattern=f"^({'|'.join(KINDS)}|)$")] = "",
    state: Annotated[str, Query(pattern=f"^({'|'.join(STATES)}|)$")] = "",
    lacks: Annotated[str, Query(pattern=f"^({'|'.join(LACKS)}|)$")] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    desk = Desk(request, signed_in(viewer))
    asked = {"grid": grid, "kind": kind, "state": state, "lacks": lacks}

    def read() -> Response:
        past = looking_back.looked(desk)
        if past.faults:
            return past.asked_again()
        vacant = None if not state else state == "vacant"
        where = api.chosen(desk.actor, grid, kind, vacant, "", "", lacks)
        if past.then is None:
            found = api.listing(desk.engine, desk.actor, where, grid, cursor, SHOWN)
        else:
            found = api.listing_then(desk.engine, desk.actor, where, past.then, cursor, SHOWN)
        query = {name: value for name, value in asked.items() if value and name != "state"}
        if vacant is not None:
            query["vacant"] = str(vacant).lower()
        return desk.show(
            "households/register.html", rows=[desk.row(item) for item in found["items"]],
            total=found.get("total"), next=found["next"], cursor=cursor, asked=asked,
            kinds=[(code, desk.say(word)) for code, word in KINDS.items()],
            states=[(code, desk.say(word)) for code, word in STATES.items()],
            missing=[(code, desk.say(word)) for code, word in LACKS.items()], grids=desk.grid_filter(),
            by_kind=facet(desk, found, "kind", KINDS), by_lack=facet(desk, found, "lacks", LACKS),
            enters=past.now and desk.role in KEEPERS, opens=desk.role in READERS, past=past,
            json=address("/api/v1/households", query | past.clocks),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def facet(desk: Desk, found: Mapping[str, Any], name: str, called: Mapping[str, str]) -> list[dict[str, Any]]:
    """How many are of each value, in the order they are called in; none are left out. Of the past none are
    counted."""
    counted = {each["value"]: each for each in found.get("facets", {}).get(name, ())}
    return [
        {"value": code, "name": desk.say(word), "n": counted[code]["households"],
         "people": counted[code]["people"]}
        for code, word in called.items()
        if code in counted and counted[code]["households"]
    ]  # fmt: skip


@router.get("/households/{household}", dependencies=[CaughtUp])
async def detail(request: Request, household: api.Id, viewer: Viewer, done: Nth = 0) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        found = must_household(desk.engine, desk.actor, household)
        item = api.whole(desk.engine, desk.actor, found, desk.lang)
        return desk.show(
            "households/household.html", item=item, row=desk.row(item),
            said=desk.said_since(stream_of(found.id), done),
            home=item["home"] and item["home"] | {"where": desk.where(item["home"])},
            tenancies=lived(desk, item["tenancies"]), members=members(desk, item["people_of_it"]),
            cards=item["cards"], steps=handed(desk, item["cards"]), facts=told(desk, item["history"]),
            visits=visited(desk, found.id), reveals=desk.role in REVEALERS,
            allowed=[(name, desk.say(COMMANDS[name])) for name in item["allowed"]],
            refused=[no | {"name": desk.say(COMMANDS[no["command"]])} for no in item["refused"]],
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/dwellings/{dwelling}", dependencies=[CaughtUp])
async def dwelling(request: Request, dwelling: homes.Id, viewer: Viewer) -> Response:
    desk = Desk(request, signed_in(viewer))

    def read() -> Response:
        item = homes.whole(desk.engine, desk.actor, dwelling, desk.lang)
        return desk.show(
            "households/dwelling.html", item=item, where=desk.where(item),
            tenancies=lived(desk, item["tenancies"]), cards=item["cards"], steps=handed(desk, item["cards"]),
            facts=told(desk, item["history"]),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def lived(desk: Desk, tenancies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who lived where, the latest first."""
    return [
        {
            "household": each["household"], "dwelling": each["dwelling"],
            "tenure": desk.tenure(each["tenure"]),
            "grid": desk.facing.grid(each["grid"]),
            "since": desk.day(each["since"]) if each["since"] else "",
            "started": desk.when(each["started_at"]), "ended": desk.when(each["ended_at"]),
        }
        for each in tenancies
    ]  # fmt: skip


def members(desk: Desk, people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "who": each["name"] or each["person"], "joined": desk.when(each["joined_at"]),
            "left": desk.when(each["left_at"]),
        }
        for each in people
    ]  # fmt: skip


def handed(desk: Desk, cards: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The way of the points from card to card."""
    return [step | {"when": desk.when(step["recorded_at"])} for step in cards["path"]]


def told(desk: Desk, history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The history, the latest first."""
    return [
        {"when": desk.facing.when(each["occurred_at"]), "sentence": each["sentence"]}
        for each in reversed(history)
    ]


def visited(desk: Desk, household: str) -> list[dict[str, Any]]:
    """What came of it in each round of visits, the newest first."""
    with desk.engine.views.read() as reading:
        tried = {
            row["round"]: row
            for row in rows(reading, "visits", where=[Filter("household", "=", household)], limit=SHOWN).items
        }
        known = [*of_rounds(desk.actor), Filter("id", "in", [*tried])]
        named = rows(reading, "visit_rounds", where=known, limit=SHOWN).items if tried else []
    return [
        {"round": row["id"], "name": row["name"], "reached": bool(tried[row["id"]]["reached"]),
         "attempts": tried[row["id"]]["attempts"], "best": tried[row["id"]]["best"],
         "complaints": tried[row["id"]]["complaints"]}
        for row in sorted(named, key=lambda row: -row["opened_position"])
    ]  # fmt: skip
