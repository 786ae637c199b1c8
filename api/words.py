"""What people read, in Chinese first and English second. The catalogues are `.po` files, read once at start.

`zh.po` (and `zh/…`, by subject) holds a Chinese sentence for every rule code and problem code, and a word for
the codes in their blanks (by `=` and the code); `en.po` (and `en/…`) an English line for every Chinese one of
the pages, and a sentence for each rule whose own would name codes (`en/refused_….po`).
"""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

LOCALE = Path(__file__).parent / "locale"
CHINESE = "zh-CN"
ENGLISH = "en"
REMEMBERED = "huisheng-lang"
"""The cookie that keeps a chosen language."""

_BLANK = re.compile(r"\{(\w+)(?::([^|{}]*)\|([^{}]*))?\}")
"""`{n}`, or in an English line `{n:thing is|things are}`: the words for one, and for any other number."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Message id -> sentence. A message without a translation is left out."""
    found: dict[str, str] = {}
    for path in (LOCALE / f"{language}.po", *sorted((LOCALE / language).glob("*.po"))):
        with path.open("rb") as file:
            read = read_po(file, locale=language)
        found |= {str(entry.id): str(entry.string) for entry in read if entry.id and entry.string}
    return found


def language(request: HTTPConnection) -> str:
    """`?lang=` before Accept-Language before Chinese. Anything but English is answered in Chinese."""
    return chosen(request) or preferred(request.headers.get("accept-language", ""))


def page_language(request: HTTPConnection) -> str:
    """Of a page: what `?lang=` says, else what was chosen before, else Chinese. A browser's setting is no
    choice anybody made."""
    return chosen(request) or remembered(request) or CHINESE


def remembered(request: HTTPConnection) -> str:
    """The language this browser chose on a page before; "" for none."""
    kept = request.cookies.get(REMEMBERED, "")
    return kept if kept in (CHINESE, ENGLISH) else ""


def chosen(request: HTTPConnection) -> str:
    """What `?lang=` asks for; "" where it does not stand."""
    asked = request.query_params.get("lang", "")
    return "" if not asked else ENGLISH if asked.lower().startswith("en") else CHINESE


def preferred(header: str) -> str:
    """The language with the greatest weight; the first of equals. Weights that are no numbers count as
    nothing."""
    best, best_weight = CHINESE, 0.0
    for part in header[:500].split(","):
        tag, _, weight = part.strip().partition(";")
        try:
            value = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        known = tag.strip().lower()
        if known.startswith(("zh", "en")) and value > best_weight:
            best, best_weight = ENGLISH if known.startswith("en") else CHINESE, value
    return best


def rule(code: str, lang: str, english: str, facts: Mapping[str, object]) -> str:
    """The sentence of a rule. Blanks the refusal does not fill stay empty; an unknown code falls back to
    English. Moments are told in the deployment's time zone, in both languages; on a page as pages tell them.
    """
    known = catalogue("en" if lang == ENGLISH else "zh").get(code)
    if known is not None:
        told = fill(known, {name: named(value, lang, name) for name, value in facts.items()})
        return sentence(told) if lang == ENGLISH and not code.endswith(".help") else told
    if lang == ENGLISH:
        told = _MOMENT.sub(lambda found: local(datetime.fromisoformat(found[0]), ENGLISH), english)
        for written in {str(value) for value in facts.values() if _is_day(value)}:
            alone = rf"(?<![\w-]){written}(?![\w-])"
            told = re.sub(alone, _dated(date.fromisoformat(written), ENGLISH), told)
        return begun(told) if code.endswith(".help") else told
    return fill(english, {name: named(value, lang, name) for name, value in facts.items()})


def sentence(told: str) -> str:
    """English as a sentence begins and ends; what begins with a code of somebody's stays one."""
    return begun(told) + ("" if not told or told[-1] in ".!?:" else ".")


def begun(told: str) -> str:
    return (told[:1].upper() if told.partition(" ")[0].isalpha() else told[:1]) + told[1:]


def named(value: object, lang: str, blank: str = "") -> object:
    """A code by the word for it, or by the name it has here, several in a row, a moment where people live."""
    match value:
        case datetime():
            return local(value, lang)
        case date() | str() if _is_day(value):
            return _dated(date.fromisoformat(str(value)), lang)
        case str():
            return _named.get()(blank, value, lang) or word(value, lang, blank)
        case tuple() | list() | frozenset():
            return (", " if lang == ENGLISH else "、").join(str(named(one, lang, blank)) for one in value)
        case _:
            return value


