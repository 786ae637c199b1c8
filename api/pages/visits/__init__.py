"""Pages of whoever calls at doors: care plans, rounds of visits and the doors of each."""

from fastapi import APIRouter

from api.pages.visits import care, care_notices, care_plan, day, door, household, rounds

router = APIRouter(include_in_schema=False)
for _subject in (care, care_notices, care_plan, rounds, day, door, household):
    router.include_router(_subject.router)
