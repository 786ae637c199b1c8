"""`huisheng erase-household`: forgetting who a household is."""

from time import perf_counter
from typing import Annotated

import typer

from scripts.terminal import (
    DEFAULT_DATA,
    INPUT,
    As,
    Data,
    Database,
    Format,
    fail,
    progress_bar,
    say,
    show_one,
)

ERASE = """\
Its key is destroyed: no name, number, reason or note sealed under it, at visits and in its care plan too, can
be read again; the history stays whole and provable. A claim on its points card that is not settled stops it
(exit 3). Its care plan ends once a server runs. Its members are people, each erased by himself: they are
listed.

Examples:

\b
  huisheng erase-household sl-0007 --reason "she asked for it"
  huisheng erase-household sl-0007 --reason "she asked for it" --dry-run
"""


def add_to(app: typer.Typer) -> None:
    app.command("erase-household", epilog=ERASE)(erase)


def erase(
    household: Annotated[str, typer.Argument(help="What the register calls it.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the log, so name nobody.")],
    data: Data = DEFAULT_DATA,
    database: Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would touch.")] = False,
    form: As = Format.table,
) -> None:
    """Forget who a household is: destroy its key, and name its members."""
    from api.households.personal import destroy, erasing_of
    from api.households.seeing import find
    from engine.desk import Order
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    with existing(data, database) as engine:
        with progress_bar("bringing the views up to date", form) as move:
            engine.catch_up(progress=move)
        found = find(engine, household)
        if found is None:
            fail(INPUT, f"the register has no household {household}")
        started = perf_counter()
        order = Order((erasing_of(engine, household, reason),), OPERATOR, dry_run=dry_run)
        engine.desk.do(order)
        if not dry_run:
            destroy(engine, household)
        seconds = round(perf_counter() - started, 3)
    answer = {"household": household, "erased": not dry_run, "seconds": seconds}
    members = sorted(each.person for each in found.members if not each.left_at)
    if form is Format.json:
        show_one(answer | {"members": members}, form)
        return
    show_one(answer | {"members": len(members)}, form)
    if members:
        say(f"its members, each erased by himself (huisheng erase): {', '.join(members)}")
