"""Moments on a page: how the two clocks stand in an address and in their fields, and how they are said.

A day typed with a time beside it becomes a moment where people live. The figures and the registers are asked
alike.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

from api import words
from api.facing import Facing
from api.pages.forms import Fault
from api.pages.frame import Page
from api.periods import moment_text
from api.questions import Asked
from projections.asking import BadQuestion
from projections.days import from_text, to_text

CLOCKS = ("as_of", "known_at")
"""Two fields each: a day, and a time of day if it matters."""
LABELS = {"as_of": "截至", "known_at": "当时已知"}
YEARS = range(1970, 2200)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")


def picker(typed: Mapping[str, str], name: str) -> dict[str, str]:
    """A day and a time where the moment is one; else the text as it is (a position, a moment to the
    microsecond)."""
    text, time = typed.get(name, ""), typed.get(f"{name}_time", "")
    day = not text or (len(text) == len("2026-10-31") and text.count("-") == 2)
    return {"kind": "day" if day else "text", "value": text, "time": time}


def beside(page: Page, name: str, label: str, text: str, **facts: object) -> Fault:
    """What does not fit, beside the field it was typed into."""
    label = page.say(label) if label else name
    told = page.say("“{label}”（{name}）", label=label, name=name) if label != name else f"“{name}”"
    return Fault(name, f"s-{name}", told + page.say(text, **facts))


def typed_moment(
    page: Page, typed: Mapping[str, str], name: str, label: str
) -> tuple[str, tuple[Fault, ...]]:
    """The moment as the api takes it, and what does not fit."""
    text, time = moment_text(typed.get(name, "")), typed.get(f"{name}_time", "")
    faults: list[Fault] = []
    if time and not TIME.fullmatch(time):
        faults.append(beside(page, f"{name}_time", "", "要填钟点，比如 08:00。"))
    elif time and not DAY.fullmatch(text):
        faults.append(beside(page, name, label, "填了钟点，也要填哪一天。"))
    elif time:
        text = f"{text}T{time}"
    try:
        return meant(page, text, name), tuple(faults)
    except BadQuestion:
        wrong = beside(page, name, label, "要填月份、日子或时刻，比如 2026-10 或 2026-10-31。")
        return "", (*faults, wrong)


def meant(page: Page, text: str, name: str) -> str:
    """The text with its offset, where it is a local moment without one. BadQuestion for no day, month or
    moment, or one outside the years we keep. A position in the log stands for itself."""
    if not text or (name == "known_at" and re.fullmatch(r"[0-9]{1,18}", text)):
        return text
    zone = page.facing.organisation.zone
    try:
        if NAIVE.fullmatch(text):
            local = datetime.fromisoformat(text).replace(tzinfo=zone)
            text = local.isoformat()
        if int(text[:4]) not in YEARS:
            raise BadQuestion(name, "outside the years kept")
        from_text(text, zone, name)
        to_text(text, zone, name)
    except (ValueError, OverflowError) as error:
        raise BadQuestion(name, str(error)) from error
    return text


# ------------------------------------------------------------------ said to people


def month(facing: Facing, name: str, *, bare: bool = False) -> str:
    """10月; with its year where that is another than today's, unless `bare`."""
    day = date.fromisoformat(f"{name}-01")
    near = bare or day.year == facing.today().year
    if facing.lang == words.ENGLISH:
        return f"{day:%b}" if near else f"{day:%b %Y}"
    return f"{day.month}月" if near else f"{day.year}年{day.month}月"


def moment(facing: Facing, text: str) -> str:
    """A month, a day or a moment as it stands in an address, said to people."""
    if len(text) == len("2026-10"):
        return month(facing, text)
    if len(text) == len("2026-10-31"):
        return facing.short_day(date.fromisoformat(text))
    return facing.when(text)


def shown_as(facing: Facing, asked: Asked) -> str:
    """A sentence: of which moment the world is, and from what was known when."""
    if not asked.as_of and not asked.known_at:
        return facing.say("按现在的情况，到现在记录下来的事实都在内。")
    when = told(facing, asked.as_of) if asked.as_of else facing.say("现在")
    if asked.known_at and asked.known_at == asked.as_of:
        return facing.say("按 {when}的情况，只用当时已知的事实；后来补记、更正的不算。", when=when)
    if not asked.known_at:
        return facing.say("按 {when}的情况，用今天知道的全部事实，后来补记的也在内。", when=when)
    known = (
        facing.say("位置 {n}", n=f"{int(asked.known_at):,}")
        if asked.known_at.isdigit()
        else told(facing, asked.known_at)
    )
    return facing.say("按 {when}的情况，只用 {known}已经记录的事实。", when=when, known=known)


def told(facing: Facing, text: str) -> str:
    """A day is meant to its end."""
    if len(text) <= len("2026-10-31"):
        return facing.say("{day}结束时", day=moment(facing, text))
    return facing.say("{moment} 时", moment=moment(facing, text))
