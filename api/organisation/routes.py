"""The organisation over HTTP: the tree of places, its units, who may act where, bodies, and the people."""

from fastapi import APIRouter

from api.organisation import people, places, rights

__all__ = ["people", "places", "rights", "router"]

router = APIRouter()
for part in (places, rights, people):
    router.include_router(part.router)
