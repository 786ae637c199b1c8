"""`huisheng import` and `export`: tickets of other systems in, facts and cases out."""

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
    show_one,
)

SHIPPED = Path(__file__).parent.parent / "mappings"

importing = typer.Typer(
    help="Bring in what another system kept.", no_args_is_help=True, rich_markup_mode=None
)

COMPLAINTS = """\
A ticket becomes facts with its own times; a closing without a follow-up is never counted as satisfied. The
file may be .csv, .jsonl or .xlsx, each also .gz. Stopped half-way? Run it again: nothing is imported twice.
Rejected rows go to a side file with line, field and reason; they leave exit code 0.

Examples:

\b
  huisheng import complaints tickets.csv --mapping plain
  huisheng import complaints tickets.xlsx --mapping mappings/hotline_cn.toml --dry-run
"""

LEDGER = """\
Columns account (or holder), kind, place, balance, as_of, source; Chinese headings are understood too. Each
row opens the account where it is not there yet, and books the balance once, from the counter-account
`opening`. The file may be .csv, .jsonl or .xlsx, each also .gz; running it again imports nothing twice.

Examples:

\b
  huisheng import ledger balances.csv --source paper-2024 --as-of 2024-12-31 --dry-run
  huisheng import ledger balances.xlsx
"""

HOUSEHOLDS = """\
Columns id, grid, address, people; also compound, kind, name, phone, tenure, since; Chinese headings are
understood too, others by --mapping. Names, numbers and addresses are sealed. The file may be .csv, .jsonl or
.xlsx, each also .gz. Stopped half-way? Run it again: nothing is imported twice.

Examples:

\b
  huisheng import households register.csv --dry-run
  huisheng import households register.xlsx --mapping street.toml
"""

EXPORT = """\
Only its owner may read the file: it holds what was sealed, unless --redact. CSV cells that a spreadsheet
would run as formulas are made harmless.

Examples:

\b
  huisheng export cases --as csv -o october.csv --from 2026-10 --to 2026-10
  huisheng export events -o facts.jsonl --redact
  huisheng export points --as parquet -o points.parquet --from 2026-01 --to 2026-06
"""


def add_to(app: typer.Typer) -> None:
    app.add_typer(importing, name="import")
    app.command(epilog=EXPORT)(export)


def mapping_file(named: str) -> Path:
    """A file of that name, or the shipped mapping called so. Ends with exit 2 where there is neither."""
    for path in (Path(named), SHIPPED / f"{named}.toml", SHIPPED / named):
        if path.is_file():
            return path
    shipped = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
    fail(USAGE, f"there is no mapping {named}; name a TOML file, or one of those shipped: {shipped}")


@importing.command("complaints", epilog=COMPLAINTS)
def import_complaints(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The tickets.")],
    mapping: Annotated[str, typer.Option(help="How to read its columns: a TOML file, or a shipped name.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing, say what would be.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a stop (it always does).")] = False,
    adopt_open: Annotated[
        bool, typer.Option("--adopt-open", help="Hand tickets still open to policies and watch.")
    ] = False,
    form: As = Format.table,
) -> None:
    """Import tickets as facts with their own times."""
    from scripts.importing import BadImport, load_mapping, run
    from scripts.opening import opened

    chosen = mapping_file(mapping)
    try:
        known = load_mapping(chosen)
        with opened(data, database) as engine:
            with progress_bar(f"importing {file.name}", form) as move:
                summary = run(engine, file, known, dry_run=dry_run, adopt_open=adopt_open, progress=move)
            behind = 0 if dry_run else followed(engine, form)
    except BadImport as bad:
        fail(INPUT, str(bad))
    show(summary, behind, form)


@importing.command("ledger", epilog=LEDGER)
def import_ledger(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The balances.")],
    source: Annotated[str, typer.Option(help="Which ledger told them, where the file does not say.")] = "",
    as_of: Annotated[str, typer.Option(help="The day they are of, where the file does not say.")] = "",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing, say what would be.")] = False,
    form: As = Format.table,
) -> None:
    """Import the balances another ledger of points ended with, as opening entries."""
    from scripts.importing import BadImport
    from scripts.importing.ledger import run
    from scripts.opening import opened

    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        fail(USAGE, f"--as-of takes a day, as in 2024-12-31; not {as_of!r}")
    try:
        with opened(data, database) as engine:
            with progress_bar(f"importing {file.name}", form) as move:
                summary = run(engine, file, source=source, as_of=day, dry_run=dry_run, progress=move)
            behind = 0 if dry_run else followed(engine, form)
    except BadImport as bad:
        fail(INPUT, str(bad))
    show(summary, behind, form)


@importing.command("households", epilog=HOUSEHOLDS)
def import_households(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The register.")],
    mapping: Annotated[str, typer.Option(help="A TOML file, where its columns are called otherwise.")] = "",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing, say what would be.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a stop (it always does).")] = False,
    form: As = Format.table,
) -> None:
    """Import a register of households, with their dwellings and since when they live there."""
    from scripts.importing import BadImport
    from scripts.importing.household_rows import load_mapping
    from scripts.importing.households import run
    from scripts.opening import opened

    try:
        known = load_mapping(mapping) if mapping else None
        with opened(data, database) as engine:
            with progress_bar(f"importing {file.name}", form) as move:
                summary = run(engine, file, known, dry_run=dry_run, progress=move)
            behind = 0 if dry_run else followed(engine, form)
    except BadImport as bad:
        fail(INPUT, str(bad))
    show(summary, behind, form)


def followed(engine: Any, form: Format) -> int:
    """Bring the views up to what was imported; how many facts they still lack."""
    from scripts.importing import follow

    with progress_bar("bringing the views up to date", form) as move:
        return follow(engine, move)


def show(summary: Any, behind: int, form: Format) -> None:
    show_one(summary.as_json(), form)
    if summary.rejected_file and form is Format.table:
        rows = "1 row was" if summary.rejected == 1 else f"{summary.rejected} rows were"
        say(f"{rows} rejected, each with its reason: {summary.rejected_file}")
    if behind:
        say(f"the views still lack {behind} facts: the process that keeps them does not go on; see /readyz")


def export(
    what: Annotated[str, typer.Argument(help="events, cases, points or households.")],
    out: Annotated[Path, typer.Option("-o", "--out", dir_okay=False, help="The file to write.")],
    written_as: Annotated[str, typer.Option("--as", help="jsonl, csv or parquet.")] = "jsonl",
    first: Annotated[str, typer.Option("--from", help="First day, month or moment.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, month or moment, included.")] = "",
    redact: Annotated[bool, typer.Option("--redact", help="Open nothing that is sealed.")] = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Write facts, one row per handling round, one per entry of the ledger of points, or one per household
    that lives here now. Memory does not grow with the log."""
    from api.administration import note
    from domain.administration import NoteExport
    from scripts.exporting import FORMS, KINDS, export
    from scripts.moments import first as start
    from scripts.moments import last as end
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    if what not in KINDS or written_as not in FORMS:
        fail(USAGE, f"exports are {' or '.join(KINDS)}, --as {' or '.join(FORMS)}")
    with existing(data, database) as engine, progress_bar(f"exporting {what}", form) as move:
        zone = engine.desk.stage().organisation.zone
        since = start(first, "--from", zone) if first else None
        until = end(last, "--to", zone) if last else None
        done = export(engine, what, written_as, out, start=since, end=until, redact=redact, progress=move)
        note(engine, NoteExport(what, done.rows, redact, since, until), OPERATOR)
    show_one({"file": done.file, "rows": done.rows}, form)
