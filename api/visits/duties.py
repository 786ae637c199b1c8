"""Today's plan as something due: the households of it where nobody has been today."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from api import words
from api.answers import at
from api.facing import HOUR
from api.visits.counting import every
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Among, Filter, rows
from projections.case import micros
from projections.outreach.tables import OVER
from projections.views import Row

CHECK_DAYS = 7
"""Days within which a household is counted anew where more were met than are registered."""


def visits_due(engine: Engine, actor: Actor, now: int, lang: str) -> list[dict[str, Any]]:
    """For a grid member, one for each round that is open: by the end of his day."""
    if actor.role != "gridworker":
        return []
    places = engine.desk.stage().organisation
    today = places.local_date(engine.clock())
    begins = datetime.combine(today, time.min, places.zone)
    ends, begun = micros(begins + timedelta(days=1)), micros(begins)
    mine = (Filter("worker", "=", actor.person), Filter("day", "=", today.isoformat()))
    found = []
    with engine.views.read() as reading:
        open_rounds = Among("round", "visit_rounds", "id", (Filter("state", "=", "open"),))
        for plan in every(reading, "visit_plans", (*mine, open_rounds)):
            stops = list(every(reading, "visit_stops", (Filter("plan", "=", plan["id"]),)))
            where = (
                Filter("round", "=", plan["round"]),
                Among("household", "visit_stops", "household", (Filter("plan", "=", plan["id"]),)),
            )
            been = {
                row["household"]
                for row in every(reading, "visits", where)
                if row["reached"] or (row["last_at"] or 0) >= begun
            }
            if left := sum(stop["household"] not in been for stop in stops):
                found.append(_due(plan["round"], actor, left, today.isoformat(), ends, now, lang))
    return found


def checks_due(engine: Engine, actor: Actor, now: int, lang: str, limit: int) -> list[dict[str, Any]]:
    """Households of his where more people were met than are registered: to be counted anew, within a week."""
    if actor.role != "gridworker" or not actor.scope:
        return []
    where = (Filter("open", "=", 1), Filter("grid", "under", actor.scope))
    with engine.views.read() as reading:
        found = rows(reading, OVER.name, where=where, limit=limit).items
    latest = {row["household"]: row for row in sorted(found, key=lambda row: row["since"])}
    return [_check(row, now, lang) for row in latest.values()]


def _check(row: Row, now: int, lang: str) -> dict[str, Any]:
    due = row["since"] + CHECK_DAYS * 24 * HOUR
    return {
        "kind": "register_check",
        "due_by": at(due),
        "overdue": due < now,
        "why": words.say("核对登记人数：{why}", lang, why=more_met(row["met"], row["people"], lang)),
        "command": "recount",
        "link": f"/api/v1/households/{quote(row['household'])}",
        "household": row["household"],
        "met": row["met"],
        "registered": row["people"],
        "state": "open",
        "grid": row["grid"],
    }


def more_met(met: int, registered: int | None, lang: str) -> str:
    """见到 3 人，登记 2 人。"""
    if registered is None:
        return words.say("见到 {met} 人，还没有登记人数", lang, met=met)
    return words.say("见到 {met} 人，登记 {registered} 人", lang, met=met, registered=registered)


def _due(round: str, actor: Actor, left: int, day: str, ends: int, now: int, lang: str) -> dict[str, Any]:
    return {
        "kind": "visits",
        "due_by": at(ends),
        "overdue": ends < now,
        "why": words.say("今日走访：还有 {n} 户", lang, n=left),
        "command": "attempts",
        "link": f"/api/v1/visits/rounds/{round}/plans?day={day}&worker={quote(actor.person)}",
        "state": "open",
        "grid": actor.scope,
    }
