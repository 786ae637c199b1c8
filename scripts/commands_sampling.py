"""`huisheng audit sample`: the draw of a weekly spot check, and the same redrawn from its pack."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

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
    say,
    show_one,
    show_rows,
)

SAMPLE = """\
Shows the draw of a week whose frame is fixed. Where none is, cases are drawn out of the week as it stands and
the answer is a demo draw, which proves nothing: without a value nobody could know before, whoever makes the
frame could steer it. --fix fixes the frame of a week that is over; the panel then records what it threw or
what a lottery drew (`POST /api/v1/spot-checks/{id}/value`).

--pack writes everything that is needed to draw again, without the store; with --verify it is read and
redrawn, and no store is opened. Exit 1 where it does not fit.

Examples:

\b
  huisheng audit sample --week 2026-W07
  huisheng audit sample --week 2026-W07 --grid demo/north --fix
  huisheng audit sample --week 2026-W07 --grid demo/north --pack week-07.json
  huisheng audit sample --pack week-07.json --verify --key "$(cat huisheng.vkey)"
"""


def add_to(audit: typer.Typer) -> None:
    audit.command(epilog=SAMPLE)(sample)


def sample(
    week: Annotated[str, typer.Option(help="As ISO 8601 writes it: 2026-W07.")] = "",
    grid: Annotated[str, typer.Option(help="Whose cases: a place and what lies below it.")] = "",
    fix: Annotated[bool, typer.Option("--fix", help="Fix the frame, for ever.")] = False,
    pack: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the pack, or read it.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Redraw from the pack.")] = False,
    key: Annotated[list[str] | None, typer.Option(help="With --verify: a vkey from elsewhere.")] = None,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """The draw of a weekly spot check, reproducible by anybody."""
    if verify:
        if pack is None:
            fail(USAGE, "--verify reads a pack: --pack FILE")
        again(pack, key or [], form)
        return
    answer, packed = drawn(week, grid.strip("/"), fix, data, database)
    if pack is not None:
        pack.write_bytes(orjson.dumps(packed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        say(f"the pack is in {pack}")
    if form is Format.json:
        show_one(answer, form)
        return
    draw = answer["draw"]
    told = {"week": answer["week"], "place": answer["place"] or "everywhere", "draw": draw["kind"]}
    told |= {"frame": answer["frame"]["size"], "root": answer["frame"]["root"], "seed": draw["seed"]}
    told |= {"checkpoint": answer["checkpoint"]["size"], "witnessed": answer["checkpoint"]["witnessed"]}
    if form is Format.table:
        show_one(told | ({"note": draw["label"]} if "label" in draw else {}), form)
    shown = ("id", "number", "state", "result", "lot")
    show_rows([{name: case.get(name) for name in shown} for case in answer["cases"]], form)


def drawn(
    week: str, grid: str, fix: bool, data: Path, database: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the answer, the pack): what was fixed and drawn; else a demo draw."""
    from api import framing
    from api.cases import Cases
    from domain import sampling
    from domain.refusals import Refused
    from domain.steps import Step
    from engine.desk import Order
    from engine.ledgerbook.signing import SigningRefused
    from scripts.opening import existing
    from scripts.replaying import OPERATOR

    try:
        sampling.check_week(week)
    except Refused:
        fail(USAGE, f"--week takes a week such as 2026-W07, not {week!r}")
    with existing(data, database) as engine:
        if grid and engine.desk.stage().organisation.grid(grid) is None:
            fail(USAGE, f"there is no place {grid}")
        engine.catch_up()
        place = place_of(engine, week, grid)
        stream = sampling.stream_of(week, place)
        spot = framing.found(engine, stream)
        if spot is None:
            try:
                kept = None if fix else engine.trail.book.last()
                signed = framing.signed_by(engine, kept or engine.trail.catch_up())
            except SigningRefused as refused:
                fail(DIFFERENT, f"no checkpoint is signed: {refused}")
            except TimeoutError as error:
                fail(STORE, f"{error}: another process hashes and does not go on")
            tickets = framing.tickets_of(engine, week, place, signed.position)
            if not fix:
                return demo(engine, week, place, tickets, signed)
            command = sampling.FixFrame(
                week, place, signed.position, signed.size, signed.root, signed.witnesses, tickets
            )
            engine.desk.do(Order((Step("sampling", stream, command, 0),), OPERATOR))
            spot = framing.found(engine, stream)
            assert spot is not None
        elif fix:
            fail(USAGE, f"the frame of {week} is fixed already")
        answer = framing.overview(engine, Cases(engine), spot, None)
        answer["frame"]["cases"] = [ticket.case for ticket in spot.frame.tickets]
        return answer, framing.pack_of(engine, spot)


def place_of(engine: Any, week: str, grid: str) -> str:
    """The place asked for; where none is, the only one whose frame of the week is fixed."""
    from engine.read import Filter, rows

    if grid:
        return grid
    with engine.views.read() as reading:
        found = rows(reading, "spot_checks", where=[Filter("week", "=", week)], limit=50).items
    if len(found) > 1:
        fail(USAGE, f"several frames of {week} are fixed; --grid: {', '.join(row['place'] for row in found)}")
    return str(found[0]["place"]) if found else ""


def demo(
    engine: Any, week: str, place: str, tickets: Any, signed: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Drawn out of the frame alone, and said so in every answer."""
    from api import framing
    from api.cases import Cases
    from domain.sampling.draw import lot

    packed = framing.demo_pack(engine, week, place, tickets, signed)
    cases = Cases(engine)
    found = [(id, cases.must(id)) for id in packed["draw"]]
    answer = {
        "week": week,
        "place": place,
        "frame": {
            "root": packed["root"],
            "size": len(tickets),
            "many": packed["many"],
            "cases": [each.case for each in tickets],
        },
        "draw": {
            "kind": "demo draw",
            "label": framing.DEMO,
            "label_en": framing.DEMO_EN,
            "value": "",
            "seed": packed["seed"],
        },
        "checkpoint": signed.plain() | {"note": signed.note},
        "cases": [
            {"id": id, "number": case.opening.number, "state": case.state, "lot": lot(packed["seed"], id)}
            for id, case in found
        ],
    }
    return answer, packed


def again(pack: Path, keys: list[str], form: Format) -> None:
    from scripts.redrawing import NoPack, redrawn

    try:
        read = orjson.loads(pack.read_bytes())
        told = redrawn(read if isinstance(read, dict) else {}, keys)
    except FileNotFoundError:
        fail(INPUT, f"there is no {pack}")
    except (orjson.JSONDecodeError, NoPack, ValueError) as error:
        fail(INPUT, f"{pack}: {error}")
    show_one(told, form)
    if not told["ok"]:
        fail(DIFFERENT, "; ".join(told["findings"]))
