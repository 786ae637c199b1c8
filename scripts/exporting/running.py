"""Writing an export: row by row into a draft, which takes its name when it is complete."""

import os
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.engine import Engine
from scripts.exporting import cases, events, households, points
from scripts.exporting.writing import WRITERS, Columns, Progress, Rows

KINDS = ("events", "cases", "points", "households")
FORMS = tuple(WRITERS)


@dataclass(frozen=True, slots=True)
class Exported:
    file: str
    rows: int


def export(
    engine: Engine,
    kind: str,
    form: str,
    out: Path,
    *,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    redact: bool = False,
    progress: Progress = lambda done, of: None,
) -> Exported:
    """Write `kind` (KINDS) as `form` (FORMS) to the file `out`, readable by its owner only.

    `start` and `end` are days of the deployment, both included, or moments: events are chosen by when they
    occurred, rounds by when they began, entries of points by when they were recorded, households by
    when they were registered. With `redact` nothing
    sealed is opened. Memory does not grow with the log. `progress(rows, None)`. ValueError for an unknown
    kind or form, OSError if the file cannot be.
    """
    if kind not in KINDS or form not in FORMS:
        raise ValueError(f"there is no export of {kind} as {form}")
    zone = engine.desk.stage().organisation.zone
    since, before = _moment(start, zone), _moment(end, zone, end_of_day=True)
    vault = None if redact else engine.vault
    rows: Rows
    columns: Columns
    if kind == "events":
        rows, columns = events.events(engine.log, vault, since, before), events.COLUMNS
    elif kind == "cases":
        rows, columns = cases.cases(engine.log, vault, zone, since, before), cases.COLUMNS
    elif kind == "households":
        rows, columns = households.households(engine.log, vault, since, before), households.COLUMNS
    else:
        rows, columns = points.points(engine.log, vault, zone, since, before), points.COLUMNS
    draft = out.with_name(out.name + ".part")
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            written = WRITERS[form](file, rows, columns, progress)
        draft.replace(out)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return Exported(str(out), written)


def _moment(told: date | datetime | None, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime | None:
    """The moment a period begins, or the first one after it (`end_of_day`); moments are taken as they are."""
    if told is None:
        return None
    if isinstance(told, datetime):
        at = told if told.tzinfo is not None else told.replace(tzinfo=zone)
        return at + timedelta(microseconds=1) if end_of_day else at
    return datetime.combine(told + timedelta(days=1) if end_of_day else told, time(), zone)
