"""The forms an export is written in, row by row: JSON lines, CSV, Parquet."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

import orjson

from scripts.exporting.spreadsheets import guarded

Progress = Callable[[int, int | None], None]
"""(rows written, None)."""
Rows = Iterator[dict[str, Any]]
Columns = tuple[str, ...]

WHOLE = frozenset({"position", "version", "round", "quantity", "points", "owed", "people"})
DAYS = frozenset({"on"})
MOMENTS = frozenset(
    {
        "occurred_at", "recorded_at", "registered_at", "dispatched_at", "respond_by", "responded_at",
        "first_resolve_by", "extended_at", "resolve_by", "resolved_at", "followed_up_at", "ended_at",
    }
)  # fmt: skip
"""Columns that a typed form keeps as whole numbers, days and moments; all others are text."""
GROUP = 20_000
"""Rows of a Parquet row group: what is in memory at once."""


def write_jsonl(file: IO[bytes], rows: Rows, columns: Columns, progress: Progress) -> int:
    done = 0
    for row in rows:
        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        done += 1
        if done % 1_000 == 0:
            progress(done, None)
    progress(done, done)
    return done


def write_csv(file: IO[bytes], rows: Rows, columns: Columns, progress: Progress) -> int:
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


def write_parquet(file: IO[bytes], rows: Rows, columns: Columns, progress: Progress) -> int:
    """Moments in UTC, days as days, whole numbers as such; nested values as JSON; what is missing is null."""
    import pyarrow
    from pyarrow import parquet

    kinds = {name: pyarrow.int64() for name in WHOLE} | {name: pyarrow.date32() for name in DAYS}
    kinds |= {name: pyarrow.timestamp("us", "UTC") for name in MOMENTS}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in columns])
    done = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(rows, GROUP)):
            cells = [[_typed(name, row[name]) for row in group] for name in columns]
            arrays = [pyarrow.array(cell, field.type) for cell, field in zip(cells, schema, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            done += len(group)
            progress(done, None)
    progress(done, done)
    return done


WRITERS: dict[str, Callable[[IO[bytes], Rows, Columns, Progress], int]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "parquet": write_parquet,
}


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    value = _flat(value)
    return guarded(value) if isinstance(value, str) else value


def _flat(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else value


def _typed(name: str, value: Any) -> Any:
    if value is None or name in WHOLE:
        return value
    if name in DAYS:
        return date.fromisoformat(value)
    if name in MOMENTS:
        return datetime.fromisoformat(value)
    return _flat(value)
