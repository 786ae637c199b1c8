"""Twelve ways to alter a store behind the product's back: each shows, and the first bad event is named."""

import base64
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.ledgerbook.checking import check
from engine.ledgerbook.findings import Report
from engine.ledgerbook.notes import NoteRefused
from engine.ledgerbook.signing import SigningRefused
from engine.ledgerbook.trail import Trail
from tests.engine.ledgerbook.growing import fill, opened, record, row

COLUMNS = ("position", "stream", "version", "name", "recorded_at", "body")


class Store:
    """A copy of a signed store, closed, for somebody with the database's password to play with."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.directory / "log.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def verify(self, against: str = "") -> Report:
        log, trail = opened(self.directory)
        try:
            return check(log, trail.book, trail.keys, against)
        finally:
            trail.close()
            log.close()

    def sign(self, more: int = 0) -> SigningRefused | None:
        """Record some more, and let it be signed: the refusal, or None."""
        log, trail = opened(self.directory)
        try:
            fill(log, more)
            trail.catch_up()
        except SigningRefused as refused:
            return refused
        finally:
            trail.close()
            log.close()
        return None


@pytest.fixture
def store(signed: Trail, tmp_path: Path) -> Store:
    shutil.copytree(signed.keys.path.parent, tmp_path / "copy")
    return Store(tmp_path / "copy")


def test_an_untouched_store_has_no_findings(store: Store) -> None:
    found = store.verify()
    assert (found.events, found.size, found.checkpoints, found.signed) == (1_000, 1_000, 4, 1_000)
    assert found.findings == [] and found.first is None
    assert store.sign(more=5) is None


def flipped(store: Store) -> None:
    store.sql("UPDATE log SET body = CAST(replace(body, '\"399\"', '\"398\"') AS BLOB) WHERE position = 399")


def moved_in_time(store: Store) -> None:
    store.sql("UPDATE log SET recorded_at = recorded_at - 1 WHERE position = 399")


def renamed(store: Store) -> None:
    store.sql("UPDATE log SET name = 'complaint.closed' WHERE position = 399")


def other_type(store: Store) -> None:
    store.sql("UPDATE log SET body = CAST(body AS TEXT) WHERE position = 399")


def swapped(store: Store) -> None:
    store.sql(
        "CREATE TABLE t AS SELECT position, body FROM log WHERE position IN (399, 900)",
        "UPDATE log SET body = (SELECT body FROM t WHERE t.position = 1299 - log.position)"
        " WHERE position IN (399, 900)",
        "DROP TABLE t",
    )


def deleted(store: Store) -> None:
    store.sql("DELETE FROM log WHERE position = 399")


def inserted(store: Store) -> None:
    """Everything from 399 on moves up by one, and something new stands there."""
    store.sql(
        "UPDATE log SET position = -position WHERE position >= 399",
        "UPDATE log SET position = 1 - position WHERE position < 0",
        "INSERT INTO log VALUES (399, 'c-new', 1, 'complaint.registered', 1700000000398500, x'7b7d')",
    )


@pytest.mark.parametrize(
    "tamper",
    [flipped, moved_in_time, renamed, other_type, swapped, deleted, inserted],
    ids=lambda t: t.__name__,
)
def test_what_is_done_to_a_row_is_named(store: Store, tamper: Callable[[Store], None]) -> None:
    tamper(store)
    first = store.verify().first
    assert first is not None and first.position == 399
    assert first.code == ("audit.row-missing" if tamper is deleted else "audit.row-changed")
    assert "position 399" in first.message
    if tamper is not inserted:
        assert first.stream == "c-0099"


def test_nothing_newly_altered_is_signed(store: Store, signed: Trail) -> None:
    """A row that was hashed and not yet signed: the signer reads it again, and refuses."""
    log, trail = opened(store.directory)
    fill(log, 10)
    trail.follower.catch_up()
    trail.close()
    log.close()
    store.sql("UPDATE log SET body = x'7b7d' WHERE position = 1004")
    refused = store.sign()
    assert refused is not None
    assert (refused.code, refused.position) == ("audit.row-changed", 1_004)
    assert "c-0250" in str(refused)


def test_rows_cut_from_the_end_are_missed(store: Store) -> None:
    store.sql("DELETE FROM log WHERE position > 950")
    first = store.verify().first
    assert first is not None
    assert (first.code, first.position) == ("audit.row-missing", 951)
    assert "50 entries" in first.message
    refused = store.sign()
    assert refused is not None and (refused.code, refused.position) == ("audit.truncated", 951)
    log, trail = opened(store.directory)
    record(log, *(row(n, body=b"{}") for n in range(1_001, 1_061)))  # new rows do not hide it
    with pytest.raises(SigningRefused):
        trail.catch_up()
    trail.close()
    log.close()


def test_cutting_the_tree_and_the_checkpoints_too_is_no_better(store: Store) -> None:
    """Whoever rewrites everything in the database still meets the mark, which is not in it."""
    store.sql(
        "DELETE FROM log WHERE position > 300",
        "UPDATE log SET body = x'7b7d' WHERE position = 7",
        *(f"DELETE FROM audit_{table}" for table in ("tiles", "runs", "checkpoints")),
        "UPDATE audit_state SET position = 0, size = 0",
    )
    refused = store.sign()
    assert refused is not None and refused.code == "audit.rolled-back"
    assert [each.code for each in store.verify().findings] == ["audit.rolled-back"]
    refused = store.sign(more=900)
    assert refused is not None and refused.code == "audit.rewritten"


def test_an_older_backup_is_refused(signed: Trail, store: Store, tmp_path: Path) -> None:
    """The copy is a day old; the original goes on, and is then replaced by it. The mark is newer."""
    fill(signed.log, 20)
    kept = signed.catch_up()
    shutil.copy(signed.keys.path.with_name("audit.mark"), store.directory / "audit.mark")
    refused = store.sign()
    assert refused is not None and refused.code == "audit.rolled-back"
    assert "1020" in str(refused)
    found = store.verify(against=kept.note)
    assert {each.code for each in found.findings} == {"audit.truncated", "audit.rolled-back"}


@pytest.mark.parametrize("level", [0, 1])
def test_an_edited_tile_is_told_from_an_edited_row(store: Store, level: int) -> None:
    """Position 401 is the hash 400, the 145th of the second tile."""
    edited = f"substr(data, 1, {144 * 32}) || zeroblob(32) || substr(data, {145 * 32 + 1})"
    if level:
        edited = "zeroblob(length(data))"
    store.sql(
        f"UPDATE audit_tiles SET data = CAST({edited} AS BLOB) WHERE level = {level} AND n = {1 - level}"
    )
    first = store.verify().first
    assert first is not None and first.code == "audit.tile"
    if level == 0:
        assert first.position == 401
        assert "as it was signed" in first.message
    else:
        refused = store.sign(more=1)
        assert refused is not None and refused.code == "audit.rewritten"


def test_a_rewritten_checkpoint_is_named(store: Store) -> None:
    store.sql("UPDATE audit_checkpoints SET note = replace(note, '700', '701') WHERE size = 700")
    (found,) = store.verify().findings
    assert (found.code, found.size) == ("audit.checkpoint", 700)
    store.sql("UPDATE audit_checkpoints SET root = zeroblob(32) WHERE size = 300")
    assert [each.size for each in store.verify().findings] == [300, 700]


def test_a_checkpoint_taken_away_is_missed_where_it_was_the_last(store: Store) -> None:
    store.sql("DELETE FROM audit_checkpoints WHERE size = 1000")
    (found,) = store.verify().findings
    assert (found.code, found.size) == ("audit.checkpoint", 1_000)


def test_a_checkpoint_of_another_tree_is_named(store: Store, tmp_path: Path) -> None:
    """Signed with the right key, over other rows: what a thief of the key could do."""
    log, trail = opened(tmp_path / "other", key=store.directory / "audit.key")
    (store.directory / "audit.mark").rename(tmp_path / "mark")
    record(log, *(row(n, body=b"{}") for n in range(1, 301)))
    forged = trail.catch_up()
    trail.close()
    log.close()
    (tmp_path / "mark").rename(store.directory / "audit.mark")
    (found,) = store.verify(against=forged.note).findings
    assert (found.code, found.size) == ("audit.rewritten", 300)
    assert "kept elsewhere" in found.message
    text = forged.note.replace("'", "''")
    root = base64.b64decode(forged.note.split("\n")[2]).hex()
    store.sql(f"UPDATE audit_checkpoints SET note = '{text}', root = x'{root}' WHERE size = 300")
    (found,) = store.verify().findings
    assert (found.code, found.size) == ("audit.rewritten", 300)


def test_a_backdated_row_at_the_end_is_named(store: Store) -> None:
    """It was never hashed, so no hash can tell; the order of times does."""
    store.sql("INSERT INTO log VALUES (1001, 'c-9999', 1, 'complaint.registered', 1600000000000000, x'7b7d')")
    first = store.verify().first
    assert first is not None
    assert (first.code, first.position, first.stream) == ("audit.clock", 1_001, "c-9999")


def test_a_row_put_into_a_stream_is_named_by_its_version(store: Store) -> None:
    store.sql("INSERT INTO log VALUES (1001, 'c-0007', 9, 'complaint.closed', 1800000000000000, x'7b7d')")
    first = store.verify().first
    assert first is not None
    assert (first.code, first.position, first.stream) == ("audit.version", 1_001, "c-0007")


def test_a_row_in_a_gap_is_named(signed: Trail) -> None:
    record(signed.log, row(1_003, "c-gap", 1))
    signed.catch_up()
    record(signed.log, row(1_002, "c-late", 1))
    found = check(signed.log, signed.book, signed.keys)
    assert found.first is not None
    assert (found.first.code, found.first.position) == ("audit.row-inserted", 1_002)


def test_somebody_elses_checkpoint_says_nothing_of_this_log(store: Store, tmp_path: Path) -> None:
    log, trail = opened(tmp_path / "other")
    other = trail.catch_up().note
    trail.close()
    log.close()
    with pytest.raises(NoteRefused):
        store.verify(against=other)
    with pytest.raises(NoteRefused):
        store.verify(against="not a note")


def test_many_findings_are_counted(store: Store) -> None:
    store.sql("UPDATE log SET body = x'7b7d'")
    found = store.verify()
    assert found.first is not None and found.first.position == 1
    assert len(found.findings) + found.more == 1_000
