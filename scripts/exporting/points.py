"""The ledger of points, entry by entry: what a statement prints, of all accounts, in the order recorded.

An order that was handed out has a row for each item of its basket, so that every row has one deed or one
item. The `points` of an account's rows add up to its balance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.messages import Recorded, Sealed
from domain.points import facts as f
from domain.points.facts import Rule
from engine.log import Log, recorded
from engine.vault import Vault
from projections.points.checking import said
from scripts.exporting.events import ERASED, REDACTED

COLUMNS = (
    "account", "entry", "kind", "on", "recorded_at", "activity", "item", "quantity", "points", "owed",
    "rule_book", "rule_version", "rule_line", "cause", "cause_kind", "reverses", "filed_by", "verified_by",
    "reason", "position",
)  # fmt: skip
ENTRIES: dict[type, str] = {
    f.PointsCredited: "credited",
    f.PointsRedeemed: "redeemed",
    f.PointsReversed: "reversed",
    f.ReversalUndone: "undone",
    f.PointsExpired: "expired",
    f.CardTransferred: "transferred",
}
"""The facts that are entries, and what a statement calls each."""
NAMES = tuple(kind.NAME for kind in ENTRIES)  # type: ignore[attr-defined]
PAGE = 500


def points(
    log: Log, vault: Vault | None, zone: ZoneInfo, start: datetime | None, end: datetime | None
) -> Iterator[dict[str, Any]]:
    """The entries recorded at or after `start` and before `end`: a month is a month of the statements.

    Without a vault the reasons read REDACTED; with one, those whose key was destroyed read ERASED.
    """
    ledger = Ledger(log, vault, zone)
    after, head = 0, log.head()
    while page := log.rows(after, PAGE, until=head, names=NAMES):
        for line in map(recorded, page):
            if end is not None and line.recorded_at >= end:
                return  # what is recorded never goes back
            if start is None or line.recorded_at >= start:
                yield from ledger.rows(line)
        after = page[-1][0]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows of one entry; what they need of others is read from the streams that the entry names."""

    log: Log
    vault: Vault | None
    zone: ZoneInfo

    def rows(self, line: Recorded) -> Iterator[dict[str, Any]]:
        fact: Any = line.fact
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
            "account": line.stream,
            "entry": fact.entry,
            "kind": ENTRIES[type(fact)],
            "on": line.occurred_at.astimezone(self.zone).date().isoformat(),
            "recorded_at": line.recorded_at.isoformat().replace("+00:00", "Z"),
            "quantity": 1,
            "points": said(fact),
            "owed": 0,
            "cause": getattr(fact, "cause", ""),
            "position": line.position,
        }
        match fact:
            case f.PointsCredited():
                yield row | deed(fact) | {"owed": -fact.settled}
            case f.PointsRedeemed(redemption=order):
                for part in self._basket(order, fact.points):
                    yield row | {"cause": order, "cause_kind": "redemption"} | part
            case f.PointsReversed(reverses=original):
                told = {"on": day(fact.effective_on), "owed": fact.owed, "reverses": original}
                yield row | self._like(line, original) | told | {"reason": self._reason(line, fact.reason)}
            case f.ReversalUndone(undoes=reversal):
                yield row | self._like(line, reversal) | {"owed": -fact.owed, "reverses": reversal}
            case f.CardTransferred(other=other):
                told = {"cause": other, "cause_kind": "account", "reason": self._reason(line, fact.reason)}
                yield row | told
            case _:
                yield row

    def _basket(self, order: str, points: int) -> list[dict[str, Any]]:
        """The items of the order; itself as a whole where they are not what was paid."""
        first = next(iter(self.log.stream(order)), None)
        lines = first.fact.lines if first and isinstance(first.fact, f.RedemptionRequested) else ()
        if sum(line.points for line in lines) != points:
            return [{}]
        return [
            {"item": line.item, "quantity": line.quantity, "points": -line.points} | rule(line.rule)
            for line in lines
        ]

    def _like(self, line: Recorded, entry: str) -> dict[str, Any]:
        """The deed and rule of the entry that was reversed, or whose reversal was undone."""
        before = self.log.stream(line.stream, until=line.position)
        known = {getattr(each.fact, "entry", ""): each.fact for each in before}
        original = known.get(entry)
        if isinstance(original, f.PointsReversed):
            original = known.get(original.reverses)
        if not isinstance(original, f.PointsCredited):
            return {}
        kept = ("activity", "rule_book", "rule_version", "rule_line")
        return {name: value for name, value in deed(original).items() if name in kept}

    def _reason(self, line: Recorded, sealed: Sealed) -> str:
        if self.vault is None:
            return REDACTED
        name = str(type(line.fact).NAME)  # type: ignore[attr-defined]
        text = self.vault.open_sealed(
            sealed, stream=line.stream, version=line.version, name=name, field="reason"
        )
        return ERASED if text is None else text


def deed(fact: f.PointsCredited) -> dict[str, Any]:
    return {
        "on": day(fact.occurred_on),
        "activity": fact.activity,
        "quantity": fact.quantity,
        "cause_kind": fact.cause_kind,
        "filed_by": fact.filed_by,
        "verified_by": fact.verified_by,
    } | rule(fact.rule)


def rule(decided: Rule) -> dict[str, Any]:
    return {"rule_book": decided.book, "rule_version": decided.version, "rule_line": decided.line}


def day(on: date) -> str:
    return on.isoformat()
