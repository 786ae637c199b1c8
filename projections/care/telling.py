"""One sentence per fact of a care plan."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.care import facts as f
from domain.messages import Recorded
from projections.telling import at, because, day, who
from projections.words import Speaker

WORDS: Mapping[str, tuple[str, str]] = {
    "daily": ("每日关注", "daily"),
    "high": ("高", "high"),
    "medium": ("中", "medium"),
    "low": ("低", "low"),
    "living_alone": ("独居老人", "old and living alone"),
    "no_family": ("孤寡老人", "old and without family"),
    "disabled": ("行动不便残疾人", "disabled, hardly mobile"),
    "bedridden": ("卧床病人", "bedridden"),
    "hardship": ("困难家庭", "a family in hardship"),
    "bereaved": ("特扶家庭", "bereaved of an only child"),
    "other": ("其他", "another ground"),
    "in_person": ("上门", "at the door"),
    "online": ("线上", "by phone or online"),
    "ok": ("正常", "in order"),
    "fault": ("有隐患", "a hazard"),
    "unchecked": ("未查看", "not looked at"),
    "called": ("接报", "called"),
    "arrived": ("到场", "arrived"),
    "hospital": ("送医", "hospital"),
    "family_notified": ("联系家属", "family told"),
    "handed_over": ("完成交接", "handed over"),
    "to:relatives": ("家属", "relatives"),
    "to:hospital": ("医院", "the hospital"),
    "to:neighbour": ("邻居", "a neighbour"),
    "to:other": ("其他人", "somebody else"),
    "closed:moved": ("已搬离", "moved away"),
    "closed:died": ("已去世", "died"),
    "closed:institution": ("入住机构", "in a home or hospital"),
    "closed:improved": ("情况好转", "no longer needed"),
    "closed:declined": ("本人谢绝", "declined by the household"),
    "closed:erased": ("该户或计划所写的人已注销", "the household, or the person named, was erased"),
    "closed:other": ("其他原因", "another reason"),
    "by:in_person": ("当面", "in person"),
    "by:phone": ("电话", "by phone"),
    "by:wechat": ("微信", "by WeChat"),
    "by:paper": ("纸质签收", "on paper, signed"),
    "field:health": ("健康状况", "health"),
    "field:safety": ("居家安全", "home safety"),
    "field:wishes": ("生活需求", "wishes"),
    "field:contact": ("应急联系人", "emergency contact"),
    "field:note": ("建档说明", "note"),
    "field:emergency": ("应急记录", "emergency notes"),
}


def word(s: Speaker, code: str, kind: str = "") -> str:
    found = WORDS.get(f"{kind}:{code}") or WORDS.get(code)
    return code if found is None else s.say(*found)


def _person(s: Speaker, person: str) -> str:
    return s.names.people.get(person, person) if s.staff == "full" else s.say("网格员", "the grid member")


def opened(x: f.CarePlanOpened, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}为{grid}的住户 {household} 建档（{grounds}，风险{risk}）："
        "由{worker}走访，最长每 {days} 天一次，首次不晚于{by}。",
        "{who} opened a care plan for household {household} in {grid} ({grounds}; risk: {risk}): "
        "{worker} calls every {days} days at most, first by {by}.",
        who=who(line, s),
        grid=s.grid(x.grid),
        household=x.household,
        grounds=word(s, x.grounds),
        risk=word(s, x.risk),
        worker=_person(s, x.worker),
        days=x.cadence_days,
        by=day(x.due_on, line, s),
    )
    said += s.words(line, x.contact, "contact", "应急联系人：", "In an emergency: ")
    return said + s.words(line, x.note, "note", "说明：", "Note: ")


def visited(x: f.CareVisitRecorded, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}{day}{mode}走访，" + ("见到本人。" if x.met else "未见到人。"),
        "{who} called on {day} ({mode}) and " + ("met the household." if x.met else "met nobody."),
        who=who(line, s),
        day=day(x.visited_on, line, s),
        mode=word(s, x.mode),
    )
    said += _checked(x, s)
    due = day(x.due_on, line, s)
    if x.mended:
        said += s.say(
            "补录：{due}到期的漏访实际已走访，两条记录都保留。",
            " Entered late: the visit due on {due}, recorded as missed, was made; both records stand.",
            due=due,
        )
    elif x.kept:
        said += s.say("按时（应不晚于{due}）。", " In time (due by {due}).", due=due)
    if x.next_on is not None:
        next_on = day(x.next_on, line, s)
        said += s.say("下次不晚于{day}。", " Next by {day}.", day=next_on)
    said += s.words(line, x.health, "health", "健康状况：", "Health: ")
    said += s.words(line, x.safety, "safety", "居家安全：", "Home safety: ")
    said += s.words(line, x.wishes, "wishes", "生活需求：", "Needs: ")
    if x.complaints:
        said += s.say(
            "发现需求，登记工单 {n} 件。", " Needs found: {n} registered as complaints.", n=len(x.complaints)
        )
    return said


def _checked(x: f.CareVisitRecorded, s: Speaker) -> str:
    looked = [
        s.say("{what}{how}", "{what}: {how}", what=s.say(*name), how=word(s, how))
        for name, how in ((("用水", "water"), x.water), (("用电", "electricity"), x.electricity))
        if how != "unchecked"
    ]
    if x.chat:
        looked.insert(0, s.say("聊了天", "talked"))
    if x.minutes is not None:
        looked.append(s.say("{n} 分钟", "{n} minutes", n=x.minutes))
    return s.say("{all}。", " {all}.", all=s.say("、", ", ").join(looked)) if looked else ""


def missed(x: f.CareVisitMissed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "漏访：应不晚于{due}走访，没有走访记录。下次不晚于{day}。",
        "Missed: a visit was due by {due} and none was recorded. The next is due by {day}.",
        due=day(x.due_on, line, s),
        day=day(x.next_on, line, s),
    )


def risk_changed(x: f.CareRiskChanged, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}将风险等级由{before}改为{risk}：最长每 {days} 天一次，下次不晚于{day}。",
        "{who} changed the risk from {before} to {risk}: every {days} days at most, next by {day}.",
        who=who(line, s),
        before=word(s, x.before),
        risk=word(s, x.risk),
        days=x.cadence_days,
        day=day(x.due_on, line, s),
    )
    return said + because(line, x.reason, s)


def handed_over(x: f.CareHandedOver, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}将该户由{before}移交给{worker}走访。",
        "{who} handed the household over from {before} to {worker}.",
        who=who(line, s),
        before=_person(s, x.before),
        worker=_person(s, x.worker),
    )
    return said + because(line, x.reason, s)


def moved(x: f.CareMoved, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "该户从{from_grid}迁到{to_grid}，关爱计划随之转入。",
        "The household moved from {from_grid} to {to_grid}, and its care plan with it.",
        from_grid=s.grid(x.grid_before),
        to_grid=s.grid(x.grid),
    )
    if not x.worker:
        return said + s.say(
            "新网格暂无网格员，请派单员指定。", " Nobody goes there yet: the dispatcher names one."
        )
    if x.worker == x.before:
        return said + s.say("仍由{worker}走访。", " {worker} goes on calling.", worker=_person(s, x.worker))
    return said + s.say("由{worker}走访。", " {worker} calls from now on.", worker=_person(s, x.worker))


def emergency(x: f.EmergencyAnswered, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}记录第 {n} 次应急响应。", "{who} noted emergency {n}.", who=who(line, s), n=x.emergency
    )
    told = [
        s.say("{step} {at}", "{step} {at}", step=word(s, each.step), at=at(each.at, line, s))
        for each in x.moments
    ]
    if told:
        said += s.say("{all}。", " {all}.", all=s.say("；", "; ").join(told))
    if x.handed_to:
        said += s.say("交接给{to}。", " Handed over to {to}.", to=word(s, x.handed_to, "to"))
    said += s.words(line, x.who, "who", "接手人：", "By name: ")
    return said + s.words(line, x.what, "what", "情况：", "What happened: ")


def revealed(x: f.CareRevealed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}查看了“{field}”，有效至{until}。",
        "{who} read the {field}, until {until}.",
        who=who(line, s),
        field=word(s, x.field, "field"),
        until=at(x.until_at, line, s),
    )
    return said + s.words(line, x.reason, "reason", "理由：", "Reason: ")


def notice_sent(x: f.NoticeSent, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}向该户发出提醒。", "{who} sent the household a notice.", who=who(line, s))
    return said + s.words(line, x.text, "text", "内容：", "It says: ")


def notice_delivered(x: f.NoticeDelivered, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}确认提醒已送到（{how}）。",
        "{who} confirmed that the notice got there ({how}).",
        who=who(line, s),
        how=word(s, x.method, "by"),
    )
    if x.evidence:
        said += s.say("凭据 {n} 份。", " Proofs: {n}.", n=len(x.evidence))
    return said


def closed(x: f.CarePlanClosed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}结束关爱计划：{reason}。",
        "{who} closed the care plan: {reason}.",
        who=who(line, s),
        reason=word(s, x.reason, "closed"),
    )
    return said + s.words(line, x.note, "note", "说明：", "Note: ")


SENTENCES: Mapping[type, Callable[[Any, Recorded, Speaker], str]] = {
    f.CarePlanOpened: opened,
    f.CareVisitRecorded: visited,
    f.CareVisitMissed: missed,
    f.CareRiskChanged: risk_changed,
    f.CareHandedOver: handed_over,
    f.CareMoved: moved,
    f.EmergencyAnswered: emergency,
    f.CareRevealed: revealed,
    f.NoticeSent: notice_sent,
    f.NoticeDelivered: notice_delivered,
    f.CarePlanClosed: closed,
}


def sentence(line: Recorded, speaker: Speaker) -> str:
    """ "" for a fact of another kind."""
    says = SENTENCES.get(type(line.fact))
    return "" if says is None else says(line.fact, line, speaker).strip()
