"""Who is to be visited: what of the care plans waits for the caller."""

from typing import Any

from api import words
from api.answers import at
from api.care.lists import end_of_week, plans
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Condition, Filter


def care_due(engine: Engine, actor: Actor, now: int, lang: str, limit: int) -> list[dict[str, Any]]:
    """For the worker everybody he is to call on by the end of this week; for the dispatcher, the overdue."""
    if actor.role not in ("gridworker", "dispatcher"):
        return []
    where: list[Condition] = [Filter("state", "=", "active")]
    if actor.role == "gridworker":
        until = end_of_week(engine, now)
        where += [Filter("worker", "=", actor.person), Filter("visit_by", "<=", until)]
    else:
        where += [Filter("visit_by", "<", now)]
    found = plans(engine, actor, where, limit=limit).items
    return [
        {
            "kind": "care_visit",
            "due_by": at(row["visit_by"]),
            "overdue": row["visit_by"] < now,
            "why": words.say(
                "{what}：{number}", lang, what=words.say("关爱走访", lang), number=row["household"]
            ),
            "household": row["household"],
            "command": "visits",
            "link": f"/api/v1/care-plans/{row['id']}",
            "state": row["state"],
            "grid": row["grid"],
        }
        for row in found
    ]
