"""`huisheng import` and `export`: tickets of other systems in, facts and cases out."""

from pathlib import Path
from typing import Annotated

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

EXPORT = """\
Only its owner may read the file: it holds what was sealed, unless --redact. CSV cells that a spreadsheet
would run as formulas are made harmless.

Examples:

\b
  huisheng export cases --as csv -o october.csv --from 2026-10 --to 2026-10
  huisheng export events -o facts.jsonl --redact
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
    from scripts.importing import BadImport, follow, load_mapping, run
    from scripts.opening import opened

    chosen = mapping_file(mapping)
    behind = 0
    try:
        known = load_mapping(chosen)
        with opened(data, database) as engine:
            with progress_bar(f"importing {file.name}", form) as move:
                summary = run(engine, file, known, dry_run=dry_run, adopt_open=adopt_open, progress=move)
            if not dry_run:
                with progress_bar("bringing the views up to date", form) as move:
                    behind = follow(engine, move)
    except BadImport as bad:
        fail(INPUT, str(bad))
    show_one(summary.as_json(), form)
    if summary.rejected_file and form is Format.table:
        say(f"{summary.rejected} rows were rejected, each with its reason: {summary.rejected_file}")
    if behind:
        say(f"the views still lack {behind} facts: the process that keeps them does not go on; see /readyz")


def export(
    what: Annotated[str, typer.Argument(help="events or cases.")],
    out: Annotated[Path, typer.Option("-o", "--out", dir_okay=False, help="The file to write.")],
    written_as: Annotated[str, typer.Option("--as", help="jsonl or csv.")] = "jsonl",
    first: Annotated[str, typer.Option("--from", help="First day, month or moment.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, month or moment, included.")] = "",
    redact: Annotated[bool, typer.Option("--redact", help="Open nothing that is sealed.")] = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Write facts, or one row per handling round, for analysts. Memory does not grow with the log."""
    from scripts.exporting import FORMS, KINDS, export
    from scripts.moments import first as start
    from scripts.moments import last as end
    from scripts.opening import existing

    if what not in KINDS or written_as not in FORMS:
        fail(USAGE, f"exports are {' or '.join(KINDS)}, --as {' or '.join(FORMS)}")
    with existing(data, database) as engine, progress_bar(f"exporting {what}", form) as move:
        zone = engine.desk.stage().organisation.zone
        since = start(first, "--from", zone) if first else None
        until = end(last, "--to", zone) if last else None
        done = export(engine, what, written_as, out, start=since, end=until, redact=redact, progress=move)
    show_one({"file": done.file, "rows": done.rows}, form)
