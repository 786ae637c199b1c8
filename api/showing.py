"""A rate as the first pages show it: its percentage made at the last moment, its counts links to their cases.
The pages of the figures themselves are api/pages/statistics."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from api.facing import Facing
from api.pages.statistics.months import monthly
from api.questions import Asked
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import Indicator, find

THREE = ("response_rate", "on_time_closure_rate", "satisfaction_rate")
COUNTED = {"response": "次派单", "closure": "轮", "satisfaction": "次回访"}
EXPLAINS = {
    "response_rate": "各单位在响应期限前报到的比例。",
    "on_time_closure_rate": "超期没办完的也算在分母里。",
    "satisfaction_rate": "“满意”加“基本满意”，除以有评价的回访。",
}
REASONS = {
    "rejected": "不予受理", "withdrawn": "居民撤回", "merged": "并入其他工单",
    "historic": "没有留下这一步的记录",
    "no_reporter": "没有反映人", "not_due": "期限还没到", "no_deadline": "没有承诺期限",
    "declined": "时限内退单",
    "no_answer": "未评价", "unreached": "没有见到人", "moved_out": "期限移出本期", "late_entries": "事后补记",
    "open_overdue": "超期未办结", "attempts": "没见到人的上门", "partly": "部分解决", "replaced": "改派",
    "not_comparable": "地点无法比较", "too_recent": "结案不满 30 天", "watched": "结案不满 30 天",
}  # fmt: skip
DAYS = 365


def percent(numerator: int, denominator: int) -> str | None:
    """One decimal, half up; None without a denominator."""
    if not denominator:
        return None
    share = Decimal(100) * numerator / denominator
    return str(share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def last_year(facing: Facing) -> tuple[date, date]:
    today = facing.today()
    return today - timedelta(days=DAYS), today


def three_rates(engine: Engine, facing: Facing) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The three rates of the last year, for the first page; whoever looks, they count everything."""
    first, last = last_year(facing)
    period = {"from": facing.short_day(first), "to": facing.short_day(last)}
    return stats(engine, facing, None, (first, last), THREE), period


def stats(
    engine: Engine, facing: Facing, actor: Actor | None, days: tuple[date, date], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Rates of the days from the first to the last: together, out of their months."""
    if not names:
        return []
    first, last = (day.isoformat() for day in days)
    chosen = [find(name) for name in names]
    fixed, told = monthly(engine, chosen, Asked(names[0], first, last), actor, facing.lang)
    query = {"from": first, "to": last, "as_of": fixed.as_of, "known_at": int(fixed.known_at)}
    return [stat(facing, each, told[each.id], query) for each in chosen]


def stat(
    facing: Facing, indicator: Indicator, months: Sequence[dict[str, Any]], query: dict[str, Any]
) -> dict[str, Any]:
    english = facing.lang == "en"
    numerator, denominator = (sum(row[part] for row in months) for part in ("numerator", "denominator"))
    return {
        "indicator": indicator.name, "title": indicator.en if english else indicator.zh,
        "version": indicator.version, "formula": indicator.formula_en if english else indicator.formula_zh,
        "numerator": numerator, "denominator": denominator, "query": query,
        "percent": percent(numerator, denominator), "counted": COUNTED.get(indicator.family, "轮"),
        "explains": EXPLAINS.get(indicator.name, ""),
    }  # fmt: skip
