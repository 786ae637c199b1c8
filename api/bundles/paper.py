"""The page of a proof pack: one file that opens without network, made of the pack's other files and nothing
else, so that whoever has those can make it again."""

import json
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno

from api.bundles.judging import CHECKPOINT, CODES, EVENTS, PAGE, README, Files, receipt_name
from engine.ledgerbook.checkpoints import Checkpoint, Receipt
from engine.ledgerbook.notes import Note

PARTS = Path(__file__).parent / "page"
README_TEXT = (PARTS / "README.txt").read_text("utf-8")


@cache
def part(name: str) -> str:
    return (PARTS / name).read_text("utf-8")


def page_of(files: Files) -> bytes:
    """`index.html` over these files. ValueError where they are no pack's."""
    pack = json.loads(files[EVENTS])
    used = {each["name"] for each in pack["events"]}
    words: dict[str, Any] = json.loads(part("words.json"))
    words["names"] = {name: zh for name, zh in words["names"].items() if name in used}
    words["faults"] = {code: {"zh": zh, "en": en} for code, (zh, en) in CODES.items()}
    note = Note.read(files[CHECKPOINT])
    origin = Checkpoint.read(note.text).origin
    short = Note(note.text, tuple(line for line in note.signatures if line.name == origin))
    last = Receipt.read(files[receipt_name(len(pack["events"]))])
    blanks = {
        "STYLE": part("page.css"),
        "VERIFY": part("verify.js"),
        "SHOW": part("show.js"),
        "WORDS": embedded(words),
        "FILES": embedded(
            {name: data.decode() for name, data in sorted(files.items()) if name not in (PAGE, README)}
        ),
        "CHECKPOINT_CODE": drawn(str(short)),
        "RECEIPT_CODE": drawn(str(Receipt(last.index, last.path, short))),
    }
    page = part("index.html")
    for blank, filled in blanks.items():
        before, after = page.split(f"<!--{blank}-->")
        page = before + filled + after
    return page.encode()


def carried(page: bytes) -> Files:
    """The files a page holds; none where it is not of our making."""
    found = re.search(rb'<script type="application/json" id="files">(.*?)</script>', page, re.DOTALL)
    try:
        told = json.loads(found[1]) if found else {}
        return {str(name): text.encode() for name, text in told.items()}
    except (ValueError, AttributeError):
        return {}


def embedded(data: Any) -> str:
    """JSON that ends no script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def drawn(text: str) -> str:
    """A QR code as SVG: at the lowest correction, so that a receipt of 2 KB fits."""
    found = BytesIO()
    segno.make(text, error="l", micro=False).save(found, kind="svg", xmldecl=False, border=2, omitsize=True)
    return found.getvalue().decode().strip()
