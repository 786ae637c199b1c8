"""The calendar of duties (履职日历): what recurs at a place, a series of periods each, done or missed.

    unopened ──open──▶ running ──close, or the book has no such line──▶ ended ──open──▶ running

A period is done by a fact that does it (domain/duties/doing.py) or by hand, with a note. Past its deadline it
is missed: a fact dated at the deadline, said once, whoever was late to notice. Done after that, both facts
stand. A series is the stream `duty-<what>-<place>`; one fact a period.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.bounds import TEXT, evidence, said
from domain.deciding import check_role, permit
from domain.duties import periods
from domain.duties.commands import CloseSeries, Command, Done, DoneBy, Explain, NoticeMissed, OpenSeries
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
from domain.duties.state import INITIAL, NAMES, Ended, Running, Series, State, Unopened, evolve
from domain.messages import ENGINE, Dated, Envelope, Sealed
from domain.organisation import within
from domain.refusals import Refused
from domain.rule_books.duty_rules import DutyLine, DutyRules
from domain.scene import Scene

__all__ = [
    "INITIAL", "NAMES", "ROUTES", "TABLE",
    "CloseSeries", "Command", "Done", "DoneBy", "DutyFact", "Ended", "Explain", "NoticeMissed", "OpenSeries",
    "Period", "Running", "Series", "State", "Terms", "Unopened",
    "coming", "decide", "evolve", "owes", "periods", "permitted", "stream_of",
]  # fmt: skip

Facts = tuple[DutyFact | Dated, ...]

MISSED_AT_ONCE = 400
"""Periods said to be missed by one command: a year of days. What is left is said by the next one."""

BELATED = timedelta(hours=72)
"""Told later than this after the deadline, a duty counts as done when that was recorded."""

OVERSEERS = frozenset({"dispatcher", "street", "admin"})
OWNERS = frozenset({"gridworker", "dispatcher", "unit", "street", "panel"})


def stream_of(what: str, place: str) -> str:
    """duty-patrol-demo.north.sl.grid-01"""
    return f"duty-{what}-{place.replace('/', '.')}"


# ------------------------------------------------------------------ opening, closing


def open_series(command: OpenSeries, state: Unopened | Ended, scene: Scene) -> Facts:
    """From the first period on that begins after now: nobody is asked for what had begun before."""
    if scene.stream != stream_of(command.what, command.place):
        raise ValueError(f"{command.what} of {command.place} was sent to the stream {scene.stream}")
    grid = scene.organisation.grid(command.place)
    if grid is None:
        raise Refused("grid.unknown", f"there is no grid {command.place!r}", grid=command.place)
    _overseen(command.place, scene)
    today = scene.organisation.local_date(scene.now)
    from_day = max(today, command.from_day or today)
    rules = scene.books.duties(from_day)
    line = rules.get(command.what)
    if line is None:
        raise Refused(
            "duty.unknown",
            f"the book of duties {rules.version} has no {command.what!r}",
            help=f"what: {', '.join(rules.lines)}",
            what=command.what,
            version=rules.version,
        )
    if line.level != grid.level:
        raise Refused(
            "duty.level",
            f"{line.code} is a duty of a {line.level}; {grid.path} is a {grid.level}",
            help=f"level: {line.level}",
            what=line.code,
            level=line.level,
        )
    moment = scene.now
    if from_day > today:
        moment = periods.midnight(from_day, scene.organisation.zone)
    decided = None if isinstance(state, Unopened) else state.series.decided
    calendar = scene.books.calendar_on(from_day)
    first = periods.opening(line, calendar, scene.organisation.zone, moment, decided)
    opened = DutyOpened(command.what, command.place, terms_of(line, rules.version), first)
    return (Dated(opened, scene.now),)


def terms_of(line: DutyLine, version: str) -> Terms:
    return Terms(version, line.zh, line.en, line.rhythm, line.level, line.role, line.unit, line.done_by)


def already(command: OpenSeries, state: Running, scene: Scene) -> Facts:
    """A series that runs is open."""
    return ()


def close_series(command: CloseSeries, state: Running, scene: Scene) -> Facts:
    """The place is no more, or the duty none of its own any longer. What is past its deadline is missed."""
    series = state.series
    _overseen(series.place, scene)
    facts, after = _caught_up(state, scene)
    left = after.series.period
    if left is None:
        return facts
    reason = said(scene.stream, "reason", command.reason, TEXT)
    return (*facts, DutyClosed(series.what, series.place, left.key, reason))


def _overseen(place: str, scene: Scene) -> None:
    """Whoever opens and closes series answers for the place."""
    actor = scene.actor
    if actor.role == "engine" or (actor.role == "admin" and not actor.scope):
        return
    if not actor.scope or not within(place, actor.scope):
        raise Refused(
            "duty.outside-scope",
            "the place lies outside what you answer for",
            help=f"place: {actor.scope} or below",
            place=place,
            scope=actor.scope,
        )


# ------------------------------------------------------------------ missed


def notice_missed(command: NoticeMissed, state: Running, scene: Scene) -> Facts:
    return _caught_up(state, scene, MISSED_AT_ONCE)[0]


def _caught_up(state: Running | Ended, scene: Scene, most: int = 0) -> tuple[Facts, Running | Ended]:
    """A fact for each period whose deadline has passed, in order (`most` of them, 0: all), and the series
    after them. Exactly at the deadline is in time."""
    facts: list[DutyFact | Dated] = []
    while (period := state.series.period) is not None and period.due < scene.now:
        if most and len(facts) >= most:
            break
        series = state.series
        next_one, terms = coming(series, period, period.due, scene)
        said_now: list[DutyFact] = [DutyMissed(series.what, series.place, period, next_one)]
        if next_one is not None and terms != series.terms:
            said_now.append(DutyChanged(terms))
        for each in said_now:
            facts.append(Dated(each, period.due))
            state = evolve(state, each, Envelope(period.due, ENGINE))  # type: ignore[assignment]
    return tuple(facts), state


def coming(series: Series, period: Period, at: datetime, scene: Scene) -> tuple[Period | None, Terms]:
    """The period after this one, and its terms, by the books in force on the local day of `at`; (None, as
    they were) where the book has no such line any more."""
    day = scene.organisation.local_date(at)
    rules: DutyRules = scene.books.duties(day)
    line = rules.get(series.what)
    if line is None or line.level != series.terms.level:
        return None, series.terms
    since = periods.dated_last(period) + timedelta(days=1)
    calendar = scene.books.calendar_on(day)
    return periods.following(line, calendar, scene.organisation.zone, since), terms_of(line, rules.version)


# ------------------------------------------------------------------ done


def done(command: Done, state: Running | Ended, scene: Scene) -> Facts:
    _owned(state.series, scene)
    files = evidence("evidence", command.evidence)
    note = said(scene.stream, "note", command.note, TEXT)
    if command.period in state.series.done:
        return ()
    facts, after = _caught_up(state, scene)
    _open_already(after.series, command.period, scene)
    more = _done(after, command.period, scene, "", "", note, files)
    if more is None:
        raise Refused(
            "duty.period-unknown",
            f"no period {command.period} is open or missed",
            help=f"period: {_asked(after.series)}",
            period=command.period,
        )
    return (*facts, *more)


def done_by(command: DoneBy, state: Running | Ended, scene: Scene) -> Facts:
    series = state.series
    if command.name not in series.terms.done_by:
        return ()
    facts, after = _caught_up(state, scene)
    key = command.period or _falls_into(after.series, command.at)
    more = _done(after, key, scene, command.name, command.cause, None, ()) if key else None
    return (*facts, *(more or ()))


def _falls_into(series: Series, at: datetime | None) -> str:
    if at is None:
        return ""
    asked = [*series.missed.values(), *([series.period] if series.period else [])]
    return next((each.key for each in asked if each.opens <= at < each.due), "")


def _done(
    state: Running | Ended,
    key: str,
    scene: Scene,
    by: str,
    cause: str,
    note: Sealed | None,
    files: tuple[str, ...],
) -> Facts | None:
    """None where the series asks for no such period."""
    series, at = state.series, scene.occurred_at
    if (missed := series.missed.get(key)) is not None:
        in_time = at <= missed.due and scene.now <= missed.due + BELATED
        return (DutyDoneLate(series.what, series.place, missed, in_time, by, cause, note, files),)
    period = series.period
    if period is None or period.key != key:
        return None
    next_one, terms = coming(series, period, scene.now, scene)
    fact = DutyDone(series.what, series.place, period, by, cause, note, files, next_one)
    changed = (DutyChanged(terms),) if next_one is not None and terms != series.terms else ()
    return (fact, *changed)


def _open_already(series: Series, key: str, scene: Scene) -> None:
    """Nobody has done what is not asked for yet."""
    period = series.missed.get(key) or series.period
    if period is not None and period.key == key and min(scene.occurred_at, scene.now) < period.opens:
        raise Refused(
            "duty.not-open-yet",
            f"{period.key} is asked for from {period.opens.isoformat()} on",
            help=f"occurred_at from {period.opens.isoformat()}",
            period=period.key,
            opens=period.opens,
        )


def _asked(series: Series) -> str:
    keys = [*series.missed, *([series.period.key] if series.period else [])]
    return ", ".join(keys[-10:]) or "none"


def owes(role: str, scope: str, terms: Terms, place: str) -> bool:
    """Whether whoever acts so is asked for the duty: the unit, or the role that answers for the place."""
    if terms.role == "unit":
        return role == "unit" and scope == terms.unit
    return role == terms.role and bool(scope) and within(place, scope)


def _owned(series: Series, scene: Scene) -> None:
    if not owes(scene.actor.role, scene.actor.scope, series.terms, series.place):
        raise Refused(
            "duty.not-yours",
            f"the duty is the {series.terms.role}'s of {series.terms.unit or series.place}",
            help=f"role: {series.terms.role}",
            role=series.terms.role,
            place=series.terms.unit or series.place,
        )


def explain(command: Explain, state: Running | Ended, scene: Scene) -> Facts:
    """Why it was missed: its owner says so, or whoever oversees the place. It may be said again."""
    series = state.series
    if scene.actor.role in OVERSEERS:
        _overseen(series.place, scene)
    else:
        _owned(series, scene)
    facts, after = _caught_up(state, scene)
    if command.period not in after.series.missed:
        raise Refused(
            "duty.not-missed",
            f"{command.period} is not missed",
            help=f"period: {', '.join(list(after.series.missed)[-10:]) or 'none'}",
            period=command.period,
        )
    reason = said(scene.stream, "reason", command.reason, TEXT)
    return (*facts, DutyExplained(series.what, series.place, command.period, reason))


# ------------------------------------------------------------------ decide and evolve

ROLES: Mapping[type, frozenset[str]] = {
    OpenSeries: OVERSEERS | {"engine"},
    CloseSeries: OVERSEERS,
    NoticeMissed: frozenset({"engine"}),
    Done: OWNERS,
    DoneBy: frozenset({"engine"}),
    Explain: OWNERS | OVERSEERS,
}

TABLE: Mapping[type, Mapping[type, Callable[[Any, Any, Scene], Facts]]] = {
    Unopened: {OpenSeries: open_series},
    Running: {
        OpenSeries: already,
        NoticeMissed: notice_missed,
        Done: done,
        DoneBy: done_by,
        Explain: explain,
        CloseSeries: close_series,
    },
    Ended: {OpenSeries: open_series, Done: done, DoneBy: done_by, Explain: explain},
}

ROUTES: Mapping[str, type] = {"done": Done, "explain": Explain, "close": CloseSeries}
"""What the outside calls each command that people give to a series."""


def decide(command: Command, state: State, scene: Scene) -> Facts:
    """A fact or a clock that comes where nothing is asked for decides nothing."""
    if isinstance(command, DoneBy | NoticeMissed):
        check_role(type(command), scene, ROLES[type(command)])
        if type(command) not in TABLE[type(state)]:
            return ()
    return permitted(type(command), state, scene)(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Callable[[Any, Any, Scene], Facts]:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    decision = permit("duty", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    return decision
