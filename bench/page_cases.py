"""A year of made-up cases as a ticket file: what `bench pages` imports, for lists as long as a city's.

The same number and end give the same file, byte for byte. Grids, units, classes and times are spread as real
ones are: a class has its unit, most rounds are done in time, the newest are still open.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import orjson

DAYS = 400
STREETS = ("north", "south")
COMMUNITIES = ("sl", "xh", "dy", "bh")
GRIDS = 8
CATEGORIES = 24
UNITS = 12
LEADS = ("heating-co", "property-co", *(f"unit-{n:02}" for n in range(2, UNITS)))
CHANNELS = ("phone", "phone", "phone", "wechat", "mini_program", "web", "patrol")
SATISFACTION = ("satisfied",) * 6 + ("basically_satisfied",) * 2 + ("dissatisfied", "no_answer")
SOLVED = ("yes",) * 7 + ("partly", "no")

Ticket = dict[str, object]


def tickets(cases: int, end: datetime) -> Iterator[Ticket]:
    """`cases` tickets of one round each, registered in the 400 days before `end`, oldest first."""
    chance = random.Random(cases)
    step = timedelta(days=DAYS) / cases
    for number in range(cases):
        yield ticket(chance, number, end - timedelta(days=DAYS) + step * number, end)


def ticket(chance: random.Random, number: int, registered: datetime, end: datetime) -> Ticket:
    category = min(chance.randrange(CATEGORIES), chance.randrange(CATEGORIES))
    channel = chance.choice(CHANNELS)
    street, community = chance.choice(STREETS), chance.choice(COMMUNITIES)
    found: Ticket = {
        "number": f"B-{number:07}",
        "category": f"class-{category:02}",
        "channel": channel,
        "origin": "proactive" if channel == "patrol" else "reactive",
        "grid": f"demo/{street}/{community}/grid-{chance.randint(1, GRIDS):02}",
        "lead": LEADS[category % UNITS],
        "text": "楼道里暖气不热,室温只有十四度。",
        "registered_at": told(registered),
    }
    if number % 50 == 0:
        ends = registered + timedelta(hours=chance.uniform(1, 20))
        return found | ({"ended": "rejected", "ended_at": told(ends)} if ends < end else {})
    at = registered
    for name, hours in (
        ("dispatched_at", 3),
        ("responded_at", 40),
        ("resolved_at", 200),
        ("followed_up_at", 40),
    ):
        at += timedelta(hours=chance.triangular(0.1, hours, hours / 8))
        if at >= end:
            break
        found[name] = told(at)
        if name == "dispatched_at":
            promised = at + timedelta(days=chance.choice((3, 5, 5, 10)))
            found |= {"respond_by": told(at + timedelta(days=1)), "first_resolve_by": told(promised)}
            found["resolve_by"] = told(promised)
    if "followed_up_at" in found:
        found |= {"satisfaction": chance.choice(SATISFACTION), "solved": chance.choice(SOLVED)}
    if "resolved_at" in found:
        found["result"] = "solved"
    return found


def told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def write(path: Path, cases: int, end: datetime) -> None:
    with path.open("wb") as file:
        for each in tickets(cases, end):
            file.write(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE))
