"""Names for new things: sortable by time where they are made, the same again where they are imported."""

import secrets
import time
from hashlib import sha1
from uuid import UUID

DERIVED = UUID("5b0a6c36-8f1e-5a5d-9d0b-2d6f0a6e7c11")
"""The name space of derived ids. On disk for ever: another one would import every ticket a second time."""

VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The two bits that RFC 9562 sets. Derived ids are UUIDs of version 5, made without the library's objects."""


def new_id(prefix: str) -> str:
    """`<prefix>-` and 32 hex digits: 48 bits of milliseconds since 1970, then 80 random bits."""
    return f"{prefix}-{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The id that these parts always have (a ticket's source and number): importing twice meets itself."""
    hashed = sha1(DERIVED.bytes + chr(0).join(parts).encode(), usedforsecurity=False).hexdigest()
    return f"{prefix}-{hashed[:12]}5{hashed[13:16]}{VARIANT[hashed[16]]}{hashed[17:32]}"
