"""The facts of spot checks and published figures, each in one sentence."""

from domain import publishing
from domain.messages import Recorded
from domain.sampling import facts as f
from projections.words import Speaker

METHODS = {"dice": ("掷骰子", "dice"), "lottery": ("彩票开奖", "a lottery's draw")}


def sentence(line: Recorded, s: Speaker) -> str:
    """ "" for a fact of another kind."""
    who = line.actor.person
    match line.fact:
        case f.FrameFixed() as fixed:
            return s.say(
                "{who}锁定了 {week} 的抽样范围：{cases} 件，将抽 {many} 件，检查点 {size}。",
                "{who} fixed the frame of {week}: {cases} cases, {many} to be drawn, checkpoint {size}.",
                who=who,
                week=fixed.week,
                cases=len(fixed.tickets),
                many=fixed.many,
                size=fixed.size,
            )
        case f.SampleDrawn() as drawn:
            return s.say(
                "{who}录入公开随机数（{how}，{source}）：{value}，抽中 {many} 件。",
                "{who} recorded the public value ({how}, {source}): {value}; it draws {many} cases.",
                who=who,
                how=s.say(*METHODS.get(drawn.method, (drawn.method, drawn.method))),
                source=drawn.source,
                value=drawn.value,
                many=len(drawn.cases),
            )
        case publishing.FigurePublished() as figure:
            return s.say(
                "{who}公布了 {indicator}（{first} 至 {last}），贴在{where}。",
                "{who} published {indicator} ({first} to {last}) at {where}.",
                who=who,
                indicator=figure.indicator,
                first=figure.first or "…",
                last=figure.last or "…",
                where=figure.where,
            )
    return ""
