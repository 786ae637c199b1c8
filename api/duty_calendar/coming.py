"""The calendar between two days: what was done, missed or done late, what is open, and what is to come.

What is to come has no facts yet: it is what the books in force now would ask for, up to a horizon.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.answers import at
from domain.duties import periods
from domain.duties.facts import Period
from domain.organisation import Organisation
from domain.refusals import Refused
from domain.rule_books import Books
from engine.engine import Engine
from projections.case import micros, moment
from projections.views import Row

SPAN = 92
"""Days of one calendar: a quarter."""
HORIZON = 400
"""Days ahead that are looked into: every yearly duty once."""
Spelt = tuple[dict[str, Any], str, str, int | None, int | None]
"""A period to come: itself, its day, its state, when it opens, when it is due."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Local days, both included; `place` "" where the caller's own is meant."""

    first: date
    last: date
    place: str = ""
    what: str = ""


def asked(engine: Engine, first: date | None, last: date | None, place: str = "", what: str = "") -> Asked:
    """This month where no days are told. Refused `period.too-long` or `period.backwards`."""
    today = engine.desk.stage().organisation.local_date(engine.clock())
    begin = first or (last or today).replace(day=1)
    ahead = today + timedelta(days=HORIZON)
    if begin > ahead:
        raise _too_long(ahead)
    end = last or (begin.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if end < begin:
        raise Refused(
            "period.backwards",
            f"{end} is before {begin}",
            help=f"to: {begin} or later",
            first=begin.isoformat(),
        )
    if (end - begin).days >= SPAN or end > ahead:
        raise _too_long(min(begin + timedelta(days=SPAN - 1), ahead))
    return Asked(begin, end, place.strip("/"), what)


def _too_long(latest: date) -> Refused:
    return Refused(
        "period.too-long",
        f"a calendar shows {SPAN} days, at most {HORIZON} days ahead",
        help=f"to: {latest} at the latest",
        most=SPAN,
        ahead=HORIZON,
    )


def midnight(day: date, organisation: Organisation) -> int:
    return micros(datetime.combine(day, time.min, organisation.zone))


def decided(row: Row, series: Row | None, organisation: Organisation) -> dict[str, Any]:
    named = series or {"zh": row["what"], "en": row["what"], "rhythm": ""}
    return {
        "series": row["series"], "what": row["what"], "zh": named["zh"], "en": named["en"],
        "place": row["place"], "period": row["period"], "state": row["state"],
        "day": day_of(row["due_by"], organisation), "first": row["first"], "last": row["last"],
        "dated": row["dated"], "moved_for": row["moved_for"],
        "opens_at": at(row["opens_at"]), "due_by": at(row["due_by"]),
        "done_at": at(row["done_at"]), "missed_at": at(row["missed_at"]),
        "explained": row["explanation"] is not None,
    }  # fmt: skip


def day_of(due: int, organisation: Organisation) -> str:
    """The last day it may be done on."""
    return organisation.local_date(moment(due - 1)).isoformat()


def asked_now(
    series: Iterable[Row], told: Asked, now: datetime, organisation: Organisation
) -> Iterator[dict[str, Any]]:
    """The period each series asks for now or next, where it is due in the span."""
    for row in series:
        if row["state"] != "running":
            continue
        day = day_of(row["next_by"], organisation)
        if told.first.isoformat() <= day <= told.last.isoformat():
            state = "open" if row["opens_at"] <= micros(now) else "coming"
            named = {name: row[name] for name in NAMED}
            yield entry(row, named, day, state, row["opens_at"], row["next_by"])


class Ahead:
    """What would follow the period each series asks for now, as far as it is due in the span. Series of one
    duty ask for the same days: they are worked out once."""

    def __init__(self, told: Asked, books: Books, organisation: Organisation) -> None:
        self._told, self._books, self._organisation = told, books, organisation
        self._known: dict[tuple[str, date], list[Spelt]] = {}

    def of(self, row: Row) -> Iterator[dict[str, Any]]:
        if row["state"] != "running":
            return
        since = date.fromisoformat(row["dated"] or row["last"]) + timedelta(days=1)
        key = row["what"], since
        if key not in self._known:
            self._known[key] = list(self._spelt(row["what"], since))
        for period, day, state, opens, due in self._known[key]:
            yield entry(row, period, day, state, opens, due)

    def _spelt(self, what: str, since: date) -> "Iterator[Spelt]":
        first, last = self._told.first.isoformat(), self._told.last.isoformat()
        for found in following(what, since, self._told.last, self._books, self._organisation):
            held = found.held
            day = day_of(micros(held.due), self._organisation) if held else found.first.isoformat()
            if day > last:
                return
            if day < first:
                continue
            if held is None:
                left = {"period": found.key, "first": day, "last": day, "dated": None, "reason": found.reason}
                yield left, day, "skipped", None, None
            else:
                yield spelt(held), day, "coming", micros(held.opens), micros(held.due)


def following(
    what: str, since: date, last: date, books: Books, organisation: Organisation
) -> Iterator[periods.Occurrence]:
    """Each one by the version in force on the day it would begin; none where no book asks for it."""
    while since <= last:
        try:
            line, working = books.duties(since).get(what), books.calendar_on(since)
        except Refused:
            return
        if line is None:
            return
        found = next(periods.occurrences(line, working, organisation.zone, since))
        yield found
        since = found.last + timedelta(days=1)


NAMED = ("period", "first", "last", "dated", "reason")


def spelt(held: Period) -> dict[str, Any]:
    return {
        "period": held.key, "first": held.first.isoformat(), "last": held.last.isoformat(),
        "dated": held.dated.isoformat() if held.dated else None, "reason": held.reason or None,
    }  # fmt: skip


def entry(
    row: Row, period: dict[str, Any], day: str, state: str, opens: int | None, due: int | None
) -> dict[str, Any]:
    return {
        "series": row["id"], "what": row["what"], "zh": row["zh"], "en": row["en"], "place": row["place"],
        "period": period["period"], "state": state, "day": day,
        "first": period["first"], "last": period["last"], "dated": period["dated"],
        "moved_for": period["reason"], "opens_at": at(opens), "due_by": at(due), "done_at": None,
        "missed_at": None, "explained": False,
    }  # fmt: skip
