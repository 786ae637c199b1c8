"""`huisheng audit …`: checkpoints, receipts, and reading everything again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.ledgerbook.keyfile import KeyUnusable
from engine.ledgerbook.notes import NoteRefused
from engine.ledgerbook.signing import SigningRefused
from engine.ledgerbook.trail import NoSuchEntry, NotYetSigned, Trail
from scripts.terminal import (
    DEFAULT_DATA,
    DIFFERENT,
    INPUT,
    STORE,
    USAGE,
    As,
    Data,
    Database,
    Format,
    fail,
    print_json,
    progress_bar,
    show_one,
)

CHECKPOINT = """\
A checkpoint is the tree's size and root, signed: two lines on paper that pin down everything recorded before.
Give it to the panel; whoever holds it can tell later whether anything was changed (verify --against).

Examples:

\b
  huisheng audit checkpoint
  huisheng audit checkpoint > monday.checkpoint
"""

VERIFY = """\
Reads every stored row again and compares it with its hash, the tiles, all checkpoints and the mark beside the
key; then opens one value of every key, adds up the ledger of points, and compares the views with a rebuild
(of a log over 200,000 facts only when asked: --views). Exit 1 names the first bad event.

Examples:

\b
  huisheng audit verify
  huisheng audit verify --against monday.checkpoint --format json
"""

PROVE = """\
EVENT is a position of the log, or STREAM@VERSION, or a stream (its last entry). The receipt is a text of at
most 2 KB that anyone can verify offline with the key of `/api/v1/audit/key`.

Examples:

\b
  huisheng audit prove 4711
  huisheng audit prove acct-resident@3 > credit.tlog-proof
"""

ROTATE = """\
A new key is made and signs beside the old one, so that those who know only the old one can still verify. When
everybody has the new one, --retire ends the old one's part; what it signed stays good.

Examples:

\b
  huisheng audit rotate
  huisheng audit rotate --retire
"""

ACCEPT = """\
A store that is older than its high-water mark, or has none, is not signed: it is a backup put in place. This
records why it is used, names the checkpoint that was lost, and signs. `huisheng restore` does it by itself.
Tell the panel: its witness refuses the log until it goes on with `huisheng witness --accept-restored`.

Example:

\b
  huisheng audit accept --reason "the disk died on Monday; Sunday's backup"
"""

BUNDLE = """\
A zip that proves itself without network: the entries, their receipts, the checkpoint, and a page that checks
them (open index.html). Sealed values stay sealed. KIND is claim, account (with --month), complaint or figure.

Examples:

\b
  huisheng audit bundle claim clm-06aw… -o claim.zip
  huisheng audit bundle account acct-resident --month 2026-10 -o october.zip
  huisheng audit bundle figure fig-06aw… -o figure.zip
"""

VERIFY_PACK = """\
Needs no store and no network. Exit 1 names the first bad entry. The key in the pack only says who signed:
give the one you have from elsewhere with --key.

Examples:

\b
  huisheng audit verify-pack claim.zip
  huisheng audit verify-pack claim.zip --key huisheng/d01ede29fbe6+8ceffc5d+…
"""

QUICK = 200_000
"""Facts up to which the views are compared without being asked for."""

app = typer.Typer(
    help="The audit trail: checkpoints, receipts, verification.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@contextmanager
def trail_of(data: Path, database: str | None) -> Iterator[Trail]:
    """The trail of a store that is there, without the rest of the engine: what it reads may be damaged."""
    from api.compose import audit_setup
    from engine.log import Log

    if database is None and not (data / "log.db").exists():
        fail(STORE, f"{data} holds no store; make one with `huisheng init` or `huisheng serve`")
    log = Log.open(database, data)
    try:
        trail = Trail.open(data, log, audit_setup(os.environ))
        try:
            yield trail
        finally:
            trail.close()
    finally:
        log.close()


def signed(trail: Trail, form: Format) -> Any:
    """Everything hashed and signed. Ends the command where that is refused."""
    try:
        with progress_bar("hashing", form) as move:
            return trail.catch_up(move)
    except SigningRefused as refused:
        fail(DIFFERENT, f"no checkpoint is signed: {refused}")
    except TimeoutError as error:
        fail(STORE, f"{error}: another process hashes and does not go on")


@app.command(epilog=CHECKPOINT)
def checkpoint(data: Data = DEFAULT_DATA, database: Database = None, form: As = Format.table) -> None:
    """Sign the tree as it stands, and print the signed note."""
    from engine.ledgerbook.notes import encoded

    with trail_of(data, database) as trail:
        kept = signed(trail, form)
        keys = [str(key) for key in trail.verifiers()]
    if form is Format.json:
        origin = kept.note.partition("\n")[0]
        root = encoded(kept.root)
        print_json({"origin": origin, "size": kept.size, "root": root, "note": kept.note, "keys": keys})
    else:
        print(kept.note, end="")


@app.command(epilog=PROVE)
def prove(
    event: Annotated[str, typer.Argument(help="A position, STREAM@VERSION, or a stream.")],
    size: Annotated[int | None, typer.Option(min=1, help="Of an earlier checkpoint.")] = None,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Print the receipt of one entry."""
    with trail_of(data, database) as trail:
        signed(trail, form)
        position = position_of(trail, event)
        try:
            receipt = trail.receipt(position, size)
        except (NoSuchEntry, NotYetSigned, ValueError) as error:
            fail(INPUT, str(error) or "this entry is not signed yet")
    if form is Format.json:
        total = int(receipt.note.text.split("\n")[1])
        print_json({"position": position, "index": receipt.index, "size": total, "receipt": str(receipt)})
    else:
        print(receipt, end="")


