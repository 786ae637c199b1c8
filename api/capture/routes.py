"""Capture without signal over HTTP: the list taken along, what is brought in, what is settled by hand."""

from fastapi import APIRouter

from api.capture import along, settling, uploading

router = APIRouter()
for _part in (along, uploading, settling):
    router.include_router(_part.router)
