"""The evidence store: only pictures and documents, only what the eye sees, whole or not at all."""

import hashlib
import io
import os
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from engine.blobs import ABANDONED_AFTER, MAX_BYTES, BlobRefused, Blobs

GPS = 0x8825
ORIENTATION = 0x0112
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def blobs(tmp_path):
    return Blobs.open(tmp_path)


def picture(format: str = "JPEG", size: tuple[int, int] = (40, 20), colour: str = "red", **options) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, format, **options)
    return data.getvalue()


def phone_photo() -> bytes:
    """Held upright by the reporter, lying on its side in the file, with the place in its EXIF."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "TELLTALE-CAMERA"
    exif.get_ifd(GPS).update({1: "N", 2: (45.0, 45.0, 12.5), 3: "E", 4: (126.0, 38.0, 1.5)})
    return picture(exif=exif.tobytes(), comment=b"TELLTALE-COMMENT", icc_profile=b"TELLTALE-PROFILE")


def names(directory: Path) -> list[str]:
    return sorted(file.name for file in (directory / "blobs").rglob("*") if file.is_file())


def test_a_photo_loses_where_it_was_taken_and_is_turned_upright(blobs):
    original = phone_photo()
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(GPS)
    blob = blobs.put(original, "image/jpeg")
    (_, data) = blobs.get(blob.id)
    kept = Image.open(io.BytesIO(data))
    assert not kept.getexif() and b"TELLTALE" not in data and "icc_profile" not in kept.info
    assert kept.size == (20, 40)


def test_other_formats_lose_their_notes_too(blobs):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Location", "TELLTALE-PLACE")
    exif = Image.Exif()
    exif[0x010F] = "TELLTALE-CAMERA"
    for media_type, data in (
        ("image/png", picture("PNG", pnginfo=notes, exif=exif.tobytes())),
        ("image/webp", picture("WEBP", exif=exif.tobytes(), xmp=b"TELLTALE-XMP")),
    ):
        assert b"TELLTALE" in data
        _, kept = blobs.get(blobs.put(data, media_type).id)
        assert b"TELLTALE" not in kept
        assert Image.open(io.BytesIO(kept)).size == (40, 20)


def test_transparency_stays(blobs):
    data = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 10)).save(data, "PNG")
    _, kept = blobs.get(blobs.put(data.getvalue(), "image/png").id)
    assert Image.open(io.BytesIO(kept)).getpixel((1, 1)) == (255, 0, 0, 10)


def test_the_id_is_the_hash_of_what_is_stored(blobs):
    for data, media_type in ((phone_photo(), "image/jpeg"), (PDF, "application/pdf")):
        blob = blobs.put(data, media_type)
        found, stored = blobs.get(blob.id)
        assert found == blob and blob.media_type == media_type
        assert hashlib.sha256(stored).hexdigest() == blob.id and len(stored) == blob.size


def test_the_same_content_is_stored_once(blobs, tmp_path):
    first, second = blobs.put(phone_photo(), "image/jpeg"), blobs.put(phone_photo(), "image/jpeg")
    assert first == second and names(tmp_path) == [first.id]
    other = blobs.put(picture(colour="blue"), "image/jpeg")
    assert names(tmp_path) == sorted([first.id, other.id])


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture("PNG"), "image/jpeg"),
        (PDF, "image/png"),
        (b"<script>alert(1)</script>", "image/webp"),
        (b"", "application/pdf"),
        (b"\x00" * 100, "image/jpeg"),
        (b"PK\x03\x04 a zip", "application/zip"),
        (b"<svg/>", "image/svg+xml"),
        (picture("GIF"), "image/gif"),
        (picture(), ""),
    ],
)
def test_content_of_another_kind_is_refused(blobs, tmp_path, data, media_type):
    with pytest.raises(BlobRefused) as no:
        blobs.put(data, media_type)
    assert no.value.code == "evidence.media-type"
    assert names(tmp_path) == []


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not(blobs):
    padding = b"%" * (MAX_BYTES - len(PDF))
    with pytest.raises(BlobRefused) as no:
        blobs.put(PDF[:9] + padding + b"%" + PDF[9:], "application/pdf")
    assert no.value.code == "evidence.too-large"
    assert blobs.put(PDF[:9] + padding + PDF[9:], "application/pdf").size == MAX_BYTES


def png_saying(width: int, height: int) -> bytes:
    """A small file that promises a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_000, 6_000), (20_000, 10_000), (60_000, 60_000)])
def test_a_pixel_bomb_is_refused_before_it_is_drawn(blobs, size, monkeypatch):
    def drawn(picture):
        raise AssertionError("drawn")

    monkeypatch.setattr(ImageFile.ImageFile, "load", drawn)
    with pytest.raises(BlobRefused) as no:
        blobs.put(png_saying(*size), "image/png")
    assert no.value.code == "evidence.too-many-pixels"


def test_a_note_that_unpacks_to_gigabytes_is_refused(blobs):
    body = b"Comment\x00\x00" + zlib.compress(b"\x00" * 200_000_000)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    whole = picture("PNG")
    with pytest.raises(BlobRefused):
        blobs.put(whole[:33] + chunk + whole[33:], "image/png")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture(size=(200, 200))[:400], "image/jpeg"),
        (picture("PNG")[:45], "image/png"),
        (PDF[:20], "application/pdf"),
    ],
)
def test_a_torn_file_is_refused(blobs, tmp_path, data, media_type):
    with pytest.raises(BlobRefused) as no:
        blobs.put(data, media_type)
    assert no.value.code == "evidence.damaged"
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "id",
    [
        "",
        "..",
        "../keys.master",
        "/etc/passwd",
        "drafts",
        "a" * 63,
        "a" * 64,
        "A" * 64,
        "a" * 64 + "\n",
        "aa/../" + "a" * 58,
        "\x00" * 64,
    ],
)
def test_an_id_that_names_nothing_here_finds_nothing(blobs, tmp_path, id):
    (tmp_path / "keys.master").write_text("secret")
    assert blobs.get(id) is None and not blobs.has(id)


class Killed(BaseException):
    """Stands for kill -9: nothing of the program runs any more."""


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_crash_before_the_file_has_its_name_leaves_no_file(blobs, tmp_path, monkeypatch, moment):
    def die(*args):
        raise Killed

    with monkeypatch.context() as crash:
        crash.setattr(Path, "unlink", lambda *args, **options: None)
        crash.setattr(os if moment == "fsync" else Path, moment, die)
        with pytest.raises(Killed):
            blobs.put(PDF, "application/pdf")
    id = hashlib.sha256(PDF).hexdigest()
    assert blobs.get(id) is None and len(names(tmp_path)) == 1
    assert blobs.put(PDF, "application/pdf").id == id and blobs.has(id)


def test_drafts_of_dead_writers_are_cleared_and_those_of_living_ones_are_not(blobs, tmp_path):
    drafts = tmp_path / "blobs" / "drafts"
    (drafts / "dead").write_bytes(b"half a file")
    os.utime(drafts / "dead", (time.time() - ABANDONED_AFTER - 60,) * 2)
    (drafts / "living").write_bytes(b"half a file")
    Blobs.open(tmp_path)
    assert names(tmp_path) == ["living"]


def test_a_full_disk_leaves_no_draft(blobs, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put(PDF, "application/pdf")
    assert names(tmp_path) == []
