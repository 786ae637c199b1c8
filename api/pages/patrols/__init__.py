"""The pages of patrols, sweeps and looks after a closing."""

from fastapi import APIRouter

from api.pages.patrols import sweeping, walking, watching

router = APIRouter(include_in_schema=False)
for _part in (walking, sweeping, watching):
    router.include_router(_part.router)
