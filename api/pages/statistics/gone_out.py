"""What lies behind a number of outreach: attempts, households of a round, care periods, finds; each with its
name for who works with it, without one for who only counts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import Response

from api import answering
from api.naming import people_for
from api.pages import moments
from api.pages.frame import Page
from api.pages.statistics import series, wording
from api.pages.statistics.question import Wish
from api.pages.statistics.tables import spreadsheet
from api.pages.visits.care_desk import homes
from api.questions import Asked, within_month
from api.statistics import read_cursor, write_cursor
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Filter, rows
from projections.indicators import Indicator

SHOWN = 50
MISSED = "missed"
"""In the denominator, not in the numerator: whom nobody has reached yet."""
KINDS = {
    "attempt": "敲门一次", "household": "一户", "booking": "预约一次", "care-period": "关怀一个周期",
    "sweep": "举一反三查看一处", "case": "隐患一处",
}  # fmt: skip
COLUMNS = ("id", "kind", "round", "number", "grid", "part", "n")


def listed(page: Page, engine: Engine, actor: Actor, indicator: Indicator, wish: Wish) -> Response:
    """The list of a part, a page at a time, or all of it as a spreadsheet. BadQuestion."""
    month, part, cursor = (wish.typed.get(name, "") for name in ("month", "part", "cursor"))
    asked = replace(wish.asked, indicator=indicator.id, group_by=(), compare_first="", compare_last="")
    asked = within_month(engine, asked, month)
    (row,) = (whole := answering.figure(engine, asked, actor=actor, lang=page.lang))["rows"]
    fixed = replace(asked, as_of=whole["as_of"], known_at=str(whole["known_at"]))
    everything = wish.typed.get("format") == "csv"
    after, limit = read_cursor(cursor) if cursor else "", None if everything else SHOWN
    items, more, total = behind(engine, actor, fixed, part, after, limit)
    if everything:
        lines = (tuple(item[name] for name in COLUMNS) for item in items)
        return spreadsheet(f"{indicator.name}-cases.csv", COLUMNS, lines)
    query = wish.query() | {"as_of": fixed.as_of, "known_at": fixed.known_at}
    query |= {"month": month} if month else {}
    query |= {"part": "denominator" if part == MISSED else part} if part else {}
    return page.show(
        "statistics/outreach_list.html", title=wording.title(page.facing, indicator), total=total,
        what=part_name(page, indicator, part), indicator=indicator,
        formula=wording.formula(page.facing, indicator), rows=told(page, engine, actor, items),
        tabs=tabs(page, indicator, row, part), mean=indicator.unit == "minutes",
        more=None if more is None else page.same(cursor=write_cursor(more)),
        first=page.same(cursor=None) if cursor else "", asked_as=moments.shown_as(page.facing, wish.asked),
        conditions=conditions(page, wish, month), csv=page.same(format="csv", cursor=None),
        json=series.linked(page, f"{series.API}/statistics/{indicator.id}/cases", query),
        back=series.linked(page, f"/statistics/{indicator.id}", wish.query()),
    )  # fmt: skip


def behind(
    engine: Engine, actor: Actor, asked: Asked, part: str, after: str, limit: int | None
) -> tuple[list[dict[str, Any]], str | None, int]:
    """As `answering.counted_cases`, which does not know `missed`."""
    if part != MISSED:
        return answering.counted_cases(engine, asked, part, actor=actor, after=after, limit=limit)
    found, _, _ = answering.counted_cases(engine, asked, "denominator", actor=actor)
    late = [item for item in found if item["part"] == "denominator"]
    start = int(after) if after.isdigit() else 0
    end = len(late) if limit is None else start + limit
    return late[start:end], str(end) if end < len(late) else None, len(late)


def told(
    page: Page, engine: Engine, actor: Actor, items: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The items in words; whoever only counts has no link and no name."""
    items = list(items)
    called = homes(engine, actor, sorted({item["household"] for item in items if item["household"]}))
    rounds = round_names(engine, {item["round"] for item in items if item["round"]})
    found = []
    for item in items:
        paths = {
            "attempt": f"/households/{item['household']}", "household": f"/households/{item['household']}",
            "booking": f"/households/{item['household']}", "care-period": f"/care/{item['id']}",
            "sweep": f"/sweeps/{item['id']}", "case": f"/complaints/{item['number']}",
        }  # fmt: skip
        kind = page.say(KINDS[item["kind"]])
        role, _, reason = item["part"].partition(":")
        names = {"numerator": page.say("计入分子"), "denominator": page.say("只在分母")}
        found.append(
            {
                "link": page.to(paths[item["kind"]]) if item["link"] else "",
                "name": called.get(item["household"] or "", ""), "kind": kind,
                "round": rounds.get(item["round"] or "", ""), "grid": page.facing.grid(item["grid"]),
                "n": item["n"],
                "part": page.say(wording.OUTREACH_REASONS.get(reason, reason)) if reason else names[role],
            }
        )  # fmt: skip
    return found


def round_names(engine: Engine, ids: Iterable[str]) -> dict[str, str]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    with engine.views.read() as reading:
        found = rows(reading, "visit_rounds", where=[Filter("id", "in", wanted)], limit=len(wanted)).items
    return {row["id"]: row["name"] for row in found}


def group_names(engine: Engine, lang: str, actor: Actor, dimension: str, code: str) -> str:
    """What a group is called whose name is no word: a round, or who went; "" where it has none."""
    if dimension == "round":
        return round_names(engine, [code]).get(code, code)
    if dimension == "worker":
        return people_for(engine, lang, actor).get(code, code)
    return ""


def part_name(page: Page, indicator: Indicator, part: str) -> str:
    _, _, reason = part.partition(":")
    if reason:
        return wording.reason(page.facing, reason, indicator)
    names = {"numerator": "分子", "denominator": "分母", MISSED: "在分母、不在分子", "": "全部"}
    return page.say(names[part])


def tabs(page: Page, indicator: Indicator, row: Mapping[str, Any], part: str) -> list[dict[str, Any]]:
    """The parts there are. A count has no denominator of its own; minutes are no things to count."""
    found: dict[str, int | None] = {"numerator": row["numerator"]}
    if indicator.unit == "percent":
        found = {"denominator": row["denominator"], "numerator": row["numerator"]}
        found[MISSED] = row["denominator"] - row["numerator"]
    elif indicator.unit == "minutes":
        found = {"numerator": None, "denominator": row["denominator"]}
    for name, count in row["excluded"].items():
        found[f"excluded:{name}"] = count
    for name in indicator.beside:
        if row.get(name):
            found[f"beside:{name}"] = row[name]
    found.setdefault(part, None)
    return [
        {
            "name": part_name(page, indicator, each), "n": count, "here": each == part,
            "link": page.same(part=each or None, cursor=None, format=None),
        }
        for each, count in found.items()
    ]  # fmt: skip


def conditions(page: Page, wish: Wish, month: str) -> list[str]:
    """What the list is narrowed to, in words."""
    asked, facing = wish.asked, page.facing
    found = [moments.month(facing, month)] if month else []
    if not month and (asked.first or asked.last):
        found.append(wording.period(facing, asked.first, asked.last))
    assert page.viewer is not None
    for name, value in asked.narrow:
        own = group_names(page.engine, page.lang, page.viewer, name, value) if value else ""
        found.append(own or wording.one_group(facing, name, value))
    return found
