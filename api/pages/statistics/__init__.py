"""The figures as pages: every rate by month, each indicator with its formula, and the cases behind each
number."""

from fastapi import APIRouter

from api.pages.statistics import counted, indicator, outreach, overview, publications, units

__all__ = ["router"]

router = APIRouter()
for _page in (overview, outreach, units, counted, indicator, publications):
    router.include_router(_page.router)
