"""Codes to scan, for every room of pages."""

from collections.abc import Iterable
from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=256)
def qr(text: str, says: str) -> Markup:
    """The text as a QR code, drawn as one path; `says` is what it is for."""
    code = segno.make(text, error="m", micro=False)
    rows = [bytes(row) for row in code.matrix]
    drawing = "".join(f"M{x} {y}.5h{length}" for y, row in enumerate(rows) for x, length in runs(row))
    drawn = '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {n} {n}"><path d="{}"/></svg>'
    return Markup(drawn).format(says, drawing, n=len(rows))


def runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Where dark modules begin, and how many stand beside each other."""
    start = length = 0
    for x, dark in enumerate((*row, 0)):
        if dark:
            start, length = (start, length + 1) if length else (x, 1)
        elif length:
            yield start, length
            length = 0
