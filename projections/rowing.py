"""How a fact's values stand in a row: lists as JSON, sealed values unopened."""

import json

from domain.messages import Recorded, Sealed
from projections.case import Kept


def listed(values: tuple[str, ...]) -> str:
    """A list of ids as a row carries it."""
    return json.dumps(values, ensure_ascii=False)


def kept(line: Recorded, value: Sealed, field: str) -> Kept:
    """A sealed value of the line's fact, with its home in the log."""
    return Kept(value, line.stream, line.version, str(type(line.fact).NAME), field)  # type: ignore[attr-defined]
