"""The pages of the calendar of duties."""

from fastapi import APIRouter

from api.pages.duties import month, series

router = APIRouter(include_in_schema=False)
for _part in (month, series):
    router.include_router(_part.router)
