"""The calendar between two days: what was done, missed or done late, what is open, and what is to come.

What is to come has no facts yet: it is what the books in force now would ask for, up to a horizon.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.answers import at
from api.duty_calendar.seeing import MOST, of_periods, of_series
from domain.duties import periods
from domain.duties.facts import Period
from domain.messages import Actor
from domain.organisation import Organisation
from domain.refusals import Refused
from domain.rule_books import Books
from engine.engine import Engine
from engine.read import Condition, Filter, rows
from projections.case import micros, moment
from projections.views import Row

SPAN = 92
"""Days of one calendar: a quarter."""
HORIZON = 400
"""Days ahead that are looked into: every yearly duty once."""
ITEMS = 1_000
"""Entries of one calendar; more are cut off, and the answer says so."""

DAY = 86_400_000_000


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


def calendar(engine: Engine, actor: Actor, told: Asked) -> tuple[list[dict[str, Any]], bool]:
    """The entries by the day they are due, and whether some were cut off. Reads: call it in a thread."""
    organisation, books = engine.desk.stage().organisation, engine.desk.stage().books
    since, until = midnight(told.first, organisation), midnight(told.last + timedelta(days=1), organisation)
    narrowed: list[Condition] = [Filter("place", "under", told.place)] if told.place else []
    narrowed += [Filter("what", "=", told.what)] if told.what else []
    with engine.views.read() as reading:
        series = rows(
            reading, "duties", where=[*of_series(actor), *narrowed], order=("place", "asc"), limit=MOST
        )
        known = {row["id"]: row for row in series.items}
        span = (Filter("due_by", ">", since), Filter("due_by", "<=", until))
        where = [*of_periods(engine, actor), *narrowed, *span]
        past = rows(reading, "duty_periods", where=where, order=("due_by", "asc"), limit=ITEMS + 1)
    entries = list(asked_now(known.values(), told, engine.clock(), organisation))
    entries += [decided(row, known.get(row["series"]), organisation) for row in past.items]
    cut = len(past.items) > ITEMS or bool(series.next)
    for row in known.values():
        if len(entries) > ITEMS:
            break
        entries += ahead(row, told, books, organisation)
    shown = entries[:ITEMS]
    shown.sort(key=lambda entry: (entry["day"], entry["place"], entry["what"]))
    return shown, cut or len(entries) > ITEMS


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
    """The period each series asks for now or next, where it is due in the span. First of all: what is cut off
    is never what waits."""
    for row in series:
        if row["state"] != "running":
            continue
        day = day_of(row["next_by"], organisation)
        if told.first.isoformat() <= day <= told.last.isoformat():
            state = "open" if row["opens_at"] <= micros(now) else "coming"
            named = {name: row[name] for name in NAMED}
            yield entry(row, named, day, state, row["opens_at"], row["next_by"])


def ahead(row: Row, told: Asked, books: Books, organisation: Organisation) -> Iterator[dict[str, Any]]:
    """What would follow that one, as far as it is due in the span."""
    if row["state"] != "running":
        return
    since = date.fromisoformat(row["dated"] or row["last"]) + timedelta(days=1)
    for found in following(row["what"], since, told.last, books, organisation):
        held = found.held
        day = day_of(micros(held.due), organisation) if held else found.first.isoformat()
        if day > told.last.isoformat():
            return
        if day < told.first.isoformat():
            continue
        if held is None:
            left_out = {"period": found.key, "first": day, "last": day, "dated": None, "reason": found.reason}
            yield entry(row, left_out, day, "skipped", None, None)
        else:
            yield entry(row, spelt(held), day, "coming", micros(held.opens), micros(held.due))


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


def tallies(entries: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many of each state."""
    counted: dict[str, int] = {}
    for each in entries:
        counted[each["state"]] = counted.get(each["state"], 0) + 1
    return counted
