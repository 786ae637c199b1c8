"""The projection of accounts: a row each, the entries of its statements, its holds, its credit score, and
the sums from which the ledger check and the rankings are made."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import micros
from projections.points.account import Account, fold
from projections.points.lots import free_since
from projections.rowing import kept, listed
from projections.views import Row, Table

ACCOUNTS_TABLE = Table(
    "accounts",
    {
        "id": "text",
        "holder": "text",
        "kind": "text",
        "place": "text",
        "balance": "int",
        "available": "int",
        "held": "int",
        "held_disputed": "int",
        "held_redemption": "int",
        "owed": "int",
        "credit_score": "int",
        "suspended_until": "int",
        "suspended_for": "text",
        "earned": "int",
        "redeemed": "int",
        "reached": "text",
        "oldest_at": "int",
        "opened_at": "int",
        "last_at": "int",
        "version": "int",
        "position": "int",
        "opened_position": "int",
    },
    key=("id",),
    indexes=(
        ("opened_position",),
        ("holder",),
        ("place", "opened_position"),
        ("kind", "opened_position"),
        ("suspended_until",),
        ("oldest_at",),
    ),
)
"""`balance` = `available` + `held`; what is `owed` is no part of it. `suspended_until` is null where ordering
is free (a moment that has passed frees it too). `oldest_at` is since when the oldest points are there that
nothing holds, null where none are. `reached` is a JSON list of items. `opened_position` orders
lists, newest first."""

ENTRIES = Table(
    "entries",
    {
        "account": "text",
        "version": "int",
        "position": "int",
        "recorded_at": "int",
        "day": "text",
        "kind": "text",
        "entry": "text",
        "activity": "text",
        "quantity": "int",
        "points": "int",
        "gross": "int",
        "owed": "int",
        "balance": "int",
        "rule_book": "text",
        "rule_version": "text",
        "rule_line": "text",
        "rule_text": "text",
        "cause": "text",
        "cause_kind": "text",
        "reverses": "text",
        "filed_by": "text",
        "verified_by": "text",
        "reason": "text",
    },
    key=("account", "version"),
    indexes=(("recorded_at",), ("cause",)),
    grows=True,
)
"""The lines of the statements, in recorded order. `day` is the local day it happened (ISO), `points` what it
changed in the balance, `balance` what stood then. `gross` is what was credited or reversed in all, and `owed`
how it changed the debt: credited 15 with 10 owed is `points` 5, `gross` 15, `owed` -10. `kind`: credited,
redeemed, reversed, undone, expired, transferred. The cause of a redemption is the redemption."""

HOLDS = Table(
    "holds",
    {
        "account": "text",
        "hold": "text",
        "purpose": "text",
        "points": "int",
        "asked": "int",
        "until": "int",
        "held_at": "int",
        "position": "int",
    },
    key=("account", "hold"),
    indexes=(("until",), ("hold",)),
)
"""Points held now: `purpose` is disputed or ordered; `until` null where only a decision ends it."""

SCORES = Table(
    "scores",
    {
        "account": "text",
        "version": "int",
        "position": "int",
        "recorded_at": "int",
        "score_entry": "text",
        "change": "int",
        "after": "int",
        "cause": "text",
        "undoes": "text",
    },
    key=("account", "version"),
    grows=True,
)
"""The credit score's own ledger."""

JOURNAL = Table("journal", {"account": "text", "points": "int"}, key=("account",), adds=("points",))
"""All postings summed by the account they name, sub-accounts and counter-accounts each by itself."""

EARNED = Table(
    "earned",
    {"account": "text", "day": "int", "points": "int"},
    key=("account", "day"),
    indexes=(("day",),),
    adds=("points",),
)
"""Earned by local day of recording (an ordinal): credits, less reversals, plus reversals undone. A reversal
counts on its own day, so that a month once over never changes."""


class Accounts:
    """`time_zone` is the deployment's: days are counted in it."""

    NAME = "accounts"
    VERSION = 2
    TABLES = (ACCOUNTS_TABLE, ENTRIES, HOLDS, SCORES, JOURNAL, EARNED)
    FACTS: frozenset[type] = frozenset(f.AccountFact.__args__)
    STATE = Account

    def __init__(self, time_zone: str = "Asia/Shanghai") -> None:
        self.zone = ZoneInfo(time_zone)

    def subject(self, line: Recorded) -> str:
        """An account is its stream."""
        return line.stream

    def fold(self, state: Account | None, line: Recorded) -> Account:
        return fold(state, line)

    def rows(self, state: Account) -> Mapping[str, Sequence[Row]]:
        return {"accounts": [account_row(state)], "holds": hold_rows(state)}

    def marks(self, before: Account | None, after: Account, line: Recorded) -> Mapping[str, Sequence[Row]]:
        fact = line.fact
        found: dict[str, list[Row]] = {}
        if postings := getattr(fact, "postings", ()):
            found["journal"] = [{"account": each.account, "points": each.points} for each in postings]
        entry = entry_row(before, after, line, self.zone)
        if entry is not None:
            found["entries"] = [entry]
        if before is not None and after.earned != before.earned:
            day = line.recorded_at.astimezone(self.zone).date().toordinal()
            points = after.earned - before.earned
            found["earned"] = [{"account": after.id, "day": day, "points": points}]
        if isinstance(fact, f.CreditScoreAdjusted):
            found["scores"] = [score_row(fact, line)]
        return found


