"""One worker's day as he walks it: households still to see by window, booked ones first, and where he has
been."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.visits.visit_desk import Home, VisitDesk
from api.visits.counting import AT_ONCE, every
from api.visits.lists import visits_of
from domain.visits import planning
from domain.visits.rules import WINDOWS as ORDER
from domain.visits.rules import plan_stream
from engine.read import Filter, rows
from projections.views import Row
from projections.visits.tables import PLANS


@dataclass(frozen=True, slots=True)
class Stop:
    """A household of the plan. `slot` is what was agreed with it for the day."""

    home: Home
    window: str
    mode: str
    visit: Row | None
    slot: Mapping[str, Any] | None
    been: bool


@dataclass(frozen=True, slots=True)
class Walk:
    plan: Row
    stops: tuple[Stop, ...]

    @property
    def left(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if not stop.been)

    @property
    def been(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if stop.been)


def walk_of(desk: VisitDesk, round: str, worker: str, day: date) -> Walk | None:
    """None where nothing was planned for that day."""
    plan = plan_stream(round, worker, day)
    with desk.engine.views.read() as reading:
        found = rows(reading, PLANS.name, where=[Filter("id", "=", plan)], limit=1).items
        if not found:
            return None
        where = [Filter("plan", "=", plan)]
        planned = rows(reading, "visit_stops", where=where, order=("place", "asc"), limit=AT_ONCE).items
        ids = [row["household"] for row in planned]
        visits = visits_of(reading, round, ids)
        agreed = [
            Filter("round", "=", round),
            Filter("day", "=", day.isoformat()),
            Filter("state", "=", "open"),
        ]
        slots = {row["household"]: row for row in every(reading, "visit_bookings", agreed)}
    homes = desk.homes(ids)
    begun = desk.facing.midnight(day)
    stops = [
        Stop(
            homes.get(id, Home(id, "", "")), row["window"], row["mode"], visits.get(id),
            desk.teller.booking(slots[id]) if id in slots else None, seen(visits.get(id), begun),
        )
        for id, row in zip(ids, planned, strict=True)
    ]  # fmt: skip
    return Walk(found[0], tuple(sorted(stops, key=in_order)))


def seen(visit: Row | None, begun: int) -> bool:
    """Whether nobody needs to go any more that day: reached, or tried since it began."""
    return bool(visit and (visit["reached"] or (visit["last_at"] or 0) >= begun))


def in_order(stop: Stop) -> tuple[object, ...]:
    """By window, in person before online; booked ones first; then as one walks: compound, building, door."""
    return (
        ORDER.index(stop.window), stop.mode != "in_person",
        stop.slot is None, stop.slot["from_at"] or "" if stop.slot else "",
        stop.home.walking,
    )  # fmt: skip


def next_of(walk: Walk | None, without: str = "") -> Stop | None:
    """Where to go now."""
    left = [stop for stop in walk.left if stop.home.id != without] if walk else []
    return left[0] if left else None


def shown(desk: VisitDesk, stop: Stop) -> dict[str, Any]:
    return {
        "id": stop.home.id, "where": desk.where(stop.home), "compound": stop.home.compound,
        "name": stop.home.name, "size": desk.size(stop.home), "kind": desk.kind(stop.home.kind),
        "key": stop.home.kind == "key", "online": stop.mode == "online", "window": desk.window(stop.window),
        "tried": desk.tried(stop.visit), "attempts": stop.visit["attempts"] if stop.visit else 0,
        "slot": slot_of(desk, stop), "note": (stop.slot or {}).get("note") or "",
        "outcome": desk.outcome(stop.visit["last_outcome"]) if stop.visit else "",
        "reached": bool(stop.visit and stop.visit["reached"]),
        "met": stop.visit["best"] if stop.visit else 0,
        "needs": stop.visit["complaints"] if stop.visit else 0, "again": again(desk, stop),
    }  # fmt: skip


def slot_of(desk: VisitDesk, stop: Stop) -> str:
    """What was agreed: the window, and from when until when where that was said."""
    if stop.slot is None:
        return ""
    times = [
        f"{desk.facing.local(stop.slot[name]):%H:%M}" for name in ("from_at", "until_at") if stop.slot[name]
    ]
    return desk.say(
        "约好{window} {times}", window=desk.window(stop.slot["window"]), times="–".join(times)
    ).strip()


def again(desk: VisitDesk, stop: Stop) -> str:
    """When to come back to a door that did not open."""
    visit = stop.visit
    if visit is None or visit["reached"] or visit["last_outcome"] == "moved":
        return ""
    return next_time(desk, stop.home.kind, visit)


def next_time(desk: VisitDesk, kind: str, visit: Row) -> str:
    if visit["booked_day"]:
        return desk.say(
            "约在{day}{window}", day=desk.day(visit["booked_day"]), window=desk.window(visit["booked_window"])
        )
    window, mode = planning.next_window(kind, json.loads(visit["failed_windows"]), desk.rules())
    if mode == "online":
        return desk.say("下次改线上补访")
    return desk.say("下次换{window}去", window=desk.window(window))


def by_window(stops: Sequence[Stop]) -> Iterator[tuple[str, str, list[Stop]]]:
    """The day in its parts: window, mode and the stops of each."""
    keys = dict.fromkeys((stop.window, stop.mode) for stop in stops)
    for window, mode in keys:
        yield window, mode, [stop for stop in stops if (stop.window, stop.mode) == (window, mode)]
