"""How often a password may be wrong: counted by login and by address, forgotten as time goes by.

Only failures count, so whoever knows his password is held up by nobody's guessing from elsewhere for longer
than it takes the bucket of his login to refill. Each serving process counts for itself.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from math import ceil

REMEMBERED = 20_000
"""Logins, and addresses, whose failures are remembered (about 200 bytes each); the longest quiet go first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` failures at once, one more every `seconds`; so many tries under way at the same time."""

    burst: float
    seconds: float
    at_once: int


BY_LOGIN = Allowance(10, 30.0, 20)
BY_ADDRESS = Allowance(60, 2.0, 64)


class TooMany(Exception):
    """`seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class _Bucket:
    left: float
    since: float
    under_way: int = 0


@dataclass(slots=True)
class Attempts:
    """Of one event loop. `clock` counts seconds."""

    clock: Callable[[], float] = time.monotonic
    logins: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    addresses: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)

    @contextmanager
    def one(self, login: str, address: str) -> Iterator["Try"]:
        """One try, counted as a failure unless it is told that it was none. TooMany if it may not be made."""
        mine = self._bucket(self.logins, login, BY_LOGIN)
        here = self._bucket(self.addresses, network(address), BY_ADDRESS)
        for bucket, allowed in ((mine, BY_LOGIN), (here, BY_ADDRESS)):
            if bucket.left < 1 or bucket.under_way >= allowed.at_once:
                raise TooMany(max(1, ceil((1 - bucket.left) * allowed.seconds)))
        tried = Try()
        mine.under_way += 1
        here.under_way += 1
        try:
            yield tried
        finally:
            for bucket in (mine, here):
                bucket.under_way -= 1
                bucket.left -= not tried.succeeded

    def _bucket(self, among: OrderedDict[str, _Bucket], name: str, allowed: Allowance) -> _Bucket:
        now = self.clock()
        bucket = among.pop(name, None) or _Bucket(allowed.burst, now)
        bucket.left = min(allowed.burst, bucket.left + (now - bucket.since) / allowed.seconds)
        bucket.since = now
        among[name] = bucket
        while len(among) > REMEMBERED:
            among.popitem(last=False)
        return bucket


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
