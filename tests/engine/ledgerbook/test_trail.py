"""What is recorded is hashed once, signed soon, and proven to whoever asks."""

import stat
import time
from pathlib import Path

import pytest

from engine.ledgerbook import tree
from engine.ledgerbook.book import Kept, Overtaken, State
from engine.ledgerbook.checkpoints import Receipt, opened
from engine.ledgerbook.keyfile import KeyFile, KeyUnusable
from engine.ledgerbook.leaf import LeafMalformed, leaf_bytes, leaf_row
from engine.ledgerbook.notes import COSIGNED, SIGNED, Note, NoteRefused, Signer
from engine.ledgerbook.signing import SigningRefused
from engine.ledgerbook.trail import NoSuchEntry, NotYetSigned, Setup, Trail
from tests.engine.ledgerbook.growing import fill, leaf_hashes, mth, record, row
from tests.engine.ledgerbook.growing import opened as opened_trail


def hashes(trail: Trail) -> list[bytes]:
    return leaf_hashes(trail.log.rows(0, 100_000))


def signed_root(kept: Kept, trail: Trail) -> bytes:
    found = opened(Note.read(kept.note), trail.verifiers())
    assert (found.size, found.root) == (kept.size, kept.root)
    return found.root


def test_every_checkpoint_is_over_the_rows_as_they_are_stored(trail: Trail) -> None:
    assert trail.catch_up().size == 0
    for count in (1, 2, 254, 1, 300, 5):
        fill(trail.log, count)
        kept = trail.catch_up()
        leaves = hashes(trail)
        assert kept.size == len(leaves)
        assert signed_root(kept, trail) == mth(leaves)
    assert [each.size for each in trail.book.checkpoints()] == [563, 558, 258, 257, 3, 1, 0]
    assert [each.daily for each in trail.book.checkpoints()] == [False] * 6 + [True]


def test_receipts_prove_positions_though_numbers_are_missing(trail: Trail) -> None:
    record(trail.log, *(row(n) for n in (1, 2, 5, 6, 7, 20, 22)))
    trail.catch_up()
    record(trail.log, *(row(n) for n in (23, 24, 40)))
    kept = trail.catch_up()
    leaves = hashes(trail)
    assert trail.book.runs() == [(0, 1), (2, 5), (5, 20), (6, 22), (9, 40)]
    for index, (position, *_) in enumerate(trail.log.rows()):
        receipt = trail.receipt(position)
        assert (receipt.index, trail.book.position_of(index)) == (index, position)
        found = Receipt.read(str(receipt)).verify(leaves[index], trail.verifiers())
        assert (found.size, found.root) == (kept.size, mth(leaves))
        assert trail.check(str(receipt))[0] == position
    for gone in (0, 3, 4, 8, 21, 41):
        with pytest.raises(NoSuchEntry):
            trail.receipt(gone)
    older = trail.receipt(5, size=7).verify(leaves[2], trail.verifiers())
    assert (older.size, older.root) == (7, mth(leaves[:7]))
    with pytest.raises(NoSuchEntry):
        trail.receipt(5, size=8)
    with pytest.raises(ValueError, match="came after"):
        trail.receipt(23, size=7)
    record(trail.log, row(41))
    with pytest.raises(NotYetSigned):
        trail.receipt(41)


def test_leaves_are_what_was_hashed(trail: Trail) -> None:
    record(trail.log, *(row(n) for n in (1, 2, 5)))
    trail.catch_up()
    record(trail.log, row(6))
    found = trail.leaves(1, 10)
    assert [(leaf.index, leaf.position) for leaf in found] == [(1, 2), (2, 5)]
    assert [tree.leaf_hash(leaf.data) for leaf in found] == hashes(trail)[1:3]


def test_one_checkpoint_grows_out_of_another(trail: Trail) -> None:
    sizes = []
    for count in (3, 260, 40):
        fill(trail.log, count)
        sizes.append(trail.catch_up())
    for old in sizes:
        for new in sizes:
            if old.size <= new.size:
                steps = trail.consistency(old.size, new.size)
                tree.verify_consistency(old.size, new.size, steps, old.root, new.root)
    with pytest.raises(ValueError, match="no checkpoint has 304 entries"):
        trail.consistency(3, 304)


