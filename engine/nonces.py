"""Nonces for sealing: random, and never the same twice in any process."""

import os

NONCE = 12
"""Bytes of one."""


class Nonces:
    """Random nonces, drawn from the system by the thousand: each call to it lets another thread go first."""

    def __init__(self) -> None:
        self._drawn: list[bytes] = []
        os.register_at_fork(after_in_child=self._drawn.clear)  # no two processes draw the same

    def draw(self) -> bytes:
        while True:
            try:
                return self._drawn.pop()
            except IndexError:
                drawn = os.urandom(NONCE * 1_000)
                self._drawn += [drawn[at : at + NONCE] for at in range(0, len(drawn), NONCE)]


nonces = Nonces()
