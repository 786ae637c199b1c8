"""`huisheng erase` and `huisheng keys …`: forgetting a person, and the keys all sealed values hang on."""

import os
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

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

keys = typer.Typer(help="The keys of sealed values.", no_args_is_help=True, rich_markup_mode=None)

ERASE = """\
His key is destroyed: what he said, and what was said about him under it, can never be read again; the history
stays whole and provable. A legal hold, an open dispute about his points or a retention required by law stops
it (exit 3). What others wrote of him in their own cases is listed, to be redacted by hand.

Examples:

\b
  huisheng erase p-0193a1f4 --reason "he asked for it"
  huisheng erase 13800000000 --reason "she asked for it" --dry-run
"""

ROTATE = """\
Every key is wrapped under a new master key; no sealed value changes. Killed half-way, nothing is lost: the
next command finishes or undoes it. Running servers notice by themselves. Make a new backup of the keys
afterwards: the old ones need the old master key, which is gone.

Examples:

\b
  huisheng keys rotate
"""

BACKUP = """\
A copy of keys.db, taken while everything runs. It opens nothing without the master key: keep the two apart.
Keep no copy longer than 30 days: the keys of people erased since are still in it. To put one back, see
`huisheng keys restore --help`.

Examples:

\b
  huisheng keys backup /mnt/safe/keys-monday.db
  huisheng keys status
"""


RESTORE = """\
For a key store that is lost, damaged or lacks a key. Stop the server first. The file is looked through before
anything is changed: it must belong to the master key in use, and every key in it must open. Keys that are
there and open stay as they are, also those made since; a destroyed key stays destroyed, and whoever was
erased since is erased again before anything is read. A store that is no database any more is moved aside,
never deleted. It is recorded as a fact. Exit 1 where somebody's values still cannot be opened: the first is
named.

Examples:

\b
  huisheng keys restore /mnt/safe/keys-monday.db
  huisheng audit verify
"""


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ERASE)(erase)
    app.add_typer(keys, name="keys")


def erase(
    person: Annotated[str, typer.Argument(help="His id, or his telephone number.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the log, so name nobody.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would touch.")] = False,
    form: As = Format.table,
) -> None:
    """Forget a person: destroy his key, and list the other cases that name him."""
    from api import erasing
    from engine.desk import Order
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    try:
        kept_for = erasing.retention(os.environ)
    except ValueError:
        fail(USAGE, f"{erasing.RETENTION} is a number of days")
    with existing(data, database) as engine:
        with progress_bar("bringing the views up to date", form) as move:
            engine.catch_up(progress=move)
        named = erasing.person_named(engine, person)
        if named is None:
            fail(INPUT, "nobody has this id or this number")
        started = perf_counter()
        plan = erasing.planned(engine, named, kept_for)
        if dry_run:
            engine.desk.do(Order(plan.steps(reason), OPERATOR, dry_run=True))
        else:
            erasing.erase(engine, plan, reason, OPERATOR)
        seconds = round(perf_counter() - started, 3)
    answer = {
        "person": named,
        "erased": not dry_run,
        "cases": len(plan.cases),
        "others": list(plan.others),
        "care_plans": list(plan.care),
        "seconds": seconds,
    }
    if form is Format.json:
        show_one(answer, form)
        return
    show_one(answer | {"others": len(plan.others), "care_plans": ", ".join(plan.care)}, form)
    if plan.others:
        say("cases of others in which his name or number stands; redact them by hand:")
        show_rows(plan.others, form)


@keys.command("rotate", epilog=ROTATE)
def rotate(data: Data = DEFAULT_DATA, database: Database = None, form: As = Format.table) -> None:
    """Change the master key."""
    from api.administration import note
    from domain.administration import NoteRotation
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    with existing(data, database) as engine:
        started = perf_counter()
        with progress_bar("wrapping keys anew", form) as move:
            done = engine.vault.rotate_keys(move)
        seconds = round(perf_counter() - started, 3)
        note(engine, NoteRotation(done), OPERATOR)
    show_one({"keys": done, "seconds": seconds}, form)
    if form is Format.table:
        say("now make a backup of the keys: huisheng keys backup FILE")


@keys.command("backup", epilog=BACKUP)
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Copy the key store, without the master key."""
    from api.administration import note
    from domain.administration import NoteBackup
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    with existing(data, database) as engine:
        position = engine.log.head()
        try:
            engine.vault.copy_keys(file)
        except FileExistsError:
            fail(USAGE, f"{file} exists; a backup never overwrites")
        there, gone = engine.vault.keys_counted()
        note(engine, NoteBackup("keys", position), OPERATOR)
    show_one({"file": str(file), "keys": there, "destroyed": gone}, form)


@keys.command("restore", epilog=RESTORE)
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The backup to read.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Put keys back from a backup of the key store, after looking it through."""
    from api.administration import note
    from api.compose import master_file
    from domain.administration import NoteKeysRestored
    from engine.keys_back import BadKeyBackup, put_back
    from engine.ledgerbook.sealing import check_keys
    from scripts.opening import existing, there
    from scripts.setting_up import OPERATOR

    there(data, database)
    try:
        back = put_back(data, file, master=master_file(os.environ))
    except BadKeyBackup as bad:
        fail(INPUT, f"{file} {bad}")
    with existing(data, database) as engine:
        with progress_bar("opening one value of every key", form) as move:
            missing = check_keys(engine.log, engine.vault, move)
        note(engine, NoteKeysRestored(back.keys, len(missing)), OPERATOR)
    aside = None if back.aside is None else str(back.aside)
    show_one({"keys": back.keys, "in_backup": back.held, "missing": len(missing), "aside": aside}, form)
    if missing:
        fail(DIFFERENT, f"{len(missing)} are still missing: {missing[0].message}")


@keys.command("status", epilog=BACKUP)
def status(data: Data = DEFAULT_DATA, database: Database = None, form: As = Format.table) -> None:
    """How many keys there are, and how they are kept."""
    from api.administration import keys_kept
    from scripts.opening import existing

    with existing(data, database) as engine:
        found = dict(keys_kept(engine, datetime.now(UTC)))
    show_one(found, form)
