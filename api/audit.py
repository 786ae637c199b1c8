"""The audit trail to the outside: checkpoints, proofs, leaves; and what a receipt is worth.

Checkpoints, the key and the check of a receipt are for everybody: hashes tell nothing of any case. Proofs are
for whoever signed in; the leaves, which are the log itself, for those who watch over it.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from api import problems, words
from api.answers import page, z
from api.bodies import Body, StrictRoute
from api.limits import Bounded
from api.orders import AtEngine, Language, said
from api.parameters import Cursor
from api.routing import READ
from api.sign_in import Caller
from engine.engine import Engine
from engine.ledgerbook.book import Kept, Overtaken
from engine.ledgerbook.checkpoints import Receipt
from engine.ledgerbook.notes import Note, NoteRefused, Signature, encoded
from engine.ledgerbook.signing import SigningRefused
from engine.ledgerbook.tiles import TilesDamaged
from engine.ledgerbook.trail import NoSuchEntry, NotYetSigned
from engine.ledgerbook.tree import ProofRefused
from engine.log import Row

router = APIRouter(prefix="/api/v1", tags=["audit"], route_class=StrictRoute)

T = TypeVar("T")

WAIT = 6.0
"""Seconds a proof waits for the checkpoint that covers it: longer than one takes to come by itself."""
LOOK = 0.05
TEXT = "text/plain; charset=utf-8"
LARGEST = (1 << 62) - 1

Size = Annotated[int, Path(ge=0, le=LARGEST, description="Entries in the tree.")]
Number = Annotated[int, Query(ge=0, le=LARGEST)]


def text(content: object) -> Response:
    return Response(str(content), 200, media_type=TEXT)


# ------------------------------------------------------------------ for everybody


@router.get(
    "/audit/key",
    summary="The key that verifies checkpoints",
    response_class=PlainTextResponse,
    responses=problems.responses(503),
)
async def key(engine: AtEngine) -> Response:
    """One verifier key (vkey) a line: the one in use first, then those of checkpoints signed before."""
    keys = await asyncio.to_thread(engine.trail.verifiers)
    return text("".join(f"{each}\n" for each in keys))


@router.get(
    "/audit/checkpoints", summary="The checkpoints, the latest first", responses=problems.responses(422, 503)
)
async def checkpoints(
    engine: AtEngine, cursor: Cursor, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise problems.Problem(422, "cursor.unknown")
    below = None if cursor is None else int(cursor)
    found = await asyncio.to_thread(engine.trail.book.checkpoints, below, limit)
    following = str(found[-1].size) if len(found) == limit else None
    return said(page([listed(kept) for kept in found], following))


def listed(kept: Kept) -> dict[str, Any]:
    note = Note.read(kept.note)
    origin = note.text.partition("\n")[0]
    return {
        "size": kept.size,
        "root": encoded(kept.root),
        "made_at": z(datetime.fromtimestamp(kept.made_at / 1e6, UTC)),
        "daily": kept.daily,
        "witnesses": [line.name for line in note.signatures if line.name != origin],
        "link": f"/api/v1/audit/checkpoints/{kept.size}",
    }


@router.get(
    "/audit/checkpoints/latest",
    summary="The latest checkpoint, signed",
    response_class=PlainTextResponse,
    responses=problems.responses(503),
)
async def latest(engine: AtEngine) -> Response:
    """A signed note (C2SP tlog-checkpoint). What was recorded is in it after five seconds at most."""
    try:
        kept = await asyncio.to_thread(last_of, engine)
    except (SigningRefused, Overtaken) as error:
        raise unsigned() from error
    return text(kept.note)


def last_of(engine: Engine) -> Kept:
    """The last checkpoint; of a store that never had one, the first."""
    return engine.trail.book.last() or engine.trail.checkpoint()


@router.get(
    "/audit/checkpoints/{size}",
    summary="A checkpoint, signed",
    response_class=PlainTextResponse,
    responses=problems.responses(404, 503),
)
async def one(size: Size, engine: AtEngine) -> Response:
    kept = await asyncio.to_thread(engine.trail.book.at, size)
    if kept is None:
        raise problems.not_found()
    return text(kept.note)


@router.get(
    "/audit/checkpoints/{size}/consistency",
    summary="That a checkpoint grew out of a smaller tree",
    responses=problems.responses(404, 422, 503),
)
async def grown(size: Size, engine: AtEngine, old: Annotated[Number, Query(alias="from")]) -> Response:
    """For witnesses, who need no account."""
    return said(await consistent(engine, old, size))


class Lines(Body):
    """What a witness hands back."""

    lines: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(min_length=1, max_length=16)]


@router.post(
    "/audit/checkpoints/{size}/cosignatures",
    summary="Add a witness's signature to a checkpoint",
    dependencies=[Bounded],
    responses=problems.responses(400, 404, 409, 413, 422, 429, 503),
)
async def cosign(size: Size, body: Lines, engine: AtEngine) -> Response:
    """Taken from the witnesses this log knows (`audit.witnesses` beside its key); answers the whole note."""
    try:
        lines = [Signature.read(line) for line in body.lines]
        kept = await asyncio.to_thread(engine.trail.signing.cosign, size, lines)
    except NoteRefused as error:
        raise problems.Problem(422, "audit.cosignature", message=str(error)) from error
    except Overtaken as error:
        raise problems.Problem(409, "audit.cosigned-meanwhile") from error
    if kept is None:
        raise problems.not_found()
    return text(kept.note)


class Pasted(Body):
    """A receipt as somebody holds it."""

    receipt: Annotated[str, Field(max_length=20_000, examples=["c2sp.org/tlog-proof@v1\nindex 7\n…"])]


@router.post(
    "/receipts/check",
    summary="What a receipt is worth",
    dependencies=[Bounded],
    responses=problems.responses(400, 413, 422, 429, 503),
)
async def check(body: Pasted, engine: AtEngine, lang: Language) -> Response:
    """Whether the signature holds, the path leads to the signed root, and the entry stands in the store as it
    was recorded. Tells nothing of what the entry says."""
    return said(await asyncio.to_thread(judged, engine, body.receipt.strip() + "\n", lang))


ENGLISH = {
    "receipt.valid": "The entry at position {position}, recorded at {recorded_at}, stands in the published "
    "ledger of {size} entries, unchanged.",
    "receipt.malformed": "This is no receipt, or it was altered: {message}",
    "receipt.broken": "This receipt does not hold: {message}. The entry is not in the ledger as the receipt "
    "says, or one of the two was altered.",
    "receipt.unknown-entry": "The receipt is for an entry that this ledger does not have: {message}.",
}


def judged(engine: Engine, given: str, lang: str) -> dict[str, Any]:
    row: Row | None = None
    facts: dict[str, object] = {}
    try:
        row = engine.trail.check(given)
        code = "receipt.valid"
    except NoteRefused as error:
        code, facts = "receipt.malformed", {"message": str(error)}
    except ProofRefused as error:
        code, facts = "receipt.broken", {"message": str(error)}
    except NoSuchEntry as error:
        code, facts = "receipt.unknown-entry", {"message": str(error)}
    answer: dict[str, Any] = {"valid": row is not None, "reason": code}
    if row is not None:
        receipt = Receipt.read(given)
        origin, size, root = receipt.note.text.split("\n")[:3]
        facts = {
            "position": row[0],
            "recorded_at": datetime.fromtimestamp(row[4] // 1_000_000, UTC),
            "size": size,
        }
        answer |= {"index": receipt.index, "position": row[0], "origin": origin, "size": int(size)}
        answer |= {"root": root, "recorded_at": z(datetime.fromtimestamp(row[4] / 1e6, UTC))}
    answer["sentence"] = words.rule(code, lang, words.fill(ENGLISH[code], facts), facts)
    return answer


# ------------------------------------------------------------------ for who signed in


@router.get(
    "/audit/proofs/inclusion",
    summary="The receipt of an entry",
    response_class=PlainTextResponse,
    responses=READ,
)
async def inclusion(
    engine: AtEngine,
    actor: Caller,
    position: Annotated[int, Query(ge=1, le=LARGEST)],
    size: Annotated[int | None, Query(ge=1, le=LARGEST, description="Of a checkpoint; the last.")] = None,
) -> Response:
    """A `tlog-proof@v1`. For an entry just recorded it waits for its checkpoint."""
    found = await signed(engine, lambda: engine.trail.receipt(position, size))
    return text(found)


@router.get(
    "/audit/proofs/consistency",
    summary="That one tree grew out of another",
    responses=problems.responses(401, 403, 422, 503),
)
async def consistency(
    engine: AtEngine,
    actor: Caller,
    old: Annotated[Number, Query(alias="from")],
    new: Annotated[Number, Query(alias="to")],
) -> Response:
    return said(await consistent(engine, old, new))


def unsigned() -> problems.Problem:
    """The trail does not hold together; `/readyz` says where."""
    return problems.Problem(503, "audit.refused", headers={"Retry-After": "60"})


async def consistent(engine: Engine, old: int, new: int) -> dict[str, Any]:
    try:
        path = await asyncio.to_thread(engine.trail.consistency, old, new)
    except ValueError as error:
        raise problems.Problem(422, "audit.sizes", message=str(error)) from error
    except TilesDamaged as error:
        raise unsigned() from error
    return {"from": old, "to": new, "path": [encoded(each) for each in path]}


async def signed(engine: Engine, ask: Callable[[], T]) -> T:
    """What only a checkpoint can answer; asks for one, and waits. Problem 404, 422, 503."""
    until = time.monotonic() + WAIT
    while True:
        try:
            return await asyncio.to_thread(ask)
        except NotYetSigned as error:
            if time.monotonic() > until:
                raise problems.Problem(503, "audit.not-yet", headers={"Retry-After": "5"}) from error
        except NoSuchEntry as error:
            raise problems.not_found() from error
        except ValueError as error:
            raise problems.Problem(422, "audit.sizes", message=str(error)) from error
        except TilesDamaged as error:
            raise unsigned() from error
        engine.trail.ask()
        await asyncio.sleep(LOOK)


@router.get(
    "/audit/log", summary="The leaves, as they were hashed", responses=problems.responses(401, 403, 422, 503)
)
async def log(
    engine: AtEngine,
    actor: Caller,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="A position, exclusive.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Everything needed to compute the tree again. Personal values in it are sealed."""
    found = await asyncio.to_thread(engine.trail.leaves, after, limit)
    items = [{"index": leaf.index, "position": leaf.position, "leaf": encoded(leaf.data)} for leaf in found]
    following = found[-1].position if len(found) == limit else None
    return said(page(items, None if following is None else str(following)))
