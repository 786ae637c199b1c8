"""The doors of today's plan, for whoever walks them without signal: where, when in the day, and what came of
the last try; and where a care visit is due soon. No name and no number of whom lives there goes along."""

from collections.abc import Iterator
from typing import Any

from api.answers import at
from api.care.lists import plans
from api.facing import HOUR, Facing
from api.households.told import Teller
from api.visits.counting import every
from api.visits.lists import visits_of
from api.visits.seeing import of_rounds
from domain.messages import Actor
from domain.visits.rules import WORKERS
from engine.engine import Engine
from engine.read import Among, Filter, rows
from engine.views import Reading
from projections.views import Row

MOST = 100
"""Doors of one list: more than anybody walks in a day."""
ROUNDS = 20
SOON = 7
"""Days ahead within which a care visit is due that goes along."""

OPEN = Filter("state", "=", "open")


def doors(engine: Engine, actor: Actor, named: Facing) -> dict[str, Any]:
    """`stops`: doors of his plan of today where nobody has been yet, in the order to go; `care`: whom he is
    to call on within a week. `rounds` that are open, `categories` and `readings`: what a door's
    form asks with, for a door of no plan too."""
    if actor.role not in WORKERS:
        return {"stops": [], "care": [], "rounds": [], "categories": [], "readings": []}
    due = plans(engine, actor, due_soon(actor, named.now), limit=MOST).items
    with engine.views.read() as reading:
        there = rows(reading, "visit_rounds", where=(*of_rounds(actor), OPEN), limit=ROUNDS).items
        stops = [stop for round in there for stop in stops_of(engine, reading, actor, named, round["id"])]
        where = labels(engine, reading, actor, [plan["household"] for plan in due])
    care = [
        {"about": plan["id"], "where": where[plan["household"]], "due_by": at(plan["visit_by"])}
        for plan in due
        if plan["household"] in where
    ]
    return {
        "stops": stops[:MOST],
        "care": care,
        "rounds": [
            {"id": row["id"], "name": row["name"], "from": row["from_day"], "to": row["to_day"]}
            for row in there
        ],
        **asked(engine, named),
    }


def stops_of(
    engine: Engine, reading: Reading, actor: Actor, named: Facing, round: str
) -> Iterator[dict[str, Any]]:
    today = named.today()
    mine = (
        Filter("round", "=", round), Filter("worker", "=", actor.person),
        Filter("day", "=", today.isoformat()), Filter("mode", "=", "in_person"),
    )  # fmt: skip
    stops = sorted(every(reading, "visit_stops", mine), key=lambda row: row["place"])
    tried = {
        row["household"]: row
        for n in range(0, len(stops), MOST)
        for row in visits_of(reading, round, [each["household"] for each in stops[n : n + MOST]]).values()
    }
    begun = named.midnight(today)
    left = [stop for stop in stops if not been(tried.get(stop["household"]), begun)][:MOST]
    where = labels(engine, reading, actor, [stop["household"] for stop in left])
    agreed = slots(reading, named, round, [stop["household"] for stop in left])
    for stop in left:
        if (id := stop["household"]) in where:
            visit = tried.get(id)
            yield {
                "about": f"{round}/{id}", "where": where[id], "window": stop["window"],
                "last_at": at(visit["last_at"]) if visit else None,
                "last_window": visit["last_window"] if visit else None,
                "last_outcome": visit["last_outcome"] if visit else None,
                "booking": agreed.get(id),
            }  # fmt: skip


def slots(reading: Reading, named: Facing, round: str, ids: list[str]) -> dict[str, dict[str, str]]:
    """The slots agreed for today: which, in what window, from when until when. What was said
    stays behind."""
    asked = {"round": round, "day": named.today().isoformat(), "state": "open"}
    where = [Filter(name, "=", value) for name, value in asked.items()]
    found = rows(reading, "visit_bookings", where=[*where, Filter("household", "in", ids)], limit=MOST).items
    return {
        row["household"]: {
            "booking": row["booking"],
            "window": row["window"],
            "times": "–".join(f"{named.local(row[at]):%H:%M}" for at in ("from_at", "until_at") if row[at]),
        }
        for row in reversed(found)
    }


def due_soon(actor: Actor, now: int) -> tuple[Filter, ...]:
    until = Filter("visit_by", "<=", now + SOON * 24 * HOUR)
    return Filter("state", "=", "active"), Filter("worker", "=", actor.person), until


def been(visit: Row | None, begun: int) -> bool:
    """Whether nobody needs to go any more today: reached, or tried since it began."""
    return bool(visit and (visit["reached"] or (visit["last_at"] or 0) >= begun))


def labels(engine: Engine, reading: Reading, actor: Actor, ids: list[str]) -> dict[str, str]:
    """Each one's door: the address, else compound and id. Whoever has moved out is not among them."""
    if not ids:
        return {}
    asked, teller = (Filter("id", "in", ids), Filter("vacant", "=", 0)), Teller(engine, actor)
    living = rows(reading, "households", where=asked, limit=len(ids)).items
    homes = Among("id", "households", "dwelling", (Filter("id", "in", ids),))
    known = rows(reading, "dwellings", where=(homes,), limit=len(ids)).items
    address = {row["id"]: teller.address(row["address"]) for row in known}
    return {
        row["id"]: address.get(row["dwelling"])
        or " · ".join(part for part in (row["compound"], row["id"]) if part)
        for row in living
    }


def asked(engine: Engine, named: Facing) -> dict[str, Any]:
    """Classes a need may be of, and what any of them asks to be measured."""
    book = engine.desk.stage().books.categories(engine.clock())
    known = {code: found for code in book.codes() if (found := book.get(code))}
    units = {asked.quantity: asked.unit for found in known.values() for asked in found.readings}
    return {
        "categories": [{"code": code, "label": named.category(code)} for code in known],
        "readings": [
            {"quantity": quantity, "unit": unit, "label": named.quantity(quantity)}
            for quantity, unit in units.items()
        ],
    }
