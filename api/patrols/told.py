"""Who may know of patrols, sweeps and watches, and what he is told: rows, opened words, facts in sentences.

A node answers for what was walked in it and below; of a sweep over several grids each sees his own share.
Residents and units know of none of them: they meet the case that came of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api import problems, stories, telling
from api.answers import at
from api.listing import newest_of
from api.orders import Asking
from api.periods import end, start
from api.permitted import permitted
from api.registers_then import Register, found_then
from api.registers_then import told as told_page
from api.sight import NOTHING, everywhere, reads
from api.telling import Reading, Telling
from api.then import Then, lines_then
from domain.messages import Actor, Recorded
from domain.organisation import within
from domain.patrols import patrol, recurrence, route, sweep
from engine.desk import Receipt
from engine.engine import Engine
from engine.read import Among, AnyOf, Condition, Filter
from projections.case import Kept, micros
from projections.history import sentence as of_case
from projections.patrols import patrols, recurrences, sweeps
from projections.patrols.telling import SENTENCES
from projections.patrols.telling import sentence as of_patrol
from projections.views import Row
from projections.words import Speaker

OUTSIDERS = ("resident", "unit")
LISTS = ("stops", "participants", "units", "missed", "evidence", "complaints")
MOMENTS = ("set_at", "patrolled_at", "due", "opened_at", "closed_at")
SEALED = ("reason", "note", "what", "label")
FLAGS = ("overdue", "missed", "reopened")
HIDDEN = ("next_by", "set_position", "recorded_position", "opened_position")
DECIDERS: Mapping[str, Any] = {
    "patrol-route": route, "patrol": patrol, "sweep": sweep, "recurrence": recurrence,
}  # fmt: skip
FOLDED: Mapping[str, tuple[Callable[..., Any], Callable[..., Row]]] = {
    "patrol_routes": (patrols.fold_route, patrols.route_row),
    "patrols": (patrols.fold_patrol, patrols.patrol_row),
    "sweeps": (sweeps.fold, sweeps.row),
    "recurrence_watches": (recurrences.fold, recurrences.row),
}
REGISTERS: Mapping[str, Register] = {
    each.table: each
    for each in (
        Register(
            patrols.PATROL_ROUTES, "patrol_routes", ("set_position", "desc"), frozenset(), "set_position"
        ),
        Register(
            patrols.PATROL_BOOK,
            "patrols",
            ("recorded_position", "desc"),
            frozenset({"kind", "route", "grid", "patrolled_at"}),
            "recorded_position",
            "patrolled_at",
        ),
        Register(
            sweeps.SWEEP_BOOK,
            "sweeps",
            ("opened_position", "desc"),
            frozenset({"category", "case", "grid", "opened_at"}),
            "opened_position",
            "opened_at",
        ),
        Register(
            recurrences.RECURRENCE_WATCHES, "recurrence_watches", ("id", "asc"), frozenset({"case", "grid"})
        ),
    )
}
"""The watch of a case may be set anew: its place in today's order is not the one it had."""
BOOK_OF = {"patrol": "patrols", "sweep": "sweeps", "recurrence": "recurrence_watches"}
"""Which book a stream stands in, by what its id begins with."""
ORDERS = {
    "patrol_routes": "set_position",
    "patrols": "recorded_position",
    "sweeps": "opened_position",
    "recurrence_watches": "set_position",
}


def in_sight(actor: Actor, table: str) -> Sequence[Condition]:
    """What a list of this caller is narrowed to."""
    if everywhere(actor):
        return ()
    if actor.role in OUTSIDERS or not actor.scope:
        return (NOTHING,)
    own = Filter("grid", "under", actor.scope)
    if table != "sweeps":
        return (own,)
    return (AnyOf((own, Among("id", "sweep_grids", "sweep", (own,)))),)


def shares(actor: Actor, grid: str) -> bool:
    return everywhere(actor) or (bool(actor.scope) and within(grid, actor.scope))


def state_of(engine: Engine, table: str, id: str) -> Any:
    """It, folded from its own facts: never behind. Problem 404 if there is none of this kind."""
    fold, _ = FOLDED[table]
    state: Any = None
    try:
        for line in engine.log.stream(id):
            state = fold(state, line)
    except ValueError as error:  # a stream of another kind
        raise problems.not_found() from error
    if state is None:
        raise problems.not_found()
    return state


