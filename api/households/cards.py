"""The points cards of households: whose they are, and the whole way their points went from card to card.

A card's account is found by its holder, the household's id. Where its points went on (a temporary card handed
over at a move), the other account belongs to the way too, and so on from there, in both directions.
"""

from collections.abc import Iterable
from typing import Any

from api.answers import at
from api.sight import everywhere
from domain.households.rules import stream_of
from domain.messages import Actor
from domain.organisation import within
from engine.read import Condition, Filter, rows
from engine.views import Reading
from projections.views import Row

MOST = 50
"""Cards on one way at most."""


def cards_of(reading: Reading, actor: Actor, households: Iterable[str]) -> dict[str, Any]:
    """`accounts` the households hold, or that points of theirs came from or went to, the oldest first;
    `path`: each handing over once, in the order recorded. What lies outside the caller's place is named by
    its id only."""
    holders = [name for each in households for name in (each, stream_of(each))]
    found = {row["id"]: row for row in _accounts(reading, Filter("holder", "in", holders))}
    path: dict[int, Row] = {}
    waiting = list(found)
    while waiting and len(found) < MOST:
        moved = _transfers(reading, waiting)
        for entry in moved:
            if entry["points"] < 0 or entry["position"] not in path:
                path[entry["position"]] = entry
        ends = {end for entry in moved for end in (entry["account"], entry["cause"])} - set(found)
        waiting = sorted(ends)
        found |= {row["id"]: row for row in _accounts(reading, Filter("id", "in", waiting))} if ends else {}
    return {
        "accounts": [
            _card(row, actor) for row in sorted(found.values(), key=lambda row: int(row["opened_position"]))
        ],
        "path": [_step(path[position]) for position in sorted(path) if path[position]["points"] < 0],
    }


def _accounts(reading: Reading, where: Condition) -> list[Row]:
    return rows(reading, "accounts", where=[where], limit=MOST).items


def _transfers(reading: Reading, accounts: list[str]) -> list[Row]:
    """Both sides of every handing over one of these accounts had a part in."""
    handed = Filter("cause_kind", "=", "account")
    own = rows(reading, "entries", where=[Filter("account", "in", accounts), handed], limit=500).items
    others = rows(reading, "entries", where=[Filter("cause", "in", accounts), handed], limit=500).items
    return [*own, *others]


def _card(row: Row, actor: Actor) -> dict[str, Any]:
    mine = everywhere(actor) or (bool(actor.scope) and within(row["place"], actor.scope))
    card: dict[str, Any] = {"account": row["id"], "holder": row["holder"], "kind": row["kind"]}
    if mine:
        card |= {"balance": row["balance"], "opened_at": at(row["opened_at"])}
    return card


def _step(entry: Row) -> dict[str, Any]:
    return {
        "from": entry["account"],
        "to": entry["cause"],
        "points": -entry["points"],
        "recorded_at": at(entry["recorded_at"]),
        "position": entry["position"],
    }
