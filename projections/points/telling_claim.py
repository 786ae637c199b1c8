"""One sentence per fact of a claim: what was claimed, doubted, proven and decided."""

from domain.messages import Recorded
from domain.points import facts as f
from projections.points.words import activity, booked, many, of_rule, people, person, who, word
from projections.telling import at, because, day
from projections.words import Speaker


def filed(x: f.ClaimFiled, line: Recorded, s: Speaker) -> str:
    behalf = s.say("（代{holder}）", " (on behalf of {holder})", holder=person(s, x.holder))
    said = s.say(
        "{who}{behalf}申报“{deed}” {many}，{day}，{points} 分；按积分规则 {version}：{text}。",
        "{who}{behalf} claimed “{deed}”, {many}, on {day}: {points} points, by tariff {version}: {text}.",
        who=who(line, s),
        behalf=behalf if x.on_behalf else "",
        deed=activity(s, x.activity),
        many=many(s, x.quantity, x.basis),
        day=day(x.occurred_on, line, s),
        points=x.points,
        version=x.rule.version,
        text=of_rule(s, x.rule),
    )
    if x.beneficiary:
        said += s.say("受益人{who}。", " For {who}.", who=person(s, x.beneficiary))
    if x.witnesses:
        said += s.say("见证人{who}。", " Witnesses: {who}.", who=people(s, x.witnesses))
    if x.evidence:
        said += s.say("附证据 {n} 份。", " With {n} pieces of evidence.", n=len(x.evidence))
    return said + s.words(line, x.note, "note")


def verified(x: f.ClaimVerified, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}核实，入账 {n} 分（{entry}）。",
        "{who} verified it; {n} points were credited ({entry}).",
        who=who(line, s),
        n=x.points,
        entry=booked(s, x.entry),
    )


def refused(x: f.ClaimRefused, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}不予认定，不入账。", "{who} did not accept it; nothing was credited.", who=who(line, s)
    )
    return said + because(line, x.reason, s)


def disputed(x: f.ClaimDisputed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}提出异议，涉及 {n} 分，等监督小组裁决。",
        "{who} disputed it, {n} points; the panel will rule.",
        who=who(line, s),
        n=x.asked,
    )
    return said + s.words(line, x.grounds, "grounds", "理由：", "Grounds: ")


def statement_taken(x: f.StatementTaken, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}记录{witness}的证言。",
        "{who} took down what {witness} said.",
        who=who(line, s),
        witness=person(s, x.witness),
    )
    if x.proven_quantity is not None:
        said += s.say("能证实 {n} 次。", " It confirms {n}.", n=x.proven_quantity)
    return said + s.words(line, x.text, "text")


def recused(x: f.MemberRecused, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}回避，不参加裁决。", "{who} stepped aside and takes no part.", who=person(s, x.member))
    return said + because(line, x.reason, s)


def ruled(x: f.ClaimRuled, line: Recorded, s: Speaker) -> str:
    counts = {each: sum(vote.vote == each for vote in x.votes) for each in ("agree", "against", "abstain")}
    said = s.say(
        "监督小组裁决（{agree} 票同意，{against} 票反对，{abstain} 票弃权）：申报 {claimed}，认定 {proven}。",
        "The panel ruled ({agree} agreed, {against} against, {abstain} abstained): claimed {claimed}, "
        "proven {proven}.",
        **counts,
        claimed=x.claimed_quantity,
        proven=x.proven_quantity,
    )
    if x.reversed_points:
        said += s.say("冲正 {n} 分。", " {n} points go back.", n=x.reversed_points)
    if x.suspended_until is not None:
        said += s.say(
            "停止兑换到 {day}，信用分减 {n}。",
            " Ordering is suspended until {day}, and the credit score falls by {n}.",
            day=s.day(x.suspended_until.astimezone(s.zone).date()),
            n=-x.score_change,
        )
    if x.recused:
        said += s.say("{who}回避。", " Aside: {who}.", who=people(s, x.recused))
    said += s.words(line, x.reasons, "reasons", "理由：", "Reasons: ")
    return said + s.say("可在 {at} 前申诉。", " It may be appealed until {at}.", at=at(x.final_at, line, s))


def vote_objected(x: f.VoteObjected, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}说记录的表决与本人不符。", "{who} says the minute has the vote wrong.", who=person(s, x.member)
    )
    return said + s.words(line, x.text, "text")


def appealed(x: f.RulingAppealed, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}提出申诉。", "{who} appealed.", who=who(line, s))
    return said + s.words(line, x.grounds, "grounds", "理由：", "Grounds: ")


def appeal_decided(x: f.AppealDecided, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}复核申诉：{outcome}。",
        "{who} decided on the appeal: {outcome}.",
        who=person(s, x.decided_by),
        outcome=word(s, x.outcome),
    )
    return said + s.words(line, x.reasons, "reasons", "理由：", "Reasons: ")


def final(x: f.ClaimFinal, line: Recorded, s: Speaker) -> str:
    return s.say(
        "申诉期满，没有人申诉，裁决生效。", "Nobody appealed in time: the ruling of the panel is final."
    )
