"""The points in sentences: what was recorded, or would be, in the caller's language."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from fastapi import Response

from api.demo_users import USERS
from api.orders import Asking, etag, said
from api.points.subjects import Points
from api.words import ENGLISH
from domain.messages import Recorded
from engine.desk import Receipt
from projections.points.story import sentence
from projections.points.words import PointsNames, activities, items
from projections.words import Speaker


def speaker(points: Points, lang: str, *, reads: bool = True) -> Speaker:
    """Without `reads` no sealed word is said."""
    stage = points.engine.desk.stage()
    organisation = stage.organisation
    names = PointsNames(
        units={unit.id: unit.name for unit in organisation.units.values()},
        people=people(lang),
        grids={grid.path: grid.name for grid in organisation.grids.values()},
        activities=activities(stage.books),
        items=items(stage.books),
    )
    return Speaker(lang, organisation.zone, names, points.opened if reads else None)


def people(lang: str) -> dict[str, str]:
    """What the demo's users are called; those who are called alike, with their names."""
    called = {id: user.en if lang == ENGLISH else user.zh for id, user in USERS.items()}
    often = Counter(called.values())
    beside = "{} ({})" if lang == ENGLISH else "{}（{}）"
    return {id: beside.format(name, id) if often[name] > 1 else name for id, name in called.items()}


def told(points: Points, lines: Iterable[Recorded], lang: str) -> list[dict[str, Any]]:
    s = speaker(points, lang)
    return [
        {
            "position": line.position or None,
            "stream": line.stream,
            "version": line.version,
            "name": type(line.fact).NAME,  # type: ignore[attr-defined]
            "sentence": sentence(line, s),
        }
        for line in lines
    ]


def foreseen(ask: Asking, points: Points, receipt: Receipt) -> Response:
    """The answer to a dry run: what would be recorded, and what would follow; nothing was."""
    return said(foretold(ask, points, receipt))


def foretold(ask: Asking, points: Points, receipt: Receipt) -> dict[str, Any]:
    facts = told(points, receipt.lines, ask.lang)
    consequences = [fact["sentence"] for fact in facts]
    return {"dry_run": True, "position": receipt.position, "facts": facts, "consequences": consequences}


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
        "facts": told(points, receipt.lines, ask.lang),
    }
    headers = {"ETag": etag(version)}
    if created:
        headers["Location"] = created
    return said(body, 201 if created else 200, **headers)
