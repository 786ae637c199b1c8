"""The pages of whoever runs the place: views, rule books, the organisation and its people, what operators
did, how the parts are doing."""

from fastapi import APIRouter

from api.pages.office import adopting, books, organisation, people, rehearsing, running, trying, views

router = APIRouter()
for _part in (views, adopting, trying, rehearsing, books, people, organisation, running):
    router.include_router(_part.router)
