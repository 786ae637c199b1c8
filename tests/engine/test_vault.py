"""The vault: nothing readable on disk, nothing movable, the same answers in every process."""

import multiprocessing
import stat
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import Clear, Sealed
from engine.keys import KeyStoreUnusable
from engine.terms import normal_phone, terms
from engine.vault import KeyDestroyed, Tampered, Vault

HOME: dict[str, Any] = {"stream": "c-1", "version": 3, "name": "complaint.registered", "field": "text"}
WORDS = "暖气不热，室温只有十四度，电话13800138000"


@pytest.fixture
def vault(tmp_path):
    vault = Vault.open(tmp_path)
    yield vault
    vault.close()


def on_disk(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(directory.rglob("*")) if file.is_file())


def test_what_was_sealed_opens_where_it_stands(vault):
    sealed = vault.seal(Clear("p-1", "", WORDS), **HOME)
    assert type(sealed) is Sealed and sealed.subject == "p-1"
    assert vault.open_sealed(sealed, **HOME) == WORDS
    assert vault.open_kept(SimpleNamespace(sealed=sealed, **HOME)) == WORDS


def test_the_same_words_are_sealed_differently_each_time(vault):
    boxes = {vault.seal(Clear("p-1", "", WORDS), **HOME).box for _ in range(20)}
    assert len(boxes) == 20


@pytest.mark.parametrize(
    "moved", [{"stream": "c-2"}, {"version": 4}, {"name": "complaint.supported"}, {"field": "address"}]
)
def test_a_value_moved_to_another_place_does_not_open(vault, moved):
    sealed = vault.seal(Clear("p-1", "", WORDS), **HOME)
    with pytest.raises(Tampered):
        vault.open_sealed(sealed, **{**HOME, **moved})


def test_a_value_given_to_another_person_does_not_open(vault):
    sealed = vault.seal(Clear("p-1", "", WORDS), **HOME)
    vault.ensure_keys(["p-2"])
    with pytest.raises(Tampered):
        vault.open_sealed(Sealed("p-2", sealed.box), **HOME)


@pytest.mark.parametrize("box", ["", "AAAA", "not base64!", "AQ=="])
def test_a_damaged_box_is_named_as_tampered(vault, box):
    vault.ensure_keys(["p-1"])
    with pytest.raises(Tampered):
        vault.open_sealed(Sealed("p-1", box), **HOME)


def test_one_changed_bit_is_noticed(vault):
    box = vault.seal(Clear("p-1", "", WORDS), **HOME).box
    for place in (1, 12, 30, len(box) - 4):
        other = "A" if box[place] != "A" else "B"
        with pytest.raises(Tampered):
            vault.open_sealed(Sealed("p-1", box[:place] + other + box[place + 1 :]), **HOME)


def test_no_readable_value_and_no_plain_key_reaches_the_disk(tmp_path):
    vault = Vault.open(tmp_path)
    sealed = vault.seal(Clear("p-1", "", WORDS), **HOME)
    person = vault.person_for("138 0013 8000")
    vault.close()
    written = on_disk(tmp_path)
    assert person.encode() in written
    for secret in ("暖气", "13800138000", WORDS):
        assert secret.encode() not in written
    assert sealed.box.encode() not in written


