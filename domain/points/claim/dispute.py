"""A credited claim before the panel (监督小组): disputed, witnessed, ruled on, appealed against.

Nobody judges his own matter: parties and witnesses are put aside by themselves, other members step aside.
"""

from domain.bounds import NAME, TEXT, items, one_of, said, text
from domain.deciding import in_order, local_day
from domain.messages import Dated, clear
from domain.points.claim.commands import (
    Appeal,
    DecideAppeal,
    Dispute,
    NoticeFinal,
    ObjectToVote,
    Recuse,
    Rule,
    TakeStatement,
)
from domain.points.claim.state import Appealed, Claim, Credited, Disputed, Final, Ruled
from domain.points.facts import (
    AppealDecided,
    ClaimDisputed,
    ClaimFinal,
    ClaimRuled,
    MemberRecused,
    RulingAppealed,
    StatementTaken,
    Vote,
    VoteObjected,
)
from domain.points.rules import quantity
from domain.refusals import Refused
from domain.scene import Scene

VOTES = ("agree", "against", "abstain")
OUTCOMES = ("upheld", "overturned")

# ------------------------------------------------------------------ disputing


def dispute(command: Dispute, state: Credited, scene: Scene) -> tuple[ClaimDisputed]:
    claim = state.claim
    in_order(claim.milestone_at, scene)
    if scene.actor.person == claim.holder:
        raise Refused("claim.disputed-by-holder", "the holder does not dispute his own claim")
    assert claim.credited_at is not None
    until = scene.books.supervision(scene.now).disputable_until(claim.credited_at)
    if scene.now >= until:
        raise Refused(
            "claim.dispute-too-late",
            f"it could be disputed until {until.isoformat()}",
            until=until,
            credited_on=local_day(scene, claim.credited_at).isoformat(),
        )
    return (ClaimDisputed(said(claim.holder, "grounds", command.grounds), claim.account, claim.points),)


def take_statement(command: TakeStatement, state: Disputed | Appealed, scene: Scene) -> tuple[StatementTaken]:
    """A witness does not write down his own words, nor holder, filer or beneficiary those about his claim,
    whatever other role he has."""
    claim = state.claim
    witness = text("witness", command.witness, NAME)
    if scene.actor.person in (witness, claim.holder, claim.filed_by, claim.beneficiary):
        raise Refused("claim.own-statement", "a third person takes down what a witness says", witness=witness)
    proven = command.proven_quantity
    if proven is not None:
        quantity(proven, "proven_quantity", least=0)
    return (StatementTaken(witness, said(claim.holder, "text", command.text), proven),)


def recuse(command: Recuse, state: Disputed | Appealed, scene: Scene) -> tuple[MemberRecused, ...]:
    claim = state.claim
    member = text("member", command.member or scene.actor.person, NAME)
    if member != scene.actor.person and scene.actor.role != "street":
        raise Refused(
            "claim.recuse-yourself",
            "a member steps aside himself; only the street puts another aside",
            help="member: yourself",
            member=member,
        )
    if member in claim.recused:
        return ()
    reason = said(claim.holder, "reason", command.reason) if command.reason.strip() else None
    return (MemberRecused(member, reason),)


# ------------------------------------------------------------------ ruling


def rule(command: Rule, state: Disputed, scene: Scene) -> tuple[ClaimRuled]:
    """裁定: claimed so much, proven so much. The majority of the members who may judge carries it."""
    claim = state.claim
    in_order(claim.milestone_at, scene)
    signer = scene.actor.person
    votes = {signer: "agree", **command.votes}
    _check_members(claim, (signer, *command.votes), command.panel)
    items("votes", tuple(votes))
    for vote in votes.values():
        one_of("votes", vote, VOTES)
    aside = tuple(member for member in command.panel if member in claim.recused or _involved(claim, member))
    judges = len(command.panel) - len(aside)
    agreed = sum(vote == "agree" for vote in votes.values())
    if 2 * agreed <= judges:
        raise Refused(
            "claim.no-majority",
            f"{agreed} of the {judges} members who may judge agree",
            help=f"at least {judges // 2 + 1} agree",
            agreed=agreed,
            judges=judges,
            needed=judges // 2 + 1,
        )
    proven = quantity(command.proven_quantity, "proven_quantity", least=0)
    if proven > claim.quantity:
        raise Refused(
            "claim.proven-exceeds-claimed",
            f"{claim.quantity} were claimed, {proven} cannot be proven",
            help=f"proven_quantity: at most {claim.quantity}",
            claimed=claim.quantity,
        )
    return (_ruled(command, claim, proven, votes, aside, scene),)


