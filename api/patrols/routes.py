"""Patrols and their routes, sweeps of a class, looks after a closing, over HTTP."""

from fastapi import APIRouter

from api.patrols import looks, sweeps, walks, ways

router = APIRouter()
for _part in (ways, walks, sweeps, looks):
    router.include_router(_part.router)
