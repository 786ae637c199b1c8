"""Cases found by their words: a page opens what it shows, and says how many there are at least."""

from collections.abc import Iterable
from typing import Any

import pytest

from api import searching
from engine import search
from tests.api.conftest import Office

COMMON = "楼道里暖气不热"


def numbers(office: Office, query: str) -> list[str]:
    return [item["id"] for item in office.get(f"complaints?{query}").json()["items"]]


def the_page(office: Office, path: str) -> str:
    answer = office.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return str(answer.text)


@pytest.fixture
def opened(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases opened to see whether a word is in them."""
    found: list[str] = []
    confirm = office.engine.search.confirm

    def noticed(q: str, streams: Iterable[str]) -> Any:
        return confirm(q, (found.append(stream) or stream for stream in streams))  # type: ignore[func-returns-value]

    monkeypatch.setattr(office.engine.search, "confirm", noticed)
    return found


def test_pages_follow_each_other_without_gap_or_repetition(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "CHUNK", 3)
    cases = [office.registered(text=COMMON if n % 2 else "不热的水，暖气没问题") for n in range(12)]
    office.caught_up()
    first = office.get("complaints?q=暖气不热&limit=4").json()
    second = office.get(f"complaints?q=暖气不热&limit=4&cursor={first['next']}").json()
    listed = [item["id"] for item in first["items"] + second["items"]]
    assert listed == [case for case in reversed(cases) if cases.index(case) % 2]
    assert second["next"] is None


def test_what_a_page_does_not_show_is_not_opened(office: Office, opened: list[str]):
    for _ in range(9):
        office.registered(text=COMMON)
    office.caught_up()
    opened.clear()
    assert len(numbers(office, "q=暖气&limit=2")) == 2
    assert len(opened) == 3  # and one that tells whether there is a next page


def test_a_term_of_the_index_is_counted_without_opening_any(office: Office):
    for _ in range(3):
        office.registered(text=COMMON)
    office.caught_up()
    proven = office.engine.search.proven
    assert [proven(q) for q in ("暖气", "HOT", "暖气 不热", "暖气不热", "3号楼", "热", "")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip
    assert "<h1>3 件工单</h1>" in the_page(office, "/complaints?q=暖气")


def test_a_longer_word_is_counted_as_far_as_it_is_shown(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.pages.queue.SHOWN", 2)
    monkeypatch.setattr(search, "CANDIDATES", 3)
    for _ in range(5):
        office.registered(text=COMMON)
    office.caught_up()
    assert "<h1>2+ 件工单</h1>" in the_page(office, "/complaints?q=暖气不热")
    assert "<h1>3+ 件工单</h1>" in the_page(office, "/complaints?q=暖气")
