"""The notice that points have come to buy something: news for their holder, until he orders or it is old."""

from datetime import timedelta
from typing import Any

from api import words
from api.points.subjects import Points
from domain.messages import Actor
from domain.points import facts as f
from domain.points.account import account_of
from projections.case import micros, moment

NEWS = timedelta(days=30)
"""How long it is told."""


def newly_reached(points: Points, actor: Actor, now: int) -> list[f.PriceReached]:
    """The items whose price his own account reached lately and still reaches, the latest first; none once he
    has ordered, and none while he may not order."""
    account = points.accounts.find(account_of(actor.person)) if actor.role == "resident" else None
    books = points.engine.desk.stage().books
    if account is None or account.suspension[1] > now or not books.adopted("catalogues"):
        return []
    since, found = now - NEWS // timedelta(microseconds=1), list[f.PriceReached]()
    for line in points.engine.log.stream(account.id):
        if isinstance(line.fact, f.PointsHeld) and line.fact.purpose == "ordered":
            found = []
        elif isinstance(line.fact, f.PriceReached) and micros(line.recorded_at) >= since:
            found.append(line.fact)
    wares = books.catalogue(moment(now)).items
    there = {each.item: each for each in found}  # the latest price of each
    return [
        each
        for each in reversed(there.values())
        if each.item in wares and wares[each.item].price == each.price <= account.available
    ]


def prices_due(points: Points, actor: Actor, now: int, lang: str) -> list[dict[str, Any]]:
    """As a duty: at most one, which names the items."""
    found = newly_reached(points, actor, now)
    if not found:
        return []
    account = points.accounts.must(account_of(actor.person))
    wares = points.engine.desk.stage().books.catalogue(moment(now)).items
    named = [wares[each.item].en if lang == words.ENGLISH else wares[each.item].zh for each in found]
    return [
        {
            "kind": "price_reached",
            "due_by": None,
            "overdue": False,
            "why": words.say("积分够换了：{items}", lang, items=words.say("、", lang).join(named)),
            "command": "redemptions",
            "link": f"/api/v1/points/accounts/{account.id}",
            "state": "open",
            "grid": account.place,
            "items": [{"item": each.item, "price": each.price} for each in found],
        }
    ]
