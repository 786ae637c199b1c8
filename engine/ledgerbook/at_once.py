"""Receipts at once: what a command records is hashed in the transaction that records it, and signed before
the command is answered.

Off unless the operator wants it: every command then waits for a second durable write and a signature. Where
the tree is far behind (the first start over an old log), the follower catches up first, and until then
receipts come as they otherwise do.
"""

from collections.abc import Callable, Sequence

from engine.ledgerbook.book import STATE, TILE, Book, State, hashed
from engine.ledgerbook.follower import latest, runs_of
from engine.ledgerbook.leaf import row_hashes
from engine.ledgerbook.tiles import Growth
from engine.log import Row, Writing

BEHIND = 2_000
"""Rows a commit hashes for others at most."""


class AtOnce:
    """The desk's writer uses it, one thread at a time."""

    def __init__(self, book: Book, sign: Callable[[], None]) -> None:
        self._book = book
        self._sign = sign
        self._at: tuple[State, Growth] | None = None
        self._hashed = False

    def hash(self, writing: Writing, head: int, rows: Sequence[Row]) -> None:
        """Put these rows, which come after `head`, into the tree; they and their hashes stand or fall
        together. Waits for a follower that is writing hashes."""
        state = State(*writing.beside(STATE + self._book.locking, [()])[0])
        self._hashed = state.position <= head <= state.position + BEHIND
        if not self._hashed or not rows:
            return
        missed = writing.between(state.position + 1, head) if state.position < head else []
        whole = [*missed, *rows]
        growth = self._at[1] if self._at is not None and self._at[0] == state else self._read(writing, state)
        tiles = latest(growth.add(row_hashes(whole)))
        after = State(whole[-1][0], growth.size, state.epoch)
        hashed(writing.beside, state, after, tiles, runs_of(whole, state))
        self._at = after, growth

    @staticmethod
    def _read(writing: Writing, state: State) -> Growth:
        def tile(level: int, n: int) -> bytes | None:
            found = writing.beside(TILE, [(level, n)])
            return bytes(found[0][0]) if found else None

        return Growth.at(state.size, tile)

    def committed(self) -> None:
        """Sign over what was just made durable; never raises."""
        if self._hashed:
            self._sign()

    def forget(self) -> None:
        """The transaction failed: what was hashed in it is not there."""
        self._at = None
