"""The book `categories`: the classes of complaints, and what a follow-up of each must bring home."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.rule_books.content import BadContent, Table

TRACKS = ("on_site", "whistle", "task_force", "joint_session", "mediation", "hearing")
METHODS = ("on_site", "phone", "online")


@dataclass(frozen=True, slots=True)
class RequiredReading:
    """What must be measured at a follow-up; accepted from `min` to `max`, None where there is no bound."""

    quantity: str
    unit: str
    min: float | None = None
    max: float | None = None

    def accepts(self, value: float) -> bool:
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


@dataclass(frozen=True, slots=True)
class Category:
    """`needs_visit` False: a satisfied resident's own rating closes the case. `track` is the handling track
    of a dispatch that names none; `deadline_kind` is what deadline lines ask for (`utility`)."""

    code: str
    zh: str
    en: str
    deadline_kind: str = "general"
    track: str = "on_site"
    methods: tuple[str, ...] = METHODS
    needs_visit: bool = True
    readings: tuple[RequiredReading, ...] = ()
    photo_required: bool = False

    def reading(self, quantity: str) -> RequiredReading | None:
        return next((reading for reading in self.readings if reading.quantity == quantity), None)


@dataclass(frozen=True, slots=True)
class Categories:
    """One version of the book, in the order it lists them."""

    version: str
    entries: Mapping[str, Category]

    def get(self, code: str) -> Category | None:
        return self.entries.get(code)

    def of(self, code: str) -> Category:
        """The category, or a plain one of that code where the book has none (imported, or dropped since)."""
        return self.entries.get(code) or Category(code, code, code)

    def codes(self) -> tuple[str, ...]:
        return tuple(self.entries)


def read_categories(content: dict[str, Any], version: str) -> Categories:
    """BadContent if a code stands twice or a field is wrong."""
    table = Table(content)
    entries: dict[str, Category] = {}
    for entry in table.tables("categories"):
        category = _category(entry)
        if category.code in entries:
            raise BadContent(entry.at("code"), f"{category.code!r} is used twice")
        entries[category.code] = category
    table.done()
    return Categories(version, entries)


def _category(table: Table) -> Category:
    code = table.text("code")
    category = Category(
        code=code,
        zh=table.text("zh", default=code),
        en=table.text("en", default=code),
        deadline_kind=table.text("deadline_kind", default="general"),
        track=table.text("track", among=TRACKS, default="on_site"),
        methods=table.texts("methods", among=METHODS, default=METHODS),
        needs_visit=table.flag("needs_visit", True),
        readings=tuple(map(_reading, table.tables("readings"))) if table.has("readings") else (),
        photo_required=table.flag("photo_required", False),
    )
    table.done()
    return category


def _reading(table: Table) -> RequiredReading:
    reading = RequiredReading(
        table.text("quantity"), table.text("unit"), table.number("min"), table.number("max")
    )
    table.done()
    if reading.min is not None and reading.max is not None and reading.min > reading.max:
        raise BadContent(table.at("min"), "is above max")
    return reading
