"""What a caller may do with a claim, an order or a list now, and the rule against everything else."""

from typing import Any

from api.permitted import permitted
from domain.messages import Actor
from domain.points import attendance, claim, redemption
from engine.engine import Engine


def of_claim(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    return permitted(engine, actor, "claim", id, claim.ROUTES, claim.permitted, lang)


def of_redemption(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    return permitted(engine, actor, "redemption", id, redemption.ROUTES, redemption.permitted, lang)


def of_attendance(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    return permitted(engine, actor, "attendance", id, attendance.ROUTES, attendance.permitted, lang)