def test_it_goes_on_where_it_stopped(place) -> None:
    for count in (700, 60, 1):
        log, trail = opened_trail(*place)
        fill(log, count)
        kept = trail.catch_up()
        assert kept.root == mth(hashes(trail))
        trail.close()
        log.close()


def test_of_two_writers_one_is_refused(trail: Trail) -> None:
    fill(trail.log, 10)
    kept = trail.catch_up()
    state = trail.book.state()
    with pytest.raises(Overtaken):
        trail.book.append(State(0, 0, 0), State(5, 5, 9), [], [])
    with pytest.raises(Overtaken):
        trail.book.append(state, State(11, 11, state.epoch - 1), [], [])
    with pytest.raises(Overtaken):
        trail.book.put(kept, None)
    assert trail.book.state() == state


def test_another_process_takes_over_when_the_lease_ends(place, tmp_path: Path) -> None:
    log, trail = opened_trail(*place)
    other_log, other = opened_trail(*place)
    fill(log, 5)
    assert trail.follower.acquire() and not other.follower.acquire()
    assert trail.follower.step() == 5
    trail.follower.release()
    fill(log, 5)
    assert other.catch_up().size == 10
    assert trail.catch_up().size == 10
    for each in (trail, other):
        each.close()
    for each_log in (log, other_log):
        each_log.close()


def test_a_checkpoint_comes_by_itself_and_at_once_when_asked(
    signed: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signed_up_to(size: int) -> bool:
        until = time.monotonic() + 60
        while signed.book.last().size < size and time.monotonic() < until:  # type: ignore[union-attr]
            time.sleep(0.01)
        return signed.book.last().size == size  # type: ignore[union-attr]

    monkeypatch.setattr("engine.ledgerbook.trail.SIGN_SECONDS", 3_600.0)
    signed.start()
    fill(signed.log, 3)
    signed.ask()
    assert signed_up_to(1_003), "asked for, it does not wait its time"
    monkeypatch.setattr("engine.ledgerbook.trail.SIGN_SECONDS", 0.5)
    fill(signed.log, 3)
    assert signed_up_to(1_006), "nobody asked"
    assert signed.health() == {"hashed": 1_006, "size": 1_006, "signed": 1_006, "refused": None}


# ------------------------------------------------------------------ keys


def test_the_key_is_the_owners_and_names_the_log(signed: Trail) -> None:
    path = signed.keys.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name("audit.mark").stat().st_mode) == 0o600
    assert signed.keys.keys().origin.startswith("huisheng/")
    path.unlink()
    with pytest.raises(KeyUnusable, match="is missing"):
        signed.checkpoint()


def test_a_log_is_called_what_the_operator_says(tmp_path: Path) -> None:
    log, trail = opened_trail(tmp_path, key=tmp_path / "elsewhere" / "key", origin="panel.example/log")
    assert trail.catch_up().note.startswith("panel.example/log\n0\n")
    assert {path.name for path in (tmp_path / "elsewhere").iterdir()} == {"key", "audit.mark"}
    trail.close()
    log.close()


@pytest.mark.parametrize("content", ["", "nonsense\n", "PRIVATE+KEY+a+00000000+AAAA\n"])
def test_a_file_without_keys_signs_nothing(signed: Trail, content: str) -> None:
    signed.keys.path.write_text(content)
    with pytest.raises(KeyUnusable):
        signed.checkpoint()


def test_a_new_key_signs_beside_the_old_until_that_is_retired(signed: Trail) -> None:
    (old,) = signed.verifiers()
    before = signed.receipt(7)
    signed.keys.rotate()
    fill(signed.log, 1)
    both = Note.read(signed.catch_up().note)
    new = signed.verifiers()[0]
    assert [line.id for line in both.signatures] == [new.id, old.id]
    assert opened(both, [old]) == opened(both, [new])
    signed.keys.retire()
    fill(signed.log, 1)
    one = Note.read(signed.catch_up().note)
    assert [line.id for line in one.signatures] == [new.id]
    assert signed.verifiers() == (new, old)
    signed.check(str(before))  # what was signed before still holds


def test_the_last_checkpoint_is_signed_by_a_key_that_came_since(signed: Trail) -> None:
    signed.keys.rotate()
    note = Note.read(signed.catch_up().note)
    assert note.text.split("\n")[1] == "1000"
    assert len(note.signatures) == 2