def position_of(trail: Trail, event: str) -> int:
    if event.isdigit():
        return int(event)
    stream, _, version = event.partition("@")
    if version and not version.isdigit():
        fail(USAGE, f"{event}: a version is a number, as in {stream}@3")
    rows = trail.log.stream_rows(stream)
    found = [row[0] for row in rows if not version or row[2] == int(version)]
    if not found:
        fail(INPUT, f"there is no entry {event}")
    return found[-1]


@app.command(epilog=BUNDLE)
def bundle(
    kind: Annotated[str, typer.Argument(help="claim, account, complaint or figure.")],
    id: Annotated[str, typer.Argument(help="Whose entries; of a complaint its number will do.")],
    out: Annotated[Path, typer.Option("-o", "--out", dir_okay=False, help="The zip to write.")],
    month: Annotated[str, typer.Option(help="Of an account: as 2026-10.")] = "",
    size: Annotated[int | None, typer.Option(min=1, help="Of an earlier checkpoint.")] = None,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Write the offline proof pack of a claim, a month of an account, a case, or a published figure."""
    from scripts.bundling import NothingToPack, NotThere, packed
    from scripts.opening import existing

    with existing(data, database) as engine:
        signed(engine.trail, form)
        try:
            pack = packed(engine, kind, id, month, size)
        except NotThere as error:
            fail(INPUT, str(error))
        except (NothingToPack, NoSuchEntry, NotYetSigned, ValueError) as error:
            fail(USAGE, str(error) or "an entry is not signed yet")
    try:
        out.write_bytes(pack)
    except OSError as error:
        fail(INPUT, f"{out}: {error}")
    show_one({"file": str(out), "bytes": len(pack)}, form)


@app.command("verify-pack", epilog=VERIFY_PACK)
def verify_pack(
    pack: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A proof pack: the zip.")],
    key: Annotated[str, typer.Option(help="The verifier key you have from elsewhere.")] = "",
    form: As = Format.table,
) -> None:
    """Check a proof pack offline; exit 1 names the first bad entry."""
    from scripts.bundling import verdict

    answer, trouble = verdict(pack, key)
    show_one(answer, form)
    if trouble:
        fail(DIFFERENT, trouble)


@app.command(epilog=ROTATE)
def rotate(
    retire: Annotated[bool, typer.Option("--retire", help="Only the newest key signs from now on.")] = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Change the signing key, with both signing for a while."""
    with trail_of(data, database) as trail:
        signed(trail, form)
        keys = trail.keys.retire() if retire else trail.keys.rotate()
        kept = signed(trail, form)
    answer = {
        "signing": [str(key.verifier) for key in keys.signing],
        "retired": [str(key) for key in keys.retired],
        "size": kept.size,
    }
    show_one(answer, form)


@app.command(epilog=ACCEPT)
def accept(
    reason: Annotated[str, typer.Option(help="Why the backup was put in place.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Take a restored store into use, as a signed fact."""
    from scripts.opening import existing
    from scripts.restoring import accept as accepted

    with existing(data, database) as engine:
        try:
            kept = accepted(engine, reason)
        except SigningRefused as refused:
            fail(DIFFERENT, f"this is no restore but damage: {refused}")
    if kept is None:
        fail(USAGE, "there is nothing to accept: the store is signed as it is")
    show_one({"size": kept.size, "note": kept.note}, form)


@app.command(epilog=VERIFY)
def verify(
    against: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A checkpoint kept elsewhere: a signed note."),
    ] = None,
    views: Annotated[
        bool | None, typer.Option("--views/--no-views", help="Compare the views with a rebuild.")
    ] = None,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Read everything again; exit 1 names the first bad event."""
    from scripts.auditing import Verification

    held = against.read_bytes().decode("utf-8", "replace") if against else ""
    with trail_of(data, database) as trail:
        verification = Verification(trail, data, database, form)
        try:
            verification.rows(held)
        except NoteRefused as error:
            fail(INPUT, f"{against}: {error}")
        except KeyUnusable as error:
            fail(DIFFERENT, str(error))
    verification.rest(QUICK if views is None else None if views else 0)
    show_one(verification.answer(), form)
    if verification.trouble:
        fail(DIFFERENT, verification.trouble)
