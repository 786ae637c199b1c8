"""A table as a spreadsheet opens it."""

from collections.abc import Iterable, Sequence

from fastapi import Response


def spreadsheet(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """UTF-8 with its mark, RFC 4180, and no cell that could be taken for a formula."""
    lines = [",".join(columns), *(",".join(cell(value) for value in row) for row in rows)]
    text = "\r\n".join(lines) + "\r\n"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")


def cell(value: object) -> str:
    """A number stays one, with its sign; a text that begins like a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t")):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
