"""What the decisions about the organisation have in common: paths, names, lists, and whose business it is."""

from typing import TYPE_CHECKING

from domain.organisation.state import within
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene

REASON = 500
"""The longest reason, in characters."""


def path(value: str) -> None:
    parts = value.split("/")
    if not all(part and part == part.strip() for part in parts):
        raise Refused("organisation.bad-path", f"{value!r} is no path of non-empty names", path=value)


def known(what: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        raise Refused(
            f"organisation.unknown-{what}",
            f"{value!r} is no {what}",
            help="one of " + ", ".join(among),
            value=value,
        )


def named(name: str) -> None:
    if not name.strip():
        raise Refused("organisation.nameless", "a grid and a unit have a name people can read")


def reason(text: str) -> str:
    """The reason, trimmed; Refused if there is none, or if it is longer than 500 characters."""
    said = text.strip()
    if not said or len(said) > REASON:
        raise Refused("organisation.reason", f"a reason has 1 to {REASON} characters", most=REASON)
    return said


def reaches(scene: "Scene", place: str, rule: str) -> None:
    """Refused unless the actor administers the place: nobody gives away more than he answers for."""
    if scene.actor.role == "admin" and within(place, scene.actor.scope):
        return
    raise Refused(
        rule,
        f"{scene.actor.person} administers {scene.actor.scope or 'nothing'!r}, not {place!r}",
        help="an administrator of that place",
        scope=place,
    )
