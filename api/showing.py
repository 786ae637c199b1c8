"""Figures as the pages show them: percentages made at the last moment, every count a link to its cases."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from api import figures, words
from api.facing import STATES, Facing
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import INDICATORS, find

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
GROUPS = {
    "month": "按月", "grid": "按网格", "lead": "按主办", "unit": "按单位", "category": "按类别",
    "first_category": "按首次类别", "channel": "按来源", "origin": "按来路", "track": "按办理方式",
}  # fmt: skip
DAYS = 365
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form of the page asks."""

    first: str
    last: str
    by: str
    as_of: str
    known_at: str


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
    asked = Asked(first.isoformat(), last.isoformat(), "", "", "")
    period = {"from": facing.short_day(first), "to": facing.short_day(last)}
    return [stat(engine, facing, None, asked, name) for name in THREE], period


def stat(engine: Engine, facing: Facing, actor: Actor | None, asked: Asked, name: str) -> dict[str, Any]:
    indicator = find(name)
    question = figures.Asked(name, asked.first, asked.last, as_of=asked.as_of, known_at=asked.known_at)
    found = figures.figure(engine, question, actor=actor, lang=facing.lang)
    (row,) = found["rows"]
    query = {"from": asked.first, "to": asked.last, "as_of": found["as_of"], "known_at": found["known_at"]}
    return {
        "indicator": name, "title": found["title"], "version": indicator.version, "formula": found["formula"],
        "numerator": row["numerator"], "denominator": row["denominator"], "query": query,
        "percent": percent(row["numerator"], row["denominator"]),
        "counted": COUNTED.get(indicator.family, "轮"),
        "explains": EXPLAINS.get(name, ""), "excluded": excluded(facing, row),
    }  # fmt: skip


def excluded(facing: Facing, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What is not counted, and what stands beside, with the part that opens its cases."""
    shown = [(f"excluded:{reason}", reason, n) for reason, n in row["excluded"].items()]
    beside = [(f"beside:{name}", name, row[name]) for name in ("moved_out", "late_entries") if row.get(name)]
    return [
        {"part": part, "reason": facing.say(REASONS.get(name, name)), "n": n}
        for part, name, n in (*shown, *beside)
    ]


def overview(engine: Engine, facing: Facing, actor: Actor, asked: Asked) -> dict[str, Any]:
    """Everything of the statistics page: the three rates, one table by group, all indicators."""
    if not asked.first and not asked.last:
        first, last = last_year(facing)
        asked = replace(asked, first=first.isoformat(), last=last.isoformat())
    if asked.by not in GROUPS:
        asked = replace(asked, by="month")
    rates = [stat(engine, facing, actor, asked, name) for name in THREE]
    others = [
        stat(engine, facing, actor, asked, each.id) for each in INDICATORS if not each.versus_year_before
    ]
    question = figures.Asked(
        THREE[1], asked.first, asked.last, (asked.by,), as_of=asked.as_of, known_at=asked.known_at
    )
    table = figures.figure(engine, question, actor=actor, lang=facing.lang)
    return {
        "asked": asked, "rates": rates, "others": others,
        "groups": [(k, facing.say(v)) for k, v in GROUPS.items()],
        "lines": [line(facing, asked, row) for row in table["rows"]],
        "small": [line(facing, asked, row) for row in table["small_groups"]],
        "title": table["title"], "formula": table["formula"], "known_at": table["known_at"],
        "as_of": facing.when(table["as_of"]), "by": facing.say(GROUPS[asked.by]),
    }  # fmt: skip


def line(facing: Facing, asked: Asked, row: dict[str, Any]) -> dict[str, Any]:
    code = row["group"] or ""
    label = {"category": facing.category, "first_category": facing.category, "grid": facing.grid}.get(
        asked.by, facing.unit
    )(code)
    share = percent(row["numerator"], row["denominator"])
    return {
        "label": label or "—", "numerator": row["numerator"], "denominator": row["denominator"],
        "percent": share,
        "cases": row["cases"].removeprefix("/api/v1"), "width": float(share or 0),
    }  # fmt: skip


def cases(
    engine: Engine, facing: Facing, actor: Actor, asked: figures.Asked, part: str, cursor: str
) -> dict[str, Any]:
    items, more, total = figures.counted_cases(engine, asked, part, actor=actor, after=cursor, limit=SHOWN)
    indicator = figures.indicator_of(asked.indicator)
    role, _, reason = part.partition(":")
    names = {"numerator": "分子", "denominator": "分母", "": "全部"}
    english = facing.lang == words.ENGLISH
    return {
        "title": indicator.en if english else indicator.zh,
        "formula": indicator.formula_en if english else indicator.formula_zh,
        "what": facing.say(REASONS.get(reason, reason) if reason else names.get(role, role)),
        "total": total,
        "next": more,
        "rows": [
            item | {"state_name": facing.named(STATES, item["state"]),
                    "category_name": facing.category(item["category"]),
                    "grid_name": facing.grid(item["grid"]),
                    "role": role_name(facing, item["part"])}
            for item in items
        ],
    }  # fmt: skip


def role_name(facing: Facing, part: str) -> str:
    role, _, reason = part.partition(":")
    if reason:
        return facing.say(REASONS.get(reason, reason))
    return facing.say("计入分子" if role == "numerator" else "只在分母")
