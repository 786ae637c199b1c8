"""Who of the invented community has an account, and when he opened it."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.messages import Actor
from domain.points.account import account_of
from engine.ids import derived_id
from scripts.demo.people import GRIDS, RESIDENT, neighbour

NEIGHBOURS = 37


@dataclass(frozen=True, slots=True)
class Holder:
    """`opened` counts days before the day of loading. `pace` is about how many days pass between two deeds.
    An elder has others file and order for him. Whose claims a dispute is about does not order by himself."""

    person: str
    kind: str
    grid: str
    opened: int
    pace: int
    elder: bool = False
    orders: bool = True

    @property
    def account(self) -> str:
        return account_of(self.person)

    @property
    def actor(self) -> Actor:
        return Actor(self.person, "resident", self.grid)


DISPUTED = (9, 18, 25, 33)
"""Neighbours whose claims are disputed: ruled and final, appealed against, still open, overturned."""


def disputed(case: int) -> Holder:
    return _neighbour(DISPUTED[case])


def holders() -> Iterator[Holder]:
    """Forty accounts: `resident`, neighbours, a household and a temporary card."""
    yield Holder(RESIDENT.person, "resident", RESIDENT.scope, 275, 9)
    yield from map(_neighbour, range(NEIGHBOURS))
    yield Holder(derived_id("h", "demo", "1"), "household", GRIDS[2], 262, 14)
    yield Holder("card-017", "temporary", GRIDS[4], 120, 21)


def _neighbour(number: int) -> Holder:
    return Holder(
        person=neighbour(number).person,
        kind="resident",
        grid=GRIDS[number % len(GRIDS)],
        opened=240 + number % 35,
        pace=7 + number * 5 % 17,
        elder=number % 6 == 4,
        orders=number not in DISPUTED,
    )
