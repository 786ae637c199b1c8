"""How much of anything a command may say: characters, entries, numbers, how far ahead. All raise Refused."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.messages import Sealed, clear
from domain.refusals import Refused
from domain.scene import Scene

TEXT = 4000
"""Characters of a free text (the Open311 bound too)."""

NAME = 200
"""Characters of a name, an id, a list's entry."""

ITEMS = 50
"""Entries of any list."""

AHEAD = timedelta(minutes=5)
"""How far a device's clock may run ahead of the engine's."""

EVIDENCE = re.compile(r"[0-9a-f]{64}")

# ------------------------------------------------------------------ texts and numbers


def text(field: str, value: str, most: int = TEXT, *, least: int = 1) -> str:
    """The text, if it has from `least` to `most` characters (blank counts as empty)."""
    if not least <= len(value.strip()) or len(value) > most:
        raise Refused(
            "text.length",
            f"{field} must have from {least} to {most} characters",
            field=field,
            least=least,
            most=most,
            length=len(value),
        )
    return value


def said(subject: str, field: str, value: str, most: int = TEXT) -> Sealed:
    """A text that must be given, about `subject`."""
    return clear(subject, text(field, value, most))


def said_if(subject: str, field: str, value: str, most: int = TEXT) -> Sealed | None:
    """A text that may be left out."""
    return said(subject, field, value, most) if value.strip() else None


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


def one_of(field: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise Refused(
            "value.unknown",
            f"{field} cannot be {value!r}",
            help=f"{field}: {', '.join(known)}",
            field=field,
            value=value,
            known=tuple(known),
        )
    return value


# ------------------------------------------------------------------ lists


def items(field: str, values: Sequence[object], *, least: int = 0, most: int = ITEMS) -> None:
    if not least <= len(values) <= most:
        raise Refused(
            "list.length",
            f"{field} must have from {least} to {most} entries",
            field=field,
            least=least,
            most=most,
            length=len(values),
        )


def names(field: str, values: Sequence[str], *, least: int = 0) -> tuple[str, ...]:
    """Ids, each once, at most 50."""
    items(field, values, least=least)
    for n, value in enumerate(values):
        text(field, value, NAME)
        if value in values[:n]:
            raise Refused("list.twice", f"{field} names {value} twice", field=field, value=value)
    return tuple(values)


def evidence(field: str, ids: tuple[str, ...], *, least: int = 0) -> tuple[str, ...]:
    """Ids of stored evidence: SHA-256 in 64 lowercase hexadecimal digits."""
    items(field, ids, least=least)
    for each in ids:
        if not EVIDENCE.fullmatch(each):
            raise Refused(
                "evidence.id", f"{each!r} is not the id of stored evidence", field=field, value=each
            )
    return ids


# ------------------------------------------------------------------ time


def not_ahead(field: str, moment: datetime, scene: Scene) -> None:
    if moment > scene.now + AHEAD:
        raise Refused(
            "moment.in-the-future",
            f"{field} lies in the future",
            field=field,
            told=moment,
            now=scene.now,
        )
