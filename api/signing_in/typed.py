"""What somebody had typed when his session was over: it goes with him through the sign-in page and back.

It is kept in the two pages themselves, nowhere here. What was sent without a session is never carried out by
it; the form is shown again with everything in it, and sent by whoever reads it again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from api.bodies import usable
from api.problems import Problem

FIELDS, BYTES = 100, 48 * 1024
"""More fields, or more text, than any form has are not taken along."""
NOT_TAKEN = ("password",)
"""Fields and addresses of this name: a password goes through no page."""
AGAIN = "again"
"""The field that says: show the form, record nothing."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: to which address of this site, its fields in order, and how many files it had
    (they are chosen again)."""

    to: str
    fields: tuple[tuple[str, str], ...]
    files: int = 0

    def said(self) -> Iterator[str]:
        """What people wrote, for the page between; not the names and numbers that forms carry along."""
        for name, text in self.fields:
            if name not in ("key", "version", "preview") and any(not c.isascii() or c == " " for c in text):
                yield text

    def text(self) -> str:
        """As one hidden field."""
        return orjson.dumps({"to": self.to, "fields": self.fields, "files": self.files}).decode()


def taken(text: str) -> Typed | None:
    """Out of the hidden field; None if there is nothing in it that a form could be made of."""
    if not text or len(text.encode("utf-8", "replace")) > BYTES * 2:
        return None
    try:
        found: Any = orjson.loads(text)
        fields = tuple((str(name), str(value)) for name, value in found["fields"])
        typed = Typed(str(found["to"]), fields[:FIELDS], int(found["files"]))
        for _, value in typed.fields:
            usable(value)
    except (ValueError, KeyError, TypeError, Problem):
        return None
    return typed


async def sent(request: Request) -> Typed | None:
    """The form of a request that was refused for want of a session; None if it sent none. Reads the body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    path = request.url.path
    if request.method != "POST" or kind not in FORMS or any(name in path for name in NOT_TAKEN):
        return None
    try:
        form = await request.form(max_files=10, max_fields=FIELDS, max_part_size=1 << 20)
    except Exception:  # a body that is no form, or came before: then there is nothing to take along
        return None
    to = path + (f"?{request.url.query}" if request.url.query else "")
    typed = Typed(to, tuple(_fields(form)), sum(_is_file(one) for _, one in form.multi_items()))
    return typed if sum(len(text.encode()) for _, text in typed.fields) <= BYTES else None


def _fields(form: FormData | Mapping[str, str]) -> Iterator[tuple[str, str]]:
    assert isinstance(form, FormData)
    for name, value in form.multi_items():
        if isinstance(value, str) and value and not any(word in name for word in NOT_TAKEN) and name != AGAIN:
            yield name, value


def _is_file(value: object) -> bool:
    return isinstance(value, UploadFile) and bool(value.filename)
