"""The projection of stock: what is there of each item, what is promised, and every movement."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import micros
from projections.views import Row, Table

STOCK_TABLE = Table(
    "stock",
    {
        "id": "text",
        "item": "text",
        "received": "int",
        "corrected": "int",
        "issued": "int",
        "on_hand": "int",
        "reserved": "int",
        "available": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("item",),),
)
"""`on_hand` = received + corrected - issued; `available`, what can still be ordered, = on_hand - reserved.
`id` is the stream, `stock-<item>`."""

MOVES = Table(
    "stock_moves",
    {
        "id": "text",
        "version": "int",
        "item": "text",
        "position": "int",
        "recorded_at": "int",
        "kind": "text",
        "quantity": "int",
        "on_hand": "int",
        "redemption": "text",
        "reason": "text",
        "by": "text",
    },
    key=("id", "version"),
    indexes=(("recorded_at",),),
    grows=True,
)
"""`kind`: received, corrected, reserved, released, issued. `on_hand` is what stood then: a month's opening
and closing count are read from it."""


class Stock(NamedTuple):
    id: str
    item: str
    version: int = 0
    position: int = 0
    received: int = 0
    corrected: int = 0
    issued: int = 0
    reserved: int = 0

    @property
    def on_hand(self) -> int:
        return self.received + self.corrected - self.issued


def fold(state: Stock | None, line: Recorded) -> Stock:
    """An issue uses up what was reserved for it."""
    fact = line.fact
    if state is None:
        state = Stock(line.stream, str(getattr(fact, "item", "")))
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.StockReceived():
            return state._replace(received=state.received + fact.quantity)
        case f.StockCorrected():
            return state._replace(corrected=state.corrected + fact.quantity)
        case f.StockReserved():
            return state._replace(reserved=state.reserved + fact.quantity)
        case f.StockReleased():
            return state._replace(reserved=state.reserved - fact.quantity)
        case f.StockIssued():
            issued, reserved = state.issued + fact.quantity, state.reserved - fact.quantity
            return state._replace(issued=issued, reserved=reserved)
    return state


class Stocks:
    NAME = "stock"
    VERSION = 1
    TABLES = (STOCK_TABLE, MOVES)
    FACTS: frozenset[type] = frozenset(f.StockFact.__args__)
    STATE = Stock

    def subject(self, line: Recorded) -> str:
        """An item's stock is its stream."""
        return line.stream

    def fold(self, state: Stock | None, line: Recorded) -> Stock:
        return fold(state, line)

    def rows(self, state: Stock) -> Mapping[str, Sequence[Row]]:
        return {"stock": [row(state)]}

    def marks(self, before: Stock | None, after: Stock, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {"stock_moves": [move(after, line)]}


def row(state: Stock) -> Row:
    return {
        "id": state.id,
        "item": state.item,
        "received": state.received,
        "corrected": state.corrected,
        "issued": state.issued,
        "on_hand": state.on_hand,
        "reserved": state.reserved,
        "available": state.on_hand - state.reserved,
        "version": state.version,
        "position": state.position,
    }


def move(after: Stock, line: Recorded) -> Row:
    fact = line.fact
    name = str(type(fact).NAME)  # type: ignore[attr-defined]
    return {
        "id": after.id,
        "version": line.version,
        "item": after.item,
        "position": line.position,
        "recorded_at": micros(line.recorded_at),
        "kind": name.partition(".")[2],
        "quantity": getattr(fact, "quantity", 0),
        "on_hand": after.on_hand,
        "redemption": getattr(fact, "redemption", ""),
        "reason": getattr(fact, "reason", ""),
        "by": line.actor.person,
    }


STOCK = Stocks()
