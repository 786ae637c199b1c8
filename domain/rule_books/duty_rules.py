"""The book `duties` (履职日历): what recurs, at which level of place, who owes it, until when, and which fact
does it.

The sources name the rhythm only. Deadlines, roles and holiday rules are lines of the book; where no book is
adopted there are no duties.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.rule_books.content import BadContent, Table
from domain.rule_books.vocabularies import LEVELS

RHYTHMS = ("daily", "weekly", "days", "monthly", "quarterly", "half_yearly", "yearly")
"""`days`: fixed days of each month (5, 15, 25)."""

HOLIDAYS = ("held", "moved", "skipped")
"""What becomes of a day nobody works: held as dated, moved to the next working day, or not held at all."""

OWNERS = ("gridworker", "dispatcher", "unit", "street", "panel")

DOING = (
    "patrol.recorded",
    "visit-plan.made",
    "sampling.frame-fixed",
    "panel.ledger-reviewed",
    "panel.disclosure-published",
    "panel.ranking-frozen",
    "panel.honour-granted",
)
"""The facts that may do a duty by themselves (domain/duties/doing.py)."""

LONGEST: Mapping[str, int] = {
    "daily": 1,
    "weekly": 7,
    "days": 1,
    "monthly": 28,
    "quarterly": 90,
    "half_yearly": 181,
    "yearly": 365,
}
"""Days after its period a duty may be asked for at most: the shortest the period can be, so that one series
never asks for two periods at once."""

DAYS = 28
"""The last day of a month every month has."""
_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")


@dataclass(frozen=True, slots=True)
class DutyLine:
    """`after` false: asked for while its period runs, due at its end. True: asked for once it is over, due
    at the end of the `within_days`th day from then. `unit` is "" where the role owes it."""

    code: str
    zh: str
    en: str
    rhythm: str
    level: str
    role: str
    unit: str = ""
    days: tuple[int, ...] = ()
    holidays: str = "held"
    after: bool = False
    within_days: int = 0
    done_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyRules:
    """One version of the book; a line by its code."""

    version: str
    lines: Mapping[str, DutyLine] = field(default_factory=dict)

    def get(self, code: str) -> DutyLine | None:
        return self.lines.get(code)

    def of_level(self, level: str) -> tuple[DutyLine, ...]:
        return tuple(line for line in self.lines.values() if line.level == level)

    def done_by(self, name: str) -> tuple[DutyLine, ...]:
        """The lines that a fact of this name does."""
        return tuple(line for line in self.lines.values() if name in line.done_by)


def read_duties(content: dict[str, Any], version: str) -> DutyRules:
    """BadContent if a line's fields contradict each other, a code is named twice, or a field is not known."""
    table = Table(content)
    lines: dict[str, DutyLine] = {}
    for entry in table.tables("lines"):
        line = _line(entry)
        if line.code in lines:
            raise BadContent(entry.at("code"), f"{line.code} is there twice")
        lines[line.code] = line
    table.done()
    return DutyRules(version, lines)


def _line(table: Table) -> DutyLine:
    rhythm = table.text("rhythm", among=RHYTHMS)
    by_day = rhythm in ("daily", "days")
    after = table.flag("after", False)
    role = table.text("role", among=OWNERS)
    line = DutyLine(
        code=table.text("code"),
        zh=table.text("zh"),
        en=table.text("en"),
        rhythm=rhythm,
        level=table.text("level", among=LEVELS),
        role=role,
        unit=table.text("unit", default=""),
        days=tuple(sorted(set(table.numbers("days")))) if rhythm == "days" else (),
        holidays=table.text("holidays", among=HOLIDAYS, default="held") if by_day else "held",
        after=after,
        within_days=table.whole("within_days", 1, LONGEST[rhythm]) if after else 0,
        done_by=table.texts("done_by", among=DOING),
    )
    table.done()
    if not _CODE.fullmatch(line.code):
        raise BadContent(table.at("code"), "must be 1 to 30 small letters, digits and underscores")
    if rhythm == "days" and not (line.days and line.days[0] >= 1 and line.days[-1] <= DAYS):
        raise BadContent(table.at("days"), f"must hold days of the month from 1 to {DAYS}")
    if rhythm == "daily" and line.holidays == "moved":
        raise BadContent(table.at("holidays"), "a daily duty moved to the next day is that day's own")
    if (role == "unit") != bool(line.unit):
        raise BadContent(table.at("unit"), "is named where the role is `unit`, and only there")
    return line
