"""What is awaited of a claim. Each state is a type; all share its record, which holds no text."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from domain.messages import Envelope
from domain.points.facts import (
    AppealDecided,
    ClaimDisputed,
    ClaimFact,
    ClaimFiled,
    ClaimFinal,
    ClaimRefused,
    ClaimRuled,
    ClaimVerified,
    MemberRecused,
    Rule,
    RulingAppealed,
    StatementTaken,
    Vote,
    VoteObjected,
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """`signed_by` wrote the minute. `appealable_until` is when it becomes final."""

    signed_by: str
    ruled_at: datetime
    proven_quantity: int
    reversed_points: int
    false_claim: bool
    votes: tuple[Vote, ...]
    appealable_until: datetime
    objections_until: datetime

    @property
    def voters(self) -> frozenset[str]:
        return frozenset(vote.member for vote in self.votes) | {self.signed_by}


@dataclass(frozen=True, slots=True)
class Claim:
    """`parties` are those whose matter it is: who holds, filed, benefits, verified, or disputed it as a
    neighbour; `witnesses` those who were named or have spoken. None of them judges it. `milestone_at` is when
    the latest step happened: none may precede it."""

    account: str
    holder: str
    place: str
    activity: str
    quantity: int
    occurred_on: date
    points: int
    rule: Rule
    filed_by: str
    beneficiary: str
    cause: str
    milestone_at: datetime
    parties: frozenset[str]
    witnesses: frozenset[str]
    entry: str = ""
    credited_at: datetime | None = None
    recused: frozenset[str] = frozenset()
    ruling: Ruling | None = None
    objected: frozenset[str] = frozenset()
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Unfiled:
    pass


@dataclass(frozen=True, slots=True)
class AwaitingVerification:
    claim: Claim


@dataclass(frozen=True, slots=True)
class Credited:
    claim: Claim


@dataclass(frozen=True, slots=True)
class NotAccepted:
    claim: Claim


@dataclass(frozen=True, slots=True)
class Disputed:
    claim: Claim


@dataclass(frozen=True, slots=True)
class Ruled:
    claim: Claim


@dataclass(frozen=True, slots=True)
class Appealed:
    claim: Claim


@dataclass(frozen=True, slots=True)
class Final:
    claim: Claim


Filed = AwaitingVerification | Credited | NotAccepted | Disputed | Ruled | Appealed | Final
State = Unfiled | Filed
INITIAL: State = Unfiled()

NAMES: dict[type, str] = {
    Unfiled: "unfiled",
    AwaitingVerification: "filed",
    Credited: "credited",
    NotAccepted: "refused",
    Disputed: "disputed",
    Ruled: "ruled",
    Appealed: "appealed",
    Final: "final",
}
"""What the outside calls each state."""


def state_name(state: State) -> str:
    return NAMES[type(state)]


def evolve(state: State, fact: ClaimFact, envelope: Envelope) -> State:
    at = envelope.occurred_at
    if isinstance(fact, ClaimFiled):
        return AwaitingVerification(_filed(fact, at))
    assert not isinstance(state, Unfiled), "a claim begins by being filed"
    claim = state.claim
    match fact:
        case ClaimVerified(_, _, entry):
            parties = claim.parties | {envelope.actor.person}
            return Credited(replace(claim, entry=entry, credited_at=at, milestone_at=at, parties=parties))
        case ClaimRefused():
            return NotAccepted(replace(claim, milestone_at=at))
        case ClaimDisputed():
            neighbour = {envelope.actor.person} if envelope.actor.role == "resident" else set()
            return Disputed(replace(claim, milestone_at=at, parties=claim.parties | neighbour))
        case StatementTaken(witness):
            return replace(state, claim=replace(claim, witnesses=claim.witnesses | {witness}))
        case MemberRecused(member):
            return replace(state, claim=replace(claim, recused=claim.recused | {member}))
        case ClaimRuled():
            ruling = Ruling(
                envelope.actor.person,
                at,
                fact.proven_quantity,
                fact.reversed_points,
                fact.false_claim,
                fact.votes,
                fact.final_at,
                fact.objections_until,
            )
            return Ruled(replace(claim, milestone_at=at, ruling=ruling))
        case VoteObjected(member):
            return replace(state, claim=replace(claim, objected=claim.objected | {member}))
        case RulingAppealed():
            return Appealed(replace(claim, milestone_at=at))
        case AppealDecided(outcome):
            return Final(replace(claim, milestone_at=at, outcome=outcome))
        case ClaimFinal():
            return Final(replace(claim, milestone_at=at))
        case _:
            assert_never(fact)


def _filed(fact: ClaimFiled, at: datetime) -> Claim:
    return Claim(
        account=fact.account,
        holder=fact.holder,
        place=fact.place,
        activity=fact.activity,
        quantity=fact.quantity,
        occurred_on=fact.occurred_on,
        points=fact.points,
        rule=fact.rule,
        filed_by=fact.filed_by,
        beneficiary=fact.beneficiary,
        cause=fact.cause,
        milestone_at=at,
        parties=frozenset({fact.holder, fact.filed_by, fact.beneficiary} - {""}),
        witnesses=frozenset(fact.witnesses),
    )
