"""The resolution a version is adopted with: what residents earn and pay is decided by them, and it shows.

Until hearings are held in the engine, the meeting is told in figures. What is told must add up.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.refusals import Refused
from domain.rule_books.content import BadContent, Table

RESOLVED = ("tariffs", "catalogues")
"""The books whose later versions take effect by a resolution only."""

MOST = 10_000_000
MINUTES = 4000


def check(book: str, version: str, resolution: Mapping[str, Any] | None, *, first: bool, today: date) -> None:
    """Refused for a later version of a resolved book without a resolution, and for one that was not carried
    or does not add up. `first`: the book's very set-up, which nobody was promised anything before."""
    if resolution is None:
        if book in RESOLVED and not first:
            raise Refused(
                "rule-book.resolution-missing",
                f"{book} {version} takes effect by a resolution only",
                help="say when it was held, how many were entitled, came and agreed, and what was minuted",
                book=book,
                version=version,
            )
        return
    told = Table(resolution, "resolution")
    held_on = _day(told)
    eligible, present, in_favour = (
        told.whole(name, 0, MOST) for name in ("eligible", "present", "in_favour")
    )
    minutes = told.text("minutes")
    told.done()
    if held_on > today or not in_favour <= present <= eligible or len(minutes) > MINUTES:
        raise Refused(
            "rule-book.resolution-unsound",
            "the resolution does not add up: in favour, present, eligible",
            help=f"in favour <= present <= eligible, held by {today}",
            today=today.isoformat(),
        )
    if 2 * in_favour <= present:
        raise Refused(
            "rule-book.not-carried",
            f"{in_favour} of {present} in favour are not more than half",
            help="only what was carried is put in force",
            in_favour=in_favour,
            present=present,
        )


def from_file(told: Table) -> dict[str, Any]:
    """A resolution of a set-up file as the rule book keeps it: its day, which TOML writes bare, as text.
    BadContent for what is none."""
    held_on = told.day("held_on")
    if held_on is None:
        raise BadContent(told.at("held_on"), "is missing")
    figures = {name: told.whole(name, 0, MOST) for name in ("eligible", "present", "in_favour")}
    minutes = told.text("minutes")
    told.done()
    return {"held_on": held_on.isoformat(), **figures, "minutes": minutes}


def _day(told: Table) -> date:
    text = told.text("held_on")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadContent(told.at("held_on"), f"is {text!r}, which is no day") from None
