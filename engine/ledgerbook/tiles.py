"""The tree in tiles of 256 hashes (C2SP tlog-tiles): how they grow, and how hashes are read out of them.

Tile n of level l holds the hashes over the leaves [(256·n + i)·256^l, (256·n + i + 1)·256^l), i from 0 on.
Only the last tile of a level may be partial. A later tile of the same number only has more hashes at its
end, so every tree that ever was can be read from today's tiles.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.ledgerbook import tree
from engine.ledgerbook.tree import HASH, Perfect, halved, spans

WIDTH = 256
BITS = 8
FULL = WIDTH * HASH
UNKNOWN = bytes(HASH)

Tile = tuple[int, int, int, bytes]
"""(level, n, width, hashes end to end)"""
Find = Callable[[int, int], bytes | None]
"""(level, n) -> the tile's hashes, or None where there is none."""
Place = tuple[int, int]
"""(level, n) of a tile."""
FindAll = Callable[[Sequence[Place]], Mapping[Place, bytes]]
"""The hashes of many tiles at once; those that are not there are left out."""


class TilesDamaged(Exception):
    """A tile that must be there is missing or too short. `level`, `n` say which."""

    def __init__(self, level: int, n: int) -> None:
        super().__init__(f"tile {n} of level {level} is missing or too short")
        self.level = level
        self.n = n


def tile_root(data: bytes) -> bytes:
    """The one hash over a full tile."""
    while len(data) > HASH:
        data = halved(data)
    return data


class Shelf:
    """Hashes of one tree, read out of its tiles. Each tile is fetched and folded at most once: make one for
    each proof, or one for many."""

    def __init__(self, find: Find, find_all: FindAll | None = None) -> None:
        """With `find_all`, what a proof needs is fetched in one go: over a network every question counts."""
        self._find = find
        self._find_all = find_all
        self._folded: dict[Place, list[bytes]] = {}

    def perfect(self, height: int, n: int) -> bytes:
        """The hash over the leaves [n·2^height, (n+1)·2^height). TilesDamaged where it is not there."""
        level, above = divmod(height, BITS)
        tile, at = divmod(n << above, WIDTH)
        at >>= above
        folded = self._fold(level, tile, above)
        found = folded[above][at * HASH : (at + 1) * HASH]
        if len(found) < HASH:
            raise TilesDamaged(level, tile)
        return found

    def _fold(self, level: int, n: int, above: int) -> list[bytes]:
        folded = self._folded.get((level, n))
        if folded is None:
            data = self._find(level, n)
            if data is None or len(data) % HASH:
                raise TilesDamaged(level, n)
            folded = self._folded[level, n] = [data]
        while len(folded) <= above:
            below = folded[-1]
            folded.append(halved(below[: len(below) // (2 * HASH) * 2 * HASH]))
        return folded

    def root(self, size: int) -> bytes:
        return tree.range_root(0, size, self.perfect)

    def edge(self, size: int) -> list[bytes]:
        """The perfect subtrees that make up the tree of this size, from left to right."""
        return [self.perfect(height, n) for height, n in spans(0, size)]

    def leaf(self, index: int) -> bytes:
        return self.perfect(0, index)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        self.fetch((index,), size)
        return tree.inclusion(index, size, self.perfect)

    def consistency(self, old: int, new: int) -> list[bytes]:
        self._fetch(lambda perfect: tree.consistency(old, new, perfect))
        return tree.consistency(old, new, self.perfect)

    def fetch(self, indices: Iterable[int], size: int) -> None:
        """Have at hand what the inclusion proofs of these leaves need. ValueError for one not in the tree."""

        def walk(perfect: Perfect) -> None:
            for index in indices:
                tree.inclusion(index, size, perfect)

        self._fetch(walk)

    def _fetch(self, walk: Callable[[Perfect], object]) -> None:
        """Walk a proof without hashes first, to learn which tiles it asks for."""
        if self._find_all is None:
            return
        asked: dict[Place, None] = {}

        def noted(height: int, n: int) -> bytes:
            level, above = divmod(height, BITS)
            asked[level, (n << above) // WIDTH] = None
            return UNKNOWN

        walk(noted)
        missing = [place for place in asked if place not in self._folded]
        for place, data in (self._find_all(missing) if missing else {}).items():
            if len(data) % HASH == 0:
                self._folded[place] = [data]


@dataclass
class Growth:
    """The last, partial tile of each level, to which leaves are added."""

    size: int
    partial: list[bytes]
    """By level; b"" where the next tile is not begun."""

    @classmethod
    def at(cls, size: int, find: Find) -> "Growth":
        """As the tiles stand at a size. TilesDamaged where they do not."""
        partial, level, entries = [], 0, size
        while entries:
            n, width = divmod(entries, WIDTH)
            data = find(level, n) if width else b""
            if data is None or len(data) < width * HASH:
                raise TilesDamaged(level, n)
            partial.append(data[: width * HASH])
            level, entries = level + 1, n
        return cls(size, partial)

    def add(self, hashes: bytes) -> list[Tile]:
        """Take leaf hashes, end to end; returns the tiles that are new or longer."""
        changed: list[Tile] = []
        level, n = 0, self.size // WIDTH
        self.size += len(hashes) // HASH
        while hashes:
            if level == len(self.partial):
                self.partial.append(b"")
            data, above = self.partial[level] + hashes, []
            first, whole = n, len(data) // FULL * FULL
            for at in range(0, whole, FULL):
                full = data[at : at + FULL]
                changed.append((level, n, WIDTH, full))
                above.append(tile_root(full))
                n += 1
            data = data[whole:]
            if data:
                changed.append((level, n, len(data) // HASH, data))
            self.partial[level] = data
            hashes, level, n = b"".join(above), level + 1, first // WIDTH
        return changed


def address(level: int, n: int, width: int = WIDTH) -> str:
    """The path of a tile below `tile/`, as the specification writes it: `1/x001/x234/067.p/112`."""
    parts = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        parts.insert(0, f"x{n % 1000:03d}")
    ending = "" if width == WIDTH else f".p/{width}"
    return f"{level}/" + "/".join(parts) + ending
