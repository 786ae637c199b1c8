"""A month of duties: what is open and what was missed first, then the month as a grid and as a list."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.duty_calendar import coming
from api.duty_calendar.laid_out import Calendar
from api.pages.duties.desk import Desk
from api.pages.frame import Viewer, signed_in
from api.problems import Problem
from api.routing import CaughtUp

router = APIRouter(include_in_schema=False)

KEPT = ("done", "told_late")
LISTED = 200
"""Lines of a list at most."""
LONG = 60
"""A month of more is listed day by day, today first."""
ONE = timedelta(days=1)

ByDay = Counter[tuple[str, str, str]]
"""How many there are of each (day, duty, state)."""


@router.get("/duties", dependencies=[CaughtUp])
async def month(
    request: Request,
    viewer: Viewer,
    month: Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2])|)$")] = "",
    day: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d|)$")] = "",
    grid: Annotated[str, Query(max_length=200)] = "",
    what: Annotated[str, Query(max_length=40)] = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    desk = Desk(request, signed_in(viewer))
    return await asyncio.to_thread(shown, desk, month, day, grid, what, cursor)


def shown(desk: Desk, month: str, day: str, grid: str, what: str, cursor: str = "") -> Response:
    """Problem 422 for a cursor of another list."""
    today = desk.facing.today()
    first = date.fromisoformat(f"{month or f'{today:%Y-%m}'}-01")
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    asked = coming.asked(desk.engine, first, after - ONE, grid, what)
    found = Calendar(desk.engine, desk.actor, asked)
    by_day = found.by_day()
    one = day or (today.isoformat() if first <= today < after and by_day.total() > LONG else "")
    try:
        listed, more = found.page(cursor, LISTED, day=one)
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error
    waits, others = found.page(limit=LISTED, state="open")
    missed, missing = found.page(limit=LISTED, state="missed")
    earlier, later = first - ONE, after
    return desk.show(
        "duties/month.html",
        month=f"{first:%Y-%m}", title=named(desk, first), day=desk.day(one) if one else "",
        chosen=bool(day),
        earlier=f"{earlier:%Y-%m}",
        later=f"{later:%Y-%m}" if (later - today).days < coming.HORIZON - 31 else "",
        this=first <= today < after, weeks=weeks(desk, found, by_day, first, after, today),
        weekdays=[desk.say(name) for name in WEEKDAYS],
        open=[line(desk, each) for each in waits], n_open=of_state(by_day, "open"),
        missed=[line(desk, each) for each in missed], n_missed=of_state(by_day, "missed"),
        more=bool(others or missing), cursor=cursor, next=more,
        rows=[line(desk, each) for each in listed],
        grids=desk.grid_filter(), grid=grid, what=what,
        whats=kinds(desk, found, by_day, what),
    )  # fmt: skip


WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def named(desk: Desk, first: date) -> str:
    return desk.say("{year} 年 {month} 月", year=first.year, month=first.month)


def of_state(by_day: ByDay, state: str) -> int:
    return sum(n for (_, _, each), n in by_day.items() if each == state)


def kinds(desk: Desk, shown: Calendar, by_day: ByDay, what: str) -> list[tuple[str, str]]:
    """What may be asked for alone: what stands in the month, and all that the book in force names."""
    named = {row["what"]: desk.name(row) for row in shown.series.values()}
    found = {each: named.get(each, each) for each in dict.fromkeys(key[1] for key in sorted(by_day))}
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
    desk: Desk, shown: Calendar, by_day: ByDay, first: date, after: date, today: date
) -> list[list[dict[str, Any] | None]]:
    """The month's days, Monday first; None outside the month."""
    names = {row["what"]: desk.name(row) for row in shown.series.values()}
    series: dict[str, list[str]] = {}
    for row in shown.series.values():
        series.setdefault(row["what"], []).append(row["id"])
    alone = {what: ids[0] for what, ids in series.items() if len(ids) == 1}
    sums: dict[str, dict[str, dict[str, int]]] = {}
    for (day, what, state), n in sorted(by_day.items()):
        sums.setdefault(day, {}).setdefault(what, {})[state] = n
    start = first - timedelta(days=first.weekday())
    found: list[list[dict[str, Any] | None]] = []
    while start < after:
        days = [start + timedelta(days=n) for n in range(7)]
        found.append([
            cell(desk, sums.get(each.isoformat(), {}), names, alone, each, today)
            if first <= each < after else None
            for each in days
        ])  # fmt: skip
        start += timedelta(days=7)
    return found


def cell(
    desk: Desk, sums: Mapping[str, dict[str, int]], names: Mapping[str, str], alone: Mapping[str, str],
    day: date, today: date,
) -> dict[str, Any]:  # fmt: skip
    """A day: each duty once, as a sum over its places; a link where there is one of it alone."""
    return {
        "n": day.day, "iso": day.isoformat(), "today": day == today, "called": desk.day(day.isoformat()),
        "duties": [
            {"name": names.get(what, what)} | told(desk, states, alone.get(what, ""))
            for what, states in sums.items()
        ],
    }  # fmt: skip


def told(desk: Desk, states: Mapping[str, int], series: str) -> dict[str, Any]:
    """The worst of its states, and how many of all are done where there are several."""
    order = ("missed", "late", "open", "told_late", "done", "coming", "skipped")
    worst = next(state for state in order if state in states)
    every = sum(n for state, n in states.items() if state != "skipped")
    done = sum(states.get(state, 0) for state in KEPT)
    says = desk.say("{done} / {all}", done=done, all=every) if every > 1 else ""
    link = f"/duties/{series}" if series and every <= 1 else ""
    return {"state": desk.state(worst), "says": says, "link": link}