def _ruled(
    command: Rule, claim: Claim, proven: int, votes: dict[str, str], aside: tuple[str, ...], scene: Scene
) -> ClaimRuled:
    short = proven < claim.quantity
    false_claim = short if command.false_claim is None else command.false_claim
    if false_claim and not short:
        raise Refused("claim.nothing-false", "all that was claimed is proven", help="false_claim: false")
    supervision = scene.books.supervision(scene.now)
    return ClaimRuled(
        claimed_quantity=claim.quantity,
        proven_quantity=proven,
        reversed_points=unearned(claim, proven, scene),
        reasons=said(claim.holder, "reasons", command.reasons),
        votes=tuple(Vote(member, vote) for member, vote in sorted(votes.items())),
        recused=aside,
        false_claim=false_claim,
        suspended_until=supervision.suspended_until(scene.now) if false_claim else None,
        score_change=-supervision.penalty_score if false_claim else 0,
        rule=claim.rule,
        final_at=supervision.final_at(scene.now),
        objections_until=supervision.objections_until(scene.now),
    )


def unearned(claim: Claim, proven: int, scene: Scene) -> int:
    """What was paid beyond the proven, by the very line that paid it. Whatever version is in force today."""
    tariff = scene.books.tariff_of(claim.rule.version)
    line = None if tariff is None else tariff.get(claim.activity)
    if line is None:
        raise ValueError(f"no line of {claim.rule.version} paid {claim.activity}")
    return claim.points - line.pays(proven)


def _check_members(claim: Claim, members: tuple[str, ...], panel: tuple[str, ...]) -> None:
    """Each is of the panel, no party, no witness, and has not stepped aside."""
    if not panel:
        raise Refused("panel.not-appointed", f"no panel is appointed for {claim.place}", place=claim.place)
    for member in members:
        if member not in panel:
            raise Refused(
                "claim.not-a-member",
                f"{member} is not of the panel",
                help=f"members: {', '.join(panel)}",
                member=member,
            )
        check_judge(claim, member)


def check_judge(claim: Claim, member: str) -> None:
    if _involved(claim, member):
        raise Refused(
            "claim.member-is-party",
            f"{member} is a party or a witness of this claim, and does not judge it",
            help="the other members",
            member=member,
        )
    if member in claim.recused:
        raise Refused(
            "claim.stepped-aside", f"{member} has stepped aside", help="the other members", member=member
        )


def _involved(claim: Claim, member: str) -> bool:
    return member in claim.parties or member in claim.witnesses


def object_to_vote(
    command: ObjectToVote, state: Ruled | Appealed | Final, scene: Scene
) -> tuple[VoteObjected]:
    """Shown on the ruling; it decides nothing by itself."""
    claim, member = state.claim, scene.actor.person
    ruling = claim.ruling
    if ruling is None or member not in ruling.voters - {ruling.signed_by}:
        raise Refused(
            "claim.not-in-the-minute",
            "the minute says nothing about your vote, or you signed it",
            member=member,
        )
    if scene.now >= ruling.objections_until:
        raise Refused(
            "claim.objection-too-late",
            f"a vote could be objected to until {ruling.objections_until.isoformat()}",
            until=ruling.objections_until,
        )
    if member in claim.objected:
        raise Refused("claim.objected-already", "you said so already", member=member)
    return (VoteObjected(member, said(claim.holder, "text", command.text)),)


# ------------------------------------------------------------------ appeal


def appeal(command: Appeal, state: Ruled, scene: Scene) -> tuple[RulingAppealed]:
    """By the holder, or a grid member for him."""
    claim = state.claim
    in_order(claim.milestone_at, scene)
    if scene.actor.role == "resident" and scene.actor.person != claim.holder:
        raise Refused("claim.not-holder", "the holder appeals, or a grid member for him")
    assert claim.ruling is not None
    until = claim.ruling.appealable_until
    if scene.now >= until:
        raise Refused("claim.appeal-too-late", f"the ruling is final since {until.isoformat()}", until=until)
    return (RulingAppealed(clear(claim.holder, text("grounds", command.grounds, TEXT))),)


def decide_appeal(command: DecideAppeal, state: Appealed, scene: Scene) -> tuple[AppealDecided]:
    """By the street, or by a panel member who did not vote."""
    claim, judge = state.claim, scene.actor.person
    in_order(claim.milestone_at, scene)
    check_judge(claim, judge)
    assert claim.ruling is not None
    if judge in claim.ruling.voters:
        raise Refused(
            "claim.judge-voted",
            "whoever voted on the ruling does not decide the appeal",
            help="the street, or a member who did not vote",
            member=judge,
        )
    one_of("outcome", command.outcome, OUTCOMES)
    return (AppealDecided(command.outcome, said(claim.holder, "reasons", command.reasons), judge),)


def notice_final(command: NoticeFinal, state: Ruled, scene: Scene) -> tuple[Dated, ...]:
    """Nothing before the time to appeal is over."""
    assert state.claim.ruling is not None
    ruling = state.claim.ruling
    if scene.now < ruling.appealable_until:
        return ()
    return (Dated(ClaimFinal(ruling.ruled_at), ruling.appealable_until),)
