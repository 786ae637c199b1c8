"""A claim for points (积分申报), from the deed to the last word about it.

    filed ──verify──▶ credited ──dispute──▶ disputed ──rule──▶ ruled ──appeal──▶ appealed ──▶ final
      └──refuse──▶ refused                                       └──── nobody appealed ────────▲

What its facts do to the account (credit, hold, reversal, penalty) happens in the same save: see
domain/points/orders.py.
"""

from collections.abc import Callable, Mapping

from domain.deciding import Decision, permit
from domain.messages import Dated
from domain.points.claim import dispute, filing
from domain.points.claim.commands import (
    Appeal,
    Command,
    DecideAppeal,
    Dispute,
    File,
    NoticeFinal,
    ObjectToVote,
    Recuse,
    Refuse,
    Rule,
    TakeStatement,
    Verify,
)
from domain.points.claim.dispute import unearned
from domain.points.claim.state import (
    INITIAL,
    NAMES,
    Appealed,
    AwaitingVerification,
    Claim,
    Credited,
    Disputed,
    Final,
    NotAccepted,
    Ruled,
    Ruling,
    State,
    Unfiled,
    evolve,
    state_name,
)
from domain.points.facts import ClaimFact
from domain.refusals import Refused
from domain.scene import Scene

__all__ = [
    "INITIAL", "ROUTES", "Appealed", "AwaitingVerification", "Claim", "Command", "Credited", "Disputed",
    "Final", "NotAccepted", "Ruled", "Ruling", "State", "Unfiled",
    "allowed", "decide", "evolve", "filed", "refused", "state_name", "unearned",
]  # fmt: skip

VERIFIERS = frozenset({"gridworker", "dispatcher", "street", "panel"})

ROLES: Mapping[type, frozenset[str]] = {
    File: frozenset({"resident", "gridworker", "dispatcher"}),
    Verify: VERIFIERS,
    Refuse: VERIFIERS,
    Dispute: frozenset({"panel", "dispatcher", "resident"}),
    TakeStatement: frozenset({"panel", "dispatcher", "gridworker", "street"}),
    Recuse: frozenset({"panel", "street"}),
    Rule: frozenset({"panel"}),
    ObjectToVote: frozenset({"panel"}),
    Appeal: frozenset({"resident", "gridworker"}),
    DecideAppeal: frozenset({"street", "panel"}),
    NoticeFinal: frozenset({"engine"}),
}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unfiled: {
        File: filing.file,
    },
    AwaitingVerification: {
        Verify: filing.verify,
        Refuse: filing.refuse,
    },
    Credited: {
        Dispute: dispute.dispute,
    },
    NotAccepted: {},
    Disputed: {
        TakeStatement: dispute.take_statement,
        Recuse: dispute.recuse,
        Rule: dispute.rule,
    },
    Ruled: {
        ObjectToVote: dispute.object_to_vote,
        Appeal: dispute.appeal,
        NoticeFinal: dispute.notice_final,
    },
    Appealed: {
        TakeStatement: dispute.take_statement,
        Recuse: dispute.recuse,
        ObjectToVote: dispute.object_to_vote,
        DecideAppeal: dispute.decide_appeal,
    },
    Final: {
        ObjectToVote: dispute.object_to_vote,
    },
}
"""What may be decided where; a pair that stands in no table is refused."""

ROUTES: Mapping[str, type] = {
    "verify": Verify,
    "refuse": Refuse,
    "dispute": Dispute,
    "statement": TakeStatement,
    "recuse": Recuse,
    "rule": Rule,
    "vote-objection": ObjectToVote,
    "appeal": Appeal,
    "appeal-decision": DecideAppeal,
}
"""What the outside calls each command that people give to a claim."""

NOT_BY: Mapping[type, Callable[[Claim, Scene], None]] = {
    Verify: filing.may_verify,
    Refuse: filing.may_verify,
    Rule: lambda claim, scene: dispute.check_judge(claim, scene.actor.person),
    DecideAppeal: lambda claim, scene: dispute.check_judge(claim, scene.actor.person),
}
"""Who may not, whatever he would say."""


def filed(state: State) -> Claim:
    """The claim's record. Refused `claim.unknown` where there is none."""
    if isinstance(state, Unfiled):
        raise Refused("claim.unknown", "there is no such claim")
    return state.claim


def decide(command: Command, state: State, scene: Scene) -> tuple[ClaimFact | Dated, ...]:
    decision = permitted(type(command), state, scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    decision = permit("claim", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    if not isinstance(state, Unfiled) and kind in NOT_BY:
        NOT_BY[kind](state.claim, scene)
    return decision
