"""Hashes and proofs are those of RFC 6962: by its published vectors, and against its definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledgerbook import tree
from engine.ledgerbook.tiles import WIDTH, Growth, Shelf, TilesDamaged, address
from engine.ledgerbook.tree import HASH, Growing, ProofRefused
from tests.engine.ledgerbook.growing import mth, path, proof

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                 "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the trees of 0 to 8 of those leaves, as the reference implementation of RFC 6962 publishes them."""

ANY = [tree.leaf_hash(n.to_bytes(4)) for n in range(1_100)]
sizes = st.one_of(st.integers(1, 40), st.integers(1, 1_100), st.sampled_from([255, 256, 257, 511, 512, 513]))


def shelf(size: int, *steps: int) -> Shelf:
    """Tiles grown in steps of these sizes, then in one."""
    tiles: dict[tuple[int, int], bytes] = {}
    growth = Growth(0, [])
    for step in (*steps, size):
        part = ANY[growth.size : min(size, growth.size + step)]
        for level, n, width, data in growth.add(b"".join(part)):
            assert len(data) == width * HASH
            tiles[level, n] = data
    assert Growth.at(size, lambda level, n: tiles.get((level, n))).partial == growth.partial
    return Shelf(lambda level, n: tiles.get((level, n)))


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    hashes = [tree.leaf_hash(leaf) for leaf in LEAVES[:size]]
    growing = Growing()
    for each in hashes:
        growing.take(each)
    growth = Growth(0, [])
    tiles = {(level, n): data for level, n, _, data in growth.add(b"".join(hashes))}
    found = Shelf(lambda level, n: tiles.get((level, n)))
    assert found.root(size).hex() == growing.root().hex() == mth(hashes).hex() == ROOTS[size]


def test_a_published_inclusion_path() -> None:
    """Leaf 5 of 8, from the same source."""
    hashes = [tree.leaf_hash(leaf) for leaf in LEAVES]
    expected = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in path(5, hashes)] == expected
    tree.verify_inclusion(hashes[5], 5, 8, [bytes.fromhex(step) for step in expected], mth(hashes))


@given(size=sizes, steps=st.lists(st.integers(1, 400), max_size=6), data=st.data())
def test_any_proof_is_the_one_the_rfc_defines(size: int, steps: list[int], data: st.DataObject) -> None:
    found = shelf(size, *steps)
    then = data.draw(st.integers(0, size))
    was = data.draw(st.integers(0, then))
    old, new = ANY[:was], ANY[:then]

    assert found.root(then) == mth(new)
    assert found.consistency(was, then) == proof(was, new)
    tree.verify_consistency(was, then, found.consistency(was, then), mth(old), mth(new))
    if then:
        index = data.draw(st.integers(0, then - 1))
        assert found.inclusion(index, then) == path(index, new)
        tree.verify_inclusion(ANY[index], index, then, found.inclusion(index, then), mth(new))


@given(size=st.integers(2, 600), data=st.data())
def test_a_changed_proof_is_refused(size: int, data: st.DataObject) -> None:
    found = shelf(size)
    index, was = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    steps, root = found.inclusion(index, size), found.root(size)
    grown, old = found.consistency(was, size), found.root(was)

    def changed(path: list[bytes]) -> list[bytes]:
        kind = data.draw(st.sampled_from(["flip", "drop", "repeat", "more"]))
        at = data.draw(st.integers(0, len(path) - 1))
        if kind == "flip":
            bit = data.draw(st.integers(0, 255))
            flipped = (int.from_bytes(path[at]) ^ 1 << bit).to_bytes(HASH)
            return [*path[:at], flipped, *path[at + 1 :]]
        if kind == "drop":
            return path[:at] + path[at + 1 :]
        return [*path[:at], path[at] if kind == "repeat" else ANY[at], *path[at:]]

    with pytest.raises(ProofRefused):
        tree.verify_inclusion(ANY[index], index, size, changed(steps), root)
    with pytest.raises(ProofRefused):
        tree.verify_consistency(was, size, changed(grown), old, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    with pytest.raises(ProofRefused):
        tree.verify_inclusion(ANY[index], other, size, steps, root)
    with pytest.raises(ProofRefused):
        tree.verify_inclusion(ANY[other], index, size, steps, root)
    with pytest.raises(ProofRefused):
        tree.verify_consistency(was, size, grown, root, old)


def test_two_trees_of_one_size_are_one() -> None:
    root = tree.leaf_hash(b"a")
    tree.verify_consistency(3, 3, [], root, root)
    tree.verify_consistency(0, 3, [], tree.EMPTY, root)
    for old, new, steps, was, now in (
        (3, 3, [], root, tree.EMPTY),
        (3, 3, [root], root, root),
        (0, 3, [], root, root),
        (4, 3, [], root, root),
        (2, 3, [], root, root),
        (0, 0, [], tree.EMPTY, root),
        (2, 4, [b"short"], root, root),
    ):
        with pytest.raises(ProofRefused):
            tree.verify_consistency(old, new, steps, was, now)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ValueError, match="no leaf 3 in a tree of 3"):
        shelf(3).inclusion(3, 3)
    with pytest.raises(ValueError, match="cannot have grown"):
        shelf(3).consistency(4, 3)
    with pytest.raises(TilesDamaged):
        shelf(3).root(4)
    with pytest.raises(TilesDamaged):
        Growth.at(300, lambda level, n: None)


@given(parts=st.lists(st.integers(0, 300), max_size=5))
def test_a_growing_root_takes_one_or_many(parts: list[int]) -> None:
    growing, one_by_one = Growing(), Growing()
    for part in parts:
        taken = ANY[growing.size : min(len(ANY), growing.size + part)]
        growing.take_all(b"".join(taken))
        for each in taken:
            one_by_one.take(each)
        assert growing.root() == one_by_one.root() == mth(ANY[: growing.size])


def test_addresses_of_tiles() -> None:
    """The specification's own examples."""
    assert address(0, 1_234_067) == "0/x001/x234/067"
    assert address(1, 0, 17) == "1/000.p/17"
    assert address(2, 5, WIDTH) == "2/005"
