"""Signing in: does its time tell who is known, and does it keep others waiting?"""

import asyncio
import random
import statistics
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from api.demo_users import PASSWORD, USERS, enrol, keep_accounts
from api.problems import Problem
from api.signing_in.attempts import Attempts
from api.signing_in.door import Door
from api.signing_in.passwords import Passwords
from api.signing_in.rules import Rules
from bench.ours import COMMUNITY
from bench.over_http import Caller, served, signed_in
from scripts.opening import opened
from scripts.setting_up import apply, load

AT_ONCE = 20
TOLERATED = 0.6


def told_apart(folder: Path, tries: int, moved: Callable[[int, int | None], None]) -> dict[str, Any]:
    """Wrong passwords of known and of unknown logins, in random order. `auc`: how well their time alone tells
    them apart, from 0.5 (not at all) to 1 (always)."""
    with opened(folder / "store") as engine:
        apply(engine.desk, load(COMMUNITY))
        enrol(engine)
        keep_accounts(engine, Passwords().hash(PASSWORD), engine.clock())
        door = Door(engine, Rules(), demo=True)
        # Each look at this clock lets every earlier failure be forgotten: it is the check that is measured.
        ticks, began = count(0, 100_000), engine.clock()
        door.attempts = Attempts(engine.failures, lambda: began + timedelta(seconds=next(ticks)))
        known, unknown = asyncio.run(_timed(door, tries, moved))
        door.close()
    return {
        "tries": tries,
        "known_ms": in_ms(statistics.median(known)),
        "unknown_ms": in_ms(statistics.median(unknown)),
        "auc": round(separation(known, unknown), 3),
    }


async def _timed(
    door: Door, tries: int, moved: Callable[[int, int | None], None]
) -> tuple[list[float], list[float]]:
    chance, names = random.Random(7), list(USERS)
    order = [True, False] * tries
    chance.shuffle(order)
    found: dict[bool, list[float]] = {True: [], False: []}
    for n, known in enumerate([True, False] * 5 + order):
        login = chance.choice(names) if known else f"stranger{chance.randrange(10**6)}"
        began = time.perf_counter()
        try:
            await door.person(login, "wrong", "127.0.0.1")
        except Problem:
            taken = time.perf_counter() - began
        if n >= 10:  # the first warm up threads and files
            found[known].append(taken)
        moved(n, len(order) + 10)
    return found[True], found[False]


def in_ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def separation(one: list[float], other: list[float]) -> float:
    """The area under the ROC curve of “which of the two is it?”, whichever side is guessed."""
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks = sum(rank for rank, (_, mine) in enumerate(ranked, 1) if mine)
    area = (ranks - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))
    return max(area, 1 - area)


def others_wait(folder: Path, seconds: float) -> dict[str, Any]:
    """How long a page of cases takes while twenty sign in again and again, and while nobody does."""
    with served(folder, cases=500) as port:
        caller = Caller(port)
        alone = _asked(caller, seconds)
        done, entered = threading.Event(), [0] * AT_ONCE
        names = list(USERS)

        def sign_in(n: int) -> None:
            while not done.is_set():
                signed_in.__wrapped__(port, names[n % len(names)])
                entered[n] += 1

        threads = [threading.Thread(target=sign_in, args=(n,)) for n in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        crowded = _asked(caller, seconds)
        done.set()
        for thread in threads:
            thread.join()
    return {
        "alone_ms": in_ms(statistics.median(alone)),
        "crowded_ms": in_ms(statistics.median(crowded)),
        "crowded_worst_ms": in_ms(max(crowded)),
        "signed_in_per_second": round(sum(entered) / seconds, 1),
    }


def _asked(caller: Caller, seconds: float) -> list[float]:
    ends, found = time.monotonic() + seconds, []
    while time.monotonic() < ends:
        began = time.perf_counter()
        caller.ask("GET", "/api/v1/complaints?limit=20")
        found.append(time.perf_counter() - began)
    return found
