"""Hashes, proofs and their verification, as RFC 6962 section 2.1 and RFC 9162 section 2.1 write them.

Indices count from 0, sizes are numbers of leaves, hashes are 32 bytes of SHA-256.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

HASH = 32
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

Perfect = Callable[[int, int], bytes]
"""(height, n) -> the hash over the leaves [n·2^height, (n+1)·2^height)."""


class ProofRefused(ValueError):
    """The proof does not prove what it was given for; the message says where it fails."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def halved(hashes: bytes) -> bytes:
    """The next level above an even number of hashes, laid end to end."""
    pairs = range(0, len(hashes), 2 * HASH)
    return b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH]).digest() for at in pairs])


# ------------------------------------------------------------------ making proofs


def spans(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees (height, n), from left to right, that make up the leaves [first, last), where
    `first` is a multiple of the largest power of two that fits."""
    while first < last:
        height = (last - first).bit_length() - 1
        yield height, first >> height
        first += 1 << height


def range_root(first: int, last: int, perfect: Perfect) -> bytes:
    """The Merkle tree hash of the leaves [first, last)."""
    hashes = [perfect(height, n) for height, n in spans(first, last)]
    return joined(hashes)


def joined(hashes: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees of falling height; EMPTY for none."""
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def split(size: int) -> int:
    """The largest power of two smaller than `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion(index: int, size: int, perfect: Perfect) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1. ValueError where the leaf is not in the tree."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + split(last - first)
        if index < middle:
            path.append(range_root(middle, last, perfect))
            last = middle
        else:
            path.append(range_root(first, middle, perfect))
            first = middle
    path.reverse()
    return path


def consistency(old: int, new: int, perfect: Perfect) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; [] where old is 0 or both are the same. ValueError where
    old is larger than new."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot have grown from one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    first, last, whole = 0, new, True
    while first + old != last:
        middle = first + split(last - first)
        if first + old <= middle:
            path.append(range_root(middle, last, perfect))
            last = middle
        else:
            path.append(range_root(first, middle, perfect))
            old -= middle - first
            first, whole = middle, False
    if not whole:
        path.append(range_root(first, last, perfect))
    path.reverse()
    return path


# ------------------------------------------------------------------ verifying them


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2; `leaf` is the leaf's hash. ProofRefused where the path does not lead to the
    root."""
    if not 0 <= index < size:
        raise ProofRefused(f"a tree of {size} has no leaf {index}")
    fn, sn, found = index, size - 1, leaf
    for step in _whole(path):
        if sn == 0:
            raise ProofRefused("the path is longer than the tree is high")
        if fn & 1 or fn == sn:
            found = node_hash(step, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofRefused("the path ends below the root")
    if found != root:
        raise ProofRefused("the path leads to another root")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162 section 2.1.4.2, and the two cases it leaves to the caller: an empty old tree and two of one
    size. ProofRefused where the new tree is not the old one, grown."""
    if not 0 <= old <= new:
        raise ProofRefused(f"a tree of {new} cannot have grown from one of {old}")
    if old in (0, new):
        if path:
            raise ProofRefused("there is nothing to prove, but a proof is given")
        if old_root != (EMPTY if old == 0 else new_root) or (new == 0 and new_root != EMPTY):
            raise ProofRefused("two roots of one size differ")
        return
    steps = list(_whole(path))
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise ProofRefused("the proof is empty")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if sn == 0:
            raise ProofRefused("the proof is longer than the tree is high")
        if fn & 1 or fn == sn:
            first, second = node_hash(step, first), node_hash(step, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, step)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofRefused("the proof ends below the root")
    if first != old_root:
        raise ProofRefused("the proof does not lead to the old root")
    if second != new_root:
        raise ProofRefused("the proof does not lead to the new root")


def _whole(path: Sequence[bytes]) -> Iterator[bytes]:
    for step in path:
        if len(step) != HASH:
            raise ProofRefused(f"a hash has {HASH} bytes, not {len(step)}")
        yield step


# ------------------------------------------------------------------ a root that grows


class Growing:
    """The root of a tree that takes leaf hashes one by one and keeps none of them: only the perfect subtrees
    on its right edge (RFC 9162 section 2.1.2)."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)
        """The perfect subtrees from left to right: one for each 1 in the binary size."""

    def take(self, leaf: bytes) -> None:
        size, edge = self.size, self.edge
        while size & 1:
            leaf = sha256(b"\x01" + edge.pop() + leaf).digest()
            size >>= 1
        edge.append(leaf)
        self.size += 1

    def take_all(self, hashes: bytes) -> None:
        """As `take` for each hash, laid end to end: as many at once as fill a perfect subtree."""
        at = 0
        while at < len(hashes):
            left = (len(hashes) - at) // HASH
            height = left.bit_length() - 1
            if self.size:
                height = min(height, (self.size & -self.size).bit_length() - 1)
            part = hashes[at : at + (HASH << height)]
            at += len(part)
            while len(part) > HASH:
                part = halved(part)
            self._grow(part, height)

    def _grow(self, subtree: bytes, height: int) -> None:
        above = self.size >> height
        while above & 1:
            subtree = node_hash(self.edge.pop(), subtree)
            above >>= 1
        self.edge.append(subtree)
        self.size += 1 << height

    def root(self) -> bytes:
        return joined(self.edge)
