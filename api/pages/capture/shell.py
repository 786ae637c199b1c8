"""The page a device keeps for the door without signal, and the service worker that keeps it.

The shell is the same for everybody: nothing of a person, a case or a session is in it, so it may lie on any
phone. What it shows it fetches with the session of whoever signed in (static/capture.js).
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.pages.frame import Page
from api.pages.visits.door_form import CAPACITIES

router = APIRouter(include_in_schema=False)

API = Path(__file__).parents[2]
PARTS = (
    "static/capture.js", "static/sw.js", "static/huisheng.css", "templates/capture/shell.html",
    "templates/capture/parts.html",
)  # fmt: skip
"""What a device keeps; of another content, it is another version."""


@cache
def version() -> str:
    """Sixteen hex digits over all that a device keeps, its words in both languages too."""
    locale = sorted((API / "locale" / "en").glob("*.po"))
    content = b"".join(path.read_bytes() for path in (*(API / part for part in PARTS), *locale))
    return hashlib.sha256(content).hexdigest()[:16]


@router.get("/capture")
async def page(request: Request) -> Response:
    return Page(request, None, "capture").show("capture/shell.html", version=version(), capacities=CAPACITIES)


@router.get("/sw.js")
async def worker() -> Response:
    """At the root, so that it may answer for `/capture` and see a sign-out; looked for anew every time."""
    files = [f"/static/{name}?v={version()}" for name in ("huisheng.css", "capture.js")]
    told = f"const VERSION = {json.dumps(version())};\nconst FILES = {json.dumps(files)};\n"
    script = told + (API / "static" / "sw.js").read_text("utf-8")
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
