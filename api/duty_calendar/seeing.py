"""Who may know of a series of duties, and what of the calendar waits for the caller.

A series is known to who answers for its place, and to the unit that owes it. Residents know of none.
"""

from collections.abc import Sequence
from typing import Any

from api import problems, words
from api.answers import at
from api.sight import everywhere
from domain import duties
from domain.messages import Actor
from domain.organisation import within
from engine.engine import Engine
from engine.read import Among, AnyOf, Condition, Filter, rows
from projections.duties.series import Series, fold
from projections.views import Row

NOTHING: Condition = AnyOf(())


def of_series(actor: Actor) -> Sequence[Condition]:
    """What a list of series is narrowed to."""
    if everywhere(actor):
        return ()
    if actor.role == "resident" or not actor.scope:
        return (NOTHING,)
    column = "unit" if actor.role == "unit" else "place"
    return (Filter(column, "=" if column == "unit" else "under", actor.scope),)


def of_periods(actor: Actor) -> Sequence[Condition]:
    """The same of decided periods, which do not say whose they are."""
    if actor.role != "unit":
        return of_series(actor)
    return (Among("series", "duties", "id", of_series(actor)),)


def knows(actor: Actor, series: Series) -> bool:
    if everywhere(actor):
        return True
    if actor.role == "resident" or not actor.scope:
        return False
    return series.unit == actor.scope if actor.role == "unit" else within(series.place, actor.scope)


def must_series(engine: Engine, actor: Actor, id: str) -> Series:
    """The series, folded from its own facts. Problem 404 if there is none, or it is none of his."""
    series: Series | None = None
    for line in engine.log.stream(id):
        series = fold(series, line)
    if series is None or not knows(actor, series):
        raise problems.not_found()
    return series


def shows(engine: Engine, actor: Actor, id: str) -> bool:
    """Whether he may know of the series: of a photograph that shows it done."""
    try:
        return must_series(engine, actor, id) is not None
    except problems.Problem:
        return False


# ------------------------------------------------------------------ what waits


def waiting(engine: Engine, actor: Actor, now: int, limit: int) -> Sequence[Row]:
    """The series whose open period is asked of such a caller, the soonest first."""
    if not actor.scope or actor.role not in duties.OWNERS:
        return []
    where: list[Condition] = [
        Filter("role", "=", actor.role),
        Filter("state", "=", "running"),
        Filter("opens_at", "<=", now),
        *of_series(actor),
    ]
    with engine.views.read() as reading:
        return rows(reading, "duties", where=where, order=("next_by", "asc"), limit=limit).items


def recurring_due(engine: Engine, actor: Actor, now: int, lang: str, limit: int) -> list[dict[str, Any]]:
    """As the other duties (api/duties.py)."""
    return [due(row, now, lang) for row in waiting(engine, actor, now, limit)]


def due(row: Row, now: int, lang: str) -> dict[str, Any]:
    name = row["en" if lang == "en" else "zh"]
    return {
        "kind": "recurring",
        "due_by": at(row["next_by"]),
        "overdue": row["next_by"] < now,
        "why": words.say("{what}：{number}", lang, what=name, number=row["period"]),
        "command": "done",
        "link": f"/api/v1/duties/{row['id']}",
        "what": row["what"],
        "period": row["period"],
        "state": "open",
        "grid": row["place"],
    }
