"""Evidence: photographs and papers, kept by their content's hash and handed out with headers that run
nothing."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Path, Response, UploadFile
from pydantic import BaseModel
from starlette.datastructures import UploadFile as Upload

from api import problems, sight
from api.capture.settling import must_capture
from api.cases import Cases
from api.duty_calendar.seeing import shows
from api.limits import EVIDENCE_BYTES
from api.lists import LONGEST_WAIT
from api.orders import AtEngine, said
from api.patrols.told import BOOK_OF, known
from api.points.sight import sees_claim, sees_redemption
from api.points.subjects import Points
from api.sign_in import Caller
from api.visits.seeing import of_line
from domain.messages import Actor
from engine.blobs import Blob, BlobRefused, sniff
from engine.engine import Engine
from engine.read import Filter, rows

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

MOST = 1_000
"""Streams that are looked at: who may know of none of the first thousand that name it has no claim to it."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}


class Kept(BaseModel):
    """`id` is the SHA-256 of what is kept: photographs are saved anew, without place and device."""

    id: str
    media_type: str
    bytes: int


@router.post(
    "",
    status_code=201,
    response_model=Kept,
    summary="Keep a photograph or a paper",
    responses=problems.responses(401, 413, 422, 503),
)
async def keep(engine: AtEngine, caller: Caller, file: Annotated[UploadFile, File()]) -> Response:
    """JPEG, PNG, WebP or PDF, at most 10 MB, told by its content. The same content has the same id."""
    blob = await put(engine, file, await file.read(EVIDENCE_BYTES + 1))
    await asyncio.to_thread(engine.log.set_setting, brought(blob.id, caller), caller.role)
    return said(
        {"id": blob.id, "media_type": blob.media_type, "bytes": blob.size},
        201,
        Location=f"/api/v1/evidence/{blob.id}",
    )


async def put(engine: Engine, file: Upload, content: bytes) -> Blob:
    """Keep what was uploaded. Problem 413 or 422 for what is not kept."""
    if len(content) > EVIDENCE_BYTES:
        raise problems.Problem(413, "body.too-large", limit=EVIDENCE_BYTES)
    try:
        return await asyncio.to_thread(engine.blobs.put, content, declared(file, content))
    except BlobRefused as error:
        status = 413 if error.code == "evidence.too-large" else 422
        raise problems.Problem(status, error.code, message=str(error)) from error


def declared(file: Upload, content: bytes) -> str:
    """What the client says it is; what it looks like where the client says nothing."""
    said_type = (file.content_type or "").partition(";")[0].strip().lower()
    return sniff(content) if said_type in ("", "application/octet-stream") else said_type


async def must_know(engine: Engine, caller: Actor, evidence: str) -> None:
    """Problem 404 for evidence the caller may not know of. The views may be a moment behind what names it."""
    if await asyncio.to_thread(knows, engine, caller, evidence):
        return
    head = await asyncio.to_thread(engine.log.head)
    if engine.views.position() < head:
        await engine.views.reach(head, LONGEST_WAIT)
        if await asyncio.to_thread(knows, engine, caller, evidence):
            return
    raise problems.not_found()


def knows(engine: Engine, caller: Actor, evidence: str) -> bool:
    if not sight.reads(caller, engine.desk.stage().organisation):
        return False
    if engine.log.setting(brought(evidence, caller)) is not None:
        return True
    with engine.views.read() as reading:
        named = rows(reading, "evidence", where=[Filter("evidence", "=", evidence)], limit=MOST).items
    cases, points = Cases(engine), Points(engine)
    return any(sees(engine, cases, points, caller, row["stream"]) for row in named)


def sees(engine: Engine, cases: Cases, points: Points, caller: Actor, stream: str) -> bool:
    kind = stream.partition("-")[0]
    try:
        if kind == "clm":
            return sees_claim(caller, points.claims.must(stream))
        if kind == "cap":
            return must_capture(engine, caller, stream) is not None
        if kind == "visit":
            return any(of_line(engine, caller, line) for line in engine.log.stream(stream))
        if kind == "duty":
            return shows(engine, caller, stream)
        if kind in BOOK_OF:
            return known(engine, caller, BOOK_OF[kind], stream) is not None
        if kind == "rdm":
            return sees_redemption(caller, points.redemptions.must(stream))
        return sight.sees(caller, cases.must(stream), cases.now(), cases.places())
    except problems.Problem:
        return False


def brought(evidence: str, caller: Actor) -> str:
    """The setting that says who brought it: he may look at it before anything names it."""
    return f"evidence.{evidence}.{caller.person}"


@router.get(
    "/{evidence}", summary="What was kept", response_class=Response, responses=problems.responses(401, 404)
)
async def fetch(
    engine: AtEngine, caller: Caller, evidence: Annotated[str, Path(description="SHA-256, 64 hex digits.")]
) -> Response:
    """For whoever brought it, and whoever may know of a case, a claim or an order that names it."""
    await must_know(engine, caller, evidence)
    found = await asyncio.to_thread(engine.blobs.get, evidence)
    if found is None:
        raise problems.not_found()
    blob, content = found
    shown = "inline" if blob.media_type.startswith("image/") else "attachment"
    name = f"{blob.id[:12]}.{ENDINGS.get(blob.media_type, 'bin')}"
    headers = {
        "Content-Disposition": f'{shown}; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600, immutable",
        "ETag": f'"{blob.id}"',
    }
    return Response(content, headers=headers, media_type=blob.media_type)
