"""What the codes in a refusal are called here: activities, goods, units, places and categories by the names
that the rule books and the organisation give them, people by surname, cases by their number."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.naming import People
from api.words import ENGLISH, Naming
from engine.engine import Engine
from engine.read import Filter, rows

KINDS: Mapping[str, str] = {
    "activity": "activity", "paid": "activity", "item": "item", "category": "category", "unit": "unit",
    "lead": "unit", "grid": "place", "place": "place", "scope": "place", "round_grid": "place",
    "walked": "place", "place_of": "place", "person": "person", "worker": "person", "member": "person",
    "members": "person", "proxy": "person", "witness": "person", "signed_by": "person", "reporter": "person",
    "case": "case", "other": "case", "what": "duty", "route": "place",
    "account": "account",
}  # fmt: skip
"""By the blank of the sentence."""


def names_of(engine: Engine) -> Naming:
    """How a deployment calls the code in a blank; None where it has no name for it. Asked only for a sentence
    that is to be told."""

    def named(blank: str, code: str, lang: str) -> str | None:
        kind = KINDS.get(blank)
        return None if kind is None or not code else next(_names(engine, kind, code, lang), None)

    return named


def _names(engine: Engine, kind: str, code: str, lang: str) -> Iterator[str]:
    """The newest name first: a code that a later version dropped is still called what it was."""
    if kind == "case":
        with engine.views.read() as reading:
            yield from (
                row["number"] for row in rows(reading, "cases", where=[Filter("id", "=", code)]).items
            )
        return
    if kind in ("person", "account"):
        # a holder, or somebody at work; who is told is not known here: a name as residents hear it
        name = People(engine, lang, "surname").get(code.removeprefix("acct-"))
        if name:
            yield name
        return
    stage = engine.desk.stage()
    if kind in ("unit", "place"):
        unit = stage.organisation.unit(code) or stage.organisation.grid(code)
        if unit is not None:
            yield unit.name
        return
    books = stage.books
    if kind == "duty":
        rules = books.duties(stage.organisation.local_date(engine.clock()))
        if code in rules.lines:
            yield rules.lines[code].en if lang == ENGLISH else rules.lines[code].zh
        return
    book, of = {
        "activity": ("tariffs", books.tariff_of),
        "item": ("catalogues", books.catalogue_of),
        "category": ("categories", books.categories_of),
    }[kind]
    for version in reversed(books.versions(book)):
        content: Any = of(version.version)
        found = content.get(code) if content is not None else None
        name = None if found is None else (found.en if lang == ENGLISH else found.zh) or found.zh
        if name:
            yield name
