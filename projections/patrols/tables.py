"""The tables of patrols, sweeps and looks after a closing."""

from projections.views import Table

ROUTES = Table(
    "patrol_routes",
    {
        "id": "text",
        "name": "text",
        "grid": "text",
        "kind": "text",
        "category": "text",
        "stops": "text",
        "state": "text",
        "set_by": "text",
        "set_at": "int",
        "reason": "text",
        "version": "int",
        "position": "int",
        "set_position": "int",
    },
    key=("id",),
    indexes=(("set_position",), ("grid", "set_position")),
)
"""`state`: set, retired. `stops` is a JSON list, `reason` sealed."""

PATROLS = Table(
    "patrols",
    {
        "id": "text",
        "route": "text",
        "name": "text",
        "grid": "text",
        "kind": "text",
        "category": "text",
        "patrolled_on": "text",
        "patrolled_at": "int",
        "recorded_by": "text",
        "participants": "text",
        "units": "text",
        "stops": "text",
        "checked": "int",
        "missed": "text",
        "readings": "int",
        "out_of_range": "int",
        "minutes": "int",
        "hazards": "int",
        "complaints": "text",
        "evidence": "text",
        "note": "text",
        "version": "int",
        "position": "int",
        "recorded_position": "int",
    },
    key=("id",),
    indexes=(("recorded_position",), ("grid", "recorded_position"), ("patrolled_on", "recorded_position")),
)
"""`stops` is JSON: stop, its readings, its note sealed. `checked` stops, `readings` taken; `complaints` are
the cases of its hazards, JSON. `patrolled_on` is the local day."""

SWEEPS = Table(
    "sweeps",
    {
        "id": "text",
        "case": "text",
        "category": "text",
        "grid": "text",
        "grids": "int",
        "checked": "int",
        "looked_at": "int",
        "found": "int",
        "complaints": "text",
        "state": "text",
        "overdue": "int",
        "due_on": "text",
        "due": "int",
        "next_by": "int",
        "opened_by": "text",
        "opened_at": "int",
        "closed_by": "text",
        "closed_at": "int",
        "what": "text",
        "note": "text",
        "version": "int",
        "position": "int",
        "opened_position": "int",
    },
    key=("id",),
    indexes=(("opened_position",), ("case", "opened_position"), ("next_by",)),
)
"""`grid` is the lowest node all its grids lie in. `found` cases are its yield. `next_by` is when the watch
has to look whether a grid was left, null once there is nothing to notice."""

SWEEP_GRIDS = Table(
    "sweep_grids",
    {
        "sweep": "text",
        "grid": "text",
        "state": "text",
        "due": "int",
        "looks": "int",
        "looked_at": "int",
        "found": "int",
        "complaints": "text",
        "last_on": "text",
        "last_by": "text",
    },
    key=("sweep", "grid"),
    indexes=(("grid", "due"),),
)
"""A task for each grid: `state` is due, checked, or left (the sweep was closed without it)."""

SWEEP_PLACES = Table(
    "sweep_places",
    {
        "sweep": "text",
        "grid": "text",
        "place": "text",
        "status": "text",
        "surveyed_on": "text",
        "surveyed_by": "text",
        "label": "text",
        "note": "text",
        "times": "int",
    },
    key=("sweep", "grid", "place"),
)
"""The survey: a row for each place, as it was last told. `label` and `note` are sealed."""

RECURRENCES = Table(
    "recurrence_watches",
    {
        "id": "text",
        "case": "text",
        "round": "int",
        "category": "text",
        "grid": "text",
        "state": "text",
        "look_from": "text",
        "until": "text",
        "due": "int",
        "next_by": "int",
        "looker": "text",
        "looks": "int",
        "missed": "int",
        "result": "text",
        "complaint": "text",
        "reopened": "int",
        "last_on": "text",
        "set_by": "text",
        "set_at": "int",
        "note": "text",
        "version": "int",
        "position": "int",
        "set_position": "int",
    },
    key=("id",),
    indexes=(("set_position",), ("grid", "set_position"), ("next_by",)),
)
"""The last watch set on a case. `state`: watching, stayed_away, came_back, ended. `next_by` is when the watch
of the engine has to look whether somebody looked, null once it was noticed or is over."""
