"""What patrols, sweeps and looks after a closing leave in the log. Free text is sealed under the stream."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.complaint.facts import Reading
from domain.messages import Sealed, fact

# ------------------------------------------------------------------ routes and patrols


@fact("patrol.route-set")
class RouteSet:
    """A list of stops to be walked in a grid, as it is from now on. A stop is a public place (a heat station,
    a shaft, a stairway), never somebody's home. `kind`: daily, joint, sweep. Readings are judged by what the
    `category` requires; "" judges none."""

    name: str
    grid: str
    kind: str
    category: str
    stops: tuple[str, ...]


@fact("patrol.route-retired")
class RouteRetired:
    reason: Sealed


@dataclass(frozen=True, slots=True)
class StopChecked:
    stop: str
    readings: tuple[Reading, ...]
    note: Sealed | None


@fact("patrol.recorded")
class PatrolRecorded:
    """`patrolled_on` is the local day it happened. `route` "" for a walk without one; `route_version` is the
    route as it was walked. `missed` are stops of the route nobody looked at. `participants` are people's ids,
    `units` who else came along; `minutes` how long it took, `out_of_range` how many readings were."""

    route: str
    route_version: int
    name: str
    grid: str
    kind: str
    category: str
    category_version: str
    patrolled_on: date
    participants: tuple[str, ...]
    units: tuple[str, ...]
    stops: tuple[StopChecked, ...]
    missed: tuple[str, ...]
    out_of_range: int
    minutes: int
    evidence: tuple[str, ...]
    note: Sealed | None


@fact("patrol.hazard-found")
class HazardFound:
    """Registered in the same save as the case `complaint`, which names this patrol in `found_by`. `stop` ""
    where it was between stops."""

    complaint: str
    category: str
    grid: str
    stop: str


RouteFact = RouteSet | RouteRetired
PatrolFact = PatrolRecorded | HazardFound

# ------------------------------------------------------------------ sweeps 举一反三


@fact("sweep.opened")
class SweepOpened:
    """From one ended `case` ("" for a periodic one) to the class it belongs to, over `grids`. Overdue once
    `due`, the end of the local day `due_on`, has passed."""

    case: str
    category: str
    grids: tuple[str, ...]
    due_on: date
    due: datetime
    what: Sealed


@fact("sweep.grid-checked")
class SweepGridChecked:
    """One look through a grid; a later one adds to it. `looked_at` is how many places were looked at,
    `complaints` the cases registered in the same save: the yield."""

    grid: str
    checked_on: date
    looked_at: int
    complaints: tuple[str, ...]
    evidence: tuple[str, ...]
    note: Sealed | None


@fact("sweep.place-surveyed")
class PlaceSurveyed:
    """One row of the survey: a shop, a lamp, a household's certificate. `place` is its number or code, the
    same each time; the last status told is the row's. `status` is a word of the sweep's own."""

    grid: str
    place: str
    status: str
    surveyed_on: date
    label: Sealed | None
    note: Sealed | None


@fact("sweep.overdue")
class SweepOverdue:
    """Dated at the deadline. `grids` were not looked through by then."""

    due: datetime
    grids: tuple[str, ...]


@fact("sweep.closed")
class SweepClosed:
    """`checked` of its grids were looked through, and `found` cases came of it."""

    checked: tuple[str, ...]
    unchecked: tuple[str, ...]
    looked_at: int
    found: int
    note: Sealed | None


SweepFact = SweepOpened | SweepGridChecked | PlaceSurveyed | SweepOverdue | SweepClosed

# ------------------------------------------------------------------ looks after a closing 反弹回潮


@fact("recurrence.watch-set")
class RecurrenceWatchSet:
    """Somebody looks after the ended `case` again: any day, and for the last time from `look_from` to
    `until`. Missed once `due`, the end of the local day `until`, has passed. `looker` "" for whoever works
    in the grid."""

    case: str
    round: int
    category: str
    grid: str
    look_from: date
    until: date
    due: datetime
    looker: str
    note: Sealed | None


@fact("recurrence.looked")
class RecurrenceLooked:
    """`result`: stayed_away, came_back. What came back is the case itself, `reopened` in the same save, or a
    new one (`complaint`). `ends` the watch. `late` where the last look had been missed."""

    case: str
    result: str
    looked_on: date
    readings: tuple[Reading, ...]
    evidence: tuple[str, ...]
    complaint: str
    reopened: bool
    ends: bool
    late: bool
    note: Sealed | None


@fact("recurrence.missed")
class RecurrenceLookMissed:
    """Dated at the deadline."""

    case: str
    due: datetime
    looker: str


@fact("recurrence.watch-ended")
class RecurrenceWatchEnded:
    """Given up without a last look."""

    case: str
    reason: Sealed


RecurrenceFact = RecurrenceWatchSet | RecurrenceLooked | RecurrenceLookMissed | RecurrenceWatchEnded
