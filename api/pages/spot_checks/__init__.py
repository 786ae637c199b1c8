"""Pages of the weekly spot checks: the weeks, one week from its frame to the last re-check, and the draw that
anybody makes again."""

from fastapi import APIRouter

from api.pages.spot_checks import redrawing, week, weeks

router = APIRouter(include_in_schema=False)
for _subject in (weeks, redrawing, week):
    router.include_router(_subject.router)
