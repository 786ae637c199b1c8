"""The frame of residents' pages: large type unless somebody wants it smaller, few links, plain words."""

from typing import Any

from fastapi import Request, Response

from api.pages.forms import Sheet
from api.pages.frame import Page
from api.pages.points.window import Window
from domain.messages import Actor

SIZES = ("large", "normal")
COOKIE = "huisheng-size"
YEAR = 366 * 86_400
"""Seconds a browser remembers the size."""
ICONS = {
    "heating": "thermometer", "water": "droplet", "property": "building", "noise": "volume",
    "dispute": "users", "streetlight": "lightbulb", "consultation": "circle-help",
}  # fmt: skip
OTHER_ICON = "ellipsis"


class Plain(Page):
    """A page for anybody. Staff who look at it are shown what a stranger is shown."""

    def show(self, template: str, status: int = 200, **context: object) -> Response:
        size = size_of(self.request)
        response = super().show(template, status, **(_around(self.request, self.viewer, size) | context))
        return remembered(self.request, response, size)


class Counted(Window):
    """A page of somebody's points, in the same frame."""

    def show(self, template: str, status: int = 200, **context: object) -> Response:
        size = size_of(self.request)
        response = super().show(template, status, **(_around(self.request, self.viewer, size) | context))
        return remembered(self.request, response, size)


def _around(request: Request, viewer: Actor | None, size: str) -> dict[str, Any]:
    asking = request.method not in ("GET", "HEAD")
    own = viewer is not None and viewer.role == "resident"
    return {"size": size, "own": own, "asking": asking, "base": "resident/frame.html"}


def size_of(request: Request) -> str:
    """`?size=` before the cookie before large."""
    for wanted in (request.query_params.get("size"), request.cookies.get(COOKIE)):
        if wanted in SIZES:
            return str(wanted)
    return SIZES[0]


def remembered(request: Request, response: Response, size: str) -> Response:
    if request.query_params.get("size") in SIZES:
        response.set_cookie(
            COOKIE, size, max_age=YEAR, path="/", secure=request.url.scheme == "https", httponly=True,
            samesite="lax",
        )  # fmt: skip
    return response


def resident(viewer: Actor | None) -> Actor | None:
    """Whoever is signed in as a resident; anybody else is a stranger here."""
    return viewer if viewer is not None and viewer.role == "resident" else None


def status_of(sheet: Sheet | None) -> int:
    """422 where something has to be mended, 409 and its like where a rule says no."""
    if sheet is None or not sheet.wrong:
        return 200
    return int(sheet.refused["status"]) if sheet.refused and not sheet.faults else 422