def word(code: str, lang: str, blank: str = "") -> str:
    """What a code is called; the code itself where it is somebody's own word. The parts of a body keep their
    names for whoever wrote them (the api); a page calls them as its form does. The word for a code of this
    blank (`=risk.high`) goes before the word for the code."""
    if blank in TYPED or (blank == "field" and _today.get() is None):
        return code
    name = code.rpartition(".")[2] if blank == "field" else code
    keys = [f"={blank}.{name}", *([] if blank == "field" else [f"={name}"])]
    chinese = next((found for key in keys if (found := catalogue("zh").get(key))), None)
    if lang != ENGLISH:
        return code if chinese is None else chinese
    english = next((found for key in keys if (found := catalogue("en").get(key))), None)
    return english or (code if chinese is None else _PARTS.sub(" ", code).replace("_", " ").lower())


_zone: ContextVar[Callable[[], tzinfo]] = ContextVar("zone", default=lambda: UTC)
"""Asked only where a moment is to be told: the store may be what failed."""

_today: ContextVar[Callable[[], datetime] | None] = ContextVar("today", default=None)
"""The clock of a page that is made now. None for what may be read on another day: an answer of the api, which
a phone keeps."""

Naming = Callable[[str, str, str], str | None]
_named: ContextVar[Naming] = ContextVar("named", default=lambda blank, code, lang: None)
"""What the deployment calls the code in a blank, in a language (api/called.py)."""

TYPED = ("value", "known", "person", "worker", "member", "members", "proxy", "witness", "reporter")
"""Blanks of what somebody typed, or may type, and of people: no word of ours is meant by it."""

_PARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z])-(?=[a-z])")
"""Where a code is taken apart: RecordVisit, plan-active."""

_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
"""A moment as the domain's English sentences write it."""


def local(moment: datetime, lang: str = CHINESE) -> str:
    """2026-03-02 18:00: the moment where people live, with its seconds where it has any and in English with
    the offset; on a page 今天 18:00, or 3月2日 18:00. A moment of no zone is one already."""
    here = moment.astimezone(_zone.get()()) if moment.tzinfo else moment
    told = f"{_dated(here.date(), lang)} " + (f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}")
    zone = f"{here:%z}"
    exact = lang == ENGLISH and zone and _today.get() is None
    return f"{told} ({zone[:3]}:{zone[3:5]})" if exact else told


def _is_day(value: object) -> bool:
    """A date, or a text that is one as facts write it."""
    if not isinstance(value, str):
        return isinstance(value, date) and not isinstance(value, datetime)
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _dated(day: date, lang: str) -> str:
    clock = _today.get()
    return (
        day.isoformat() if clock is None else short_day(day, clock().astimezone(_zone.get()()).date(), lang)
    )


def short_day(day: date, today: date, lang: str) -> str:
    """今天, 3月2日 of this year, 2025年3月2日 of another."""
    if day == today:
        return say("今天", lang)
    if lang == ENGLISH:
        return f"{day:%-d %b}" if day.year == today.year else f"{day:%-d %b %Y}"
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"


class LocalWords:
    """Pure ASGI: every sentence of an answer tells its moments in the time zone of the store, a page's as
    seen from today, and calls things as they are called there."""

    def __init__(
        self, app: ASGIApp, zone: Callable[[], tzinfo], named: Naming, now: Callable[[], datetime]
    ) -> None:
        self.app = app
        self.zone = zone
        self.named = named
        self.now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _zone.set(self.zone)
        _named.set(self.named)
        _today.set(None if scope.get("path", "").startswith("/api/") else self.now)
        await self.app(scope, receive, send)


def say(text: str, lang: str, **facts: object) -> str:
    """A line of the pages, `text` being the Chinese one."""
    return fill(catalogue("en").get(text, text) if lang == ENGLISH else text, facts)


def fill(sentence: str, facts: Mapping[str, object]) -> str:
    def filled(blank: re.Match[str]) -> str:
        told = str(facts.get(blank[1], ""))
        return told if blank[2] is None else blank[2] if told == "1" else blank[3]

    return _BLANK.sub(filled, sentence)
