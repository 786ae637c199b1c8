"""Pages of whoever calls at doors: care plans."""

from fastapi import APIRouter

from api.pages.visits import care, care_notices, care_plan

router = APIRouter(include_in_schema=False)
for _subject in (care, care_notices, care_plan):
    router.include_router(_subject.router)
