"""Style sheet and scripts as browsers get them: the sheet without its comments and blanks, all of it packed
for who can unpack it. The files themselves stay as they are written."""

import gzip
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

TYPES = {".css": "text/css", ".js": "text/javascript"}
BLANK = r"(?:\s|/\*.*?\*/)"
SHEET = re.compile(
    rf"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|{BLANK}*(?P<mark>[{{}};,>]){BLANK}*|(?P<blank>{BLANK}+)""",
    re.DOTALL,
)


class Files(StaticFiles):
    """A file is told by its content, not by how it was packed, so that a copy kept is a copy still good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kind = TYPES.get(Path(path).suffix)
        if kind is None or not isinstance(answer, FileResponse) or scope["method"] != "GET":
            return answer
        asked = Headers(scope=scope)
        packs = "gzip" in asked.get("accept-encoding", "") and "range" not in asked
        plain, packed = served(Path(answer.path), Path(answer.path).stat().st_mtime_ns)
        kept = {name: answer.headers[name] for name in ("last-modified",) if name in answer.headers}
        told = kept | {"ETag": f"W/{answer.headers['etag']}", "Vary": "Accept-Encoding"}
        if packs:
            return Response(packed, media_type=kind, headers=told | {"Content-Encoding": "gzip"})
        return Response(plain, media_type=kind, headers=told)


@lru_cache(maxsize=64)
def served(file: Path, changed: int) -> tuple[bytes, bytes]:
    """The bytes, plain and packed. `changed` is when the file was written: another one is read anew."""
    text = file.read_text("utf-8")
    body = (bare(text) if file.suffix == ".css" else text).encode()
    return body, gzip.compress(body, 9, mtime=0)


def bare(sheet: str) -> str:
    """A style sheet without comments and with no blank more than it needs; what stands in quotes stays."""

    def kept(found: re.Match[str]) -> str:
        return found["text"] or found["mark"] or " "

    return SHEET.sub(kept, sheet).replace(";}", "}").strip()
