"""The organisation and the register in sentences: one per fact, in Chinese and English. No sealed word is
said: a person is called by whoever may know his name, else by his id."""

from datetime import datetime
from typing import Any

from domain.messages import Recorded
from domain.organisation import facts as o
from domain.people import facts as p
from domain.people import person_of
from projections.points.words import person, who
from projections.telling import Sentence, at, told, word
from projections.words import Speaker

WORDS = {
    "role:gridworker": ("网格员", "grid member"),
    "role:dispatcher": ("社区派单员", "dispatcher"),
    "role:unit": ("承办单位人员", "member of a handling unit"),
    "role:street": ("街道人员", "street officer"),
    "role:panel": ("监督小组成员", "member of the panel"),
    "role:analyst": ("分析员", "analyst"),
    "role:admin": ("管理员", "administrator"),
    "post:grid_head": ("网格长", "head of the grid"),
    "post:entrance_head": ("单元长", "head of the entrance"),
    "post:building_head": ("楼栋长", "head of the building"),
    "post:liaison": ("联络员", "liaison"),
    "post:community_secretary": ("社区书记", "community secretary"),
    "post:police_deputy_secretary": ("民警副书记", "police deputy secretary"),
    "field:name": ("姓名", "name"),
    "field:phone": ("电话", "telephone number"),
}
"""What the codes of roles, posts and fields are called; a vocabulary's own posts by their code."""


def sentence(line: Recorded, s: Speaker) -> str:
    """Who did what. KeyError for a fact that is neither the organisation's nor a person's."""
    return told(SENTENCES, line, s)


def himself(line: Recorded, s: Speaker) -> str:
    """The person whose stream the line is in."""
    return person(s, person_of(line.stream))


def place(scope: str, s: Speaker) -> str:
    return s.unit(scope) if scope else s.say("整个系统", "the whole deployment")


def until(moment: datetime | None, line: Recorded, s: Speaker) -> str:
    return "" if moment is None else s.say("，到 {at}", ", until {at}", at=at(moment, line, s))


# ------------------------------------------------------------------ the organisation


def grid_established(x: o.GridEstablished, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}建立网格“{name}”（{path}）。",
        "{who} established the grid “{name}” ({path}).",
        who=who(line, s),
        name=x.name,
        path=x.path,
    )


def unit_established(x: o.UnitEstablished, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}建立单位“{name}”（{unit}）。",
        "{who} established the unit “{name}” ({unit}).",
        who=who(line, s),
        name=x.name,
        unit=x.unit,
    )


def time_zone_set(x: o.TimeZoneSet, line: Recorded, s: Speaker) -> str:
    return s.say("日子按时区 {zone} 计算。", "Days are counted in {zone}.", zone=x.time_zone)


def granted(x: o.Granted, line: Recorded, s: Speaker) -> str:
    begins = s.say("从 {at} 起", " from {at}", at=at(x.from_at, line, s))
    return s.say(
        "{who}授权{person}{begins}任{role}，范围：{place}{until}。理由：{reason}",
        "{who} lets {person} act as {role}{begins} in {place}{until}. Reason: {reason}",
        who=who(line, s),
        person=person(s, x.person),
        begins=begins,
        role=word(WORDS, x.role, "role", s),
        place=place(x.scope, s),
        until=until(x.until_at, line, s),
        reason=x.reason,
    )


def grant_revoked(x: o.GrantRevoked, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}撤销{person}的授权 {grant}。理由：{reason}",
        "{who} revoked {person}'s grant {grant}. Reason: {reason}",
        who=who(line, s),
        person=person(s, x.person),
        grant=x.grant,
        reason=x.reason,
    )


def post_taken(x: o.PostTaken, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{person}任{place}{post}。",
        "{person} became {post} of {place}.",
        person=person(s, x.person),
        place=place(x.place, s),
        post=word(WORDS, x.post, "post", s),
    )


def post_left(x: o.PostLeft, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{person}离任（{tenure}）。理由：{reason}",
        "{person} left the post {tenure}. Reason: {reason}",
        person=person(s, x.person),
        tenure=x.tenure,
        reason=x.reason,
    )


def body_formed(x: o.BodyFormed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}按模板 {template}（{version}）组建{unit}，{n} 人。",
        "{who} formed {unit} after the template {template} ({version}): {n} members.",
        who=who(line, s),
        template=x.template,
        version=x.templates,
        unit=s.unit(x.unit),
        n=len(x.members),
    )


def body_dissolved(x: o.BodyDissolved, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}解散{unit}。理由：{reason}",
        "{who} dissolved {unit}. Reason: {reason}",
        who=who(line, s),
        unit=s.unit(x.unit),
        reason=x.reason,
    )


# ------------------------------------------------------------------ people


def plain(zh: str, en: str) -> Sentence:
    """A sentence of which only who did it, to whom and why is told."""

    def told(x: Any, line: Recorded, s: Speaker) -> str:
        said = s.say(zh, en, who=who(line, s), person=himself(line, s))
        reason = getattr(x, "reason", "")
        return said + (s.say("理由：{r}", " Reason: {r}", r=reason) if reason else "")

    return told


def enrolled(x: p.Enrolled, line: Recorded, s: Speaker) -> str:
    home = s.say("，住{place}", ", who lives in {place}", place=place(x.home, s)) if x.home else ""
    return s.say(
        "{who}登记{person}{home}。",
        "{who} entered {person}{home}.",
        who=who(line, s),
        person=himself(line, s),
        home=home,
    )


def revealed(x: p.PersonalDataRevealed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}查看{person}的{field}{until}。理由：{reason}",
        "{who} read {person}'s {field}{until}. Reason: {reason}",
        who=who(line, s),
        person=himself(line, s),
        field=word(WORDS, x.field, "field", s),
        until=until(x.until_at, line, s),
        reason=x.reason,
    )


def hold_placed(x: p.HoldPlaced, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}对{person}设置法定保留{until}。理由：{reason}",
        "{who} placed a legal hold on {person}{until}. Reason: {reason}",
        who=who(line, s),
        person=himself(line, s),
        until=until(x.until_at, line, s),
        reason=x.reason,
    )


SENTENCES: dict[type, Sentence] = {
    o.GridEstablished: grid_established,
    o.UnitEstablished: unit_established,
    o.TimeZoneSet: time_zone_set,
    o.Granted: granted,
    o.GrantRevoked: grant_revoked,
    o.PostTaken: post_taken,
    o.PostLeft: post_left,
    o.BodyFormed: body_formed,
    o.BodyDissolved: body_dissolved,
    p.Enrolled: enrolled,
    p.PasswordSet: plain("{who}设置{person}的密码。", "{who} set {person}'s password."),
    p.IdentityLinked: plain("{who}给{person}绑定外部账号。", "{who} linked an outside account to {person}."),
    p.SignedOut: plain("{who}让{person}全部退出。", "{who} ended every session of {person}."),
    p.Barred: plain("{who}停用{person}的账号。", "{who} barred {person}."),
    p.Readmitted: plain("{who}恢复{person}的账号。", "{who} readmitted {person}."),
    p.PersonalDataRevealed: revealed,
    p.HoldPlaced: hold_placed,
    p.HoldLifted: plain("{who}解除对{person}的法定保留。", "{who} lifted a legal hold on {person}."),
    p.Erased: plain("{who}删除{person}的个人信息。", "{who} erased {person}."),
}
