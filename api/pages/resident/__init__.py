"""Pages of the people themselves: report, follow, points; and the counter, where somebody helps them."""

from fastapi import APIRouter

from api.pages.resident import (
    claiming,
    counter,
    following,
    my_cases,
    my_points,
    receipts,
    redeeming,
    reporting,
)

router = APIRouter(include_in_schema=False)
for _subject in (reporting, following, my_cases, my_points, claiming, redeeming, receipts, counter):
    router.include_router(_subject.router)
