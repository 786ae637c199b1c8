"""Where the next page of a list begins, as text that its caller hands back."""

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa


def write_cursor(sign: str, values: Sequence[Any]) -> str:
    body = orjson.dumps([zlib.crc32(sign.encode()), *values])
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def read_cursor(cursor: str, sign: str, ordered: Sequence[sa.Column[Any]]) -> list[Any]:
    """Its values. A cursor is not secret: it names values of the row it follows, and is checked as input."""
    try:
        if len(cursor) > 2_000:
            raise ValueError
        found = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, binascii.Error) as error:
        raise ValueError("the cursor cannot be read") from error
    if not isinstance(found, list) or len(found) != len(ordered) + 1 or found[0] != zlib.crc32(sign.encode()):
        raise ValueError("the cursor belongs to another question")
    for value, column in zip(found[1:], ordered, strict=True):
        kinds = {sa.BigInteger: (int,), sa.Float: (int, float)}.get(type(column.type), (str,))
        fits = type(value) in kinds or (value is None and column is ordered[0])
        if not fits or (type(value) is int and not -(2**63) <= value < 2**63):
            raise ValueError("the cursor belongs to another question")
    return found[1:]
