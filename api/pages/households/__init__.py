"""Pages of the households: the register with what is missing of it, one household with its three histories, a
dwelling with everybody who ever lived there."""

from fastapi import APIRouter

from api.pages.households import acting, register

router = APIRouter(include_in_schema=False)
for _part in (acting, register):
    router.include_router(_part.router)
