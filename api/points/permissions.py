"""What a caller may do with a claim, an order or a list now, and the rule against everything else."""

from collections.abc import Callable
from typing import Any

from api import words
from domain.messages import Actor
from domain.points import attendance as attendances
from domain.points import claim as claims
from domain.points import redemption as redemptions
from domain.points.claim.state import NAMES
from domain.points.rules import permit
from domain.refusals import Refused
from domain.scene import Scene
from engine.engine import Engine

Barrier = Callable[[type, Any, Scene], object]


def of_claim(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    def barrier(kind: type, state: Any, scene: Scene) -> None:
        permit("claim", kind, state, scene, tables=claims.TABLE, roles=claims.ROLES, names=NAMES)
        if kind in claims.NOT_BY:
            claims.NOT_BY[kind](claims.filed(state), scene)

    return answered(engine, actor, "claim", id, claims.ROUTES, barrier, lang)


def of_redemption(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    def barrier(kind: type, state: Any, scene: Scene) -> None:
        r = redemptions
        permit("redemption", kind, state, scene, tables=r.TABLE, roles=r.ROLES, names=r.NAMES)

    return answered(engine, actor, "redemption", id, redemptions.ROUTES, barrier, lang)


def of_attendance(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    return answered(engine, actor, "attendance", id, attendances.ROUTES, attendances.permitted, lang)


def answered(
    engine: Engine, actor: Actor, kind: str, id: str, routes: Any, barrier: Barrier, lang: str
) -> dict[str, Any]:
    state, _ = engine.desk.state(kind, id)
    stage, now = engine.desk.stage(), engine.clock()
    scene = Scene(now, now, actor, id, stage.books, stage.organisation)
    allowed: list[str] = []
    refused: list[dict[str, str]] = []
    for name, command in routes.items():
        try:
            barrier(command, state, scene)
            allowed.append(name)
        except Refused as no:
            refused.append(
                {
                    "command": name,
                    "rule": no.rule,
                    "reason": words.rule(no.rule, lang, no.detail, no.facts),
                    "what_would_help": words.rule(f"{no.rule}.help", lang, no.help, no.facts),
                }
            )
    return {"allowed": allowed, "refused": refused}
