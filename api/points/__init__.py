"""Points (为爱积分) over HTTP: accounts, claims, orders, stock, rules, replays, and the supervision panel."""

from fastapi import APIRouter

from api.points import (
    accounts,
    claims,
    panel,
    rankings,
    redemptions,
    replay,
    reviews,
    stock,
    tariffs,
    what_if,
)

router = APIRouter()
for part in (replay, accounts, claims, redemptions, stock, tariffs, what_if, rankings, reviews, panel):
    router.include_router(part.router)
