"""Answers about the organisation: what was recorded in sentences, people by their masked names, and lists
that are read from the organisation itself."""

import base64
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from fastapi import Response

from api import telling
from api.answers import masked
from api.naming import speaking
from api.orders import Asking
from api.organisation.sight import find
from api.problems import Problem
from domain.messages import Actor, Clear, Recorded
from engine.desk import Receipt
from engine.engine import Engine
from projections.care.telling import sentence as of_care
from projections.case import Kept
from projections.people.telling import sentence
from projections.words import Names

T = TypeVar("T")


def opened(engine: Engine, kept: Kept | None) -> str | None:
    """The clear value; None where there is none, or its key was destroyed. What a dry run has not sealed is
    said as it was given."""
    if kept is None:
        return None
    return kept.sealed.text if isinstance(kept.sealed, Clear) else engine.vault.open_kept(kept)


def name_of(engine: Engine, person: str) -> str | None:
    """What somebody is called before others: 王某."""
    found = find(engine, person)
    return None if found is None else masked(opened(engine, found.name))


def told(engine: Engine, lines: Iterable[Recorded], lang: str, to: Actor) -> list[dict[str, Any]]:
    organisation = engine.desk.stage().organisation
    names = Names(
        units={unit.id: unit.name for unit in organisation.units.values()},
        grids={path: grid.name for path, grid in organisation.grids.items()},
    )
    speaker = speaking(engine, lang, to, names)
    return telling.facts(lines, lambda line: of_care(line, speaker) or sentence(line, speaker))


def answered(
    ask: Asking, receipt: Receipt, stream: str, answer: dict[str, Any], *, created: str = ""
) -> Response:
    """The subject after the command, and what it recorded; `created` is the address of something new. A dry
    run tells the facts, and nothing was recorded."""
    facts = told(ask.engine, receipt.lines, ask.lang, ask.actor)
    return telling.answered(ask, receipt, stream, facts, answer, created=created)


# ------------------------------------------------------------------ lists of what is in memory


def paged(
    found: Sequence[T], key: Callable[[T], str], after: str | None, limit: int
) -> tuple[Sequence[T], str | None]:
    """A page of things sorted by their keys, and where the next one begins. Problem 422 for what is no
    cursor."""
    start = 0 if after is None else bisect_right(found, uncoded(after), key=key)
    page = found[start : start + limit]
    return page, coded(key(page[-1])) if start + limit < len(found) else None


def coded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def uncoded(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error
