"""Where stories of points begin: an account with points, a claim in dispute, a ruling."""

from datetime import date

from domain.points import account, claim
from domain.points.account.commands import CarryOver
from tests.domain.points_spec import ADMIN, LAN, Community, books_with, sample

ACCOUNT = account.account_of(LAN.person)


def with_points(points: int = 20, known=None) -> Community:
    village = Community(known)
    village.open()
    village.do("account", ACCOUNT, CarryOver(points, "paper", date(2025, 3, 31)), ADMIN)
    return village


def supervised(**changes) -> Community:
    return with_points(20, books_with(supervision={**sample("supervision-2025-1.toml"), **changes}))


def opened() -> Community:
    village = Community()
    village.appoint()
    village.open()
    return village


def state_of(village: Community, stream: str) -> str:
    return claim.state_name(village.state("claim", stream))


def disputed(quantity: int = 3, **more) -> tuple[Community, str]:
    village = opened()
    trips = village.earn("shopping-for-elder", quantity, **more)
    village.dispute(trips)
    return village, trips


def ruled(proven: int = 1) -> tuple[Community, str]:
    village, trips = disputed()
    village.rule(trips, proven)
    return village, trips
