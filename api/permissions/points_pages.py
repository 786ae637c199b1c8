"""Who may open which page of the points: rows of the table in api/permissions, method and path with the
roles and the reach. A page lets nobody do what the route it stands for does not."""

from collections.abc import Mapping

INSIDE = ("gridworker", "dispatcher", "street", "panel", "analyst", "admin")
STAFF = (*INSIDE, "unit")
EVERYBODY = (*STAFF, "resident")
DESK = ("gridworker", "dispatcher")
JUDGES = (*DESK, "street", "panel")
SHELVES = ("admin", "gridworker", "dispatcher", "street")
PANEL = ("panel",)

Rows = Mapping[str, tuple[tuple[str, ...], str]]

CLAIM, ACCOUNT = "/points/claims/{claim}", "/points/accounts/{account}"
ORDER, LIST = "/points/redemptions/{redemption}", "/points/attendance/{attendance}"


def both(path: str, roles: tuple[str, ...], reach: str) -> Rows:
    """The form and its giving."""
    return {f"GET {path}": (roles, reach), f"POST {path}": (roles, reach)}


POINTS_PAGES: Rows = {
    "GET /points": (STAFF, "own"),
    "GET /points/claims": (INSIDE, "scope"),
    "GET /points/claims.csv": (INSIDE, "scope"),
    f"GET {CLAIM}": (INSIDE, "claim"),
    **both(f"{CLAIM}/do/{{claim_command}}", JUDGES, "claim"),
    "GET /points/accounts": (INSIDE, "scope"),
    **both("/points/accounts/new", ("admin", "gridworker"), "scope"),
    f"GET {ACCOUNT}": (INSIDE, "account"),
    f"GET {ACCOUNT}/under": (INSIDE, "account"),
    f"GET {ACCOUNT}/ledger.csv": (INSIDE, "account"),
    f"GET {ACCOUNT}/statement": (INSIDE, "account"),
    f"GET {ACCOUNT}/statement.csv": (INSIDE, "account"),
    **both(f"{ACCOUNT}/do/{{account_command}}", DESK, "account"),
    "GET /points/redemptions": (STAFF, "scope"),
    f"GET {ORDER}": (STAFF, "order"),
    **both(f"{ORDER}/do/{{order_command}}", (*DESK, "unit", "panel"), "order"),
    "GET /points/settlement": (STAFF, "scope"),
    "GET /points/stock": (STAFF, "all"),
    **both("/points/stock/receive", SHELVES, "all"),
    **both("/points/stock/count", (*SHELVES, "panel"), "all"),
    "GET /points/attendance": (INSIDE, "scope"),
    **both("/points/attendance/new", DESK, "scope"),
    f"GET {LIST}": (INSIDE, "attendance"),
    **both(f"{LIST}/do/{{list_command}}", JUDGES, "attendance"),
    "GET /points/rankings": (EVERYBODY, "scope"),
    **both("/points/rankings/do/{ranking_command}", PANEL, "scope"),
    "GET /points/reviews": (INSIDE, "scope"),
    "POST /points/reviews": (PANEL, "scope"),
    "GET /points/reviews/{month}": (INSIDE, "scope"),
    "POST /points/reviews/{month}/do/{review_command}": (PANEL, "scope"),
    "GET /points/disclosures": ((), "open"),
    **both("/points/disclosures/new", PANEL, "scope"),
    "GET /points/disclosures/{half_year}": ((), "open"),
}
