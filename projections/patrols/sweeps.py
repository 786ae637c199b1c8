"""The projection of sweeps: one row each, one for each of its grids, one for each place of its survey."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.messages import Recorded
from domain.patrols import facts as f
from projections.case import micros
from projections.patrols.tables import SWEEP_GRIDS, SWEEP_PLACES, SWEEPS
from projections.rowing import kept, listed
from projections.views import Row


class Grid(NamedTuple):
    """What the looks through it came to."""

    grid: str
    looks: int = 0
    looked_at: int = 0
    complaints: tuple[str, ...] = ()
    last_on: str = ""
    last_by: str = ""


class Place(NamedTuple):
    grid: str
    place: str
    status: str
    surveyed_on: str
    surveyed_by: str
    label: str
    note: str
    times: int


class Sweep(NamedTuple):
    id: str
    case: str
    category: str
    due_on: str
    due: int
    opened_by: str
    opened_at: int
    what: str
    version: int
    position: int
    opened_position: int
    grids: tuple[Grid, ...]
    places: tuple[Place, ...] = ()
    state: str = "sweeping"
    overdue: bool = False
    closed_by: str = ""
    closed_at: int = 0
    note: str = ""

    @property
    def complaints(self) -> tuple[str, ...]:
        return tuple([complaint for each in self.grids for complaint in each.complaints])

    @property
    def checked(self) -> int:
        return sum(each.looks > 0 for each in self.grids)


def fold(state: Sweep | None, line: Recorded) -> Sweep:
    """The sweep after the fact. ValueError for a stream that does not begin with its opening."""
    fact, at, by = line.fact, micros(line.occurred_at), line.actor.person
    if isinstance(fact, f.SweepOpened):
        return Sweep(
            id=line.stream,
            case=fact.case,
            category=fact.category,
            due_on=fact.due_on.isoformat(),
            due=micros(fact.due),
            opened_by=by,
            opened_at=at,
            what=kept(line, fact.what, "what").json,
            version=line.version,
            position=line.position,
            opened_position=line.position,
            grids=tuple([Grid(grid) for grid in fact.grids]),
        )
    if state is None:
        raise ValueError(f"{line.stream} does not begin with its opening")
    state = state._replace(version=line.version, position=line.position)
    match fact:
        case f.SweepGridChecked():
            return state._replace(grids=tuple([_looked(each, fact, by) for each in state.grids]))
        case f.PlaceSurveyed():
            return state._replace(places=_surveyed(state.places, fact, line))
        case f.SweepOverdue():
            return state._replace(overdue=True)
        case f.SweepClosed(note=note):
            said = "" if note is None else kept(line, note, "note").json
            return state._replace(state="closed", closed_by=by, closed_at=at, note=said)
    return state


def _looked(grid: Grid, fact: f.SweepGridChecked, by: str) -> Grid:
    if grid.grid != fact.grid:
        return grid
    complaints = (*grid.complaints, *fact.complaints)
    looked_at, on = grid.looked_at + fact.looked_at, fact.checked_on.isoformat()
    return Grid(grid.grid, grid.looks + 1, looked_at, complaints, on, by)


def _surveyed(places: tuple[Place, ...], fact: f.PlaceSurveyed, line: Recorded) -> tuple[Place, ...]:
    """The last status told is the row's; a label once given stays until another is."""
    was = next((each for each in places if (each.grid, each.place) == (fact.grid, fact.place)), None)
    label = "" if fact.label is None else kept(line, fact.label, "label").json
    now = Place(
        fact.grid,
        fact.place,
        fact.status,
        fact.surveyed_on.isoformat(),
        line.actor.person,
        label or (was.label if was else ""),
        "" if fact.note is None else kept(line, fact.note, "note").json,
        1 + (was.times if was else 0),
    )
    return (*[each for each in places if each is not was], now)


def row(state: Sweep) -> Row:
    open_ = state.state == "sweeping"
    return {
        "id": state.id,
        "case": state.case,
        "category": state.category,
        "grid": above([each.grid for each in state.grids]),
        "grids": len(state.grids),
        "checked": state.checked,
        "looked_at": sum(each.looked_at for each in state.grids),
        "found": len(state.complaints),
        "complaints": listed(state.complaints),
        "state": state.state,
        "overdue": int(state.overdue),
        "due_on": state.due_on,
        "due": state.due,
        "next_by": state.due if open_ and not state.overdue and state.checked < len(state.grids) else None,
        "opened_by": state.opened_by,
        "opened_at": state.opened_at,
        "closed_by": state.closed_by,
        "closed_at": state.closed_at or None,
        "what": state.what,
        "note": state.note or None,
        "version": state.version,
        "position": state.position,
        "opened_position": state.opened_position,
    }


def above(grids: Sequence[str]) -> str:
    """The lowest node they all lie in, or are."""
    shared: list[str] = []
    for nodes in zip(*(grid.split("/") for grid in grids), strict=False):
        if len(set(nodes)) > 1:
            break
        shared.append(nodes[0])
    return "/".join(shared)


def grid_rows(state: Sweep) -> list[Row]:
    left = "due" if state.state == "sweeping" else "left"
    return [
        {
            "sweep": state.id,
            "grid": each.grid,
            "state": "checked" if each.looks else left,
            "due": state.due,
            "looks": each.looks,
            "looked_at": each.looked_at,
            "found": len(each.complaints),
            "complaints": listed(each.complaints),
            "last_on": each.last_on,
            "last_by": each.last_by,
        }
        for each in state.grids
    ]


def place_rows(state: Sweep) -> list[Row]:
    return [
        {"sweep": state.id, **each._asdict(), "label": each.label or None, "note": each.note or None}
        for each in state.places
    ]


class Sweeps:
    NAME = "sweeps"
    VERSION = 1
    TABLES = (SWEEPS, SWEEP_GRIDS, SWEEP_PLACES)
    FACTS: frozenset[type] = frozenset(f.SweepFact.__args__)
    STATE = Sweep

    def subject(self, line: Recorded) -> str:
        """A sweep is its stream."""
        return line.stream

    def fold(self, state: Sweep | None, line: Recorded) -> Sweep:
        return fold(state, line)

    def rows(self, state: Sweep) -> Mapping[str, Sequence[Row]]:
        return {"sweeps": [row(state)], "sweep_grids": grid_rows(state), "sweep_places": place_rows(state)}

    def marks(self, before: Sweep | None, after: Sweep, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


SWEEP_BOOK = Sweeps()
