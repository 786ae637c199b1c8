"""The bodies of the commands of patrols, sweeps and looks after a closing."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api import kinds
from api.bodies import Body
from domain.patrols.rules import HAZARDS, PEOPLE, STOPS

Kind = Literal["daily", "joint", "sweep"]
MaybeKind = Literal["", "daily", "joint", "sweep"]
Names = Annotated[list[kinds.Name], Field(max_length=PEOPLE, default_factory=list)]
Evidence = Annotated[list[kinds.Name], Field(max_length=50, default_factory=list)]


class Reading(Body):
    quantity: kinds.Name
    value: Annotated[float, Field(ge=-1e9, le=1e9)]
    unit: kinds.Name


Readings = Annotated[list[Reading], Field(max_length=50, default_factory=list)]


class Hazard(Body):
    """Becomes a case of its own. `grid`: where it is; the grid walked if left out."""

    category: kinds.Name
    text: kinds.Text
    stop: kinds.MaybeName = ""
    grid: kinds.MaybeName = ""
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
    photos: Evidence


Hazards = Annotated[list[Hazard], Field(max_length=HAZARDS, default_factory=list)]


class Stop(Body):
    stop: kinds.Name
    readings: Readings
    note: kinds.MaybeText = ""


class Way(kinds.Command):
    """The route, all of it. A stop is a public place, never somebody's home."""

    name: kinds.Name
    grid: kinds.Name
    stops: Annotated[list[kinds.Name], Field(min_length=1, max_length=STOPS)]
    kind: Kind = "daily"
    category: kinds.MaybeName = ""


class Retiring(kinds.Command):
    reason: kinds.Text


class Walk(kinds.Command):
    """`occurred_at`: when it was walked. `kind` and `category` are the route's where they are left out."""

    grid: kinds.Name
    stops: Annotated[list[Stop], Field(min_length=1, max_length=STOPS)]
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    route: kinds.MaybeName = ""
    kind: MaybeKind = ""
    category: kinds.MaybeName = ""
    participants: Names
    units: Names
    evidence: Evidence
    note: kinds.MaybeText = ""
    hazards: Hazards


class MoreHazards(kinds.Command):
    hazards: Annotated[list[Hazard], Field(min_length=1, max_length=HAZARDS)]


class Sweeping(kinds.Command):
    """`case`: the ended one it starts from, none if left out. `category` is the case's if left out."""

    grids: Annotated[list[kinds.Name], Field(min_length=1, max_length=STOPS)]
    due_on: kinds.Day
    what: kinds.Text
    category: kinds.MaybeName = ""
    case: kinds.MaybeName = ""


class Check(kinds.Command):
    """`looked_at`: how many places. Each hazard becomes a case in the same save."""

    grid: kinds.Name
    looked_at: Annotated[int, Field(ge=0, le=100_000)]
    evidence: Evidence
    note: kinds.MaybeText = ""
    hazards: Hazards


class Survey(kinds.Command):
    """One place of the survey, under the number it has each time; the last status told is its row's."""

    grid: kinds.Name
    place: kinds.Name
    status: kinds.Name
    label: kinds.MaybeName = ""
    note: kinds.MaybeText = ""


class Closing(kinds.Command):
    note: kinds.MaybeText = ""


class Watching(kinds.Command):
    """`look_from`: from which day the last look counts; three days before `until` if left out."""

    until: kinds.Day
    look_from: kinds.Day | None = None
    looker: kinds.MaybeName = ""
    note: kinds.MaybeText = ""


class Looking(kinds.Command):
    """What came back is reopened (`then: reopen`) or registered anew; either way `text` says what it is."""

    result: Literal["stayed_away", "came_back"]
    then: Literal["", "reopen", "register"] = ""
    text: kinds.MaybeText = ""
    readings: Readings
    evidence: Evidence
    note: kinds.MaybeText = ""


class Ending(kinds.Command):
    reason: kinds.Text
