"""`huisheng duties`: the calendar of duties between two days, and series opened where they are missing."""

from collections import Counter
from datetime import date
from typing import Annotated, Any

import typer

from scripts.terminal import DEFAULT_DATA, USAGE, As, Data, Database, Format, fail, say, show_rows

DUTIES = """\
By the day each is due: done, missed, late (missed, then done), told_late (done in time, told afterwards),
open; without a fact yet coming, and skipped by the working calendar. This month where no days are told.

--open opens what the book in force asks for at every place that has it not yet: a running server does so by
itself once a book is adopted.

Examples:

\b
  huisheng duties
  huisheng duties --from 2026-11-01 --to 2026-11-30 --what listening
  huisheng duties --grid demo/north/sl --state missed --format csv
  huisheng duties --open
"""
COLUMNS = (
    "day",
    "what",
    "place",
    "period",
    "state",
    "due_by",
    "done_at",
    "missed_at",
    "moved_for",
    "explained",
)


def add_to(app: typer.Typer) -> None:
    app.command(epilog=DUTIES)(duties)


def duties(
    since: Annotated[str, typer.Option("--from", help="A local day: 2026-11-01.")] = "",
    until: Annotated[str, typer.Option("--to", help="Included.")] = "",
    grid: Annotated[str, typer.Option(help="A place and what lies below it.")] = "",
    what: Annotated[str, typer.Option(help="One line of the book: patrol, listening …")] = "",
    state: Annotated[str, typer.Option(help="Only those done, missed, late, told_late, open, coming …")] = "",
    opening: Annotated[bool, typer.Option("--open", help="Open what is missing, everywhere.")] = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """What recurs: done, missed, open and to come."""
    from api.duty_calendar import coming
    from api.duty_calendar.laid_out import Calendar
    from domain.refusals import Refused
    from scripts.opening import existing
    from scripts.replaying import OPERATOR

    with existing(data, database) as engine:
        if opening:
            say(f"{opened(engine)} series opened")
        engine.catch_up()
        try:
            asked = coming.asked(engine, _day("--from", since), _day("--to", until), grid, what)
        except Refused as no:
            fail(USAGE, f"{no}: {no.help}")
        rows = list(Calendar(engine, OPERATOR, asked).all(state))
    answer = {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "counts": dict(Counter(row["state"] for row in rows)),
        "items": rows,
    }
    show_rows([{name: row[name] for name in COLUMNS} for row in rows], form, answer=answer)


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(USAGE, f"{option} takes a day such as 2026-11-01, not {text!r}")


def opened(engine: Any) -> int:
    """How many series were not open and are now, at every place of a line's level."""
    from domain.duties import OpenSeries, stream_of
    from domain.steps import Step
    from engine.desk import Order
    from scripts.replaying import OPERATOR

    stage = engine.desk.stage()
    rules = stage.books.duties(stage.organisation.local_date(engine.clock()))
    many = 0
    for path in sorted(stage.organisation.grids):
        level = stage.organisation.grids[path].level
        steps = tuple(
            Step("duty", stream_of(line.code, path), OpenSeries(line.code, path))
            for line in rules.of_level(level)
        )
        if steps:
            many += len(engine.desk.do(Order(steps, OPERATOR)).lines)
    return many
