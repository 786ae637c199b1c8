"""The queue of claims: by state with their counts, narrowed by the address, page by page; the same as CSV."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.listing import chosen
from api.pages import looking_back
from api.pages.frame import Viewer, address, signed_in
from api.pages.looking_back import Past
from api.pages.points.window import Window, table
from api.pages.points.words import CLAIM_RINGS, CLAIM_STATES
from api.points.claims import REGISTER
from api.points.sight import of_claims
from api.registers_then import listing
from api.routing import CaughtUp, Word
from engine.read import Condition, count

router = APIRouter(include_in_schema=False)

SHOWN = 50
IN_A_FILE = 5_000
COUNTED = 1_000
"""More of one state than this are shown as `1,000+`: a count never reads on."""
FILTERS = ("state", "activity", "grid", "account")


class Asked:
    """What the address narrows the queue to."""

    def __init__(self, state: Word = "", activity: Word = "", grid: Word = "", account: Word = "") -> None:
        self.state, self.activity, self.grid, self.account = state, activity, grid, account.strip()

    def where(self, state: str | None = None) -> list[Condition]:
        wanted = self.state if state is None else state
        named = {"account": self.account, "activity": self.activity, "state": wanted}
        return chosen(named, self.grid, "place")

    def found(self, window: Window, past: Past, after: str | None, limit: int) -> dict[str, Any]:
        """A page of them, the latest filed first."""
        return listing(
            window.engine, REGISTER, [of_claims(window.actor)], self.where(),
            lambda at: window.answers(at).claim_row, then=past.then, after=after, limit=limit,
        )  # fmt: skip

    def plain(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in FILTERS}


Narrowed = Annotated[Asked, Depends()]


@router.get("/points/claims", dependencies=[CaughtUp])
async def queue(
    request: Request, viewer: Viewer, asked: Narrowed,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:  # fmt: skip
    window = Window(request, signed_in(viewer), "points-claims")

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        found = asked.found(window, past, cursor, SHOWN)
        tabs = tabs_of(window, asked, past)
        here = next((tab for tab in tabs if tab["code"] == asked.state), tabs[0])
        query = {name: value for name, value in asked.plain().items() if value}
        return window.show(
            "points/claims.html", rows=[row(window, item) for item in found["items"]], next=found["next"],
            tabs=tabs, asked=asked.plain(), cursor=cursor, deeds=window.activity_options(),
            grids=window.grid_filter(), here_tab=here,
            csv=window.to("/points/claims.csv", **query, **past.clocks),
            json=address("/api/v1/points/claims", query | past.clocks), past=past,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def tabs_of(window: Window, asked: Asked, past: Past) -> list[dict[str, Any]]:
    """Every state with how many there are of it, as far as the other conditions go; not of the past."""
    tabs: list[dict[str, Any]] = [{"code": "", "name": window.say("全部"), "many": None}]
    if not past.now:
        return tabs + [
            {"code": code, "name": window.say(name), "many": None} for code, name in CLAIM_STATES.items()
        ]
    with window.engine.views.read() as reading:
        for code, name in CLAIM_STATES.items():
            where = [of_claims(window.actor), *asked.where(code)]
            many = count(reading, "claims", where, up_to=COUNTED + 1)
            shown = f"{COUNTED:,}+" if many > COUNTED else f"{many:,}"
            tabs.append({"code": code, "name": window.say(name), "many": shown})
    return tabs


def row(window: Window, item: Mapping[str, Any]) -> dict[str, Any]:
    """A claim (api/points/answers.py) as a line of the queue."""
    basis = item.get("basis", "time")
    return {
        "id": item["id"], "state": item["state"], "ring": CLAIM_RINGS[item["state"]],
        "state_name": window.say(CLAIM_STATES[item["state"]]),
        "deed": window.deed(item["activity"]), "many": window.many(item["quantity"], basis),
        "points": item["points"], "on": window.day(item["occurred_on"]),
        "holder": window.who(item.get("holder", "")), "account": item.get("account", ""),
        "grid": window.facing.grid(item["place"]), "filed": window.when(item.get("filed_at")),
        "by": window.who(item.get("filed_by", "")), "behalf": item.get("on_behalf", False),
        "evidence": len(item.get("evidence", ())),
    }  # fmt: skip


@router.get("/points/claims.csv", dependencies=[CaughtUp])
async def as_file(request: Request, viewer: Viewer, asked: Narrowed) -> Response:
    window = Window(request, signed_in(viewer), "points-claims")

    def read() -> Response:
        past = looking_back.looked(window)
        if past.faults:
            return past.asked_again()
        found = asked.found(window, past, None, IN_A_FILE)
        header = ("id", "state", "activity", "quantity", "points", "occurred_on", "account", "place",
                  "filed_by", "filed_at", "proven_quantity", "reversed_points")  # fmt: skip
        rows = ([item.get(name) for name in header] for item in found["items"])
        return table("claims", header, rows)

    return await asyncio.to_thread(read)
