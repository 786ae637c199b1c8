"""What a caller may do with a thing now, and the rule against everything else."""

from collections.abc import Mapping
from typing import Any

from api import words
from domain.deciding import Permitted, offered
from domain.messages import Actor
from domain.scene import Scene
from engine.engine import Engine


def permitted(
    engine: Engine,
    actor: Actor,
    kind: str,
    stream: str,
    routes: Mapping[str, type],
    barrier: Permitted,
    lang: str,
) -> dict[str, Any]:
    """`allowed`: what the caller may do now; `refused`: the rule against everything else."""
    state, _ = engine.desk.state(kind, stream)
    stage, now = engine.desk.stage(), engine.clock()
    scene = Scene(now, now, actor, stream, stage.books, stage.organisation)
    allowed, refused = offered(routes, barrier, state, scene)
    return {
        "allowed": allowed,
        "refused": [
            {
                "command": name,
                "rule": no.rule,
                "reason": words.rule(no.rule, lang, words.sentence(no.detail), no.facts),
                "what_would_help": words.rule(f"{no.rule}.help", lang, no.help, no.facts),
            }
            for name, no in refused.items()
        ],
    }
