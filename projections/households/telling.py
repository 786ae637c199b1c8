"""One sentence per fact of a dwelling, a household, a tenancy. Names and numbers are never said; a reason
only to whom sealed words may be said."""

from domain.households import facts as f
from domain.households.rules import household_of
from domain.messages import Recorded
from projections.points.words import person, who
from projections.telling import Sentence, at, because, day, told, word
from projections.words import Speaker

WORDS = {
    "kind:resident": ("住户", "resident household"),
    "kind:employed": ("上班族", "employed household"),
    "kind:key": ("重点户", "key household"),
    "kind:shop": ("商铺", "shop"),
    "kind:": ("未分类", "not classified"),
    "tenure:own": ("自住", "owned"),
    "tenure:rent": ("租住", "rented"),
    "tenure:other": ("其他", "otherwise held"),
    "field:name": ("姓名", "name"),
    "field:phone": ("电话", "telephone number"),
}
"""What the codes of kinds, tenures and fields are called."""


def sentence(line: Recorded, speaker: Speaker) -> str:
    """Who did what. KeyError for a fact that is none of these three's."""
    return told(SENTENCES, line, speaker)


def where(grid: str, compound: str, s: Speaker) -> str:
    return s.grid(grid) + (f" · {compound}" if compound else "")


def people(n: int | None, s: Speaker) -> str:
    if n is None:
        return s.say("人数未登记", "not counted yet")
    return s.say("{n} 人", "{n} people" if n != 1 else "1 person", n=n)


# ------------------------------------------------------------------ households


def registered(x: f.HouseholdRegistered, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}登记住户 {id}：{place}，{people}，{kind}。",
        "{who} registered the household {id} in {place}: {people}, {kind}.",
        who=who(line, s),
        id=household_of(line.stream),
        place=where(x.grid, x.compound, s),
        people=people(x.people, s),
        kind=word(WORDS, x.kind, "kind", s),
    )
    return said + (s.say("来源：{of}。", " From: {of}.", of=x.source) if x.source else "")


def recounted(x: f.HouseholdRecounted, line: Recorded, s: Speaker) -> str:
    if x.people == x.before:
        return s.say(
            "{who}核对人数：仍是 {now} 人。",
            "{who} counted the people anew: {now} as before.",
            who=who(line, s),
            now=x.people,
        )
    return s.say(
        "{who}更正人数：{before}改为 {now} 人。",
        "{who} counted the people anew: {before}, now {now}.",
        who=who(line, s),
        before=people(x.before, s),
        now=x.people,
    )


def reclassified(x: f.HouseholdReclassified, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}将类别由{before}改为{now}。",
        "{who} changed its kind from {before} to {now}.",
        who=who(line, s),
        before=word(WORDS, x.before, "kind", s),
        now=word(WORDS, x.kind, "kind", s),
    )
    return said + because(line, x.reason, s)


def contact_changed(x: f.ContactChanged, line: Recorded, s: Speaker) -> str:
    return s.say("{who}更新联系人。", "{who} changed whom to ask for.", who=who(line, s))


def moved_in(x: f.MovedIn, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}记录住户迁入{place}（住房 {dwelling}）。",
        "{who} recorded that it moved in: {place} (dwelling {dwelling}).",
        who=who(line, s),
        place=where(x.grid, x.compound, s),
        dwelling=x.dwelling,
    )


def moved_out(x: f.MovedOut, line: Recorded, s: Speaker) -> str:
    place = s.say("住房 {d}", "the dwelling {d}", d=x.dwelling) if x.dwelling else s.say("本网格", "the grid")
    said = s.say(
        "{who}记录住户迁出{place}。",
        "{who} recorded that it moved out of {place}.",
        who=who(line, s),
        place=place,
    )
    return said + because(line, x.reason, s)


def joined(x: f.MemberJoined, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}记录{person}为家庭成员。",
        "{who} recorded {person} as a member.",
        who=who(line, s),
        person=person(s, x.person),
    )


def left(x: f.MemberLeft, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}记录{person}不再是家庭成员。",
        "{who} recorded that {person} is a member no longer.",
        who=who(line, s),
        person=person(s, x.person),
    )
    return said + because(line, x.reason, s)


def revealed(x: f.HouseholdRevealed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}查看了{field}，到 {until} 为止。理由：{reason}",
        "{who} read the {field}, until {until}. Reason: {reason}",
        who=who(line, s),
        field=word(WORDS, x.field, "field", s),
        until=at(x.until_at, line, s),
        reason=x.reason,
    )


def erased(x: f.HouseholdErased, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}删除了住户的个人信息。理由：{reason}",
        "{who} erased the household's personal data. Reason: {reason}",
        who=who(line, s),
        reason=x.reason,
    )


# ------------------------------------------------------------------ dwellings and tenancies


def dwelling_registered(x: f.DwellingRegistered, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}登记住房：{place}。",
        "{who} registered the dwelling in {place}.",
        who=who(line, s),
        place=where(x.grid, x.compound, s),
    )


def occupied(x: f.DwellingOccupied, line: Recorded, s: Speaker) -> str:
    return s.say("住户 {of} 住进来。", "The household {of} lives there.", of=x.household)


def vacated(x: f.DwellingVacated, line: Recorded, s: Speaker) -> str:
    return s.say("住户 {of} 搬走。", "The household {of} has left.", of=x.household)


def started(x: f.TenancyStarted, line: Recorded, s: Speaker) -> str:
    tenure = word(WORDS, x.tenure, "tenure", s)
    return s.say(
        "住户 {of} 入住住房 {dwelling}{since}{tenure}。",
        "The household {of} lives in the dwelling {dwelling}{since}{tenure}.",
        of=x.household,
        dwelling=x.dwelling,
        since="" if x.since is None else s.say("，自 {day} 起", " since {day}", day=day(x.since, line, s)),
        tenure=s.say("（{tenure}）", " ({tenure})", tenure=tenure) if tenure else "",
    )


def ended(x: f.TenancyEnded, line: Recorded, s: Speaker) -> str:
    return s.say(
        "住户 {of} 不再住在住房 {dwelling}。",
        "The household {of} lives in the dwelling {dwelling} no longer.",
        of=x.household,
        dwelling=x.dwelling,
    )


SENTENCES: dict[type, Sentence] = {
    f.HouseholdRegistered: registered,
    f.HouseholdRecounted: recounted,
    f.HouseholdReclassified: reclassified,
    f.ContactChanged: contact_changed,
    f.MovedIn: moved_in,
    f.MovedOut: moved_out,
    f.MemberJoined: joined,
    f.MemberLeft: left,
    f.HouseholdRevealed: revealed,
    f.HouseholdErased: erased,
    f.DwellingRegistered: dwelling_registered,
    f.DwellingOccupied: occupied,
    f.DwellingVacated: vacated,
    f.TenancyStarted: started,
    f.TenancyEnded: ended,
}
