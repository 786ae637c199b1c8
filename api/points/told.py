"""The points in sentences: what was recorded, or would be, in the caller's language."""

from collections.abc import Iterable
from typing import Any

from fastapi import Response

from api import telling
from api.naming import speaking
from api.orders import Asking, etag, said
from api.points.subjects import Points
from api.receipts import proven
from api.sight import reads
from domain.messages import Actor, Recorded
from engine.desk import Receipt
from projections.points.story import sentence
from projections.points.words import PointsNames, activities, items
from projections.words import Speaker


def speaker(points: Points, lang: str, to: Actor | None) -> Speaker:
    """Who tells it to `to`, by the names and the sealed words he may hear; None is a stranger, who hears
    none."""
    stage = points.engine.desk.stage()
    organisation = stage.organisation
    names = PointsNames(
        units={unit.id: unit.name for unit in organisation.units.values()},
        grids={grid.path: grid.name for grid in organisation.grids.values()},
        activities=activities(stage.books),
        items=items(stage.books),
    )
    opens = to is not None and reads(to, organisation)
    return speaking(points.engine, lang, to, names, points.opened if opens else None)


def told(points: Points, lines: Iterable[Recorded], lang: str, to: Actor) -> list[dict[str, Any]]:
    s = speaker(points, lang, to)
    return telling.facts(lines, lambda line: sentence(line, s))


def foreseen(ask: Asking, points: Points, receipt: Receipt) -> Response:
    """The answer to a dry run: what would be recorded, and what would follow; nothing was."""
    return said(foretold(ask, points, receipt))


def foretold(ask: Asking, points: Points, receipt: Receipt) -> dict[str, Any]:
    return telling.foretold(receipt, told(points, receipt.lines, ask.lang, ask.actor))


def recorded(
    ask: Asking,
    points: Points,
    receipt: Receipt,
    id: str,
    answer: dict[str, Any],
    *,
    created: str = "",
) -> Response:
    """The answer to a command: the subject as the command left it, and what it recorded. `created` is the
    path of something new: 201 with its `Location`."""
    version = receipt.versions[id]
    body = answer | {
        "version": version,
        "position": receipt.position,
        "repeated": receipt.repeated,
        "facts": told(points, receipt.lines, ask.lang, ask.actor),
        **proven(points.engine, receipt),
    }
    headers = {"ETag": etag(version)}
    if created:
        headers["Location"] = created
    return said(body, 201 if created else 200, **headers)
