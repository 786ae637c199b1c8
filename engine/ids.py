"""Names for new things: sortable by time where they are made, the same again where they are imported."""

import secrets
import time
from uuid import UUID, uuid5

DERIVED = UUID("5b0a6c36-8f1e-5a5d-9d0b-2d6f0a6e7c11")
"""The name space of derived ids. On disk for ever: another one would import every ticket a second time."""


def new_id(prefix: str) -> str:
    """`<prefix>-` and 32 hex digits: 48 bits of milliseconds since 1970, then 80 random bits."""
    return f"{prefix}-{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The id that these parts always have (a ticket's source and number): importing twice meets itself."""
    return f"{prefix}-{uuid5(DERIVED, chr(0).join(parts)).hex}"
