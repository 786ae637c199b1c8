"""What of sweeps and watches waits for the caller: grids not looked through, closed cases to look after."""

from collections.abc import Iterator
from typing import Any

from api import words
from api.answers import at
from api.sight import everywhere
from domain.messages import Actor
from engine.engine import Engine
from engine.read import AnyOf, Condition, Filter, rows
from engine.views import Reading
from projections.case import moment

AT_WORK = ("gridworker", "dispatcher", "street")


def patrols_due(engine: Engine, actor: Actor, now: int, lang: str, limit: int) -> list[dict[str, Any]]:
    """As the other duties (api/duties.py). A last look waits from its first day on for who was named, else
    for whoever works in the grid; missed, it waits on."""
    if actor.role not in AT_WORK or not (actor.scope or everywhere(actor)):
        return []
    today = engine.desk.stage().organisation.local_date(moment(now)).isoformat()
    with engine.views.read() as reading:
        return [*_grids(reading, actor, now, lang, limit), *_looks(reading, actor, today, now, lang, limit)]


def _grids(reading: Reading, actor: Actor, now: int, lang: str, limit: int) -> Iterator[dict[str, Any]]:
    where = [Filter("grid", "under", actor.scope), Filter("state", "=", "due")]
    for row in rows(reading, "sweep_grids", where=where, order=("due", "asc"), limit=limit).items:
        yield _duty("sweep", row["due"], now, lang, row["grid"], row["grid"]) | {
            "link": f"/api/v1/sweeps/{row['sweep']}",
            "command": "checks",
        }


def _looks(
    reading: Reading, actor: Actor, today: str, now: int, lang: str, limit: int
) -> Iterator[dict[str, Any]]:
    his = AnyOf((Filter("looker", "=", actor.person), Filter("looker", "=", "")))
    where: list[Condition] = [
        Filter("grid", "under", actor.scope),
        Filter("state", "=", "watching"),
        Filter("look_from", "<=", today),
        his,
    ]
    for row in rows(reading, "recurrence_watches", where=where, order=("due", "asc"), limit=limit).items:
        yield _duty("recurrence", row["due"], now, lang, row["grid"], row["case"]) | {
            "link": f"/api/v1/complaints/{row['case']}/recurrence-watch",
            "command": "look",
            "complaint": row["case"],
        }


SAYS = {"sweep": "排查网格", "recurrence": "复看结案诉求"}


def _duty(kind: str, due: int, now: int, lang: str, grid: str, number: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "due_by": at(due),
        "overdue": due < now,
        "why": words.say("{what}：{number}", lang, what=words.say(SAYS[kind], lang), number=number),
        "state": "open",
        "grid": grid,
    }
