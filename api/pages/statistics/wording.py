"""How figures are said: the sentence that answers, what a group is called, and a period in words.

A percentage is made here, half up to one decimal; a difference is that of the two percentages a reader sees.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from api import facing, words
from api.facing import Facing
from api.pages import moments
from api.pages.households.words import KINDS, MODES, WINDOWS
from api.showing import REASONS
from projections.care.telling import word
from projections.indicators import Indicator
from projections.outreach.indicators import knows
from projections.words import Speaker

TENTH = Decimal("0.1")
MINUS = "−"
ANSWERS = {
    "response_rate@1": "{period} {rate} 的派单按时响应",
    "on_time_closure_rate@1": "{period} {rate} 按时办结",
    "on_time_closure_rate@closed_only": "{period}已办结的有 {rate} 按时",
    "on_time_first_promise@1": "{period} {rate} 按首次承诺办结",
    "follow_up_24h_rate@1": "{period} {rate} 在 24 小时内回访",
    "satisfaction_rate@1": "{period} {rate} 满意",
    "solved_rate@1": "{period} {rate} 的居民说解决了",
    "dispatch_on_time_rate@1": "{period} {rate} 按时派出",
    "reopen_rate@1": "{period} {rate} 返工",
    "repeat_rate@1": "{period} {rate} 在 30 天内又出现",
    "same_class_change@1": "{period}登记的诉求同比 {rate}",
    "proactive_share@1": "{period} {rate} 是未诉先办",
    "measured_pass_rate@1": "{period} {rate} 实测达标",
    "spot_check_confirm_rate@1": "{period} {rate} 抽核属实",
    "door_open_rate@1": "{period}敲的门 {rate} 开了",
    "door_open_rate@in_person": "{period}上门敲的门 {rate} 开了",
    "door_open_rate@online": "{period}线上补访 {rate} 联系上了",
    "coverage_households@1": "{period}走到了应走访的 {rate} 的户",
    "coverage_people@1": "{period}见到了应走访的 {rate} 的人",
    "minutes_per_visit@1": "{period}平均每户走访 {rate}",
    "visits_booked@1": "{period}约了 {rate} 次走访",
    "needs_found@1": "{period}在门口登记了 {rate} 件诉求",
    "care_cadence_kept@1": "{period} {rate} 的关怀按期做到",
    "hazards_found@1": "{period}巡查发现 {rate} 处隐患",
    "sweep_yield@1": "{period}举一反三，看过的地方 {rate} 有问题",
}
COUNTED = {
    "response": "次派单", "satisfaction": "次回访", "solved": "次回访", "measured": "次回访",
    "intake": "件", "repeat": "件", "spot_check": "次抽核",
    "attempts": "次敲门", "minutes": "分钟 / 次", "slots": "次", "needs": "件", "care": "个周期",
    "hazards": "处", "sweeps": "处", "households": "户", "people": "人",
}  # fmt: skip
"""What an indicator of a family (of a base, where it has one) counts; rounds, where it is not said."""
DIMENSIONS = {
    "month": "月份", "grid": "网格", "community": "社区", "street": "街道",
    "lead": "主办单位", "unit": "承办单位",
    "category": "类别", "first_category": "首次类别", "channel": "来源", "origin": "来路",
    "track": "办理方式", "urgency": "紧急程度", "follow_up_method": "回访方式",
    "origin_of_record": "记录从哪来",
}  # fmt: skip
OF_OUTREACH = {
    "window": "走访时段", "mode": "走访方式", "round": "走访轮次", "risk": "风险等级", "kind": "户的类别",
    "worker": "走访人",
}  # fmt: skip
"""Dimensions that complaints do not have."""
COHORTS = {
    "deadline": "期限落在这一时期的", "dispatched": "这一时期派出的", "resolved": "这一时期办结的",
    "closed": "这一时期结案的",
}  # fmt: skip
OUTREACH_REASONS = {
    "vacant": "已搬走的户", "people_unknown": "人数未知的户", "no_round": "没有走访轮次的户",
    "untimed": "没记时长", "no_answer": "没人应门", "refused": "不愿意",
    "moved": "已搬走", "kept": "如约", "cancelled": "取消",
}  # fmt: skip
"""In the words of doors, where a complaint means something else by it."""
METHODS = {"on_site": "上门", "phone": "电话", "online": "线上"}
RECORDS = {"living": "在这里登记的", "import": "导入的旧记录"}
NAMED: Mapping[str, Mapping[str, str]] = {
    "channel": facing.CHANNELS, "origin": facing.ORIGINS, "track": facing.TRACKS,
    "urgency": facing.URGENCIES, "follow_up_method": METHODS, "origin_of_record": RECORDS,
    "window": WINDOWS, "mode": MODES, "kind": KINDS,
}  # fmt: skip


def share(numerator: int, denominator: int) -> Decimal | None:
    """The percentage, half up to one decimal; None without a denominator."""
    if not denominator:
        return None
    return (Decimal(100) * numerator / denominator).quantize(TENTH, rounding=ROUND_HALF_UP)


def value(indicator: Indicator, row: Mapping[str, Any]) -> Decimal | None:
    """The percentage of a row, its mean of minutes, or its count; for a change, by how much the count differs
    from that of the year before."""
    if indicator.unit == "count":
        return Decimal(row["numerator"])
    if indicator.unit == "minutes":
        return mean(row["numerator"], row["denominator"])
    found = share(row["numerator"], row["denominator"])
    return found - 100 if indicator.versus_year_before and found is not None else found


def mean(numerator: int, denominator: int) -> Decimal | None:
    """To one decimal, half up; None of nothing."""
    if not denominator:
        return None
    return (Decimal(numerator) / denominator).quantize(TENTH, rounding=ROUND_HALF_UP)


def rate(indicator: Indicator, found: Decimal | None) -> str:
    """93.3%, or +12.0% for a change; — where there is nothing to divide by."""
    if found is None:
        return "—"
    if indicator.unit != "percent":
        return f"{found:,}"
    return f"{signed(found)}%" if indicator.versus_year_before else f"{found:,}%"


def measured(facing: Facing, indicator: Indicator, row: Mapping[str, Any]) -> str:
    """A percentage; of an indicator that is none, a mean of minutes or a count: `value` of the row."""
    return said(facing, indicator, value(indicator, row))


def said(facing: Facing, indicator: Indicator, found: Decimal | None) -> str:
    """The rate with what it is measured in."""
    if found is not None and indicator.unit == "minutes":
        return facing.say("{n} 分钟", n=rate(indicator, found))
    return rate(indicator, found)


def signed(found: Decimal) -> str:
    return f"{found:,}".replace("-", MINUS) if found < 0 else f"+{found:,}" if found else f"{found:,}"


def counted(indicator: Indicator) -> str:
    return COUNTED.get(indicator.base or indicator.family, "轮")


def title(facing: Facing, indicator: Indicator) -> str:
    return indicator.en if facing.lang == words.ENGLISH else indicator.zh


def formula(facing: Facing, indicator: Indicator) -> str:
    return indicator.formula_en if facing.lang == words.ENGLISH else indicator.formula_zh


def reason(facing: Facing, name: str, indicator: Indicator | None = None) -> str:
    own = OUTREACH_REASONS if indicator is not None and knows(indicator.name) else {}
    return facing.say(own.get(name) or REASONS.get(name, name))


# ------------------------------------------------------------------ the answer in a sentence


def answer(facing: Facing, indicator: Indicator, period: str, found: Decimal) -> str:
    told = said(facing, indicator, found)
    return facing.say(ANSWERS.get(indicator.id, "{period} {rate}"), period=period, rate=told)


def beside(facing: Facing, found: Decimal, other: Decimal, period: str, unit: str = "percent") -> str:
    """How the one percentage differs from the other, in points; a mean and a count, by how much."""
    points = found - other
    if not points:
        return facing.say("，和{period}一样", period=period)
    if unit != "percent":
        line = "，比{period}多 {n}" if points > 0 else "，比{period}少 {n}"
        return facing.say(line, period=period, n=f"{abs(points):,}")
    line = "，比{period}高 {points} 个百分点" if points > 0 else "，比{period}低 {points} 个百分点"
    return facing.say(line, period=period, points=f"{abs(points):,}")


def points(found: Decimal | None, other: Decimal | None) -> str:
    """+2.1, −0.4, or — where one of the two is missing."""
    return "—" if found is None or other is None else signed(found - other)


# ------------------------------------------------------------------ names


def period(facing: Facing, first: str, last: str) -> str:
    """2025年11月至 10月; the year once where both are of it, and one of the two where they are the same."""
    if first == last:
        return moments.moment(facing, first)
    if not last:
        return facing.say("{from}以来", **{"from": moments.moment(facing, first)})
    if not first:
        return facing.say("到{to}为止", to=moments.moment(facing, last))
    same_year = len(first) == len(last) == len("2026-10") and first[:4] == last[:4]
    until = moments.month(facing, last, bare=True) if same_year else moments.moment(facing, last)
    return facing.say("{from}至 {to}", **{"from": moments.moment(facing, first), "to": until})


def group(facing: Facing, dimensions: Mapping[str, str]) -> str:
    """What a group is called; what has no value in the dimension is said so."""
    return " · ".join(one_group(facing, name, code) for name, code in dimensions.items())


def dimension_of(facing: Facing, name: str) -> str:
    return facing.say((DIMENSIONS | OF_OUTREACH)[name])


def one_group(facing: Facing, dimension: str, code: str) -> str:
    if not code and dimension not in NAMED:
        return facing.say("没有{dimension}", dimension=dimension_of(facing, dimension))
    match dimension:
        case "month":
            return moments.month(facing, code)
        case "grid" | "community" | "street":
            return facing.grid(code)
        case "lead" | "unit":
            return facing.unit(code)
        case "category" | "first_category":
            return facing.category(code)
        case "risk":
            return word(Speaker(facing.lang, facing.organisation.zone), code)
    table = NAMED.get(dimension, {})
    if not code and code not in table:
        return facing.say("没有{dimension}", dimension=dimension_of(facing, dimension))
    return facing.named(table, code)
