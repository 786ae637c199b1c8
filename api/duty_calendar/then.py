"""Series of duties as they were, and what had become of their periods by then.

The calendar itself is not among what is asked of the past: what was to come then is what the books of then
would have asked for, worked out for every series there was.
"""

from collections.abc import Sequence
from typing import Any

from api.answers import page
from api.cases import Cases
from api.duty_calendar.told import NEWEST, Opener, period_of, series_of
from api.registers_then import Register, read_cursor, write_cursor
from api.then import Then, lines_then
from domain.duties.facts import DutyDoneLate
from domain.messages import Actor
from engine.engine import Engine
from projections.duties.periods import PERIODS_OF_DUTIES, Period, begun, fold, row
from projections.duties.series import SERIES_OF_DUTIES
from projections.views import Row

REGISTER = Register(SERIES_OF_DUTIES, "duties", ("id", "asc"), frozenset({"what", "place"}))
PERIODS = Register(PERIODS_OF_DUTIES, "duty_periods", ("due_by", "desc"), frozenset())


def whole_then(engine: Engine, cases: Cases, actor: Actor, duty: str, then: Then) -> dict[str, Any]:
    """A series with its last periods of then; nothing is allowed. Problem 404 where it was not opened yet."""
    opened = Opener(cases, actor, engine)
    found = REGISTER.must_row(engine, duty, then)
    last = periods_then(engine, duty, then)[:NEWEST]
    return series_of(found) | {"periods": [period_of(each, opened) for each in last]} | then.over()


def listed_then(
    engine: Engine, opened: Opener, duty: str, state: str, then: Then, cursor: str | None, limit: int
) -> dict[str, Any]:
    """A page of its periods, the latest first. Problem 422 for a cursor of another list."""
    before = None
    if cursor:
        then, last = read_cursor(engine, cursor)
        before = PERIODS.place(last)
    found = [
        each
        for each in periods_then(engine, duty, then)
        if state in ("", each["state"]) and (before is None or each["due_by"] < before)
    ]
    next = write_cursor(then, found[limit - 1]["due_by"]) if len(found) > limit else None
    return page([period_of(each, opened) for each in found[:limit]], next, **then.plain())


def periods_then(engine: Engine, duty: str, then: Then) -> Sequence[Row]:
    """Of one series, folded from its own stream; the latest first. What was done before its deadline and
    told after it was not missed yet."""
    found: dict[str, Period] = {}
    for line in lines_then(engine, duty, then):
        fact = line.fact
        if type(fact) in PERIODS_OF_DUTIES.FACTS:
            key = PERIODS_OF_DUTIES.subject(line)
            was = found.get(key)
            if was is None and isinstance(fact, DutyDoneLate):
                was = begun(fact.what, fact.place, fact.period, "missed", line)
            found[key] = fold(was, line)
    return sorted((row(each) for each in found.values()), key=lambda each: -int(each["due_by"]))
