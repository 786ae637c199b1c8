"""A rate as the first pages show it: its percentage made at the last moment, its counts links to their cases.
The pages of the figures themselves are api/pages/statistics."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from api import answering, questions
from api.facing import Facing
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import find

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
    question = questions.Asked(name, asked.first, asked.last, as_of=asked.as_of, known_at=asked.known_at)
    found = answering.figure(engine, question, actor=actor, lang=facing.lang)
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
