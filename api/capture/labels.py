"""What the forms at the door call each part of what is noted."""

from collections.abc import Mapping, Sequence

from api import words

LABELS: Mapping[str, str] = {
    "method": "怎么回访的", "reached": "见到人了吗", "satisfaction": "居民满意吗",
    "solved": "居民认为解决了吗", "note": "居民的原话", "day": "哪一天", "window": "什么时段",
    "from_at": "几点起", "until_at": "到几点", "mode": "怎么去的", "outcome": "结果",
    "occurred_at": "什么时候去的", "people_met": "见到几人", "minutes": "用了几分钟", "team": "同行的人",
    "booking": "约好的一次", "needs": "有什么诉求", "readings": "读数", "photos": "照片",
    "met": "见到本人了吗", "chat": "陪着聊了天", "water": "用水", "electricity": "用电", "health": "健康状况",
    "safety": "居家安全", "wishes": "生活需求", "household": "住户编号",
}  # fmt: skip
NOTES: Mapping[str, str] = {"attempt": "记一句", "booking": "约的时候说了什么"}
"""What `note` is called where it is not what a resident said of a case."""


SAID = 3
"""Faults of one item that its reason names."""


def said_of(what: str, errors: Sequence[Mapping[str, str]], lang: str) -> str:
    """What is wrong with an item, each field by the name its form gives it."""
    english = lang == words.ENGLISH
    between, after = (": ", "; ") if english else ("：", "；")
    told = ((label(what, each["field"], lang), each["message"]) for each in errors[:SAID])
    return after.join(between.join(filter(None, each)) for each in told)


def label(what: str, field: str, lang: str) -> str:
    """Of a field of the item or its body (`body.needs.0.text`); the field itself where no form asks for it,
    "" for all of it."""
    name = field.removeprefix("body.").partition(".")[0]
    known = NOTES.get(what) if name == "note" else None
    return words.say(known or LABELS[name], lang) if name in LABELS else "" if name == "body" else field
