"""The calendar of duties laid out by the day each is due, a page at a time: what was decided is read from the
views as far as a page needs it, what is to come is worked out once for all places of a duty.
"""

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from api.duty_calendar.coming import Ahead, Asked, asked_now, day_of, decided, midnight
from api.duty_calendar.seeing import of_periods, of_series
from domain.messages import Actor
from domain.organisation import Organisation
from engine.engine import Engine
from engine.read import Condition, Filter, rows, spread
from engine.views import Reading
from projections.views import Row

ITEMS = 1_000
"""Entries of one page at most."""
AT_ONCE = 2_000
EVERY = 10_000_000

CURSOR = re.compile(r"(\d{4}-\d\d-\d\d)~([a-z0-9_]{1,40})~([0-9A-Za-z.-]{1,40})~(.{1,200})")


class Key(NamedTuple):
    """Where an entry stands in the calendar: each has one of its own."""

    day: str
    place: str
    what: str
    period: str

    @property
    def cursor(self) -> str:
        return "~".join((self.day, self.what, self.period, self.place))


def key_of(cursor: str) -> Key:
    """ValueError for what no page ended with."""
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise ValueError("the cursor cannot be read")
    day, what, period, place = found.groups()
    date.fromisoformat(day)
    return Key(day, place, what, period)


class Calendar:
    """What one caller sees of a span. Reads: make and ask it in a thread."""

    def __init__(self, engine: Engine, actor: Actor, asked: Asked) -> None:
        stage, self.asked, self.engine = engine.desk.stage(), asked, engine
        self.organisation: Organisation = stage.organisation
        narrowed: list[Condition] = [Filter("place", "under", asked.place)] if asked.place else []
        narrowed += [Filter("what", "=", asked.what)] if asked.what else []
        with engine.views.read() as reading:
            found = _every(reading, "duties", [*of_series(actor), *narrowed], ("place", "asc"))
            self.series = {row["id"]: row for row in found}
        self._where: list[Condition] = [*of_periods(actor), *narrowed]
        ahead = Ahead(asked, stage.books, self.organisation)
        now = list(asked_now(self.series.values(), asked, engine.clock(), self.organisation))
        then = [each for row in self.series.values() for each in ahead.of(row)]
        self._future = [(_key(each), each) for each in (*now, *then)]

    def counts(self) -> dict[str, int]:
        """How many of each state there are in all."""
        found = Counter[str]()
        for (_, _, state), n in self.by_day().items():
            found[state] += n
        return dict(found)

    def by_day(self) -> Counter[tuple[str, str, str]]:
        """How many there are of each (day, duty, state)."""
        found = Counter((key.day, key.what, each["state"]) for key, each in self._future)
        with self.engine.views.read() as reading:
            where = [*self._where, *self._span(self.asked.first)]
            for row in spread(reading, "duty_periods", ("due_by", "what", "state"), where, EVERY):
                found[day_of(row["due_by"], self.organisation), row["what"], row["state"]] += row["n"]
        return found

    def page(
        self, cursor: str = "", limit: int = ITEMS, *, state: str = "", day: str = ""
    ) -> tuple[list[dict[str, Any]], str | None]:
        """The entries after the cursor, and where the next page begins. ValueError for a cursor of another
        list."""
        after = key_of(cursor) if cursor else Key("", "", "", "")
        future = [
            (key, each)
            for key, each in self._future
            if key > after and state in ("", each["state"]) and day in ("", key.day)
        ]
        first = max(self.asked.first, date.fromisoformat(day or after.day or self.asked.first.isoformat()))
        past = [(_key(each), each) for each in self._decided(first, after, limit, state, day)]
        found = heapq.nsmallest(limit + 1, (*future, *past), key=lambda pair: pair[0])
        shown = [each for _, each in found[:limit]]
        return shown, found[limit - 1][0].cursor if len(found) > limit else None

    def all(self, state: str = "") -> Iterator[dict[str, Any]]:
        cursor: str | None = ""
        while cursor is not None:
            found, cursor = self.page(cursor, state=state)
            yield from found

    def _span(self, first: date, last: date | None = None) -> tuple[Condition, ...]:
        until = (last or self.asked.last) + timedelta(days=1)
        since, until_at = midnight(first, self.organisation), midnight(until, self.organisation)
        return Filter("due_by", ">", since), Filter("due_by", "<=", until_at)

    def _decided(self, first: date, after: Key, limit: int, state: str, day: str) -> Sequence[dict[str, Any]]:
        """As many as a page needs, and the last day of them whole: its places come in another order."""
        last = date.fromisoformat(day) if day else None
        where = [*self._where, *self._span(first, last), *([Filter("state", "=", state)] if state else [])]
        found: list[dict[str, Any]] = []
        with self.engine.views.read() as reading:
            for row in _every(reading, "duty_periods", where, ("due_by", "asc")):
                each = decided(row, self.series.get(row["series"]), self.organisation)
                if len(found) > limit and each["day"] > found[limit]["day"]:
                    break
                if _key(each) > after:
                    found.append(each)
        return found


def _key(entry: dict[str, Any]) -> Key:
    return Key(entry["day"], entry["place"], entry["what"], entry["period"])


def _every(reading: Reading, table: str, where: Sequence[Condition], order: tuple[str, str]) -> Iterator[Row]:
    after: str | None = None
    while True:
        got = rows(reading, table, where=where, order=order, after=after, limit=AT_ONCE)
        yield from got.items
        if got.next is None:
            return
        after = got.next
