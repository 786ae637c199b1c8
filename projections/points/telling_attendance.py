"""One sentence per fact of an attendance list."""

from domain.messages import Recorded
from domain.points.attendance import facts as f
from projections.points.words import activity, many, of_rule, person, who
from projections.telling import because, day
from projections.words import Speaker


def opened(x: f.AttendanceOpened, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}为{day}在{place}的“{deed}”（{many}）开名单，到场各记 {n} 分；按积分规则 {version}：{rule}。",
        "{who} opened the list of “{deed}” ({many}) in {place} on {day}: {n} points for each who was there, "
        "by tariff {version}: {rule}.",
        who=who(line, s),
        day=day(x.occurred_on, line, s),
        place=s.grid(x.place),
        deed=activity(s, x.activity),
        many=many(s, x.quantity, x.basis),
        n=x.points,
        version=x.rule.version,
        rule=of_rule(s, x.rule),
    )


def present(x: f.PresentNoted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}记{person}到场。",
        "{who} noted that {person} was there.",
        who=who(line, s),
        person=person(s, x.holder),
    )


def absent(x: f.AbsentNoted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}划去{person}：没有到场。",
        "{who} struck out {person}, who was not there.",
        who=who(line, s),
        person=person(s, x.holder),
    )


def confirmed(x: f.AttendanceConfirmed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}核对名单属实，{n} 人，积分随后入账。名单由{opener}开。",
        "{who} confirmed the list of {n}, which {opener} opened; their points follow.",
        who=who(line, s),
        n=len(x.accounts),
        opener=person(s, x.opened_by),
    )


def taken_off(x: f.TakenOff, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}更正名单：{person}没有到场，积分随后冲正。",
        "{who} corrected the list: {person} was not there, and the points go back.",
        who=who(line, s),
        person=person(s, x.holder),
    )
    return said + because(line, x.reason, s)


def cancelled(x: f.AttendanceCancelled, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}作废名单。", "{who} cancelled the list.", who=who(line, s))
    if x.accounts:
        said += s.say("{n} 人的积分随后冲正。", " The points of {n} go back.", n=len(x.accounts))
    return said + because(line, x.reason, s)
