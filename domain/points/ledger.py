"""Double entry in whole points: what moves where. Every list of postings sums to zero.

An account's points stand in three sub-accounts; what they come from and go to are names, never streams.
Debt (`owed`) is a promise, not a posting: nothing has moved yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from domain.points.facts import Posting

ISSUANCE, REDEMPTION, EXPIRY, TRANSFER = "issuance", "redemption", "expiry", "transfer"
OPENING = "opening"
"""Where balances brought from another ledger come from: nothing that was issued here."""
COUNTER_ACCOUNTS = (ISSUANCE, REDEMPTION, EXPIRY, TRANSFER, OPENING)
HOLDS = ("disputed", "ordered")
"""Why points are held: each purpose is a sub-account."""


def held(account: str, purpose: str) -> str:
    """The sub-account of held points. ValueError for a purpose there is none for."""
    if purpose not in HOLDS:
        raise ValueError(f"points are not held as {purpose!r}")
    return f"{account}/{purpose}"


def account_of(posting_account: str) -> str:
    """The account a sub-account belongs to; a counter-account is its own."""
    return posting_account.partition("/")[0]


def move(*moves: tuple[str, str, int]) -> tuple[Posting, ...]:
    """Postings of (from, to, points), one per account, without those that come to nothing."""
    sums: Counter[str] = Counter()
    for source, target, points in moves:
        if points < 0:
            raise ValueError(f"{points} points cannot move from {source} to {target}")
        sums[source] -= points
        sums[target] += points
    return tuple(Posting(account, points) for account, points in sums.items() if points)


def totals(postings: Iterable[Posting]) -> Mapping[str, int]:
    """What stands in each account after these postings."""
    sums: Counter[str] = Counter()
    for posting in postings:
        sums[posting.account] += posting.points
    return dict(sums)
