"""A redemption (兑换): goods and services ordered for points, handed out, or cancelled.

    requested ──fulfil──▶ fulfilled
        └──cancel, time out, suspension──▶ cancelled

An order holds its points and reserves its goods; both happen in the same save (domain/points/orders.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from domain.bounds import NAME, evidence, items, one_of, text
from domain.deciding import Decision, in_order, permit
from domain.messages import Envelope, command
from domain.points.facts import (
    BasketLine,
    RedemptionCancelled,
    RedemptionFact,
    RedemptionFulfilled,
    RedemptionRequested,
)
from domain.points.rules import catalogue_rule, quantity
from domain.refusals import Refused
from domain.rule_books import Books
from domain.rule_books.tariffs import MOST
from domain.scene import Scene

REASONS = ("holder", "desk", "timed_out", "suspended")
DESK = frozenset({"gridworker", "dispatcher"})

# ------------------------------------------------------------------ commands


@dataclass(frozen=True, slots=True)
class ItemAsked:
    item: str
    quantity: int = 1


@command
class Request:
    """`holder` and `place` are the account's and `total` what was held for it, told by the engine. Whoever is
    not the holder orders as his `proxy`, with his `consent` (an evidence id)."""

    account: str
    holder: str
    place: str
    items: tuple[ItemAsked, ...]
    total: int
    beneficiary: str = ""
    proxy: str = ""
    consent: str = ""


@command
class Fulfil:
    """Handed out, or done. `delivery` is the evidence id of a delivery, needed where a proxy ordered;
    `partner` the unit that served."""

    delivery: str = ""
    partner: str = ""


@command
class Cancel:
    """`suspended` is said by a ruling only, `timed_out` by the watch only."""

    reason: str


Command = Request | Fulfil | Cancel

# ------------------------------------------------------------------ state


@dataclass(frozen=True, slots=True)
class Order:
    account: str
    holder: str
    place: str
    lines: tuple[BasketLine, ...]
    total: int
    proxy: str
    expires_at: datetime | None
    requested_at: datetime
    fetched_by: str = ""
    """The neighbour who ordered as a proxy; nobody where the desk did."""

    @property
    def stocked(self) -> tuple[BasketLine, ...]:
        """The lines that have goods reserved."""
        return tuple(line for line in self.lines if line.stocked)


@dataclass(frozen=True, slots=True)
class Unrequested:
    pass


@dataclass(frozen=True, slots=True)
class Requested:
    order: Order


@dataclass(frozen=True, slots=True)
class Fulfilled:
    order: Order


@dataclass(frozen=True, slots=True)
class Cancelled:
    order: Order


State = Unrequested | Requested | Fulfilled | Cancelled
INITIAL: State = Unrequested()

NAMES: Mapping[type, str] = {
    Unrequested: "unrequested",
    Requested: "requested",
    Fulfilled: "fulfilled",
    Cancelled: "cancelled",
}


def state_name(state: State) -> str:
    return NAMES[type(state)]


def requested(state: State) -> Order:
    """What was ordered. Refused `redemption.unknown` where nothing was."""
    if isinstance(state, Unrequested):
        raise Refused("redemption.unknown", "there is no such redemption")
    return state.order


# ------------------------------------------------------------------ the basket


def basket(asked: Sequence[ItemAsked], books: Books, at: datetime) -> tuple[BasketLine, ...]:
    """Each line at the price in force. Refused where an item has none."""
    items("items", asked, least=1)
    catalogue = books.catalogue(at)
    lines: list[BasketLine] = []
    for each in asked:
        many = quantity(each.quantity, "items.quantity")
        if any(line.item == each.item for line in lines):
            raise Refused("list.twice", f"items names {each.item} twice", field="items", value=each.item)
        known = catalogue.get(each.item)
        if known is None or known.price is None:
            priced = ", ".join(name for name, item in catalogue.items.items() if item.price)
            raise Refused(
                "redemption.unpriced",
                f"{each.item} has no price in the catalogue {catalogue.version}",
                help=f"item: {priced}",
                item=each.item,
                version=catalogue.version,
            )
        rule = catalogue_rule(known, catalogue.version)
        lines.append(BasketLine(each.item, many, known.price, many * known.price, known.stocked, rule))
    if total(lines) > MOST:
        raise Refused("redemption.too-large", f"an order is of at most {MOST} points", most=MOST)
    return tuple(lines)


def total(lines: Sequence[BasketLine]) -> int:
    return sum(line.points for line in lines)


# ------------------------------------------------------------------ decide and evolve


def request(command: Request, state: Unrequested, scene: Scene) -> tuple[RedemptionRequested]:
    actor, proxy = scene.actor, command.proxy
    if actor.person != command.holder:
        if actor.role == "resident" and actor.person != proxy:
            raise Refused(
                "redemption.not-holder",
                "the holder orders, or somebody with his consent",
                help="proxy: {person: yourself, consent}",
            )
        proxy = proxy or actor.person
    if proxy and not command.consent:
        raise Refused(
            "redemption.consent-required",
            f"{proxy} orders for the holder, whose consent is needed",
            help="proxy.consent: the id of evidence",
            proxy=proxy,
        )
    if command.consent:
        evidence("consent", (command.consent,))
    lines = basket(command.items, scene.books, scene.now)
    if total(lines) != command.total:
        raise Refused(
            "redemption.price-changed",
            f"the basket costs {total(lines)} points now",
            help="look at the prices again",
            total=total(lines),
            told=command.total,
        )
    return (
        RedemptionRequested(
            account=command.account,
            holder=command.holder,
            place=command.place,
            lines=lines,
            total=command.total,
            beneficiary=text("beneficiary", command.beneficiary, NAME, least=0),
            proxy=text("proxy", proxy, NAME, least=0),
            consent=command.consent,
            expires_at=scene.books.supervision(scene.now).held_until(scene.now),
        ),
    )


def fulfil(command: Fulfil, state: Requested, scene: Scene) -> tuple[RedemptionFulfilled]:
    order = state.order
    in_order(order.requested_at, scene)
    if scene.actor.person in (order.holder, order.fetched_by):
        raise Refused("redemption.fulfilled-by-holder", "somebody else hands out what you ordered or fetch")
    if order.proxy and not command.delivery:
        raise Refused(
            "redemption.delivery-required",
            f"{order.proxy} ordered for the holder, so the delivery is proven",
            help="delivery: the id of evidence",
            proxy=order.proxy,
        )
    if command.delivery:
        evidence("delivery", (command.delivery,))
    if command.partner and scene.organisation.unit(command.partner) is None:
        raise Refused("unit.unknown", f"there is no unit {command.partner!r}", unit=command.partner)
    return (RedemptionFulfilled(command.delivery, command.partner),)


def cancel(command: Cancel, state: Requested, scene: Scene) -> tuple[RedemptionCancelled]:
    order, actor = state.order, scene.actor
    one_of("reason", command.reason, REASONS)
    by = {"engine": ("timed_out",), "panel": ("suspended",), "resident": ("holder",)}
    allowed = by.get(actor.role, ("holder", "desk"))
    if command.reason not in allowed:
        raise Refused(
            "redemption.reason",
            f"{command.reason} is not for the role {actor.role!r} to say",
            help=f"reason: {', '.join(allowed)}",
            reason=command.reason,
        )
    if actor.role == "resident" and actor.person not in (order.holder, order.proxy):
        raise Refused("redemption.not-holder", "the holder cancels, his proxy, or the desk")
    if command.reason == "timed_out" and (order.expires_at is None or scene.now < order.expires_at):
        raise Refused(
            "redemption.not-expired",
            f"the order stands until {order.expires_at}",
            expires_at=order.expires_at,
        )
    return (RedemptionCancelled(command.reason),)


ROLES: Mapping[type, frozenset[str]] = {
    Request: DESK | {"resident"},
    Fulfil: DESK | {"unit"},
    Cancel: DESK | {"resident", "engine", "panel"},
}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unrequested: {Request: request},
    Requested: {Fulfil: fulfil, Cancel: cancel},
    Fulfilled: {},
    Cancelled: {},
}

ROUTES: Mapping[str, type] = {"fulfil": Fulfil, "cancel": Cancel}


def decide(command: Command, state: State, scene: Scene) -> tuple[RedemptionFact, ...]:
    decision = permitted(type(command), state, scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    return permit("redemption", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)


def evolve(state: State, fact: RedemptionFact, envelope: Envelope) -> State:
    match fact:
        case RedemptionRequested():
            himself = envelope.actor.role == "resident" and envelope.actor.person == fact.proxy
            return Requested(
                Order(
                    fact.account,
                    fact.holder,
                    fact.place,
                    fact.lines,
                    fact.total,
                    fact.proxy,
                    fact.expires_at,
                    envelope.occurred_at,
                    fact.proxy if himself else "",
                )
            )
        case RedemptionFulfilled():
            return Fulfilled(_order(state))
        case RedemptionCancelled():
            return Cancelled(_order(state))
        case _:
            assert_never(fact)


def _order(state: Any) -> Order:
    order: Order = state.order
    return order
