"""`huisheng init`, `import`, `export`, `rebuild`, `backup`, `restore`: what is done to a store as a whole."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.terminal import (
    DEFAULT_DATA,
    DIFFERENT,
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
    show_rows,
)

INIT = """\
Examples:

\b
  huisheng init scripts/samples/community.toml              show what is missing, and record it
  huisheng init scripts/samples/community.toml --dry-run    only show it
  huisheng init scripts/samples/duties.toml                 the calendar of duties
  huisheng init scripts/samples/people.toml                 people, grants, posts and a body
  huisheng init scripts/samples/people.toml --revoke        also take back what is not in the file
"""

BACKUP = """\
The file holds everything, the keys too: whoever has it can read every case. Views are not kept; they are
built again from the log. Works while a server runs.

Examples:

\b
  huisheng backup monday.huisheng
  huisheng restore monday.huisheng --data fresh
"""


def add_to(app: typer.Typer) -> None:
    app.command(epilog=INIT)(init)
    app.command(epilog=BACKUP)(backup)
    app.command(epilog=BACKUP)(restore)


def init(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What there is: TOML.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be recorded, record nothing.")
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Take back what the file's people have and it does not give.")
    ] = False,
    form: As = Format.table,
) -> None:
    """Set up an organisation, its rule books and its people. Run again, it records only what is new."""
    from scripts.opening import opened
    from scripts.setting_up import BadSetup, Register, apply, load

    try:
        setup = load(file)
    except BadSetup as bad:
        fail(INPUT, str(bad))
    with opened(data, database) as engine:
        register = Register(engine.desk, engine.vault, engine.accounts)
        try:
            changes = apply(engine.desk, setup, register, dry_run=True, revoke=revoke)
            rows = [{"change": each.sign, "what": each.text} for each in changes.said]
            if rows and form is Format.table:  # shown before anything is changed
                show_rows(rows, form)
            if not dry_run:
                changes = apply(engine.desk, setup, register, revoke=revoke)
        except BadSetup as bad:
            fail(INPUT, f"{file}: {bad}")
    position = changes.receipt.position if changes.receipt else None
    recorded = len(changes.changes) if changes.receipt else 0
    answer = {"changes": rows, "recorded": recorded, "position": position}
    if form is not Format.table:
        show_rows(rows, form, answer=answer)
    if form is Format.table:
        say(ended(bool(changes), dry_run, position))


def ended(anything: bool, dry_run: bool, position: int | None) -> str:
    if not anything:
        return "nothing to do: the store is as the file asks"
    if dry_run:
        return "not recorded (--dry-run)"
    return "logins kept" if position is None else f"recorded, up to position {position}"


def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Keep the embedded store in one file, while everything runs."""
    from api.administration import note
    from api.compose import master_file
    from domain.administration import NoteBackup
    from scripts import keeping
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    embedded_only(database)
    try:
        with progress_bar("backing up", form) as move:
            kept = keeping.backup(data, file, move, master=master_file(os.environ))
    except FileExistsError:
        fail(USAGE, f"{file} exists; a backup never overwrites")
    with existing(data) as engine:
        note(engine, NoteBackup("store", kept.position), OPERATOR)
    show_kept(kept, file, form)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file to read.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Make a store of a backup. Refuses a folder that is not empty."""
    from api.administration import note
    from api.compose import master_file
    from domain.administration import NoteRestore
    from scripts import keeping
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    embedded_only(database)
    try:
        with progress_bar("restoring", form) as move:
            kept = keeping.restore(file, data, move, master=master_file(os.environ))
    except FileExistsError as error:
        fail(USAGE, str(error))
    except keeping.BadBackup as bad:
        fail(INPUT, f"{file}: {bad}")
    with existing(data) as engine:  # before anything is read, whoever was erased is erased again
        note(engine, NoteRestore(kept.made_at, kept.position), OPERATOR)
        sign_restored(engine, f"restored from {file.name}, made at {kept.made_at}")
    show_kept(kept, file, form)


def sign_restored(engine: Any, reason: str) -> None:
    """Where checkpoints were signed before: the restore as a fact under the next one."""
    from engine.ledgerbook.signing import SigningRefused
    from scripts.restoring import accept

    if engine.trail.book.last() is None and engine.trail.keys.mark() is None:
        return
    try:
        accept(engine, reason)
    except SigningRefused as refused:
        fail(DIFFERENT, f"restored, but no checkpoint is signed: {refused}")


def embedded_only(database: str | None) -> None:
    if database is not None:
        fail(
            USAGE,
            "this keeps the embedded store; for PostgreSQL use pg_dump, and copy keys.* and blobs",
        )


def show_kept(kept: Any, file: Path, form: Format) -> None:
    answer = {
        "file": str(file),
        "position": kept.position,
        "evidence": kept.evidence,
        "made_at": kept.made_at,
    }
    show_one(answer, form)
