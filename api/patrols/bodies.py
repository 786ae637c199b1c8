"""The bodies of the commands of patrols, sweeps and looks after a closing."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies import Body
from api.points import bodies as b
from domain.patrols.rules import HAZARDS, PEOPLE, STOPS

Kind = Literal["daily", "joint", "sweep"]
MaybeKind = Literal["", "daily", "joint", "sweep"]
Names = Annotated[list[b.Name], Field(max_length=PEOPLE, default_factory=list)]
Evidence = Annotated[list[b.Name], Field(max_length=50, default_factory=list)]


class Reading(Body):
    quantity: b.Name
    value: Annotated[float, Field(ge=-1e9, le=1e9)]
    unit: b.Name


Readings = Annotated[list[Reading], Field(max_length=50, default_factory=list)]


class Hazard(Body):
    """Becomes a case of its own. `grid`: where it is; the grid walked if left out."""

    category: b.Name
    text: b.Text
    stop: b.MaybeName = ""
    grid: b.MaybeName = ""
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
    photos: Evidence


Hazards = Annotated[list[Hazard], Field(max_length=HAZARDS, default_factory=list)]


class Stop(Body):
    stop: b.Name
    readings: Readings
    note: b.MaybeText = ""


class Way(b.Command):
    """The route, all of it. A stop is a public place, never somebody's home."""

    name: b.Name
    grid: b.Name
    stops: Annotated[list[b.Name], Field(min_length=1, max_length=STOPS)]
    kind: Kind = "daily"
    category: b.MaybeName = ""


class Retiring(b.Command):
    reason: b.Text


class Walk(b.Command):
    """`occurred_at`: when it was walked. `kind` and `category` are the route's where they are left out."""

    grid: b.Name
    stops: Annotated[list[Stop], Field(min_length=1, max_length=STOPS)]
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    route: b.MaybeName = ""
    kind: MaybeKind = ""
    category: b.MaybeName = ""
    participants: Names
    units: Names
    evidence: Evidence
    note: b.MaybeText = ""
    hazards: Hazards


class MoreHazards(b.Command):
    hazards: Annotated[list[Hazard], Field(min_length=1, max_length=HAZARDS)]


class Sweeping(b.Command):
    """`case`: the ended one it starts from, none if left out. `category` is the case's if left out."""

    grids: Annotated[list[b.Name], Field(min_length=1, max_length=STOPS)]
    due_on: b.Day
    what: b.Text
    category: b.MaybeName = ""
    case: b.MaybeName = ""


class Check(b.Command):
    """`looked_at`: how many places. Each hazard becomes a case in the same save."""

    grid: b.Name
    looked_at: Annotated[int, Field(ge=0, le=100_000)]
    evidence: Evidence
    note: b.MaybeText = ""
    hazards: Hazards


class Survey(b.Command):
    """One place of the survey, under the number it has each time; the last status told is its row's."""

    grid: b.Name
    place: b.Name
    status: b.Name
    label: b.MaybeName = ""
    note: b.MaybeText = ""


class Closing(b.Command):
    note: b.MaybeText = ""


class Watching(b.Command):
    """`look_from`: from which day the last look counts; three days before `until` if left out."""

    until: b.Day
    look_from: b.Day | None = None
    looker: b.MaybeName = ""
    note: b.MaybeText = ""


class Looking(b.Command):
    """What came back is reopened (`then: reopen`) or registered anew; either way `text` says what it is."""

    result: Literal["stayed_away", "came_back"]
    then: Literal["", "reopen", "register"] = ""
    text: b.MaybeText = ""
    readings: Readings
    evidence: Evidence
    note: b.MaybeText = ""


class Ending(b.Command):
    reason: b.Text
