"""Lines of tickets kept elsewhere, for the tests of history."""

from dataclasses import replace
from datetime import timedelta

from domain.complaint.commands import (
    HistoricRound,
    RecordHistory,
)
from domain.messages import ENGINE, clear
from tests.domain.spec import (
    CASE,
    DAY,
    HOUR,
    T0,
    Story,
)

YEAR_LATER = T0 + timedelta(days=365)
DUE = T0 + 7 * DAY


def line(round: int = 1, **changes) -> HistoricRound:
    return replace(HistoricRound(round, T0, "property-co"), **changes)


def told(line: HistoricRound, **changes) -> RecordHistory:
    usual = RecordHistory(
        "city", "T-1", "property", "hotline", "reactive", "city/east", clear(CASE, "dark"), line, True
    )
    return replace(usual, **changes)


def imported(*lines: HistoricRound, **changes) -> Story:
    story = Story(now=YEAR_LATER)
    for each in lines:
        story = story.do(told(each, **changes), ENGINE)
    return story


FULL = line(
    dispatched_at=T0 + HOUR,
    respond_by=T0 + DAY,
    responded_at=T0 + 2 * HOUR,
    first_resolve_by=DUE,
    resolve_by=DUE,
    resolved_at=T0 + 5 * DAY,
    result="solved",
    followed_up_at=T0 + 6 * DAY,
    satisfaction="satisfied",
    solved="yes",
)


OPEN = line(dispatched_at=T0 + HOUR, respond_by=T0 + DAY, first_resolve_by=DUE, resolve_by=DUE)
