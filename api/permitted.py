"""What a caller may do with a thing now, and the rule against everything else."""

from collections.abc import Callable, Mapping
from typing import Any

from api import words
from domain.messages import Actor
from domain.refusals import Refused
from domain.scene import Scene
from engine.engine import Engine

Barrier = Callable[[type, Any, Scene], object]
"""Raises Refused for a command that cannot be given, whatever its body."""


def permitted(
    engine: Engine,
    actor: Actor,
    kind: str,
    stream: str,
    routes: Mapping[str, type],
    barrier: Barrier,
    lang: str,
) -> dict[str, Any]:
    """`allowed`: what the caller may do now; `refused`: the rule against everything else."""
    state, _ = engine.desk.state(kind, stream)
    stage, now = engine.desk.stage(), engine.clock()
    scene = Scene(now, now, actor, stream, stage.books, stage.organisation)
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
