"""Which cases the demo has: who says what, where, when, through which channel, and what it meets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from random import Random

from api.demo_users import USERS
from engine.ids import derived_id
from scripts.demo.people import GRIDS, Home, Neighbour, home, neighbour
from scripts.demo.stories import DAY, Fate
from scripts.demo.texts import Matter, matters

CASES = 400
DAYS = 425
"""Fourteen months."""

TODAY = ((0, 6), (0, 19), (8, 40), (10, 20), (13, 50), (16, 10), (19, 30))
"""When the last cases come in, on the day of loading (hour, minute)."""

FATES = (
    ["plain"] * 38
    + ["late"] * 10
    + ["responded late"] * 5
    + ["dispatched late"] * 4
    + ["extended"] * 5
    + ["extended twice"]
    + ["extension refused"] * 2
    + ["declined"] * 5
    + ["declined twice"] * 2
    + ["second attempt"] * 4
    + ["unreached"] * 2
    + ["no answer"] * 2
    + ["forgotten"] * 3
    + ["rated"] * 2
    + ["spot check"] * 4
    + ["supervised"]
    + ["reopened by resident"]
    + ["split", "merged", "merged", "unmerged"]
    + ["rejected", "rejected", "withdrawn"]
    + ["recurring"] * 2
)
"""What the cases of each hundred meet, apart from those that need a second round."""

STALLS = (
    "stalled before dispatch",
    "stalled before response",
    "stalled in handling",
    "stalled before follow-up",
)
STALLED = 36
"""Among so many of the latest cases three of four stall, so that there is something to chase: where one of
their age would be. They are taken up again within two working days, so that nothing lies about for weeks."""

SEASONS = {
    True: {"heating": 30, "water": 11, "property": 20, "noise": 8, "dispute": 8, "streetlight": 7,
           "consultation": 9, "other": 7},
    False: {"heating": 0, "water": 14, "property": 28, "noise": 14, "dispute": 11, "streetlight": 9,
            "consultation": 13, "other": 11},
}  # fmt: skip
CHANNELS = {
    "hotline": 40, "mini_program": 18, "wechat": 8, "contact_card": 8, "counter": 6, "web": 6, "phone": 5,
    "upper_level": 3, "listening_day": 3, "visit": 3,
}  # fmt: skip
BY_HIMSELF = ("mini_program", "web", "wechat")


@dataclass(slots=True)
class Beginning:
    """One case before it is registered."""

    number: int
    at: datetime
    chance: Random
    fate: Fate
    category: str
    matter: Matter
    home: Home
    who: Neighbour | None
    channel: str
    urgency: str

    @property
    def stream(self) -> str:
        return case_id(self.number)


def case_id(number: int, part: int = 0) -> str:
    return derived_id("c", "demo", str(number), str(part))


def beginnings(day: datetime) -> Iterator[Beginning]:
    """All cases, the oldest first. `day` is the local midnight with which the day of loading begins."""
    fates: list[str] = []
    before = day
    for hundred in range(ceil(CASES / 100)):
        chunk = list(FATES)
        Random(f"fates-{hundred}").shuffle(chunk)
        fates += chunk
    for number in range(CASES):
        chance = Random(f"case-{number}")
        left = CASES - 1 - number
        if left < len(TODAY):
            hour, minute = TODAY[len(TODAY) - 1 - left]
            at = day + timedelta(hours=hour, minutes=minute)
        else:
            days = ceil(DAYS * (left / CASES) ** 1.6)
            at = (
                day
                - days * DAY
                + timedelta(minutes=chance.randint(7 * 60, 21 * 60), seconds=chance.randint(0, 59))
            )
        fate = fates[number]
        if fate in ("merged", "unmerged") and number:
            at = before + timedelta(minutes=chance.randint(2, 6))
        if len(TODAY) <= left < STALLED and left % 4 != 3:
            fate = STALLS[min(left // 9, 2) + (left >= 18 and left % 2)]
        before = at
        yield _beginning(number, at, chance, fate, today=left < len(TODAY))


def _beginning(number: int, at: datetime, chance: Random, fate: str, *, today: bool) -> Beginning:
    seasons = SEASONS[at.month in (11, 12, 1, 2, 3)]
    (category,) = chance.choices(list(seasons), list(seasons.values()))
    (channel,) = chance.choices(list(CHANNELS), list(CHANNELS.values()))
    (urgency,) = chance.choices(["normal", "urgent", "emergency"], [88, 8, 4])
    place = home(chance)
    who: Neighbour | None = neighbour(chance.randrange(280))
    possible = matters().complaints
    if chance.random() < 0.13 and not today:
        possible, who = matters().hazards, None
        category = chance.choice(sorted(possible))
        channel = "patrol" if chance.random() < 0.8 else "visit"
    if number % 45 == 7:
        who, channel, place = RESIDENT_NEIGHBOUR, "mini_program", RESIDENT_HOME
        category, possible = "property", matters().complaints
        fate = "plain" if fate in ("merged", "unmerged", "recurring") else fate  # those happen elsewhere
    again = 0.3 if category == "heating" else 0.12
    rounds = 1 if chance.random() > again else 3 if chance.random() < 0.2 else 2
    if today or fate in STALLS:
        fate, rounds = ("plain" if today else fate), 1
    matter = chance.choice(possible[category])
    return Beginning(number, at, chance, Fate(fate, rounds), category, matter, place, who, channel, urgency)


RESIDENT_NEIGHBOUR = Neighbour("resident", USERS["resident"].name, "10000000000")
"""The demo user `resident`."""

RESIDENT_HOME = Home(GRIDS[0], 3, 2, "602", 44.5018, 120.2008)
