"""Writing an export: row by row into a draft, which takes its name when it is complete."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import orjson

from engine.engine import Engine
from scripts.exporting import cases, events
from scripts.exporting.spreadsheets import guarded

KINDS = ("events", "cases")
FORMS = ("jsonl", "csv")

Progress = Callable[[int, int | None], None]


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
    occurred, rounds by when they began. With `redact` nothing sealed is opened. Memory does not grow with
    the log. `progress(rows, None)`. ValueError for an unknown kind or form, OSError if the file cannot be.
    """
    if kind not in KINDS or form not in FORMS:
        raise ValueError(f"there is no export of {kind} as {form}")
    zone = engine.desk.stage().organisation.zone
    since, before = _moment(start, zone), _moment(end, zone, end_of_day=True)
    vault = None if redact else engine.vault
    columns: tuple[str, ...]
    if kind == "events":
        rows, columns = events.events(engine.log, vault, since, before), events.COLUMNS
    else:
        rows, columns = cases.cases(engine.log, vault, zone, since, before), cases.COLUMNS
    draft = out.with_name(out.name + ".part")
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            written = (
                _write_csv(file, rows, columns, progress)
                if form == "csv"
                else _write_jsonl(file, rows, progress)
            )
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


def _write_jsonl(file: IO[bytes], rows: Iterator[dict[str, Any]], progress: Progress) -> int:
    done = 0
    for row in rows:
        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        done += 1
        if done % 1_000 == 0:
            progress(done, None)
    progress(done, done)
    return done


def _write_csv(
    file: IO[bytes], rows: Iterator[dict[str, Any]], columns: tuple[str, ...], progress: Progress
) -> int:
    """UTF-8; nested values as JSON; no cell can be a formula."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    done = 0
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
        done += 1
        if done % 1_000 == 0:
            progress(done, None)
    text.detach()
    progress(done, done)
    return done


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        value = orjson.dumps(value).decode()
    return guarded(value) if isinstance(value, str) else value
