"""Who may open which page of the visit rounds: as the routes they stand for (api/permissions/visits.py)."""

from collections.abc import Mapping

from api.permissions.kinds import OF_A_PLACE, REGISTRARS_OF_CASES, Permit, row
from api.permissions.visits import AT_WORK

ROUND = "/visits/{round}"
HOUSEHOLD = f"{ROUND}/households/{{household}}"
MEMBER = ("gridworker",)

VISIT_PAGES: Mapping[str, Permit] = {
    "GET /visits": row(OF_A_PLACE, "scope"),
    "GET /visits/new": row(REGISTRARS_OF_CASES, "scope"),
    "POST /visits/new": row(REGISTRARS_OF_CASES, "scope"),
    f"GET {ROUND}": row(OF_A_PLACE, "scope"),
    f"GET {ROUND}/attempts": row(AT_WORK, "scope"),
    f"GET {ROUND}/close": row(REGISTRARS_OF_CASES, "scope"),
    f"POST {ROUND}/close": row(REGISTRARS_OF_CASES, "scope"),
    f"GET {ROUND}/day": row(AT_WORK, "scope"),
    f"GET {ROUND}/plan": row(REGISTRARS_OF_CASES, "scope"),
    f"POST {ROUND}/plan": row(REGISTRARS_OF_CASES, "scope"),
    f"GET {HOUSEHOLD}": row(AT_WORK, "scope"),
    f"GET {HOUSEHOLD}/door": row(MEMBER, "scope"),
    f"POST {HOUSEHOLD}/door": row(MEMBER, "scope"),
    f"GET {HOUSEHOLD}/book": row(REGISTRARS_OF_CASES, "scope"),
    f"POST {HOUSEHOLD}/book": row(REGISTRARS_OF_CASES, "scope"),
    f"GET {HOUSEHOLD}/bookings/{{booking}}/cancel": row(REGISTRARS_OF_CASES, "scope"),
    f"POST {HOUSEHOLD}/bookings/{{booking}}/cancel": row(REGISTRARS_OF_CASES, "scope"),
}
