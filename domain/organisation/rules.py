"""What the decisions about the organisation have in common: paths, names, lists, and whose business it is."""

import re
from typing import TYPE_CHECKING

from domain.organisation.state import within
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene

REASON = 500
"""The longest reason, in characters."""
DEEPEST = 12
"""Nodes of a path, from the top."""
PATH, NAME = 200, 120
"""The longest path and the longest name, in characters."""

_PERSON = re.compile(r"[\w.-]{1,100}")


def path(value: str) -> None:
    parts = value.split("/")
    if not all(part.strip(".") and part == part.strip() and part.isprintable() for part in parts):
        raise Refused("organisation.bad-path", f"{value!r} is no path of non-empty names", path=value)
    if len(parts) > DEEPEST or len(value) > PATH:
        raise Refused(
            "organisation.too-deep",
            f"a path has at most {DEEPEST} names and {PATH} characters",
            most=DEEPEST,
            longest=PATH,
        )


def known(what: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        raise Refused(
            f"organisation.unknown-{what}",
            f"{value!r} is no {what}",
            help="one of " + ", ".join(among),
            value=value,
        )


def named(name: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > NAME:
        raise Refused(
            "organisation.nameless", f"a grid and a unit have a name of 1 to {NAME} characters", most=NAME
        )


def person(id: str) -> None:
    """Refused for what can be nobody's id. Whether somebody has it is the register's to say."""
    if _PERSON.fullmatch(id) is None:
        raise Refused("organisation.nobody", f"{id!r} is nobody's id", person=id)


def reason(text: str) -> str:
    """The reason, trimmed; Refused if there is none, or if it is longer than 500 characters."""
    said = text.strip()
    if not said or len(said) > REASON:
        raise Refused("organisation.reason", f"a reason has 1 to {REASON} characters", most=REASON)
    return said


def reaches(scene: "Scene", place: str) -> None:
    """Refused unless the actor administers the place: nobody gives away more than he answers for."""
    if scene.actor.role == "admin" and within(place, scene.actor.scope):
        return
    raise Refused(
        "grant.beyond-scope",
        f"{scene.actor.person} administers {_said(scene)}, not {place or 'the whole deployment'}",
        help="an administrator of that place",
        scope=place or "whole-deployment",
    )


def _said(scene: "Scene") -> str:
    return "nothing" if scene.actor.role != "admin" else scene.actor.scope
