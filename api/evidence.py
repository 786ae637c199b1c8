"""Evidence: photographs and papers, kept by their content's hash and handed out with headers that run
nothing."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Path, Response, UploadFile
from pydantic import BaseModel
from starlette.datastructures import UploadFile as Upload

from api import problems
from api.limits import EVIDENCE_BYTES
from api.orders import AtEngine, said
from api.sign_in import Caller
from engine.blobs import Blob, BlobRefused, sniff
from engine.engine import Engine

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

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


@router.get(
    "/{evidence}", summary="What was kept", response_class=Response, responses=problems.responses(401, 404)
)
async def fetch(
    engine: AtEngine, caller: Caller, evidence: Annotated[str, Path(description="SHA-256, 64 hex digits.")]
) -> Response:
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
