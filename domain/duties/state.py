"""A series of duties as its facts leave it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from domain.duties.facts import (
    DutyChanged,
    DutyClosed,
    DutyDone,
    DutyDoneLate,
    DutyExplained,
    DutyFact,
    DutyMissed,
    DutyOpened,
    Period,
    Terms,
)
from domain.messages import Envelope

KEPT = 64
"""Periods done last whose keys are remembered: to note one again decides nothing."""


@dataclass(frozen=True, slots=True)
class Series:
    """`period` is what is asked for now or next; `missed` what was missed and nobody has done since;
    `decided` the last day that was asked for and is done or missed."""

    what: str
    place: str
    terms: Terms
    period: Period | None
    missed: Mapping[str, Period] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    decided: date | None = None


@dataclass(frozen=True, slots=True)
class Unopened:
    pass


@dataclass(frozen=True, slots=True)
class Running:
    series: Series


@dataclass(frozen=True, slots=True)
class Ended:
    """Closed by somebody, or no longer in the book. What was missed may still be done and explained."""

    series: Series


State = Unopened | Running | Ended
INITIAL: State = Unopened()

NAMES: Mapping[type, str] = {Unopened: "unopened", Running: "running", Ended: "ended"}


def evolve(state: State, fact: DutyFact, envelope: Envelope) -> State:
    if isinstance(fact, DutyOpened):
        before = None if isinstance(state, Unopened) else state.series
        begun = Series(fact.what, fact.place, fact.terms, fact.next)
        if before is not None:
            begun = replace(begun, missed=before.missed, done=before.done, decided=before.decided)
        return Running(begun)
    assert not isinstance(state, Unopened), "a series begins by being opened"
    series = state.series
    match fact:
        case DutyChanged(terms):
            return replace(state, series=replace(series, terms=terms))
        case DutyDone(period=period, next=coming):
            done = (*series.done, period.key)[-KEPT:]
            decided = period.dated or period.last
            return _after(replace(series, done=done, period=coming, decided=decided))
        case DutyMissed(period=period, next=coming):
            missed = {**series.missed, period.key: period}
            decided = period.dated or period.last
            return _after(replace(series, missed=missed, period=coming, decided=decided))
        case DutyDoneLate(period=period):
            missed = {key: each for key, each in series.missed.items() if key != period.key}
            done = (*series.done, period.key)[-KEPT:]
            return replace(state, series=replace(series, missed=missed, done=done))
        case DutyExplained():
            return state
        case DutyClosed():
            return Ended(replace(series, period=None))
        case _:
            assert_never(fact)


def _after(series: Series) -> State:
    return Ended(series) if series.period is None else Running(series)
