"""What the decisions about points have in common: how much, by which line of which tariff, vouched for
by whom."""

from datetime import date

from domain.bounds import whole
from domain.points.facts import Rule
from domain.refusals import Refused
from domain.rule_books.tariffs import QUANTITY, CatalogueItem, TariffLine
from domain.scene import Scene


def quantity(value: object, field: str = "quantity", least: int = 1) -> int:
    return whole(field, value, least, QUANTITY)


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


def may_vouch(subject: str, activity: str, version: str, scene: Scene) -> None:
    """Whether the actor is of a role that the tariff's line names. Refused `<subject>.not-a-verifier`."""
    tariff = scene.books.tariff_of(version)
    line = tariff and tariff.get(activity)
    if line and scene.actor.role not in line.verifiers:
        raise Refused(
            f"{subject}.not-a-verifier",
            f"{activity} is not verified by the role {scene.actor.role!r}",
            help=f"role: {', '.join(line.verifiers)}",
            activity=activity,
            roles=line.verifiers,
        )
