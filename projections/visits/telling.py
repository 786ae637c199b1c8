"""The facts of visit rounds, each in one sentence."""

from domain.messages import Recorded
from domain.visits import facts as f
from projections.telling import Sentence, because, day, told, who
from projections.words import Speaker

OUTCOMES = {
    "opened": ("开门", "the door was opened"),
    "no_answer": ("无人应门", "nobody answered"),
    "refused": ("拒访", "they would not see anybody"),
    "moved": ("已搬走", "they had moved away"),
}
MODES = {"in_person": ("上门", "in person"), "online": ("线上", "online")}


def opened(x: f.RoundOpened, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}发起走访“{name}”，走访{grid}，{first}至{last}。",
        "{who} opened the visit round “{name}” through {grid}, from {first} to {last}.",
        who=who(line, s),
        name=x.name,
        grid=s.grid(x.grid),
        first=day(x.from_day, line, s),
        last=day(x.to_day, line, s),
    )


def closed(x: f.RoundClosed, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}结束了这轮走访。", "{who} closed the round.", who=who(line, s))
    return said + because(line, x.reason, s)


def attempted(x: f.VisitAttempted, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}{window}{mode}走访 {household}（第 {n} 次）：{outcome}",
        "{who} visited {household} {mode} {window} (attempt {n}): {outcome}",
        who=who(line, s),
        window=s.word(x.window),
        mode=s.say(*MODES[x.mode]),
        household=x.household,
        n=x.number,
        outcome=s.say(*OUTCOMES[x.outcome]),
    )
    if x.outcome == "opened":
        said += s.say("，见到 {n} 人", ", {n} met", n=x.people_met)
    if x.minutes is not None:
        said += s.say("，用时 {m} 分钟", ", {m} min", m=x.minutes)
    said += s.say("。", ".")
    if x.team:
        said += s.say("同行 {n} 人。", " {n} went along.", n=len(x.team))
    if x.readings:
        read = s.say("、", ", ").join(s.reading(r.quantity, r.value, r.unit) for r in x.readings)
        said += s.say("测得{read}。", " Measured: {read}.", read=read)
    if x.photos:
        said += s.say("照片 {n} 张。", " Photographs: {n}.", n=len(x.photos))
    if x.complaints:
        said += s.say("登记诉求 {n} 件。", " Needs registered: {n}.", n=len(x.complaints))
    return said + s.words(line, x.note, "note", "记录：", "Note: ")


def booked(x: f.VisitBooked, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}与 {household} 约定{day}{window}{mode}走访。",
        "{who} agreed with {household} on a visit {mode}, {day}, {window}.",
        who=who(line, s),
        household=x.household,
        day=day(x.day, line, s),
        window=s.word(x.window),
        mode=s.say(*MODES[x.mode]),
    )
    return said + s.words(line, x.note, "note", "说明：", "Note: ")


def cancelled(x: f.BookingCancelled, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}取消了与 {household} 约定的{day}走访。",
        "{who} cancelled the visit agreed with {household} for {day}.",
        who=who(line, s),
        household=x.household,
        day=day(x.day, line, s),
    )
    return said + because(line, x.reason, s)


def planned(x: f.PlanMade, line: Recorded, s: Speaker) -> str:
    total = sum(len(share.households) for share in x.shares)
    online = sum(len(share.households) for share in x.shares if share.mode == "online")
    said = s.say(
        "{who}为{worker}排定{day}的走访：{n} 户。",
        "{who} planned {worker}'s visits of {day}: households: {n}.",
        who=who(line, s),
        worker=s.names.people.get(x.worker, x.worker),
        day=day(x.day, line, s),
        n=total,
    )
    if online:
        said += s.say("其中线上补访 {n} 户。", " Of these, made up online: {n}.", n=online)
    return said


SENTENCES: dict[type, Sentence] = {
    f.RoundOpened: opened,
    f.RoundClosed: closed,
    f.VisitAttempted: attempted,
    f.VisitBooked: booked,
    f.BookingCancelled: cancelled,
    f.PlanMade: planned,
}


def sentence(line: Recorded, speaker: Speaker) -> str:
    """Who did what. KeyError for a fact that is none of a visit round's."""
    return told(SENTENCES, line, speaker)
