"""The answer to a command: the case as the command left it, and what it recorded."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import Response

from api import stories, telling
from api.answers import Reader
from api.cases import Cases
from api.lists import now_of
from api.orders import Asking, etag, said
from domain.messages import Actor, Recorded
from engine.desk import Receipt
from engine.engine import Engine
from engine.ledgerbook.tiles import TilesDamaged
from engine.ledgerbook.trail import NoSuchEntry, NotYetSigned


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
    if ask.engine.trail.at_once is not None:
        answer |= await asyncio.to_thread(proven, ask.engine, receipt)
    if created and ask.actor.role == "resident":
        answer["tracking_code"] = ask.engine.vault.tracking_code(complaint)
    headers = {"ETag": etag(version)}
    if created:
        headers["Location"] = f"/api/v1/complaints/{complaint}"
    return said(answer, 201 if created else 200, **headers)


def proven(engine: Engine, receipt: Receipt) -> dict[str, str]:
    """Where receipts are given at once, `proof`: the tlog-proof of the answer's last entry. Nothing where
    none could be signed: the receipt's link gives it later."""
    if engine.trail.at_once is None or not receipt.lines:
        return {}
    try:
        return {"proof": str(engine.trail.receipt(receipt.lines[-1].position))}
    except (NotYetSigned, NoSuchEntry, TilesDamaged):
        return {}


def heard_by(ask: Asking, cases: Cases | None) -> Actor | None:
    """Who is told: without `cases` whoever holds a tracking code, a stranger."""
    return None if cases is None else ask.actor


def told(ask: Asking, lines: Sequence[Recorded], cases: Cases | None) -> list[dict[str, Any]]:
    said_of = stories.sentences(ask.engine, cases, lines, ask.lang, heard_by(ask, cases))
    return [telling.told(line, sentence) for line, sentence in zip(lines, said_of, strict=True)]


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
