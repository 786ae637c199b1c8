"""Who registers households, keeps them right, moves them, and reads of them."""

from collections.abc import Mapping

from api.permissions.kinds import OF_A_PLACE, Permit, row
from domain.households import commands as c

KEEPERS = ("gridworker", "dispatcher", "admin")
READERS = ("gridworker", "dispatcher", "street", "admin")
"""Who reads of a single household; panel and analyst see the register without a name, and count."""

REVEALERS = ("gridworker", "dispatcher", "street")

HOUSEHOLD = "/api/v1/households/{household}"

HOUSEHOLDS: Mapping[str, Permit] = {
    "GET /api/v1/households": row(OF_A_PLACE, "scope"),
    "POST /api/v1/households": row(KEEPERS, "scope", c.Register),
    f"GET {HOUSEHOLD}": row(READERS, "scope"),
    f"POST {HOUSEHOLD}/recount": row(KEEPERS, "scope", c.Recount),
    f"POST {HOUSEHOLD}/reclassify": row(KEEPERS, "scope", c.Reclassify),
    f"POST {HOUSEHOLD}/contact": row(KEEPERS, "scope", c.ChangeContact),
    f"POST {HOUSEHOLD}/move-in": row(KEEPERS, "scope", c.MoveIn),
    f"POST {HOUSEHOLD}/move-out": row(KEEPERS, "scope", c.MoveOut),
    f"POST {HOUSEHOLD}/join": row(KEEPERS, "scope", c.JoinHousehold),
    f"POST {HOUSEHOLD}/leave": row(KEEPERS, "scope", c.LeaveHousehold),
    f"POST {HOUSEHOLD}/reveal": row(REVEALERS, "scope", c.Reveal),
    f"POST {HOUSEHOLD}/erase": row(("admin",), "scope", c.Erase),
    "GET /api/v1/dwellings": row(OF_A_PLACE, "scope"),
    "GET /api/v1/dwellings/{dwelling}": row(READERS, "scope"),
    "GET /households": row(OF_A_PLACE, "scope"),
    "GET /households/new": row(KEEPERS, "scope"),
    "POST /households/new": row(KEEPERS, "scope"),
    "GET /households/{household}": row(READERS, "scope"),
    "GET /households/{household}/do/{household_command}": row(KEEPERS, "scope"),
    "POST /households/{household}/do/{household_command}": row(KEEPERS, "scope"),
    "GET /households/{household}/reveal": row(REVEALERS, "scope"),
    "POST /households/{household}/reveal": row(REVEALERS, "scope"),
    "GET /dwellings/{dwelling}": row(READERS, "scope"),
}
