"""What the codes in a refusal are called here: activities, goods, units, places and categories by the names
that the rule books and the organisation give them."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.words import Naming
from engine.engine import Engine

KINDS: Mapping[str, str] = {
    "activity": "activity", "paid": "activity", "item": "item", "category": "category", "unit": "unit",
    "lead": "unit", "grid": "place", "place": "place", "scope": "place", "round_grid": "place",
    "walked": "place",
}  # fmt: skip
"""By the blank of the sentence."""


def names_of(engine: Engine) -> Naming:
    """How a deployment calls the code in a blank; None where it has no name for it. Asked only for a sentence
    that is to be told."""

    def named(blank: str, code: str) -> str | None:
        kind = KINDS.get(blank)
        return None if kind is None or not code else next(_names(engine, kind, code), None)

    return named


def _names(engine: Engine, kind: str, code: str) -> Iterator[str]:
    """The newest name first: a code that a later version dropped is still called what it was."""
    stage = engine.desk.stage()
    if kind in ("unit", "place"):
        unit = stage.organisation.unit(code) or stage.organisation.grid(code)
        if unit is not None:
            yield unit.name
        return
    books = stage.books
    book, of = {
        "activity": ("tariffs", books.tariff_of),
        "item": ("catalogues", books.catalogue_of),
        "category": ("categories", books.categories_of),
    }[kind]
    for version in reversed(books.versions(book)):
        content: Any = of(version.version)
        found = content.get(code) if content is not None else None
        if found is not None and found.zh:
            yield found.zh
