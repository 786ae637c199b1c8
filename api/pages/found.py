"""What found a case, as a link from its page: the visit at a door, the care plan, the patrol, the sweep."""

from api.pages.frame import Page
from api.permissions import TABLE
from engine.read import Filter, one

PAGES = {
    "visit": ("走访时发现的", "/visits/{round}/households/{household}"),
    "care": ("关爱走访时发现的", "/care/{care_plan}"),
    "patrol": ("巡查时发现的", "/patrols/{patrol}"),
    "sweep": ("举一反三时发现的", "/sweeps/{sweep}"),
}
"""By the beginning of the stream's name: how it is said, and its page."""
BLANKS = {"care": "care_plan", "patrol": "patrol", "sweep": "sweep"}


def finding(page: Page, found_by: str) -> tuple[str, str] | None:
    """What to say and where it leads; None where nothing found it, or its page is not for the viewer."""
    kind = found_by.partition("-")[0]
    said, path = PAGES.get(kind, ("", ""))
    permit = TABLE.get(f"GET {path}")
    if permit is None or page.role not in permit.roles:
        return None
    if kind != "visit":
        return page.say(said), page.to(path.format(**{BLANKS[kind]: found_by}))
    with page.engine.views.read() as reading:
        visit = one(reading, "visits", [Filter("id", "=", found_by)])
    return (page.say(said), page.to(path.format(**visit))) if visit else None
