"""Proofs out of a real log, whole and altered, for verifiers that share no line with ours."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from engine.ledgerbook.checkpoints import Receipt
from engine.ledgerbook.tree import HASH
from tests.engine.ledgerbook.growing import leaf_hashes

ENTRIES = 1_000
INCLUSIONS = 6_000
CONSISTENCIES = 6_000
ALTERED = 2_000
"""Of each kind of proof; and a tenth as many receipts and checkpoints, whole and altered."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n "


@dataclass(frozen=True)
class Inclusion:
    size: int
    root: bytes
    index: int
    leaf: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Consistency:
    new: int
    new_root: bytes
    old: int
    old_root: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Signed:
    """A checkpoint, or (with a leaf) a receipt, as text."""

    vkey: str
    text: str
    leaf: bytes | None = None


Question = Inclusion | Consistency | Signed


def questions(trail, seed: int = 7) -> Iterator[tuple[Question, bool]]:
    """Each with whether it holds."""
    chance, shelf = Random(seed), trail.book.shelf()
    leaves = leaf_hashes(trail.log.rows(0, ENTRIES))
    roots = [shelf.root(size) for size in range(ENTRIES + 1)]

    def included() -> Inclusion:
        size = chance.randint(1, ENTRIES)
        index = chance.randrange(size)
        return Inclusion(size, roots[size], index, leaves[index], tuple(shelf.inclusion(index, size)))

    def grown() -> Consistency:
        new = chance.randint(1, ENTRIES)
        old = chance.randint(1, new)
        return Consistency(new, roots[new], old, roots[old], tuple(shelf.consistency(old, new)))

    for _ in range(INCLUSIONS):
        yield included(), True
    for _ in range(CONSISTENCIES):
        yield grown(), True
    for _ in range(ALTERED):
        yield altered_inclusion(chance, included(), leaves), False
        yield altered_consistency(chance, grown()), False
    yield from signed(trail, chance, leaves)


def signed(trail, chance: Random, leaves: list[bytes]) -> Iterator[tuple[Question, bool]]:
    vkey = str(trail.verifiers()[0])
    notes = [kept.note for kept in trail.book.checkpoints()]
    for _ in range(ALTERED // 10):
        position = chance.randint(1, ENTRIES)
        receipt: Receipt = trail.receipt(position)
        whole = Signed(vkey, str(receipt), leaves[position - 1])
        note = Signed(vkey, chance.choice(notes))
        yield whole, True
        yield note, True
        yield replace(whole, text=altered_text(chance, whole.text)), False
        yield replace(note, text=altered_text(chance, note.text)), False
        yield replace(whole, leaf=leaves[position % ENTRIES]), False


def altered_inclusion(chance: Random, proof: Inclusion, leaves: list[bytes]) -> Inclusion:
    kind = chance.randrange(5)
    if kind == 0:
        return replace(proof, index=proof.index ^ 1 << chance.randrange(10))
    if kind == 1:
        return replace(proof, leaf=leaves[(proof.index + chance.randint(1, ENTRIES - 1)) % ENTRIES])
    if kind == 2:
        return replace(proof, root=flipped(chance, proof.root))
    return replace(proof, path=altered_path(chance, proof.path))


def altered_consistency(chance: Random, proof: Consistency) -> Consistency:
    kind = chance.randrange(5)
    if kind == 0:
        return replace(proof, old_root=flipped(chance, proof.old_root))
    if kind == 1:
        return replace(proof, new_root=flipped(chance, proof.new_root))
    return replace(proof, path=altered_path(chance, proof.path))


def altered_path(chance: Random, path: tuple[bytes, ...]) -> tuple[bytes, ...]:
    if not path:
        return (chance.randbytes(HASH),)
    at = chance.randrange(len(path))
    kind = chance.randrange(3)
    if kind == 0:
        return (*path[:at], flipped(chance, path[at]), *path[at + 1 :])
    return path[:at] + path[at + 1 :] if kind == 1 else (*path[:at], chance.randbytes(HASH), *path[at:])


def flipped(chance: Random, data: bytes) -> bytes:
    return (int.from_bytes(data) ^ 1 << chance.randrange(len(data) * 8)).to_bytes(len(data))


def altered_text(chance: Random, text: str) -> str:
    """With one letter another one. Not the last before a padding: its spare bits mean nothing, and while ours
    refuses them (test_notes.py), Go overlooks them."""
    while True:
        at = chance.randrange(len(text))
        if text[at + 1 : at + 2] != "=":
            return text[:at] + chance.choice(LETTERS.replace(text[at], "")) + text[at + 1 :]


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