def test_a_witness_adds_a_line_and_nobody_else_does(signed: Trail) -> None:
    witness, stranger = (Signer(name, COSIGNED, name.encode() * 8) for name in ("pane", "else"))
    signed.keys.path.with_name("audit.witnesses").write_text(f"# of the panel\n{witness.verifier}\n")
    kept = signed.book.last()
    assert kept is not None
    text = Note.read(kept.note).text
    line = witness.sign(text, 1_763_000_000)
    with pytest.raises(NoteRefused, match="not among the witnesses"):
        signed.signing.cosign(1_000, [stranger.sign(text, 1)])
    with pytest.raises(NoteRefused, match="is wrong"):
        signed.signing.cosign(1_000, [witness.sign(text + "x\n", 1)])
    assert signed.signing.cosign(999, [line]) is None
    after = signed.signing.cosign(1_000, [line])
    assert after is not None and str(line) in after.note
    assert str(line) in str(signed.receipt(5))
    again = signed.signing.cosign(1_000, [witness.sign(text, 1_763_000_001)])
    assert again is not None and len(Note.read(again.note).signatures) == 2
    assert signed.checkpoint().note == again.note  # signing again takes nothing away


def test_an_extra_signature_comes_from_a_command(tmp_path: Path) -> None:
    line = Signer("sm2.example", SIGNED, b"s" * 32).sign("anything")
    log, trail = opened_trail(tmp_path, extra=("/bin/echo", str(line)))
    assert Note.read(trail.catch_up().note).signatures[1] == line
    trail.close()
    fill(log, 1)
    broken = Trail.open(tmp_path, log, Setup(extra=("/bin/false",)))
    with pytest.raises(KeyUnusable, match="extra signature"):
        broken.catch_up()
    broken.close()
    log.close()


# ------------------------------------------------------------------ crashes, and older stores


def test_a_crash_between_mark_and_store_heals(signed: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(signed.log, 10)
    with monkeypatch.context() as patched:
        patched.setattr(signed.book, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            signed.catch_up()
    assert signed.book.last().size == 1_000  # type: ignore[union-attr]
    fill(signed.log, 1)
    assert signed.catch_up().size == 1_011
    assert signed.book.at(1_010) is not None  # what the mark says was signed


def test_a_store_without_its_mark_is_not_signed(signed: Trail) -> None:
    signed.keys.path.with_name("audit.mark").unlink()
    with pytest.raises(SigningRefused) as refused:
        signed.checkpoint()
    assert refused.value.code == "audit.unmarked"


def test_a_refusal_is_told_and_withdrawn(signed: Trail) -> None:
    mark = signed.keys.path.with_name("audit.mark")
    kept = mark.read_text()
    mark.unlink()
    fill(signed.log, 1)
    signed.start()
    for _ in range(100):
        if signed.health()["refused"]:
            break
        signed.ask()
        time.sleep(0.05)
    assert signed.health()["refused"]["code"] == "audit.unmarked"
    signed.stop()
    KeyFile(signed.keys.path).set_mark(kept)
    signed.catch_up()
    assert signed.health()["refused"] is None


def test_a_proof_asks_for_all_its_tiles_at_once(signed: Trail, monkeypatch) -> None:
    asked: list[str] = []
    read = signed.book._access.read

    def noted(sql, values=()):
        asked.append(sql)
        return read(sql, values)

    monkeypatch.setattr(signed.book._access, "read", noted)
    receipts = signed.receipts(range(1, 1_001, 9))
    assert len([sql for sql in asked if "audit_tiles" in sql]) == 1
    assert [str(each) for each in receipts[:3]] == [str(signed.receipt(n)) for n in (1, 10, 19)]
    asked.clear()
    signed.consistency(300, 1_000)
    assert len([sql for sql in asked if "audit_tiles" in sql]) == 1


def test_a_leaf_is_read_back_as_the_row_it_was_made_of(signed: Trail) -> None:
    for stored in signed.log.rows(0, 50):
        leaf = leaf_bytes(stored)
        assert leaf_row(leaf) == stored
        for broken in (leaf[:-1], leaf + b"\0", leaf[4:], b""):
            with pytest.raises(LeafMalformed):
                leaf_row(broken)
