"""Who earned most in a period: earned, not what is left of it."""

from collections.abc import Iterable

from domain.points.facts import Ranked
from domain.points.panel.commands import Earned
from domain.points.panel.rankings import ranked
from domain.rule_books.supervision import Ranking
from projections.views import Row

UNRANKED = frozenset({"staff"})
"""Kinds of account that take no part: staff earn linkage points for their work."""


def earned_of(rows: Iterable[Row]) -> tuple[Earned, ...]:
    """Rows {account, kind, points} (sums of `earned`, joined with `accounts`) as a decision takes them."""
    return tuple(
        Earned(row["account"], row["points"])
        for row in sorted(rows, key=lambda row: str(row["account"]))
        if row["kind"] not in UNRANKED and row["points"] > 0
    )


def rankings(rows: Iterable[Row], rule: Ranking) -> tuple[Ranked, ...]:
    """The first `rule.top` of those who earned at least `rule.minimum`; equal points share a rank."""
    return ranked(earned_of(rows), top=rule.top, minimum=rule.minimum)
