"""What callers get of the calendar of duties: a series, its periods, facts in sentences."""

import json
from collections.abc import Iterable
from typing import Any

from api import stories, telling
from api.answers import at
from api.cases import Cases
from api.orders import Asking
from api.permitted import permitted
from api.sight import reads
from domain import duties
from domain.messages import Actor, Recorded
from engine.desk import Receipt
from engine.engine import Engine
from engine.read import Filter, rows
from projections.case import Kept
from projections.duties.series import Series, row
from projections.duties.telling import sentence
from projections.views import Row

SERIES = (
    "id", "what", "place", "level", "state", "zh", "en", "rhythm", "role", "unit", "rules", "period", "first",
    "last", "dated", "done", "missed", "version", "position",
)  # fmt: skip
PERIOD = (
    "series", "period", "what", "place", "state", "first", "last", "dated", "moved_for", "done_by", "fact",
    "cause", "explained_by", "position",
)  # fmt: skip
NEWEST = 50
"""Periods told with a series; the others are a page away."""


def series_of(found: Row) -> dict[str, Any]:
    said: dict[str, Any] = {name: found[name] for name in SERIES}
    return said | {
        "moved_for": found["reason"],
        "opens_at": at(found["opens_at"]),
        "due_by": at(found["next_by"]),
    }


class Opener:
    """Opens sealed words for one caller; None where they are erased or not for him."""

    def __init__(self, cases: Cases, actor: Actor, engine: Engine) -> None:
        self._reads = reads(actor, engine.desk.stage().organisation)
        self._open = stories.opener(cases)

    def __call__(self, sealed: str | None) -> str | None:
        return self._open(Kept.of_json(sealed)) if sealed and self._reads else None


def period_of(found: Row, opened: Opener) -> dict[str, Any]:
    said: dict[str, Any] = {name: found[name] for name in PERIOD}
    said |= {name: at(found[name]) for name in ("opens_at", "due_by", "missed_at", "done_at")}
    return said | {
        "note": opened(found["note"]),
        "explanation": opened(found["explanation"]),
        "evidence": json.loads(found["evidence"]),
    }


def whole(engine: Engine, cases: Cases, actor: Actor, series: Series, lang: str) -> dict[str, Any]:
    """A series with what became of its last periods, and what the caller may do next."""
    opened = Opener(cases, actor, engine)
    with engine.views.read() as reading:
        got = rows(
            reading, "duty_periods", where=[Filter("series", "=", series.id)], order=("due_by", "desc"),
            limit=NEWEST,
        )  # fmt: skip
    said = series_of(row(series)) | {"periods": [period_of(each, opened) for each in got.items]}
    return said | permitted(engine, actor, "duty", series.id, duties.ROUTES, duties.permitted, lang)


def facts(
    engine: Engine, cases: Cases, actor: Actor, lines: Iterable[Recorded], lang: str
) -> list[dict[str, Any]]:
    opens = reads(actor, engine.desk.stage().organisation)
    s = stories.speaker(engine, lang, actor, cases if opens else None)
    return telling.dated(lines, lambda line: sentence(line, s))


def recorded(ask: Asking, receipt: Receipt) -> dict[str, Any]:
    """What a command's answer ends with. A dry run says what would be recorded."""
    told = facts(ask.engine, ask.cases, ask.actor, receipt.lines, ask.lang)
    return telling.ended(receipt, told, ask.dry_run)
