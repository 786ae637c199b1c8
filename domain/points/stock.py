"""Stock (库存) of one item: received, reserved for an order, handed out. Never below what is reserved.

Its stream is `stock-<item>`. The save that holds the points of an order reserves its goods.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from domain.bounds import NAME, text, whole
from domain.deciding import check_role
from domain.messages import Envelope, command
from domain.points.facts import (
    StockCorrected,
    StockFact,
    StockIssued,
    StockReceived,
    StockReleased,
    StockReserved,
)
from domain.refusals import Refused
from domain.rule_books.tariffs import QUANTITY
from domain.scene import Scene

SHELF = 1_000_000
"""Pieces of one item at most."""

# ------------------------------------------------------------------ commands


@command
class Receive:
    item: str
    quantity: int
    reason: str


@command
class Correct:
    """`quantity` is added; negative takes away."""

    item: str
    quantity: int
    reason: str


@command
class Count:
    """盘点: `counted` pieces lie there, whatever the book says."""

    item: str
    counted: int
    reason: str


@command
class Reserve:
    item: str
    redemption: str
    quantity: int


@command
class Release:
    redemption: str


@command
class Issue:
    redemption: str


Command = Receive | Correct | Count | Reserve | Release | Issue

# ------------------------------------------------------------------ state


@dataclass(frozen=True, slots=True)
class Stock:
    """`on_hand` lies there, `reserved` of it is promised to redemptions."""

    item: str = ""
    on_hand: int = 0
    reserved: Mapping[str, int] = field(default_factory=dict)

    @property
    def promised(self) -> int:
        return sum(self.reserved.values())

    @property
    def available(self) -> int:
        """What can still be ordered."""
        return self.on_hand - self.promised


State = Stock
INITIAL = Stock()


def stock_of(item: str) -> str:
    """The stream of an item's stock."""
    return f"stock-{item}"


# ------------------------------------------------------------------ decide and evolve

SHELVES = frozenset({"admin", "gridworker", "dispatcher", "street"})
ORDERS = frozenset({"resident", "gridworker", "dispatcher"})

ROLES: Mapping[type, frozenset[str]] = {
    Receive: SHELVES,
    Correct: SHELVES,
    Count: SHELVES | {"panel"},
    Reserve: ORDERS,
    Release: ORDERS | {"engine", "panel"},
    Issue: frozenset({"gridworker", "dispatcher", "unit"}),
}


def decide(command: Command, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    check_role(type(command), scene, ROLES[type(command)])
    decision: Callable[[Any, Stock, Scene], tuple[StockFact, ...]] = DECISIONS[type(command)]
    return decision(command, state, scene)


def _receive(command: Receive, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    _known(command.item, scene)
    quantity = whole("quantity", command.quantity, 1, SHELF - state.on_hand)
    return (StockReceived(command.item, quantity, text("reason", command.reason, NAME)),)


def _correct(command: Correct, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    _known(command.item, scene)
    quantity = whole("quantity", command.quantity, -SHELF, SHELF - state.on_hand)
    reason = text("reason", command.reason, NAME)
    if not quantity:
        return ()
    if state.on_hand + quantity < state.promised:
        raise Refused(
            "stock.promised",
            f"{state.promised} of {command.item} are promised to orders, so as many must be there",
            help="cancel orders first",
            item=command.item,
            promised=state.promised,
            on_hand=state.on_hand,
        )
    return (StockCorrected(command.item, quantity, reason),)


def _count(command: Count, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    counted = whole("counted", command.counted, 0, SHELF)
    return _correct(Correct(command.item, counted - state.on_hand, command.reason), state, scene)


def _reserve(command: Reserve, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    _known(command.item, scene)
    quantity = whole("quantity", command.quantity, 1, QUANTITY)
    if command.redemption in state.reserved:
        raise Refused(
            "stock.reserved-already", f"{command.redemption} has reserved already", item=command.item
        )
    if quantity > state.available:
        raise Refused(
            "stock.too-little",
            f"{quantity} of {command.item} are wanted, {state.available} can be ordered",
            help=f"at most {state.available}",
            item=command.item,
            quantity=quantity,
            available=state.available,
        )
    return (StockReserved(command.item, command.redemption, quantity),)


def _release(command: Release, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    return (StockReleased(state.item, command.redemption, _reserved(state, command.redemption)),)


def _issue(command: Issue, state: Stock, scene: Scene) -> tuple[StockFact, ...]:
    return (StockIssued(state.item, command.redemption, _reserved(state, command.redemption)),)


DECISIONS: Mapping[type, Callable[..., tuple[StockFact, ...]]] = {
    Receive: _receive,
    Correct: _correct,
    Count: _count,
    Reserve: _reserve,
    Release: _release,
    Issue: _issue,
}


def _known(item: str, scene: Scene) -> None:
    """Refused for an item that is counted in no catalogue, and for another stream's item."""
    if scene.stream != stock_of(item):
        raise ValueError(f"{item} was sent to the stream {scene.stream}")
    versions = [scene.books.catalogue_of(each.version) for each in scene.books.versions("catalogues")]
    found = [known for version in versions if version and (known := version.get(item))]
    if not any(known.stocked for known in found):
        rule = "stock.not-counted" if found else "stock.unknown-item"
        raise Refused(rule, f"no catalogue counts {item!r}", item=item)


def _reserved(state: Stock, redemption: str) -> int:
    quantity = state.reserved.get(redemption)
    if quantity is None:
        raise Refused("stock.not-reserved", f"{redemption} has nothing reserved here", redemption=redemption)
    return quantity


def evolve(state: Stock, fact: StockFact, envelope: Envelope) -> Stock:
    match fact:
        case StockReceived(item, quantity) | StockCorrected(item, quantity):
            return replace(state, item=item, on_hand=state.on_hand + quantity)
        case StockReserved(item, redemption, quantity):
            return replace(state, item=item, reserved={**state.reserved, redemption: quantity})
        case StockReleased(_, redemption, _):
            return replace(state, reserved=_without(state.reserved, redemption))
        case StockIssued(_, redemption, quantity):
            return replace(
                state, on_hand=state.on_hand - quantity, reserved=_without(state.reserved, redemption)
            )
        case _:
            assert_never(fact)


def _without(reserved: Mapping[str, int], redemption: str) -> Mapping[str, int]:
    return {name: quantity for name, quantity in reserved.items() if name != redemption}
