"""What another tariff would have paid for the same facts. Nothing is written back.

Only earning changes: what was ordered, held, lapsed or carried on stays as it was.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.messages import Recorded
from domain.points import facts as f
from domain.rule_books.tariffs import Tariff, TariffLine

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OtherEntry:
    """One credit under the other tariff. `actual` and `under` are what remained of it, and would have, after
    rulings; `reason` says why it pays otherwise: price, not-in-tariff, not-stacking, or "" where it pays the
    same."""

    entry: str
    on: date
    activity: str
    quantity: int
    proven_quantity: int
    actual: int
    under: int
    paid_by: str
    cause: str
    reason: str

    @property
    def difference(self) -> int:
        return self.under - self.actual

    def plain(self) -> Plain:
        return {
            "entry": self.entry,
            "on": self.on.isoformat(),
            "activity": self.activity,
            "quantity": self.quantity,
            "proven_quantity": self.proven_quantity,
            "actual": self.actual,
            "under": self.under,
            "difference": self.difference,
            "paid_by": self.paid_by,
            "cause": self.cause,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class OtherAccount:
    account: str
    entries: tuple[OtherEntry, ...]

    @property
    def actual(self) -> int:
        return sum(each.actual for each in self.entries)

    @property
    def under(self) -> int:
        return sum(each.under for each in self.entries)

    @property
    def difference(self) -> int:
        return self.under - self.actual

    def plain(self) -> Plain:
        return {
            "account": self.account,
            "actual": self.actual,
            "under": self.under,
            "difference": self.difference,
            "entries": [each.plain() for each in self.entries],
        }


@dataclass(slots=True)
class _Paid:
    """A credit, and what is left of it."""

    fact: f.PointsCredited
    left: int
    proven: int | None = None


def under(
    account: str,
    lines: Iterable[Recorded],
    tariff: Tariff,
    *,
    first: date | None = None,
    last: date | None = None,
) -> OtherAccount:
    """The account's credits under `tariff`, of deeds done from `first` to `last` (both included).

    `lines` are the account's stream, and (for claims that were ruled on) the streams of its claims: there the
    proven quantity stands. Without them it follows from the points taken back. What no tariff paid (an
    opening balance, linkage points) stays as it is.
    """
    paid: dict[str, _Paid] = {}
    proven: dict[str, int] = {}
    reversals: dict[str, f.PointsReversed] = {}
    for line in sorted(lines, key=lambda each: each.position):
        fact = line.fact
        if isinstance(fact, f.ClaimRuled):
            proven[line.stream] = fact.proven_quantity
        elif line.stream != account:
            continue
        elif isinstance(fact, f.PointsCredited):
            paid[fact.entry] = _Paid(fact, fact.points)
        elif isinstance(fact, f.PointsReversed):
            reversals[fact.entry] = fact
            paid[fact.reverses].left -= fact.points
            paid[fact.reverses].proven = proven.get(fact.cause)
        elif isinstance(fact, f.ReversalUndone):
            undone = reversals[fact.undoes]
            paid[undone.reverses].left += fact.points
            paid[undone.reverses].proven = None
    chosen = [
        each
        for each in paid.values()
        if (first is None or each.fact.occurred_on >= first)
        and (last is None or each.fact.occurred_on <= last)
    ]
    return OtherAccount(account, tuple(_entries(chosen, tariff)))


def _entries(paid: Iterable[_Paid], tariff: Tariff) -> Iterable[OtherEntry]:
    """One rule of the other tariff may not stack with another that has already paid the same cause."""
    by_cause: dict[str, list[TariffLine]] = defaultdict(list)
    for each in paid:
        fact = each.fact
        count = remaining(each)
        amount, reason = each.left, ""
        if fact.rule.book == "tariffs":
            line = tariff.get(fact.activity)
            amount, reason = _pays(line, count, by_cause[fact.cause])
            if line is not None and amount:
                by_cause[fact.cause].append(line)
            if not reason and amount != each.left:
                reason = "price"
        yield OtherEntry(
            entry=fact.entry,
            on=fact.occurred_on,
            activity=fact.activity,
            quantity=fact.quantity,
            proven_quantity=count,
            actual=each.left,
            under=amount,
            paid_by=fact.rule.version,
            cause=fact.cause,
            reason=reason,
        )


def _pays(line: TariffLine | None, quantity: int, others: list[TariffLine]) -> tuple[int, str]:
    if line is None:
        return 0, "not-in-tariff"
    if others and not (line.stacking and all(other.stacking for other in others)):
        return 0, "not-stacking"
    return line.pays(quantity), ""


def remaining(paid: _Paid) -> int:
    """How many of the deeds stand after rulings."""
    if paid.proven is not None:
        return paid.proven
    if paid.left == paid.fact.points:
        return paid.fact.quantity
    return paid.fact.quantity * paid.left // paid.fact.points


def plain(accounts: Iterable[OtherAccount]) -> Plain:
    """The answer of a what-if over accounts."""
    found = [each.plain() for each in accounts]
    return {"accounts": found, "total_difference": sum(each["difference"] for each in found)}
