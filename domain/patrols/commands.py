"""What may be asked of routes, patrols, sweeps and recurrence watches. Free text arrives plain."""

from dataclasses import dataclass
from datetime import date

from domain.complaint.commands import ReadingTaken
from domain.messages import command


@command
class SetRoute:
    """The route as it shall be, all of it: set again, it replaces what was."""

    name: str
    grid: str
    stops: tuple[str, ...]
    kind: str = "daily"
    category: str = ""


@command
class RetireRoute:
    reason: str


RouteCommand = SetRoute | RetireRoute


@dataclass(frozen=True, slots=True)
class StopVisited:
    stop: str
    readings: tuple[ReadingTaken, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A case registered in the same save. `complaint` is its new id, and comes from the engine."""

    complaint: str
    category: str
    grid: str
    stop: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The route as the engine finds it; `id` "" for a walk without one."""

    id: str = ""
    version: int = 0
    name: str = ""
    grid: str = ""
    kind: str = ""
    category: str = ""
    stops: tuple[str, ...] = ()


@command
class RecordPatrol:
    """`kind` and `category` are the route's where they are left out. `participants` beside who records it."""

    grid: str
    stops: tuple[StopVisited, ...]
    minutes: int
    kind: str = ""
    category: str = ""
    participants: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""
    route: Route = Route()
    hazards: tuple[Hazard, ...] = ()


@command
class NoteHazards:
    """Found on a patrol that is recorded already."""

    hazards: tuple[Hazard, ...]


PatrolCommand = RecordPatrol | NoteHazards


@dataclass(frozen=True, slots=True)
class CaseFound:
    """An ended case as the engine finds it: its round, where and what it is. `id` "" for none."""

    id: str = ""
    category: str = ""
    grid: str = ""
    round: int = 0
    ended: bool = False


@command
class OpenSweep:
    """`category` is the case's where it is left out."""

    grids: tuple[str, ...]
    due_on: date
    what: str
    category: str = ""
    case: CaseFound = CaseFound()


@command
class CheckGrid:
    grid: str
    looked_at: int
    evidence: tuple[str, ...] = ()
    note: str = ""
    hazards: tuple[Hazard, ...] = ()


@command
class SurveyPlace:
    grid: str
    place: str
    status: str
    label: str = ""
    note: str = ""


@command
class CloseSweep:
    note: str = ""


@command
class NoticeSweepOverdue:
    """By the watch."""


SweepCommand = OpenSweep | CheckGrid | SurveyPlace | CloseSweep | NoticeSweepOverdue


@command
class SetWatch:
    """`look_from` is `until` minus three days where it is left out, but not before the day it is set."""

    until: date
    case: CaseFound
    look_from: date | None = None
    looker: str = ""
    note: str = ""


@command
class Look:
    """`reopened`: the case itself is reopened in the same save; `complaint`: the new one's id, else ""."""

    result: str
    readings: tuple[ReadingTaken, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""
    complaint: str = ""
    reopened: bool = False


@command
class EndWatch:
    reason: str


@command
class NoticeLookMissed:
    """By the watch."""


RecurrenceCommand = SetWatch | Look | EndWatch | NoticeLookMissed
