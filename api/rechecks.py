"""What of the weekly spot checks waits for the caller: weeks without a frame, frames without a value, cases
drawn and not yet re-checked. A missed draw stays in sight for four weeks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from api import words
from api.answers import at
from api.framing import check_of, found
from api.periods import whole
from domain.messages import Actor
from domain.sampling import days_of, stream_of, week_of
from engine.engine import Engine
from engine.read import Filter, Join, rows
from engine.views import Reading
from projections.case import micros, moment
from projections.cells import street
from projections.lags import LAGS
from projections.views import Row

WEEKS = 4
WITHIN = timedelta(days=7)
"""A week is framed and drawn within the next one; what was drawn is re-checked within seven days."""
DAY = 86_400_000_000


def rechecks_due(engine: Engine, actor: Actor, now: int, lang: str) -> list[dict[str, Any]]:
    """As the other duties (api/duties.py), for the street's team and the panel that sits in the street."""
    if actor.role not in ("street", "panel") or not actor.scope:
        return []
    place = street(actor.scope) if actor.role == "panel" else actor.scope
    today = engine.desk.stage().organisation.local_date(moment(now))
    weeks = [week_of(today - n * WITHIN) for n in range(1, WEEKS + 1)]
    duties: list[dict[str, Any]] = []
    with engine.views.read() as reading:
        ids = [stream_of(week, place) for week in weeks]
        framed = rows(reading, "spot_checks", where=[Filter("id", "in", ids)], limit=WEEKS).items
        known = {row["week"]: row for row in framed}
        for week in weeks:
            row = known.get(week)
            if row is None and something_ended(engine, reading, week, place):
                duties.append(duty("spot_check_frame", week, place, due_after(engine, week), now, lang))
            elif row is not None and row["drawn_at"] is None and row["many"] and actor.role == "panel":
                duties.append(duty("spot_check_value", week, place, due_after(engine, week), now, lang, row))
    if actor.role == "street":
        for row in known.values():
            duties += unchecked(engine, row, now, lang)
    return duties


def due_after(engine: Engine, week: str) -> int:
    """The last microsecond of the week after."""
    _, monday = days_of(week)
    return micros(whole(monday, monday + WITHIN, engine.desk.stage().organisation.zone)[1])


def something_ended(engine: Engine, reading: Reading, week: str, place: str) -> bool:
    first, last = (micros(each) for each in whole(*days_of(week), engine.desk.stage().organisation.zone))
    joins = (Join("cells", "cell", "cell"),)
    for family, part in (("repeat", None), ("satisfaction", "unreached")):
        where = [
            Filter("family", "=", family),
            Filter("lag", "in", LAGS),
            Filter("at", ">=", first),
            Filter("at", "<=", last),
            Filter("grid", "under", place),
        ]
        where += [Filter("part", "=", part)] if part else []
        if rows(reading, "marks", where=where, order=("at", "asc"), limit=1, joins=joins).items:
            return True
    return False


def unchecked(engine: Engine, row: Row, now: int, lang: str) -> Iterator[dict[str, Any]]:
    """The cases drawn that nobody has looked at again."""
    spot = found(engine, row["id"]) if row["drawn_at"] is not None else None
    if spot is None or spot.draw is None or spot.drawn is None:
        return
    due = row["drawn_at"] + WITHIN.days * DAY
    for case in spot.draw.cases:
        if check_of(engine, case, spot.drawn.position) is None:
            told = duty("spot_check", row["week"], row["place"], due, now, lang, row)
            yield told | {"command": "spot-check", "link": f"/api/v1/complaints/{case}", "complaint": case}


SAYS = {
    "spot_check_frame": "锁定每周抽核范围",
    "spot_check_value": "录入抽核的公开随机数",
    "spot_check": "抽核工单",
}
COMMANDS = {"spot_check_frame": "spot-checks", "spot_check_value": "value"}


def duty(
    kind: str, week: str, place: str, due: int, now: int, lang: str, row: Row | None = None
) -> dict[str, Any]:
    link = "/api/v1/spot-checks" + ("" if row is None else f"/{row['id']}")
    return {
        "kind": kind,
        "due_by": at(due),
        "overdue": due < now,
        "why": words.say("{what}：{number}", lang, what=words.say(SAYS[kind], lang), number=week),
        "command": COMMANDS.get(kind, ""),
        "link": link,
        "state": "open",
        "grid": place,
    }
