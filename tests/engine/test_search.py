"""Search: finds Chinese and Latin text, keeps no word on disk, and counts each fact once."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintRegistered,
    FieldRedacted,
    ProgressNoted,
    ResolutionReported,
)
from domain.messages import Actor, Envelope, clear
from domain.people.facts import Erased
from engine import search as search_module
from engine.codec import Seal, encode, seal_fact
from engine.forgetting import Forgetting
from engine.log import Log
from engine.search import Search
from engine.search_index import Gathered
from engine.vault import Vault

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)
ENVELOPE = Envelope(NOON, Actor("dispatcher", "dispatcher"))


class Office:
    """A log, a vault and a search index, and facts put straight into the log."""

    def __init__(self, directory: Path, database: str | None = None) -> None:
        self.directory = directory
        self.database = database
        self.log = Log.open(database, directory)
        self.vault = Vault.open(directory)
        self.vault.forgetting = Forgetting(self.log)
        self.search = self.another_search()
        self.versions: dict[str, int] = {}

    def record(self, stream: str, *facts: Any) -> None:
        with self.log.writing() as writing:
            position, _ = writing.head()
            rows = []
            for fact in facts:
                position += 1
                version = self.versions[stream] = self.versions.get(stream, 0) + 1
                home: dict[str, Any] = {"stream": stream, "version": version, "name": fact.NAME}
                sealed = seal_fact(fact, self._seal(home))
                name, body = encode(sealed, ENVELOPE)
                rows.append((position, stream, version, name, 1, body))
            writing.insert(rows)

    def another_search(self) -> Search:
        return Search.open(self.directory, self.database, self.log, self.vault)

    def postings(self) -> list[Any]:
        if self.database:
            with psycopg.connect(self.database) as db:
                return db.execute(
                    "SELECT token, stream FROM search.postings JOIN search.cases USING (number)"
                ).fetchall()
        with closing(sqlite3.connect(self.directory / "search.db")) as db:
            return db.execute("SELECT token, stream FROM postings JOIN cases USING (number)").fetchall()

    def _seal(self, home: dict[str, Any]) -> Seal:
        return lambda field, value: self.vault.seal(value, field=field, **home)

    def close(self) -> None:
        self.search.close()
        self.vault.close()
        self.log.close()


@pytest.fixture
def office(place):
    office = Office(*place)
    yield office
    office.close()


def registered(text: str, address: str = "", subject: str = "p-1") -> ComplaintRegistered:
    return ComplaintRegistered(
        channel="hotline", origin="reactive", category="heating", category_version="1", urgency="normal",
        grid="demo/north/sl/grid-01", text=clear(subject, text),
        address=clear(subject, address) if address else None,
        location=None, place_key="", reporter=subject, reporter_name=clear(subject, "王小明"),
        reporter_phone=clear(subject, "13800138000"), tracking_key="", source="", external_number="",
        record="living", split_from="", dispatch=None,
    )  # fmt: skip


def noted(text: str, subject: str = "p-1") -> ProgressNoted:
    return ProgressNoted("heating-co", clear(subject, text), True)


def resolved(answer: str, subject: str = "p-1") -> ResolutionReported:
    return ResolutionReported("heating-co", "solved", clear(subject, answer), (), None, NOON)


@pytest.fixture
def three(office):
    office.record("c-1", registered("暖气不热，室温只有十四度", "幸福小区3号楼501"))
    office.record("c-2", registered("Street light out near Boston Common"), noted("已联系供热公司检修管道"))
    office.record("c-3", registered("楼道里暖气漏水"), resolved("阀门已更换，不再漏水"))
    office.search.catch_up()
    return office.search


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("暖气", ["c-3", "c-1"]),
        ("暖气不热", ["c-1"]),
        ("室温只有十四度", ["c-1"]),
        ("暖气 漏水", ["c-3"]),
        ("漏水 楼道", ["c-3"]),
        ("street", ["c-2"]),
        ("ＳＴＲＥＥＴ Light", ["c-2"]),
        ("boston common", ["c-2"]),
        ("供热公司", ["c-2"]),
        ("street 供热公司", ["c-2"]),
        ("阀门", ["c-3"]),
        ("幸福小区", ["c-1"]),
        ("幸福小区3号楼501", ["c-1"]),
        ("气暖", []),
        ("暖气 street", []),
        ("电梯", []),
    ],
)
def test_a_case_is_found_by_what_is_written_in_it(three, q, found):
    assert three.search(q) == found


@pytest.mark.parametrize("q", ["", " ", "暖", "，。", "暖 气"])
def test_a_query_without_a_term_finds_nothing_and_says_so(three, q):
    assert not three.searchable(q)
    assert three.candidates(q) == three.search(q) == []


def test_names_and_numbers_are_not_indexed(three):
    assert three.searchable("王小明") and three.search("王小明") == []
    assert three.candidates("13800138000") == []


def test_candidates_are_opened_and_those_without_the_words_in_order_are_dropped(office):
    office.record("c-1", registered("不热的暖气，气不打一处来"))
    office.record("c-2", registered("暖气不热"))
    office.search.catch_up()
    assert office.search.candidates("暖气不热") == ["c-2", "c-1"]
    assert office.search.search("暖气不热") == ["c-2"]


def test_the_latest_come_first_and_the_limits_hold(office, monkeypatch):
    for n in range(30):
        office.record(f"c-{n}", registered("暖气不热" if n % 2 else "暖气漏水"))
    office.search.catch_up()
    assert office.search.candidates("暖气", 5) == [f"c-{n}" for n in range(29, 24, -1)]
    assert office.search.search("暖气", 3) == ["c-29", "c-28", "c-27"]
    assert len(office.search.search("不热")) == 15


def test_only_so_many_cases_are_opened_for_one_query(office, monkeypatch):
    for n in range(30):
        office.record(f"c-{n}", registered("暖气不热"))
    office.search.catch_up()
    opened: list[str] = []
    read = office.log.stream

    def noticed(stream: str) -> Any:
        opened.append(stream)
        return read(stream)

    monkeypatch.setattr(office.log, "stream", noticed)
    monkeypatch.setattr(search_module, "CANDIDATES", 10)
    assert len(office.search.search("暖气")) == len(opened) == 10


def test_a_long_query_asks_for_its_rarest_terms_and_checks_all_of_it(office):
    words = [f"word{n}" for n in range(40)]
    office.record("c-1", registered(" ".join(words)))
    office.record("c-2", registered(" ".join(words[:-1])))
    office.search.catch_up()
    assert office.search.search(" ".join(words)) == ["c-1"]
    assert office.search.search(" ".join(words[:-1])) == ["c-2", "c-1"]


def test_no_word_of_a_complaint_is_on_disk(office):
    office.record("c-1", registered("secretword 暖气不热", "幸福小区"), resolved("阀门已更换"))
    office.search.catch_up()
    assert office.search.search("secretword") == ["c-1"]
    written = b"".join(file.read_bytes() for file in office.directory.rglob("*") if file.is_file())
    written += repr(office.postings()).encode()
    for word in ("secretword", "暖气", "不热", "幸福", "阀门", "王小明", "13800138000"):
        assert word.encode() not in written and word.encode("utf-16-le") not in written


def test_a_destroyed_key_takes_the_words_out_of_every_answer(office):
    office.record("c-1", registered("暖气不热", subject="p-1"))
    office.record("c-2", registered("暖气不热", subject="p-2"))
    office.search.catch_up()
    office.vault.destroy_key("p-1")
    assert office.search.search("暖气") == ["c-2"]
    office.search.reindex()
    assert office.search.candidates("暖气") == ["c-2"]


def test_catching_up_in_small_batches_anew_or_twice_gives_the_same_index(office, monkeypatch):
    for n in range(25):
        office.record(f"c-{n % 7}", registered(f"暖气 case{n}"), noted(f"进展 note{n}"))
    assert office.search.catch_up() == office.log.head() == office.search.position()
    whole = sorted(office.postings())
    assert len(whole) == len(set(whole)) > 50
    office.search.catch_up()
    assert sorted(office.postings()) == whole
    monkeypatch.setattr(search_module, "BATCH", 4)
    assert office.search.reindex() == office.log.head()
    assert sorted(office.postings()) == whole


def test_facts_without_text_only_move_the_position(office):
    office.record("c-1", registered("暖气不热"))
    office.search.catch_up()
    before = office.postings()
    office.record("c-1", ComplaintClosed("satisfied"))
    assert office.search.catch_up() == 2 and office.postings() == before


class Killed(BaseException):
    """Stands for kill -9."""


def test_a_follower_killed_between_position_and_rows_leaves_neither(office):
    office.record("c-1", registered("暖气不热"))

    def dying() -> Iterator[tuple[int, str]]:
        yield 1, "c-1"
        raise Killed

    with pytest.raises(Killed):
        office.search.index.add(0, 1, Gathered(["c-1"], cast(Any, dying()), []))
    assert office.search.position() == 0 and office.postings() == []
    assert office.search.catch_up() == 1 and office.search.search("暖气") == ["c-1"]


def test_two_followers_at_once_index_each_fact_once(office, monkeypatch):
    monkeypatch.setattr(search_module, "BATCH", 10)
    for n in range(100):
        office.record(f"c-{n}", registered(f"暖气 case{n}"))
    others = [office.another_search() for _ in range(3)]
    threads = [threading.Thread(target=other.catch_up) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    rows = office.postings()
    assert office.search.position() == 100 and len(rows) == len(set(rows)) == 200
    assert all(office.search.search(f"case{n}") == [f"c-{n}"] for n in range(100))


def test_a_follower_that_was_overtaken_skips_nothing(office, monkeypatch):
    """It prepared facts 1 to 3, another has indexed fact 1 meanwhile: it begins again at 2."""
    office.record("c-1", registered("暖气 one"))
    office.record("c-2", registered("暖气 two"), noted("three"))
    kind = type(office.search.index)
    add = kind.add
    overtaken: list[int] = []

    def overtake(index: Any, after: int, until: int, found: Gathered) -> Any:
        if not overtaken:
            overtaken.append(after)
            token = next(iter(office.vault.tokens("one")))
            assert add(index, 0, 1, Gathered(["c-1"], [(token, "c-1")], []))
        return add(index, after, until, found)

    monkeypatch.setattr(kind, "add", overtake)
    assert office.search.catch_up() == 3
    assert office.search.search("two") == office.search.search("three") == ["c-2"]
    assert office.search.search("one") == ["c-1"]


# ------------------------------------------------------------------ what is not to be found any more


def tokens_of(office: Office, stream: str) -> set[int]:
    return {token for token, of in office.postings() if of == stream}


def test_the_words_of_an_erased_person_are_found_no_more(office):
    office.record("c-1", registered("暖气不热"), noted("阀门已更换", "c-1"))
    office.record("c-2", registered("暖气漏水", subject="p-2"))
    office.search.catch_up()
    office.vault.destroy_key("p-1")
    assert office.search.forget("p-1") == ["c-1"]
    assert office.search.candidates("暖气") == ["c-2"]
    assert office.search.search("阀门") == ["c-1"]
    assert tokens_of(office, "c-1") == office.vault.tokens("阀门已更换")
    assert office.search.forget("p-1") == ["c-1"]  # again, to no effect
    assert tokens_of(office, "c-1") == office.vault.tokens("阀门已更换")


def test_a_follower_that_was_at_it_meanwhile_forgets_when_it_meets_the_fact(office, monkeypatch):
    """It had read the words before they were erased, and adds them afterwards."""
    office.record("c-1", registered("暖气不热"))
    kind = type(office.search.index)
    add = kind.add

    def late(index: Any, after: int, until: int, found: Gathered) -> Any:
        monkeypatch.setattr(kind, "add", add)
        office.record("person-p-1", Erased("asked for it"))
        office.vault.destroy_key("p-1")
        assert office.search.forget("p-1") == []
        return add(index, after, until, found)

    monkeypatch.setattr(kind, "add", late)
    office.search.catch_up()
    assert office.search.candidates("暖气") == ["c-1"]
    office.search.catch_up()
    assert office.search.candidates("暖气") == [] and tokens_of(office, "c-1") == set()


def test_redacted_words_are_found_no_more_and_those_in_their_place_are(office):
    office.record("c-1", registered("邻居张三家漏水", "槐荫小区 3 号楼"), noted("张三不在家"))
    office.search.catch_up()
    office.record("c-1", FieldRedacted(1, "text", clear("p-1", "邻居家漏水"), clear("p-1", "姓名")))
    assert office.search.search("张三") == ["c-1"]  # the note
    office.record("c-1", FieldRedacted(2, "text", None, clear("p-1", "姓名")))
    office.search.catch_up()
    assert office.search.candidates("张三") == []
    assert office.search.search("漏水") == office.search.search("槐荫小区") == ["c-1"]


def test_what_is_redacted_twice_reads_as_said_last(office):
    office.record("c-1", registered("张三家漏水"))
    office.record("c-1", FieldRedacted(1, "text", clear("p-1", "李四家漏水"), clear("p-1", "x")))
    office.record("c-1", FieldRedacted(2, "text", None, clear("p-1", "again")))
    office.search.catch_up()
    assert office.postings() == []


def test_an_index_of_before_is_made_anew(office):
    office.record("c-1", registered("暖气不热"))
    office.search.catch_up()
    if office.database:
        with psycopg.connect(office.database) as db:
            db.execute("DROP TABLE search.subjects")
    else:
        with closing(sqlite3.connect(office.directory / "search.db")) as db:
            db.execute("DROP TABLE subjects")
    again = office.another_search()
    assert again.position() == 0
    again.catch_up()
    assert again.search("暖气") == ["c-1"] and again.forget("p-1") == ["c-1"]
    again.close()


alphabet = st.text(alphabet="暖气不热漏水ab1 ，", min_size=1, max_size=14)


@given(st.lists(alphabet, max_size=5), alphabet, st.sampled_from(["", " ", "，"]))
def test_search_finds_the_texts_that_contain_the_words_and_no_other(tmp_path_factory, texts, q, around):
    office = Office(tmp_path_factory.mktemp("office"))
    try:
        for n, text in enumerate([*texts, f"前{around}{q}{around}后"]):
            office.record(f"c-{n}", registered(text))
        office.search.catch_up()
        found = office.search.search(q)
        assert all(word in texts[int(id[2:])] for id in found[1:] for word in q.split())
        assert found[:1] == ([f"c-{len(texts)}"] if office.search.searchable(q) else [])
    finally:
        office.close()
