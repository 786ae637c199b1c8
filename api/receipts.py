"""The answer to a command: the case as the command left it, and what it recorded."""

from collections.abc import Sequence
from typing import Any

from fastapi import Response

from api import stories
from api.answers import Reader
from api.cases import Cases
from api.lists import now_of
from api.orders import Asking, etag, said
from domain.messages import Actor, Recorded
from engine.desk import Receipt


async def answered(ask: Asking, complaint: str, receipt: Receipt, *, created: bool = False) -> Response:
    """201 with `Location` for a new case, else 200; the same again for a repeated key. 200 for a dry run."""
    if ask.dry_run:
        return said(foreseen(ask, receipt))
    version = receipt.versions[complaint]
    case = ask.cases.told(complaint, () if receipt.repeated else receipt.lines, version)
    answer = Reader(ask.cases, ask.actor, now_of(ask.engine)).of_case(case)
    answer |= stories.permissions(ask.engine, ask.actor, complaint, ask.lang)
    answer |= {"version": version, "position": receipt.position, "repeated": receipt.repeated}
    answer["facts"] = told(ask, receipt.lines, ask.cases)
    if created and ask.actor.role == "resident":
        answer["tracking_code"] = ask.engine.vault.tracking_code(complaint)
    headers = {"ETag": etag(version)}
    if created:
        headers["Location"] = f"/api/v1/complaints/{complaint}"
    return said(answer, 201 if created else 200, **headers)


def heard_by(ask: Asking, cases: Cases | None) -> Actor | None:
    """Who is told: without `cases` whoever holds a tracking code, a stranger."""
    return None if cases is None else ask.actor


def told(ask: Asking, lines: Sequence[Recorded], cases: Cases | None) -> list[dict[str, Any]]:
    said_of = stories.sentences(ask.engine, cases, lines, ask.lang, heard_by(ask, cases))
    return [
        {
            "position": line.position or None,
            "stream": line.stream,
            "version": line.version,
            "name": type(line.fact).NAME,  # type: ignore[attr-defined]
            "sentence": sentence,
        }
        for line, sentence in zip(lines, said_of, strict=True)
    ]


def foreseen(ask: Asking, receipt: Receipt, *, sealed: bool = True) -> dict[str, Any]:
    """What would be recorded and what would follow; nothing was. Without `sealed` no sealed word is said."""
    cases = ask.cases if sealed else None
    return {
        "dry_run": True,
        "position": receipt.position,
        "facts": told(ask, receipt.lines, cases),
        "consequences": stories.consequences(
            ask.engine, cases, receipt.lines, ask.lang, heard_by(ask, cases)
        ),
    }
