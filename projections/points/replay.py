"""Replays: the history of a claim or an account, step by step, with what changed and what was known.

Nothing is looked up in today's settings: points, prices and rules are those the facts carry, and the
supervision rules those in force when each fact was recorded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.messages import Actor, Recorded
from domain.points import facts as f
from domain.points.facts import Rule
from domain.rule_books import Books
from projections.case import moment
from projections.points.account import Account
from projections.points.account import fold as fold_account
from projections.points.claims import Claim
from projections.points.claims import fold as fold_claim
from projections.points.knowing import Knowledge, Known
from projections.points.standing_rules import rule_of
from projections.points.statement import plain_rule
from projections.points.story import evidence_of, sentence
from projections.words import Speaker

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a replay. `before` and `after` hold `state` and every figure that the story is about;
    `position`, `stream`, `version` name the line of the log."""

    step: int
    of: int
    fact: str
    sentence: str
    before: Plain
    after: Plain
    rule: Rule | None
    known: tuple[Known, ...]
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    evidence: tuple[str, ...]
    position: int
    stream: str
    version: int

    @property
    def changed(self) -> tuple[str, ...]:
        """The figures that are others afterwards."""
        return tuple(name for name in self.after if self.after[name] != self.before.get(name))

    def plain(self, receipt: Any = None) -> Plain:
        """As the contract has it. `receipt` is whatever proves the line, once there is something."""
        return {
            "step": self.step,
            "of": self.of,
            "fact": self.fact,
            "sentence": self.sentence,
            "before": self.before,
            "after": self.after,
            "rule": plain_rule(self.rule),
            "known": [{"who": k.who, "part": k.part, "since": z(k.since)} for k in self.known],
            "occurred_at": z(self.occurred_at),
            "recorded_at": z(self.recorded_at),
            "actor": {"person": self.actor.person, "role": self.actor.role},
            "evidence": list(self.evidence),
            "receipt": receipt,
            "position": self.position,
            "stream": self.stream,
            "version": self.version,
        }


