"""The evidence store: photos and documents named by what is in them.

A file's id is the SHA-256 of its stored bytes, so the same photo is stored once and an id in the log proves
the file. Images are drawn anew before they are stored: what is left is what the eye sees, without the place,
time and device that cameras write into a file. PDF files are stored as they came.
"""

import hashlib
import io
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""A phone's photo has 12 to 50 million; four bytes each while it is drawn anew."""
ID = re.compile(r"[0-9a-f]{64}\Z")
ABANDONED_AFTER = 3600
"""Seconds after which a temporary file is of a writer that died."""
JPEG_QUALITY = 90

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MEDIA_TYPES = (*FORMATS, "application/pdf")


class BlobRefused(ValueError):
    """The file is not taken in. `code` is stable: evidence.too-large, evidence.media-type, evidence.damaged,
    evidence.too-many-pixels."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file. `size` in bytes."""

    id: str
    media_type: str
    size: int


class Blobs:
    """Files under `directory`, by id. Safe to use from several threads and processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._drafts = directory / "drafts"

    @classmethod
    def open(cls, data_dir: Path | str) -> Self:
        """The evidence store of a data directory, cleared of what dead writers left behind."""
        blobs = cls(Path(data_dir) / "blobs")
        blobs._drafts.mkdir(parents=True, exist_ok=True)
        for draft in blobs._drafts.iterdir():
            with suppress(FileNotFoundError):  # its writer is another process, which has just finished
                if time.time() - draft.stat().st_mtime > ABANDONED_AFTER:
                    draft.unlink()
        return blobs

    def put(self, data: bytes, media_type: str) -> Blob:
        """Store a file durably and name it. BlobRefused for a type, size or content that is not taken in.

        Drawing a large photo anew takes up to a second: call it off the event loop."""
        if len(data) > MAX_BYTES:
            raise BlobRefused("evidence.too-large", f"at most {MAX_BYTES} bytes; this file has {len(data)}")
        if media_type not in MEDIA_TYPES:
            raise BlobRefused("evidence.media-type", f"{media_type!r} is not one of {', '.join(MEDIA_TYPES)}")
        if sniff(data) != media_type:
            raise BlobRefused("evidence.media-type", f"the content is not {media_type}")
        kept = data if media_type == "application/pdf" else _drawn_anew(data, FORMATS[media_type])
        if media_type == "application/pdf" and b"%%EOF" not in data[-2048:]:
            raise BlobRefused("evidence.damaged", "the PDF has no end")
        blob = Blob(hashlib.sha256(kept).hexdigest(), media_type, len(kept))
        self._write(blob.id, kept)
        return blob

    def get(self, id: str) -> tuple[Blob, bytes] | None:
        """The file with this id; None for an id that names no stored file, whatever it looks like."""
        path = self._path(id)
        if path is None or not path.is_file():
            return None
        data = path.read_bytes()
        return Blob(id, sniff(data), len(data)), data

    def has(self, id: str) -> bool:
        path = self._path(id)
        return path is not None and path.is_file()

    def media_type(self, id: str) -> str:
        """What the file with this id begins like; "" for an id that names no stored file."""
        path = self._path(id)
        if path is None or not path.is_file():
            return ""
        with path.open("rb") as file:
            return sniff(file.read(12))

    def _path(self, id: str) -> Path | None:
        return self._directory / id[:2] / id if ID.match(id) else None

    def _write(self, id: str, data: bytes) -> None:
        """Whole or not at all: a draft is made durable, then takes its name."""
        path = self._directory / id[:2] / id
        if path.is_file() and path.stat().st_size == len(data):
            return
        draft = self._drafts / secrets.token_hex(16)
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            path.parent.mkdir(exist_ok=True)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        for directory in (path.parent, self._directory):
            handle = os.open(directory, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def sniff(data: bytes) -> str:
    """The media type the content begins like; "" for one that is not taken in."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if data.startswith(b"%PDF-") else ""


def _drawn_anew(data: bytes, format: str) -> bytes:
    """The picture, upright, and nothing else of the file: no EXIF, comment, thumbnail or colour profile."""
    try:
        with Image.open(io.BytesIO(data), formats=(format,)) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise BlobRefused(
                    "evidence.too-many-pixels", f"{width} x {height} pixels; at most {MAX_PIXELS}"
                )
            upright = ImageOps.exif_transpose(picture)
            mode = "RGBA" if format != "JPEG" and upright.has_transparency_data else "RGB"
            drawn = upright.convert(mode)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BlobRefused("evidence.too-many-pixels", str(error)) from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BlobRefused):
            raise
        raise BlobRefused("evidence.damaged", f"the picture cannot be drawn: {error}") from error
    bare = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    kept = io.BytesIO()
    options = {"quality": JPEG_QUALITY} if format == "JPEG" else {}
    bare.save(kept, format, **options)
    return kept.getvalue()
