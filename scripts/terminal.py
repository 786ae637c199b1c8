"""What the operator sees: rows as a table, JSON or CSV, one line on stderr when something is wrong.

Exit codes: 0 done, 1 a check found a difference, 2 wrong usage, 3 bad input, 4 the store is unavailable.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

DIFFERENT, USAGE, INPUT, STORE = 1, 2, 3, 4

Row = Mapping[str, Any]


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


Data = Annotated[
    Path,
    typer.Option("--data", envvar="HUISHENG_DATA", help="Folder of the embedded store.", show_default=True),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", envvar="HUISHENG_DATABASE", help="PostgreSQL URL, instead of the embedded log."
    ),
]
As = Annotated[Format, typer.Option("--format", help="How to print what is found.")]

DEFAULT_DATA = Path("var")
PIPED = 240
"""Columns of a table that no terminal bounds."""


class Failed(Exception):
    """The command ends here, with this exit code and one line for the operator."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def fail(code: int, message: str) -> NoReturn:
    raise Failed(code, message)


def say(message: str) -> None:
    """For people, beside the answer: goes to stderr so that the answer can be piped."""
    print(message, file=sys.stderr, flush=True)


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote in front."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def flat(value: Any) -> Any:
    """A nested value as one cell."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(flat(item)) for item in value)
    return "" if value is None else value


def columns_of(rows: Iterable[Row]) -> list[str]:
    """Every column, in the order in which rows first name it."""
    return list(dict.fromkeys(name for row in rows for name in row))


def print_json(answer: object) -> None:
    """One line, so that the last line of a command's output is its whole answer."""
    options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    sys.stdout.flush()
    sys.stdout.buffer.write(orjson.dumps(answer, option=options))
    sys.stdout.buffer.flush()


def print_csv(rows: Sequence[Row], columns: Sequence[str] | None = None) -> None:
    names = list(columns or columns_of(rows))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([harmless(flat(row.get(name))) for name in names])


def print_table(rows: Sequence[Row], columns: Sequence[str] | None = None, *, title: str = "") -> None:
    names = list(columns or columns_of(rows))
    console = Console() if sys.stdout.isatty() else Console(width=PIPED)
    table = Table(title=title or None, title_justify="left", header_style="bold", show_edge=False)
    for name in names:
        numeric = all(isinstance(row.get(name), (int, float)) for row in rows) and bool(rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(flat(row.get(name))) for name in names))
    console.print(table)


def show_rows(rows: Sequence[Row], form: Format, *, answer: object = None, title: str = "") -> None:
    """Rows in the form asked for; `answer` is what JSON prints instead of the bare rows."""
    if form is Format.json:
        print_json(rows if answer is None else answer)
    elif form is Format.csv:
        print_csv(rows)
    else:
        print_table(rows, title=title)


def show_one(answer: Row, form: Format, *, title: str = "") -> None:
    """One record: a line of JSON, a line of CSV, or a name and a value per line."""
    if form is Format.json:
        print_json(answer)
    elif form is Format.csv:
        print_csv([answer])
    else:
        print_table([{"": name, " ": flat(value)} for name, value in answer.items()], title=title)


@contextmanager
def progress_bar(what: str, form: Format) -> Iterator[Any]:
    """A function `(done, of)` that moves a bar on stderr; silent when stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(what, total=None)

        def move(done: int, of: int | None = None) -> None:
            progress.update(task, completed=done, total=of)

        yield move
