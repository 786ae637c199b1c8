"""The ledger check (`huisheng ledger check`): the streams against themselves, and the views against them.

`LedgerCheck.take` reads every fact of the points once, in the order recorded, and keeps one small sum per
account and item; then `compare` looks at the rows of the views. The first difference names where it is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.messages import Recorded
from domain.points import facts as f
from domain.points.ledger import COUNTER_ACCOUNTS
from projections.points.account import Account
from projections.points.account import fold as fold_account
from projections.points.stock import Stock
from projections.points.stock import fold as fold_stock
from projections.views import Row

ACCOUNT_FACTS: frozenset[type] = frozenset(f.AccountFact.__args__)
STOCK_FACTS: frozenset[type] = frozenset(f.StockFact.__args__)
FACTS = ACCOUNT_FACTS | STOCK_FACTS
"""What `take` must be given; it passes over anything else."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up. `check`: postings, negative, hold, reversal, counter-accounts, stock,
    journal, account-row, entries-row, stock-row. `position` is the line where it shows, 0 for a row."""

    check: str
    subject: str
    expected: Any
    found: Any
    position: int = 0

    def plain(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "subject": self.subject,
            "expected": self.expected,
            "found": self.found,
            "position": self.position,
        }


class LedgerCheck:
    """What the streams say, and what in them contradicts itself."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.journal: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()
        self.accounts: dict[str, Account] = {}
        self.stock: dict[str, Stock] = {}
        self.lines = 0
        self._left: dict[str, int] = {}
        self._undoable: dict[str, tuple[str, int]] = {}
        self._reserved: dict[str, dict[str, int]] = defaultdict(dict)

    def take(self, line: Recorded) -> None:
        """The next line of the log."""
        kind = type(line.fact)
        if kind in ACCOUNT_FACTS:
            self.lines += 1
            self._account(line)
        elif kind in STOCK_FACTS:
            self.lines += 1
            self._stock(line)

    def _find(self, check: str, line: Recorded, expected: Any, found: Any) -> None:
        self.findings.append(Finding(check, line.stream, expected, found, line.position))

    # ------------------------------------------------------------------ accounts

    def _account(self, line: Recorded) -> None:
        fact = line.fact
        postings = getattr(fact, "postings", ())
        if total := sum(each.points for each in postings):
            self._find("postings", line, 0, total)
        for each in postings:
            self.journal[each.account] += each.points
            name = each.account.partition("/")[0]
            if name != line.stream and name not in COUNTER_ACCOUNTS:
                self._find("postings", line, line.stream, each.account)
        before = self.accounts.get(line.stream)
        after = self.accounts[line.stream] = fold_account(before, line)
        self.entries[line.stream] += said(fact) or 0
        for name in ("available", "disputed", "ordered", "owed"):
            if getattr(after, name) < 0:
                self._find("negative", line, f"{name} >= 0", getattr(after, name))
        holds = sum(hold.points for hold in after.holds)
        if holds != after.held:
            self._find("hold", line, after.held, holds)
        self._reversals(fact, line)
        if (told := said(fact)) is not None and before is not None and told != after.balance - before.balance:
            self._find("postings", line, told, after.balance - before.balance)

    def _reversals(self, fact: object, line: Recorded) -> None:
        """Once, or at most for the rest; and each reversal is undone at most once."""
        match fact:
            case f.PointsCredited():
                self._left[fact.entry] = fact.points
            case f.PointsReversed():
                left = self._left.get(fact.reverses, 0)
                if fact.points > left:
                    self._find("reversal", line, f"at most {left} of {fact.reverses}", fact.points)
                self._left[fact.reverses] = left - fact.points
                self._undoable[fact.entry] = (fact.reverses, fact.points)
            case f.ReversalUndone():
                original, points = self._undoable.pop(fact.undoes, ("", 0))
                if points != fact.points:
                    self._find("reversal", line, f"{points} of {fact.undoes}", fact.points)
                else:
                    self._left[original] += points

    # ------------------------------------------------------------------ stock

    def _stock(self, line: Recorded) -> None:
        fact = line.fact
        after = self.stock[line.stream] = fold_stock(self.stock.get(line.stream), line)
        held = self._reserved[line.stream]
        if isinstance(fact, f.StockReserved):
            held[fact.redemption] = fact.quantity
        elif isinstance(fact, f.StockReleased | f.StockIssued):
            was = held.pop(fact.redemption, 0)
            if was != fact.quantity:
                self._find("stock", line, f"{was} reserved for {fact.redemption}", fact.quantity)
        if after.on_hand < after.reserved or after.reserved != sum(held.values()):
            self._find("stock", line, f"on hand >= reserved = {sum(held.values())}", after.on_hand)

    # ------------------------------------------------------------------ the whole, and the views

    def whole(self) -> list[Finding]:
        """What is wrong in the streams, and over all of them: nothing is made or lost, and each account is
        the sum of its entries and of its postings."""
        found = list(self.findings)
        if total := sum(self.journal.values()):
            found.append(Finding("counter-accounts", "all accounts", 0, total))
        for name, account in sorted(self.accounts.items()):
            posted = sum(self.journal[name + part] for part in ("", "/disputed", "/ordered"))
            if posted != account.balance or self.entries[name] != account.balance:
                found.append(Finding("postings", name, account.balance, posted))
        return found

    def compare(
        self,
        *,
        accounts: Iterable[Row],
        entries: Mapping[str, int],
        journal: Iterable[Row],
        stock: Iterable[Row],
    ) -> list[Finding]:
        """The views against the streams, as of the same position: rows of `accounts`, of `journal` and of
        `stock`, and the sum of `points` in `entries` by account."""
        found: list[Finding] = []
        rows = {str(row["id"]): row for row in accounts}
        for name in sorted(rows.keys() | self.accounts.keys()):
            found += _account_row(name, self.accounts.get(name), rows.get(name))
            balance = self.accounts[name].balance if name in self.accounts else 0
            if entries.get(name, 0) != balance:
                found.append(Finding("entries-row", name, balance, entries.get(name, 0)))
        sums = {str(row["account"]): int(row["points"]) for row in journal}
        for name in sorted(sums.keys() | self.journal.keys()):
            if sums.get(name, 0) != self.journal.get(name, 0):
                found.append(Finding("journal", name, self.journal.get(name, 0), sums.get(name, 0)))
        shelves = {str(row["id"]): row for row in stock}
        for name in sorted(shelves.keys() | self.stock.keys()):
            held = self.stock.get(name)
            told = (held.on_hand, held.reserved) if held else None
            row = shelves.get(name)
            seen = (row["on_hand"], row["reserved"]) if row else None
            if told != seen:
                found.append(Finding("stock-row", name, told, seen))
        return found


