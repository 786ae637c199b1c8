"""The projection of redemptions: one row each, and one per line of the basket, for the partners' lists."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import micros
from projections.views import Row, Table

REDEMPTIONS_TABLE = Table(
    "redemptions",
    {
        "id": "text",
        "state": "text",
        "account": "text",
        "holder": "text",
        "place": "text",
        "total": "int",
        "lines": "text",
        "beneficiary": "text",
        "proxy": "text",
        "consent": "text",
        "requested_by": "text",
        "requested_at": "int",
        "expires_at": "int",
        "next_by": "int",
        "fulfilled_by": "text",
        "fulfilled_at": "int",
        "delivery": "text",
        "partner": "text",
        "cancelled_at": "int",
        "reason": "text",
        "version": "int",
        "position": "int",
        "requested_position": "int",
    },
    key=("id",),
    indexes=(
        ("requested_position",),
        ("state", "requested_position"),
        ("account", "requested_position"),
        ("place", "requested_position"),
        ("partner", "requested_position"),
        ("fulfilled_at",),
        ("next_by",),
    ),
)
"""`state`: requested, fulfilled, cancelled. `lines` is a JSON list of {item, quantity, price, points,
stocked, version}. `next_by` is when a pending order lapses, null once it is settled. `requested_position`
orders lists, newest first."""

LINES = Table(
    "redemption_lines",
    {
        "redemption": "text",
        "nth": "int",
        "account": "text",
        "place": "text",
        "item": "text",
        "quantity": "int",
        "price": "int",
        "points": "int",
        "stocked": "int",
        "rule_book": "text",
        "rule_version": "text",
        "rule_line": "text",
        "rule_text": "text",
        "state": "text",
        "partner": "text",
        "fulfilled_at": "int",
    },
    key=("redemption", "nth"),
    indexes=(("account",), ("partner", "fulfilled_at"), ("item", "fulfilled_at")),
)
"""What each basket holds, at the price that was in force. A partner is settled from the fulfilled ones."""


class Line(NamedTuple):
    item: str
    quantity: int
    price: int
    points: int
    stocked: bool
    rule_book: str
    rule_version: str
    rule_line: str
    rule_text: str


class Redemption(NamedTuple):
    id: str
    state: str
    version: int
    position: int
    requested_position: int
    requested_at: int
    requested_by: str
    account: str
    holder: str
    place: str
    lines: tuple[Line, ...]
    total: int
    beneficiary: str
    proxy: str
    consent: str
    expires_at: int
    fulfilled_by: str = ""
    fulfilled_at: int = 0
    delivery: str = ""
    partner: str = ""
    cancelled_at: int = 0
    reason: str = ""


def fold(state: Redemption | None, line: Recorded) -> Redemption:
    """The redemption after the fact. ValueError for a stream that does not begin with its request."""
    fact, at = line.fact, micros(line.occurred_at)
    if isinstance(fact, f.RedemptionRequested):
        return requested(fact, line)
    if state is None:
        raise ValueError(f"{line.stream} does not begin with its request")
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.RedemptionFulfilled():
            state = state._replace(delivery=fact.delivery, partner=fact.partner)
            return state._replace(state="fulfilled", fulfilled_at=at, fulfilled_by=line.actor.person)
        case f.RedemptionCancelled():
            return state._replace(state="cancelled", cancelled_at=at, reason=fact.reason)
    return state


def requested(fact: f.RedemptionRequested, line: Recorded) -> Redemption:
    return Redemption(
        id=line.stream,
        state="requested",
        version=line.version,
        position=line.position,
        requested_position=line.position,
        requested_at=micros(line.occurred_at),
        requested_by=line.actor.person,
        account=fact.account,
        holder=fact.holder,
        place=fact.place,
        lines=tuple(
            [
                Line(
                    each.item, each.quantity, each.price, each.points, each.stocked,
                    each.rule.book, each.rule.version, each.rule.line, each.rule.text,
                )
                for each in fact.lines
            ]
        ),
        total=fact.total,
        beneficiary=fact.beneficiary,
        proxy=fact.proxy,
        consent=fact.consent,
        expires_at=0 if fact.expires_at is None else micros(fact.expires_at),
    )  # fmt: skip


class Redemptions:
    NAME = "redemptions"
    VERSION = 1
    TABLES = (REDEMPTIONS_TABLE, LINES)
    FACTS: frozenset[type] = frozenset(f.RedemptionFact.__args__)
    STATE = Redemption

    def subject(self, line: Recorded) -> str:
        """A redemption is its stream."""
        return line.stream

    def fold(self, state: Redemption | None, line: Recorded) -> Redemption:
        return fold(state, line)

    def rows(self, state: Redemption) -> Mapping[str, Sequence[Row]]:
        return {"redemptions": [row(state)], "redemption_lines": line_rows(state)}

    def marks(
        self, before: Redemption | None, after: Redemption, line: Recorded
    ) -> Mapping[str, Sequence[Row]]:
        return {}


def row(state: Redemption) -> Row:
    basket = [
        {
            "item": each.item,
            "quantity": each.quantity,
            "price": each.price,
            "points": each.points,
            "stocked": each.stocked,
            "version": each.rule_version,
        }
        for each in state.lines
    ]
    return {
        "id": state.id,
        "state": state.state,
        "account": state.account,
        "holder": state.holder,
        "place": state.place,
        "total": state.total,
        "lines": json.dumps(basket, ensure_ascii=False),
        "beneficiary": state.beneficiary,
        "proxy": state.proxy,
        "consent": state.consent,
        "requested_by": state.requested_by,
        "requested_at": state.requested_at,
        "expires_at": state.expires_at or None,
        "next_by": (state.expires_at or None) if state.state == "requested" else None,
        "fulfilled_by": state.fulfilled_by,
        "fulfilled_at": state.fulfilled_at or None,
        "delivery": state.delivery,
        "partner": state.partner,
        "cancelled_at": state.cancelled_at or None,
        "reason": state.reason,
        "version": state.version,
        "position": state.position,
        "requested_position": state.requested_position,
    }


def line_rows(state: Redemption) -> list[Row]:
    return [
        {
            "redemption": state.id,
            "nth": nth,
            "account": state.account,
            "place": state.place,
            "item": each.item,
            "quantity": each.quantity,
            "price": each.price,
            "points": each.points,
            "stocked": int(each.stocked),
            "rule_book": each.rule_book,
            "rule_version": each.rule_version,
            "rule_line": each.rule_line,
            "rule_text": each.rule_text,
            "state": state.state,
            "partner": state.partner,
            "fulfilled_at": state.fulfilled_at or None,
        }
        for nth, each in enumerate(state.lines, 1)
    ]


REDEMPTIONS = Redemptions()
