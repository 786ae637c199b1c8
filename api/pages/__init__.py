"""The pages: people's way in. Chinese first, English a click away; every page works without a script."""

from fastapi import APIRouter

from api.pages import (
    acting,
    audit,
    capture,
    case,
    dispatching,
    duties,
    hints,
    households,
    my_day,
    office,
    patrols,
    points,
    queue,
    reading,
    registering,
    resident,
    spot_checks,
    statistics,
    visits,
)
from api.pages.compiled import prepare as prepared
from api.pages.frame import PLACES, problem_page

__all__ = ["prepare", "problem_page", "router"]

router = APIRouter(include_in_schema=False)
for _subject in (
    capture,
    my_day,
    queue,
    dispatching,
    registering,
    patrols,
    case,
    acting,
    reading,
    statistics,
    resident,
    points,
    office,
    audit,
    spot_checks,
    duties,
    visits,
    households,
    hints,
):
    router.include_router(_subject.router)


def prepare() -> None:
    """Everything a page needs that depends on no store."""
    prepared(PLACES)
