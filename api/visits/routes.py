"""Visit rounds over HTTP: rounds, attempts and the complaints they bring, bookings, plans, coverage."""

from fastapi import APIRouter

from api.visits import attempts, bookings, lists, planning, rounds

router = APIRouter()
for _part in (rounds, lists, attempts, bookings, planning):
    router.include_router(_part.router)
