"""A question to a book of figures, in the words of an address, and what it means in moments and positions.

Complaints (api/figures.py) and outreach (api/outreach) are asked the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api import problems
from api.answers import at
from api.periods import moment_text
from engine.engine import Engine
from projections import asking
from projections.asking import BadQuestion, Question, Where
from projections.case import micros, moment
from projections.indicators import INDICATORS, Indicator, find


class UnknownIndicator(LookupError):
    """No indicator has this name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the words of an address. Days are local and included; `narrow` chooses by dimension
    (`grid`: itself and below, unless `exact`)."""

    indicator: str
    first: str = ""
    last: str = ""
    group_by: tuple[str, ...] = ()
    cohort: str = "deadline"
    as_of: str = ""
    known_at: str = ""
    compare_first: str = ""
    compare_last: str = ""
    narrow: tuple[tuple[str, str], ...] = ()
    exact: bool = False
    minimum: int = asking.MINIMUM


def indicator_of(name: str, among: Sequence[Indicator] = INDICATORS) -> Indicator:
    """UnknownIndicator."""
    try:
        return find(name, among)
    except KeyError as error:
        raise UnknownIndicator(name) from error


def question_of(
    engine: Engine, asked: Asked, indicator: Indicator, where: Sequence[Where]
) -> tuple[Question, Asked]:
    """The question in moments and positions, and the asked one with *now* written out, so that an address
    made from it gives the same numbers tomorrow. BadQuestion."""
    zone = engine.desk.stage().organisation.zone
    now = micros(engine.clock())
    as_of = asking.as_of_text(moment_text(asked.as_of), zone) if asked.as_of else now
    known = position_of(engine, asked.known_at)
    question = Question(
        indicator=indicator,
        as_of=as_of,
        zone=zone,
        start=asking.from_text(moment_text(asked.first), zone) if asked.first else None,
        end=asking.to_text(moment_text(asked.last), zone) if asked.last else None,
        known_at=known,
        cohort=asked.cohort,
        group_by=asked.group_by,
        where=tuple(where),
        minimum=asked.minimum,
    )
    return question, replace(asked, as_of=at(as_of) or "", known_at=str(known))


def within_month(engine: Engine, asked: Asked, month: str) -> Asked:
    """The question cut to a month of its period, as a row of the grouping `month` is."""
    if not month:
        return asked
    zone = engine.desk.stage().organisation.zone
    start, end = asking.from_text(month, zone, "month"), asking.to_text(month, zone, "month")
    if asked.first:
        start = max(start, asking.from_text(moment_text(asked.first), zone))
    if asked.last:
        end = min(end, asking.to_text(moment_text(asked.last), zone))
    return replace(asked, first=at(start) or "", last=at(end - 1) or "")


def position_of(engine: Engine, known_at: str) -> int:
    """A position as it is, a day or moment as the last position recorded by then; now, if not said.
    BadQuestion for one the log has not reached: its answer would not stay. Problem 503 while the views have
    not."""
    seen = engine.views.position()
    if not known_at:
        return seen
    if known_at.isdigit():
        position = int(known_at[:18])
        if position > engine.log.head():
            raise BadQuestion("known_at", f"the log ends at {engine.log.head()}")
        if position > seen:
            raise problems.Problem(503, "views.behind", headers={"Retry-After": "1"})
        return position
    zone = engine.desk.stage().organisation.zone
    until = asking.as_of_text(moment_text(known_at), zone, "known_at")
    return min(seen, engine.log.position_at(moment(until)))
