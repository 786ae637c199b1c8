"""`huisheng rehearse`: what a deadlines version would have promised, before anybody adopts it."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.terminal import (
    DEFAULT_DATA,
    INPUT,
    USAGE,
    As,
    Data,
    Database,
    Format,
    fail,
    progress_bar,
    say,
    show_rows,
)

REHEARSE = """\
VERSION is a proposed version of the book deadlines, or a TOML file of one that nobody proposed. JSON is what
the job of POST /rule-books/deadlines/{version}/what-if answers. Nothing is written back.

Examples:

\b
  huisheng rehearse 2027-1
  huisheng rehearse deadlines-2027.toml --from 2026-09-01 --to 2026-11-30 --format json
"""


def add_to(app: typer.Typer) -> None:
    app.command(epilog=REHEARSE)(rehearse)


def rehearse(
    version: Annotated[str, typer.Argument(help="A version of the book, or a TOML file.")],
    first: Annotated[str, typer.Option("--from", help="Cases registered from this day.")] = "",
    last: Annotated[str, typer.Option("--to", help="Until this day, included.")] = "",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """What another deadlines version would have promised for the same cases; nothing is written back."""
    from api.rehearsing import tried, unproposed
    from domain.rule_books import BadContent
    from scripts.opening import existing

    begin, end = (None if not text else day(text) for text in (first, last))
    with existing(data, database) as engine, progress_bar("cases", form) as move:
        engine.catch_up()
        rules = engine.desk.stage().books.deadlines_of(version)
        if rules is None:
            try:
                rules = unproposed(tomllib.loads(Path(version).read_text("utf-8")), Path(version).stem)
            except OSError:
                fail(INPUT, f"there is no deadlines version {version}, and no such file")
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
                fail(INPUT, f"{version}: {bad}")
            except BadContent as bad:
                fail(INPUT, f"{version}: {bad.field}: {bad.message}")
        answer = tried(engine, None, rules, begin, end, move)
    show(answer, form)


def show(answer: dict[str, Any], form: Format) -> None:
    if form is not Format.table:
        show_rows(answer["items"], form, answer=answer)
        return
    show_rows(answer["clocks"], form, title=f"under {answer['version']}")
    columns = ("number", "round", "clock", "due", "due_under", "was", "would_be")
    show_rows([{name: item[name] for name in columns} for item in answer["items"][:20]], form)
    left = f", {answer['left_out']} promises not made by a rule left out" if answer["left_out"] else ""
    say(
        f"{answer['cases']} cases from {answer['from']} to {answer['to']}: {answer['differing']} deadlines "
        f"would differ{left}. Nothing was written back."
    )


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(USAGE, f"a day is written 2026-11-30, not {text}")
