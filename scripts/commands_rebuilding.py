"""`huisheng rebuild`: the views again, from the log; compared with the live ones, put live in one step."""

import os
from typing import Annotated, Any

import typer

from scripts.terminal import (
    DEFAULT_DATA,
    DIFFERENT,
    STORE,
    USAGE,
    As,
    Data,
    Database,
    Format,
    fail,
    progress_bar,
    show_one,
)

REBUILD = """\
The product goes on meanwhile: the views are built beside the live ones, and deleted again unless --swap puts
them live. --verify compares row by row; it ends with exit code 1 and names the first difference.

Examples:

\b
  huisheng rebuild                        how fast, and whether it works at all
  huisheng rebuild --verify --jobs 2
  huisheng rebuild --verify --swap        live in one step, only if nothing differs
"""


def add_to(app: typer.Typer) -> None:
    app.command(epilog=REBUILD)(rebuild)


def worth(facts: int) -> int:
    """How many processes a log is worth: one for every 75,000 facts, as many as there are cores. Starting one
    costs about as long as folding 20,000."""
    return max(1, min(os.cpu_count() or 1, facts // 75_000))


def rebuild(
    projection: Annotated[str, typer.Option(help="Only this one (default: all).")] = "",
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Processes that share the work.", show_default="by its length"),
    ] = None,
    until: Annotated[str, typer.Option(help="Up to a log position, a day or a moment.")] = "",
    verify: Annotated[bool, typer.Option("--verify", help="Compare with the live views.")] = False,
    swap: Annotated[bool, typer.Option("--swap", help="Put the result live in one step.")] = False,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Replay the log into fresh views, with progress."""
    from api.administration import note
    from domain.administration import NoteRebuild
    from engine import rebuild as rebuilding
    from engine.fold import Poison
    from scripts.opening import existing
    from scripts.setting_up import OPERATOR

    with existing(data, database) as engine, progress_bar("rebuilding", form) as move:
        chosen = [found for found in engine.projections if projection in ("", found.NAME)]
        if not chosen:
            names = ", ".join(found.NAME for found in engine.projections)
            fail(USAGE, f"there is no projection {projection}; there are {names}")
        if verify:
            engine.catch_up()
        shared = jobs or worth(engine.log.head())
        try:
            report = rebuilding.rebuild(
                engine,
                chosen,
                until=position(engine, until),
                jobs=shared,
                verify=verify,
                swap=swap,
                progress=move,
            )
        except ValueError as wrong:
            fail(USAGE, str(wrong))
        except rebuilding.RebuildUnderway:
            fail(STORE, "another process is rebuilding the views of this store")
        except Poison as poison:
            fail(DIFFERENT, f"a fact cannot be folded: {poison}")
        difference = report.difference
        if report.swapped:
            made = tuple(found.NAME for found in chosen)
            note(engine, NoteRebuild(made, report.events), OPERATOR)
        answer: dict[str, Any] = {
            "events": report.events,
            "seconds": round(report.seconds, 3),
            "events_per_second": round(report.events_per_second),
            "projections": [found.NAME for found in chosen],
            "jobs": shared,
            "verified": None if not verify else difference is None,
            "difference": None if difference is None else str(difference),
            "generation": report.generation,
            "swapped": report.swapped,
        }
    show_one(answer, form)
    if difference is not None:
        fail(DIFFERENT, f"the live views differ from the log: {difference}")


def position(engine: Any, until: str) -> int | None:
    """A position as it is; the last position recorded by the end of a day, or by a moment."""
    if not until:
        return None
    if until.isdigit():
        return int(until)
    from scripts.moments import last

    return int(engine.log.position_at(last(until, "--until", engine.desk.stage().organisation.zone)))