def known(engine: Engine, actor: Actor, table: str, id: str) -> Any:
    """As `state_of`, and Problem 404 where the caller may not know of it, too."""
    state = state_of(engine, table, id)
    nodes = [each.grid for each in state.grids] if table == "sweeps" else [state.grid]
    if actor.role in OUTSIDERS or not any(shares(actor, each) for each in nodes):
        raise problems.not_found()
    return state


def found(engine: Engine, actor: Actor, table: str, id: str, then: Then | None = None) -> Row:
    """Its row, now or then. Problem 404 as `known`, and where it was not there then."""
    row: Row = FOLDED[table][1](known(engine, actor, table, id))
    return row if then is None else REGISTERS[table].must_row(engine, id, then)


def days(engine: Engine, column: str, first: str, last: str) -> list[Condition]:
    """Local days (or months), both included, of a column of moments. Problem 422 for what is none."""
    zone = engine.desk.stage().organisation.zone
    where: list[Condition] = []
    if first:
        where.append(Filter(column, ">=", micros(start(first, "from", zone))))
    if last:
        where.append(Filter(column, "<=", micros(end(last, "to", zone))))
    return where


def listed(
    engine: Engine,
    actor: Actor,
    table: str,
    where: Sequence[Condition],
    shown: Callable[[Row], dict[str, Any]],
    *,
    after: str | None,
    limit: int,
    then: Then | None = None,
) -> dict[str, Any]:
    """One page, newest first, and how many pass in all; with `then` as it was, counted nowhere. Problem 422
    for a cursor of another list."""
    if then is not None:
        seen = in_sight(actor, table)
        got = found_then(engine, REGISTERS[table], then, seen, lambda _: where, after=after, limit=limit)
        return told_page(got, shown)
    mine = (*in_sight(actor, table), *where)
    return newest_of(
        engine, table, ORDERS[table], mine, shown, after=after, limit=limit, alone=True, total=True
    )


def sentence(line: Recorded, s: Speaker) -> str:
    """Of a patrol, or of the complaint it brought."""
    return of_patrol(line, s) if type(line.fact) in SENTENCES else of_case(line, s)


class Teller:
    """Tells one caller. Sealed words are opened for whoever words are meant for."""

    def __init__(self, ask: Telling) -> None:
        self._ask = ask
        self._reads = reads(ask.actor, ask.engine.desk.stage().organisation)
        self._open = stories.opener(ask.cases)

    def opened(self, sealed: str | None) -> str | None:
        return self._open(Kept.of_json(sealed)) if sealed and self._reads else None

    def row(self, row: Row) -> dict[str, Any]:
        told = {str(name): value for name, value in row.items() if name not in HIDDEN}
        told |= {name: at(row[name]) for name in MOMENTS if name in row}
        told |= {name: json.loads(row[name]) for name in LISTS if isinstance(row.get(name), str)}
        told |= {name: self.opened(row[name]) for name in SEALED if name in row}
        told |= {name: bool(row[name]) for name in FLAGS if isinstance(row.get(name), int)}
        if "patrolled_on" in row:
            told["stops"] = [each | {"note": self.opened(each["note"])} for each in told["stops"]]
        return told

    def facts(self, lines: Sequence[Recorded]) -> list[dict[str, Any]]:
        cases = self._ask.cases if self._reads else None
        s = stories.speaker(self._ask.engine, self._ask.lang, self._ask.actor, cases)
        return telling.dated(lines, lambda line: sentence(line, s))

    def recorded(self, receipt: Receipt, dry_run: bool) -> dict[str, Any]:
        """What every command's answer ends with. A dry run says what would be recorded."""
        facts = self.facts(receipt.lines)
        complaints = [each["stream"] for each in facts if each["name"] == "complaint.registered"]
        return telling.ended(receipt, facts, dry_run) | {"complaints_registered": complaints}


def story(ask: Telling, kind: str, id: str, then: Then | None = None) -> dict[str, Any]:
    """Every fact of it in a sentence, and what the caller may do next; with `then` what had happened and was
    known, and nothing is allowed."""
    if then is not None:
        return {"history": Teller(ask).facts(lines_then(ask.engine, id, then))} | then.over()
    lines = list(ask.engine.log.stream(id))
    decider = DECIDERS[kind]
    said = {"history": Teller(ask).facts(lines)}
    return said | permitted(ask.engine, ask.actor, kind, id, decider.ROUTES, decider.permitted, ask.lang)


def reading(ask: Asking) -> Reading:
    return Reading(ask.engine, ask.cases, ask.actor, ask.lang)
