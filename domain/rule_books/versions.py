"""The versions of one book, which of them is in force on a day, and how each is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.rule_books.calendars import read_calendar
from domain.rule_books.categories import read_categories
from domain.rule_books.deadline_rules import read_deadline_rules
from domain.rule_books.duty_rules import read_duties
from domain.rule_books.supervision import read_supervision
from domain.rule_books.tariffs import read_catalogue, read_tariff
from domain.rule_books.templates import read_templates
from domain.rule_books.vocabularies import read_vocabularies

BOOKS = (
    "deadlines",
    "calendars",
    "categories",
    "tariffs",
    "catalogues",
    "supervision",
    "indicators",
    "templates",
    "vocabularies",
    "duties",
)
"""The books there are. The content of one without a reader (`indicators`) is kept as it is."""

_READERS: Mapping[str, Callable[[dict[str, Any], str, str], object]] = {
    "deadlines": lambda content, version, zone: read_deadline_rules(content, version),
    "calendars": read_calendar,
    "categories": lambda content, version, zone: read_categories(content, version),
    "tariffs": lambda content, version, zone: read_tariff(content, version),
    "catalogues": lambda content, version, zone: read_catalogue(content, version),
    "supervision": read_supervision,
    "templates": lambda content, version, zone: read_templates(content, version),
    "vocabularies": lambda content, version, zone: read_vocabularies(content, version),
    "duties": lambda content, version, zone: read_duties(content, version),
}


def stream_of(book: str) -> str:
    """The stream a book's facts are in."""
    return f"rule-book-{book}"


def read(book: str, version: str, content: dict[str, Any], time_zone: str) -> object:
    """The content as the book's type (for a book without a reader: as it is). BadContent if it is bad."""
    reader = _READERS.get(book)
    return content if reader is None else reader(content, version, time_zone)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one book. `typed` reads it once per time zone."""

    book: str
    version: str
    content: dict[str, Any]
    _typed: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def typed(self, time_zone: str) -> Any:
        if time_zone not in self._typed:
            self._typed[time_zone] = read(self.book, self.version, self.content, time_zone)
        return self._typed[time_zone]


@dataclass(frozen=True, slots=True)
class Adoption:
    version: str
    effective_from: date
    adopted_at: datetime
    resolution: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RuleBookState:
    """One book: its versions in the order proposed, its adoptions in the order adopted."""

    book: str = ""
    versions: Mapping[str, Version] = field(default_factory=dict)
    adoptions: tuple[Adoption, ...] = ()

    def adoption(self, version: str) -> Adoption | None:
        """The latest adoption of that version."""
        return next((adopted for adopted in reversed(self.adoptions) if adopted.version == version), None)

    def in_force(self, day: date) -> Version | None:
        """The version whose adoption took effect last before the end of `day` (of two on one day the later
        adopted); before the first adoption took effect, that first one; None if none was adopted."""
        best: Adoption | None = None
        for adopted in self.adoptions:
            if adopted.effective_from <= day and (
                best is None or adopted.effective_from >= best.effective_from
            ):
                best = adopted
        if best is None and self.adoptions:
            best = min(self.adoptions, key=lambda adopted: adopted.effective_from)
        return None if best is None else self.versions[best.version]
