"""Care plans (关爱计划) over HTTP."""

from fastapi import APIRouter

from api.care import lists, notices, plans

router = APIRouter()
for _part in (plans, notices, lists):
    router.include_router(_part.router)
