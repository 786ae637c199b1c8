"""The calendar of duties over HTTP: what recurs at a place, what became of it, and what is still to come."""

from fastapi import APIRouter

from api.duty_calendar import reading, serving

router = APIRouter()
for _part in (reading, serving):
    router.include_router(_part.router)
