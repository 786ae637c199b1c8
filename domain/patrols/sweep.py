"""A sweep (举一反三): from one ended case to everything of its class, grid by grid, with what it yields.

    none ──open──▶ sweeping ──close──▶ closed

Its stream is `sweep-…`. A grid is looked through once or more often; what is found there is registered in the
same save. A survey (逐户逐店登记) is a sweep with a row for each place. Past its day the watch says so, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from domain.bounds import NAME, evidence, items, text, whole
from domain.deciding import Decision, in_order, local_day, permit
from domain.entering import in_entry_window
from domain.messages import Dated, Envelope, clear
from domain.patrols.commands import (
    CheckGrid,
    CloseSweep,
    NoticeSweepOverdue,
    OpenSweep,
    SurveyPlace,
    SweepCommand,
)
from domain.patrols.facts import (
    PlaceSurveyed,
    SweepClosed,
    SweepFact,
    SweepGridChecked,
    SweepOpened,
    SweepOverdue,
)
from domain.patrols.rules import (
    DESK,
    ENGINE,
    OFFICE,
    STOPS,
    day_over,
    hazards_inside,
    in_grid,
    known_category,
)
from domain.refusals import Refused
from domain.scene import Scene

__all__ = ["INITIAL", "NAMES", "ROUTES", "TABLE", "Closed", "State", "Sweep", "Sweeping", "decide", "evolve",
           "permitted"]  # fmt: skip

PLACES = 100_000
"""Places of one look, rows of one survey at most."""


@dataclass(frozen=True, slots=True)
class Yield:
    """What the looks through one grid came to."""

    looks: int = 0
    looked_at: int = 0
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sweep:
    """`grids`: what each yielded so far, in the order they were named."""

    case: str
    category: str
    due: datetime
    opened_at: datetime
    grids: Mapping[str, Yield] = field(default_factory=dict)
    overdue: bool = False

    @property
    def unchecked(self) -> tuple[str, ...]:
        return tuple(grid for grid, each in self.grids.items() if not each.looks)

    @property
    def checked(self) -> tuple[str, ...]:
        return tuple(grid for grid, each in self.grids.items() if each.looks)

    @property
    def complaints(self) -> tuple[str, ...]:
        return tuple(complaint for each in self.grids.values() for complaint in each.complaints)


@dataclass(frozen=True, slots=True)
class Unopened:
    pass


@dataclass(frozen=True, slots=True)
class Sweeping:
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class Closed:
    sweep: Sweep


State = Unopened | Sweeping | Closed
INITIAL: State = Unopened()
NAMES: Mapping[type, str] = {Unopened: "unopened", Sweeping: "sweeping", Closed: "closed"}


def open_sweep(command: OpenSweep, state: Unopened, scene: Scene) -> tuple[SweepOpened]:
    case = command.case
    if case.id and not case.ended:
        raise Refused(
            "sweep.case-open",
            f"{case.id} is not over yet: what it teaches is known at its end",
            help="case: an ended one, or none",
            case=case.id,
        )
    category, _ = known_category(command.category or case.category, scene)
    if not category.code:
        raise Refused("sweep.category-asked", "a sweep is of one class", help="category: a class")
    items("grids", command.grids, least=1, most=STOPS)
    for n, grid in enumerate(command.grids):
        in_grid("grids", grid, scene)
        if grid in command.grids[:n]:
            raise Refused("list.twice", f"grids names {grid} twice", field="grids", value=grid)
    due = _from_today("due_on", command.due_on, scene)
    what = clear(scene.stream, text("what", command.what))
    return (SweepOpened(case.id, category.code, command.grids, command.due_on, due, what),)


def _from_today(name: str, day: date, scene: Scene) -> datetime:
    """The end of a day that is not over. Refused `patrol.day-over`."""
    today = local_day(scene)
    if day < today:
        raise Refused(
            "patrol.day-over",
            f"{name} is {day}, and that day is over",
            help=f"{name}: {today} or later",
            field=name,
            day=day.isoformat(),
        )
    return day_over(day, scene)


def check_grid(command: CheckGrid, state: Sweeping, scene: Scene) -> tuple[SweepGridChecked]:
    in_order(state.sweep.opened_at, scene)
    _of_the_sweep(command.grid, state, scene)
    hazards_inside(command.hazards, command.grid, scene)
    return (
        SweepGridChecked(
            command.grid,
            local_day(scene, scene.occurred_at),
            whole("looked_at", command.looked_at, 0, PLACES),
            tuple(hazard.complaint for hazard in command.hazards),
            evidence("evidence", command.evidence),
            clear(scene.stream, text("note", command.note)) if command.note.strip() else None,
        ),
    )


def survey(command: SurveyPlace, state: Sweeping, scene: Scene) -> tuple[PlaceSurveyed]:
    in_order(state.sweep.opened_at, scene)
    _of_the_sweep(command.grid, state, scene)
    return (
        PlaceSurveyed(
            command.grid,
            text("place", command.place, NAME),
            text("status", command.status, NAME),
            local_day(scene, scene.occurred_at),
            clear(scene.stream, text("label", command.label, NAME)) if command.label.strip() else None,
            clear(scene.stream, text("note", command.note)) if command.note.strip() else None,
        ),
    )


def _of_the_sweep(grid: str, state: Sweeping, scene: Scene) -> None:
    in_grid("grid", grid, scene)
    if grid not in state.sweep.grids:
        raise Refused(
            "sweep.grid-not-in-it",
            f"{grid} is none of the grids of this sweep",
            help=f"grid: {', '.join(state.sweep.grids)}",
            grid=grid,
        )


def notice_overdue(command: NoticeSweepOverdue, state: Sweeping, scene: Scene) -> tuple[Dated, ...]:
    """Once, and only where a grid is left."""
    of = state.sweep
    if of.overdue or not of.unchecked or scene.now <= of.due:
        return ()
    return (Dated(SweepOverdue(of.due, of.unchecked), of.due),)


def close(command: CloseSweep, state: Sweeping, scene: Scene) -> tuple[SweepClosed]:
    """With grids left unchecked only with a word on why."""
    of = state.sweep
    in_order(of.opened_at, scene)
    if of.unchecked and not command.note.strip():
        raise Refused(
            "sweep.grids-left",
            f"{len(of.unchecked)} grids were not looked through",
            help="note: why it is closed without them",
            left=len(of.unchecked),
            grids=of.unchecked,
        )
    note = clear(scene.stream, text("note", command.note)) if command.note.strip() else None
    looked_at = sum(each.looked_at for each in of.grids.values())
    return (SweepClosed(of.checked, of.unchecked, looked_at, len(of.complaints), note),)


ROLES: Mapping[type, frozenset[str]] = {
    OpenSweep: OFFICE,
    CheckGrid: DESK,
    SurveyPlace: DESK,
    CloseSweep: OFFICE,
    NoticeSweepOverdue: ENGINE,
}
TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unopened: {OpenSweep: open_sweep},
    Sweeping: {
        CheckGrid: check_grid,
        SurveyPlace: survey,
        CloseSweep: close,
        NoticeSweepOverdue: notice_overdue,
    },
    Closed: {},
}
ROUTES: Mapping[str, type] = {"checks": CheckGrid, "places": SurveyPlace, "close": CloseSweep}


def decide(command: SweepCommand, state: State, scene: Scene) -> tuple[SweepFact | Dated, ...]:
    decision = permitted(type(command), state, scene)
    in_entry_window(scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    return permit("sweep", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)


def evolve(state: State, fact: SweepFact, envelope: Envelope) -> State:
    if isinstance(fact, SweepOpened):
        grids = {grid: Yield() for grid in fact.grids}
        return Sweeping(Sweep(fact.case, fact.category, fact.due, envelope.occurred_at, grids))
    assert not isinstance(state, Unopened), "a sweep begins by being opened"
    of = state.sweep
    match fact:
        case SweepGridChecked():
            was = of.grids[fact.grid]
            now = Yield(was.looks + 1, was.looked_at + fact.looked_at, (*was.complaints, *fact.complaints))
            return Sweeping(replace(of, grids={**of.grids, fact.grid: now}))
        case PlaceSurveyed():
            return state
        case SweepOverdue():
            return Sweeping(replace(of, overdue=True))
        case SweepClosed():
            return Closed(of)
        case _:
            assert_never(fact)
