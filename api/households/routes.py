"""Households over HTTP: the register, one household with its dwellings, people and points card, moves."""

from fastapi import APIRouter

from api.households import commands, dwellings, personal, register

router = APIRouter()
for part in (register, commands, personal, dwellings):
    router.include_router(part.router)
