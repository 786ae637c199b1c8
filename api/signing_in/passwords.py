"""Passwords: Argon2id as OWASP's sheet says (19 MiB, two passes, one lane), never more than two at once.

Each check costs some 20 ms and 19 MiB on purpose; in threads of their own, they keep nobody else waiting.
Whoever is unknown costs the same as whoever is not.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

T = TypeVar("T")

LANES = 2
WAITING = 64
"""Checks that may wait for a lane; more are turned away, rather than answered after everybody has left."""
LONGEST = 1024
"""Characters of a password that are looked at."""
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$yWQl/NJAtbsLseBHt69l1g$zAbraSmvfeExUd+1bEBmGQAmkin6y3cmXsHov/scOjg"
"""What the password of somebody unknown is compared with; nothing is known that matches it."""


class Busy(Exception):
    """Too many passwords wait to be checked."""


class Passwords:
    """Hashes, and checks in turn. Its threads start with the first check; `close` ends them."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
        self._lanes = ThreadPoolExecutor(LANES, "passwords")
        self._waiting = 0

    def hash(self, password: str) -> str:
        """The hash to keep. Takes some 20 ms of this thread."""
        return self._hash.hash(spelled(password))

    def matches(self, password: str, hash: str) -> bool:
        """Whether it is the password; with hash "" it never is, and takes as long. Takes this thread."""
        try:
            return self._hash.verify(spelled(password), hash or NOBODY) and bool(hash)
        except UnknownHashError:
            return False

    async def check(self, password: str, hash: str) -> bool:
        """As `matches`, in a lane. Busy if too many wait."""
        return await self._in_turn(lambda: self.matches(password, hash))

    async def make(self, password: str) -> str:
        """As `hash`, in a lane. Busy if too many wait."""
        return await self._in_turn(lambda: self.hash(password))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._lanes, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._lanes.shutdown(wait=False, cancel_futures=True)


def spelled(password: str) -> bytes:
    """The bytes that are hashed; a half character a script sent is no reason to break."""
    return password[:LONGEST].encode("utf-8", "surrogatepass")
