"""How often a password may be wrong: counted by login and by address, forgotten as time goes by.

Only failures count, so whoever knows his password is held up by nobody's guessing from elsewhere for longer
than it takes the count of his login to be forgotten. The count is the store's (engine/failures.py): every
serving process sees what the others counted. What is under way is a process's own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Protocol

from engine.log import micros

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` failures at once, one more every `seconds`; so many tries under way at the same time."""

    burst: int
    seconds: int
    at_once: int

    @property
    def most(self) -> timedelta:
        """How long failures are remembered at most, were they ever so many at once."""
        return timedelta(seconds=self.seconds) * 8 * self.burst


BY_LOGIN = Allowance(10, 30, 20)
BY_ADDRESS = Allowance(60, 2, 64)


class TooMany(Exception):
    """`seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Kept(Protocol):
    """Where failures are counted: engine.failures.Failures."""

    def over(self, *names: str) -> Mapping[str, int]: ...

    def count(self, name: str, now: datetime, each: timedelta, most: timedelta) -> None: ...


@dataclass(slots=True)
class Attempts:
    """Of one event loop."""

    kept: Kept
    clock: Callable[[], datetime]
    under_way: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def one(self, login: str, address: str) -> AsyncIterator["Try"]:
        """One try, counted as a failure unless it is told that it was none. TooMany if it may not be made;
        StoreUnavailable where it cannot be counted."""
        bounds = {f"login {login}": BY_LOGIN, f"address {network(address)}": BY_ADDRESS}
        over, now = self.kept.over(*bounds), micros(self.clock())
        for name, allowed in bounds.items():
            left = allowed.burst - remembered(over.get(name, 0) - now, allowed)
            if left < 1 or self.under_way[name] >= allowed.at_once:
                raise TooMany(max(1, ceil((1 - left) * allowed.seconds)))
        tried = Try()
        self.under_way.update(bounds.keys())
        try:
            yield tried
        finally:
            self._done(bounds)
            if not tried.succeeded:
                await asyncio.to_thread(self._count, bounds)

    def _count(self, bounds: Mapping[str, Allowance]) -> None:
        now = self.clock()
        for name, allowed in bounds.items():
            self.kept.count(name, now, timedelta(seconds=allowed.seconds), allowed.most)

    def _done(self, names: Mapping[str, Allowance]) -> None:
        for name in names:
            self.under_way[name] -= 1
            if not self.under_way[name]:
                del self.under_way[name]


def remembered(ahead: int, allowed: Allowance) -> float:
    """How many failures stand, from how many microseconds it takes to forget them. What lies further ahead
    than anything is remembered was counted before the clock was set back: it is forgotten now."""
    if not 0 < ahead <= allowed.most / timedelta(microseconds=1):
        return 0.0
    return ahead / (allowed.seconds * SECOND)


@dataclass(slots=True)
class Try:
    succeeded: bool = False


def network(address: str) -> str:
    """Whom an address stands for: of IPv6 the network, since one machine has as many as it likes."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else found.exploded[:19]
    return str(found)
