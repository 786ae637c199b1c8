"""One sentence per fact of the calendar of duties."""

from domain.duties import facts as f
from domain.messages import Recorded
from projections.telling import Sentence, at, because, day, told, who
from projections.words import Speaker

BY: dict[str, tuple[str, str]] = {
    "patrol.recorded": ("记录了巡查", "a patrol was recorded"),
    "visit-plan.made": ("排定了走访计划", "the visits were planned"),
    "sampling.frame-fixed": ("锁定了抽样范围", "the frame was fixed"),
    "panel.ledger-reviewed": ("核查了积分账", "the ledger was reviewed"),
    "panel.disclosure-published": ("公布了兑换公示", "the disclosure was published"),
    "panel.ranking-frozen": ("公布了排名", "the ranking was frozen"),
    "panel.honour-granted": ("授予了荣誉", "an honour was granted"),
}
"""What the facts that do a duty by themselves are called."""


def named(terms: f.Terms, s: Speaker) -> str:
    return s.say(terms.zh, terms.en)


def days(period: f.Period, line: Recorded, s: Speaker) -> str:
    """The day, or the first and the last one."""
    if period.first == period.last:
        return day(period.first, line, s)
    return s.say(
        "{first}至{last}",
        "{first} to {last}",
        first=day(period.first, line, s),
        last=day(period.last, line, s),
    )


def moved(period: f.Period, line: Recorded, s: Speaker) -> str:
    if period.dated is None:
        return ""
    return s.say(
        "原定{day}遇{why}，顺延。",
        " It was to be on {day} ({why}) and moves to the next working day.",
        day=day(period.dated, line, s),
        why=s.word(period.reason, "off"),
    )


def coming(period: f.Period | None, line: Recorded, s: Speaker) -> str:
    if period is None:
        return s.say("规则本里不再有这一项。", " The book asks for it no longer.")
    said = s.say(
        "下一期：{days}，{by} 前。",
        " Next: {days}, by {by}.",
        days=days(period, line, s),
        by=at(period.due, line, s),
    )
    return said + moved(period, line, s)


def opened(x: f.DutyOpened, line: Recorded, s: Speaker) -> str:
    return s.say(
        "在{place}开设“{what}”，按履职日历 {version}。",
        "“{what}” begins in {place}, by the calendar of duties {version}.",
        place=s.grid(x.place),
        what=named(x.terms, s),
        version=x.terms.version,
    ) + coming(x.next, line, s)


def changed(x: f.DutyChanged, line: Recorded, s: Speaker) -> str:
    return s.say(
        "从下一期起按履职日历 {version} 办理“{what}”。",
        "From the next period on, “{what}” follows the calendar of duties {version}.",
        version=x.terms.version,
        what=named(x.terms, s),
    )


def done(x: f.DutyDone | f.DutyDoneLate, line: Recorded, s: Speaker) -> str:
    span = days(x.period, line, s)
    if x.by:
        said = s.say(
            "{days}这一期已完成：{what}。",
            "The period of {days} is done: {what}.",
            days=span,
            what=s.say(*BY.get(x.by, (x.by, x.by))),
        )
    else:
        said = s.say(
            "{who}完成了{days}这一期。", "{who} did the period of {days}.", who=who(line, s), days=span
        )
    if isinstance(x, f.DutyDoneLate):
        said += (
            s.say("期限内办的，补记在后。", " It was done in time and told afterwards.")
            if x.in_time
            else s.say("晚于期限，漏办记录保留。", " That was after the deadline; the missed one stands.")
        )
    said += s.words(line, x.note, "note", "情况：", " Note: ")
    return said + (coming(x.next, line, s) if isinstance(x, f.DutyDone) else "")


def missed(x: f.DutyMissed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{place}漏办：{days}这一期到 {by} 没有完成。",
        "Missed in {place}: the period of {days} was not done by {by}.",
        place=s.grid(x.place),
        days=days(x.period, line, s),
        by=at(x.period.due, line, s),
    ) + coming(x.next, line, s)


def explained(x: f.DutyExplained, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}说明 {period} 漏办的原因。",
        "{who} said why {period} was missed.",
        who=who(line, s),
        period=x.period,
    )
    return said + because(line, x.reason, s)


def closed(x: f.DutyClosed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}停办{place}的这一项，不再要求 {period} 这一期。",
        "{who} closed it in {place}; {period} is asked for no longer.",
        who=who(line, s),
        place=s.grid(x.place),
        period=x.period,
    )
    return said + because(line, x.reason, s)


SENTENCES: dict[type, Sentence] = {
    f.DutyOpened: opened,
    f.DutyChanged: changed,
    f.DutyDone: done,
    f.DutyMissed: missed,
    f.DutyDoneLate: done,
    f.DutyExplained: explained,
    f.DutyClosed: closed,
}


def sentence(line: Recorded, speaker: Speaker) -> str:
    """Who did what. KeyError for a fact that is none of the calendar's."""
    return told(SENTENCES, line, speaker)
