"""Two versions of a rule book side by side, in words: what changed, from what to what; and what did not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api import facing
from api.pages.frame import Page
from api.pages.office import rendering
from domain import rule_books

FIELDS: Mapping[str, str] = {
    "points": "积分", "basis": "计法", "per": "每几小时", "stacking": "可与别的叠加", "verifiers": "谁能核实",
    "cause_kind": "凭什么", "zh": "中文名称", "en": "英文名称", "price": "积分", "stocked": "计库存",
    "kind": "哪一种", "amount": "时长", "unit": "单位", "urgency": "轻重", "category": "类别",
    "track": "怎么办",
    "methods": "怎么回访", "needs_visit": "要回访", "readings": "要量的", "photo_required": "要照片",
    "deadline_kind": "时限类别", "assisting": "协办", "clock": "哪个期限", "least": "至少几人",
    "most": "最多几人",
    "where": "在哪里", "top": "前几名", "minimum": "至少几分", "honour": "荣誉", "hours": "上班时间",
    "weekend": "周末", "known_years": "节假日已知到的年份", "holidays": "节假日", "make_up": "调休上班",
    "level": "级别", "name": "名称", "roles": "角色", "code": "代码", "min": "至少", "max": "至多",
}  # fmt: skip
CODES: Mapping[str, str] = {
    **rendering.BASES, **rendering.GOODS, **facing.URGENCIES, **facing.TRACKS, **facing.ROLES,
    "hours": "小时", "minutes": "分钟", "working_hours": "工作小时", "working_days": "工作日", "days": "天",
}  # fmt: skip
_STEP = re.compile(r"\[([^\]]+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Line:
    """A change. `what` is the entry, `field` which of its fields ("" where the whole entry came or went)."""

    what: str
    code: str
    field: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class Comparison:
    lines: Sequence[Line]
    changed: int
    same: Sequence[str]


def compared(page: Page, old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """From the old content to the new one. `changed` counts entries, not fields."""
    differences = rule_books.diff(old, new)
    lines = [line(page, old, new, each) for each in differences]
    touched = {each.field.rpartition("]")[0] or each.field for each in differences}
    keys = {each.what for each in lines}
    same = [name for name in entries(page, new) if name not in keys]
    return Comparison(lines, len(touched), same)


def entries(page: Page, content: Mapping[str, Any]) -> list[str]:
    """The named entries of a content, as they are called."""
    return [
        called(page, each)
        for rows in content.values()
        if isinstance(rows, list)
        for each in rows
        if isinstance(each, Mapping)
    ]


def called(page: Page, entry: Mapping[str, Any]) -> str:
    names = ("en", "zh") if page.lang == "en" else ("zh", "en")
    keys = (*names, "name", "code", "line", "activity", "item", "role")
    return str(next((entry[key] for key in keys if entry.get(key)), "—"))


def line(page: Page, old: Mapping[str, Any], new: Mapping[str, Any], found: Any) -> Line:
    steps = [row or key for row, key in _STEP.findall(found.field)]
    entry = at(new, steps) or at(old, steps)
    field = steps[-1] if steps else ""
    if isinstance(found.before if found.after is None else found.after, Mapping) and found.field.endswith(
        "]"
    ):
        came = found.before is None
        entry = found.after if came else found.before
        whole = summary(page, entry)
        change = page.say("新增") if came else page.say("去掉")
        return Line(called(page, entry), steps[-1], "", "" if came else whole, whole if came else "", change)
    what = called(page, entry) if entry is not None else label(page, field)
    if entry is None and len(steps) > 1:
        what = page.say("{group}：{which}", group=label(page, steps[0]), which=label(page, field))
    unit = field if field in POINTS else ""
    before, after = worded(page, found.before, unit), worded(page, found.after, unit)
    return Line(
        what, code_of(entry), label(page, field) if entry is not None else "", before, after,
        change_of(page, found.before, found.after, unit),
    )  # fmt: skip


def at(content: Mapping[str, Any], steps: Sequence[str]) -> Mapping[str, Any] | None:
    """The innermost named entry on the way."""
    here: Any = content
    entry: Mapping[str, Any] | None = None
    for step in steps:
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list):
            here = next(
                (
                    each for n, each in enumerate(here)
                    if isinstance(each, Mapping) and step in {str(each.get(key)) for key in NAMES} | {str(n)}
                ),
                None,
            )  # fmt: skip
            entry = here if isinstance(here, Mapping) else entry
        else:
            return entry
    return entry


NAMES = ("code", "line", "activity", "item")


def code_of(entry: Mapping[str, Any] | None) -> str:
    return "" if entry is None else str(next((entry[key] for key in NAMES if entry.get(key)), ""))


def label(page: Page, field: str) -> str:
    if field in rendering.SETTINGS:
        return page.say(rendering.SETTINGS[field])
    if field in rendering.PERIODS:
        return page.say(rendering.PERIODS[field])
    return page.facing.named(FIELDS, field)


POINTS = ("points", "price", "minimum", "linkage_points")
"""Fields that count points."""


def worded(page: Page, found: object, unit: str = "") -> str:
    """A value in words; `unit` is its field where that counts points."""
    if unit and isinstance(found, int):
        return page.say("{n} 分", n=f"{found:,}")
    if isinstance(found, str) and found in CODES:
        return page.say(CODES[found])
    if isinstance(found, list):
        return rendering.listed(page, [worded(page, each) for each in found])
    if isinstance(found, Mapping):
        pairs = [f"{label(page, str(name))} {worded(page, each)}" for name, each in found.items()]
        return rendering.listed(page, pairs)
    return rendering.value(page, found)


def summary(page: Page, entry: Mapping[str, Any]) -> str:
    """An entry that came or went: its most telling figure."""
    for key in ("points", "price", "amount"):
        if isinstance(entry.get(key), int):
            unit = worded(page, entry["unit"]) if key == "amount" and "unit" in entry else page.say("分")
            return f"{entry[key]} {unit}"
    return called(page, entry)


def change_of(page: Page, before: object, after: object, unit: str = "") -> str:
    """How much more or less; for what is no number, that it changed."""
    if type(before) is int and type(after) is int:
        more = "多 {n}" if after > before else "少 {n}"
        return page.say(more, n=worded(page, abs(after - before), unit))
    if before is None:
        return page.say("新增")
    return page.say("去掉") if after is None else page.say("改了")
