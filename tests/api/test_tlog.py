"""The tree as other people's programs read it: tiles and checkpoint of C2SP tlog-tiles."""

import pytest

from engine.ledgerbook.checkpoints import Checkpoint
from engine.ledgerbook.leaf import row_hash
from engine.ledgerbook.notes import Note
from engine.ledgerbook.tiles import WIDTH, address, tile_root
from engine.ledgerbook.tree import HASH
from tests.api.conftest import Office
from tests.engine.ledgerbook.growing import fill, leaf_hashes, mth


def tile(office: Office, level: int, n: int, width: int = WIDTH) -> bytes:
    answer = office.get(f"audit/tile/{address(level, n, width)}", "")
    assert answer.status_code == 200, (level, n, width)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) == width * HASH
    found: bytes = answer.content
    return found


def test_whoever_reads_tiles_and_checkpoint_computes_the_tree(office: Office):
    fill(office.engine.log, 600)
    office.engine.trail.catch_up()
    head = Checkpoint.read(Note.read(office.get("audit/checkpoint", "").text).text)
    assert office.get("audit/checkpoint", "").text == office.get("audit/checkpoints/latest", "").text
    whole, rest = divmod(head.size, WIDTH)
    data = b"".join(tile(office, 0, n) for n in range(whole)) + tile(office, 0, whole, rest)
    hashes = [data[at : at + HASH] for at in range(0, len(data), HASH)]
    rows = office.engine.log.rows(0, 10_000)[: head.size]
    assert hashes == leaf_hashes(rows) and mth(hashes) == head.root
    assert tile(office, 1, 0, whole) == b"".join(
        tile_root(data[n * WIDTH * HASH : (n + 1) * WIDTH * HASH]) for n in range(whole)
    )
    assert hashes[0] == row_hash(rows[0])


def test_a_partial_tile_stays_as_it_was_asked_for(office: Office):
    office.engine.trail.catch_up()
    size = office.engine.trail.book.state().size
    before = tile(office, 0, 0, size)
    fill(office.engine.log, 5)
    office.engine.trail.catch_up()
    assert tile(office, 0, 0, size) == before == tile(office, 0, 0, size + 5)[: len(before)]


@pytest.mark.parametrize(
    "path",
    ["0/001", "0/000.p/256", "0/000.p/0", "0/000.p/250", "7/000", "0/x000", "0/0", "0/000/000", "0/%2e%2e"],
)
def test_what_no_checkpoint_covers_is_not_there(office: Office, path: str):
    office.engine.trail.catch_up()
    assert office.get(f"audit/tile/{path}", "").status_code == 404


def test_a_store_that_was_never_restored_proves_no_restore(office: Office):
    assert office.get("audit/restored", "").status_code == 404