def test_the_key_files_are_for_their_owner_only(tmp_path):
    Vault.open(tmp_path).close()
    for name in ("keys.db", "keys.master"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_vault_opened_again_opens_the_old_values(tmp_path):
    first = Vault.open(tmp_path)
    sealed = first.seal(Clear("p-1", "", WORDS), **HOME)
    first.close()
    second = Vault.open(tmp_path)
    assert second.open_sealed(sealed, **HOME) == WORDS
    second.close()


def test_a_key_is_on_disk_before_anything_is_sealed_with_it(tmp_path):
    """Another process (here a second vault) opens the value at once, without the first one being closed."""
    first, second = Vault.open(tmp_path), Vault.open(tmp_path)
    sealed = first.seal(Clear("p-1", "", WORDS), **HOME)
    assert second.open_sealed(sealed, **HOME) == WORDS
    first.close()
    second.close()


def test_two_processes_that_meet_make_one_key(tmp_path):
    first, second = Vault.open(tmp_path), Vault.open(tmp_path)
    first.ensure_keys(["p-1"])
    second.ensure_keys(["p-1", "p-2"])
    first.ensure_keys(["p-2"])
    assert second.open_sealed(first.seal(Clear("p-1", "", "a"), **HOME), **HOME) == "a"
    assert first.open_sealed(second.seal(Clear("p-2", "", "b"), **HOME), **HOME) == "b"
    first.close()
    second.close()


def test_thousands_of_keys_are_one_transaction(vault, monkeypatch):
    begun = []
    vault._keys._db.set_trace_callback(lambda sql: begun.append(sql) if sql.startswith("BEGIN") else None)
    vault.ensure_keys(f"c-{n}" for n in range(5_000))
    assert len(begun) == 1
    vault.ensure_keys(f"c-{n}" for n in range(5_000))
    assert len(begun) == 1


def test_a_key_that_left_the_memory_is_read_again(vault, monkeypatch):
    monkeypatch.setattr("engine.keys.CACHED", 10)
    sealed = {n: vault.seal(Clear(f"c-{n}", "", str(n)), **HOME) for n in range(50)}
    assert len(vault._keys._keys) == 10
    assert [vault.open_sealed(sealed[n], **HOME) for n in range(50)] == [str(n) for n in range(50)]


def test_many_keys_are_brought_into_memory_at_once(tmp_path):
    first = Vault.open(tmp_path)
    sealed = {n: first.seal(Clear(f"c-{n}", "", str(n)), **HOME) for n in range(30)}
    first.close()
    second = Vault.open(tmp_path)
    second.load_keys([f"c-{n}" for n in range(30)])
    asked: list[str] = []
    second._keys._db.set_trace_callback(lambda sql: asked.append(sql) if "SELECT" in sql else None)
    assert [second.open_sealed(sealed[n], **HOME) for n in range(30)] == [str(n) for n in range(30)]
    assert asked == []
    second.load_keys(["c-unknown"])
    assert second.open_sealed(Sealed("c-unknown", sealed[0].box), **HOME) is None
    second.close()


class TestADestroyedKey:
    def test_leaves_nothing_to_read(self, tmp_path):
        vault = Vault.open(tmp_path)
        person = vault.person_for("13800138000")
        sealed = vault.seal(Clear(person, "", WORDS), **HOME)
        (wrapped,) = vault._keys._db.execute("SELECT wrapped FROM keys").fetchone()
        assert wrapped in on_disk(tmp_path)
        assert vault.destroy_key(person) is True
        assert wrapped not in on_disk(tmp_path)
        assert vault.open_sealed(sealed, **HOME) is None
        assert vault.destroy_key(person) is False
        vault.close()

    def test_is_not_made_again(self, vault):
        vault.ensure_keys(["p-1"])
        vault.destroy_key("p-1")
        vault.ensure_keys(["p-1"])
        with pytest.raises(KeyDestroyed):
            vault.seal(Clear("p-1", "", WORDS), **{**HOME, "version": 1})
        with pytest.raises(KeyDestroyed):
            vault.seal(Clear("p-1", "", WORDS), **{**HOME, "stream": "p-1"})

    def test_nor_does_one_who_never_had_a_key_get_one_afterwards(self, vault):
        assert vault.destroy_key("p-1") is False
        with pytest.raises(KeyDestroyed):
            vault.seal(Clear("p-1", "", WORDS), **{**HOME, "version": 1})
        assert vault.destroyed(["p-1", "p-2"]) == {"p-1"}

    def test_what_is_said_of_his_case_afterwards_is_sealed_under_the_cases_key(self, vault):
        vault.ensure_keys(["p-1"])
        vault.destroy_key("p-1")
        sealed = vault.seal(Clear("p-1", "", "the pump was changed"), **HOME)
        assert sealed.subject == HOME["stream"]
        assert vault.open_sealed(sealed, **HOME) == "the pump was changed"

    def test_frees_the_number_for_a_new_person(self, vault):
        person = vault.person_for("13800138000")
        vault.ensure_keys([person])
        vault.destroy_key(person)
        assert vault.person_known("13800138000") is None
        assert vault.person_for("13800138000") != person

    def test_leaves_the_memory_of_the_other_processes(self, tmp_path):
        first, second = Vault.open(tmp_path), Vault.open(tmp_path)
        sealed = first.seal(Clear("p-1", "", WORDS), **HOME)
        kept = first.seal(Clear("p-2", "", WORDS), **HOME)
        assert second.open_sealed(sealed, **HOME) == WORDS
        first.destroy_key("p-1")
        assert second.open_sealed(sealed, **HOME) is None
        assert second.open_sealed(kept, **HOME) == WORDS
        first.close()
        second.close()


def test_a_new_id_has_its_key_on_the_disk_already(tmp_path, monkeypatch):
    vault, other = Vault.open(tmp_path), Vault.open(tmp_path)
    flushed: list[int] = []
    ensure = vault._keys.ensure

    def watched(subjects: Iterable[str]) -> None:
        flushed.append(1)
        ensure(subjects)

    monkeypatch.setattr(vault._keys, "ensure", watched)
    ids = [vault.new_id("c") for _ in range(250)]
    assert len(set(ids)) == 250 and all(id.startswith("c-") for id in ids)
    assert [id[:14] for id in ids] == sorted(id[:14] for id in ids)  # by the millisecond
    assert len(flushed) == 3
    for id in (ids[0], ids[-1]):
        sealed = vault.seal(Clear(id, "", WORDS), **HOME)
        assert other.open_sealed(sealed, **HOME) == WORDS
    assert len(flushed) == 3
    vault.close()
    other.close()


class TestDamagedFiles:
    def test_another_master_key_is_noticed(self, tmp_path):
        for name in ("a", "b"):
            Vault.open(tmp_path / name).close()
        (tmp_path / "a/keys.master").write_bytes((tmp_path / "b/keys.master").read_bytes())
        with pytest.raises(KeyStoreUnusable, match="not the master"):
            Vault.open(tmp_path / "a")

    def test_a_missing_master_key_is_never_made_anew(self, tmp_path):
        Vault.open(tmp_path).close()
        (tmp_path / "keys.master").unlink()
        with pytest.raises(KeyStoreUnusable, match="missing"):
            Vault.open(tmp_path)
        assert not (tmp_path / "keys.master").exists()

    @pytest.mark.parametrize("content", [b"", b"short", b"c2hvcnQ=", b"\xff\xfe"])
    def test_a_master_key_that_is_none_is_refused(self, tmp_path, content):
        (tmp_path / "keys.master").write_bytes(content)
        with pytest.raises(KeyStoreUnusable):
            Vault.open(tmp_path)

    def test_a_torn_database_is_refused(self, tmp_path):
        Vault.open(tmp_path).close()
        (tmp_path / "keys.db").write_bytes(b"this is not a database at all, it only lies here" * 100)
        with pytest.raises(KeyStoreUnusable):
            Vault.open(tmp_path)


class TestPeople:
    @pytest.mark.parametrize(
        "spelling",
        [
            "13800138000",
            "138 0013-8000",
            "+86 138 0013 8000",
            "008613800138000",
            "8613800138000",
            "１３８００１３８０００",
            " (138)00138000 ",
        ],
    )
    def test_one_number_is_one_person_however_it_is_written(self, vault, spelling):
        assert vault.person_for(spelling) == vault.person_for("13800138000")

    def test_two_numbers_are_two_people(self, vault):
        assert vault.person_for("13800138000") != vault.person_for("13800138001")
        assert normal_phone("0451-8600 1234") == "045186001234"

    def test_no_number_is_a_new_person_each_time(self, vault):
        assert vault.person_for("") != vault.person_for("")
        assert vault.person_for("unknown").startswith("p-")

    def test_asking_makes_nobody(self, vault):
        assert vault.person_known("13800138000") is None
        assert vault.person_known("") is None
        person = vault.person_for("13800138000")
        assert vault.person_known("138 0013 8000") == person

    def test_another_key_store_gives_another_look_up(self, tmp_path):
        rows = []
        for name in ("a", "b"):
            vault = Vault.open(tmp_path / name)
            vault.person_for("13800138000")
            rows.append(vault._keys._db.execute("SELECT look_up FROM people").fetchone()[0])
            vault.close()
        assert rows[0] != rows[1]


def test_a_place_is_the_same_however_it_is_written(vault):
    key = vault.place_key("幸福小区 3号楼，2单元-501")
    assert key == vault.place_key("幸福小区３号楼2单元501") and len(key) == 32
    assert key != vault.place_key("幸福小区 3号楼，2单元-502")
    assert vault.place_key("") == vault.place_key(" ，- ") == ""


class TestTrackingCodes:
    def test_a_code_is_the_complaints_own_and_can_be_typed_carelessly(self, vault):
        code = vault.tracking_code("c-1")
        assert code == vault.tracking_code("c-1") != vault.tracking_code("c-2")
        assert [len(part) for part in code.split("-")] == [5, 5, 5]
        key = vault.tracking_key(code)
        assert len(key) == 32 and key == vault.tracking_key(code.lower().replace("-", " "))
        assert key == vault.tracking_key(code.replace("0", "o").replace("1", "l"))
        assert vault.tracking_key(" - ") == ""

    def test_codes_do_not_repeat_and_use_every_letter(self, vault):
        codes = {vault.tracking_code(f"c-{n}") for n in range(2_000)}
        assert len(codes) == 2_000
        assert len({letter for code in codes for letter in code}) == 33


class TestTokens:
    def test_chinese_is_pairs_and_latin_is_words(self):
        assert terms("暖气不热") == {"暖气", "气不", "不热"}
        assert terms("Street Lights, PWDx_Outage") == {"street", "lights", "pwdx", "outage"}
        assert terms("3号楼A座") == {"3", "号楼", "a"}
        assert terms("暖，气") == set()

    def test_compatibility_forms_and_case_are_one(self):
        assert terms("ＡＢＣ１２３ Straße ﬁne") == {"abc123", "strasse", "fine"}
        assert terms("ﾃﾞｰﾀ") == terms("データ")

    def test_tokens_are_signed_64_bit_and_keyed(self, tmp_path):
        first, second = Vault.open(tmp_path / "a"), Vault.open(tmp_path / "b")
        tokens = first.tokens("暖气不热 street lights")
        assert len(tokens) == 5 and all(-(2**63) <= token < 2**63 for token in tokens)
        assert not tokens & second.tokens("暖气不热 street lights")
        first.close()
        second.close()

    @given(st.text(alphabet=st.sampled_from("暖气不热 ，abc1"), max_size=20), st.text(max_size=10))
    def test_a_text_has_the_terms_of_each_of_its_pieces(self, one, other):
        assert terms(one) <= terms(f"{one} {other}")

    def test_the_memory_of_terms_is_bounded(self, vault, monkeypatch):
        monkeypatch.setattr("engine.terms.REMEMBERED", 3)
        before = vault.tokens("a b c d e f")
        assert len(vault._terms._known) <= 3
        assert vault.tokens("a b c d e f") == before


@given(text=st.text(), subject=st.text(min_size=1, max_size=20), version=st.integers(1, 2**40))
def test_every_text_survives(shared_vault, text, subject, version):
    home = {**HOME, "version": version}
    assert shared_vault.open_sealed(shared_vault.seal(Clear(subject, "", text), **home), **home) == text


@pytest.fixture(scope="module")
def shared_vault(tmp_path_factory):
    vault = Vault.open(tmp_path_factory.mktemp("vault"))
    yield vault
    vault.close()


def test_a_stream_name_cannot_imitate_another_home(vault):
    with pytest.raises(ValueError, match="may not contain"):
        vault.seal(Clear("p-1", "", "x"), **{**HOME, "stream": "c-1|2"})


def test_threads_share_one_vault(vault):
    start = threading.Barrier(8)

    def work(worker: int) -> bool:
        start.wait()
        home = {**HOME, "version": worker + 1}
        sealed = {n: vault.seal(Clear(f"c-{n}", "", f"{worker}.{n}"), **home) for n in range(40)}
        return all(vault.open_sealed(sealed[n], **home) == f"{worker}.{n}" for n in range(40))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def seal_in_a_process(directory: str, numbers: list[int]) -> list[tuple[str, str, str]]:
    vault = Vault.open(directory)
    vault.ensure_keys(f"c-{n}" for n in numbers)
    sealed = [vault.seal(Clear(f"c-{n}", "", str(n)), **HOME) for n in numbers]
    people = [vault.person_for(f"1380000{n:04d}") for n in numbers]
    vault.close()
    return [(s.subject, s.box, person) for s, person in zip(sealed, people, strict=True)]


def test_processes_share_one_key_store_from_its_first_moment(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        answers = pool.starmap(seal_in_a_process, [(str(tmp_path), list(range(40)))] * 3)
    vault = Vault.open(tmp_path)
    for answer in answers:
        opened = [vault.open_sealed(Sealed(subject, box), **HOME) for subject, box, _ in answer]
        assert opened == [str(n) for n in range(40)]
        assert [person for *_, person in answer] == [person for *_, person in answers[0]]
    vault.close()
