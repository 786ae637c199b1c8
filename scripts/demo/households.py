"""The households of the demo: 960 in eight grids, in flats and shops; some moved, some are nowhere now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from domain.households import commands as c
from domain.households import orders
from domain.households.orders import Home
from domain.households.rules import stream_of
from domain.messages import Actor
from domain.steps import Seen, Step
from engine.ids import derived_id
from scripts.demo.past import Act, Past, Story
from scripts.demo.people import COMPOUNDS, GIVEN, GRIDS, RESIDENT, SURNAMES, grid_members, neighbour

HOUSEHOLDS = 960
PER_GRID = HOUSEHOLDS // len(GRIDS)
TOGETHER = 60
"""Households entered in one order: the register was there before the demo begins."""

HOLDERS = {260: derived_id("h", "demo", "1"), 530: "card-017"}
"""Households that have a points account of their own (scripts/demo/holders.py), by number: so they are
called."""

MOVES = {31: 90, 173: 60, 298: 41, 441: 23, 666: 12, 815: 5}
"""Days before the day of loading when a household moved into the next flat that stood empty."""

GONE = {97: 75, 350: 48, 602: 30, 900: 9}
"""Days before the day of loading when a household moved out."""

MEMBERS = 37
"""The neighbours with a points account (scripts/demo/holders.py) belong to households of their grids, and the
demo user `resident` to the first."""

KINDS = [""] * 10 + ["resident"] * 48 + ["employed"] * 30 + ["key"] * 6 + ["shop"] * 6
TENURES = ["own"] * 6 + ["rent"] * 3 + [""]


@dataclass(frozen=True, slots=True)
class Entry:
    """The nth household as the register tells it; always the same one."""

    number: int

    @property
    def grid(self) -> str:
        return GRIDS[self.number // PER_GRID]

    @property
    def id(self) -> str:
        return HOLDERS.get(self.number, f"sl-{self.number + 1:04}")

    @property
    def stream(self) -> str:
        return stream_of(self.id)

    @property
    def home(self) -> Home:
        return _home(self.grid, self.number % PER_GRID, self.id, Random(f"tenure-{self.number}"))

    def steps(self) -> tuple[Step, ...]:
        chance, home = Random(f"household-{self.number}"), self.home
        kind = chance.choice(KINDS)
        people = None if chance.random() < 0.02 else chance.choice((1, 2, 2, 2, 3, 3, 3, 4, 5))
        name = chance.choice(SURNAMES) + chance.choice(GIVEN)
        phone = f"100{50_000_000 + self.number}" if chance.random() < 0.8 else ""
        entry = c.TakeOver(
            home.grid, "demo", home.compound, people, kind, name, phone, home.dwelling, home.tenancy
        )
        joins = tuple(Step("household", self.stream, c.JoinHousehold(who)) for who in self.people)
        return (*orders.enter(self.stream, entry, home), *joins)

    @property
    def people(self) -> tuple[str, ...]:
        """Of those who belong to it, the ones the demo knows by name."""
        if self.number == 0:
            return (RESIDENT.person,)
        grid, place = divmod(self.number, PER_GRID)
        number = (place - 1) * len(GRIDS) + grid
        return (neighbour(number).person,) if place > 0 and number < MEMBERS else ()


def _home(grid: str, place: int, household: str, chance: Random) -> Home:
    """A flat by its number in the grid: five houses of two entrances, six floors, two flats on each. Those
    from 120 on stand in a sixth house, and are empty."""
    compound = COMPOUNDS[GRIDS.index(grid)]
    house, rest = divmod(place, 24)
    entrance, rest = divmod(rest, 12)
    flat = f"{rest // 2 + 1}0{rest % 2 + 1}"
    dwelling = derived_id("dw", "demo", grid, str(place))
    return Home(
        dwelling,
        derived_id("ten", "demo", household, str(place)),
        grid,
        compound,
        f"{compound}{house + 1}号楼{entrance + 1}单元{flat}室",
        chance.choice(TENURES),
    )


def entries() -> Iterator[Entry]:
    return (Entry(number) for number in range(HOUSEHOLDS))


def subjects() -> Iterator[str]:
    """Whose keys are needed: households' and dwellings'."""
    for entry in entries():
        yield entry.stream
        yield entry.home.dwelling


def enter(past: Past, at: datetime, actor: Actor) -> None:
    """All of them at once, as of `at`."""
    every = list(entries())
    for first in range(0, HOUSEHOLDS, TOGETHER):
        past.do(at, actor, *(step for each in every[first : first + TOGETHER] for step in each.steps()))


def begin(past: Past, day: datetime) -> None:
    """Let the moves be told; `day` is the local midnight with which the day of loading begins."""
    for number, before in MOVES.items():
        past.begin(day - timedelta(days=before), moved(past, Entry(number), day - timedelta(days=before)))
    for number, before in GONE.items():
        past.begin(day - timedelta(days=before), left(past, Entry(number), day - timedelta(days=before)))


def moved(past: Past, entry: Entry, day: datetime) -> Story:
    """Into a flat of the sixth house, on the 10th hour of the day."""
    home = _home(entry.grid, PER_GRID + entry.number % 24, entry.id, Random(f"moved-{entry.number}"))

    def steps() -> tuple[Step, ...]:
        held = past.seen("household", entry.stream)
        return orders.move_in(entry.stream, Seen(held.state, held.version), home)

    yield Act(day + timedelta(hours=10), grid_members(entry.grid)[0], steps)


def left(past: Past, entry: Entry, day: datetime) -> Story:
    def steps() -> tuple[Step, ...]:
        held = past.seen("household", entry.stream)
        seen = Seen(held.state, held.version)
        return orders.move_out(entry.stream, seen, "房子卖了，搬到外地")

    yield Act(day + timedelta(hours=15), grid_members(entry.grid)[0], steps)