def said(fact: object) -> int | None:
    """By how much the fact's own fields change the balance; None where it moves nothing in or out."""
    match fact:
        case f.PointsCredited():
            return fact.points - fact.settled
        case f.PointsRedeemed() | f.PointsExpired():
            return -fact.points
        case f.PointsReversed():
            return -fact.from_held - fact.from_available
        case f.ReversalUndone():
            return fact.points - fact.owed
        case f.CardTransferred():
            return fact.points
        case f.PointsHeld() | f.HoldReleased():
            return 0
    return None


def _account_row(name: str, account: Account | None, row: Row | None) -> list[Finding]:
    if account is None or row is None:
        return [Finding("account-row", name, account is not None, row is not None)]
    told = {
        "balance": account.balance,
        "available": account.available,
        "held_disputed": account.disputed,
        "held_redemption": account.ordered,
        "owed": account.owed,
        "credit_score": account.credit_score,
    }
    return [
        Finding("account-row", f"{name}.{column}", value, row[column])
        for column, value in told.items()
        if row[column] != value
    ]


def ledger_check(
    lines: Iterable[Recorded],
    *,
    accounts: Iterable[Row],
    entries: Mapping[str, int],
    journal: Iterable[Row],
    stock: Iterable[Row],
) -> list[Finding]:
    """Everything that does not add up, in the streams first; nothing where all is well."""
    check = LedgerCheck()
    for line in lines:
        check.take(line)
    return check.whole() + check.compare(accounts=accounts, entries=entries, journal=journal, stock=stock)
