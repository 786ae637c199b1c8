"""The kinds of field that bodies of several rooms have. Days are days, names are names, texts are bounded."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from api.bodies import Body, Moment
from domain.bounds import ITEMS, NAME, TEXT

Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME, pattern=r"\S")]
MaybeName = Annotated[str, StringConstraints(max_length=NAME)]
Photos = Annotated[list[Name], Field(max_length=ITEMS, default_factory=list)]
"""Ids of evidence."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT, pattern=r"\S")]
MaybeText = Annotated[str, StringConstraints(max_length=TEXT)]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def day(value: object) -> object:
    """2025-03-14, and nothing else. ValueError otherwise, and for a day nobody can mean."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is written 2025-03-14")
    found = date.fromisoformat(value)
    if not 1900 <= found.year <= 2200:
        raise ValueError("a day lies between 1900 and 2200")
    return found


Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "format": "date"})]


class Command(Body):
    """`occurred_at`: when it happened; now if left out."""

    occurred_at: Moment | None = None