def z(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


# ------------------------------------------------------------------ a claim


def replay_claim(claim: str, lines: Iterable[Recorded], books: Books, speaker: Speaker) -> list[Step]:
    """The steps of the claim: its own facts, and those of the account (and of orders that ended with it) that
    it caused. `lines` are the claim's stream and its account's, whole (and the streams of its account's
    redemptions, where those are to be shown); others do no harm."""
    told = sorted(lines, key=lambda line: line.position)
    mine = concerning(claim, told)
    filed = next((line.fact for line in told if line.stream == claim), None)
    if not isinstance(filed, f.ClaimFiled):
        return []
    chosen = {line.position for line in mine}
    knowledge = Knowledge()
    state: Claim | None = None
    account: Account | None = None
    found: list[tuple[Recorded, Plain, Plain]] = []
    for line in told:
        before = {**claim_figures(state), **account_figures(account)}
        if line.stream == claim:
            state = fold_claim(state, line)
        elif line.stream == filed.account:
            account = fold_account(account, line)
        if line.position in chosen:
            knowledge.take(line)
            found.append((line, before, {**claim_figures(state), **account_figures(account)}))
    return [
        _step(n, len(found), line, before, after, filed.rule, knowledge.of(n), books, speaker)
        for n, (line, before, after) in enumerate(found)
    ]


def concerning(claim: str, lines: Sequence[Recorded]) -> list[Recorded]:
    """The lines the claim's story is made of, in the order recorded."""
    filed = next((line.fact for line in lines if line.stream == claim), None)
    if not isinstance(filed, f.ClaimFiled):
        return []
    entries = {
        line.fact.entry for line in lines if isinstance(line.fact, f.ClaimVerified) and line.stream == claim
    }
    rulings = {
        line.recorded_at for line in lines if line.stream == claim and isinstance(line.fact, f.ClaimRuled)
    }
    orders = {
        line.fact.hold
        for line in lines
        if isinstance(line.fact, f.HoldReleased)
        and line.stream == filed.account
        and line.fact.reason == "suspended"
        and line.recorded_at in rulings
    }
    return [line for line in lines if _concerns(line, claim, filed.account, entries, orders, rulings)]


def _concerns(
    line: Recorded,
    claim: str,
    account: str,
    entries: set[str],
    orders: set[str],
    rulings: set[datetime],
) -> bool:
    if line.stream == claim:
        return True
    fact = line.fact
    if isinstance(fact, f.RedemptionCancelled):
        return line.stream in orders and line.recorded_at in rulings
    if line.stream != account:
        return False
    match fact:
        case f.PointsCredited():
            return fact.entry in entries
        case f.PointsHeld() | f.HoldReleased():
            return fact.hold == claim or (line.recorded_at in rulings and fact.hold in orders)
        case (
            f.PointsReversed()
            | f.ReversalUndone()
            | f.RedemptionSuspended()
            | f.RedemptionRestored()
            | f.CreditScoreAdjusted()
        ):
            return fact.cause == claim
    return False


# ------------------------------------------------------------------ an account


def replay_account(account: str, lines: Iterable[Recorded], books: Books, speaker: Speaker) -> list[Step]:
    """Every fact of the account's stream, in the order recorded."""
    told = sorted((line for line in lines if line.stream == account), key=lambda line: line.position)
    state: Account | None = None
    steps = []
    for n, line in enumerate(told):
        before = account_figures(state)
        state = fold_account(state, line)
        known = () if line.actor.role == "engine" else (Known(line.actor.person, "desk", line.recorded_at),)
        if line.actor.person != state.holder:
            known = (Known(state.holder, "holder", line.recorded_at), *known)
        after = account_figures(state)
        steps.append(
            _step(n, len(told), line, labelled(before), labelled(after), None, known, books, speaker)
        )
    return steps


def labelled(figures: Plain) -> Plain:
    """With `state`: unopened, open, or suspended while ordering is."""
    if not figures:
        return {"state": "unopened"}
    return {"state": "suspended" if figures["suspended_until"] else "open", **figures}


def _step(
    n: int,
    of: int,
    line: Recorded,
    before: Plain,
    after: Plain,
    filed: Rule | None,
    known: tuple[Known, ...],
    books: Books,
    speaker: Speaker,
) -> Step:
    return Step(
        step=n + 1,
        of=of,
        fact=str(type(line.fact).NAME),  # type: ignore[attr-defined]
        sentence=sentence(line, speaker),
        before=before,
        after=after,
        rule=rule_of(line, filed, books, speaker),
        known=known,
        occurred_at=line.occurred_at,
        recorded_at=line.recorded_at,
        actor=line.actor,
        evidence=evidence_of(line.fact),
        position=line.position,
        stream=line.stream,
        version=line.version,
    )


# ------------------------------------------------------------------ figures


def claim_figures(claim: Claim | None) -> Plain:
    """What a claim's steps may change."""
    if claim is None:
        return {"state": "unfiled", "points": 0, "proven_quantity": None, "reversed_points": 0}
    ruled = claim.ruling
    return {
        "state": claim.state,
        "points": claim.filing.points,
        "proven_quantity": ruled.proven if ruled else None,
        "reversed_points": ruled.reversed if ruled and claim.outcome != "overturned" else 0,
    }


def account_figures(account: Account | None) -> Plain:
    """What the facts of an account may change; nothing before it was opened."""
    if account is None:
        return {}
    until = account.suspension[1]
    return {
        "balance": account.balance,
        "available": account.available,
        "held": account.held,
        "held_disputed": account.disputed,
        "held_redemption": account.ordered,
        "owed": account.owed,
        "credit_score": account.credit_score,
        "suspended_until": z(moment(until)) if until else None,
    }
