"""What a caller may do with a claim, an order or a list now, and the rule against everything else."""

from typing import Any

from api.permitted import permitted
from domain.messages import Actor
from domain.points import attendance as attendances
from domain.points import claim as claims
from domain.points import redemption as redemptions
from domain.points.claim.state import NAMES
from domain.points.rules import permit
from domain.scene import Scene
from engine.engine import Engine


def of_claim(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    def barrier(kind: type, state: Any, scene: Scene) -> None:
        permit("claim", kind, state, scene, tables=claims.TABLE, roles=claims.ROLES, names=NAMES)
        if kind in claims.NOT_BY:
            claims.NOT_BY[kind](claims.filed(state), scene)

    return permitted(engine, actor, "claim", id, claims.ROUTES, barrier, lang)


def of_redemption(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    def barrier(kind: type, state: Any, scene: Scene) -> None:
        r = redemptions
        permit("redemption", kind, state, scene, tables=r.TABLE, roles=r.ROLES, names=r.NAMES)

    return permitted(engine, actor, "redemption", id, redemptions.ROUTES, barrier, lang)


def of_attendance(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    return permitted(engine, actor, "attendance", id, attendances.ROUTES, attendances.permitted, lang)
