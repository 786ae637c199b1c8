"""A month of duties: what is open and what was missed first, then the month as a grid and as a list."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.duty_calendar import coming
from api.lists import caught_up
from api.pages.duties.desk import Desk
from api.pages.frame import Viewer, signed_in

router = APIRouter(include_in_schema=False)

KEPT = ("done", "told_late")
LISTED = 200
"""Lines of a list at most."""
LONG = 60
"""A month of more is listed day by day, today first."""
ONE = timedelta(days=1)


@router.get("/duties", dependencies=[Depends(caught_up)])
async def month(
    request: Request,
    viewer: Viewer,
    month: Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2])|)$")] = "",
    day: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d|)$")] = "",
    grid: Annotated[str, Query(max_length=200)] = "",
    what: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    desk = Desk(request, signed_in(viewer))
    return await asyncio.to_thread(shown, desk, month, day, grid, what)


def shown(desk: Desk, month: str, day: str, grid: str, what: str) -> Response:
    today = desk.facing.today()
    first = date.fromisoformat(f"{month or f'{today:%Y-%m}'}-01")
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    asked = coming.asked(desk.engine, first, after - ONE, grid, what)
    entries, cut = coming.calendar(desk.engine, desk.actor, asked)
    one = day or (today.isoformat() if first <= today < after and len(entries) > LONG else "")
    listed = [each for each in entries if not one or each["day"] == one]
    earlier, later = first - ONE, after
    return desk.show(
        "duties/month.html",
        month=f"{first:%Y-%m}", title=named(desk, first), day=desk.day(one) if one else "",
        chosen=bool(day),
        earlier=f"{earlier:%Y-%m}",
        later=f"{later:%Y-%m}" if (later - today).days < coming.HORIZON - 31 else "",
        this=first <= today < after, weeks=weeks(desk, entries, first, after, today),
        weekdays=[desk.say(name) for name in WEEKDAYS], cut=cut,
        open=[line(desk, each) for each in entries if each["state"] == "open"][:LISTED],
        missed=[line(desk, each) for each in entries if each["state"] == "missed"][:LISTED],
        rows=[line(desk, each) for each in listed][:LISTED], more=len(listed) > LISTED,
        grids=desk.grid_options(), grid=grid, what=what,
        whats=kinds(desk, entries, what),
    )  # fmt: skip


WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def named(desk: Desk, first: date) -> str:
    return desk.say("{year} 年 {month} 月", year=first.year, month=first.month)


def kinds(desk: Desk, entries: Sequence[dict[str, Any]], what: str) -> list[tuple[str, str]]:
    """What may be asked for alone: all that the book in force names."""
    found = {each["what"]: desk.name(each) for each in entries}
    rules = desk.engine.desk.stage().books
    if rules.adopted("duties"):
        lines = rules.duties(desk.facing.today()).lines.values()
        found |= {each.code: desk.name({"zh": each.zh, "en": each.en}) for each in lines}
    if what and what not in found:
        found[what] = what
    return list(found.items())


def line(desk: Desk, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "link": f"/duties/{entry['series']}", "period": entry["period"], "name": desk.name(entry),
        "place": desk.facing.grid(entry["place"]), "day": desk.day(entry["day"]),
        "span": desk.span(entry["first"], entry["last"]), "state": desk.state(entry["state"]),
        "code": entry["state"], "moved": desk.moved(entry), "explained": entry["explained"],
        "due": desk.facing.due(entry["due_by"], "") if entry["state"] == "open" else None,
    }  # fmt: skip


def weeks(
    desk: Desk, entries: Sequence[dict[str, Any]], first: date, after: date, today: date
) -> list[list[dict[str, Any] | None]]:
    """The month's days, Monday first; None outside the month."""
    by_day: dict[str, list[dict[str, Any]]] = {}
    for each in entries:
        by_day.setdefault(each["day"], []).append(each)
    start = first - timedelta(days=first.weekday())
    found: list[list[dict[str, Any] | None]] = []
    while start < after:
        days = [start + timedelta(days=n) for n in range(7)]
        found.append([cell(desk, by_day, each, today) if first <= each < after else None for each in days])
        start += timedelta(days=7)
    return found


def cell(desk: Desk, by_day: dict[str, list[dict[str, Any]]], day: date, today: date) -> dict[str, Any]:
    """A day: each duty once, as a sum over its places."""
    entries = by_day.get(day.isoformat(), [])
    sums: dict[str, dict[str, Any]] = {}
    for each in entries:
        one = sums.setdefault(each["what"], {"name": desk.name(each), "all": 0, "done": 0, "states": {}})
        one["all"] += each["state"] != "skipped"
        one["done"] += each["state"] in KEPT
        one["states"][each["state"]] = one["states"].get(each["state"], 0) + 1
        one["only"] = each
    return {
        "n": day.day, "iso": day.isoformat(), "today": day == today, "called": desk.day(day.isoformat()),
        "duties": [told(desk, one) for one in sums.values()],
    }  # fmt: skip


def told(desk: Desk, one: dict[str, Any]) -> dict[str, Any]:
    """The worst of its states, and how many of all are done where there are several."""
    order = ("missed", "late", "open", "told_late", "done", "coming", "skipped")
    worst = next(state for state in order if state in one["states"])
    several = one["all"] > 1
    link = "" if several else f"/duties/{one['only']['series']}"
    says = desk.say("{done} / {all}", done=one["done"], all=one["all"]) if several else ""
    return {"name": one["name"], "state": desk.state(worst), "says": says, "link": link}
