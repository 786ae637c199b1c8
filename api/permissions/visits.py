"""Who opens rounds of visits, writes down what came of them, plans a day, and reads what a round came to."""

from collections.abc import Mapping

from api.permissions.kinds import OF_A_PLACE, REGISTRARS_OF_CASES, Permit, row
from domain.visits import plans, rounds, visiting

AT_WORK = (*REGISTRARS_OF_CASES, "admin")
"""Who reads of single households; panel and analyst count them."""

ROUND = "/api/v1/visits/rounds/{round}"

VISITS: Mapping[str, Permit] = {
    "POST /api/v1/visits/rounds": row(REGISTRARS_OF_CASES, "scope", rounds.OpenRound),
    "GET /api/v1/visits/rounds": row(OF_A_PLACE, "scope"),
    "GET /api/v1/visits/coverage": row(OF_A_PLACE, "scope"),
    f"GET {ROUND}": row(OF_A_PLACE, "scope"),
    f"POST {ROUND}/close": row(REGISTRARS_OF_CASES, "scope", rounds.CloseRound),
    f"POST {ROUND}/attempts": row(("gridworker",), "scope", visiting.Attempt),
    f"GET {ROUND}/attempts": row(AT_WORK, "scope"),
    f"GET {ROUND}/households": row(AT_WORK, "scope"),
    f"GET {ROUND}/households/{{household}}": row(AT_WORK, "scope"),
    f"POST {ROUND}/bookings": row(REGISTRARS_OF_CASES, "scope", visiting.Book),
    f"GET {ROUND}/bookings": row(AT_WORK, "scope"),
    f"POST {ROUND}/households/{{household}}/bookings/{{booking}}/cancel": row(
        REGISTRARS_OF_CASES, "scope", visiting.CancelBooking
    ),
    f"POST {ROUND}/plans": row(REGISTRARS_OF_CASES, "scope", plans.MakePlan),
    f"GET {ROUND}/plans": row(AT_WORK, "scope"),
}
