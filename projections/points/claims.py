"""The projection of claims: one row each, for the queue, the disputes and the watch."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import Kept, micros
from projections.rowing import kept, listed
from projections.views import Row, Table

CLAIMS_TABLE = Table(
    "claims",
    {
        "id": "text",
        "state": "text",
        "account": "text",
        "holder": "text",
        "place": "text",
        "activity": "text",
        "quantity": "int",
        "basis": "text",
        "points": "int",
        "occurred_on": "text",
        "beneficiary": "text",
        "witnesses": "text",
        "evidence": "text",
        "note": "text",
        "filed_by": "text",
        "on_behalf": "int",
        "cause": "text",
        "rule_version": "text",
        "rule_text": "text",
        "filed_at": "int",
        "verified_by": "text",
        "verified_at": "int",
        "entry": "text",
        "reason": "text",
        "disputed_by": "text",
        "disputed_at": "int",
        "grounds": "text",
        "asked": "int",
        "statements": "int",
        "recused": "text",
        "votes": "text",
        "proven_quantity": "int",
        "reversed_points": "int",
        "false_claim": "int",
        "suspended_until": "int",
        "score_change": "int",
        "ruled_at": "int",
        "objections": "int",
        "objections_until": "int",
        "appealed_at": "int",
        "decided_by": "text",
        "outcome": "text",
        "final_at": "int",
        "next_by": "int",
        "version": "int",
        "position": "int",
        "filed_position": "int",
    },
    key=("id",),
    indexes=(
        ("filed_position",),
        ("state", "filed_position"),
        ("account", "filed_position"),
        ("place", "filed_position"),
        ("filed_by", "filed_position"),
        ("activity", "filed_position"),
        ("next_by",),
        ("cause",),
    ),
)
"""`state`: filed, credited, refused, disputed, ruled, appealed, final. `witnesses`, `evidence`, `recused` are
JSON lists, `votes` a JSON object of member and vote; sealed values are `Kept` JSON. `final_at` is when the
time to appeal ends, `next_by` the same while that is what the claim waits for: then the watch makes it final.
`filed_position` orders lists, newest first."""


class Filing(NamedTuple):
    """What the filing said; it never changes."""

    id: str
    position: int
    at: int
    account: str
    holder: str
    place: str
    activity: str
    quantity: int
    basis: str
    points: int
    occurred_on: str
    beneficiary: str
    witnesses: tuple[str, ...]
    evidence: tuple[str, ...]
    note: Kept | None
    filed_by: str
    on_behalf: bool
    cause: str
    rule_version: str
    rule_text: str


class Ruling(NamedTuple):
    at: int
    proven: int
    reversed: int
    false: bool
    suspended_until: int
    score_change: int
    votes: tuple[tuple[str, str], ...]
    recused: tuple[str, ...]
    final_at: int
    objections_until: int
    objections: int = 0


class Claim(NamedTuple):
    filing: Filing
    state: str
    version: int
    position: int
    verified_by: str = ""
    verified_at: int = 0
    entry: str = ""
    reason: Kept | None = None
    disputed_by: str = ""
    disputed_at: int = 0
    grounds: Kept | None = None
    asked: int = 0
    statements: int = 0
    recused: tuple[str, ...] = ()
    ruling: Ruling | None = None
    appealed_at: int = 0
    decided_by: str = ""
    outcome: str = ""


Changes = dict[str, Any]


def fold(claim: Claim | None, line: Recorded) -> Claim:
    """The claim after the fact. ValueError for a stream that does not begin with its filing."""
    if isinstance(line.fact, f.ClaimFiled):
        return Claim(filing(line.fact, line), "filed", line.version, line.position)
    if claim is None:
        raise ValueError(f"{line.stream} does not begin with its filing")
    return claim._replace(version=line.version, position=line.position, **changes(claim, line))


def filing(fact: f.ClaimFiled, line: Recorded) -> Filing:
    return Filing(
        id=line.stream,
        position=line.position,
        at=micros(line.occurred_at),
        account=fact.account,
        holder=fact.holder,
        place=fact.place,
        activity=fact.activity,
        quantity=fact.quantity,
        basis=fact.basis,
        points=fact.points,
        occurred_on=fact.occurred_on.isoformat(),
        beneficiary=fact.beneficiary,
        witnesses=fact.witnesses,
        evidence=fact.evidence,
        note=None if fact.note is None else kept(line, fact.note, "note"),
        filed_by=fact.filed_by,
        on_behalf=fact.on_behalf,
        cause=fact.cause,
        rule_version=fact.rule.version,
        rule_text=fact.rule.text,
    )


def changes(claim: Claim, line: Recorded) -> Changes:
    fact, at, by = line.fact, micros(line.occurred_at), line.actor.person
    match fact:
        case f.ClaimVerified():
            return {"state": "credited", "verified_by": by, "verified_at": at, "entry": fact.entry}
        case f.ClaimRefused():
            return {"state": "refused", "reason": kept(line, fact.reason, "reason")}
        case f.ClaimDisputed():
            said = {"disputed_by": by, "disputed_at": at, "grounds": kept(line, fact.grounds, "grounds")}
            return {"state": "disputed", "asked": fact.asked, **said}
        case f.StatementTaken():
            return {"statements": claim.statements + 1}
        case f.MemberRecused():
            return {"recused": (*claim.recused, fact.member)}
        case f.ClaimRuled():
            return {"state": "ruled", "ruling": ruling(fact, at), "recused": fact.recused}
        case f.VoteObjected() if claim.ruling is not None:
            return {"ruling": claim.ruling._replace(objections=claim.ruling.objections + 1)}
        case f.RulingAppealed():
            return {"state": "appealed", "appealed_at": at}
        case f.AppealDecided():
            return {"state": "final", "outcome": fact.outcome, "decided_by": fact.decided_by}
        case f.ClaimFinal():
            return {"state": "final"}
    return {}


def ruling(fact: f.ClaimRuled, at: int) -> Ruling:
    return Ruling(
        at=at,
        proven=fact.proven_quantity,
        reversed=fact.reversed_points,
        false=fact.false_claim,
        suspended_until=0 if fact.suspended_until is None else micros(fact.suspended_until),
        score_change=fact.score_change,
        votes=tuple([(vote.member, vote.vote) for vote in fact.votes]),
        recused=fact.recused,
        final_at=micros(fact.final_at),
        objections_until=micros(fact.objections_until),
    )


class Claims:
    """A claim's rows are those of its own stream."""

    NAME = "claims"
    VERSION = 1
    TABLES = (CLAIMS_TABLE,)
    FACTS: frozenset[type] = frozenset(f.ClaimFact.__args__)
    STATE = Claim

    def subject(self, line: Recorded) -> str:
        return line.stream

    def fold(self, state: Claim | None, line: Recorded) -> Claim:
        return fold(state, line)

    def rows(self, state: Claim) -> Mapping[str, Sequence[Row]]:
        return {"claims": [row(state)]}

    def marks(self, before: Claim | None, after: Claim, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(claim: Claim) -> Row:
    filed, ruled = claim.filing, claim.ruling
    return {
        "id": filed.id,
        "state": claim.state,
        "account": filed.account,
        "holder": filed.holder,
        "place": filed.place,
        "activity": filed.activity,
        "quantity": filed.quantity,
        "basis": filed.basis,
        "points": filed.points,
        "occurred_on": filed.occurred_on,
        "beneficiary": filed.beneficiary,
        "witnesses": listed(filed.witnesses),
        "evidence": listed(filed.evidence),
        "note": None if filed.note is None else filed.note.json,
        "filed_by": filed.filed_by,
        "on_behalf": int(filed.on_behalf),
        "cause": filed.cause,
        "rule_version": filed.rule_version,
        "rule_text": filed.rule_text,
        "filed_at": filed.at,
        "verified_by": claim.verified_by,
        "verified_at": claim.verified_at or None,
        "entry": claim.entry,
        "reason": None if claim.reason is None else claim.reason.json,
        "disputed_by": claim.disputed_by,
        "disputed_at": claim.disputed_at or None,
        "grounds": None if claim.grounds is None else claim.grounds.json,
        "asked": claim.asked,
        "statements": claim.statements,
        "recused": listed(claim.recused),
        "votes": json.dumps(dict(ruled.votes), ensure_ascii=False) if ruled else "{}",
        "proven_quantity": ruled.proven if ruled else None,
        "reversed_points": ruled.reversed if ruled else None,
        "false_claim": int(ruled.false) if ruled else None,
        "suspended_until": (ruled.suspended_until or None) if ruled else None,
        "score_change": ruled.score_change if ruled else None,
        "ruled_at": ruled.at if ruled else None,
        "objections": ruled.objections if ruled else 0,
        "objections_until": ruled.objections_until if ruled else None,
        "appealed_at": claim.appealed_at or None,
        "decided_by": claim.decided_by,
        "outcome": claim.outcome,
        "final_at": ruled.final_at if ruled else None,
        "next_by": ruled.final_at if ruled and claim.state == "ruled" else None,
        "version": claim.version,
        "position": claim.position,
        "filed_position": filed.position,
    }


CLAIMS = Claims()
