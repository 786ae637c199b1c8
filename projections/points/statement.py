"""A month of an account: what stood at its beginning, every entry, what stood at its end. It adds up.

Months go by when an entry was recorded, in the deployment's time zone: one that is over never changes. The
day of the deed stands beside.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.points.facts import Rule
from projections.case import moment
from projections.views import Row

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One line. `on` is the local day it happened (ISO). It names an `activity` or an `item`; `balance` is
    what stood after it. `owed` is how it changed the debt. `reason` is `Kept` JSON, or None."""

    on: str
    recorded_at: datetime
    kind: str
    entry: str
    activity: str
    item: str
    quantity: int
    points: int
    balance: int
    owed: int
    rule: Rule | None
    cause: str
    cause_kind: str
    reverses: str
    filed_by: str
    verified_by: str
    reason: str | None

    def plain(self) -> Plain:
        """As the contract has it, and what else a page shows."""
        what = {"item": self.item} if self.item else {"activity": self.activity}
        return {
            "on": self.on,
            "recorded_at": self.recorded_at.isoformat().replace("+00:00", "Z"),
            **what,
            "quantity": self.quantity,
            "points": self.points,
            "rule": plain_rule(self.rule),
            "cause": self.cause,
            "cause_kind": self.cause_kind,
            "kind": self.kind,
            "entry": self.entry,
            "balance": self.balance,
            "owed": self.owed,
            "reverses": self.reverses,
            "filed_by": self.filed_by,
            "verified_by": self.verified_by,
        }


@dataclass(frozen=True, slots=True)
class Statement:
    opening: int
    entries: tuple[StatementEntry, ...]
    closing: int

    def plain(self) -> Plain:
        return {
            "opening": self.opening,
            "entries": [each.plain() for each in self.entries],
            "closing": self.closing,
        }


def statement(
    opening: int,
    entries: Iterable[Row],
    baskets: Mapping[str, Sequence[Row]] | None = None,
    originals: Mapping[str, Row] | None = None,
) -> Statement:
    """`entries` are rows of the table `entries` of one account and span, in the order recorded; `baskets` the
    rows of `redemption_lines` by redemption, so that each item has a line; `originals` the entries that were
    reversed, by their name, so that a reversal says of what."""
    found: list[StatementEntry] = []
    balance = opening
    for row in entries:
        for line in _lines(row, baskets or {}, originals or {}):
            balance += line["points"]
            found.append(_entry(line, balance))
    return Statement(opening, tuple(found), balance)


def _lines(row: Row, baskets: Mapping[str, Sequence[Row]], originals: Mapping[str, Row]) -> list[Row]:
    """The row, once; a redemption once per item of its basket, unless the basket is not the price paid."""
    if row["kind"] == "redeemed":
        basket = baskets.get(row["cause"], ())
        if basket and -sum(each["points"] for each in basket) == row["points"]:
            return [
                row
                | {
                    "item": each["item"],
                    "quantity": each["quantity"],
                    "points": -each["points"],
                    "rule_book": each["rule_book"],
                    "rule_version": each["rule_version"],
                    "rule_line": each["rule_line"],
                    "rule_text": each["rule_text"],
                }
                for each in basket
            ]
    if row["kind"] in ("reversed", "undone"):
        return [row | _like(row, originals)]
    return [row]


def _like(row: Row, originals: Mapping[str, Row]) -> Row:
    """What a reversal takes from the entry it reverses: its deed, its rule, and how many of it, where that is
    a whole number."""
    original = originals.get(row["reverses"])
    if original is not None and original["kind"] == "reversed":
        original = originals.get(original["reverses"])
    if original is None:
        return {}
    copied = {
        name: original[name] for name in ("activity", "rule_book", "rule_version", "rule_line", "rule_text")
    }
    share, rest = divmod(original["quantity"] * abs(row["gross"]), original["gross"] or 1)
    return copied | {"quantity": 1 if rest or not share else share}


def _entry(row: Row, balance: int) -> StatementEntry:
    rule = Rule(row["rule_book"], row["rule_version"], row["rule_line"], row["rule_text"])
    return StatementEntry(
        on=row["day"],
        recorded_at=moment(row["recorded_at"]),
        kind=row["kind"],
        entry=row["entry"],
        activity=row["activity"],
        item=row.get("item", ""),
        quantity=row["quantity"],
        points=row["points"],
        balance=balance,
        owed=row["owed"],
        rule=rule if rule.book else None,
        cause=row["cause"],
        cause_kind=row["cause_kind"],
        reverses=row["reverses"],
        filed_by=row["filed_by"],
        verified_by=row["verified_by"],
        reason=row["reason"],
    )


def plain_rule(rule: Rule | None) -> Plain | None:
    if rule is None:
        return None
    return {"book": rule.book, "version": rule.version, "line": rule.line, "text": rule.text}
