"""The pages of the points for staff and the panel: claims and their replay, accounts, orders, shelves, lists,
rankings, reviews, disclosures. What a resident sees of his own is a subject of its own."""

from fastapi import APIRouter

from api.pages.points import (
    accounts,
    attendance,
    claim,
    claims,
    disclosures,
    home,
    rankings,
    redemptions,
    reviews,
    statement,
    stock,
)

router = APIRouter(include_in_schema=False)
for _part in (
    home, claims, claim, accounts, statement, redemptions, stock, attendance, rankings, reviews, disclosures,
):  # fmt: skip
    router.include_router(_part.router)
