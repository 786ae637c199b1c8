"""The tree as other people's programs read it: C2SP tlog-tiles below `/api/v1/audit`, and the fact that a
store was restored, proven. Hashes are everybody's; the entries themselves are in `/audit/log`, for those who
watch over it, so `tile/entries` is not served.
"""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import PlainTextResponse

from api import problems
from api.audit import last_of, signed, text, unsigned
from api.bodies import StrictRoute
from api.orders import AtEngine, said
from domain.audit import STREAM
from engine.engine import Engine
from engine.ledgerbook.book import Overtaken
from engine.ledgerbook.leaf import leaf_bytes
from engine.ledgerbook.notes import encoded
from engine.ledgerbook.signing import SigningRefused
from engine.ledgerbook.tiles import BITS, WIDTH
from engine.ledgerbook.tree import HASH

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], route_class=StrictRoute)

INDEX = re.compile(r"((?:x\d{3}/){0,5}\d{3})(?:\.p/([1-9]\d{0,2}))?")
HIGHEST = 7
TILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "Hashes, end to end."}
}
FOR_EVER = "public, max-age=31536000, immutable"
"""A tile never changes; a partial one is asked for by its width."""


@router.get(
    "/checkpoint",
    summary="The latest checkpoint (C2SP tlog-tiles)",
    response_class=PlainTextResponse,
    responses=problems.responses(503),
)
async def checkpoint(engine: AtEngine) -> Response:
    try:
        kept = await asyncio.to_thread(last_of, engine)
    except (SigningRefused, Overtaken) as error:
        raise unsigned() from error
    return text(kept.note)


@router.get(
    "/tile/{level}/{index:path}",
    summary="A tile of the tree (C2SP tlog-tiles)",
    response_class=Response,
    responses=TILE | problems.responses(404, 503),
)
async def tile(
    level: Annotated[int, Path(ge=0, le=HIGHEST)],
    index: Annotated[str, Path(max_length=60, examples=["x001/067.p/112"])],
    engine: AtEngine,
) -> Response:
    """`index` as tlog-tiles writes it. 404 for what the last checkpoint does not cover."""
    found = INDEX.fullmatch(index)
    data = None if found is None else await asyncio.to_thread(covered, engine, level, found[1], found[2])
    if data is None:
        raise problems.not_found()
    return Response(data, 200, {"Cache-Control": FOR_EVER}, "application/octet-stream")


def covered(engine: Engine, level: int, index: str, partial: str | None) -> bytes | None:
    """The first hashes of a tile, as many as asked for; None where the signed tree has fewer."""
    groups = index.replace("x", "").split("/")
    n, width = int("".join(groups)), int(partial) if partial else WIDTH
    last = engine.trail.book.last()
    there = 0 if last is None else last.size >> (BITS * level)
    if width > WIDTH or (partial and width == WIDTH) or n * WIDTH + width > there:
        return None
    data = engine.trail.book.tile(level, n) or b""
    return data[: width * HASH] if len(data) >= width * HASH else None


@router.get(
    "/restored",
    summary="That the store was restored, proven",
    responses=problems.responses(404, 503),
)
async def restored(engine: AtEngine) -> Response:
    """The last fact of that kind with its receipt, for a witness who is to accept it; 404 where the store was
    never restored."""
    rows = await asyncio.to_thread(engine.log.stream_rows, STREAM)
    if not rows:
        raise problems.not_found()
    row = rows[-1]
    receipt = await signed(engine, lambda: engine.trail.receipt(row[0]))
    answer: dict[str, Any] = {"position": row[0], "leaf": encoded(leaf_bytes(row)), "receipt": str(receipt)}
    return said(answer)
