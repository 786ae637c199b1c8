"""What the sentences of a story have in common."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from domain.deadlines import Deadline
from domain.messages import Recorded, Sealed
from projections.words import Speaker

Sentence = Callable[[Any, Recorded, Speaker], str]


def told(sentences: Mapping[type, Sentence], line: Recorded, s: Speaker) -> str:
    """The fact in its sentence. KeyError for one that has none."""
    return sentences[type(line.fact)](line.fact, line, s).strip()


def who(line: Recorded, s: Speaker) -> str:
    return s.person(line.actor)


def at(moment: datetime, line: Recorded, s: Speaker) -> str:
    """A moment, with its year only where it is not the year of the fact."""
    return s.at(moment, line.occurred_at.astimezone(s.zone).year)


def day(on: date, line: Recorded, s: Speaker) -> str:
    """A day, likewise."""
    return s.day(on, line.occurred_at.astimezone(s.zone).year)


def because(line: Recorded, reason: Sealed | None, s: Speaker) -> str:
    """The sealed reason, behind what was done."""
    return s.words(line, reason, "reason", "原因：", "Reason: ")


def word(words: Mapping[str, tuple[str, str]], code: str, kind: str, s: Speaker) -> str:
    """What a code of this kind is called; the code itself where it has no name."""
    found = words.get(f"{kind}:{code}")
    return code if found is None else s.say(*found)


def late(judged: datetime | None, line: Recorded, s: Speaker) -> str:
    if judged is None or judged == line.occurred_at:
        return ""
    return s.say(
        "补录超过 72 小时，按记录时间 {at} 判定。",
        " Recorded more than 72 hours later, it is judged by {at}, when it was recorded.",
        at=at(judged, line, s),
    )


def promised(clock: str, deadline: Deadline | None, line: Recorded, s: Speaker) -> str:
    if deadline is None:
        return ""
    by = at(deadline.due, line, s)
    return {
        "response": s.say("应在 {by} 前响应。", " It must respond by {by}.", by=by),
        "resolution": s.say("承诺 {by} 前办结。", " Resolution is promised by {by}.", by=by),
        "follow_up": s.say("应在 {by} 前回访。", " To be followed up by {by}.", by=by),
        "dispatch": s.say("应在 {by} 前派单。", " To be dispatched by {by}.", by=by),
    }[clock]
