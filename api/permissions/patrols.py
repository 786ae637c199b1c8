"""Who sets routes, walks them, sweeps a class, and looks whether a case comes back."""

from collections.abc import Mapping

from api.permissions.kinds import OF_A_PLACE, OFFICE, REGISTRARS_OF_CASES, Permit, row
from domain.patrols import commands as c

ROUTE = "/api/v1/patrols/routes/{route}"
SWEEP = "/api/v1/sweeps/{sweep}"
WATCH = "/api/v1/complaints/{complaint}/recurrence-watch"

PATROLS: Mapping[str, Permit] = {
    "POST /api/v1/patrols/routes": row(REGISTRARS_OF_CASES, "scope", c.SetRoute),
    "GET /api/v1/patrols/routes": row(OF_A_PLACE, "scope"),
    f"GET {ROUTE}": row(OF_A_PLACE, "scope"),
    f"POST {ROUTE}/set": row(REGISTRARS_OF_CASES, "scope", c.SetRoute),
    f"POST {ROUTE}/retire": row(REGISTRARS_OF_CASES, "scope", c.RetireRoute),
    "POST /api/v1/patrols": row(REGISTRARS_OF_CASES, "scope", c.RecordPatrol),
    "GET /api/v1/patrols": row(OF_A_PLACE, "scope"),
    "GET /api/v1/patrols/hazards": row(OF_A_PLACE, "scope"),
    "GET /api/v1/patrols/{patrol}": row(OF_A_PLACE, "scope"),
    "POST /api/v1/patrols/{patrol}/hazards": row(REGISTRARS_OF_CASES, "scope", c.NoteHazards),
    "POST /api/v1/sweeps": row(OFFICE, "scope", c.OpenSweep),
    "GET /api/v1/sweeps": row(OF_A_PLACE, "scope"),
    f"GET {SWEEP}": row(OF_A_PLACE, "scope"),
    f"POST {SWEEP}/checks": row(REGISTRARS_OF_CASES, "scope", c.CheckGrid),
    f"POST {SWEEP}/places": row(REGISTRARS_OF_CASES, "scope", c.SurveyPlace),
    f"POST {SWEEP}/close": row(OFFICE, "scope", c.CloseSweep),
    f"GET {WATCH}": row(OF_A_PLACE, "case"),
    f"POST {WATCH}": row(REGISTRARS_OF_CASES, "case", c.SetWatch),
    f"POST {WATCH}/look": row(REGISTRARS_OF_CASES, "case", c.Look),
    f"POST {WATCH}/end": row(REGISTRARS_OF_CASES, "case", c.EndWatch),
    "GET /api/v1/recurrence-watches": row(OF_A_PLACE, "scope"),
    "GET /patrols": row(OF_A_PLACE, "scope"),
    "GET /patrols/new": row(REGISTRARS_OF_CASES, "scope"),
    "POST /patrols/new": row(REGISTRARS_OF_CASES, "scope"),
    "GET /patrols/routes/new": row(REGISTRARS_OF_CASES, "scope"),
    "POST /patrols/routes/new": row(REGISTRARS_OF_CASES, "scope"),
    "GET /patrols/routes/{route}": row(OF_A_PLACE, "scope"),
    "GET /patrols/routes/{route}/do/{route_command}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /patrols/routes/{route}/do/{route_command}": row(REGISTRARS_OF_CASES, "scope"),
    "GET /patrols/{patrol}": row(OF_A_PLACE, "scope"),
    "GET /patrols/{patrol}/do/{patrol_command}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /patrols/{patrol}/do/{patrol_command}": row(REGISTRARS_OF_CASES, "scope"),
    "GET /sweeps": row(OF_A_PLACE, "scope"),
    "GET /sweeps/new": row(OFFICE, "scope"),
    "POST /sweeps/new": row(OFFICE, "scope"),
    "GET /sweeps/{sweep}": row(OF_A_PLACE, "scope"),
    "GET /sweeps/{sweep}/do/{sweep_command}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /sweeps/{sweep}/do/{sweep_command}": row(REGISTRARS_OF_CASES, "scope"),
    "GET /complaints/{complaint}/recurrence-watch": row(OF_A_PLACE, "case"),
    "GET /complaints/{complaint}/recurrence-watch/do/{watch_command}": row(REGISTRARS_OF_CASES, "case"),
    "POST /complaints/{complaint}/recurrence-watch/do/{watch_command}": row(REGISTRARS_OF_CASES, "case"),
}
