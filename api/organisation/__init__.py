"""The organisation over HTTP: the tree of places, its units, who may act where, bodies, and the people."""

from fastapi import APIRouter

from api.organisation.people import router as people
from api.organisation.places import router as places
from api.organisation.rights import router as rights

router = APIRouter()
for part in (places, rights, people):
    router.include_router(part)
