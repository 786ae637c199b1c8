"""The book `deadlines`: how long each step of a case may take, and the limits beside the clocks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.calendar import UNITS, WorkingCalendar
from domain.deadlines import Deadline
from domain.rule_books.care import Care, read_care
from domain.rule_books.categories import TRACKS, Category
from domain.rule_books.content import BadContent, Table

CLOCKS = ("dispatch", "response", "decline", "resolution", "follow_up")
URGENCIES = ("normal", "urgent", "emergency")


@dataclass(frozen=True, slots=True)
class Line:
    """One limit. An empty condition holds for everything; `assisting` None for leads and assisting units.
    `zh` and `en` say the line in words."""

    line: str
    clock: str
    amount: int
    unit: str
    urgency: tuple[str, ...]
    kind: tuple[str, ...]
    category: tuple[str, ...]
    track: tuple[str, ...]
    assisting: bool | None
    zh: str
    en: str

    @property
    def unconditional(self) -> bool:
        return not (self.urgency or self.kind or self.category or self.track) and self.assisting is None

    def holds(self, category: Category, urgency: str, track: str, assisting: bool) -> bool:
        return (
            (not self.urgency or urgency in self.urgency)
            and (not self.kind or category.deadline_kind in self.kind)
            and (not self.category or category.code in self.category)
            and (not self.track or track in self.track)
            and (self.assisting is None or assisting == self.assisting)
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits beside the clocks; the defaults are those of docs/lifecycle.md.

    A deed recorded more than `late_entry_hours` after it happened is judged by when it was recorded.
    A reporter may reopen for `reopen_days` (calendar days). A lead may ask for `extensions`, together at most
    `extension_working_days`. After `declines` only a joint session can decide. From round `task_force_round`
    on the street's task force leads. Registrations of one class and place within `recurrence_days` or
    `recurrence_metres` belong together. `warn_percent` of a clock's time gone is its warning.
    """

    late_entry_hours: int = 72
    reopen_days: int = 10
    extensions: int = 2
    extension_working_days: int = 10
    declines: int = 2
    task_force_round: int = 3
    recurrence_days: int = 30
    recurrence_metres: int = 30
    warn_percent: int = 80

    @property
    def late_entry(self) -> timedelta:
        return timedelta(hours=self.late_entry_hours)

    @property
    def reopen_within(self) -> timedelta:
        return timedelta(days=self.reopen_days)

    @property
    def recurrence_within(self) -> timedelta:
        return timedelta(days=self.recurrence_days)


@dataclass(frozen=True, slots=True)
class DeadlineRules:
    """One version of the book. The first line that holds decides; the last of each clock holds always."""

    version: str
    lines: tuple[Line, ...]
    settings: Settings
    care: Care = field(default_factory=Care)

    def line(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.line == name), None)

    def limit(
        self, clock: str, category: Category, urgency: str, track: str, assisting: bool = False
    ) -> Line:
        """The line that decides. KeyError for a clock the book has no line for."""
        for line in self.lines:
            if line.clock == clock and line.holds(category, urgency, track, assisting):
                return line
        raise KeyError(clock)

    def derive(
        self,
        clock: str,
        *,
        category: Category,
        urgency: str,
        track: str = "",
        assisting: bool = False,
        start: datetime,
        calendar: WorkingCalendar,
    ) -> Deadline:
        """The promise for one clock that starts at `start`, with everything needed to explain it."""
        line = self.limit(clock, category, urgency, track, assisting)
        due, warn_at = calendar.promise(start, line.amount, line.unit, self.settings.warn_percent / 100)
        return Deadline(
            clock=clock,
            start=start,
            due=due,
            warn_at=warn_at,
            amount=line.amount,
            unit=line.unit,
            book="deadlines",
            version=self.version,
            line=line.line,
            calendar=calendar.version,
        )

    def warn_at(self, start: datetime, due: datetime, unit: str, calendar: WorkingCalendar) -> datetime:
        """Where the warning share of the clock's own time is gone."""
        return calendar.share(start, due, unit, self.settings.warn_percent / 100)


def read_deadline_rules(content: dict[str, Any], version: str) -> DeadlineRules:
    """BadContent if a clock lacks a last unconditional line, a name is used twice, or a field is wrong."""
    table = Table(content)
    lines = tuple(_line(entry) for entry in table.tables("lines"))
    settings = _settings(table.table("settings"))
    care = read_care(table.table("care"), version)
    table.done()
    names = [line.line for line in lines]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise BadContent(f"lines[{n}].line", f"{name!r} is used twice")
    for clock in CLOCKS:
        of_clock = [line for line in lines if line.clock == clock]
        if not of_clock or not of_clock[-1].unconditional:
            raise BadContent("lines", f"clock {clock!r} needs a last line without conditions")
    return DeadlineRules(version, lines, settings, care)


def _line(table: Table) -> Line:
    line = Line(
        line=table.text("line"),
        clock=table.text("clock", among=CLOCKS),
        amount=table.whole("amount", 1, 10_000),
        unit=table.text("unit", among=UNITS),
        urgency=table.texts("urgency", among=URGENCIES),
        kind=table.texts("kind"),
        category=table.texts("category"),
        track=table.texts("track", among=TRACKS),
        assisting=table.flag("assisting", False) if table.has("assisting") else None,
        zh=table.text("zh", default=""),
        en=table.text("en", default=""),
    )
    table.done()
    return line


def _settings(table: Table) -> Settings:
    usual = Settings()
    settings = Settings(
        late_entry_hours=table.whole("late_entry_hours", 0, 10_000, usual.late_entry_hours),
        reopen_days=table.whole("reopen_days", 0, 3_650, usual.reopen_days),
        extensions=table.whole("extensions", 0, 100, usual.extensions),
        extension_working_days=table.whole("extension_working_days", 0, 1_000, usual.extension_working_days),
        declines=table.whole("declines", 1, 100, usual.declines),
        task_force_round=table.whole("task_force_round", 2, 100, usual.task_force_round),
        recurrence_days=table.whole("recurrence_days", 0, 3_650, usual.recurrence_days),
        recurrence_metres=table.whole("recurrence_metres", 0, 100_000, usual.recurrence_metres),
        warn_percent=table.whole("warn_percent", 1, 99, usual.warn_percent),
    )
    table.done()
    return settings
