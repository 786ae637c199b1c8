"""What the decisions about points have in common: bounds, roles, days, and how a refusal of state reads."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.complaint.rules import ITEMS, NAME, TEXT, evidence, items, one_of, said, text
from domain.points.facts import Rule
from domain.refusals import Refused
from domain.rule_books.tariffs import MOST, QUANTITY, CatalogueItem, TariffLine
from domain.scene import Scene, precedes

__all__ = [
    "ITEMS", "MOST", "NAME", "QUANTITY", "TEXT",
    "Decision", "catalogue_rule", "check_role", "evidence", "in_order", "items", "local_day", "names",
    "one_of", "permit", "quantity", "said", "tariff_line", "tariff_rule", "text", "whole",
]  # fmt: skip

Decision = Callable[[Any, Any, Scene], tuple[Any, ...]]
Tables = Mapping[type, Mapping[type, Decision]]


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


# ------------------------------------------------------------------ bounds


def whole(field: str, value: object, least: int, most: int) -> int:
    """The value, if it is a whole number (True is none) from `least` to `most`."""
    if type(value) is not int or not least <= value <= most:
        raise Refused(
            "number.out-of-bounds",
            f"{field} must be a whole number from {least} to {most}",
            help=f"{field}: {least} … {most}",
            field=field,
            least=least,
            most=most,
        )
    return value


def quantity(value: object, field: str = "quantity", least: int = 1) -> int:
    return whole(field, value, least, QUANTITY)


def names(field: str, values: Sequence[str], *, least: int = 0) -> tuple[str, ...]:
    """Ids, each once, at most 50."""
    items(field, values, least=least)
    for n, value in enumerate(values):
        text(field, value, NAME)
        if value in values[:n]:
            raise Refused("list.twice", f"{field} names {value} twice", field=field, value=value)
    return tuple(values)


# ------------------------------------------------------------------ time


def local_day(scene: Scene, moment: datetime | None = None) -> date:
    """The deployment's day of the moment (default: the engine's now)."""
    return scene.organisation.local_date(scene.now if moment is None else moment)


def in_order(earliest: datetime, scene: Scene) -> None:
    """What is told now may not have happened before what it follows."""
    if precedes(scene.occurred_at, earliest):
        raise Refused(
            "moment.out-of-order",
            f"{scene.occurred_at.isoformat()} is before the step before it ({earliest.isoformat()})",
            help=f"occurred_at not before {earliest.isoformat()}",
            told=scene.occurred_at,
            earliest=earliest,
        )


# ------------------------------------------------------------------ rule books


def tariff_line(activity: str, on: date, scene: Scene) -> tuple[TariffLine, str]:
    """The line that pays this deed done on that day, and the tariff's version."""
    tariff = scene.books.tariff(on)
    line = tariff.get(activity)
    if line is None:
        raise Refused(
            "tariff.unknown-activity",
            f"the tariff {tariff.version} in force on {on} pays nothing for {activity!r}",
            help=f"activity: {', '.join(tariff.lines)}",
            activity=activity,
            version=tariff.version,
            on=on.isoformat(),
        )
    return line, tariff.version


def tariff_rule(line: TariffLine, version: str) -> Rule:
    return Rule("tariffs", version, line.activity, line.text)


def catalogue_rule(item: CatalogueItem, version: str) -> Rule:
    return Rule("catalogues", version, item.item, item.text)
