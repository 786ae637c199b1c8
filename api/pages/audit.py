"""How far everything is signed and by whom, how to verify that oneself, and whether one tree grew out of
another."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from api import audit
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from engine.engine import Engine
from engine.errors import StoreUnavailable
from engine.ledgerbook.book import Kept
from engine.ledgerbook.notes import COSIGNED, Note, encoded, signers_of
from engine.ledgerbook.tiles import TilesDamaged
from engine.ledgerbook.tree import ProofRefused, verify_consistency

router = APIRouter(include_in_schema=False)

LONGEST = 19
"""Digits of a size."""


@router.get("/audit")
async def status(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    """`from` and `to` ask whether the one tree grew out of the other."""
    page = Page(request, viewer, "verifying")
    signed_in(viewer)
    asked = {name: request.query_params.get(name, "").strip() for name in ("from", "to")}

    def read() -> Response:
        try:
            health, last = engine.trail.health(), engine.trail.book.last()
            refused = health["refused"]["message"] if health["refused"] else ""
        except StoreUnavailable as error:
            health, last, refused = {"size": 0, "signed": 0}, None, str(error)
        return page.show(
            "audit/status.html", title=headline(page, last, refused), refused=refused,
            last=None if last is None else told(page, engine, last),
            waiting=max(0, health["size"] - health["signed"]), asked=offered(engine, asked, last),
            grown=grown(page, engine, asked, last) if any(asked.values()) else None,
            keys=[str(key) for key in engine.trail.verifiers()],
        )  # fmt: skip

    return await asyncio.to_thread(read)


def headline(page: Page, last: Kept | None, refused: str) -> str:
    if refused:
        return page.say("账对不上，已经停止签名，请告诉管理员")
    if last is None:
        return page.say("还没有签过检查点，几秒内就会有第一张")
    return page.say("前 {n} 条记录都签过名，谁动过都看得出来", n=f"{last.size:,}")


def told(page: Page, engine: Engine, last: Kept) -> dict[str, Any]:
    """The last checkpoint with each name under it; of a witness, when it signed."""
    note = Note.read(last.note)
    origin = note.text.partition("\n")[0]
    known = {(key.name, key.id): key for key in engine.trail.keys.witnesses()}
    signed = {key for key in signers_of(note, known.values()) if key.kind == COSIGNED}
    signatures = []
    for line in note.signatures:
        key = known.get((line.name, line.id))
        at = datetime.fromtimestamp(int.from_bytes(line.blob[:8]), UTC) if key in signed else None
        signatures.append(
            {
                "name": line.name,
                "what": page.say("本账" if line.name == origin else "见证人" if key else "另一行签名"),
                "when": page.facing.when(at) if at else "",
            }
        )
    return {
        "origin": origin, "size": last.size, "root": encoded(last.root), "signatures": signatures,
        "witnessed": bool(signed),
        "when": page.facing.when(datetime.fromtimestamp(last.made_at / 1e6, UTC)),
    }  # fmt: skip


def offered(engine: Engine, asked: Mapping[str, str], last: Kept | None) -> dict[str, str]:
    """What stands in the form: what was asked, else the checkpoint before the last, and the last."""
    if any(asked.values()) or last is None:
        return dict(asked)
    before = engine.trail.book.checkpoints(last.size, 1)
    return {"from": str(before[0].size if before else 0), "to": str(last.size)}


def grown(page: Page, engine: Engine, asked: Mapping[str, str], last: Kept | None) -> dict[str, Any]:
    """The proof, and that it holds between the two roots; or why there is none."""
    if not all(text.isascii() and text.isdigit() and len(text) < LONGEST for text in asked.values()):
        return {"holds": False, "says": page.say("请填两个整数：较早的条数和较晚的条数。")}
    old, new = int(asked["from"]), int(asked["to"])
    if old > new or last is None or new > last.size:
        most = f"{last.size if last else 0:,}"
        says = page.say("第一个数不能大于第二个，第二个不能大于已签的 {n} 条。", n=most)
        return {"holds": False, "says": says}
    shelf = engine.trail.book.shelf()
    try:
        path, roots = engine.trail.consistency(old, new), [shelf.root(old), shelf.root(new)]
        verify_consistency(old, new, path, *roots)
    except (TilesDamaged, ProofRefused):
        return {"holds": False, "says": page.say("这两棵树对不上，请马上告诉监督小组。")}
    says = page.say("前 {n} 条原样留在前 {m} 条里，只增不改。", n=f"{old:,}", m=f"{new:,}")
    return {
        "holds": True, "says": says, "path": [encoded(step) for step in path],
        "roots": [encoded(root) for root in roots], "old": old, "new": new,
        "kept": [audit.listed(kept)["link"] for size in (old, new) if (kept := engine.trail.book.at(size))],
    }  # fmt: skip
