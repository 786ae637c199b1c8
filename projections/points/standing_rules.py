"""Which rule each step of a dispute went by, as a line of a rule book with its text."""

from domain.messages import Recorded
from domain.points import facts as f
from domain.points.facts import Rule
from domain.rule_books import Books
from domain.rule_books.supervision import Supervision
from projections.words import Speaker

LINES = {
    f.ClaimDisputed: "dispute",
    f.PointsHeld: "dispute",
    f.MemberRecused: "recusal",
    f.RedemptionSuspended: "false-claim",
    f.CreditScoreAdjusted: "false-claim",
    f.RedemptionCancelled: "false-claim",
    f.VoteObjected: "vote-objection",
    f.RulingAppealed: "appeal",
    f.AppealDecided: "appeal",
    f.ReversalUndone: "appeal",
    f.RedemptionRestored: "appeal",
    f.ClaimFinal: "appeal",
    f.AccountOpened: "start-score",
}
"""Facts that name no rule themselves go by a line of the book `supervision`."""


def rule_of(line: Recorded, filed: Rule | None, books: Books, s: Speaker) -> Rule | None:
    """The rule the fact names; else the claim's own line (`filed`) where it is about what was earned; else
    the line of the supervision rules then in force; None where there is none."""
    fact = line.fact
    named = getattr(fact, "rule", None)
    if isinstance(named, Rule):
        return named
    if isinstance(fact, f.ClaimVerified | f.ClaimRefused | f.PointsReversed):
        return filed
    if isinstance(fact, f.PointsHeld) and fact.purpose == "ordered":
        return None
    name = LINES.get(type(fact))
    if name is None:
        return None
    supervision = books.supervision(line.recorded_at)
    return Rule("supervision", supervision.version, name, text_of(name, supervision, s))


def text_of(name: str, rules: Supervision, s: Speaker) -> str:
    """The line in words."""
    match name:
        case "dispute":
            return s.say(
                "入账后 {months} 个月内可以提出异议；有异议的积分先冻结，等裁决。",
                "A credited claim may be disputed for {months} months; its points are held until the ruling.",
                months=rules.dispute_months,
            )
        case "false-claim":
            return s.say(
                "虚报经裁决成立：自裁决之日起 {months} 个日历月内不得兑换，未完成的兑换取消；"
                "信用分减 {score}。",
                "A false claim: no ordering for {months} calendar months from the day of the ruling, pending "
                "orders end, the credit score falls by {score}.",
                months=rules.penalty_months,
                score=rules.penalty_score,
            )
        case "appeal":
            return s.say(
                "裁决后 {days} 天内可以申诉，由街道或没有投票的成员决定；期满即生效。",
                "A ruling may be appealed for {days} days, to the street or members who did not vote; then "
                "it is final.",
                days=rules.appeal_days,
            )
        case "vote-objection":
            return s.say(
                "被记录的成员 {days} 天内可以说明表决记录有误。",
                "A member named in the minute may object to his vote as noted for {days} days.",
                days=rules.objection_days,
            )
        case "recusal":
            return s.say("当事人、见证人和亲属不参加裁决。", "Parties, witnesses and relatives do not rule.")
    return s.say("信用分从 {n} 起。", "The credit score starts at {n}.", n=rules.start_score)
