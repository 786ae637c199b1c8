"""A look after a closing (反弹回潮): somebody sets a day until when an ended case is looked after again.

    unwatched ──set──▶ watching ──look──▶ over      (came back; or stayed away, from look_from on)
                          └──end──▶ over ──set──▶ watching

One stream a case, `recurrence-<case>`, so that the case's own fold knows nothing of it. What came back is
reopened, or registered anew, in the same save. The engine's own finding (a case of the same class and place
within 30 days, `RecurrenceSuspected`) is another thing: nobody has to look for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from domain.bounds import evidence, one_of, text
from domain.deciding import Decision, in_order, local_day, permit
from domain.entering import in_entry_window
from domain.messages import Dated, Envelope, clear
from domain.patrols.commands import EndWatch, Look, NoticeLookMissed, RecurrenceCommand, SetWatch
from domain.patrols.facts import (
    RecurrenceFact,
    RecurrenceLooked,
    RecurrenceLookMissed,
    RecurrenceWatchEnded,
    RecurrenceWatchSet,
)
from domain.patrols.rules import DESK, ENGINE, day_over, in_grid, judge, known_category, known_people
from domain.refusals import Refused
from domain.scene import Scene

__all__ = ["INITIAL", "NAMES", "RESULTS", "ROUTES", "TABLE", "State", "Watching", "decide", "evolve",
           "permitted", "stream_of"]  # fmt: skip

RESULTS = ("stayed_away", "came_back")
LAST_DAYS = timedelta(days=3)
"""How long before its end the last look may be taken, where nobody says."""
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Unwatched:
    pass


@dataclass(frozen=True, slots=True)
class Watching:
    watch: RecurrenceWatchSet
    set_at: datetime
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    watch: RecurrenceWatchSet


State = Unwatched | Watching | Over
INITIAL: State = Unwatched()
NAMES: Mapping[type, str] = {Unwatched: "unwatched", Watching: "watching", Over: "over"}


def stream_of(case: str) -> str:
    return f"recurrence-{case}"


def set_watch(command: SetWatch, state: Unwatched | Over, scene: Scene) -> tuple[RecurrenceWatchSet]:
    case, today = command.case, local_day(scene)
    in_grid("grid", case.grid, scene)
    if not case.ended:
        raise Refused(
            "recurrence.case-open",
            "the case is not over: there is nothing that could come back",
            case=case.id,
        )
    if not today < command.until <= today + LONGEST:
        raise Refused(
            "recurrence.until",
            f"until is {command.until}; a watch ends after today and within a year",
            help=f"until: {today + timedelta(days=1)} … {today + LONGEST}",
            until=command.until.isoformat(),
            longest=LONGEST.days,
        )
    first = command.look_from or max(today, command.until - LAST_DAYS)
    if not today <= first <= command.until:
        raise Refused(
            "recurrence.look-from",
            f"look_from is {first}; it lies between today and {command.until}",
            help=f"look_from: {today} … {command.until}",
            look_from=first.isoformat(),
        )
    looker = known_people("looker", (command.looker,), scene)[0] if command.looker else ""
    return (
        RecurrenceWatchSet(
            case.id,
            case.round,
            case.category,
            case.grid,
            first,
            command.until,
            day_over(command.until, scene),
            looker,
            clear(scene.stream, text("note", command.note)) if command.note.strip() else None,
        ),
    )


def look(command: Look, state: Watching, scene: Scene) -> tuple[RecurrenceLooked]:
    """What came back ends the watch; that it stayed away only where the last look is due, or was missed."""
    of, on = state.watch, local_day(scene, scene.occurred_at)
    in_grid("grid", of.grid, scene)
    in_order(state.set_at, scene)
    back = one_of("result", command.result, RESULTS) == "came_back"
    if back != bool(command.complaint):
        raise Refused(
            "recurrence.result",
            "what came back is reopened or registered; what stayed away is neither",
            help="result: came_back with then, stayed_away without",
        )
    category, _ = known_category(of.category, scene)
    return (
        RecurrenceLooked(
            of.case,
            command.result,
            on,
            judge(command.readings, category),
            evidence("evidence", command.evidence),
            command.complaint,
            command.reopened,
            back or on >= of.look_from,
            state.missed,
            clear(scene.stream, text("note", command.note)) if command.note.strip() else None,
        ),
    )


def end(command: EndWatch, state: Watching, scene: Scene) -> tuple[RecurrenceWatchEnded]:
    in_grid("grid", state.watch.grid, scene)
    return (RecurrenceWatchEnded(state.watch.case, clear(scene.stream, text("reason", command.reason))),)


def notice_missed(command: NoticeLookMissed, state: Watching, scene: Scene) -> tuple[Dated, ...]:
    of = state.watch
    if state.missed or scene.now <= of.due:
        return ()
    return (Dated(RecurrenceLookMissed(of.case, of.due, of.looker), of.due),)


ROLES: Mapping[type, frozenset[str]] = {
    SetWatch: DESK,
    Look: DESK,
    EndWatch: DESK,
    NoticeLookMissed: ENGINE,
}
TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unwatched: {SetWatch: set_watch},
    Watching: {Look: look, EndWatch: end, NoticeLookMissed: notice_missed},
    Over: {SetWatch: set_watch},
}
ROUTES: Mapping[str, type] = {"set": SetWatch, "look": Look, "end": EndWatch}


def decide(command: RecurrenceCommand, state: State, scene: Scene) -> tuple[RecurrenceFact | Dated, ...]:
    decision = permitted(type(command), state, scene)
    in_entry_window(scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    return permit("recurrence", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)


def evolve(state: State, fact: RecurrenceFact, envelope: Envelope) -> State:
    if isinstance(fact, RecurrenceWatchSet):
        return Watching(fact, envelope.occurred_at)
    assert not isinstance(state, Unwatched), "a watch begins by being set"
    match fact:
        case RecurrenceLooked():
            return Over(state.watch) if fact.ends else state
        case RecurrenceLookMissed():
            return replace(state, missed=True) if isinstance(state, Watching) else state
        case RecurrenceWatchEnded():
            return Over(state.watch)
        case _:
            assert_never(fact)
