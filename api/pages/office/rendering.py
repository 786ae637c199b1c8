"""A rule book in plain words: its content as tables a person can read, whatever kind of book it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from api import facing
from api.pages.frame import Page
from domain.calendar import WorkingCalendar
from domain.rule_books import Categories, DeadlineRules
from domain.rule_books.supervision import Supervision
from domain.rule_books.tariffs import Catalogue, Tariff
from domain.rule_books.templates import Templates
from domain.rule_books.vocabularies import Vocabulary

Cell = str
TITLES: Mapping[str, tuple[str, str]] = {
    "deadlines": ("办理时限", "每一步给多少时间，和期限以外的几个限度"),
    "calendars": ("工作日历", "上班时间、周末、节假日、调休"),
    "categories": ("诉求分类", "有哪些类、怎么办、回访要量什么"),
    "tariffs": ("积分规则", "做什么得多少分"),
    "catalogues": ("兑换清单", "积分能换什么"),
    "supervision": ("积分监督规则", "虚报怎么罚、期限、排名"),
    "indicators": ("指标", "统计怎么算"),
    "templates": ("小组模板", "“1+4”有哪些角色、各几个人"),
    "vocabularies": ("词表", "各地对级别、岗位、人群的叫法"),
    "duties": ("履职日历", "哪一级、多久一次、谁办、到几时，什么事实算办了"),
}
CLOCKS: Mapping[str, str] = {
    "dispatch": "派单", "response": "响应", "decline": "退单", "resolution": "办结", "follow_up": "回访",
}  # fmt: skip
KINDS: Mapping[str, str] = {"utility": "水电气暖", "consultation": "咨询", "general": "一般"}
"""What deadline lines ask of a class; a book may have others."""
UNITS: Mapping[str, str] = {
    "minutes": "{n} 分钟", "hours": "{n} 小时", "working_hours": "{n} 个工作小时", "days": "{n} 天",
    "working_days": "{n} 个工作日",
}  # fmt: skip
BASES: Mapping[str, str] = {"time": "每次", "day": "每天", "case": "每件"}
GOODS: Mapping[str, str] = {"goods": "物品", "service": "服务", "voucher": "券"}
METHODS: Mapping[str, str] = {"on_site": "上门", "phone": "电话", "online": "网上"}
PERIODS: Mapping[str, str] = {"month": "每月", "quarter": "每季", "year": "每年"}
LEVELS: Mapping[str, str] = {
    "city": "市", "district": "区县", "street": "街道", "community": "社区", "grid": "网格",
    "building": "楼栋", "entrance": "单元",
}  # fmt: skip
SETTINGS: Mapping[str, str] = {
    "late_entry_hours": "晚于几小时补记的，按补记时间算",
    "reopen_days": "结案后几天内可以要求返工",
    "extensions": "一轮最多延期几次",
    "extension_working_days": "一轮延期合计最多几个工作日",
    "declines": "退单几次以后要会商",
    "task_force_round": "第几轮起由街道专班牵头",
    "recurrence_days": "几天内同类同地算再次发生",
    "recurrence_metres": "几米以内算同地",
    "warn_percent": "时间过了百分之几时提醒",
    "start_score": "信用分起始值",
    "penalty_score": "虚报一次扣的信用分",
    "penalty_months": "虚报后几个月不能兑换",
    "appeal_days": "裁决后几天内可以申诉",
    "dispute_months": "入账后几个月内可以提异议",
    "objection_days": "表决后几天内可以提出异议",
    "hold_days": "兑换单保留积分几天",
    "expiry_months": "积分几个月后过期（0 是不过期）",
    "card_transfer": "临时积分卡可以转给下一户",
    "linkage_points": "联动积分（0 是没有）",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the page; numbers stand right in the columns of `numbers`."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: frozenset[int] = frozenset()
    caption: str = ""


def sheets(page: Page, typed: object) -> Sequence[Sheet]:
    """The tables of a version. A book without a reader has none: its text is shown as it is."""
    match typed:
        case DeadlineRules():
            return tuple(deadlines(page, typed))
        case WorkingCalendar():
            return tuple(calendar(page, typed))
        case Categories():
            return (categories(page, typed),)
        case Tariff():
            return (tariff(page, typed),)
        case Catalogue():
            return (catalogue(page, typed),)
        case Supervision():
            return tuple(supervision(page, typed))
        case Templates():
            return tuple(templates(page, typed))
        case Vocabulary():
            return tuple(vocabulary(page, typed))
        case _:
            return ()


def named(page: Page, entry: Any) -> str:
    """The entry's name in the reader's language."""
    return str(entry.en if page.lang == "en" else entry.zh)


def listed(page: Page, words: Sequence[str]) -> str:
    return (", " if page.lang == "en" else "、").join(words)


def deadlines(page: Page, rules: DeadlineRules) -> Iterator[Sheet]:
    say = page.say
    for clock, lines in groupby(rules.lines, key=lambda line: line.clock):
        rows = [
            (
                named(page, line) or line.line, conditions(page, line),
                say(UNITS.get(line.unit, "{n}"), n=line.amount),
            )
            for line in lines
        ]  # fmt: skip
        heads = (say("规则"), say("什么时候"), say("给多少时间"))
        yield Sheet(page.facing.named(CLOCKS, clock), heads, rows)
    values = [
        (say(SETTINGS[name]), value(page, getattr(rules.settings, name))) for name in fields(rules.settings)
    ]
    yield Sheet(say("期限以外的限度"), (say("限度"), say("数值")), values, frozenset({1}))


def fields(settings: object) -> Sequence[str]:
    return [name for name in SETTINGS if hasattr(settings, name)]


def conditions(page: Page, line: Any) -> str:
    """When a line holds; the first that holds decides."""
    say, found = page.say, []
    if line.urgency:
        found.append(listed(page, [page.facing.named(facing.URGENCIES, each) for each in line.urgency]))
    if line.category:
        found.append(listed(page, [page.facing.category(each) for each in line.category]))
    if line.kind:
        found.append(
            say("{which}类", which=listed(page, [page.facing.named(KINDS, each) for each in line.kind]))
        )
    if line.track:
        found.append(listed(page, [page.facing.named(facing.TRACKS, each) for each in line.track]))
    if line.assisting is not None:
        found.append(say("协办") if line.assisting else say("主办"))
    return "，".join(found) if found and page.lang != "en" else ", ".join(found) or say("其他都算")


def calendar(page: Page, found: WorkingCalendar) -> Iterator[Sheet]:
    say = page.say
    hours = listed(page, [f"{a:%H:%M}–{b:%H:%M}" for a, b in found.hours])
    weekend = listed(page, [say(facing.WEEKDAYS[day - 1]) for day in sorted(found.weekend)])
    years = listed(page, [str(year) for year in sorted(found.known_years)])
    plain = [(say("上班时间"), hours), (say("周末"), weekend), (say("节假日已知到的年份"), years)]
    yield Sheet(say("平时"), (say("什么"), say("规定")), plain)
    for title, days in ((say("节假日"), found.holidays), (say("调休上班"), found.make_up)):
        rows = [(name, span(page, spell)) for name, spell in spells(days)]
        yield Sheet(title, (say("名称"), say("哪几天")), rows)


def spells(days: Mapping[date, str]) -> Iterator[tuple[str, list[date]]]:
    """Neighbouring days of one name together."""
    spell: list[date] = []
    for day in sorted(days):
        if spell and ((day - spell[-1]).days != 1 or days[day] != days[spell[-1]]):
            yield days[spell[-1]], spell
            spell = []
        spell.append(day)
    if spell:
        yield days[spell[-1]], spell


def span(page: Page, spell: Sequence[date]) -> str:
    first, last = spell[0], spell[-1]
    if first == last:
        return first.isoformat()
    return page.say("{a} 至 {b}，{n} 天", a=first.isoformat(), b=last.isoformat(), n=len(spell))


def categories(page: Page, found: Categories) -> Sheet:
    say, rows = page.say, []
    for each in found.entries.values():
        reads = [
            f"{page.facing.quantity(r.quantity)} {bounds(r)} {r.unit}".replace("  ", " ")
            for r in each.readings
        ]
        proof = [*reads, *([say("照片")] if each.photo_required else [])]
        how = listed(page, [page.facing.named(METHODS, method) for method in each.methods])
        if not each.needs_visit:
            how = say("居民满意即可，不必回访")
        rows.append((named(page, each), each.code, page.facing.named(facing.TRACKS, each.track), how,
                     listed(page, proof) or "—"))  # fmt: skip
    heads = (say("类别"), say("代码"), say("怎么办"), say("怎么回访"), say("回访要带回"))
    return Sheet(say("分类"), heads, rows)


def bounds(reading: Any) -> str:
    low, high = reading.min, reading.max
    if low is not None and high is not None:
        return f"{low:g}–{high:g}"
    return f"≥ {low:g}" if low is not None else f"≤ {high:g}" if high is not None else ""


def tariff(page: Page, found: Tariff) -> Sheet:
    say = page.say
    rows = [
        (
            named(page, line), line.activity,
            say("每 {n} 小时", n=line.per) if line.basis == "hours" else page.facing.named(BASES, line.basis),
            f"{line.points}",
            listed(page, [page.facing.named(facing.ROLES, role) for role in line.verifiers]),
        )
        for line in found.lines.values()
    ]  # fmt: skip
    heads = (say("做什么"), say("代码"), say("计法"), say("积分"), say("谁能核实"))
    return Sheet(say("得分"), heads, rows, frozenset({3}))


def catalogue(page: Page, found: Catalogue) -> Sheet:
    say = page.say
    rows = [
        (
            named(page, item), item.item, page.facing.named(GOODS, item.kind),
            say("未定价") if item.price is None else f"{item.price}", value(page, item.stocked),
        )
        for item in found.items.values()
    ]  # fmt: skip
    heads = (say("换什么"), say("代码"), say("哪一种"), say("积分"), say("计库存"))
    return Sheet(say("清单"), heads, rows, frozenset({3}))


def supervision(page: Page, found: Supervision) -> Iterator[Sheet]:
    say = page.say
    rows = [(say(SETTINGS[name]), value(page, getattr(found, name))) for name in fields(found)]
    yield Sheet(say("规定"), (say("什么"), say("数值")), rows, frozenset({1}))
    ranks = [
        (page.facing.named(PERIODS, period), f"{each.top}", f"{each.minimum}", named(page, each))
        for period, each in found.rankings.items()
    ]
    heads = (say("周期"), say("前几名"), say("至少几分"), say("荣誉"))
    yield Sheet(say("排名"), heads, ranks, frozenset({1, 2}))


def templates(page: Page, found: Templates) -> Iterator[Sheet]:
    say = page.say
    for body in found.bodies:
        rows = [(named(page, role), role.role, f"{role.least}–{role.most}") for role in body.roles]
        where = page.facing.grid(body.where) if body.where else say("各处")
        title = say("{what}（{where}）", what=named(page, body), where=where)
        yield Sheet(title, (say("角色"), say("代码"), say("几个人")), rows, frozenset({2}))


def vocabulary(page: Page, found: Vocabulary) -> Iterator[Sheet]:
    say = page.say

    def where(path: str) -> str:
        return page.facing.grid(path) if path else say("各处")

    levels = [(each.name, page.facing.named(LEVELS, each.level), where(each.where)) for each in found.levels]
    yield Sheet(say("级别的叫法"), (say("叫法"), say("等于"), say("在哪里")), levels)
    posts = [(named(page, post), post.code) for post in found.posts.values()]
    yield Sheet(say("岗位"), (say("叫法"), say("代码")), posts)
    roles = found.roles
    groups = [
        (each.name, listed(page, [named(page, roles[code]) for code in each.roles]), where(each.where))
        for each in found.groups
    ]
    yield Sheet(say("人群"), (say("叫法"), say("指哪些人"), say("在哪里")), groups)


def value(page: Page, found: object) -> str:
    """A plain value in words."""
    if isinstance(found, bool):
        return page.say("是") if found else page.say("否")
    if isinstance(found, int):
        return f"{found:,}"
    if isinstance(found, list | tuple):
        return listed(page, [value(page, each) for each in found])
    if isinstance(found, Mapping):
        return listed(page, [f"{name} {value(page, each)}" for name, each in found.items()])
    return "—" if found is None else str(found)
