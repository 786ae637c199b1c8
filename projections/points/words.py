"""The words of the points in Chinese and English: what deeds and goods are called, and who did something."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.messages import Recorded
from domain.points.facts import Rule
from domain.rule_books import Books
from projections.words import Names, Speaker

Called = Mapping[str, tuple[str, str]]

WORDS: Called = {
    # accounts
    "resident": ("居民", "resident"),
    "household": ("家庭", "household"),
    "temporary": ("临时积分卡", "temporary card"),
    "staff": ("工作人员", "staff"),
    "disputed": ("有异议", "in dispute"),
    "ordered": ("待领", "ordered"),
    "cancelled": ("兑换取消", "the order was cancelled"),
    "timed_out": ("过期未领", "nobody came for it in time"),
    "suspended": ("兑换资格暂停", "ordering was suspended"),
    "ruled": ("已经裁决", "the panel has ruled"),
    # reasons of a cancelled order
    "holder": ("本人取消", "by the holder"),
    "desk": ("服务台取消", "by the desk"),
    # bases
    "time": ("次", "times"),
    "day": ("天", "days"),
    "hours": ("小时", "hours"),
    "case": ("件", "cases"),
    # votes and outcomes
    "agree": ("同意", "agree"),
    "against": ("反对", "against"),
    "abstain": ("弃权", "abstain"),
    "upheld": ("维持裁决", "the ruling stands"),
    "overturned": ("撤销裁决", "the ruling is overturned"),
    # activities without a tariff
    "linkage": ("联动积分", "linkage points"),
    "opening-balance": ("期初余额", "the opening balance"),
}


def booked(s: Speaker, entry: str) -> str:
    """账上第 17 笔 for acct-…#17; an id without a number is said as it is."""
    number = entry.rpartition("#")[2].rpartition("-")[2]
    return s.say("账上第 {n} 笔", "entry {n}", n=number) if "#" in entry and number.isdigit() else entry


@dataclass(frozen=True, slots=True)
class PointsNames(Names):
    """Also what deeds and goods are called, by code: Chinese, English."""

    activities: Called = field(default_factory=dict)
    items: Called = field(default_factory=dict)


def activities(books: Books) -> Called:
    """What every deed of every tariff is called; the latest version wins."""
    found: dict[str, tuple[str, str]] = {}
    for version in books.versions("tariffs"):
        if (tariff := books.tariff_of(version.version)) is not None:
            found |= {line.activity: (line.zh, line.en) for line in tariff.lines.values()}
    return found


def items(books: Books) -> Called:
    """What everything in every catalogue is called; the latest version wins."""
    found: dict[str, tuple[str, str]] = {}
    for version in books.versions("catalogues"):
        if (catalogue := books.catalogue_of(version.version)) is not None:
            found |= {item.item: (item.zh, item.en) for item in catalogue.items.values()}
    return found


def word(s: Speaker, code: str) -> str:
    """What the code is called; the code itself where it is somebody's own word."""
    return _called(s, WORDS, code)


def activity(s: Speaker, code: str) -> str:
    known = s.names.activities if isinstance(s.names, PointsNames) else {}
    return _called(s, known, code) if code in known else word(s, code)


def of_rule(s: Speaker, rule: Rule) -> str:
    """A rule as it read when it decided, in the reader's half of its two languages."""
    zh, both, en = rule.text.partition(" · ")
    return en if s.english and both else zh


def item(s: Speaker, code: str) -> str:
    known = s.names.items if isinstance(s.names, PointsNames) else {}
    return _called(s, known, code)


def _called(s: Speaker, known: Called, code: str) -> str:
    found = known.get(code)
    return code if found is None else found[s.english]


def person(s: Speaker, id: str) -> str:
    """What somebody is called who does not act."""
    return s.names.people.get(id, id)


def people(s: Speaker, ids: Iterable[str]) -> str:
    return s.say("、", ", ").join(person(s, id) for id in ids)


def who(line: Recorded, s: Speaker) -> str:
    """Who acted; a resident by what he is called, staff as they are called here, the engine so."""
    return person(s, line.actor.person) if line.actor.role == "resident" else s.person(line.actor)


def many(s: Speaker, n: int, basis: str) -> str:
    """3 次; 3 times."""
    unit = word(s, basis)
    if s.english:
        return f"{n} {unit[:-1] if n == 1 else unit}"
    return f"{n} {unit}"


def signed(n: int) -> str:
    """+5, −5 (U+2212)."""
    return f"−{-n}" if n < 0 else f"+{n}"
