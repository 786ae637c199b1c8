"""All rule books at once, as a decision sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar
from domain.refusals import Refused
from domain.rule_books.care import Care
from domain.rule_books.categories import Categories
from domain.rule_books.deadline_rules import DeadlineRules, Settings
from domain.rule_books.duty_rules import DutyRules
from domain.rule_books.supervision import Supervision, months_later
from domain.rule_books.tariffs import Catalogue, Tariff
from domain.rule_books.templates import BodyTemplate, Templates
from domain.rule_books.versions import RuleBookState, Version
from domain.rule_books.vocabularies import Post, Vocabulary


@lru_cache(1_000)
def local_day(at: datetime, time_zone: str) -> date:
    """Remembered, because a decision asks several books at one moment."""
    return at.astimezone(ZoneInfo(time_zone)).date()


@dataclass(frozen=True, slots=True)
class Books:
    """A snapshot of all books in one time zone. Reading a version costs something only the first time.

    `deadlines`, `calendar` and `categories` are those in force on the local day of `at`; they raise Refused
    `rule-book.none-in-force` where the book is empty. The `…_of` twins find one version, or None.
    """

    states: Mapping[str, RuleBookState] = field(default_factory=dict)
    time_zone: str = "Asia/Shanghai"

    @staticmethod
    def of(states: Iterable[RuleBookState], time_zone: str) -> "Books":
        return Books({state.book: state for state in states if state.book}, time_zone)

    def in_force(self, book: str, at: datetime) -> Version:
        return self.in_force_on(book, local_day(at, self.time_zone))

    def in_force_on(self, book: str, day: date) -> Version:
        state = self.states.get(book)
        found = state.in_force(day) if state is not None else None
        if found is None:
            raise Refused(
                "rule-book.none-in-force",
                f"no version of the rule book {book!r} is in force",
                help="huisheng init FILE.toml",
                book=book,
            )
        return found

    def adopted(self, book: str) -> bool:
        """Whether any version of it ever was."""
        state = self.states.get(book)
        return state is not None and bool(state.adoptions)

    def deadlines(self, at: datetime) -> DeadlineRules:
        rules: DeadlineRules = self.in_force("deadlines", at).typed(self.time_zone)
        return rules

    def calendar(self, at: datetime) -> WorkingCalendar:
        calendar: WorkingCalendar = self.in_force("calendars", at).typed(self.time_zone)
        return calendar

    def categories(self, at: datetime) -> Categories:
        categories: Categories = self.in_force("categories", at).typed(self.time_zone)
        return categories

    def settings(self, at: datetime) -> Settings:
        return self.deadlines(at).settings

    def care(self, at: datetime) -> Care:
        """The defaults where nobody adopted deadlines."""
        return self.deadlines(at).care if self.adopted("deadlines") else Care()

    def tariff(self, on: date) -> Tariff:
        """What paid deeds done on that local day."""
        tariff: Tariff = self.in_force_on("tariffs", on).typed(self.time_zone)
        return tariff

    def catalogue(self, at: datetime) -> Catalogue:
        catalogue: Catalogue = self.in_force("catalogues", at).typed(self.time_zone)
        return catalogue

    def supervision(self, at: datetime) -> Supervision:
        """The defaults where nobody adopted anything."""
        if not self.adopted("supervision"):
            return Supervision(time_zone=self.time_zone)
        supervision: Supervision = self.in_force("supervision", at).typed(self.time_zone)
        return supervision

    def lapsed_before(self, at: datetime) -> datetime | None:
        """Points earned before this moment have lapsed; None: none have. Whoever earned when nothing lapsed
        was promised so: the months count from the day the rules first said otherwise, at the earliest."""
        rules, today = self.supervision(at), local_day(at, self.time_zone)
        since = self._expiring_since(today)
        if since is None or months_later(since, rules.expiry_months) > today:
            return None
        return rules.lapsed_before(at)

    def _expiring_since(self, day: date) -> date | None:
        """Since when, without a break up to `day`, the versions in force let points lapse."""
        state, since = self.states.get("supervision"), None
        taken = [each for each in state.adoptions if each.effective_from <= day] if state is not None else []
        taken.sort(key=lambda adopted: adopted.effective_from)
        for adopted in taken[::-1]:
            version = self._typed("supervision", adopted.version)
            if version is None or not version.expiry_months:
                break
            since = adopted.effective_from
        return since

    def duties(self, on: date) -> DutyRules:
        """What recurs, by the version in force on that local day."""
        duties: DutyRules = self.in_force_on("duties", on).typed(self.time_zone)
        return duties

    def duties_of(self, version: str) -> DutyRules | None:
        found: DutyRules | None = self._typed("duties", version)
        return found

    def calendar_on(self, day: date) -> WorkingCalendar:
        """The working calendar in force on that local day."""
        calendar: WorkingCalendar = self.in_force_on("calendars", day).typed(self.time_zone)
        return calendar

    def templates(self, at: datetime) -> Templates:
        """No templates where nobody adopted any."""
        if not self.adopted("templates"):
            return Templates()
        templates: Templates = self.in_force("templates", at).typed(self.time_zone)
        return templates

    def body_template(self, at: datetime, code: str, place: str = "") -> BodyTemplate | None:
        """The template of a body as the place words it; None if there is none."""
        return self.templates(at).of(code, place)

    def vocabulary(self, at: datetime) -> Vocabulary:
        """The canonical names alone where nobody adopted others."""
        if not self.adopted("vocabularies"):
            return Vocabulary()
        vocabulary: Vocabulary = self.in_force("vocabularies", at).typed(self.time_zone)
        return vocabulary

    def posts(self, at: datetime) -> Mapping[str, Post]:
        """The posts a vocabulary adds to those the organisation knows anyway, by code."""
        return self.vocabulary(at).posts

    def tariff_of(self, version: str) -> Tariff | None:
        found: Tariff | None = self._typed("tariffs", version)
        return found

    def catalogue_of(self, version: str) -> Catalogue | None:
        found: Catalogue | None = self._typed("catalogues", version)
        return found

    def deadlines_of(self, version: str) -> DeadlineRules | None:
        found: DeadlineRules | None = self._typed("deadlines", version)
        return found

    def calendar_of(self, version: str) -> WorkingCalendar | None:
        found: WorkingCalendar | None = self._typed("calendars", version)
        return found

    def categories_of(self, version: str) -> Categories | None:
        found: Categories | None = self._typed("categories", version)
        return found

    def _typed(self, book: str, version: str) -> Any:
        found = self.version(book, version)
        return None if found is None else found.typed(self.time_zone)

    def version(self, book: str, version: str) -> Version | None:
        state = self.states.get(book)
        return None if state is None else state.versions.get(version)

    def versions(self, book: str) -> tuple[Version, ...]:
        """All versions, adopted or not, in the order proposed."""
        state = self.states.get(book)
        return () if state is None else tuple(state.versions.values())
