"""The pages of patrols, sweeps and looks after a closing."""

from fastapi import APIRouter

from api.pages.patrols import sweeping, walking, watching, ways

router = APIRouter(include_in_schema=False)
for _part in (ways, walking, sweeping, watching):
    router.include_router(_part.router)
