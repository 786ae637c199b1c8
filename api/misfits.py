"""What pydantic found wrong with one field, in a sentence a person reads: Chinese by the kind of the fault
(`input.…` of the catalogue), English as pydantic says it."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from api import words

FAULTS = 20
MOST = 200
"""Characters of a sentence: a message may quote what was sent."""


def said(error: Mapping[str, Any], lang: str) -> str:
    """The sentence of one entry of `ValidationError.errors()`. A fault without a Chinese sentence of its own
    is said by its kind, and a kind nobody has met is said in English."""
    kind, facts = str(error["type"]), dict(error.get("ctx", {}))
    english = str(error["msg"])
    if kind == "value_error":
        english = str(facts.pop("error", english))
        known = words.catalogue("zh").get(english)
        if known is not None and lang != words.ENGLISH:
            return known[:MOST]
    if "expected" in facts:
        facts["expected"] = choices(str(facts["expected"]))
    return words.rule(f"input.{kind}", lang, english, facts)[:MOST]


def listed(errors: Iterable[Mapping[str, Any]], lang: str, skip: int = 0) -> list[dict[str, str]]:
    """Which field, and what is wrong with it, of as many as anybody reads. `skip`: parts of the place that
    the caller did not write."""
    return [
        {"field": ".".join(str(part) for part in each["loc"][skip:]), "message": said(each, lang)}
        for each in islice(errors, FAULTS)
    ]


def choices(expected: str) -> str:
    """`'a', 'b' or 'c'` as a、b、c: what one sends, so it stays a code."""
    return expected.replace("' or '", "、").replace("', '", "、").strip("'")
