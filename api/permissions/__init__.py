"""Who may ask what: every route with the roles that may ask it, and how far their wish reaches.

Denied by default: a route without a row, or a row without its route, stops the application from starting
(api/gate.py). A role that is not in the row is refused, 403 `actor.role`; where the address names something,
whether he may know of it is asked first (404). `reach` says what a permitted caller gets:

    open        answered without sign-in
    all         the same for everybody with the role: rule books, the names of indicators
    scope       what lies in his scope: lists hold nothing else, commands touch nothing else
    own         what is his own: duties, his session
    case, account, claim, order, attendance, evidence, job …
                what the address names, where he may know of it (api/sight.py, api/points/sight.py)

docs/permissions.md shows the table to people; tests/api/test_permissions*.py hold the table, that page, the
domain's own ROLES and what the routes really do to each other.
"""

from collections.abc import Mapping

from api.permissions.capture import CAPTURE
from api.permissions.care import CARE, CARE_PAGES
from api.permissions.duties import DUTIES
from api.permissions.households import HOUSEHOLDS
from api.permissions.kinds import ADOPTERS, PROPOSERS, REACHES, ROLES, Permit
from api.permissions.pages import OF_RESIDENTS, OF_THE_POINTS, OFFICE_PAGES, PAGES
from api.permissions.patrols import PATROLS
from api.permissions.routes import (
    AUDIT,
    BOOKS,
    CASES,
    HIMSELF,
    OUTSIDE,
    OVERSIGHT,
    PLACES,
    POINTS,
    VIEWS,
)
from api.permissions.visit_pages import VISIT_PAGES
from api.permissions.visits import VISITS

__all__ = ["ADOPTERS", "PROPOSERS", "REACHES", "ROLES", "TABLE", "Permit"]

TABLE: Mapping[str, Permit] = {
    **OUTSIDE, **PAGES, **OF_THE_POINTS, **OF_RESIDENTS, **HIMSELF, **CASES, **BOOKS, **POINTS,
    **OVERSIGHT, **PLACES, **AUDIT, **VIEWS,
    **OFFICE_PAGES, **VISITS, **VISIT_PAGES, **PATROLS, **HOUSEHOLDS, **CARE, **CARE_PAGES, **CAPTURE,
    **DUTIES,
}  # fmt: skip
"""By method and path template, as the route declares it."""
