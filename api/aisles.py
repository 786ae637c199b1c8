"""Routes by how their addresses begin: a request is held against those that begin as it does.

FastAPI holds every request against one route after the other, twice, and there are five hundred.
"""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

API_SEGMENTS = 3
"""/api/v1/complaints: the first segment that tells routes of the api apart."""


def beginning(path: str) -> str:
    """The part of a route's address that its neighbours share: /points of /points/claims/{claim},
    /api/v1/points of /api/v1/points/claims. An address that begins with a blank is a neighbour of all."""
    segments = path.removeprefix("/").split("/")
    told = segments[: API_SEGMENTS if segments[0] == "api" else 1]
    known = next((n for n, segment in enumerate(told) if "{" in segment), len(told))
    return "/" + "/".join(told[:known])


class Aisle(APIRouter):
    """Routes whose addresses all begin with `begins`, in their order."""

    def __init__(self, begins: str) -> None:
        super().__init__()
        self.begins = begins

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope.get("path", "")
        if not path.removeprefix(scope.get("root_path", "")).startswith(self.begins):
            return Match.NONE, {}
        return super().matches(scope)
