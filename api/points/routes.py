"""Points (为爱积分) over HTTP: accounts, claims, attendance, orders, stock, rules, replays, the panel."""

from fastapi import APIRouter

from api.points import (
    accounts,
    attendance,
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

PARTS = (
    replay, accounts, claims, attendance, redemptions, stock, tariffs, what_if, rankings, reviews, panel,
)  # fmt: skip

router = APIRouter()
for part in PARTS:
    router.include_router(part.router)