def account_row(account: Account) -> Row:
    return {
        "id": account.id,
        "holder": account.holder,
        "kind": account.kind,
        "place": account.place,
        "balance": account.balance,
        "available": account.available,
        "held": account.held,
        "held_disputed": account.disputed,
        "held_redemption": account.ordered,
        "owed": account.owed,
        "credit_score": account.credit_score,
        "suspended_until": account.suspension[1] or None,
        "suspended_for": account.suspension[0],
        "earned": account.earned,
        "redeemed": account.redeemed,
        "reached": listed(account.reached),
        "oldest_at": free_since(account.lots, account.held),
        "opened_at": account.opened_at,
        "last_at": account.last_at,
        "version": account.version,
        "position": account.position,
        "opened_position": account.opened_position,
    }


def hold_rows(account: Account) -> list[Row]:
    return [
        {
            "account": account.id,
            "hold": hold.hold,
            "purpose": hold.purpose,
            "points": hold.points,
            "asked": hold.asked,
            "until": hold.until or None,
            "held_at": hold.at,
            "position": hold.position,
        }
        for hold in account.holds
    ]


def score_row(fact: f.CreditScoreAdjusted, line: Recorded) -> Row:
    return {
        "account": line.stream,
        "version": line.version,
        "position": line.position,
        "recorded_at": micros(line.recorded_at),
        "score_entry": fact.score_entry,
        "change": fact.change,
        "after": fact.after,
        "cause": fact.cause,
        "undoes": fact.undoes,
    }


def entry_row(before: Account | None, after: Account, line: Recorded, zone: ZoneInfo) -> Row | None:
    """The line of the statement the fact makes; None where it moves nothing in or out of the account."""
    found = _entry(line)
    if found is None or before is None:
        return None
    return {
        "account": after.id,
        "version": line.version,
        "position": line.position,
        "recorded_at": micros(line.recorded_at),
        "day": line.occurred_at.astimezone(zone).date().isoformat(),
        "activity": "",
        "quantity": 1,
        "points": after.balance - before.balance,
        "owed": after.owed - before.owed,
        "balance": after.balance,
        "rule_book": "",
        "rule_version": "",
        "rule_line": "",
        "rule_text": "",
        "cause_kind": "",
        "reverses": "",
        "filed_by": "",
        "verified_by": "",
        "reason": None,
        **found,
    }


def _entry(line: Recorded) -> Row | None:
    fact = line.fact
    match fact:
        case f.PointsCredited():
            return {
                "kind": "credited",
                "entry": fact.entry,
                "day": fact.occurred_on.isoformat(),
                "activity": fact.activity,
                "quantity": fact.quantity,
                "gross": fact.points,
                "rule_book": fact.rule.book,
                "rule_version": fact.rule.version,
                "rule_line": fact.rule.line,
                "rule_text": fact.rule.text,
                "cause": fact.cause,
                "cause_kind": fact.cause_kind,
                "filed_by": fact.filed_by,
                "verified_by": fact.verified_by,
            }
        case f.PointsRedeemed():
            found = {"kind": "redeemed", "entry": fact.entry, "gross": -fact.points}
            return found | {"cause": fact.redemption, "cause_kind": "redemption"}
        case f.PointsReversed():
            return {
                "kind": "reversed",
                "entry": fact.entry,
                "day": fact.effective_on.isoformat(),
                "gross": -fact.points,
                "cause": fact.cause,
                "reverses": fact.reverses,
                "reason": kept(line, fact.reason, "reason").json,
            }
        case f.ReversalUndone():
            found = {"kind": "undone", "entry": fact.entry, "gross": fact.points}
            return found | {"cause": fact.cause, "reverses": fact.undoes}
        case f.PointsExpired():
            return {"kind": "expired", "entry": fact.entry, "gross": -fact.points, "cause": ""}
        case f.CardTransferred():
            found = {"kind": "transferred", "entry": fact.entry, "gross": fact.points, "cause": fact.other}
            return found | {"cause_kind": "account", "reason": kept(line, fact.reason, "reason").json}
    return None


ACCOUNTS = Accounts()
"""In the default time zone."""
