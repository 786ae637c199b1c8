"""The pages of capture without signal: the shell a device keeps, and what waits to be settled."""

from fastapi import APIRouter

from api.pages.capture import shell, unsettled

router = APIRouter(include_in_schema=False)
for _part in (shell, unsettled):
    router.include_router(_part.router)
