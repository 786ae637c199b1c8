"""What each command of the points asks of the person who gives it. The answers become the command's own body
(api/points/bodies.py); nothing here decides anything."""

from collections.abc import Callable, Mapping

from api.pages.asked import WHEN, reason, text
from api.pages.forms import Field
from api.pages.points.window import Window
from api.pages.points.words import OUTCOMES, VOTES
from api.points.claims import panel_over
from projections.points.claims import Claim

OfClaim = Callable[[Window, Claim], tuple[Field, ...]]

EXPLAINED: Mapping[str, str] = {
    "verify": "核实人不能是持有人、代报人或受益人。核实后积分立刻入账。",
    "dispute": "有争议的积分先冻结，等监督小组裁决；持有人可以照常使用其余的积分。",
    "rule": "先看会发生什么：冲正多少分、停到哪天、哪些兑换单会取消，都会用句子写出来，那时还没有记录。",
    "recuse": "回避后不参加这一件的表决，也不再看到后来的材料。",
    "vote-objection": "会写进裁决，裁决本身不变。",
    "appeal-decision": "撤销裁决会把冲正、暂停和信用分一并撤回。",
}


QUESTION: Mapping[str, str] = {
    "verify": "{deed}：{many}，是真的吗",
    "rule": "{deed}：申报 {many}，认定多少",
    "appeal-decision": "{deed}：裁决要不要撤销",
}
"""What is to be decided, as the page of the form asks it."""


def fixed(*fields: Field) -> OfClaim:
    return lambda window, claim: fields


def members(window: Window, claim: Claim) -> tuple[str, ...]:
    """Who sits on the panel that judges it."""
    _, found = panel_over(window.points, claim.filing.place)
    return tuple(found.state.members)


def statement(window: Window, claim: Claim) -> tuple[Field, ...]:
    known = [claim.filing.holder, claim.filing.beneficiary, *claim.filing.witnesses, claim.filing.filed_by]
    those = dict.fromkeys(one for one in known if one and one != window.actor.person)
    return (
        Field(
            "witness", "谁说的", "choice", options=tuple((id, named(window, claim, id)) for id in those),
            required=True, other="不在上面的，填他的人员编号",
        ),
        text("他的原话", hint="照原话写，不要归纳。会密封保存，只有办理的人能看。"),
        Field("proven_quantity", "他能证明几次", "number", hint="说不准就不填。", unit=""),
        WHEN,
    )  # fmt: skip


def named(window: Window, claim: Claim, person: str) -> str:
    """居民 7008（持有人）: a name alone says nothing of who is only known by four letters."""
    filed = claim.filing
    part = (
        "持有人" if person == filed.holder
        else "受益人" if person == filed.beneficiary
        else "见证人" if person in filed.witnesses
        else "代报人"
    )  # fmt: skip
    return window.say("{person}（{role}）", person=window.who(person), role=window.say(part))


def recuse(window: Window, claim: Claim) -> tuple[Field, ...]:
    chosen = (
        Field(
            "member", "谁回避", "select", required=True,
            options=tuple((member, window.who(member)) for member in members(window, claim)),
        ),
    ) if window.role == "street" else ()  # fmt: skip
    return (*chosen, reason("为什么回避", required=False), WHEN)


def rule(window: Window, claim: Claim) -> tuple[Field, ...]:
    """Claimed so much; how much of it is proven, and how each member who may judge voted."""
    votes = tuple(VOTES.items())
    others = [
        member for member in members(window, claim)
        if member != window.actor.person and member not in claim.recused
    ]  # fmt: skip
    return (
        Field(
            "proven_quantity", "认定几次", "number", required=True,
            hint=window.say(
                "申报了 {many}。只算有证据的。", many=window.many(claim.filing.quantity, claim.filing.basis)
            ),
        ),
        text("理由", name="reasons", hint="写明依据了哪些材料。会随裁决一起保存。"),
        *(
            Field(
                f"votes.{member}", window.say("{who}的票", who=window.who(member)), "choice", options=votes,
                asks="（没有参加就不选）",
            )
            for member in others
        ),
        Field(
            "false_claim", "是不是虚报", "select",
            options=(("true", "是虚报：暂停兑换，扣信用分"), ("false", "不是虚报：只冲正多记的分")),
            hint="不选的话，认定少于申报就算虚报。",
        ),
        WHEN,
    )  # fmt: skip


CLAIM: Mapping[str, OfClaim] = {
    "verify": fixed(WHEN),
    "refuse": fixed(reason("为什么不予认定"), WHEN),
    "dispute": fixed(text("异议的理由", name="grounds", hint="写看到或听到了什么，不写猜测。"), WHEN),
    "statement": statement,
    "recuse": recuse,
    "rule": rule,
    "vote-objection": fixed(text("表决记录哪里不对"), WHEN),
    "appeal": fixed(text("申诉的理由", name="grounds", hint="有新的材料就写在这里。"), WHEN),
    "appeal-decision": fixed(
        Field("outcome", "怎么决定", "choice", options=tuple(OUTCOMES.items()), required=True),
        text("理由", name="reasons"),
        WHEN,
    ),
}
"""By the command's name in the address (api/points/claims.py)."""
