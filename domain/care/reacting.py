"""What a fact about a household asks of its care plan. Told twice, it decides nothing the second time."""

from collections.abc import Iterator

from domain import care
from domain.care.commands import EndErased, FollowHousehold
from domain.households.facts import HouseholdErased, MovedIn
from domain.households.rules import household_of
from domain.messages import Recorded
from domain.reactions import Wish

NAMES = ("household.moved-in", "household.erased")
"""The facts that ask for anything."""


def asked(line: Recorded) -> Iterator[Wish]:
    cause, plan = f"{line.stream}@{line.version}", care.stream_of(household_of(line.stream))
    match line.fact:
        case MovedIn(grid=grid):
            yield Wish("care-plan", plan, FollowHousehold(grid), cause)
        case HouseholdErased():
            yield Wish("care-plan", plan, EndErased(), cause)
