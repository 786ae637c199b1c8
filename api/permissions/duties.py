"""Who looks at the calendar of duties, who notes a duty done, and who opens and closes what recurs."""

from collections.abc import Mapping

from api.permissions.kinds import STAFF, Permit, row
from domain.duties import CloseSeries, Done, Explain, OpenSeries

OVERSEERS = ("dispatcher", "street", "admin")
OWNERS = ("gridworker", "dispatcher", "unit", "street", "panel")
DUTY = "/api/v1/duties/{duty}"

DUTIES: Mapping[str, Permit] = {
    "GET /api/v1/duties/calendar": row(STAFF, "scope"),
    "GET /api/v1/duties/series": row(STAFF, "scope"),
    "POST /api/v1/duties/series": row(OVERSEERS, "scope", OpenSeries),
    f"GET {DUTY}": row(STAFF, "scope"),
    f"GET {DUTY}/periods": row(STAFF, "scope"),
    f"POST {DUTY}/done": row(OWNERS, "scope", Done),
    f"POST {DUTY}/explain": row((*OWNERS, "admin"), "scope", Explain),
    f"POST {DUTY}/close": row(OVERSEERS, "scope", CloseSeries),
    "GET /duties": row(STAFF, "scope"),
    "GET /duties/{duty}": row(STAFF, "scope"),
    "GET /duties/{duty}/do/{duty_command}": row((*OWNERS, "admin"), "scope"),
    "POST /duties/{duty}/do/{duty_command}": row((*OWNERS, "admin"), "scope"),
}
