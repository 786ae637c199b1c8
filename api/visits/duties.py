"""Today's plan as something due: the households of it where nobody has been today."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from api import words
from api.answers import at
from api.visits.counting import every
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Among, Filter
from projections.case import micros


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
