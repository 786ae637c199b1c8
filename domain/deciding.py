"""What deciders of every subject have in common: who may give a command in which state, what that leaves
him to do, and the order of time."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from domain.refusals import Refused
from domain.scene import Scene, precedes

Decision = Callable[[Any, Any, Scene], tuple[Any, ...]]
Tables = Mapping[type, Mapping[type, Decision]]
Permitted = Callable[[type, Any, Scene], object]
"""Raises Refused for a command that cannot be given, whatever its body."""


def permit(
    subject: str,
    kind: type,
    state: object,
    scene: Scene,
    *,
    tables: Tables,
    roles: Mapping[type, frozenset[str]],
    names: Mapping[type, str],
) -> Decision:
    """What decides this kind of command in this state. Refused `actor.role` or `<subject>.state`."""
    check_role(kind, scene, roles[kind])
    decision = tables[type(state)].get(kind)
    if decision is None:
        now = names[type(state)]
        possible = tuple(names[each] for each, decisions in tables.items() if kind in decisions)
        raise Refused(
            f"{subject}.state",
            f"{kind.__name__} is not possible while the {subject} is {now}",
            help=f"state: {', '.join(possible)}",
            command=kind.__name__,
            state=now,
            states=possible,
        )
    return decision


def check_role(kind: type, scene: Scene, roles: frozenset[str]) -> None:
    if scene.actor.role not in roles:
        raise Refused(
            "actor.role",
            f"{kind.__name__} is not for the role {scene.actor.role!r}",
            help=f"role: {', '.join(sorted(roles))}",
            command=kind.__name__,
            role=scene.actor.role,
            roles=tuple(sorted(roles)),
        )


# ------------------------------------------------------------------ time


def local_day(scene: Scene, moment: datetime | None = None) -> date:
    """The deployment's day of the moment (default: the engine's now)."""
    return scene.organisation.local_date(scene.now if moment is None else moment)


def in_order(earliest: datetime, scene: Scene, at: datetime | None = None) -> datetime:
    """When it happened (`at`, or what the command says), if not before what it follows."""
    told = scene.occurred_at if at is None else at
    if precedes(told, earliest):
        raise Refused(
            "moment.out-of-order",
            f"{told.isoformat()} is before {earliest.isoformat()}, when the step before it happened",
            help=f"occurred_at not before {earliest.isoformat()}",
            told=told,
            earliest=earliest,
        )
    return told


# ------------------------------------------------------------------ what somebody may do now


def offered(
    routes: Mapping[str, type], permitted: Permitted, state: Any, scene: Scene
) -> tuple[list[str], dict[str, Refused]]:
    """The commands of `routes` this actor may give now, as far as can be told before their bodies are seen;
    and the rule against each of the others."""
    allowed: list[str] = []
    refused: dict[str, Refused] = {}
    for name, kind in routes.items():
        try:
            permitted(kind, state, scene)
            allowed.append(name)
        except Refused as no:
            refused[name] = no
    return allowed, refused
