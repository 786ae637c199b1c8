"""What of the points waits for the caller: claims and lists to verify, disputes and appeals to decide,
orders to hand out, reviews to sign; for a resident, what his points have come to buy."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api import words
from api.answers import at
from api.points.prices import prices_due
from api.points.subjects import Points
from api.sight import everywhere
from domain.messages import Actor
from domain.points.panel import panel_of
from engine.engine import Engine
from engine.read import Condition, Filter, rows
from engine.views import Reading

FIRST = {
    "claims": "filed_position",
    "redemptions": "requested_position",
    "attendance": "opened_position",
}
"""What comes first, where nothing lapses."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of a table that wait for a command; `column` is when they lapse, "" where they do not."""

    kind: str
    table: str
    where: tuple[Condition, ...]
    command: str
    says: str
    column: str = ""


def waiting(actor: Actor) -> Iterator[Waiting]:
    scope = actor.scope
    if not scope and not everywhere(actor):
        return
    inside: tuple[Condition, ...] = (Filter("place", "under", scope),)
    match actor.role:
        case "gridworker" | "dispatcher":
            by_another = (Filter("filed_by", "!=", actor.person), Filter("holder", "!=", actor.person))
            filed = (*inside, Filter("state", "=", "filed"), *by_another)
            yield Waiting("claim", "claims", filed, "verify", "核实积分申报")
            others = (Filter("opened_by", "!=", actor.person),)
            taking = (*inside, Filter("state", "=", "taking"), Filter("present", ">", 0), *others)
            yield Waiting("attendance", "attendance", taking, "confirm", "核对活动名单")
            asked = (*inside, Filter("state", "=", "requested"))
            yield Waiting("redemption", "redemptions", asked, "fulfil", "发放兑换", "expires_at")
        case "panel":
            disputed = (*inside, Filter("state", "=", "disputed"))
            yield Waiting("dispute", "claims", disputed, "rule", "裁决积分异议")
        case "street":
            appealed = (*inside, Filter("state", "=", "appealed"))
            yield Waiting("appeal", "claims", appealed, "appeal-decision", "决定积分申诉")


def points_due(
    engine: Engine, points: Points, actor: Actor, now: int, lang: str, limit: int
) -> list[dict[str, Any]]:
    """As the other duties (api/duties.py), each with the address of what it is about."""
    found: list[dict[str, Any]] = []
    with engine.views.read() as reading:
        for each in waiting(actor):
            found += _rows(reading, each, now, lang, limit)
    if actor.role == "panel":
        found += reviews_due(points, actor, lang)
    return found + prices_due(points, actor, now, lang)


def _rows(reading: Reading, waiting: Waiting, now: int, lang: str, limit: int) -> Iterator[dict[str, Any]]:
    order = (waiting.column or FIRST[waiting.table], "asc")
    for row in rows(reading, waiting.table, where=waiting.where, order=order, limit=limit).items:
        due = row[waiting.column] if waiting.column else None
        yield {
            "kind": waiting.kind,
            "due_by": at(due),
            "overdue": due is not None and due < now,
            "why": words.say("{what}：{number}", lang, what=words.say(waiting.says, lang), number=row["id"]),
            "command": waiting.command,
            "link": f"/api/v1/points/{waiting.table}/{row['id']}",
            "state": row["state"],
            "grid": row["place"],
        }


def reviews_due(points: Points, actor: Actor, lang: str) -> Iterator[dict[str, Any]]:
    """Reviews the member has not signed yet."""
    panel = points.panels.find(panel_of(actor.scope))
    for review in panel.reviews if panel else ():
        if not review.reviewed_at and actor.person not in review.signed_by:
            says = words.say("签积分审核", lang)
            yield {
                "kind": "review",
                "due_by": None,
                "overdue": False,
                "why": words.say("{what}：{number}", lang, what=says, number=review.month),
                "command": "sign",
                "link": f"/api/v1/panel/reviews/{review.month}",
                "state": "open",
                "grid": panel.place if panel else "",
            }
